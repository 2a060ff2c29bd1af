#include "storage/table/row_codec.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "storage/util/bytes.h"

namespace vecino::storage {
namespace {

constexpr uint8_t kHasKeyWriter = 1, kHasNulls = 2, kHasExternals = 4;

size_t bitmap_bytes(size_t columns) { return (columns + 7) / 8; }

bool is_set(std::span<const bool> flags, size_t i) { return i < flags.size() && flags[i]; }

// Trailing nulls need no place when the column has no `missing` value.
size_t stored_columns(const TableLayout& layout, std::span<const Datum> row, std::span<const bool> external) {
  size_t count = row.size();
  while (count > 0 && row[count - 1].is_null && !is_set(external, count - 1) &&
         !layout.columns[count - 1].has_missing) {
    --count;
  }
  return count;
}

const char* read_value(PhysicalKind kind, const char* position, const char* end, Datum& out) {
  uint64_t number = 0;
  switch (kind) {
    case PhysicalKind::kInt:
      position = get_varint(position, end, number);
      out = Datum::from_int(unzigzag(number));
      return position;
    case PhysicalKind::kFloat: {
      if (end - position < 8) return nullptr;
      uint64_t bits = load_le<uint64_t>(position);
      double value;
      std::memcpy(&value, &bits, sizeof value);
      out = Datum::from_float(value);
      return position + 8;
    }
    case PhysicalKind::kBytes:
      position = get_varint(position, end, number);
      if (position == nullptr || number > static_cast<uint64_t>(end - position)) return nullptr;
      out = Datum::from_bytes({position, number});
      return position + number;
  }
  return nullptr;
}

const char* skip_value(PhysicalKind kind, const char* position, const char* end) {
  uint64_t number;
  switch (kind) {
    case PhysicalKind::kInt: return get_varint(position, end, number);
    case PhysicalKind::kFloat: return end - position < 8 ? nullptr : position + 8;
    case PhysicalKind::kBytes:
      position = get_varint(position, end, number);
      return position == nullptr || number > static_cast<uint64_t>(end - position) ? nullptr : position + number;
  }
  return nullptr;
}

}  // namespace

bool read_row_header(std::string_view bytes, RowHeader& header) {
  const char* position = bytes.data();
  const char* end = position + bytes.size();
  if (bytes.empty()) return false;
  uint8_t flags = static_cast<uint8_t>(*position++);
  if (flags > (kHasKeyWriter | kHasNulls | kHasExternals)) return false;
  if ((position = get_varint(position, end, header.writer)) == nullptr) return false;
  header.key_writer = header.writer;
  if ((flags & kHasKeyWriter) != 0 && (position = get_varint(position, end, header.key_writer)) == nullptr) return false;
  uint64_t count;
  if ((position = get_varint(position, end, count)) == nullptr || count > 65535) return false;
  header.column_count = static_cast<uint32_t>(count);
  size_t bitmap = bitmap_bytes(count);
  size_t bitmaps = ((flags & kHasNulls) != 0) + ((flags & kHasExternals) != 0);
  if (static_cast<size_t>(end - position) < bitmap * bitmaps) return false;
  header.nulls = header.externals = nullptr;
  if ((flags & kHasNulls) != 0) {
    header.nulls = position;
    position += bitmap;
  }
  if ((flags & kHasExternals) != 0) {
    header.externals = position;
    position += bitmap;
  }
  header.values = position;
  header.end = end;
  return true;
}

void encode_row(const TableLayout& layout, TransactionId writer, TransactionId key_writer, std::span<const Datum> row,
                std::span<const bool> external, std::string& out) {
  size_t count = stored_columns(layout, row, external);
  bool any_null = false, any_external = false;
  for (size_t i = 0; i < count; ++i) {
    any_null |= row[i].is_null && !is_set(external, i);
    any_external |= is_set(external, i);
  }
  out.push_back(static_cast<char>((key_writer != writer ? kHasKeyWriter : 0) | (any_null ? kHasNulls : 0) |
                                  (any_external ? kHasExternals : 0)));
  append_varint(out, writer);
  if (key_writer != writer) append_varint(out, key_writer);
  append_varint(out, count);
  auto append_bitmap = [&](auto&& bit) {
    size_t start = out.size();
    out.append(bitmap_bytes(count), '\0');
    for (size_t i = 0; i < count; ++i) {
      if (bit(i)) out[start + i / 8] = static_cast<char>(out[start + i / 8] | (1 << (i % 8)));
    }
  };
  if (any_null) append_bitmap([&](size_t i) { return row[i].is_null && !is_set(external, i); });
  if (any_external) append_bitmap([&](size_t i) { return is_set(external, i); });
  for (size_t i = 0; i < count; ++i) {
    if (row[i].is_null || is_set(external, i)) continue;
    switch (layout.columns[i].kind) {
      case PhysicalKind::kInt: append_varint(out, zigzag(row[i].i64)); break;
      case PhysicalKind::kFloat: {
        uint64_t bits;
        std::memcpy(&bits, &row[i].f64, sizeof bits);
        append_le(out, bits);
        break;
      }
      case PhysicalKind::kBytes:
        append_varint(out, row[i].len);
        out.append(row[i].bytes());
        break;
    }
  }
}

RowDecoder::RowDecoder(const TableLayout& layout, std::span<const int> columns)
    : layout_(layout), wanted_(columns.begin(), columns.end()), by_column_(columns.size()) {
  std::iota(by_column_.begin(), by_column_.end(), 0);
  std::stable_sort(by_column_.begin(), by_column_.end(), [&](int a, int b) {
    return wanted_[static_cast<size_t>(a)] < wanted_[static_cast<size_t>(b)];
  });
}

bool RowDecoder::decode(std::string_view bytes, Datum* out, std::vector<int>& external) const {
  if (by_column_.empty()) return true;
  RowHeader header;
  if (!read_row_header(bytes, header)) return false;
  const char* position = header.values;
  size_t column = 0;
  for (size_t i = 0; i < by_column_.size(); ++i) {
    int output = by_column_[i];
    size_t target = static_cast<size_t>(wanted_[static_cast<size_t>(output)]);
    if (i > 0 && wanted_[static_cast<size_t>(by_column_[i - 1])] == static_cast<int>(target)) {  // wanted twice
      int twin = by_column_[i - 1];
      out[output] = out[twin];
      if (target < header.column_count && header.is_external(target)) external.push_back(output);
      continue;
    }
    const ColumnLayout& layout = layout_.columns[target];
    if (layout.dropped) {
      out[output] = Datum::null();
      continue;
    }
    if (target >= header.column_count) {
      out[output] = layout.has_missing ? layout.missing : Datum::null();
      continue;
    }
    for (; column < target; ++column) {
      if (header.is_null(column) || header.is_external(column)) continue;
      position = skip_value(layout_.columns[column].kind, position, header.end);
      if (position == nullptr) return false;
    }
    if (header.is_null(target)) {
      out[output] = Datum::null();
    } else if (header.is_external(target)) {
      out[output] = Datum::null();
      external.push_back(output);
    } else {
      position = read_value(layout.kind, position, header.end, out[output]);
      if (position == nullptr) return false;
    }
    column = target + 1;
  }
  return true;
}

}  // namespace vecino::storage
