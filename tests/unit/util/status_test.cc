#include "storage/util/status.h"

#include "tests/unit/catch.h"

using namespace vecino;

TEST_CASE("a status carries its SQLSTATE and text") {
  Status status = Status::error(sqlstate::kUniqueViolation, "duplicate", "detail", "hint");
  REQUIRE_FALSE(status.is_ok());
  CHECK(status.info().code.view() == "23505");
  CHECK(status.info().detail == "detail");
  Status copy = status;
  CHECK(copy.info().message == "duplicate");
  CHECK(Status::ok().is_ok());
}
