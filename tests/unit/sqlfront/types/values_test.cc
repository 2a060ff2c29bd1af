// vector, arrays, json and regular expressions through their types and functions; the expected texts are PostgreSQL's.
#include <cmath>
#include <limits>

#include "sqlfront/functions/function.h"
#include "sqlfront/functions/like_match.h"
#include "sqlfront/functions/regex_engine.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/jsonb.h"
#include "sqlfront/types/record.h"
#include "sqlfront/types/vector.h"
#include "tests/unit/catch.h"
#include "tests/unit/sqlfront/types/fake_environment.h"

namespace vecino::sql {
namespace {

class Values {
 public:
  Datum read(Oid type, std::string_view text, int32_t typmod = -1) {
    CallContext context{.arena = &arena, .env = &environment, .result_type = type, .typmod = typmod};
    return type_info(type).input(context, text);
  }
  std::string write(Oid type, const Datum& value) {
    if (value.is_null) return "NULL";
    CallContext context{.arena = &arena, .env = &environment, .result_type = type};
    std::string out;
    type_info(type).output(context, value, out);
    return out;
  }
  std::string echo(Oid type, std::string_view text, int32_t typmod = -1) {
    return write(type, read(type, text, typmod));
  }
  std::string binary_echo(Oid type, std::string_view text) {
    CallContext context{.arena = &arena, .env = &environment, .result_type = type};
    std::string bytes;
    type_info(type).send(context, read(type, text), bytes);
    return write(type, type_info(type).receive(context, bytes));
  }
  // "22P02 message / detail", or "" when it did not fail.
  template <typename Action>
  std::string error_of(Action action) {
    try {
      action();
    } catch (const SqlError& error) {
      std::string out = std::string(error.info().code.view()) + " " + error.info().message;
      return error.info().detail.empty() ? out : out + " / " + error.info().detail;
    }
    return {};
  }
  std::string input_error(Oid type, std::string_view text, int32_t typmod = -1) {
    return error_of([&] { read(type, text, typmod); });
  }
  Datum call(Oid function, std::vector<Oid> types, Oid result, std::vector<Datum> args) {
    CallContext context{.arena = &arena, .env = &environment, .arg_types = types, .result_type = result};
    return find_function(function)->row(context, args.data());
  }

  Arena arena;
  FakeEnvironment environment;
};

using namespace type_id;

}  // namespace

TEST_CASE("vector text") {
  Values v;
  REQUIRE(v.echo(kVector, "[1,2,3]") == "[1,2,3]");
  REQUIRE(v.echo(kVector, " [ 1. ,-0\t, 1.5e38, 0.0001, 1e-5, 123456, 1234567 ] ") ==
          "[1,-0,1.5e+38,0.0001,1e-05,123456,1.234567e+06]");
  REQUIRE(v.echo(kVector, "[1e-46,+1,0x10]") == "[0,1,16]");
  REQUIRE(v.binary_echo(kVector, "[0.1,-2]") == "[0.1,-2]");
  REQUIRE(v.input_error(kVector, "1,2") ==
          "22P02 invalid input syntax for type vector: \"1,2\" / Vector contents must start with \"[\".");
  REQUIRE(v.input_error(kVector, "[1]x") ==
          "22P02 invalid input syntax for type vector: \"[1]x\" / Junk after closing right brace.");
  REQUIRE(v.input_error(kVector, "[1,]") == "22P02 invalid input syntax for type vector: \"[1,]\"");
  REQUIRE(v.input_error(kVector, "[4e38]") == "22003 \"4e38\" is out of range for type vector");
  REQUIRE(v.input_error(kVector, "[nan]") == "22000 NaN not allowed in vector");
  REQUIRE(v.input_error(kVector, "[inf]") == "22000 infinite value not allowed in vector");
  REQUIRE(v.input_error(kVector, "[]") == "22000 vector must have at least 1 dimension");
  REQUIRE(v.input_error(kVector, "[1,2]", 3) == "22000 expected 3 dimensions, not 2");
}

TEST_CASE("vector distances: rows and batches agree") {
  Values v;
  const FunctionDef& l2 = *find_function(17005);
  std::vector<Datum> rows, query, out;
  for (const char* text : {"[3,4,0]", "[0,0,1]", "[1,1,1]"}) rows.push_back(v.read(kVector, text));
  rows.push_back(Datum::null());
  query.assign(rows.size(), v.read(kVector, "[0,0,0]"));
  out.assign(rows.size(), Datum::from_int(0));
  out.back() = Datum::null();
  CallContext context{.arena = &v.arena};
  const Datum* args[2] = {rows.data(), query.data()};
  l2.batch(context, args, rows.size(), out.data());
  REQUIRE(out[0].f64 == 5);
  REQUIRE(out[1].f64 == 1);
  for (size_t i = 0; i < 3; ++i) {
    const Datum pair[2] = {rows[i], query[i]};
    REQUIRE(out[i].f64 == l2.row(context, pair).f64);
  }
  REQUIRE(out[3].is_null);
  Datum zero = v.read(kVector, "[0,0]"), one = v.read(kVector, "[1,0]"), huge = v.read(kVector, "[3e38,0]");
  REQUIRE(std::isnan(v.call(17007, {kVector, kVector}, kFloat8, {zero, one}).f64));
  REQUIRE(std::isinf(v.call(17005, {kVector, kVector}, kFloat8, {huge, v.read(kVector, "[-3e38,0]")}).f64));
  REQUIRE(v.error_of([&] { v.call(17005, {kVector, kVector}, kFloat8, {one, rows[0]}); }) ==
          "22000 different vector dimensions 2 and 3");
}

TEST_CASE("vector keys keep the order") {
  Values v;
  std::vector<Datum> ascending;
  for (const char* text : {"[-2]", "[-1,5]", "[0]", "[0,0]", "[1e-30]", "[1]", "[1,-1]", "[1,2]", "[2]"}) {
    ascending.push_back(v.read(kVector, text));
  }
  std::string previous;
  for (size_t i = 0; i < ascending.size(); ++i) {
    std::string key;
    type_info(kVector).key_codec.encode(ascending[i], key);
    if (i > 0) {
      REQUIRE(vector_compare(ascending[i - 1], ascending[i]) < 0);
      REQUIRE(previous < key);
    }
    previous = key;
  }
}

TEST_CASE("array text and subscripts") {
  Values v;
  REQUIRE(v.echo(kInt4Array, " { 1 , NULL, 3 } ") == "{1,NULL,3}");
  REQUIRE(v.echo(kInt4Array, "[0:1][2:3]={{1,2},{3,4}}") == "[0:1][2:3]={{1,2},{3,4}}");
  REQUIRE(v.echo(kTextArray, "{a b,\"c,\\\"d\\\\\",\"\",\"null\"}") == "{\"a b\",\"c,\\\"d\\\\\",\"\",\"null\"}");
  REQUIRE(v.echo(kVectorArray, "{\"[1,2]\"}") == "{\"[1,2]\"}");
  REQUIRE(v.input_error(kVectorArray, "{\"[1,2,3]\"}", 2) == "22000 expected 2 dimensions, not 3");
  REQUIRE(v.binary_echo(kFloat8Array, "{{1.5,NULL},{-2,NaN}}") == "{{1.5,NULL},{-2,NaN}}");
  REQUIRE(v.input_error(kInt4Array, "{1,2") == "22P02 malformed array literal: \"{1,2\" / Unexpected end of input.");
  REQUIRE(v.input_error(kInt4Array, "1") ==
          "22P02 malformed array literal: \"1\" / Array value must start with \"{\" or dimension information.");
  Datum array = v.read(kInt4Array, "{1,2,3}");
  int third = 3, fifth = 5;
  REQUIRE(array_get_element(array, {&third, 1}).i64 == 3);
  REQUIRE(array_get_element(array, {&fifth, 1}).is_null);
  REQUIRE(v.write(kInt4Array, array_set_element(v.arena, array, kInt4, {&fifth, 1}, Datum::from_int(9))) ==
          "{1,2,3,NULL,9}");
  SliceBound two{true, 2}, open{false, 0};
  REQUIRE(v.write(kInt4Array, array_get_slice(v.arena, array, {&two, 1}, {&open, 1})) == "{2,3}");
}

TEST_CASE("array order and keys") {
  Values v;
  const char* ascending[] = {"{}", "{1}", "{1,2}", "{1,2,3}", "{{1,2,3}}", "{1,3}", "{1,NULL}", "{2}", "{NULL}"};
  std::string previous;
  for (size_t i = 0; i < std::size(ascending); ++i) {
    Datum value = v.read(kInt4Array, ascending[i]);
    std::string key;
    array_encode_key(value, key);
    if (i > 0) {
      INFO(ascending[i]);
      REQUIRE(array_compare(v.read(kInt4Array, ascending[i - 1]), value) < 0);
      REQUIRE(previous < key);
    }
    previous = key;
  }
}

TEST_CASE("json keeps its text, jsonb its value") {
  Values v;
  REQUIRE(v.echo(kJson, " {\"a\" : 1.50} ") == " {\"a\" : 1.50} ");
  REQUIRE(v.echo(kJsonb, "{\"bb\":1, \"a\": [1.50, 1e2, null], \"bb\": \"x\\u00e9\"}") ==
          "{\"a\": [1.50, 100, null], \"bb\": \"xé\"}");
  REQUIRE(v.binary_echo(kJsonb, "[{}]") == "[{}]");
  REQUIRE(v.input_error(kJsonb, "{\"a\":}") ==
          "22P02 invalid input syntax for type json / Expected JSON value, but found \"}\".");
  REQUIRE(v.input_error(kJson, "[1,") ==
          "22P02 invalid input syntax for type json / The input string ended unexpectedly.");
  REQUIRE(v.input_error(kJsonb, "\"\\u0000\"") ==
          "22P05 unsupported Unicode escape sequence / \\u0000 cannot be converted to text.");
}

TEST_CASE("jsonb order, keys and containment") {
  Values v;
  const char* ascending[] = {"[]", "null", "\"a\"", "\"b\"", "1", "2.5", "false", "true", "[1]", "[2]", "[1,2]", "{}",
                             "{\"a\":1}", "{\"a\":2}", "{\"b\":1}", "{\"a\":1,\"b\":1}"};
  std::string previous;
  for (size_t i = 0; i < std::size(ascending); ++i) {
    Datum value = v.read(kJsonb, ascending[i]);
    std::string key;
    jsonb_encode_key(value, key);
    if (i > 0) {
      INFO(ascending[i]);
      REQUIRE(jsonb_compare(v.read(kJsonb, ascending[i - 1]), value) < 0);
      REQUIRE(previous < key);
    }
    previous = key;
  }
  auto contains = [&](const char* whole, const char* part) {
    return jsonb_contains(JsonbView(v.read(kJsonb, whole)), JsonbView(v.read(kJsonb, part)));
  };
  REQUIRE(contains("{\"a\":[1,{\"b\":2}],\"c\":1}", "{\"a\":[{\"b\":2}]}"));
  REQUIRE(contains("[\"a\"]", "\"a\""));
  REQUIRE(!contains("\"a\"", "[\"a\"]"));
  REQUIRE(jsonb_hash(v.read(kJsonb, "1.0")) == jsonb_hash(v.read(kJsonb, "1.00")));
}

TEST_CASE("regular expressions follow PostgreSQL's preferences") {
  auto first = [](const char* pattern, const char* text) {
    std::vector<Regex::Group> groups;
    if (!compiled_regex(pattern, {})->search(text, 0, groups)) return std::string("no match");
    const Regex::Group& group = groups.size() > 1 ? groups[1] : groups[0];
    return std::string(text).substr(static_cast<size_t>(group.begin), static_cast<size_t>(group.end - group.begin));
  };
  REQUIRE(first("a|ab|abc", "abc") == "abc");
  REQUIRE(first("Y*([0-9]{1,3})", "XY1234Z") == "123");
  REQUIRE(first("Y*?([0-9]{1,3})", "XY1234Z") == "1");
  REQUIRE(first("<.*?>", "<a><b>") == "<a>");
  REQUIRE(first("^(pg_class|items)$", "items") == "items");
  Values v;
  REQUIRE(v.error_of([&] { first("(a", "a"); }) == "2201B invalid regular expression: parentheses () not balanced");
  REQUIRE(v.error_of([&] { first("(a)\\1", "a"); }).substr(0, 5) == "0A000");
}

TEST_CASE("LIKE") {
  REQUIRE(like_match("abc", "a%c", LikeCase::kSensitive));
  REQUIRE(like_match("ñu", "_u", LikeCase::kSensitive));
  REQUIRE(like_match("100%", "%\\%", LikeCase::kSensitive));
  REQUIRE(!like_match("abc", "A%", LikeCase::kSensitive));
  REQUIRE(like_match("ÑU", "ñ%", LikeCase::kInsensitive));
  Values v;
  REQUIRE(v.error_of([] { (void)like_match("a", "\\", LikeCase::kSensitive); }) ==
          "22025 LIKE pattern must not end with escape character");
}

TEST_CASE("records") {
  Values v;
  Oid types[] = {kInt4, kText, kBool};
  Datum values[] = {Datum::from_int(1), Datum::from_bytes("a \"b\""), Datum::null()};
  std::string names[] = {"id", "name", "ok"};
  Datum record = pack_record(v.arena, types, values, names);
  REQUIRE(v.write(kRecord, record) == "(1,\"a \"\"b\"\"\",)");
  REQUIRE(v.write(kJson, v.call(3155, {kRecord}, kJson, {record})) == R"({"id":1,"name":"a \"b\"","ok":null})");
  REQUIRE(PackedRecord(pack_record(v.arena, types, values)).name(1) == "f2");
  values[0] = Datum::from_int(2);
  REQUIRE(record_compare(record, pack_record(v.arena, types, values)) < 0);
}

}  // namespace vecino::sql
