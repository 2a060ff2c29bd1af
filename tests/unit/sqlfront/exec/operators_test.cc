#include "tests/unit/sqlfront/exec/exec_harness.h"

namespace vecino::sql::test {
namespace {

constexpr TypeId kInt4 = type_id::kInt4, kInt8 = type_id::kInt8;

PlanPtr ints(std::initializer_list<int> numbers) {
  std::vector<std::vector<ExprPtr>> rows;
  for (int n : numbers) rows.push_back({n < 0 ? null(kInt4) : constant(n)});
  return values(rows);
}

Rows join(TestDatabase& db, JoinType type, ExprPtr residual = nullptr) {
  auto hash = with_children(std::make_shared<HashNode>(), {ints({2, 3, 3, -1, 9})}, {{kInt4, -1}});
  auto node = std::make_shared<HashJoinNode>();
  node->join = type;
  node->outer_keys = {input(0, kInt4)};
  node->inner_keys = {input(0, kInt4)};
  node->equality = {as<OperatorExpr>(*op("=", constant(1), constant(1))).op};
  node->join_condition = residual;
  bool outer_only = type == JoinType::kSemi || type == JoinType::kAnti;
  std::vector<ExprPtr> out = {input(0, kInt4)};
  if (!outer_only) out.push_back(input(1, kInt4));
  node->targets = targets(out);
  return sorted(db.run(with_children(node, {ints({1, 2, 3, -1}), hash}, types_of(out)), {}, 0, 2));
}

}  // namespace

TEST_CASE("exec: hash joins of every type, NULL keys match nothing") {
  TestDatabase db;
  CHECK(join(db, JoinType::kInner) == Rows{{"2", "2"}, {"3", "3"}, {"3", "3"}});
  CHECK(join(db, JoinType::kLeft) == Rows{{"1", "~"}, {"2", "2"}, {"3", "3"}, {"3", "3"}, {"~", "~"}});
  CHECK(join(db, JoinType::kRight) == Rows{{"2", "2"}, {"3", "3"}, {"3", "3"}, {"~", "9"}, {"~", "~"}});
  CHECK(join(db, JoinType::kFull) ==
        Rows{{"1", "~"}, {"2", "2"}, {"3", "3"}, {"3", "3"}, {"~", "9"}, {"~", "~"}, {"~", "~"}});
  CHECK(join(db, JoinType::kSemi) == Rows{{"2"}, {"3"}});
  CHECK(join(db, JoinType::kAnti) == Rows{{"1"}, {"~"}});
  ExprPtr only_two = op("=", input(1, kInt4), constant(2));
  CHECK(join(db, JoinType::kLeft, only_two) == Rows{{"1", "~"}, {"2", "2"}, {"3", "~"}, {"~", "~"}});
  CHECK(join(db, JoinType::kAnti, only_two) == Rows{{"1"}, {"3"}, {"~"}});
}

TEST_CASE("exec: nested loop sets the inner side's parameters") {
  TestDatabase db;
  auto inner = with_children(std::make_shared<ResultNode>(), {ints({1, 2, 3})}, {{kInt4, -1}});
  inner->filter = op("<", input(0, kInt4), slot(0, kInt4));
  auto node = std::make_shared<NestLoopNode>();
  node->join = JoinType::kLeft;
  node->params = {{0, input(0, kInt4)}};
  auto plan = with_children(node, {ints({3, 1}), inner}, {{kInt4, -1}, {kInt4, -1}});
  CHECK(db.run(plan, {}, 1) == Rows{{"3", "1"}, {"3", "2"}, {"1", "~"}});
}

TEST_CASE("exec: sort, top-N and limits") {
  TestDatabase db;
  auto sort = with_children(std::make_shared<SortNode>(), {ints({3, 1, -1, 2, 1})}, {{kInt4, -1}});
  sort->keys = {sort_key(0, kInt4)};
  CHECK(db.run(sort) == Rows{{"1"}, {"1"}, {"2"}, {"3"}, {"~"}});
  auto top = with_children(std::make_shared<SortNode>(), {ints({3, 1, -1, 2, 1})}, {{kInt4, -1}});
  top->keys = {sort_key(0, kInt4, true)};
  top->bound = constant(2, kInt8);
  CHECK(db.run(top) == Rows{{"~"}, {"3"}});
  auto limit = with_children(std::make_shared<LimitNode>(), {sort}, {{kInt4, -1}});
  limit->limit = constant(2, kInt8);
  limit->offset = constant(1, kInt8);
  CHECK(db.run(limit) == Rows{{"1"}, {"2"}});
  auto ties = with_children(std::make_shared<LimitNode>(), {sort}, {{kInt4, -1}});
  ties->limit = constant(1, kInt8);
  ties->ties = {sort_key(0, kInt4)};
  CHECK(db.run(ties) == Rows{{"1"}, {"1"}});
  auto negative = with_children(std::make_shared<LimitNode>(), {sort}, {{kInt4, -1}});
  negative->limit = constant(-1, kInt8);
  CHECK_THROWS_WITH(db.run(negative), "LIMIT must not be negative");
}

TEST_CASE("exec: aggregation, plain, grouped and with grouping sets") {
  TestDatabase db;
  PlanPtr rows = values({{constant(1), constant(10)}, {constant(2), constant(5)}, {constant(1), constant(10)},
                         {constant(2), null(kInt4)}});
  auto node = std::make_shared<AggregateNode>();
  node->strategy = AggregateStrategy::kHashed;
  node->group_keys = {sort_key(0, kInt4)};
  node->aggregates = {aggregate("sum", {input(1, kInt4)}), aggregate("count", {input(1, kInt4)}, true)};
  std::vector<TypeRef> types = {{kInt4, -1}, {kInt8, -1}, {kInt8, -1}};
  CHECK(sorted(db.run(with_children(node, {rows}, types))) == Rows{{"1", "20", "1"}, {"2", "5", "1"}});

  auto sets = std::make_shared<AggregateNode>(*node);
  sets->grouping_sets = {{0}, {}};
  CHECK(sorted(db.run(with_children(sets, {rows}, types))) ==
        Rows{{"1", "20", "1"}, {"2", "5", "1"}, {"~", "25", "2"}});

  auto sort = with_children(std::make_shared<SortNode>(), {rows}, {{kInt4, -1}, {kInt4, -1}});
  sort->keys = {sort_key(0, kInt4)};
  auto group = std::make_shared<AggregateNode>(*node);
  group->strategy = AggregateStrategy::kSorted;
  CHECK(db.run(with_children(group, {sort}, types), {}, 0, 1) == Rows{{"1", "20", "1"}, {"2", "5", "1"}});

  auto plain = std::make_shared<AggregateNode>();
  plain->aggregates = {aggregate("sum", {input(0, kInt4)}), aggregate("count", {input(0, kInt4)})};
  auto none = with_children(std::make_shared<ResultNode>(), {ints({1})}, {{kInt4, -1}});
  none->filter = make_bool_const(false);
  CHECK(db.run(with_children(plain, {none}, {{kInt8, -1}, {kInt8, -1}})) == Rows{{"~", "0"}});
}

TEST_CASE("exec: set operations and recursion") {
  TestDatabase db;
  auto set_op = [&](SetOperator op, bool all) {
    auto node = std::make_shared<SetOpNode>();
    node->op = op;
    node->all = all;
    return sorted(db.run(with_children(node, {ints({1, 1, 1, 2, -1}), ints({1, 1, 3, -1})}, {{kInt4, -1}})));
  };
  CHECK(set_op(SetOperator::kIntersect, false) == Rows{{"1"}, {"~"}});
  CHECK(set_op(SetOperator::kIntersect, true) == Rows{{"1"}, {"1"}, {"~"}});
  CHECK(set_op(SetOperator::kExcept, false) == Rows{{"2"}});
  CHECK(set_op(SetOperator::kExcept, true) == Rows{{"1"}, {"2"}});

  // WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 5)
  auto work = std::make_shared<CteScanNode>();
  work->work_table = true;
  work->output_types = {{kInt4, -1}};
  work->filter = op("<", input(0, kInt4), constant(5));
  work->targets = targets({op("+", input(0, kInt4), constant(1))});
  SubplanInfo cte;
  cte.plan = with_children(std::make_shared<RecursiveUnionNode>(), {ints({1}), work}, {{kInt4, -1}});
  auto scan = std::make_shared<CteScanNode>();
  scan->output_types = {{kInt4, -1}};
  CHECK(db.run(scan, {cte}) == Rows{{"1"}, {"2"}, {"3"}, {"4"}, {"5"}});
}

TEST_CASE("exec: window functions over default and row frames") {
  TestDatabase db;
  auto window = [](std::string_view name, std::vector<ExprPtr> args) {
    auto expr = std::make_shared<WindowExpr>();
    for (const FunctionDef* def : functions_named(name)) {
      if (def->arg_types.size() == args.size()) expr->function = def;
      if (!args.empty() && def->arg_types.size() == args.size() && *def->arg_types.begin() == args[0]->type.id) break;
    }
    expr->args = args;
    expr->type = {kInt8, -1};
    return expr;
  };
  auto node = std::make_shared<WindowAggNode>();
  node->order_keys = {sort_key(0, kInt4)};
  node->frame_options = 0x2 | 0x20 | 0x400;  // RANGE UNBOUNDED PRECEDING .. CURRENT ROW
  node->functions = {window("rank", {}), window("sum", {input(0, kInt4)})};
  auto plan = with_children(node, {ints({1, 2, 2, 4})}, {{kInt4, -1}, {kInt8, -1}, {kInt8, -1}});
  CHECK(db.run(plan) == Rows{{"1", "1", "1"}, {"2", "2", "5"}, {"2", "2", "5"}, {"4", "4", "9"}});
  auto sliding = std::make_shared<WindowAggNode>(*node);
  sliding->frame_options = 0x1 | 0x4 | 0x10 | 0x800 | 0x400;  // ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
  sliding->start_offset = constant(1, kInt8);
  CHECK(db.run(sliding) == Rows{{"1", "1", "1"}, {"2", "2", "3"}, {"2", "2", "4"}, {"4", "4", "6"}});
}

TEST_CASE("exec: set-returning functions in the target list are padded") {
  TestDatabase db;
  auto node = std::make_shared<PlanNode>(PlanKind::kProjectSet);
  node->children = {ints({7})};
  node->targets = targets({input(0, kInt4), call("generate_series", {constant(1), constant(3)}),
                           call("generate_series", {constant(1), constant(2)})});
  node->output_types = {{kInt4, -1}, {kInt4, -1}, {kInt4, -1}};
  CHECK(db.run(node, {}, 0, 2) == Rows{{"7", "1", "1"}, {"7", "2", "2"}, {"7", "3", "~"}});
}

}  // namespace vecino::sql::test
