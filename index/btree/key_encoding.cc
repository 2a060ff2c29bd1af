#include "index/btree/key_encoding.h"

#include "storage/util/bytes.h"
#include "storage/util/memcmp_key.h"

namespace vecino::index::btree {
namespace {

constexpr char kNullFirst = 0, kNotNull = 1, kNullLast = 2;

void encode_column(const KeyColumn& column, const Datum& value, std::string& out) {
  if (value.is_null) {
    out.push_back(column.nulls_first ? kNullFirst : kNullLast);
    return;
  }
  out.push_back(kNotNull);
  size_t start = out.size();
  column.codec.encode(value, out);
  if (column.descending) memcmp_key::invert_from(out, start);
}

std::string encode_column(const KeyColumn& column, const Datum& value) {
  std::string bytes;
  encode_column(column, value, bytes);
  return bytes;
}

}  // namespace

void encode_columns(const IndexDefinition& definition, std::span<const Datum> values, EncodedKey& out) {
  out.bytes.clear();
  out.has_null = false;
  append_be(out.bytes, definition.storage_id);
  for (size_t i = 0; i < values.size(); ++i) {
    out.has_null |= values[i].is_null;
    encode_column(definition.columns[i], values[i], out.bytes);
  }
}

RowId row_of_entry(std::string_view key, std::string_view value) {
  if (value.size() == 8) return load_be<uint64_t>(value.data());
  return load_be<uint64_t>(key.data() + key.size() - 8);
}

bool single_entry(const IndexDefinition& definition, const ScanSpec& spec, EncodedKey& key) {
  const size_t columns = definition.columns.size();
  if (!definition.unique || !spec.lower || !spec.upper || !spec.lower->inclusive || !spec.upper->inclusive) return false;
  if (spec.lower->values.size() != columns || spec.upper->values.size() != columns) return false;
  encode_columns(definition, spec.lower->values, key);
  if (!identified_by_key(definition, key)) return false;
  thread_local EncodedKey upper;
  encode_columns(definition, spec.upper->values, upper);
  return key.bytes == upper.bytes;
}

storage::KeyRange scan_range(const IndexDefinition& definition, const ScanSpec& spec) {
  std::span<const Datum> lower, upper;
  if (spec.lower) lower = spec.lower->values;
  if (spec.upper) upper = spec.upper->values;
  EncodedKey low, high;
  encode_columns(definition, lower, low);
  encode_columns(definition, upper, high);

  // The leading columns on which both sides agree, then the first one where they do not.
  size_t common = 0;
  while (common < lower.size() && common < upper.size() &&
         encode_column(definition.columns[common], lower[common]) ==
             encode_column(definition.columns[common], upper[common])) {
    ++common;
  }
  bool lower_open = common == lower.size(), upper_open = common == upper.size();
  // An exclusive bound that ends where the other goes on excludes everything; that falls out of the ranges below.
  const Datum* bound = lower_open == upper_open ? nullptr : lower_open ? &upper[common] : &lower[common];
  if (bound != nullptr && !bound->is_null) {
    const KeyColumn& column = definition.columns[common];
    if (upper_open && !column.nulls_first && (!spec.upper || spec.upper->inclusive)) {
      std::string end = high.bytes + kNullLast;
      std::string begin = spec.lower->inclusive ? low.bytes : prefix_successor(low.bytes);
      return {begin, end};
    }
    if (lower_open && column.nulls_first && (!spec.lower || spec.lower->inclusive)) {
      std::string begin = low.bytes + kNotNull;
      std::string end = spec.upper->inclusive ? prefix_successor(high.bytes) : high.bytes;
      return {begin, end};
    }
  }
  storage::KeyRange range;
  range.lower = spec.lower && !spec.lower->inclusive ? prefix_successor(low.bytes) : low.bytes;
  range.upper = spec.upper && !spec.upper->inclusive ? high.bytes : prefix_successor(high.bytes);
  return range;
}

}  // namespace vecino::index::btree
