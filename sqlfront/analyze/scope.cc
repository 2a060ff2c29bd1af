#include <algorithm>

#include "sqlfront/analyze/levenshtein.h"
#include "sqlfront/analyze/state.h"

namespace vecino::sql::analysis {

namespace {

struct SystemColumn {
  std::string_view name;
  AttrNumber attno;
  TypeId type;
};
constexpr SystemColumn kSystemColumns[] = {
    {"ctid", system_attr::kCtid, type_id::kTid}, {"xmin", system_attr::kXmin, type_id::kXid},
    {"cmin", system_attr::kCmin, type_id::kCid}, {"xmax", system_attr::kXmax, type_id::kXid},
    {"cmax", system_attr::kCmax, type_id::kCid}, {"tableoid", system_attr::kTableoid, type_id::kOid},
};

const SystemColumn* system_column(std::string_view name) {
  for (const SystemColumn& column : kSystemColumns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

void check_lateral(const ParseState& state, const NamespaceItem& item, int location) {
  if (!item.lateral_only || item.lateral_ok) return;
  throw SqlError(sqlstate::kInvalidColumnReference,
                 "invalid reference to FROM-clause entry for table \"" + item.alias + "\"", location)
      .detail("The combining JOIN type must be INNER or LEFT for a LATERAL reference.");
}

bool usable(const ParseState& state, const NamespaceItem& item) {
  return !item.lateral_only || state.lateral_active;
}

// The row of an alias of USING has the merged columns only.
ExprPtr row_of_columns(const NamespaceItem& item, int levels_up, int location) {
  auto row = std::make_shared<RowExpr>();
  row->type = {type_id::kRecord, -1};
  row->explicit_row = false;
  row->location = location;
  for (const NamespaceColumn& column : item.columns) {
    row->args.push_back(make_var(column.rte, column.attno, column.type, levels_up, location));
    row->names.push_back(column.name);
  }
  return row;
}

}  // namespace

ParseState& ancestor(ParseState& state, int levels_up) {
  ParseState* out = &state;
  for (int i = 0; i < levels_up; ++i) out = out->parent;
  return *out;
}

ExprPtr make_var(int rte, AttrNumber attno, TypeRef type, int levels_up, int location) {
  auto var = std::make_shared<VarExpr>();
  var->rte = rte;
  var->attno = attno;
  var->levels_up = levels_up;
  var->type = type;
  var->location = location;
  return var;
}

const NamespaceItem* find_item(ParseState& state, std::string_view schema, std::string_view name, int location,
                               int* levels_up) {
  int level = 0;
  for (ParseState* current = &state; current != nullptr; current = current->parent, ++level) {
    const NamespaceItem* found = nullptr;
    for (const NamespaceItem& item : current->names) {
      if (!item.relation_visible || !usable(*current, item) || item.alias != name) continue;
      if (!schema.empty()) {
        const RangeTableEntry& rte = current->query->range_table[item.rte];
        if (rte.has_alias || rte.relation == nullptr) continue;
        SchemaPtr own = state.catalog().find_schema(rte.relation->schema);
        if (own == nullptr || own->name != schema) continue;
      }
      if (found != nullptr) {
        throw SqlError(sqlstate::kAmbiguousAlias, "table reference \"" + std::string(name) + "\" is ambiguous",
                       location);
      }
      check_lateral(*current, item, location);
      found = &item;
    }
    if (found != nullptr) {
      *levels_up = level;
      return found;
    }
  }
  return nullptr;
}

ExprPtr column_of_item(ParseState& state, const NamespaceItem& item, int levels_up, std::string_view column,
                       int location) {
  const NamespaceColumn* found = nullptr;
  for (const NamespaceColumn& candidate : item.columns) {
    if (candidate.name != column || candidate.name.empty()) continue;
    if (found != nullptr) {
      throw SqlError(sqlstate::kAmbiguousColumn, "column reference \"" + std::string(column) + "\" is ambiguous",
                     location);
    }
    found = &candidate;
  }
  if (found != nullptr) return make_var(found->rte, found->attno, found->type, levels_up, location);
  const SystemColumn* system = system_column(column);
  if (system == nullptr) return nullptr;
  const RangeTableEntry& rte = ancestor(state, levels_up).query->range_table[item.rte];
  if (rte.kind != RteKind::kRelation) return nullptr;
  Clause clause = state.clause;
  if ((clause == Clause::kCheck || clause == Clause::kGeneratedColumn) && system->attno != system_attr::kTableoid) {
    if (clause == Clause::kCheck) {
      throw SqlError(sqlstate::kInvalidColumnReference,
                     "system column \"" + std::string(column) + "\" reference in check constraint is invalid", location);
    }
    throw SqlError(sqlstate::kInvalidColumnReference,
                   "cannot use system column \"" + std::string(column) + "\" in column generation expression", location);
  }
  return make_var(item.rte, system->attno, {system->type, -1}, levels_up, location);
}

ExprPtr find_column(ParseState& state, std::string_view column, int location) {
  int level = 0;
  for (ParseState* current = &state; current != nullptr; current = current->parent, ++level) {
    ExprPtr found;
    for (const NamespaceItem& item : current->names) {
      if (!item.columns_visible || !usable(*current, item)) continue;
      ExprPtr here = column_of_item(state, item, level, column, location);
      if (here == nullptr) continue;
      if (found != nullptr) {
        throw SqlError(sqlstate::kAmbiguousColumn, "column reference \"" + std::string(column) + "\" is ambiguous",
                       location);
      }
      check_lateral(*current, item, location);
      found = std::move(here);
    }
    if (found != nullptr) return found;
  }
  return nullptr;
}

ExprPtr whole_row(ParseState& state, const NamespaceItem& item, int levels_up, int location) {
  const RangeTableEntry& rte = ancestor(state, levels_up).query->range_table[item.rte];
  // A function that returns one scalar stands for its value.
  if (rte.kind == RteKind::kFunction && rte.functions.size() == 1 && !rte.with_ordinality &&
      rte.column_types.size() == 1 && rte.functions[0].call->type.id != type_id::kRecord) {
    return make_var(item.rte, 1, rte.column_types[0], levels_up, location);
  }
  if (rte.kind == RteKind::kJoin && item.columns.size() < rte.column_names.size()) {
    return row_of_columns(item, levels_up, location);
  }
  return make_var(item.rte, 0, {type_id::kRecord, -1}, levels_up, location);
}

void throw_missing_item(ParseState& state, const std::string& name, int location) {
  // An entry of that name that is out of reach, or hidden by an alias, explains itself.
  const RangeTableEntry* hidden = nullptr;
  bool by_alias = false;
  for (ParseState* current = &state; current != nullptr; current = current->parent) {
    for (const RangeTableEntry& rte : current->query->range_table) {
      if (rte.kind == RteKind::kJoin && !rte.has_alias) continue;
      if (rte.alias == name) hidden = &rte;
      if (rte.relation != nullptr && rte.relation->name == name && rte.has_alias && rte.alias != name) {
        hidden = &rte;
        by_alias = true;
      }
      if (hidden != nullptr) break;
    }
    if (hidden != nullptr) break;
  }
  if (hidden == nullptr) {
    throw SqlError(sqlstate::kUndefinedTable, "missing FROM-clause entry for table \"" + name + "\"", location);
  }
  SqlError error(sqlstate::kUndefinedTable, "invalid reference to FROM-clause entry for table \"" + name + "\"",
                 location);
  if (by_alias) {
    int levels_up = 0;
    if (find_item(state, {}, hidden->alias, location, &levels_up) != nullptr) {
      throw std::move(error).hint("Perhaps you meant to reference the table alias \"" + hidden->alias + "\".");
    }
    throw SqlError(sqlstate::kUndefinedTable, "missing FROM-clause entry for table \"" + name + "\"", location);
  }
  throw std::move(error).hint("There is an entry for table \"" + name +
                              "\", but it cannot be referenced from this part of the query.");
}

namespace {

struct FuzzyMatch {
  static constexpr int kMaxDistance = 3;
  int distance = kMaxDistance + 1;
  struct Candidate {
    const RangeTableEntry* rte = nullptr;
    std::string column;
  } first, second;
  const RangeTableEntry* exact = nullptr;

  void offer(const RangeTableEntry& rte, const std::string& actual, const std::string& wanted, int penalty) {
    if (actual.empty()) return;
    int found = levenshtein_within(actual, wanted, distance + 1 - penalty);
    if (found > static_cast<int>(wanted.size()) / 2) return;
    found += penalty;
    if (found < distance) {
      distance = found;
      first = {&rte, actual};
      second = {};
    } else if (found == distance) {
      if (second.rte != nullptr) {
        first = second = {};
        distance = found - 1;  // three or more alike: none is worth naming
      } else if (first.rte != nullptr) {
        second = {&rte, actual};
      } else if (distance <= kMaxDistance) {
        first = {&rte, actual};
      }
    }
  }
};

FuzzyMatch search_columns(ParseState& state, const std::string& qualifier, const std::string& column) {
  FuzzyMatch match;
  for (ParseState* current = &state; current != nullptr; current = current->parent) {
    for (const RangeTableEntry& rte : current->query->range_table) {
      if (rte.kind == RteKind::kJoin) continue;
      int penalty = 0;
      if (!qualifier.empty()) {
        penalty = levenshtein_within(rte.alias, qualifier, FuzzyMatch::kMaxDistance + 1);
        if (penalty > FuzzyMatch::kMaxDistance) penalty = FuzzyMatch::kMaxDistance + 1;
      }
      for (const std::string& name : rte.column_names) {
        if (name == column && penalty == 0) match.exact = &rte;
        match.offer(rte, name, column, penalty);
      }
    }
  }
  return match;
}

}  // namespace

void throw_missing_column(ParseState& state, const std::string& qualifier, const std::string& column, int location) {
  std::string message = qualifier.empty() ? "column \"" + column + "\" does not exist"
                                          : "column " + qualifier + "." + column + " does not exist";
  SqlError error(sqlstate::kUndefinedColumn, message, location);
  FuzzyMatch match = search_columns(state, qualifier, column);
  if (match.exact != nullptr) {
    throw std::move(error).hint("There is a column named \"" + column + "\" in table \"" + match.exact->alias +
                                "\", but it cannot be referenced from this part of the query.");
  }
  auto quoted = [](const FuzzyMatch::Candidate& c) { return "\"" + c.rte->alias + "." + c.column + "\""; };
  if (match.first.rte == nullptr) throw error;
  std::string hint = "Perhaps you meant to reference the column " + quoted(match.first);
  if (match.second.rte != nullptr) hint += " or the column " + quoted(match.second);
  throw std::move(error).hint(hint + ".");
}

}  // namespace vecino::sql::analysis
