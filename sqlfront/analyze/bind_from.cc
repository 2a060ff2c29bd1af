#include <algorithm>

#include "sqlfront/analyze/bind_from.h"
#include "sqlfront/analyze/coerce.h"
#include "sqlfront/analyze/parse_cache.h"
#include "sqlfront/catalog/privileges.h"
#include "sqlfront/interrupts.h"
#include "storage/util/available_memory.h"

namespace vecino::sql::analysis {

using namespace type_id;

namespace {

std::string qualified(const ast::RangeVar& name) {
  return name.schema.empty() ? name.name : name.schema + "." + name.name;
}

std::unique_ptr<FromItem> leaf(int rte) {
  auto out = std::make_unique<FromItem>();
  out->rte = rte;
  return out;
}

[[noreturn]] void throw_missing_relation(ParseState& state, const ast::RangeVar& name) {
  SqlError error(sqlstate::kUndefinedTable, "relation \"" + qualified(name) + "\" does not exist", name.location);
  for (ParseState* current = &state; current != nullptr && name.schema.empty(); current = current->parent) {
    for (const CommonTableExpr& cte : current->query->ctes) {
      if (cte.name != name.name) continue;
      throw std::move(error)
          .detail("There is a WITH item named \"" + name.name +
                  "\", but it cannot be referenced from this part of the query.")
          .hint("Use WITH RECURSIVE, or re-order the WITH items to remove forward references.");
    }
  }
  throw error;
}

void set_lateral(Namespace& names, bool only, bool ok) {
  for (NamespaceItem& item : names) {
    item.lateral_only = only;
    item.lateral_ok = ok;
  }
}

}  // namespace

// Only names that were written with a schema: the search path has none without USAGE.
void check_schema_usage(ParseState& state, const ast::RangeVar& name) {
  const AnalyzeContext& context = state.shared.context;
  if (name.schema.empty() || context.trusted_names || context.env == nullptr) return;
  SchemaPtr schema = state.catalog().find_schema(name.schema);
  if (schema == nullptr) return;
  if (Privileges(state.catalog(), context.env->current_role()).on_schema(*schema) & acl::kUsage) return;
  throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied for schema " + name.schema, name.location);
}

RelationPtr open_relation(ParseState& state, const ast::RangeVar& name) {
  if (!name.catalog.empty() && state.shared.context.env != nullptr &&
      name.catalog != state.shared.context.env->current_database()) {
    throw SqlError(sqlstate::kFeatureNotSupported,
                   "cross-database references are not implemented: \"" + name.catalog + "." + name.schema + "." +
                       name.name + "\"",
                   name.location);
  }
  check_schema_usage(state, name);
  RelationPtr relation = lookup_relation(state.catalog(), state.shared.context.search_path, name.schema, name.name);
  if (relation == nullptr) throw_missing_relation(state, name);
  if (relation->kind == 'i') {
    throw SqlError(sqlstate::kWrongObjectType, "cannot open relation \"" + relation->name + "\"", name.location)
        .detail("This operation is not supported for indexes.");
  }
  return relation;
}

void apply_column_aliases(RangeTableEntry& rte, const ast::Alias& alias, std::string_view what, int location) {
  size_t visible = 0;
  for (const std::string& name : rte.column_names) visible += !name.empty();
  if (alias.columns.size() > visible) {
    throw SqlError(sqlstate::kInvalidColumnReference,
                   std::string(what) + " \"" + alias.name + "\" has " + std::to_string(visible) +
                       " columns available but " + std::to_string(alias.columns.size()) + " columns specified",
                   location);
  }
  size_t next = 0;
  for (std::string& name : rte.column_names) {
    if (next == alias.columns.size()) break;
    if (!name.empty()) name = alias.columns[next++];
  }
}

namespace {

void check_view_recursion(const ParseState& state, const RelationDesc& view) {
  for (const ViewChain* chain = state.shared.views; chain != nullptr; chain = chain->outer) {
    if (chain->view != view.oid) continue;
    throw SqlError(sqlstate::kInvalidObjectDefinition,
                   "infinite recursion detected in rules for relation \"" + view.name + "\"");
  }
}

// Views over views double their queries with each level. Planning one takes about so much; the statement must not have more
// than half of the memory that is left.
void check_view_memory(size_t views) {
  constexpr size_t kBytesOfView = size_t{16} << 10, kLooked = 4096;
  if (views % kLooked != 0 || views * kBytesOfView <= available_memory().available / 2) return;
  throw SqlError(sqlstate::kOutOfMemory, "out of memory")
      .detail("The views of the statement come to more than " + std::to_string(views) + " queries.");
}

}  // namespace

QueryPtr view_query(ParseState& state, const RelationDesc& view) {
  check_recursion();
  check_view_recursion(state, view);
  check_view_memory(++*state.shared.expanded_views);
  std::shared_ptr<const ast::Node> node = cached_statement(view.view_sql);
  // Stored texts qualify every name that is not in these two schemas; the session's own path has no say in them.
  AnalyzeContext context = state.shared.context;
  context.search_path = {well_known_oid::kPgCatalog, well_known_oid::kPublic};
  context.trusted_names = true;
  ViewChain chain{view.oid, state.shared.views};
  SharedState shared{context, {}, state.shared.parameters, {}, &chain, state.shared.expanded_views,
                     state.shared.expand_views};
  ParseState own(shared, nullptr);
  try {
    return transform_statement(own, *node);
  } catch (SqlError& error) {
    throw SqlError(error.info()).at(-1);  // positions in the view's text mean nothing to the client
  }
}

int add_relation(ParseState& state, const ast::RangeVar& name, RelationPtr relation) {
  RangeTableEntry rte;
  rte.kind = RteKind::kRelation;
  rte.has_alias = !name.alias.name.empty();
  rte.alias = rte.has_alias ? name.alias.name : relation->name;
  bool is_view = relation->kind == 'v' && relation->system == nullptr;
  for (const ColumnDesc& column : relation->columns) {
    rte.column_names.push_back(column.dropped ? std::string() : column.name);
    rte.column_types.push_back(column.type);
  }
  if (is_view) {
    rte.kind = RteKind::kSubquery;
    // The fields of records are known to its query only.
    const bool has_record = std::any_of(relation->columns.begin(), relation->columns.end(),
                                        [](const ColumnDesc& column) { return column.type.id == kRecord; });
    if (state.shared.expand_views || has_record) rte.subquery = view_query(state, *relation);
  }
  rte.relation = std::move(relation);
  apply_column_aliases(rte, name.alias, "table", -1);
  state.query->range_table.push_back(std::move(rte));
  return static_cast<int>(state.query->range_table.size()) - 1;
}

int add_subquery(ParseState& state, QueryPtr query, const ast::Alias& alias, bool lateral) {
  RangeTableEntry rte;
  rte.kind = RteKind::kSubquery;
  rte.alias = alias.name;
  rte.has_alias = !alias.name.empty();
  rte.lateral = lateral;
  for (const TargetEntry& target : query->targets) {
    if (target.junk) continue;
    rte.column_names.push_back(target.name);
    rte.column_types.push_back(target.expr->type);
  }
  rte.subquery = std::move(query);
  apply_column_aliases(rte, alias, "table", -1);
  state.query->range_table.push_back(std::move(rte));
  return static_cast<int>(state.query->range_table.size()) - 1;
}

NamespaceItem item_for(const ParseState& state, int rte) {
  const RangeTableEntry& entry = state.query->range_table[rte];
  NamespaceItem out;
  out.rte = rte;
  out.alias = entry.alias;
  for (size_t i = 0; i < entry.column_names.size(); ++i) {
    out.columns.push_back({entry.column_names[i], rte, static_cast<AttrNumber>(i + 1), entry.column_types[i]});
  }
  return out;
}

namespace {

struct CteReference {
  CommonTableExpr* cte = nullptr;
  int levels_up = 0;
};

CteReference find_cte(ParseState& state, const std::string& name) {
  int level = 0;
  for (ParseState* current = &state; current != nullptr; current = current->parent, ++level) {
    for (size_t index : current->visible_ctes) {
      CommonTableExpr& cte = current->query->ctes[index];
      if (cte.name == name) return {&cte, level};
    }
  }
  return {};
}

int add_cte(ParseState& state, const ast::RangeVar& name, const CteReference& reference) {
  CommonTableExpr& cte = *reference.cte;
  RangeTableEntry rte;
  rte.kind = RteKind::kCte;
  rte.has_alias = !name.alias.name.empty();
  rte.alias = rte.has_alias ? name.alias.name : cte.name;
  rte.cte_name = cte.name;
  rte.cte_levels_up = reference.levels_up;
  if (cte.query != nullptr && cte.query->command != Command::kSelect && cte.query->returning.empty()) {
    throw SqlError(sqlstate::kFeatureNotSupported,
                   "WITH query \"" + cte.name + "\" does not have a RETURNING clause", name.location);
  }
  rte.column_names = cte.column_names;
  rte.column_types = cte.column_types;
  ++cte.reference_count;
  apply_column_aliases(rte, name.alias, "table", -1);
  state.query->range_table.push_back(std::move(rte));
  return static_cast<int>(state.query->range_table.size()) - 1;
}

FromResult single(ParseState& state, int rte) {
  FromResult out;
  out.item = leaf(rte);
  out.rte = rte;
  out.names.push_back(item_for(state, rte));
  return out;
}

FromResult bind_range_var(ParseState& state, const ast::RangeVar& name) {
  if (name.schema.empty()) {
    if (CteReference reference = find_cte(state, name.name); reference.cte != nullptr) {
      return single(state, add_cte(state, name, reference));
    }
  }
  return single(state, add_relation(state, name, open_relation(state, name)));
}

FromResult bind_subselect(ParseState& state, const ast::RangeSubselect& node) {
  bool saved_lateral = state.lateral_active;
  Clause saved = state.clause;
  state.lateral_active = node.lateral;
  state.clause = Clause::kFromSubselect;
  // The items to the left can be seen only through LATERAL.
  std::shared_ptr<Query> query = transform_subquery(state, *node.query, true);
  state.clause = saved;
  state.lateral_active = saved_lateral;
  FromResult out = single(state, add_subquery(state, std::move(query), node.alias, node.lateral));
  if (node.alias.name.empty()) out.names[0].relation_visible = false;
  return out;
}

FromResult bind_sample(ParseState& state, const ast::RangeTableSample& node) {
  throw SqlError(sqlstate::kFeatureNotSupported, "TABLESAMPLE is not supported", node.location);
}

}  // namespace

FromResult bind_from_item(ParseState& state, const ast::Node& node) {
  check_recursion();
  switch (node.kind) {
    case ast::NodeKind::kRangeVar: return bind_range_var(state, ast::as<ast::RangeVar>(node));
    case ast::NodeKind::kRangeSubselect: return bind_subselect(state, ast::as<ast::RangeSubselect>(node));
    case ast::NodeKind::kRangeFunction: {
      int rte = bind_range_function(state, ast::as<ast::RangeFunction>(node));
      return single(state, rte);
    }
    case ast::NodeKind::kRangeTableSample: return bind_sample(state, ast::as<ast::RangeTableSample>(node));
    case ast::NodeKind::kJoinExpr: return bind_join(state, ast::as<ast::JoinExpr>(node));
    case ast::NodeKind::kUnsupportedRange:
      throw SqlError(sqlstate::kFeatureNotSupported,
                     ast::as<ast::UnsupportedRange>(node).description + " is not supported", node.location);
    default: throw SqlError(sqlstate::kInternalError, "unrecognized FROM item", node.location);
  }
}

void check_name_conflicts(const ParseState& state, const Namespace& left, const Namespace& right) {
  for (const NamespaceItem& a : left) {
    if (!a.relation_visible || a.alias.empty()) continue;
    const RangeTableEntry& first = state.query->range_table[a.rte];
    for (const NamespaceItem& b : right) {
      if (!b.relation_visible || a.alias != b.alias) continue;
      const RangeTableEntry& second = state.query->range_table[b.rte];
      // Different tables of the same name in different schemas are told apart by qualified references.
      if (first.kind == RteKind::kRelation && second.kind == RteKind::kRelation && !first.has_alias &&
          !second.has_alias && first.relation->oid != second.relation->oid) {
        continue;
      }
      throw SqlError(sqlstate::kDuplicateAlias, "table name \"" + a.alias + "\" specified more than once");
    }
  }
}

void transform_from(ParseState& state, const ast::NodeList& from) {
  for (const auto& node : from) {
    FromResult bound = bind_from_item(state, *node);
    check_name_conflicts(state, state.names, bound.names);
    set_lateral(bound.names, true, true);
    for (NamespaceItem& item : bound.names) state.names.push_back(std::move(item));
    state.query->from.push_back(std::move(bound.item));
  }
  set_lateral(state.names, false, true);
}

}  // namespace vecino::sql::analysis
