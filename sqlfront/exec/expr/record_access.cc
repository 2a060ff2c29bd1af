#include "sqlfront/exec/expr/record_access.h"

#include "sqlfront/sql_error.h"

namespace vecino::sql {
namespace {

[[noreturn]] void unsupported() {
  throw SqlError(sqlstate::kFeatureNotSupported, "composite values are not supported");
}

}  // namespace

Datum make_record(Arena&, std::span<const Oid>, std::span<const Datum>) { unsupported(); }
RecordView::RecordView(const Datum& value) : value_(value), size_(0) { unsupported(); }
Datum RecordView::operator[](size_t) const { unsupported(); }

}  // namespace vecino::sql
