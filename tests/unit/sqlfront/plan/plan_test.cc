#include "sqlfront/analyze/analyzer.h"
#include "sqlfront/parse/parser.h"
#include "sqlfront/plan/explain.h"
#include "sqlfront/sql_error.h"
#include "tests/unit/catch.h"
#include "tests/unit/sqlfront/analyze/fake_catalog.h"

// Plans over a catalog without storage, as EXPLAIN (COSTS OFF) prints them; the expected texts are PostgreSQL 15's.

using namespace vecino;
using namespace vecino::sql;

namespace {

// The indexes of the fake catalog, as the planner wants them.
class IndexedCatalog : public test::FakeCatalog {
 public:
  using test::FakeCatalog::find_relation;
  RelationPtr find_relation(Oid oid) const override {
    RelationPtr found = FakeCatalog::find_relation(oid);
    if (!found || !found->index) return found;
    auto index = std::make_shared<RelationDesc>(*found);
    index->index->access_method = "btree";
    return index;
  }
};

struct Fixture {
  IndexedCatalog catalog;
  conf::SessionSettings settings{std::make_shared<const conf::ServerSettings>()};
  std::vector<TypeId> parameters;

  QueryPtr analyze(const std::string& sql) {
    AnalyzeContext context{&catalog, {well_known_oid::kPgCatalog, well_known_oid::kPublic}, &settings, nullptr};
    context.parameter_types = &parameters;
    context.variable_parameters = true;
    auto statements = parse_sql(sql);
    REQUIRE(statements.size() == 1);
    return analyze_query(*statements[0].node, context);
  }
  PhysicalPlanPtr plan(const std::string& sql) {
    PlannerInput input{};
    input.catalog = &catalog;
    input.settings = &settings;
    return make_plan(analyze(sql), input);
  }
  std::string explain(const std::string& sql) {
    ExplainOptions options;
    options.costs = false;
    std::string text;
    for (const auto& line : explain_plan(*plan(sql), nullptr, options, {}, catalog, settings)) text += line + "\n";
    return text;
  }
};

}  // namespace

TEST_CASE("scans and index conditions") {
  Fixture f;
  CHECK(f.explain("SELECT 1") == "Result\n");
  CHECK(f.explain("SELECT * FROM items") == "Seq Scan on items\n");
  CHECK(f.explain("SELECT name FROM items WHERE id = 5") ==
        "Index Scan using items_pkey on items\n"
        "  Index Cond: (id = 5)\n");
  CHECK(f.explain("SELECT name FROM items WHERE 5 = id AND name = 'x'") ==
        "Index Scan using items_pkey on items\n"
        "  Index Cond: (id = 5)\n"
        "  Filter: (name = 'x'::text)\n");
  CHECK(f.explain("SELECT name FROM items WHERE id = $1") ==
        "Index Scan using items_pkey on items\n"
        "  Index Cond: (id = $1)\n");
  CHECK(f.explain("SELECT * FROM items WHERE false") ==
        "Result\n"
        "  One-Time Filter: false\n");
}

TEST_CASE("nearest neighbours fuse and still print as Limit, Sort, Seq Scan") {
  Fixture f;
  PhysicalPlanPtr plan = f.plan("SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5");
  REQUIRE(plan->root->kind == PlanKind::kLimit);
  CHECK(plan->root->children[0]->kind == PlanKind::kKnnScan);
  CHECK(plan->root->output_types.size() == 1);
  CHECK(f.explain("SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5") ==
        "Limit\n"
        "  ->  Sort\n"
        "        Sort Key: ((embedding <-> '[1,2,3]'::vector))\n"
        "        ->  Seq Scan on items\n");
  CHECK(f.explain("SELECT id FROM items ORDER BY embedding <=> (SELECT embedding FROM items WHERE id = 7) LIMIT $1") ==
        "Limit\n"
        "  InitPlan 1 (returns $0)\n"
        "    ->  Index Scan using items_pkey on items items_1\n"
        "          Index Cond: (id = 7)\n"
        "  ->  Sort\n"
        "        Sort Key: ((items.embedding <=> $0))\n"
        "        ->  Seq Scan on items\n");
}

TEST_CASE("joins, sublinks and pull-up") {
  Fixture f;
  CHECK(f.explain("SELECT o.amount, i.name FROM orders o JOIN items i ON o.item_id = i.id WHERE o.id = 3") ==
        "Nested Loop\n"
        "  ->  Index Scan using orders_pkey on orders o\n"
        "        Index Cond: (id = 3)\n"
        "  ->  Index Scan using items_pkey on items i\n"
        "        Index Cond: (id = o.item_id)\n");
  CHECK(f.explain("SELECT name FROM cheap WHERE id = 1") ==
        "Index Scan using items_pkey on items\n"
        "  Index Cond: (id = 1)\n"
        "  Filter: (price < '10'::numeric)\n");
  // The strict condition above makes the outer join an inner one.
  CHECK(f.explain("SELECT 1 FROM orders o LEFT JOIN items i ON o.item_id = i.id WHERE i.name = 'x' AND o.id = 1")
            .starts_with("Nested Loop\n"));
  CHECK(f.explain("SELECT id FROM orders WHERE item_id NOT IN (SELECT id FROM items WHERE name = 'a')") ==
        "Seq Scan on orders\n"
        "  Filter: (NOT (hashed SubPlan 1))\n"
        "  SubPlan 1\n"
        "    ->  Seq Scan on items\n"
        "          Filter: (name = 'a'::text)\n");
  CHECK(f.explain("SELECT id, (SELECT name FROM items WHERE items.id = o.item_id) FROM orders o") ==
        "Seq Scan on orders o\n"
        "  SubPlan 1\n"
        "    ->  Index Scan using items_pkey on items\n"
        "          Index Cond: (id = o.item_id)\n");
}

TEST_CASE("grouping, windows and set operations") {
  Fixture f;
  CHECK(f.explain("SELECT item_id, count(*) FROM orders GROUP BY item_id HAVING count(*) > 1") ==
        "HashAggregate\n"
        "  Group Key: item_id\n"
        "  Filter: (count(*) > 1)\n"
        "  ->  Seq Scan on orders\n");
  CHECK(f.explain("SELECT max(id) FROM orders") ==
        "Result\n"
        "  InitPlan 1 (returns $0)\n"
        "    ->  Limit\n"
        "          ->  Index Only Scan Backward using orders_pkey on orders\n"
        "                Filter: (id IS NOT NULL)\n");
  CHECK(f.explain("SELECT id FROM orders UNION SELECT amount FROM orders") ==
        "HashAggregate\n"
        "  Group Key: orders.id\n"
        "  ->  Append\n"
        "        ->  Seq Scan on orders\n"
        "        ->  Seq Scan on orders orders_1\n");
  CHECK(f.explain("SELECT id, row_number() OVER (ORDER BY amount) FROM orders") ==
        "WindowAgg\n"
        "  ->  Sort\n"
        "        Sort Key: amount\n"
        "        ->  Seq Scan on orders\n");
  CHECK(f.explain("WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT n FROM r") ==
        "CTE Scan on r\n"
        "  CTE r\n"
        "    ->  Recursive Union\n"
        "          ->  Result\n"
        "          ->  WorkTable Scan on r r_1\n"
        "                Filter: (n < 5)\n");
}

TEST_CASE("modifications keep the documented layout") {
  Fixture f;
  PhysicalPlanPtr plan = f.plan("UPDATE orders SET amount = amount + $1 WHERE id = $2");
  REQUIRE(plan->root->kind == PlanKind::kModifyTable);
  const auto& node = static_cast<const ModifyTableNode&>(*plan->root);
  CHECK(node.children[0]->kind == PlanKind::kIndexScan);
  CHECK(node.children[0]->output_types.size() == 1 + 3 + 1);
  CHECK(node.assigned == std::vector<AttrNumber>{3});
  REQUIRE(node.recheck.has_value());
  REQUIRE(node.reassign.size() == 1);
  CHECK_FALSE(plan->read_only);
}

TEST_CASE("queries are spelled as pg_get_viewdef does") {
  Fixture f;
  auto view = [&](const std::string& sql) { return deparse_query(*f.analyze(sql), f.catalog, false); };
  CHECK(view("select id, name as n from items where price > 1.5 and name is not null order by 1 desc limit 3") ==
        " SELECT id,\n"
        "    name AS n\n"
        "   FROM items\n"
        "  WHERE ((price > 1.5) AND (name IS NOT NULL))\n"
        "  ORDER BY id DESC\n"
        " LIMIT 3");
  CHECK(view("select i.id, count(*) from items i left join orders o on o.item_id = i.id group by i.id") ==
        " SELECT i.id,\n"
        "    count(*) AS count\n"
        "   FROM (items i\n"
        "     LEFT JOIN orders o ON ((o.item_id = i.id)))\n"
        "  GROUP BY i.id");
  CHECK(view("select id from items union all select id from orders") ==
        " SELECT items.id\n"
        "   FROM items\n"
        "UNION ALL\n"
        " SELECT orders.id\n"
        "   FROM orders");
}
