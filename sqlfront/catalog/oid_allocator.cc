#include "sqlfront/catalog/oid_allocator.h"

#include <charconv>

#include "sqlfront/catalog/descriptors.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {

namespace {
constexpr std::string_view kKey = "catalog_next_oid";
constexpr Oid kRange = 1024;
}  // namespace

Oid OidAllocator::next() {
  std::lock_guard guard(mutex_);
  if (next_ == limit_) reserve();
  return next_++;
}

void OidAllocator::reserve() {
  storage::PinnedValue value;
  Oid start = well_known_oid::kFirstUserOid;
  if (value_or_throw(engine_.get(storage::Family::kMeta, kKey, nullptr, value))) {
    std::string_view text = value.view();
    std::from_chars(text.data(), text.data() + text.size(), start);
  }
  if (start > ~Oid{0} - kRange) throw SqlError(sqlstate::kProgramLimitExceeded, "no object identifiers are left");
  auto batch = engine_.new_batch();
  batch->put(storage::Family::kMeta, kKey, std::to_string(start + kRange));
  // No fsync: a commit that uses one of these oids comes later in the same log.
  throw_if_error(engine_.write(*batch, storage::Durability::kNoSync));
  next_ = start;
  limit_ = start + kRange;
}

}  // namespace vecino::sql
