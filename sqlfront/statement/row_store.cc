#include "sqlfront/statement/row_store.h"

namespace vecino::sql {

RowStore::RowStore(std::span<const TypeRef> types) : columns_(types.size()) {
  for (const TypeRef& type : types) is_bytes_.push_back(type_info(type.id).kind == PhysicalKind::kBytes);
}

void RowStore::append(const Datum* row) {
  if (columns_ == 0) ++empty_rows_;
  for (size_t i = 0; i < columns_; ++i) {
    Datum value = row[i];
    if (is_bytes_[i] && !value.is_null) value = Datum::from_bytes(arena_.copy(value.bytes()));
    values_.push_back(value);
  }
}

}  // namespace vecino::sql
