#include <cstring>

#include "tests/unit/sqlfront/exec/exec_harness.h"

namespace vecino::sql::test {
namespace {

constexpr TypeId kInt4 = type_id::kInt4, kInt8 = type_id::kInt8, kText = type_id::kText;

// items(id int primary key, name text not null)
struct Items {
  TestDatabase db;
  std::shared_ptr<RelationDesc> table = db.make_table("items", {{"id", kInt4, true}, {"name", kText, true}});
  RelationPtr pkey = db.make_index(*table, "items_pkey", {1}, true);

  std::vector<IndexMaintenance> indexes() const {
    IndexMaintenance maintenance;
    maintenance.index = pkey;
    maintenance.key_exprs = {input(0, kInt4)};
    maintenance.columns_used = {1};
    return {maintenance};
  }
  std::shared_ptr<ModifyTableNode> modify(Command command, PlanPtr child) const {
    auto node = std::make_shared<ModifyTableNode>();
    node->command = command;
    node->relation = table;
    node->indexes = indexes();
    node->children = {std::move(child)};
    return node;
  }
  void insert(std::vector<std::vector<ExprPtr>> rows) { db.run(modify(Command::kInsert, values(rows))); }
  Rows all() { return db.run(seq_scan(table)); }
  // Scan yielding ctid, id, name and further expressions over them, for rows with this id.
  PlanPtr changed(ExprPtr id, std::vector<ExprPtr> extra) {
    auto scan = seq_scan(table, {system_attr::kCtid, 1, 2});
    scan->filter = op("=", input(1, kInt4), id);
    std::vector<ExprPtr> out = {input(0, kInt8), input(1, kInt4), input(2, kText)};
    out.insert(out.end(), extra.begin(), extra.end());
    scan->targets = targets(out);
    scan->output_types = types_of(out);
    return scan;
  }
  PlanPtr by_index(std::vector<IndexScanNode::Condition> conditions, bool backward = false) {
    auto scan = std::make_shared<IndexScanNode>();
    scan->relation = table;
    scan->index = pkey;
    scan->fetch = {1, 2};
    scan->output_types = {{kInt4, -1}, {kText, -1}};
    scan->conditions = std::move(conditions);
    scan->backward = backward;
    return scan;
  }
};

IndexScanNode::Condition condition(Strategy strategy, ExprPtr value) {
  IndexScanNode::Condition result{};
  result.column = 0;
  result.strategy = strategy;
  result.value = std::move(value);
  return result;
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const SqlError& error) {
    return std::string(error.info().code.view()) + " " + error.info().message + " | " + error.info().detail;
  }
  return "";
}

}  // namespace

TEST_CASE("exec: insert, index scans, update and delete keep the index right") {
  Items t;
  t.insert({{constant(1), text("one")}, {constant(2), text("two")}, {constant(3), text("three")}});
  CHECK(t.all() == Rows{{"1", "one"}, {"2", "two"}, {"3", "three"}});
  CHECK(t.db.run(t.by_index({condition(Strategy::kEqual, constant(2))})) == Rows{{"2", "two"}});
  CHECK(t.db.run(t.by_index({condition(Strategy::kGreater, constant(1))}, true)) == Rows{{"3", "three"}, {"2", "two"}});
  // Values beyond the column's type decide the comparison.
  int64_t huge = int64_t{1} << 40;
  CHECK(t.db.run(t.by_index({condition(Strategy::kEqual, constant(huge, kInt8))})).empty());
  CHECK(t.db.run(t.by_index({condition(Strategy::kLess, constant(huge, kInt8))})).size() == 3);

  auto update = t.modify(Command::kUpdate, t.changed(constant(2), {constant(20)}));
  update->assigned = {1};
  t.db.run(update);
  CHECK(t.db.affected == 1);
  CHECK(t.db.run(t.by_index({condition(Strategy::kEqual, constant(2))})).empty());
  CHECK(t.db.run(t.by_index({condition(Strategy::kEqual, constant(20))})) == Rows{{"20", "two"}});
  t.db.run(t.modify(Command::kDelete, t.changed(constant(1), {})));
  CHECK(t.db.run(t.by_index({})) == Rows{{"3", "three"}, {"20", "two"}});
  t.insert({{constant(1), text("again")}});
  t.db.commit();
  CHECK(t.all().size() == 3);
}

TEST_CASE("exec: constraint violations are worded as PostgreSQL's") {
  Items t;
  t.insert({{constant(1), text("one")}});
  CHECK(error_of([&] { t.insert({{constant(1), text("x")}}); }) ==
        "23505 duplicate key value violates unique constraint \"items_pkey\" | Key (id)=(1) already exists.");
  CHECK(error_of([&] { t.insert({{constant(2), null(kText)}}); }) ==
        "23502 null value in column \"name\" of relation \"items\" violates not-null constraint | "
        "Failing row contains (2, null).");
  auto checked = t.modify(Command::kInsert, values({{constant(-5), text("neg")}}));
  checked->checks = {{"items_id_check", op(">", input(0, kInt4), constant(0))}};
  CHECK(error_of([&] { t.db.run(checked); }) ==
        "23514 new row for relation \"items\" violates check constraint \"items_id_check\" | "
        "Failing row contains (-5, neg).");
}

TEST_CASE("exec: ON CONFLICT") {
  Items t;
  t.insert({{constant(1), text("one")}});
  auto nothing = t.modify(Command::kInsert, values({{constant(1), text("x")}, {constant(2), text("two")}}));
  nothing->on_conflict = OnConflictAction::kNothing;
  t.db.run(nothing);
  CHECK(t.db.affected == 1);
  CHECK(t.all() == Rows{{"1", "one"}, {"2", "two"}});

  auto upsert = t.modify(Command::kInsert, values({{constant(1), text("uno")}, {constant(3), text("tres")}}));
  upsert->on_conflict = OnConflictAction::kUpdate;
  upsert->arbiters = {t.pkey->oid};
  upsert->conflict_set.emplace_back(static_cast<AttrNumber>(2), input(3, kText));
  upsert->returning = targets({input(0, kInt4), input(1, kText)});
  upsert->output_types = {{kInt4, -1}, {kText, -1}};
  CHECK(t.db.run(upsert) == Rows{{"1", "uno"}, {"3", "tres"}});
  CHECK(sorted(t.all()) == Rows{{"1", "uno"}, {"2", "two"}, {"3", "tres"}});

  auto twice = std::make_shared<ModifyTableNode>(*upsert);
  twice->children = {values({{constant(9), text("a")}, {constant(9), text("b")}})};
  CHECK(error_of([&] { t.db.run(twice); }) ==
        "21000 ON CONFLICT DO UPDATE command cannot affect row a second time | ");
}

TEST_CASE("exec: an update waits for nobody but re-checks rows that changed meanwhile") {
  Items t;
  t.insert({{constant(1), text("one")}, {constant(2), text("two")}});
  t.db.commit();
  // This statement's snapshot is taken; then another transaction changes row 1 and commits.
  auto plan = t.modify(Command::kUpdate, t.changed(constant(1), {text("mine")}));
  plan->assigned = {2};
  plan->recheck = op("=", input(0, kInt4), constant(1));
  plan->reassign = {text("mine")};
  (void)t.db.txn->snapshot();
  auto mine = std::move(t.db.txn);
  t.db.begin();
  auto theirs = t.modify(Command::kUpdate, t.changed(constant(1), {constant(100)}));
  theirs->assigned = {1};
  t.db.run(theirs);
  throw_if_error(t.db.txn->commit(storage::Durability::kNoSync));
  t.db.txn = std::move(mine);
  t.db.run(plan);
  CHECK(t.db.affected == 0);  // the row no longer has id 1
  CHECK(sorted(t.all()) == Rows{{"100", "one"}, {"2", "two"}});
}

TEST_CASE("exec: exact nearest rows, ties by row, NULL distances last") {
  TestDatabase db;
  auto table = db.make_table("v", {{"id", kInt4}, {"embedding", type_id::kVector}});
  auto vec = [](float x, float y) {
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &x, 4);
    std::memcpy(bytes.data() + 4, &y, 4);
    return make_const({type_id::kVector, -1}, Datum::from_bytes(bytes));
  };
  auto insert = std::make_shared<ModifyTableNode>();
  insert->relation = table;
  insert->children = {values({{constant(1), vec(1, 0)}, {constant(2), vec(0, 0)}, {constant(3), null(type_id::kVector)},
                              {constant(4), vec(0, 1)}, {constant(5), vec(3, 3)}})};
  db.run(insert);
  auto knn = std::make_shared<KnnScanNode>();
  knn->relation = table;
  knn->fetch = {1, 2};
  knn->distance = op("<->", input(1, type_id::kVector), vec(0, 0));
  knn->limit = constant(3, kInt8);
  knn->targets = targets({input(0, kInt4)});
  knn->output_types = {{kInt4, -1}};
  CHECK(db.run(knn) == Rows{{"2"}, {"1"}, {"4"}});
  knn->limit = constant(10, kInt8);
  CHECK(db.run(knn) == Rows{{"2"}, {"1"}, {"4"}, {"5"}, {"3"}});
  knn->filter = op(">", input(0, kInt4), constant(2));
  CHECK(db.run(knn) == Rows{{"4"}, {"5"}, {"3"}});
}

}  // namespace vecino::sql::test
