#include "sqlfront/parse/parser.h"

#include "sqlfront/sql_error.h"
#include "tests/unit/catch.h"

using namespace vecino;
using namespace vecino::sql;

namespace {
SqlError error_of(const std::string& sql) {
  try {
    parse_sql(sql);
  } catch (const SqlError& error) {
    return error;
  }
  FAIL("no error: " + sql);
  throw;
}
}  // namespace

TEST_CASE("statements are split with their extents") {
  auto out = parse_sql("select 1 ; ;\n insert into t values (1); ");
  REQUIRE(out.size() == 2);
  CHECK(out[0].location == 0);
  CHECK(out[0].length == 8);
  CHECK(out[1].location == 14);
  CHECK(command_tag(*out[1].node) == "INSERT");
  CHECK(parse_sql("  ; -- nothing").empty());
}

TEST_CASE("errors carry PostgreSQL's text and a byte offset") {
  CHECK(std::string(error_of("selec 1").what()) == "syntax error at or near \"selec\"");
  CHECK(error_of("selec 1").location() == 0);
  CHECK(error_of("select 'é' frm x y z").location() == 16);  // é is two bytes
  CHECK(error_of("select 1 from").location() == 13);
  CHECK(error_of("select 1 from").info().code == sqlstate::kSyntaxError);
}

TEST_CASE("deep nesting is refused, not fatal") {
  auto sum = [](int terms) {
    std::string sql = "select 1";
    for (int i = 0; i < terms; ++i) sql += "+1";
    return sql;
  };
  CHECK(parse_sql(sum(4000)).size() == 1);
  CHECK(error_of(sum(100000)).info().code == sqlstate::kStatementTooComplex);
  std::string unions = "select 1", casts = "select 1";
  for (int i = 0; i < 100000; ++i) unions += " union select 1", casts += "::int";
  CHECK(error_of(unions).info().code == sqlstate::kStatementTooComplex);
  CHECK(error_of(casts).info().code == sqlstate::kStatementTooComplex);
  std::string values = "insert into t values (-1)";  // long, not deep
  for (int i = 0; i < 20000; ++i) values += ", (-1 + 2)";
  CHECK(parse_sql(values).size() == 1);
  std::string flat = "select 1 where false";
  for (int i = 0; i < 20000; ++i) flat += " or true";
  CHECK(parse_sql(flat).size() == 1);
}

TEST_CASE("statement kinds and tags") {
  struct Row {
    const char* sql;
    const char* tag;
  };
  for (Row row : {Row{"create table t (id bigserial primary key, v vector(3) not null, check (id > 0))", "CREATE TABLE"},
                  Row{"create index on t using hnsw (v vector_l2_ops) with (m = 16)", "CREATE INDEX"},
                  Row{"alter table t alter column a set data type text using a::text", "ALTER TABLE"},
                  Row{"drop view if exists a, b cascade", "DROP VIEW"},
                  Row{"set local hnsw.ef_search = 100", "SET"},
                  Row{"reset all", "RESET"},
                  Row{"begin isolation level repeatable read read only", "BEGIN"},
                  Row{"copy t (a, b) from stdin with (format csv, header)", "COPY"},
                  Row{"create function f() returns int language sql as 'select 1'", "CREATE FUNCTION"},
                  Row{"create type mood as enum ('a')", "CREATE TYPE"},
                  Row{"fetch all from c", "FETCH"},
                  Row{"analyze t", "ANALYZE"},
                  Row{"explain (analyze, costs off) select 1", "EXPLAIN"}}) {
    auto out = parse_sql(row.sql);
    REQUIRE(out.size() == 1);
    CHECK(command_tag(*out[0].node) == row.tag);
  }
}

TEST_CASE("expressions are parsed on their own") {
  auto node = parse_expression("a + b");
  REQUIRE(node->kind == ast::NodeKind::kAExpr);
  CHECK(node->location == 2);
}
