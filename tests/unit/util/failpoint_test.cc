#include "storage/util/failpoint.h"

#include "tests/unit/catch.h"

namespace vecino {

TEST_CASE("fail points") {
  failpoint::clear();
  CHECK(failpoint::check("x").is_ok());
  REQUIRE(failpoint::configure("x=error*2@1;y=sleep(1)").is_ok());
  CHECK(failpoint::check("x").is_ok());  // skipped
  CHECK_FALSE(failpoint::check("x").is_ok());
  CHECK_FALSE(failpoint::check("x").is_ok());
  CHECK(failpoint::check("x").is_ok());  // used up
  CHECK(failpoint::check("y").is_ok());
  CHECK(failpoint::check("other").is_ok());
  CHECK_FALSE(failpoint::configure("x=explode").is_ok());
  CHECK_FALSE(failpoint::configure("x").is_ok());
  REQUIRE(failpoint::set("x", "off").is_ok());
  failpoint::clear();
  CHECK_FALSE(failpoint::any_active);
}

}  // namespace vecino
