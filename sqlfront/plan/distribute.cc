#include <bit>
#include <cassert>

#include "sqlfront/catalog/row_security.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/plan/planner.h"
#include "sqlfront/sql_error.h"

// Places every condition at the lowest join where it may be evaluated and records which joins restrict the join order
// (PostgreSQL's initsplan.c).

namespace vecino::sql::plan {

bool is_hashable(const OperatorExpr& equality) {
  if (!equality.op || !equality.op->can_hash) return false;
  const TypeInfo* type = find_type(equality.args[0]->type.id);
  return type && (type->kind == PhysicalKind::kInt || type->hash != nullptr);
}

namespace {

struct Scope {
  std::vector<JoinItem> items;
  RelSet rels = 0;
  std::vector<SpecialJoin*> joins;  // in this subtree
};

RelSet nullable_side(const SpecialJoin& join) {
  return join.type == JoinType::kFull ? join.syn_left | join.syn_right : join.syn_right;
}

ClausePtr make_clause(const Level& level, const ExprPtr& expr) {
  auto clause = std::make_shared<Clause>();
  clause->expr = expr;
  clause->refs = level.refs_of(expr);
  clause->required = clause->refs;
  clause->is_volatile = contains_volatile(expr);
  const OperatorExpr* op = try_as<OperatorExpr>(expr);
  if (!op || op->args.size() != 2 || clause->is_volatile || !is_hashable(*op)) return clause;
  clause->left_refs = level.refs_of(op->args[0]);
  clause->right_refs = level.refs_of(op->args[1]);
  if (clause->left_refs && clause->right_refs && !overlaps(clause->left_refs, clause->right_refs)) {
    clause->equality = op->op;
    clause->left = op->args[0];
    clause->right = op->args[1];
  }
  return clause;
}

class Distributor {
 public:
  explicit Distributor(Level& level) : level_(level) {}

  Scope walk(TreeNode& node, bool top) {
    Scope scope;
    if (node.rte >= 0) {
      int index = level_.base_of_rte[node.rte];
      scope.items.push_back({index, {}});
      scope.rels = RelSet{1} << index;
      return scope;
    }
    return node.is_join ? walk_join(node) : walk_list(node, top);
  }

 private:
  Scope walk_list(TreeNode& node, bool top) {
    Scope scope;
    // Conditions of nested lists on the way down are as good as top-level ones as long as no outer join is between.
    for (auto& child : node.children) merge(scope, walk(*child, top));
    std::vector<ExprPtr> quals;
    split_conjuncts(node.qual, quals);
    for (const auto& qual : quals) place(qual, scope, top);
    return scope;
  }

  Scope walk_join(TreeNode& node) {
    Scope left = walk(*node.children[0], false), right = walk(*node.children[1], false);
    auto join = std::make_unique<SpecialJoin>();
    join->type = node.type;
    join->syn_left = left.rels;
    join->syn_right = right.rels;
    std::vector<ExprPtr> quals;
    split_conjuncts(node.qual, quals);
    RelSet mentioned = 0;
    for (const auto& qual : quals) {
      ClausePtr clause = make_clause(level_, qual);
      bool pushable = clause->refs != 0 && !clause->is_volatile && node.type != JoinType::kFull;
      if (pushable && is_subset(clause->refs, right.rels)) {
        place(qual, right, false);
      } else if (pushable && node.type == JoinType::kSemi && is_subset(clause->refs, left.rels)) {
        place(qual, left, false);
      } else {
        mentioned |= clause->refs;
        assert(is_subset(clause->refs, left.rels | right.rels));  // pull_up.cc saw to it
        clause->required = left.rels | right.rels;
        level_.note_needed(qual, clause->required);
        join->clauses.push_back(std::move(clause));
      }
    }
    set_minimum(*join, mentioned, left, right);
    Scope scope;
    if (node.type == JoinType::kFull) {
      scope.items.push_back({-1, {as_item(left), as_item(right)}});
      scope.rels = left.rels | right.rels;
      scope.joins = left.joins;
      scope.joins.insert(scope.joins.end(), right.joins.begin(), right.joins.end());
    } else {
      merge(scope, std::move(left));
      merge(scope, std::move(right));
    }
    scope.joins.push_back(join.get());
    level_.special_joins.push_back(std::move(join));
    return scope;
  }

  static JoinItem as_item(Scope& scope) {
    if (scope.items.size() == 1) return scope.items[0];
    return {-1, scope.items};
  }

  static void merge(Scope& into, Scope from) {
    into.rels |= from.rels;
    into.items.insert(into.items.end(), from.items.begin(), from.items.end());
    into.joins.insert(into.joins.end(), from.joins.begin(), from.joins.end());
  }

  // The right side is kept whole; the left side needs only what the condition mentions, and lower outer joins whose
  // nullable columns it reads.
  void set_minimum(SpecialJoin& join, RelSet mentioned, const Scope& left, const Scope& right) {
    join.min_right = right.rels;
    join.min_left = mentioned & left.rels;
    for (const auto& rel : level_.base)
      if (overlaps(RelSet{1} << rel->index, right.rels)) join.min_left |= rel->lateral & left.rels;
    if (join.min_left == 0 || join.type == JoinType::kFull) join.min_left = left.rels;
    bool changed = true;
    while (changed) {
      changed = false;
      for (const SpecialJoin* lower : left.joins) {
        RelSet whole = lower->syn_left | lower->syn_right;
        if (!overlaps(join.min_left, nullable_side(*lower)) || is_subset(whole, join.min_left)) continue;
        join.min_left |= whole;
        changed = true;
      }
    }
  }

  void place(const ExprPtr& qual, const Scope& scope, bool top) {
    ClausePtr clause = make_clause(level_, qual);
    if (clause->refs == 0 && !clause->is_volatile && top) {
      level_.gates.push_back(qual);
      return;
    }
    if (clause->refs == 0 || clause->is_volatile) clause->required = scope.rels;
    bool changed = true;
    while (changed) {
      changed = false;
      for (const SpecialJoin* join : scope.joins) {
        RelSet whole = join->min_left | join->min_right;
        if (!overlaps(clause->required, nullable_side(*join)) || is_subset(whole, clause->required)) continue;
        clause->required |= whole;
        changed = true;
      }
    }
    level_.note_needed(qual, clause->required);
    if (std::popcount(clause->required) == 1)
      level_.base[std::countr_zero(clause->required)]->clauses.push_back(std::move(clause));
    else
      level_.clauses.push_back(std::move(clause));
  }

  Level& level_;
};

const ConstExpr* constant_side(const Clause& clause, const ExprPtr** other) {
  const OperatorExpr* op = try_as<OperatorExpr>(clause.expr);
  if (!op || !op->op || !op->op->can_hash || op->args.size() != 2) return nullptr;
  for (int side = 0; side < 2; ++side) {
    if (const ConstExpr* value = try_as<ConstExpr>(op->args[side])) {
      *other = &op->args[1 - side];
      return value;
    }
  }
  return nullptr;
}

bool is_pinned(const BaseRel& rel, const ExprPtr& expr, const OperatorDef* op, ExprPtr* value) {
  for (const auto& clause : rel.clauses) {
    const ExprPtr* other = nullptr;
    const ConstExpr* constant = constant_side(*clause, &other);
    if (!constant || as<OperatorExpr>(*clause->expr).op != op || !equal_expr(*other, expr)) continue;
    *value = as<OperatorExpr>(*clause->expr).args[other == &as<OperatorExpr>(*clause->expr).args[0] ? 1 : 0];
    return true;
  }
  return false;
}

// a.x = b.y AND a.x = 5 gives b.y = 5; an inner join's clause then says nothing new.
void derive_constants(Level& level) {
  bool changed = true;
  auto derive = [&](const ClausePtr& clause, bool inner) {
    if (!clause->equality || clause->left->type.id != clause->right->type.id) return false;
    if (std::popcount(clause->left_refs) != 1 || std::popcount(clause->right_refs) != 1) return false;
    BaseRel& left = *level.base[std::countr_zero(clause->left_refs)];
    BaseRel& right = *level.base[std::countr_zero(clause->right_refs)];
    ExprPtr value;
    bool left_pinned = is_pinned(left, clause->left, clause->equality, &value);
    ExprPtr left_value = value;
    bool right_pinned = is_pinned(right, clause->right, clause->equality, &value);
    if (left_pinned == right_pinned) return false;
    if (!inner && right_pinned) return false;  // the left side of an outer join is not restricted by its condition
    auto copy = std::make_shared<OperatorExpr>(as<OperatorExpr>(*clause->expr));
    copy->args = left_pinned ? std::vector<ExprPtr>{clause->right, left_value} : std::vector<ExprPtr>{clause->left, value};
    ClausePtr derived = make_clause(level, copy);
    level.note_needed(derived->expr, derived->required);
    (left_pinned ? right : left).clauses.push_back(derived);
    return true;
  };
  while (changed) {
    changed = false;
    for (const auto& clause : level.clauses)
      if (clause->required == clause->refs) changed = derive(clause, true) || changed;
    for (const auto& join : level.special_joins) {
      if (join->type == JoinType::kFull) continue;
      for (const auto& clause : join->clauses) {
        if (!clause->equality || !is_subset(clause->left_refs, join->syn_left) ||
            !is_subset(clause->right_refs, join->syn_right)) {
          continue;
        }
        changed = derive(clause, false) || changed;
      }
    }
  }
  std::erase_if(level.clauses, [&](const ClausePtr& clause) {
    if (!clause->equality || clause->required != clause->refs) return false;
    if (std::popcount(clause->left_refs) != 1 || std::popcount(clause->right_refs) != 1) return false;
    ExprPtr left_value, right_value;
    const BaseRel& left = *level.base[std::countr_zero(clause->left_refs)];
    const BaseRel& right = *level.base[std::countr_zero(clause->right_refs)];
    return is_pinned(left, clause->left, clause->equality, &left_value) &&
           is_pinned(right, clause->right, clause->equality, &right_value) && equal_expr(left_value, right_value);
  });
}

void collect_leaves(const TreeNode& node, std::vector<int>& out) {
  check_stack_depth();
  if (node.rte >= 0) out.push_back(node.rte);
  for (const auto& child : node.children) collect_leaves(*child, out);
}

}  // namespace

RelSet Level::refs_of(const ExprPtr& expr) const {
  if (!expr) return 0;
  if (const VarExpr* var = try_as<VarExpr>(expr)) {
    if (var->levels_up > 0 || static_cast<size_t>(var->rte) >= base_of_rte.size()) return 0;
    int index = base_of_rte[var->rte];
    return index < 0 ? 0 : RelSet{1} << index;
  }
  RelSet result = 0;
  for_each_child(*expr, [&](const ExprPtr& child) { result |= refs_of(child); });
  return result;
}

void Level::note_needed(const ExprPtr& expr, RelSet where) {
  if (!expr) return;
  if (const VarExpr* var = try_as<VarExpr>(expr)) {
    if (var->levels_up > 0) return;
    needed[var_key(var->rte, var->attno)] |= where;
    if (var->attno <= 0) var_types.emplace(var_key(var->rte, var->attno), var->type);
    return;
  }
  for_each_child(*expr, [&](const ExprPtr& child) { note_needed(child, where); });
}

RelSet Level::needed_at(int rte, AttrNumber attno) const {
  auto it = needed.find(var_key(rte, attno));
  return it == needed.end() ? 0 : it->second;
}

void Level::create_base_relations() {
  std::vector<int> leaves;
  collect_leaves(*tree, leaves);
  if (leaves.size() > static_cast<size_t>(kMaxBaseRelations))
    throw SqlError(sqlstate::kFeatureNotSupported, "joins of more than 62 relations are not supported");
  base_of_rte.assign(rtes.size(), -1);
  for (int rte : leaves) {
    auto rel = std::make_unique<BaseRel>();
    rel->index = static_cast<int>(base.size());
    rel->rels = RelSet{1} << rel->index;
    rel->rte = rte;
    rel->entry = rtes[rte];
    base_of_rte[rte] = rel->index;
    all_rels |= rel->rels;
    base.push_back(std::move(rel));
  }
}

void Level::fill_base(BaseRel& rel) {
  const RangeTableEntry& entry = *rel.entry;
  auto lateral_use = [&](const ExprPtr& expr) {
    rel.lateral |= refs_of(expr);
    note_needed(expr, rel.rels);
  };
  switch (entry.kind) {
    case RteKind::kFunction:
      rel.functions = entry.functions;
      for (auto& function : rel.functions) lateral_use(function.call = prepare(function.call));
      break;
    case RteKind::kValues:
      rel.values = entry.values;
      for (auto& row : rel.values)
        for (auto& value : row) lateral_use(value = prepare(value));
      break;
    case RteKind::kSubquery: {
      PlannedChild child = plan_child(*this, entry.subquery, 0);
      rel.subplan = std::make_shared<Built>(std::move(child.built));
      rel.sub_params = std::move(child.params);
      for (const auto& param : rel.sub_params) lateral_use(param.expr);
      break;
    }
    case RteKind::kCte: {
      Level* owner = this;
      for (int i = 0; i < entry.cte_levels_up && owner; ++i) owner = owner->parent;
      const CommonTableExpr* cte = owner ? owner->find_cte(entry.cte_name) : nullptr;
      if (!cte) throw SqlError(sqlstate::kInternalError, "could not find CTE \"" + entry.cte_name + "\"");
      CtePlan& state = owner->ctes[entry.cte_name];
      if (state.plan_id < 0) plan_cte(*owner, *cte);
      rel.cte_plan = state.plan_id;
      rel.work_table = state.planning;
      for (Level* level = this; level != owner; level = level->parent)
        level->external_slots.insert(state.external.begin(), state.external.end());
      break;
    }
    case RteKind::kRelation:
      if (hides_rows(*entry.relation)) {
        ClausePtr never = make_clause(*this, make_bool_const(false));
        never->required = rel.rels;
        rel.clauses.push_back(std::move(never));
      }
      break;
    default: break;
  }
  rel.lateral &= ~rel.rels;
}

void Level::prepare_tree(TreeNode& node) {
  check_stack_depth();
  node.qual = prepare_qual(node.qual);
  for (auto& child : node.children) prepare_tree(*child);
}

void Level::distribute() {
  Distributor distributor(*this);
  join_list = distributor.walk(*tree, true).items;
  derive_constants(*this);
}

}  // namespace vecino::sql::plan
