#include <algorithm>

#include "sqlfront/analyze/bind_from.h"
#include "sqlfront/analyze/coerce.h"

namespace vecino::sql::analysis {

using namespace type_id;

namespace {

JoinType join_type(ast::JoinKind kind) {
  switch (kind) {
    case ast::JoinKind::kInner: return JoinType::kInner;
    case ast::JoinKind::kLeft: return JoinType::kLeft;
    case ast::JoinKind::kFull: return JoinType::kFull;
    case ast::JoinKind::kRight: return JoinType::kRight;
  }
  return JoinType::kInner;
}

// The columns of a join input in order: what `SELECT *` over it shows.
std::vector<NamespaceColumn> columns_of(const ParseState& state, const FromResult& side) {
  // The item of the side's own range-table entry comes last in its namespace and lists all of them.
  for (auto item = side.names.rbegin(); item != side.names.rend(); ++item) {
    if (item->rte == side.rte) return item->columns;
  }
  return item_for(state, side.rte).columns;
}

std::vector<std::string> natural_columns(const std::vector<NamespaceColumn>& left,
                                         const std::vector<NamespaceColumn>& right) {
  std::vector<std::string> out;
  for (const NamespaceColumn& column : left) {
    if (column.name.empty()) continue;
    bool shared = std::any_of(right.begin(), right.end(), [&](const auto& other) { return other.name == column.name; });
    if (shared) out.push_back(column.name);
  }
  return out;
}

int using_column(const std::vector<NamespaceColumn>& columns, const std::string& name, const char* side) {
  int found = -1;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name != name) continue;
    if (found >= 0) {
      throw SqlError(sqlstate::kAmbiguousColumn,
                     "common column name \"" + name + "\" appears more than once in " + side + " table");
    }
    found = static_cast<int>(i);
  }
  if (found < 0) {
    throw SqlError(sqlstate::kUndefinedColumn,
                   "column \"" + name + "\" specified in USING clause does not exist in " + side + " table");
  }
  return found;
}

ExprPtr var_of(const NamespaceColumn& column) { return make_var(column.rte, column.attno, column.type, 0, -1); }

// The merged column of USING: one side for inner and one-sided outer joins, COALESCE of both for FULL.
ExprPtr merged_column(ParseState& state, JoinType type, const ExprPtr& left, const ExprPtr& right) {
  std::vector<ExprPtr> both{left, right};
  TypeId common = common_type_of(state, both, "JOIN/USING");
  int32_t typmod = common_typmod(both, common);
  auto coerced = [&](const ExprPtr& side) {
    ExprPtr out = coerce_to_common(state, side, common, "JOIN/USING");
    if (out->type.typmod == typmod) return out;
    auto relabel = std::make_shared<RelabelExpr>();
    relabel->arg = out;
    relabel->type = {common, typmod};
    return ExprPtr(relabel);
  };
  switch (type) {
    case JoinType::kInner:
      // Prefer a plain column, so that it can be used for an index or a key.
      return left->type.id == common || right->type.id != common ? coerced(left) : coerced(right);
    case JoinType::kLeft: return coerced(left);
    case JoinType::kRight: return coerced(right);
    default: {
      auto out = std::make_shared<CoalesceExpr>();
      out->args = {coerced(left), coerced(right)};
      out->type = {common, typmod};
      return out;
    }
  }
}

struct JoinColumns {
  RangeTableEntry rte;
  std::vector<NamespaceColumn> columns;  // rte -1 stands for the join's own entry

  void add(const NamespaceColumn& column, ExprPtr alias) {
    rte.column_names.push_back(column.name);
    rte.column_types.push_back(column.type);
    rte.join_aliases.push_back(std::move(alias));
    columns.push_back(column);
  }
  void add_merged(const std::string& name, ExprPtr merged) {
    NamespaceColumn column{name, -1, static_cast<AttrNumber>(columns.size() + 1), merged->type};
    if (auto* var = try_as<VarExpr>(merged)) {
      column.rte = var->rte;
      column.attno = var->attno;
    }
    add(column, std::move(merged));
  }
  void add_rest(const std::vector<NamespaceColumn>& side, const std::vector<int>& merged) {
    for (size_t i = 0; i < side.size(); ++i) {
      if (side[i].name.empty()) continue;
      if (std::find(merged.begin(), merged.end(), static_cast<int>(i)) != merged.end()) continue;
      add(side[i], var_of(side[i]));
    }
  }
};

ExprPtr bind_condition(ParseState& state, const ast::JoinExpr& node, const Namespace& names) {
  // ON sees just the two inputs (and outer queries), plus what is already visible through LATERAL.
  Namespace saved = std::move(state.names);
  state.names = names;
  for (NamespaceItem& item : state.names) item.lateral_only = false;
  ExprPtr out = transform_where(state, node.condition.get(), Clause::kJoinOn, "JOIN/ON");
  state.names = std::move(saved);
  return out;
}

}  // namespace

FromResult bind_join(ParseState& state, const ast::JoinExpr& node) {
  FromResult left = bind_from_item(state, *node.left);
  // LATERAL items on the right may refer to the left side, unless the join type forbids it.
  bool lateral_ok = node.join == ast::JoinKind::kInner || node.join == ast::JoinKind::kLeft;
  size_t mark = state.names.size();
  for (NamespaceItem item : left.names) {
    item.lateral_only = true;
    item.lateral_ok = lateral_ok;
    state.names.push_back(std::move(item));
  }
  FromResult right = bind_from_item(state, *node.right);
  state.names.resize(mark);
  check_name_conflicts(state, left.names, right.names);

  JoinType type = join_type(node.join);
  std::vector<NamespaceColumn> left_columns = columns_of(state, left), right_columns = columns_of(state, right);
  std::vector<std::string> merged_names = node.natural ? natural_columns(left_columns, right_columns)
                                                       : node.using_columns;
  JoinColumns out;
  ExprPtr condition;
  std::vector<int> left_merged, right_merged;
  std::vector<ExprPtr> equalities;
  for (size_t i = 0; i < merged_names.size(); ++i) {
    const std::string& name = merged_names[i];
    if (std::count(merged_names.begin(), merged_names.end(), name) > 1) {
      throw SqlError(sqlstate::kDuplicateColumn, "column name \"" + name + "\" appears more than once in USING clause");
    }
    left_merged.push_back(using_column(left_columns, name, "left"));
    right_merged.push_back(using_column(right_columns, name, "right"));
    const NamespaceColumn& l = left_columns[left_merged.back()];
    const NamespaceColumn& r = right_columns[right_merged.back()];
    ExprPtr left_expr = var_of(l), right_expr = var_of(r);
    equalities.push_back(make_operator(state, {"="}, left_expr, right_expr, -1));
    equalities.back() = coerce_to_boolean(state, equalities.back(), "JOIN/USING");
    out.add_merged(name, merged_column(state, type, left_expr, right_expr));
  }
  if (equalities.size() == 1) condition = equalities[0];
  if (equalities.size() > 1) condition = make_bool(BoolKind::kAnd, std::move(equalities), -1);
  out.add_rest(left_columns, left_merged);
  out.add_rest(right_columns, right_merged);

  FromResult result;
  for (Namespace* side : {&left.names, &right.names}) {
    for (NamespaceItem& item : *side) result.names.push_back(std::move(item));
  }
  if (node.condition != nullptr) condition = bind_condition(state, node, result.names);

  out.rte.kind = RteKind::kJoin;
  out.rte.join = type;
  out.rte.alias = node.alias.name.empty() ? "unnamed_join" : node.alias.name;
  out.rte.has_alias = !node.alias.name.empty();
  ast::Alias alias;
  alias.name = node.alias.name;
  alias.columns = node.alias.columns;
  apply_column_aliases(out.rte, alias, "join expression", -1);
  int rte = static_cast<int>(state.query->range_table.size());
  state.query->range_table.push_back(std::move(out.rte));
  const RangeTableEntry& entry = state.query->range_table.back();

  NamespaceItem own;
  own.rte = rte;
  own.alias = node.alias.name;
  for (size_t i = 0; i < out.columns.size(); ++i) {
    NamespaceColumn column = out.columns[i];
    column.name = entry.column_names[i];
    if (column.rte < 0) {
      column.rte = rte;
      column.attno = static_cast<AttrNumber>(i + 1);
    }
    own.columns.push_back(std::move(column));
  }
  if (!node.using_alias.empty()) {
    NamespaceItem using_item;
    using_item.rte = rte;
    using_item.alias = node.using_alias;
    using_item.columns.assign(own.columns.begin(), own.columns.begin() + merged_names.size());
    using_item.columns_visible = false;
    Namespace names;
    names.push_back(std::move(using_item));
    check_name_conflicts(state, result.names, names);
    result.names.push_back(std::move(names.front()));
  }
  if (own.alias.empty()) {
    own.relation_visible = false;
    for (NamespaceItem& item : result.names) item.columns_visible = false;
  } else {
    // An alias hides what is inside, the alias of USING too.
    result.names.clear();
  }
  result.names.push_back(std::move(own));
  result.rte = rte;
  result.item = std::make_unique<FromItem>();
  result.item->rte = -1;
  result.item->join = std::make_unique<FromItem::Join>();
  result.item->join->type = type;
  result.item->join->left = std::move(left.item);
  result.item->join->right = std::move(right.item);
  result.item->join->condition = std::move(condition);
  result.item->join->rte = rte;
  return result;
}

}  // namespace vecino::sql::analysis
