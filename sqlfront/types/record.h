#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sqlfront/types/type.h"
#include "storage/util/arena.h"

namespace vecino::sql {

// Composite values (manual 8.16). Packed form, little-endian, no alignment promised:
//   u32 row type oid (2249 = anonymous) | u16 number of fields n | u16 flags (1 = names)
//   n x u32 field type oid
//   n x u8 FieldKind
//   n x u32 end offset of the field's bytes
//   [flags & 1: n x u32 end offset of the field's name]
//   the fields' bytes (integers and floats: 8), then the names' bytes
// The value describes itself; names are only kept where they are not f1, f2, ...
class PackedRecord {
 public:
  explicit PackedRecord(const Datum& value);
  Oid row_type() const { return row_type_; }
  size_t size() const { return size_; }
  Oid type(size_t field) const;
  bool is_null(size_t field) const { return kinds_[field] == 0; }
  Datum operator[](size_t field) const;  // bytes point into the record
  // f1, f2, ... when the record has no names.
  std::string name(size_t field) const;

 private:
  uint32_t offset(const char* table, size_t field) const;
  Oid row_type_;
  size_t size_;
  const char* types_;
  const char* kinds_;
  const char* offsets_;
  const char* name_offsets_ = nullptr;
  const char* bytes_;
};

// REQUIRES: types.size() == values.size(); names empty or as many.
Datum pack_record(Arena& arena, std::span<const Oid> types, std::span<const Datum> values,
                  std::span<const std::string> names = {}, Oid row_type = type_id::kRecord);

// 42804 when the shapes or column types differ. NULL fields are equal to each other and greater than all else.
int record_compare(const Datum& left, const Datum& right);
void record_output(CallContext& context, const Datum& value, std::string& out);

std::span<const TypeInfo> record_types();

}  // namespace vecino::sql
