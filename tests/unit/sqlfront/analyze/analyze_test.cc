#include "sqlfront/analyze/analyzer.h"

#include "sqlfront/analyze/dump.h"
#include "sqlfront/parse/parser.h"
#include "sqlfront/sql_error.h"
#include "tests/unit/catch.h"
#include "tests/unit/sqlfront/analyze/fake_catalog.h"

using namespace vecino;
using namespace vecino::sql;

namespace {

struct Fixture {
  test::FakeCatalog catalog;
  conf::SessionSettings settings{std::make_shared<const conf::ServerSettings>()};
  std::vector<TypeId> parameters;

  QueryPtr analyze(const std::string& sql, bool variable = true) {
    AnalyzeContext context{&catalog, {well_known_oid::kPgCatalog, well_known_oid::kPublic}, &settings, nullptr};
    context.parameter_types = &parameters;
    context.variable_parameters = variable;
    auto statements = parse_sql(sql);
    REQUIRE(statements.size() == 1);
    return analyze_query(*statements[0].node, context);
  }
  std::string dump(const std::string& sql) { return dump_query(*analyze(sql)); }
  // "SQLSTATE message @position" with the hint behind it.
  std::string error(const std::string& sql, bool variable = true) {
    try {
      analyze(sql, variable);
    } catch (const SqlError& e) {
      std::string out = std::string(e.info().code.view()) + " " + e.info().message;
      if (e.location() >= 0) out += " @" + std::to_string(e.location());
      if (!e.info().hint.empty()) out += " | " + e.info().hint;
      return out;
    }
    return "no error";
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "columns, operators and literals get their types") {
  CHECK(dump("select id + 1 from items") ==
        "select (#0.1 + 1:integer) as ?column? rt 0=items items from #0");
  CHECK(dump("select name from items i where id = '7'") ==
        "select #0.2 as name rt 0=items i from #0 where (#0.1 = 7:bigint)");
  CHECK(analyze("select embedding <-> '[1,2,3]' from items order by 1 limit 5")->targets[0].expr->type.id ==
        type_id::kFloat8);
  CHECK(analyze("select 'a'")->targets[0].expr->type.id == type_id::kText);
}

TEST_CASE_METHOD(Fixture, "parameters are inferred") {
  analyze("select * from items where id = $1 and name like $2 limit $3");
  CHECK(parameters == std::vector<TypeId>{type_id::kInt8, type_id::kText, type_id::kInt8});
  parameters.clear();
  analyze("select $1");
  CHECK(parameters == std::vector<TypeId>{type_id::kText});
  parameters.clear();
  analyze("insert into items (name, embedding) values ($1, $2)");
  CHECK(parameters == std::vector<TypeId>{type_id::kText, type_id::kVector});
  parameters.clear();
  analyze("select id from items order by embedding <=> $1 limit 3");
  CHECK(parameters == std::vector<TypeId>{type_id::kVector});
  parameters.clear();
  CHECK(error("select $2::int") == "42P18 could not determine data type of parameter $1");
  parameters.clear();
  CHECK(error("select $1", false) == "42P02 there is no parameter $1 @7");
}

TEST_CASE_METHOD(Fixture, "names that are wrong are reported as PostgreSQL does") {
  CHECK(error("select * from nowhere") == "42P01 relation \"nowhere\" does not exist @14");
  CHECK(error("select nme from items") ==
        "42703 column \"nme\" does not exist @7 | Perhaps you meant to reference the column \"items.name\".");
  CHECK(error("select id from items, orders") == "42702 column reference \"id\" is ambiguous @7");
  CHECK(error("select items.id from items i") ==
        "42P01 invalid reference to FROM-clause entry for table \"items\" @7 | Perhaps you meant to reference the "
        "table alias \"i\".");
  CHECK(error("select x.id from items") == "42P01 missing FROM-clause entry for table \"x\" @7");
  CHECK(error("select id = name from items").starts_with("42883 operator does not exist: bigint = text @10"));
  CHECK(error("select nofunc(1)").starts_with("42883 function nofunc(integer) does not exist @7"));
  CHECK(error("select 1::nothing") == "42704 type \"nothing\" does not exist @10");
  CHECK(error("select 'x'::int") == "22P02 invalid input syntax for type integer: \"x\" @7");
}

TEST_CASE_METHOD(Fixture, "grouping") {
  CHECK(dump("select name, count(*) from items group by name having count(*) > 1 order by 2 desc") ==
        "select #0.2 as name [2], count(*) as count [1] rt 0=items items from #0 group 2 having (count(*) > 1:integer) "
        "order 1 desc");
  CHECK(dump("select id, name from items group by id").find("group 1") != std::string::npos);  // primary key
  CHECK(error("select name, id from items group by name") ==
        "42803 column \"items.id\" must appear in the GROUP BY clause or be used in an aggregate function @13");
  CHECK(error("select 1 from items where count(*) > 1") == "42803 aggregate functions are not allowed in WHERE @26");
  CHECK(error("select sum(count(*)) from items") == "42803 aggregate function calls cannot be nested @11");
  CHECK(analyze("select name, id, count(*) from items group by rollup (name, id)")->grouping_sets.size() == 3);
}

TEST_CASE_METHOD(Fixture, "joins, sub-selects and WITH") {
  CHECK(dump("select * from items i join orders o on o.item_id = i.id where o.amount > 2").find("(#0 inner #1 on") !=
        std::string::npos);
  CHECK(dump("select id from items where exists (select 1 from orders where item_id = items.id)")
            .find("(#0.2 = #0.1^1)") != std::string::npos);
  CHECK(dump("select id from items join orders using (id)").find("(#0.1 = #1.1)") != std::string::npos);
  CHECK(dump("with recursive t(n) as (values (1) union all select n + 1 from t where n < 5) select sum(n) from t")
            .find("with recursive t") != std::string::npos);
  CHECK(dump("select * from cheap").find("0={select #0.1 as id, #0.2 as name") != std::string::npos);
  CHECK(dump("select 1 union select 2.5 order by 1").find("set (#0 union #1)") != std::string::npos);
  CHECK(dump("select i.id, o.amount from items i, lateral (select amount from orders where item_id = i.id limit 1) o")
            .find("#0.1^1") != std::string::npos);
  CHECK(error("select 1 union select 1, 2") == "42601 each UNION query must have the same number of columns @22");
}

TEST_CASE_METHOD(Fixture, "INSERT, UPDATE and DELETE") {
  CHECK(dump("insert into items (name) values ('a') returning id").find("nextval(30001:regclass) as id, 'a':text as name") !=
        std::string::npos);
  CHECK(error("insert into items (id) values (1)") ==
        "428C9 cannot insert a non-DEFAULT value into column \"id\" | Use OVERRIDING SYSTEM VALUE to override.");
  CHECK(error("insert into items (name, price) values ('a')") ==
        "42601 INSERT has more target columns than expressions @25");
  CHECK(error("insert into items (nam) values ('a')") == "42703 column \"nam\" of relation \"items\" does not exist @19");
  CHECK(dump("insert into orders values (1, 2, 3), (4, 5, default) on conflict (id) do update set amount = excluded.amount")
            .find("on conflict set #2.3 as amount") != std::string::npos);
  CHECK(error("insert into orders values (1) on conflict (amount) do nothing") ==
        "42P10 there is no unique or exclusion constraint matching the ON CONFLICT specification");
  CHECK(dump("update orders set amount = amount + 1 from items where items.id = item_id").find("from #0, #1") !=
        std::string::npos);
  CHECK(dump("update items set (name, price) = (select name, price from items where id = 1)").find("expr({select") !=
        std::string::npos);
  CHECK(error("update orders set amount = 'x'::text") ==
        "42804 column \"amount\" is of type integer but expression is of type text @27 | You will need to rewrite or "
        "cast the expression.");
  CHECK(dump("delete from orders using items where items.id = item_id").find("delete into #0") == 0);
}

TEST_CASE_METHOD(Fixture, "deep expressions are refused or bound, never fatal") {
  std::string sql = "select 1";
  for (int i = 0; i < 1500; ++i) sql += "+1";
  std::string result = error(sql);
  CHECK((result == "no error" || result.starts_with("54001")));
}
