#include "sqlfront/types/typed_datum.h"

#include "sqlfront/exec/executor.h"
#include "sqlfront/sql_error.h"
#include "tests/unit/catch.h"

namespace vecino::sql {
namespace {

using namespace type_id;

bool accepted(Datum value, TypeId type) {
  try {
    expect_type(&value, 1, type, "test");
    return true;
  } catch (const SqlError& error) {
    CHECK(error.info().code == sqlstate::kInternalError);
    return false;
  }
}

Datum typed(Datum value, TypeId type) {
  give_type(&value, 1, type, "test");
  return value;
}

TEST_CASE("binary-coercible types are one family, others are not") {
  CHECK(type_family(kText) == type_family(kVarchar));
  CHECK(type_family(kText) == type_family(kBpchar));
  CHECK(type_family(kInt4) == type_family(kRegclass));
  CHECK(type_family(kTextArray) == type_family(kVarcharArray));
  CHECK(type_family(kText) != type_family(kTextArray));
  CHECK(type_family(kInt4) != type_family(kInt8));
  CHECK(type_family(kTimestamp) != type_family(kTimestamptz));
  CHECK(type_family(kFloat4) != type_family(kFloat8));
  CHECK(type_family(kText) != type_family(kJsonb));
  CHECK(type_family(kVector) != type_family(kHalfvec));
  CHECK(type_family(kAnyElement) == 0);
  CHECK(type_family(kRecord) == 0);
}

TEST_CASE("a value is read as what it is") {
  if (!kTypedDatums) return;  // they carry it in builds with assertions only
  CHECK(accepted(Datum::from_int(1), kInt4));
  CHECK(!accepted(Datum::from_int(1), kText));
  CHECK(!accepted(Datum::from_float(1), kInt8));
  CHECK(!accepted(Datum::from_bytes("x"), kBool));
  CHECK(accepted(Datum::null(), kText));
  CHECK(accepted(typed(Datum::from_int(1), kInt4), kOid));
  CHECK(!accepted(typed(Datum::from_int(1), kInt4), kInt8));
  CHECK(!accepted(typed(Datum::from_bytes("x"), kText), kNumeric));
  CHECK(accepted(typed(Datum::from_bytes("x"), kText), kVarchar));
  CHECK(accepted(typed(Datum::from_bytes("x"), kText), kAnyElement));
}

TEST_CASE("an expression over a column of another type fails") {
  if (!kTypedDatums) return;  // they carry it in builds with assertions only
  auto input = std::make_shared<InputExpr>();
  input->type = {kText, -1};
  auto compiled = compile_expr(input);
  Datum numbers[2] = {Datum::from_int(1), Datum::from_int(2)}, out[2];
  const Datum* columns[1] = {numbers};
  ExecContext context;
  Arena arena;
  CHECK_THROWS_AS(compiled->evaluate(context, columns, 2, out, arena), SqlError);
}

}  // namespace
}  // namespace vecino::sql
