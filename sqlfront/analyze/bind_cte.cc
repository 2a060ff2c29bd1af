#include <algorithm>
#include <functional>

#include "sqlfront/analyze/coerce.h"
#include "sqlfront/parse/walk.h"

namespace vecino::sql::analysis {

namespace {

const ast::WithClause* with_of(const ast::Node& node) {
  switch (node.kind) {
    case ast::NodeKind::kSelectStmt: return ast::as<ast::SelectStmt>(node).with.get();
    case ast::NodeKind::kInsertStmt: return ast::as<ast::InsertStmt>(node).with.get();
    case ast::NodeKind::kUpdateStmt: return ast::as<ast::UpdateStmt>(node).with.get();
    case ast::NodeKind::kDeleteStmt: return ast::as<ast::DeleteStmt>(node).with.get();
    default: return nullptr;
  }
}

struct Reference {
  int location;
  bool in_sublink, nullable;
};

// References to a WITH name, which inner WITH clauses may hide.
void find_references(const ast::Node& node, const std::string& name, Reference where, std::vector<Reference>& out) {
  if (const ast::WithClause* with = with_of(node); with != nullptr) {
    for (const auto& cte : with->ctes) {
      if (cte->name == name) return;
    }
  }
  if (auto* range = ast::try_as<ast::RangeVar>(&node)) {
    if (range->schema.empty() && range->name == name) out.push_back({range->location, where.in_sublink, where.nullable});
    return;
  }
  if (auto* join = ast::try_as<ast::JoinExpr>(&node)) {
    Reference left = where, right = where;
    left.nullable |= join->join == ast::JoinKind::kRight || join->join == ast::JoinKind::kFull;
    right.nullable |= join->join == ast::JoinKind::kLeft || join->join == ast::JoinKind::kFull;
    find_references(*join->left, name, left, out);
    find_references(*join->right, name, right, out);
    where.in_sublink = true;
    if (join->condition != nullptr) find_references(*join->condition, name, where, out);
    return;
  }
  if (node.kind == ast::NodeKind::kSubLink) where.in_sublink = true;
  ast::for_each_child(node, [&](const ast::Node& child) { find_references(child, name, where, out); });
}

std::vector<Reference> references(const ast::Node& node, const std::string& name) {
  std::vector<Reference> out;
  find_references(node, name, {-1, false, false}, out);
  return out;
}

[[noreturn]] void throw_recursion(const std::string& message, int location) {
  throw SqlError(sqlstate::kInvalidRecursion, message, location);
}

void check_recursive_form(const ast::CommonTableExpr& cte) {
  auto* select = ast::try_as<ast::SelectStmt>(cte.query);
  if (select == nullptr) {
    throw_recursion("recursive query \"" + cte.name + "\" must not contain data-modifying statements", cte.location);
  }
  if (select->op != ast::SetOp::kUnion) {
    throw_recursion("recursive query \"" + cte.name +
                        "\" does not have the form non-recursive-term UNION [ALL] recursive-term",
                    cte.location);
  }
  auto reference = [&](const char* rest) { return "recursive reference to query \"" + cte.name + "\" must not appear " + rest; };
  auto in_left = references(*select->left, cte.name);
  if (!in_left.empty()) throw_recursion(reference("within its non-recursive term"), in_left[0].location);
  auto in_right = references(*select->right, cte.name);
  for (const Reference& found : in_right) {
    if (found.in_sublink) throw_recursion(reference("within a subquery"), found.location);
    if (found.nullable) throw_recursion(reference("within an outer join"), found.location);
  }
  if (in_right.size() > 1) throw_recursion(reference("more than once"), in_right[1].location);
  const char* clause = nullptr;
  if (!select->order_by.empty()) clause = "ORDER BY";
  else if (select->offset != nullptr) clause = "OFFSET";
  else if (select->limit != nullptr) clause = "LIMIT";
  else if (!select->locking.empty()) clause = "FOR UPDATE/SHARE";
  if (clause != nullptr) {
    throw SqlError(sqlstate::kFeatureNotSupported, std::string(clause) + " in a recursive query is not implemented",
                   cte.location);
  }
}

void set_columns(CommonTableExpr& cte, const ast::CommonTableExpr& node, const std::vector<TargetEntry>& targets) {
  cte.column_names = node.columns;
  cte.column_types.clear();
  size_t count = 0;
  for (const TargetEntry& target : targets) {
    if (target.junk) continue;
    if (++count > cte.column_names.size()) cte.column_names.push_back(target.name);
    TypeRef type = target.expr->type;
    if (type.id == type_id::kUnknown) type.id = type_id::kText;
    cte.column_types.push_back(type);
  }
  if (node.columns.size() > count) {
    throw SqlError(sqlstate::kInvalidColumnReference,
                   "WITH query \"" + node.name + "\" has " + std::to_string(count) + " columns available but " +
                       std::to_string(node.columns.size()) + " columns specified",
                   node.location);
  }
}

void check_recursive_types(const CommonTableExpr& cte, const Query& query, int location) {
  size_t column = 0;
  for (const TargetEntry& target : query.targets) {
    if (target.junk) continue;
    TypeRef overall = target.expr->type, declared = cte.column_types[column++];
    if (overall == declared) continue;
    throw SqlError(sqlstate::kDatatypeMismatch,
                   "recursive query \"" + cte.name + "\" column " + std::to_string(column) + " has type " +
                       format_type(declared) + " in non-recursive term but type " + format_type(overall) + " overall",
                   location_of(target.expr))
        .hint("Cast the output of the non-recursive term to the correct type.");
  }
}

void bind_cte(ParseState& state, size_t index, const ast::CommonTableExpr& node) {
  CommonTableExpr& cte = state.query->ctes[index];
  if (node.has_search || node.has_cycle) {
    throw SqlError(sqlstate::kFeatureNotSupported,
                   std::string(node.has_search ? "SEARCH" : "CYCLE") + " clause of WITH is not supported", node.location);
  }
  if (node.query->kind != ast::NodeKind::kSelectStmt) {
    if (state.parent != nullptr) {
      throw SqlError(sqlstate::kFeatureNotSupported,
                     "WITH clause containing a data-modifying statement must be at the top level", node.location);
    }
    state.query->has_modifying_cte = true;
  }
  cte.column_names = node.columns;  // bind_recursive_columns completes them
  std::shared_ptr<Query> query = transform_subquery(state, *node.query, true, &cte);
  cte.query = query;
  const auto& targets = query->command == Command::kSelect ? query->targets : query->returning;
  if (cte.recursive) check_recursive_types(cte, *query, node.location);
  else set_columns(cte, node, targets);
}

}  // namespace

void bind_recursive_columns(ParseState& state, const std::vector<TargetEntry>& left) {
  CommonTableExpr& cte = *state.parent_cte;
  size_t given = cte.column_names.size();
  cte.column_types.clear();
  for (size_t i = 0; i < left.size(); ++i) {
    if (i >= given) cte.column_names.push_back(left[i].name);
    TypeRef type = left[i].expr->type;
    if (type.id == type_id::kUnknown) type = {type_id::kText, -1};
    cte.column_types.push_back(type);
  }
  if (given > left.size()) {
    throw SqlError(sqlstate::kInvalidColumnReference,
                   "WITH query \"" + cte.name + "\" has " + std::to_string(left.size()) +
                       " columns available but " + std::to_string(given) + " columns specified");
  }
}

void transform_with(ParseState& state, const ast::WithClause* with) {
  if (with == nullptr) return;
  std::vector<CommonTableExpr>& ctes = state.query->ctes;
  for (size_t i = 0; i < with->ctes.size(); ++i) {
    const ast::CommonTableExpr& node = *with->ctes[i];
    for (const CommonTableExpr& other : ctes) {
      if (other.name == node.name) {
        throw SqlError(sqlstate::kDuplicateAlias, "WITH query name \"" + node.name + "\" specified more than once",
                       node.location);
      }
    }
    CommonTableExpr cte;
    cte.name = node.name;
    cte.materialized = node.materialized;
    ctes.push_back(std::move(cte));
  }
  if (!with->recursive) {
    for (size_t i = 0; i < ctes.size(); ++i) {
      bind_cte(state, i, *with->ctes[i]);
      state.visible_ctes.push_back(i);
    }
    return;
  }
  // Forward references are allowed: bind in the order of dependence.
  std::vector<int> done(ctes.size(), 0);  // 1 = in progress, 2 = bound
  std::function<void(size_t)> visit = [&](size_t i) {
    if (done[i] == 2) return;
    const ast::CommonTableExpr& node = *with->ctes[i];
    if (done[i] == 1) {
      throw SqlError(sqlstate::kFeatureNotSupported, "mutual recursion between WITH items is not implemented",
                     node.location);
    }
    done[i] = 1;
    for (size_t j = 0; j < ctes.size(); ++j) {
      if (references(*node.query, ctes[j].name).empty()) continue;
      if (j == i) ctes[i].recursive = true;
      else visit(j);
    }
    if (ctes[i].recursive) {
      check_recursive_form(node);
      state.visible_ctes.push_back(i);
      bind_cte(state, i, node);
    } else {
      bind_cte(state, i, node);
      state.visible_ctes.push_back(i);
    }
    done[i] = 2;
  };
  for (size_t i = 0; i < ctes.size(); ++i) visit(i);
}

}  // namespace vecino::sql::analysis
