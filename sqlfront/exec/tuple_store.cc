#include "sqlfront/exec/tuple_store.h"

#include <cassert>

#include "sqlfront/exec/expr/compile.h"

namespace vecino::sql {

bool is_by_bytes(TypeId type) {
  const TypeInfo* info = find_type(type);
  return info == nullptr || info->kind == PhysicalKind::kBytes;
}

TupleStore::TupleStore(const std::vector<TypeRef>& types, MemoryAccount& account) : account_(account) {
  for (const TypeRef& type : types) by_bytes_.push_back(is_by_bytes(type.id));
}

TupleStore::~TupleStore() { account_.release(accounted_); }

void TupleStore::account() {
  size_t used = memory_usage();
  if (used > accounted_) {
    account_.add(used - accounted_);
    accounted_ = used;
  }
}

void TupleStore::own_bytes(Datum* row) {
  for (size_t c = 0; c < by_bytes_.size(); ++c) {
    if (by_bytes_[c] && !row[c].is_null) row[c].ptr = arena_.copy(row[c].bytes()).data();
  }
}

Datum* TupleStore::copy_row(const Datum* const* columns, size_t r) {
  auto* row = reinterpret_cast<Datum*>(arena_.allocate(std::max<size_t>(width(), 1) * sizeof(Datum), alignof(Datum)));
  for (size_t c = 0; c < by_bytes_.size(); ++c) row[c] = columns[c][r];
  own_bytes(row);
  account();
  return row;
}

Datum* TupleStore::append(const Datum* const* columns, size_t r) {
  rows_.push_back(copy_row(columns, r));
  return rows_.back();
}

Datum* TupleStore::append_row(const Datum* source) {
  auto* row = reinterpret_cast<Datum*>(arena_.allocate(std::max<size_t>(width(), 1) * sizeof(Datum), alignof(Datum)));
  std::copy(source, source + width(), row);
  own_bytes(row);
  rows_.push_back(row);
  account();
  return row;
}

void TupleStore::append_batch(const Batch& batch) {
  ColumnPointers pointers;
  const Datum* const* columns = pointers.of(batch);
  for (size_t r = 0; r < batch.rows; ++r) append(columns, r);
}

void TupleStore::clear() {
  rows_.clear();
  arena_.reset();
  account_.release(accounted_);
  accounted_ = 0;
}

void TupleStore::read(size_t first, size_t count, Batch& out, size_t at) const {
  for (size_t c = 0; c < by_bytes_.size(); ++c) {
    Datum* column = out.column(c) + at;
    for (size_t i = 0; i < count; ++i) column[i] = rows_[first + i][c];
  }
}

RowComparator::RowComparator(const std::vector<SortKey>& keys) {
  for (const SortKey& key : keys) {
    const TypeInfo& type = type_info(key.type.id);
    if (type.compare == nullptr) {
      throw SqlError(sqlstate::kUndefinedFunction,
                     "could not identify an ordering operator for type " + format_type(key.type.id));
    }
    keys_.push_back({key.column, type.kind == PhysicalKind::kInt, key.descending, key.nulls_first, &type});
  }
}

int RowComparator::compare_key(const Key& key, const Datum& left, const Datum& right) {
  if (left.is_null || right.is_null) {
    if (left.is_null && right.is_null) return 0;
    return left.is_null == key.nulls_first ? -1 : 1;
  }
  assert(left.is(key.type->kind) && right.is(key.type->kind));
  int order = key.is_int ? (left.i64 > right.i64) - (left.i64 < right.i64) : key.type->compare(left, right);
  return key.descending ? -order : order;
}

bool RowComparator::equal(const Datum* left, const Datum* right, size_t count) const {
  for (size_t k = 0; k < count; ++k) {
    if (compare_key(keys_[k], left[keys_[k].column], right[keys_[k].column]) != 0) return false;
  }
  return true;
}

KeyType::KeyType(TypeId id) : type(&type_info(id)), is_int(type->kind == PhysicalKind::kInt) {}

uint64_t KeyType::hash(const Datum& value) const {
  if (value.is_null) return 0x5bd1e995;
  assert(value.is(type->kind));
  if (is_int) {
    uint64_t mixed = static_cast<uint64_t>(value.i64) * 0x9E3779B97F4A7C15ull;
    return mixed ^ (mixed >> 32);
  }
  if (type->hash == nullptr) {
    throw SqlError(sqlstate::kUndefinedFunction,
                   "could not identify a hash function for type " + format_type(type->id));
  }
  return type->hash(value);
}

bool KeyType::equal(const Datum& left, const Datum& right) const {
  if (left.is_null || right.is_null) return left.is_null && right.is_null;
  assert(left.is(type->kind) && right.is(type->kind));
  if (is_int) return left.i64 == right.i64;
  return compare_values(*type, left, right) == 0;
}

}  // namespace vecino::sql
