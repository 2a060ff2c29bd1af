#include <string>
#include <vector>

#include "sqlfront/types/type.h"
#include "sqlfront/types/type_names.h"
#include "tests/unit/catch.h"
#include "tests/unit/sqlfront/types/fake_environment.h"

namespace vecino::sql {
namespace {

// Values in ascending order; equal neighbours are joined by '='.
struct Ordered {
  const char* type;
  std::vector<const char*> values;
};
const Ordered kOrdered[] = {
    {"bool", {"f", "t"}},
    {"int2", {"-32768", "-257", "-256", "-255", "-2", "-1", "0", "1", "255", "256", "32767"}},
    {"int8", {"-9223372036854775808", "-65537", "-65536", "-1", "0", "127", "128", "65535", "65536", "9223372036854775807"}},
    {"oid", {"0", "1", "4294967295"}},
    {"float8", {"-Infinity", "-1e300", "-1.5", "-1e-300", "-0=0", "1e-300", "1", "1e300", "Infinity", "NaN"}},
    {"float4", {"-Infinity", "-2", "0", "0.1", "NaN"}},
    {"numeric", {"-Infinity", "-1e50", "-123.46", "-123.456", "-123.4=-123.400", "-99", "-0.001", "-0.0001", "0=0.00", "0.0001",
                 "0.00011", "0.1", "1=1.000", "9.9", "10", "99999999999999999999", "100000000000000000000", "Infinity", "NaN"}},
    {"text", {"", "A", "a", "a ", "aa", "b", "é"}},
    {"bpchar", {"=  ", "a=a  ", "ab", "b"}},
    {"bytea", {"\\x", "\\x00", "\\x0000", "\\x0001", "\\x00ff", "\\x01", "\\xff"}},
    {"uuid", {"00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}},
    {"date", {"-infinity", "4714-11-24 BC", "1999-12-31", "2000-01-01", "2024-01-05", "infinity"}},
    {"time", {"00:00", "12:00", "24:00:00"}},
    {"timetz", {"12:00+02", "11:00+00", "12:00+00"}},
    {"timestamp", {"-infinity", "1999-12-31 23:59:59.999999", "2000-01-01", "infinity"}},
    {"interval", {"-1 mon", "-29 days", "0", "1 us", "23:59", "1 day=24:00", "29 days", "1 mon=30 days", "1 year"}},
};

TEST_CASE("comparison, hash and key of a type agree") {
  FakeEnvironment env;
  Arena arena;
  CallContext context;
  context.arena = &arena;
  context.env = &env;
  for (const Ordered& row : kOrdered) {
    const TypeInfo& type = type_info(parse_type_name(row.type)->id);
    context.result_type = type.id;
    struct Value {
      Datum datum;
      int rank;
      std::string text;
    };
    std::vector<Value> values;
    for (size_t i = 0; i < row.values.size(); ++i) {
      std::string text = row.values[i];
      size_t equals = text.find('=');
      values.push_back({type.input(context, text.substr(0, equals)), static_cast<int>(i), text});
      if (equals != std::string::npos) {
        values.push_back({type.input(context, text.substr(equals + 1)), static_cast<int>(i), text});
      }
    }
    for (const Value& left : values) {
      for (const Value& right : values) {
        INFO(row.type << ": " << left.text << " and " << right.text);
        int expected = left.rank < right.rank ? -1 : left.rank > right.rank;
        CHECK(type.compare(left.datum, right.datum) == expected);
        if (expected == 0) CHECK(type.hash(left.datum) == type.hash(right.datum));
        // Whatever column follows must not change the order.
        std::string left_key, right_key;
        type.key_codec.encode(left.datum, left_key);
        type.key_codec.encode(right.datum, right_key);
        int order = (left_key + '\xff').compare(right_key + '\0');
        if (expected != 0) CHECK((order < 0 ? -1 : 1) == expected);
        if (expected == 0) CHECK(left_key == right_key);
      }
    }
  }
}

}  // namespace
}  // namespace vecino::sql
