#include "tests/unit/sqlfront/exec/exec_harness.h"
#include "sqlfront/types/array.h"

namespace vecino::sql::test {
namespace {

constexpr TypeId kInt4 = type_id::kInt4, kBool = type_id::kBool;

// Evaluates over the rows of one int4 column.
std::vector<std::string> evaluate(TestDatabase& db, const ExprPtr& expr, const std::vector<ExprPtr>& column) {
  std::vector<std::vector<ExprPtr>> rows;
  for (const ExprPtr& value : column) rows.push_back({value});
  auto result = with_children(std::make_shared<ResultNode>(), {values(rows)}, {expr->type});
  result->targets = targets({expr});
  std::vector<std::string> out;
  for (auto& row : db.run(result)) out.push_back(row[0]);
  return out;
}
using Strings = std::vector<std::string>;

ExprPtr any_of(ExprPtr left, std::vector<Datum> elements, bool use_or = true) {
  Arena arena;
  auto expr = std::make_shared<ScalarArrayOpExpr>();
  ExprPtr comparison = op(use_or ? "=" : "<>", left, left);
  const auto& equal = as<OperatorExpr>(*comparison);
  expr->op = equal.op;
  expr->function = equal.function;
  expr->use_or = use_or;
  expr->left = left;
  expr->array = make_const({type_id::kInt4Array, -1}, make_array(arena, kInt4, elements));
  expr->type = {kBool, -1};
  return expr;
}

}  // namespace

TEST_CASE("exec: AND, OR and CASE evaluate only the rows that need it") {
  TestDatabase db;
  std::vector<ExprPtr> column = {constant(0), constant(2), null(kInt4)};
  ExprPtr x = input(0, kInt4), zero = constant(0), one = constant(1);
  ExprPtr quotient = op(">", op("/", constant(10), x), constant(4));
  REQUIRE_THROWS_AS(evaluate(db, quotient, column), SqlError);
  CHECK(evaluate(db, logic(BoolKind::kAnd, {op("<>", x, zero), quotient}), column) == Strings{"f", "t", "~"});
  CHECK(evaluate(db, logic(BoolKind::kOr, {op("=", x, zero), quotient}), column) == Strings{"t", "t", "~"});
  auto choice = std::make_shared<CaseExpr>();
  choice->type = {kInt4, -1};
  choice->whens.push_back({op("=", x, zero), constant(-1)});
  choice->otherwise = op("/", constant(10), x);
  CHECK(evaluate(db, choice, column) == Strings{"-1", "5", "~"});
  // The same for a single row, which takes another path.
  CHECK(evaluate(db, logic(BoolKind::kAnd, {op("<>", x, zero), quotient}), {constant(0)}) == Strings{"f"});
}

TEST_CASE("exec: three-valued logic") {
  TestDatabase db;
  ExprPtr x = input(0, kInt4), unknown = null(kBool), yes = make_bool_const(true), no = make_bool_const(false);
  CHECK(evaluate(db, logic(BoolKind::kAnd, {unknown, no}), {constant(1), constant(2)}) == Strings{"f", "f"});
  CHECK(evaluate(db, logic(BoolKind::kAnd, {unknown, yes}), {constant(1)}) == Strings{"~"});
  CHECK(evaluate(db, logic(BoolKind::kOr, {unknown, yes}), {constant(1), constant(2)}) == Strings{"t", "t"});
  CHECK(evaluate(db, logic(BoolKind::kOr, {unknown, no}), {constant(1)}) == Strings{"~"});
}

TEST_CASE("exec: = ANY with NULLs, hashed and not") {
  TestDatabase db;
  std::vector<ExprPtr> column = {constant(1), constant(50), null(kInt4)};
  std::vector<Datum> small = {Datum::from_int(1), Datum::null()};
  CHECK(evaluate(db, any_of(input(0, kInt4), small), column) == Strings{"t", "~", "~"});
  std::vector<Datum> large;
  for (int i = 0; i < 40; ++i) large.push_back(Datum::from_int(i));
  CHECK(evaluate(db, any_of(input(0, kInt4), large), column) == Strings{"t", "f", "~"});
  large.push_back(Datum::null());
  CHECK(evaluate(db, any_of(input(0, kInt4), large), column) == Strings{"t", "~", "~"});
  CHECK(evaluate(db, any_of(input(0, kInt4), {}), column) == Strings{"f", "f", "f"});
  CHECK(evaluate(db, any_of(input(0, kInt4), {Datum::from_int(50)}, false), column) == Strings{"t", "f", "~"});
}

TEST_CASE("exec: volatile calls in several columns interleave row by row") {
  TestDatabase db;
  ExprPtr next = call("nextval", {constant(1, type_id::kRegclass)});
  auto result = with_children(std::make_shared<ResultNode>(), {values({{constant(1)}, {constant(2)}})},
                              {{type_id::kInt8, -1}, {type_id::kInt8, -1}});
  result->targets = targets({next, next});
  CHECK(db.run(result) == Rows{{"1", "2"}, {"3", "4"}});
}

TEST_CASE("exec: correlated and hashed sub-selects") {
  TestDatabase db;
  // (SELECT v FROM (VALUES (1),(2),(2)) WHERE v = outer)
  auto inner = with_children(std::make_shared<ResultNode>(), {values({{constant(1)}, {constant(2)}, {constant(2)}})},
                             {{kInt4, -1}});
  inner->filter = op("=", input(0, kInt4), slot(0, kInt4));
  SubplanInfo info;
  info.plan = inner;
  auto subplan = std::make_shared<SubPlanExpr>();
  subplan->type = {kInt4, -1};
  subplan->param_slots = {0};
  subplan->args = {input(0, kInt4)};
  auto outer = with_children(std::make_shared<ResultNode>(), {values({{constant(1)}, {constant(3)}})}, {{kInt4, -1}});
  outer->targets = targets({subplan});
  CHECK(db.run(outer, {info}, 1) == Rows{{"1"}, {"~"}});
  auto twice = with_children(std::make_shared<ResultNode>(), {values({{constant(2)}})}, {{kInt4, -1}});
  twice->targets = targets({subplan});
  CHECK_THROWS_WITH(db.run(twice, {info}, 1), "more than one row returned by a subquery used as an expression");

  // x IN (SELECT ...) with a NULL among the values.
  SubplanInfo list;
  list.plan = values({{constant(1)}, {null(kInt4)}});
  auto in = std::make_shared<SubPlanExpr>();
  in->type = {kBool, -1};
  in->link = SubLinkKind::kAny;
  in->use_hash = true;
  in->hash_left = {input(0, kInt4)};
  in->output_slots = {0};
  in->test = op("=", input(0, kInt4), slot(0, kInt4));
  auto probe = with_children(std::make_shared<ResultNode>(),
                             {values({{constant(1)}, {constant(7)}, {null(kInt4)}})}, {{kBool, -1}});
  probe->targets = targets({in});
  CHECK(db.run(probe, {list}, 1) == Rows{{"t"}, {"~"}, {"~"}});
}

}  // namespace vecino::sql::test
