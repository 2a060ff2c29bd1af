#include "sqlfront/types/array.h"

#include <fmt/format.h>

#include <algorithm>

#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/type.h"
#include "sqlfront/types/value_size.h"

namespace vecino::sql {
namespace {

constexpr size_t kMaxArrayElements = 134217727;  // MaxAllocSize / sizeof(Datum), as PostgreSQL's MaxArraySize

template <typename T>
T load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}
template <typename T>
void append(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

size_t width_of(ElementCode code) {
  switch (code) {
    case ElementCode::kVariable: return 0;
    case ElementCode::kBool: return 1;
    case ElementCode::kInt16: return 2;
    case ElementCode::kInt32:
    case ElementCode::kUInt32:
    case ElementCode::kFloat32: return 4;
    case ElementCode::kInt64:
    case ElementCode::kFloat64: return 8;
  }
  return 0;
}

bool is_unsigned_oid(Oid type) {
  using namespace type_id;
  switch (type) {
    case kOid: case kXid: case kCid: case kRegproc: case kRegprocedure: case kRegoper: case kRegoperator:
    case kRegclass: case kRegtype: case kRegnamespace: case kRegrole: case 4191 /* regcollation */:
    case 3734 /* regconfig */: case 3769 /* regdictionary */: return true;
    default: return false;
  }
}

}  // namespace

ElementCode element_code(Oid element_type) {
  using namespace type_id;
  switch (element_type) {  // the frequent ones without a lookup
    case kText: case kVarchar: case kNumeric: case kVector: return ElementCode::kVariable;
    case kInt4: return ElementCode::kInt32;
    case kInt8: return ElementCode::kInt64;
    case kFloat8: return ElementCode::kFloat64;
    case kFloat4: return ElementCode::kFloat32;
    case kInt2: case kChar: return ElementCode::kInt16;
    case kBool: return ElementCode::kBool;
    case kOid: return ElementCode::kUInt32;
    default: break;
  }
  const TypeInfo& type = type_info(element_type);
  switch (type.kind) {
    case PhysicalKind::kBytes: return ElementCode::kVariable;
    case PhysicalKind::kFloat: return type.length == 4 ? ElementCode::kFloat32 : ElementCode::kFloat64;
    case PhysicalKind::kInt: break;
  }
  if (type.length == 8) return ElementCode::kInt64;
  if (type.length <= 2) return ElementCode::kInt16;
  return is_unsigned_oid(element_type) ? ElementCode::kUInt32 : ElementCode::kInt32;
}

ArrayView::ArrayView(std::string_view packed) {
  const char* at = packed.data();
  if (packed.size() < 8) throw SqlError(sqlstate::kDataCorrupted, "corrupt array value");
  element_type_ = load<uint32_t>(at);
  ndim_ = static_cast<uint8_t>(at[4]);
  code_ = static_cast<ElementCode>(at[5]);
  bool bitmap = at[6] & 1;
  if (ndim_ > kMaxArrayDimensions) throw SqlError(sqlstate::kDataCorrupted, "corrupt array value");
  at += 8;
  size_ = ndim_ == 0 ? 0 : 1;
  for (int i = 0; i < ndim_; ++i) {
    dims_[i] = load<int32_t>(at);
    lower_[i] = load<int32_t>(at + 4);
    size_ *= static_cast<size_t>(dims_[i]);
    at += 8;
  }
  if (bitmap) {
    nulls_ = at;
    at += (size_ + 7) / 8;
  }
  data_ = at;
  bytes_ = at + size_ * 4;
}

bool ArrayView::has_nulls() const {
  if (nulls_ == nullptr) return false;
  for (size_t i = 0; i < (size_ + 7) / 8; ++i) {
    if (nulls_[i] != 0) return true;
  }
  return false;
}

Datum ArrayView::operator[](size_t i) const {
  if (is_null(i)) return Datum::null();
  switch (code_) {
    case ElementCode::kVariable: {
      uint32_t begin = i == 0 ? 0 : load<uint32_t>(data_ + (i - 1) * 4);
      uint32_t end = load<uint32_t>(data_ + i * 4);
      return Datum::from_bytes({bytes_ + begin, end - begin});
    }
    case ElementCode::kBool: return Datum::from_bool(data_[i] != 0);
    case ElementCode::kInt16: return Datum::from_int(load<int16_t>(data_ + i * 2));
    case ElementCode::kInt32: return Datum::from_int(load<int32_t>(data_ + i * 4));
    case ElementCode::kUInt32: return Datum::from_int(load<uint32_t>(data_ + i * 4));
    case ElementCode::kInt64: return Datum::from_int(load<int64_t>(data_ + i * 8));
    case ElementCode::kFloat32: return Datum::from_float(load<float>(data_ + i * 4));
    case ElementCode::kFloat64: return Datum::from_float(load<double>(data_ + i * 8));
  }
  return Datum::null();
}

int64_t ArrayView::position(std::span<const int> subscripts) const {
  if (static_cast<int>(subscripts.size()) != ndim_) return -1;
  int64_t at = 0;
  for (int i = 0; i < ndim_; ++i) {
    int64_t offset = static_cast<int64_t>(subscripts[i]) - lower_[i];
    if (offset < 0 || offset >= dims_[i]) return -1;
    at = at * dims_[i] + offset;
  }
  return ndim_ == 0 ? -1 : at;
}

ArrayBuilder::ArrayBuilder(Oid element_type) : ArrayBuilder(element_type, element_code(element_type)) {}

void ArrayBuilder::clear() {
  size_ = 0;
  any_null_ = false;
  data_.clear();
  offsets_.clear();
  nulls_.clear();
}

void ArrayBuilder::add(const Datum& element) {
  check_for_interrupts();
  const size_t bytes = data_.size() + (element.is_null || code_ != ElementCode::kVariable ? 0 : element.len);
  if (size_ >= kMaxArrayElements || bytes > kMaxValueBytes) {
    throw SqlError(sqlstate::kProgramLimitExceeded,
                   fmt::format("array size exceeds the maximum allowed ({})",
                               bytes > kMaxValueBytes ? kMaxValueBytes : size_t{kMaxArrayElements}));
  }
  ++size_;
  if (element.is_null) {
    if (!any_null_) nulls_.assign(size_ - 1, false);
    any_null_ = true;
    if (code_ == ElementCode::kVariable) {
      offsets_.push_back(static_cast<uint32_t>(data_.size()));
    } else {
      data_.append(width_of(code_), '\0');
    }
    nulls_.push_back(true);
    return;
  }
  if (any_null_) nulls_.push_back(false);
  switch (code_) {
    case ElementCode::kVariable:
      data_.append(element.ptr, element.len);
      offsets_.push_back(static_cast<uint32_t>(data_.size()));
      break;
    case ElementCode::kBool: data_.push_back(element.i64 != 0); break;
    case ElementCode::kInt16: append<int16_t>(data_, static_cast<int16_t>(element.i64)); break;
    case ElementCode::kInt32: append<int32_t>(data_, static_cast<int32_t>(element.i64)); break;
    case ElementCode::kUInt32: append<uint32_t>(data_, static_cast<uint32_t>(element.i64)); break;
    case ElementCode::kInt64: append<int64_t>(data_, element.i64); break;
    case ElementCode::kFloat32: append<float>(data_, static_cast<float>(element.f64)); break;
    case ElementCode::kFloat64: append<double>(data_, element.f64); break;
  }
}

Datum ArrayBuilder::finish(Arena& arena, int lower) const {
  int length = static_cast<int>(size_);
  if (size_ == 0) return finish(arena, {}, {});
  return finish(arena, {&length, 1}, {&lower, 1});
}

Datum ArrayBuilder::finish(Arena& arena, std::span<const int> lengths, std::span<const int> lowers) const {
  size_t bitmap = any_null_ ? (size_ + 7) / 8 : 0;
  size_t total = 8 + lengths.size() * 8 + bitmap + offsets_.size() * 4 + data_.size();
  check_allocation(total);
  char* start = arena.allocate(total);
  char* at = start;
  std::memcpy(at, &element_type_, 4);
  at[4] = static_cast<char>(lengths.size());
  at[5] = static_cast<char>(code_);
  at[6] = any_null_ ? 1 : 0;
  at[7] = 0;
  at += 8;
  for (size_t i = 0; i < lengths.size(); ++i) {
    std::memcpy(at, &lengths[i], 4);
    std::memcpy(at + 4, &lowers[i], 4);
    at += 8;
  }
  if (any_null_) {
    std::memset(at, 0, bitmap);
    for (size_t i = 0; i < size_; ++i) {
      if (nulls_[i]) at[i / 8] = static_cast<char>(at[i / 8] | (1 << (i % 8)));
    }
    at += bitmap;
  }
  if (!offsets_.empty()) std::memcpy(at, offsets_.data(), offsets_.size() * 4);
  at += offsets_.size() * 4;
  if (!data_.empty()) std::memcpy(at, data_.data(), data_.size());
  return Datum::from_bytes({start, total});
}

Datum empty_array(Arena& arena, Oid element_type) { return ArrayBuilder(element_type).finish(arena); }

Datum relabeled_array(Arena& arena, const Datum& array, Oid element_type) {
  std::string_view bytes = array.bytes();
  char* copy = arena.allocate(bytes.size());
  std::memcpy(copy, bytes.data(), bytes.size());
  std::memcpy(copy, &element_type, sizeof element_type);  // the header begins with it
  return Datum::from_bytes({copy, bytes.size()});
}

Datum make_array(Arena& arena, Oid element_type, std::span<const Datum> elements, int lower) {
  ArrayBuilder builder(element_type);
  for (const Datum& element : elements) builder.add(element);
  return builder.finish(arena, lower);
}

Datum make_text_array(Arena& arena, std::span<const std::string> elements) {
  ArrayBuilder builder(type_id::kText);
  for (const std::string& element : elements) builder.add(Datum::from_bytes(element));
  return builder.finish(arena);
}

size_t checked_element_count(std::span<const int> lengths) {
  uint64_t count = lengths.empty() ? 0 : 1;
  for (int length : lengths) {
    if (length < 0) count = kMaxArrayElements + 1;
    count *= static_cast<uint64_t>(length);
    if (count > kMaxArrayElements) {
      throw SqlError(sqlstate::kProgramLimitExceeded,
                     fmt::format("array size exceeds the maximum allowed ({})", kMaxArrayElements));
    }
  }
  return count;
}

}  // namespace vecino::sql
