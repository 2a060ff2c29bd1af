#include "sqlfront/parse/literals.h"

#include "tests/unit/catch.h"

using namespace vecino::sql;

namespace {

// The text with each literal replaced by #, and the values; "-" = not to be shared.
std::string split(std::string_view sql) {
  LiteralText text;
  if (!split_literals(sql, text)) return "-";
  std::string out;
  for (char c : text.key) out += c == '\x01' ? '#' : c;
  for (const IntegerLiteral& literal : text.literals) {
    out += " " + std::to_string(literal.location) + ":" + std::to_string(literal.value);
  }
  return out;
}

}  // namespace

TEST_CASE("integer literals leave the text") {
  CHECK(split("select 1") == "select # 7:1");
  CHECK(split("select a+-12 from t1 where x=3;") == "select a+-# from t1 where x=#; 10:12 29:3");
  CHECK(split("1") == "# 0:1");
  CHECK(split("f(0,2147483647)") == "f(#,#) 2:0 4:2147483647");
}

TEST_CASE("what only looks like an integer stays") {
  CHECK(split("1.5 .5 5. 1e5 1.5e5") == "1.5 .5 5. 1e5 1.5e5");
  CHECK(split("2147483648") == "2147483648");
  CHECK(split("a1 _2 b$3 c.d4 \xc3\xa4" "5") == "a1 _2 b$3 c.d4 \xc3\xa4" "5");
  CHECK(split("$1 + 1a") == "$1 + 1a");
}

TEST_CASE("strings, quoted names and comments stay") {
  CHECK(split("'1' \"2\" 'it''s 3' 4") == "'1' \"2\" 'it''s 3' # 18:4");
  CHECK(split("$$1$$ $a$ 2 $b$ $a$ 3") == "$$1$$ $a$ 2 $b$ $a$ # 20:3");
  CHECK(split("-- 1\n2") == "-- 1\n# 5:2");
  CHECK(split("/* 1 /* 2 */ 3 */ 4") == "/* 1 /* 2 */ 3 */ # 18:4");
}

TEST_CASE("texts that are not shared") {
  CHECK(split("'a") == "-");
  CHECK(split("\"a") == "-");
  CHECK(split("/* a") == "-");
  CHECK(split("$a$ b") == "-");
  CHECK(split("E'\\n'") == "-");
  CHECK(split("\x01") == "-");
  CHECK(split(std::string(5000, ' ')) == "-");
  std::string many;
  for (int i = 0; i < 40; ++i) many += "1,";
  CHECK(split(many) == "-");
}
