#include "sqlfront/analyze/permissions.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "sqlfront/catalog/privileges.h"
#include "sqlfront/catalog/row_security.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/scalar_text.h"

namespace vecino::sql {
namespace {

constexpr AttrNumber kWholeRow = 0;

struct Need {
  AclMode mode = 0;
  std::set<AttrNumber> selected, inserted, updated;
};

// One query level and the role it runs as.
struct Level {
  const Query* query;
  Level* outer;  // null for the outermost query and for a view's
  Oid user;
  std::vector<Need> needs;  // per range-table entry
};

bool invoker_rights(const RelationDesc& view) {
  // Kept as written, checked to be a boolean.
  return std::any_of(view.options.begin(), view.options.end(), [](const auto& option) {
    return option.first == "security_invoker" && (option.second.empty() || parse_bool(option.second).value_or(true));
  });
}

class Checker {
 public:
  Checker(const Catalog& catalog, Oid invoker) : catalog_(catalog), invoker_(invoker) {}

  void collect(const Query& query, Level* outer, Oid user) {
    check_stack_depth();
    Level& level = levels_.emplace_back(Level{&query, outer, user, std::vector<Need>(query.range_table.size())});
    state_demands(level);
    expressions(level);
    for (size_t i = 0; i < query.range_table.size(); ++i) {
      const RangeTableEntry& rte = query.range_table[i];
      if (rte.kind == RteKind::kSubquery && rte.subquery) subquery(level, i);
    }
    for (const CommonTableExpr& cte : query.ctes) {
      if (cte.query) collect(*cte.query, &level, user);
    }
  }

  struct Hidden {
    const Query* query;
    size_t entry;
  };
  // The tables whose rows are not for whom they are read.
  std::vector<Hidden> hidden() {
    std::vector<Hidden> result;
    for (const Level& level : levels_) {
      for (size_t i = 0; i < level.query->range_table.size(); ++i) {
        const RangeTableEntry& rte = level.query->range_table[i];
        if (rte.kind != RteKind::kRelation || !rte.relation || !has_row_security(*rte.relation)) continue;
        if (applies(privileges_of(level.user), *rte.relation)) result.push_back({level.query, i});
      }
    }
    return result;
  }
  static bool applies(const Privileges& privileges, const RelationDesc& relation) {
    RolePtr role = privileges.catalog().find_role(privileges.role());
    if (privileges.superuser() || (role && role->bypass_rls)) return false;
    return !privileges.owns(relation) || forces_row_security(relation);
  }

  void check() {
    for (const Level& level : levels_) {
      const Privileges& privileges = privileges_of(level.user);
      if (privileges.superuser()) continue;
      for (size_t i = 0; i < level.needs.size(); ++i) {
        const RelationPtr& relation = level.query->range_table[i].relation;
        if (relation && level.needs[i].mode) check_relation(privileges, *relation, level.needs[i]);
      }
    }
    if (privileges_of(invoker_).superuser()) return;
    for (const FunctionDef* function : functions_) {
      if (function) check_function(*function);
    }
  }

 private:
  const Privileges& privileges_of(Oid user) {
    auto found = privileges_.find(user);
    if (found == privileges_.end()) found = privileges_.try_emplace(user, catalog_, user).first;
    return found->second;
  }

  static void state_demands(Level& level) {
    const Query& query = *level.query;
    for (size_t i = 0; i < query.range_table.size(); ++i) {
      const RangeTableEntry& rte = query.range_table[i];
      if (!rte.relation || static_cast<int>(i) == query.result_rte) continue;
      if (static_cast<int>(i) == query.on_conflict.excluded_rte) continue;
      level.needs[i].mode = acl::kSelect;
      if (rte.locked) level.needs[i].mode |= acl::kUpdate;
    }
    for (const RowMark& mark : query.row_marks) level.needs[mark.rte].mode |= acl::kUpdate;
    if (query.result_rte < 0) return;
    Need& target = level.needs[query.result_rte];
    switch (query.command) {
      case Command::kInsert:
        target.mode = acl::kInsert;
        target.inserted = {query.inserted_columns.begin(), query.inserted_columns.end()};
        if (query.on_conflict.action == OnConflictAction::kUpdate) target.mode |= acl::kUpdate;
        for (const TargetEntry& set : query.on_conflict.set) target.updated.insert(set.target_attno);
        for (AttrNumber column : query.on_conflict.arbiter_columns) {
          target.mode |= acl::kSelect;
          target.selected.insert(column);
        }
        break;
      case Command::kUpdate:
        target.mode = acl::kUpdate;
        for (const TargetEntry& set : query.targets) target.updated.insert(set.target_attno);
        break;
      case Command::kDelete: target.mode = acl::kDelete; break;
      case Command::kSelect: break;
    }
  }

  void subquery(Level& level, size_t index) {
    const RangeTableEntry& rte = level.query->range_table[index];
    if (!rte.relation) return collect(*rte.subquery, &level, level.user);
    // The views that every database has belong to the bootstrap superuser.
    if (rte.relation->oid < well_known_oid::kFirstUserOid) return;
    Oid user = invoker_rights(*rte.relation) ? level.user : rte.relation->owner;
    collect(*rte.subquery, nullptr, user);
  }

  void expressions(Level& level) {
    const Query& query = *level.query;
    auto each = [&](const ExprPtr& expr) { expression(level, expr); };
    for (const RangeTableEntry& rte : query.range_table) {
      for (const RangeFunction& function : rte.functions) each(function.call);
      for (const auto& row : rte.values) {
        for (const ExprPtr& expr : row) each(expr);
      }
    }
    for (const auto& item : query.from) from_item(level, *item);
    each(query.where);
    for (const TargetEntry& target : query.targets) each(target.expr);
    for (const TargetEntry& target : query.returning) each(target.expr);
    for (const TargetEntry& target : query.on_conflict.set) each(target.expr);
    each(query.on_conflict.where);
    each(query.having);
    for (const WindowClause& window : query.windows) {
      each(window.start_offset);
      each(window.end_offset);
    }
    each(query.limit);
    each(query.offset);
  }

  void from_item(Level& level, const FromItem& item) {
    check_stack_depth();
    if (!item.join) return;
    from_item(level, *item.join->left);
    from_item(level, *item.join->right);
    expression(level, item.join->condition);
  }

  void expression(Level& level, const ExprPtr& expr) {
    if (!expr) return;
    switch (expr->kind) {
      case ExprKind::kVar: return mark(level, as<VarExpr>(*expr));
      case ExprKind::kFunction: functions_.insert(as<FunctionExpr>(*expr).function); break;
      case ExprKind::kOperator:
      case ExprKind::kDistinct:
      case ExprKind::kNullIf: functions_.insert(as<OperatorExpr>(*expr).function); break;
      case ExprKind::kScalarArrayOp: functions_.insert(as<ScalarArrayOpExpr>(*expr).function); break;
      case ExprKind::kAggregate: functions_.insert(as<AggregateExpr>(*expr).function); break;
      case ExprKind::kWindow: functions_.insert(as<WindowExpr>(*expr).function); break;
      case ExprKind::kSubLink:
        if (const auto& query = as<SubLinkExpr>(*expr).query) collect(*query, &level, level.user);
        break;
      default: break;
    }
    for_each_child(*expr, [&](const ExprPtr& child) { expression(level, child); });
  }

  void mark(Level& from, const VarExpr& var) {
    Level* level = &from;
    for (int up = 0; up < var.levels_up && level; ++up) level = level->outer;
    if (!level || var.rte < 0 || static_cast<size_t>(var.rte) >= level->needs.size()) return;
    const RangeTableEntry& rte = level->query->range_table[var.rte];
    if (rte.kind == RteKind::kJoin) {
      for (size_t i = 0; i < rte.join_aliases.size(); ++i) {
        if (var.attno == kWholeRow || static_cast<size_t>(var.attno) == i + 1) expression(*level, rte.join_aliases[i]);
      }
      return;
    }
    if (!rte.relation) return;
    // EXCLUDED's columns are the target's: PostgreSQL asks for SELECT on them, though their values are the inserter's own.
    const bool excluded = var.rte == level->query->on_conflict.excluded_rte;
    Need& need = level->needs[excluded ? level->query->result_rte : var.rte];
    need.mode |= acl::kSelect;
    need.selected.insert(var.attno);
  }

  void check_function(const FunctionDef& definition) {
    const Privileges& privileges = privileges_of(invoker_);
    if (privileges.on_function(definition.oid) & acl::kExecute) return;
    const char* noun = definition.kind == FunctionKind::kAggregate ? "aggregate" : "function";
    throw SqlError(sqlstate::kInsufficientPrivilege,
                   std::string("permission denied for ") + noun + " " + std::string(definition.name));
  }

  static bool columns_allowed(const Privileges& privileges, const RelationDesc& relation,
                              const std::set<AttrNumber>& columns, AclMode mode) {
    if (columns.empty()) return privileges.on_some_column(relation, mode);
    return std::all_of(columns.begin(), columns.end(), [&](AttrNumber column) {
      if (column == kWholeRow) return privileges.on_every_column(relation, mode);
      return (privileges.on_column(relation, column) & mode) != 0;
    });
  }

  static void check_relation(const Privileges& privileges, const RelationDesc& relation, const Need& need) {
    using namespace acl;
    const AclMode missing = need.mode & ~privileges.on_relation(relation);
    if (missing == 0) return;
    bool allowed = (missing & ~(kSelect | kInsert | kUpdate)) == 0;
    if (missing & kSelect) allowed = allowed && columns_allowed(privileges, relation, need.selected, kSelect);
    if (missing & kInsert) allowed = allowed && columns_allowed(privileges, relation, need.inserted, kInsert);
    if (missing & kUpdate) allowed = allowed && columns_allowed(privileges, relation, need.updated, kUpdate);
    if (!allowed) throw_relation_denied(relation);
  }

  const Catalog& catalog_;
  const Oid invoker_;  // also calls the functions of views
  std::deque<Level> levels_;  // outer ones first; addresses are stable
  std::set<const FunctionDef*> functions_;
  std::map<Oid, Privileges> privileges_;
};

}  // namespace

std::string_view relation_noun(const RelationDesc& relation) {
  switch (relation.kind) {
    case 'S': return "sequence";
    case 'v': return "view";
    case 'i': return "index";
    default: return "table";
  }
}

void throw_relation_denied(const RelationDesc& relation) {
  throw SqlError(sqlstate::kInsufficientPrivilege,
                 "permission denied for " + std::string(relation_noun(relation)) + " " + relation.name);
}

QueryPtr apply_row_security(const QueryPtr& query, const Catalog& catalog, Oid user, bool row_security,
                            const std::function<QueryPtr(const Query&)>& deep_copy) {
  Checker checker(catalog, user);
  checker.collect(*query, nullptr, user);
  if (checker.hidden().empty()) return query;
  // A copy of our own all the way down, whose entries are then changed.
  QueryPtr copy = deep_copy(*query);
  Checker copied(catalog, user);
  copied.collect(*copy, nullptr, user);
  for (const Checker::Hidden& hidden : copied.hidden()) {
    auto& level = const_cast<Query&>(*hidden.query);
    RelationPtr& relation = level.range_table[hidden.entry].relation;
    if (!row_security) {
      throw SqlError(sqlstate::kInsufficientPrivilege,
                     "query would be affected by row-level security policy for table \"" + relation->name + "\"");
    }
    if (level.command == Command::kInsert && static_cast<int>(hidden.entry) == level.result_rte) {
      throw SqlError(sqlstate::kInsufficientPrivilege,
                     "new row violates row-level security policy for table \"" + relation->name + "\"");
    }
    auto shown = std::make_shared<RelationDesc>(*relation);
    shown->options.emplace_back(sql::row_security::kHidden, "");
    relation = std::move(shown);
  }
  return copy;
}

bool row_security_applies(const RelationDesc& relation, const Catalog& catalog, Oid user) {
  return has_row_security(relation) && Checker::applies(Privileges(catalog, user), relation);
}

void check_query_permissions(const Query& query, const Catalog& catalog, Oid user) {
  Checker checker(catalog, user);
  checker.collect(query, nullptr, user);
  checker.check();
}

}  // namespace vecino::sql
