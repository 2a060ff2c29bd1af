#include "sqlfront/types/record.h"

#include "sqlfront/types/type_helpers.h"
#include "sqlfront/types/value_size.h"

namespace vecino::sql {
namespace {

enum class FieldKind : char { kNull = 0, kInt = 1, kFloat = 2, kBytes = 3 };

FieldKind kind_of(Oid type, const Datum& value) {
  if (value.is_null) return FieldKind::kNull;
  switch (type_info(type).kind) {
    case PhysicalKind::kInt: return FieldKind::kInt;
    case PhysicalKind::kFloat: return FieldKind::kFloat;
    case PhysicalKind::kBytes: break;
  }
  return FieldKind::kBytes;
}

Datum record_input(CallContext&, std::string_view) {
  throw SqlError(sqlstate::kFeatureNotSupported, "input of anonymous composite types is not implemented");
}

bool needs_quotes(std::string_view text) {
  if (text.empty()) return true;
  for (char c : text) {
    if (c == '"' || c == '\\' || c == '(' || c == ')' || c == ',' || is_space(c)) return true;
  }
  return false;
}

void record_send(CallContext& context, const Datum& value, std::string& out) {
  PackedRecord record(value);
  append_network<uint32_t>(out, static_cast<uint32_t>(record.size()));
  CallContext inner = context;
  for (size_t i = 0; i < record.size(); ++i) {
    append_network<uint32_t>(out, record.type(i));
    size_t at = out.size();
    append_network<uint32_t>(out, 0xffffffffu);
    if (record.is_null(i)) continue;
    inner.result_type = record.type(i);
    type_info(record.type(i)).send(inner, record[i], out);
    std::string length;
    append_network<uint32_t>(length, static_cast<uint32_t>(out.size() - at - 4));
    out.replace(at, 4, length);
  }
}

uint64_t record_hash(const Datum& value) {
  PackedRecord record(value);
  uint64_t hash = record.size();
  for (size_t i = 0; i < record.size(); ++i) {
    const TypeInfo& type = type_info(record.type(i));
    if (type.hash == nullptr) {
      throw SqlError(sqlstate::kUndefinedFunction,
                     "could not identify a hash function for type " + format_type(type.id));
    }
    hash = hash_mix(hash * 31 + (record.is_null(i) ? 0 : type.hash(record[i])));
  }
  return hash;
}

void encode_record_key(const Datum& value, std::string& out) {
  PackedRecord record(value);
  for (size_t i = 0; i < record.size(); ++i) {
    const TypeInfo& type = type_info(record.type(i));
    if (type.key_codec.encode == nullptr) {
      throw SqlError(sqlstate::kUndefinedFunction,
                     "could not identify a comparison function for type " + format_type(type.id));
    }
    out.push_back(record.is_null(i) ? 2 : 1);
    if (!record.is_null(i)) type.key_codec.encode(record[i], out);
  }
}

}  // namespace

PackedRecord::PackedRecord(const Datum& value) {
  const char* at = value.ptr;
  row_type_ = load<uint32_t>(at);
  size_ = load<uint16_t>(at + 4);
  bool names = load<uint16_t>(at + 6) & 1;
  types_ = at + 8;
  kinds_ = types_ + size_ * 4;
  offsets_ = kinds_ + size_;
  bytes_ = offsets_ + size_ * 4;
  if (names) {
    name_offsets_ = bytes_;
    bytes_ += size_ * 4;
  }
}

uint32_t PackedRecord::offset(const char* table, size_t field) const {
  return load<uint32_t>(table + field * 4);
}

Oid PackedRecord::type(size_t field) const { return offset(types_, field); }

Datum PackedRecord::operator[](size_t field) const {
  uint32_t begin = field == 0 ? 0 : offset(offsets_, field - 1);
  switch (static_cast<FieldKind>(kinds_[field])) {
    case FieldKind::kNull: return Datum::null();
    case FieldKind::kInt: return Datum::from_int(load<int64_t>(bytes_ + begin));
    case FieldKind::kFloat: return Datum::from_float(load<double>(bytes_ + begin));
    case FieldKind::kBytes: break;
  }
  return Datum::from_bytes({bytes_ + begin, offset(offsets_, field) - begin});
}

std::string PackedRecord::name(size_t field) const {
  if (name_offsets_ == nullptr) return "f" + std::to_string(field + 1);
  const char* names = bytes_ + (size_ == 0 ? 0 : offset(offsets_, size_ - 1));
  uint32_t begin = field == 0 ? 0 : offset(name_offsets_, field - 1);
  return std::string(names + begin, offset(name_offsets_, field) - begin);
}

Datum pack_record(Arena& arena, std::span<const Oid> types, std::span<const Datum> values,
                  std::span<const std::string> names, Oid row_type) {
  if (values.size() > 1664) {
    throw SqlError(sqlstate::kTooManyColumns, "ROW expressions can have at most 1664 entries");
  }
  std::string kinds, offsets, name_offsets, bytes, name_bytes;
  auto put = [](std::string& out, uint32_t v) { out.append(reinterpret_cast<const char*>(&v), 4); };
  bool named = !names.empty();
  for (size_t i = 0; i < values.size(); ++i) {
    FieldKind kind = kind_of(types[i], values[i]);
    kinds.push_back(static_cast<char>(kind));
    if (kind == FieldKind::kBytes) {
      bytes.append(values[i].ptr, values[i].len);
    } else if (kind != FieldKind::kNull) {
      bytes.append(reinterpret_cast<const char*>(&values[i].i64), 8);
    }
    put(offsets, static_cast<uint32_t>(bytes.size()));
    if (named) {
      name_bytes += names[i];
      put(name_offsets, static_cast<uint32_t>(name_bytes.size()));
    }
  }
  std::string packed;
  packed.reserve(8 + values.size() * 13 + bytes.size() + name_bytes.size());
  put(packed, row_type);
  put(packed, static_cast<uint32_t>(values.size()) | (named ? 1u << 16 : 0));
  packed.append(reinterpret_cast<const char*>(types.data()), types.size() * 4);
  packed += kinds;
  packed += offsets;
  packed += name_offsets;
  packed += bytes;
  packed += name_bytes;
  return Datum::from_bytes(arena.copy(packed));
}

int record_compare(const Datum& left, const Datum& right) {
  PackedRecord a(left), b(right);
  size_t common = std::min(a.size(), b.size());
  for (size_t i = 0; i < common; ++i) {
    if (a.type(i) != b.type(i)) {
      throw SqlError(sqlstate::kDatatypeMismatch,
                     "cannot compare dissimilar column types " + format_type(a.type(i)) + " and " +
                         format_type(b.type(i)) + " at record column " + std::to_string(i + 1));
    }
    if (a.is_null(i) || b.is_null(i)) {
      if (a.is_null(i) && b.is_null(i)) continue;
      return a.is_null(i) ? 1 : -1;
    }
    const TypeInfo& type = type_info(a.type(i));
    if (type.compare == nullptr) {
      throw SqlError(sqlstate::kUndefinedFunction,
                     "could not identify a comparison function for type " + format_type(type.id));
    }
    if (int order = type.compare(a[i], b[i]); order != 0) return order;
  }
  if (a.size() != b.size()) {
    throw SqlError(sqlstate::kDatatypeMismatch, "cannot compare record types with different numbers of columns");
  }
  return 0;
}

void record_output(CallContext& context, const Datum& value, std::string& out) {
  PackedRecord record(value);
  CallContext inner = context;
  std::string text;
  out.push_back('(');
  for (size_t i = 0; i < record.size(); ++i) {
    if (i > 0) out.push_back(',');
    if (record.is_null(i)) continue;
    text.clear();
    inner.result_type = record.type(i);
    type_info(record.type(i)).output(inner, record[i], text);
    if (!needs_quotes(text)) {
      append_checked(out, text);
      continue;
    }
    // Each level of records in records doubles the quotes of the one below.
    out.push_back('"');
    for (size_t at = 0; at < text.size();) {
      const size_t special = std::min(text.find_first_of("\"\\", at), text.size());
      append_checked(out, std::string_view(text).substr(at, special - at));
      if (special < text.size()) append_checked(out, 2, text[special]);
      at = special + 1;
    }
    out.push_back('"');
  }
  out.push_back(')');
}

std::span<const TypeInfo> record_types() {
  static const TypeInfo types[] = {{
      .id = type_id::kRecord,
      .name = "record",
      .array_id = type_id::kRecordArray,
      .element_id = kInvalidOid,
      .kind = PhysicalKind::kBytes,
      .length = -1,
      .type_class = 'p',
      .category = 'P',
      .preferred = false,
      .by_value = false,
      .alignment = 'd',
      .storage = 'x',
      .input = record_input,
      .output = record_output,
      .receive = record_input,
      .send = record_send,
      .compare = record_compare,
      .hash = record_hash,
      .key_codec = {encode_record_key},
      .input_name = "record_in",
      .output_name = "record_out",
      .receive_name = "record_recv",
      .send_name = "record_send",
  }};
  return types;
}

}  // namespace vecino::sql
