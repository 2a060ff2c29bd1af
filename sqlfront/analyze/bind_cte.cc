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

// Where a recursive reference stands (PostgreSQL's RecursionContext): only kTerm is a place where it may.
enum class Place : uint8_t { kTerm, kNonRecursiveTerm, kSubquery, kOuterJoin, kIntersect, kExcept };

struct Reference {
  int location;
  Place place;
};

void find_references(const ast::Node& node, const std::string& name, Place place, std::vector<Reference>& out);

// An outer join that is itself in a forbidden place does not change what is wrong with it.
Place within_outer_join(Place place) { return place == Place::kTerm ? Place::kOuterJoin : place; }

// False when the clause has a query of that name, which hides the outer one from the statement.
bool find_references_in_with(const ast::WithClause& with, const std::string& name, Place place, std::vector<Reference>& out) {
  auto own = std::find_if(with.ctes.begin(), with.ctes.end(), [&](const auto& cte) { return cte->name == name; });
  if (own != with.ctes.end() && with.recursive) return false;
  // Without RECURSIVE, a name is known from behind its query on.
  auto end = own == with.ctes.end() ? own : own + 1;
  for (auto cte = with.ctes.begin(); cte != end; ++cte) find_references(*(*cte)->query, name, place, out);
  return own == with.ctes.end();
}

void find_references_in_join(const ast::JoinExpr& join, const std::string& name, Place place, std::vector<Reference>& out) {
  bool left = join.join == ast::JoinKind::kRight || join.join == ast::JoinKind::kFull;
  bool right = join.join == ast::JoinKind::kLeft || join.join == ast::JoinKind::kFull;
  find_references(*join.left, name, left ? within_outer_join(place) : place, out);
  find_references(*join.right, name, right ? within_outer_join(place) : place, out);
  if (join.condition != nullptr) find_references(*join.condition, name, place, out);
}

void find_references_in_select(const ast::SelectStmt& select, const std::string& name, Place place,
                               std::vector<Reference>& out) {
  Place left = place, right = place;
  if (select.op == ast::SetOp::kIntersect && select.all) left = right = Place::kIntersect;
  if (select.op == ast::SetOp::kExcept) {
    if (select.all) left = Place::kExcept;
    right = Place::kExcept;
  }
  ast::for_each_child(select, [&](const ast::Node& child) {
    if (child.kind == ast::NodeKind::kWithClause) return;
    find_references(child, name, &child == select.left.get() ? left : &child == select.right.get() ? right : place, out);
  });
}

// References to a WITH name, which inner WITH clauses may hide.
void find_references(const ast::Node& node, const std::string& name, Place place, std::vector<Reference>& out) {
  if (const ast::WithClause* with = with_of(node); with != nullptr) {
    if (!find_references_in_with(*with, name, place, out)) return;
  }
  switch (node.kind) {
    case ast::NodeKind::kRangeVar: {
      const auto& range = ast::as<ast::RangeVar>(node);
      if (range.schema.empty() && range.name == name) out.push_back({range.location, place});
      return;
    }
    case ast::NodeKind::kJoinExpr: return find_references_in_join(ast::as<ast::JoinExpr>(node), name, place, out);
    case ast::NodeKind::kSelectStmt: return find_references_in_select(ast::as<ast::SelectStmt>(node), name, place, out);
    case ast::NodeKind::kWithClause: return;
    case ast::NodeKind::kSubLink: {
      const auto& link = ast::as<ast::SubLink>(node);
      if (link.test != nullptr) find_references(*link.test, name, place, out);
      return find_references(*link.query, name, Place::kSubquery, out);
    }
    default: ast::for_each_child(node, [&](const ast::Node& child) { find_references(child, name, place, out); });
  }
}

std::vector<Reference> references(const ast::Node& node, const std::string& name, Place place = Place::kTerm) {
  std::vector<Reference> out;
  find_references(node, name, place, out);
  return out;
}

[[noreturn]] void throw_recursion(const std::string& message, int location) {
  throw SqlError(sqlstate::kInvalidRecursion, message, location);
}

void check_places(const ast::CommonTableExpr& cte, const std::vector<Reference>& found) {
  static constexpr const char* kPlaces[] = {"", "within its non-recursive term", "within a subquery", "within an outer join",
                                            "within INTERSECT", "within EXCEPT"};
  bool seen = false;
  for (const Reference& reference : found) {
    const char* wrong = reference.place != Place::kTerm ? kPlaces[static_cast<int>(reference.place)] : "more than once";
    if (reference.place != Place::kTerm || seen) {
      throw_recursion("recursive reference to query \"" + cte.name + "\" must not appear " + wrong, reference.location);
    }
    seen = true;
  }
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
  if (select->with != nullptr) {
    for (const auto& inner : select->with->ctes) check_places(cte, references(*inner->query, cte.name, Place::kSubquery));
  }
  check_places(cte, references(*select->left, cte.name, Place::kNonRecursiveTerm));
  check_places(cte, references(*select->right, cte.name));
  auto unsupported = [](const char* clause, int location) {
    throw SqlError(sqlstate::kFeatureNotSupported, std::string(clause) + " in a recursive query is not implemented", location);
  };
  if (!select->order_by.empty()) unsupported("ORDER BY", select->order_by[0]->expr->location);
  if (select->offset != nullptr) unsupported("OFFSET", select->offset->location);
  if (select->limit != nullptr) unsupported("LIMIT", select->limit->location);
  if (!select->locking.empty()) unsupported("FOR UPDATE/SHARE", -1);
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
