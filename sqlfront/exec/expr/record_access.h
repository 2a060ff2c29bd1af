#pragma once

#include <span>

#include "sqlfront/types/type.h"
#include "storage/util/arena.h"

namespace vecino::sql {

// What evaluation needs of composite values (types/ defines their packed form).
Datum make_record(Arena& arena, std::span<const Oid> types, std::span<const Datum> values);
class RecordView {
 public:
  explicit RecordView(const Datum& value);
  size_t size() const { return size_; }
  Datum operator[](size_t field) const;

 private:
  Datum value_;
  size_t size_;
};

}  // namespace vecino::sql
