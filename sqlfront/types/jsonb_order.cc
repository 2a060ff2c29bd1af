// Order, hash, index keys and containment of jsonb (manual 8.14.3, 8.14.4).
#include <algorithm>

#include "sqlfront/interrupts.h"
#include "sqlfront/types/jsonb.h"
#include "sqlfront/types/numeric.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

// Null < String < Number < Boolean < Array < Object.
int rank(const JsonbView& value) {
  switch (value.kind()) {
    case JsonbKind::kNull: return 1;
    case JsonbKind::kString: return 2;
    case JsonbKind::kNumber: return 3;
    case JsonbKind::kFalse:
    case JsonbKind::kTrue: return 4;
    case JsonbKind::kArray: return 5;
    case JsonbKind::kObject: return 6;
  }
  return 0;
}
// At the top, an empty array is less than any scalar (a documented quirk of PostgreSQL).
int top_rank(const JsonbView& value) {
  if (value.is_array() && value.count() == 0) return 0;
  return rank(value);
}

int three_way(std::string_view a, std::string_view b) {
  int order = a.compare(b);
  return order < 0 ? -1 : order > 0;
}

int compare_values(const JsonbView& a, const JsonbView& b) {
  check_stack_depth();
  if (int difference = rank(a) - rank(b); difference != 0) return difference < 0 ? -1 : 1;
  switch (a.kind()) {
    case JsonbKind::kNull: return 0;
    case JsonbKind::kFalse:
    case JsonbKind::kTrue: return static_cast<int>(a.kind()) - static_cast<int>(b.kind());
    case JsonbKind::kNumber: return numeric_compare(a.number(), b.number());
    case JsonbKind::kString: return three_way(a.payload(), b.payload());
    default: break;
  }
  if (a.count() != b.count()) return a.count() < b.count() ? -1 : 1;
  for (uint32_t i = 0; i < a.count(); ++i) {
    if (a.is_object()) {
      if (int order = three_way(a.key(i), b.key(i)); order != 0) return order;
      if (int order = compare_values(a.value(i), b.value(i)); order != 0) return order;
    } else if (int order = compare_values(a.element(i), b.element(i)); order != 0) {
      return order;
    }
  }
  return 0;
}

uint64_t hash_value(const JsonbView& value) {
  check_stack_depth();
  uint64_t hash = static_cast<uint64_t>(value.kind()) + 1;
  switch (value.kind()) {
    case JsonbKind::kNumber: return hash_mix(hash ^ numeric_hash(value.number()));
    case JsonbKind::kString: return hash_mix(hash ^ hash_bytes(value.payload()));
    case JsonbKind::kArray:
      for (uint32_t i = 0; i < value.count(); ++i) hash = hash_mix(hash * 31 + hash_value(value.element(i)));
      return hash;
    case JsonbKind::kObject:
      for (uint32_t i = 0; i < value.count(); ++i) {
        hash = hash_mix(hash * 31 + hash_bytes(value.key(i)));
        hash = hash_mix(hash * 31 + hash_value(value.value(i)));
      }
      return hash;
    default: return hash_mix(hash);
  }
}

void encode_value(const JsonbView& value, int tag, std::string& out) {
  check_stack_depth();
  out.push_back(static_cast<char>(tag));
  switch (value.kind()) {
    case JsonbKind::kNull: return;
    case JsonbKind::kFalse: out.push_back(0); return;
    case JsonbKind::kTrue: out.push_back(1); return;
    case JsonbKind::kNumber: type_info(type_id::kNumeric).key_codec.encode(value.number(), out); return;
    case JsonbKind::kString: append_key_bytes(out, value.payload()); return;
    default: break;
  }
  append_network<uint32_t>(out, value.count());
  for (uint32_t i = 0; i < value.count(); ++i) {
    if (value.is_object()) append_key_bytes(out, value.key(i));
    JsonbView item = value.is_object() ? value.value(i) : value.element(i);
    encode_value(item, rank(item), out);
  }
}

}  // namespace

int jsonb_compare(const Datum& left, const Datum& right) {
  JsonbView a(left), b(right);
  int difference = top_rank(a) - top_rank(b);
  if (difference != 0) return difference < 0 ? -1 : 1;
  return compare_values(a, b);
}

uint64_t jsonb_hash(const Datum& value) { return hash_value(JsonbView(value)); }

void jsonb_encode_key(const Datum& value, std::string& out) {
  JsonbView view(value);
  encode_value(view, top_rank(view), out);
}

bool jsonb_scalar_equal(const JsonbView& left, const JsonbView& right) {
  return left.is_scalar() && right.is_scalar() && compare_values(left, right) == 0;
}

namespace {

bool contains_value(const JsonbView& whole, const JsonbView& part) {
  check_stack_depth();
  if (part.is_object()) {
    if (!whole.is_object()) return false;
    for (uint32_t i = 0; i < part.count(); ++i) {
      auto member = whole.get(part.key(i));
      if (!member || !contains_value(*member, part.value(i))) return false;
    }
    return true;
  }
  if (part.is_array()) {
    if (!whole.is_array()) return false;
    for (uint32_t i = 0; i < part.count(); ++i) {
      bool found = false;
      for (uint32_t j = 0; j < whole.count() && !found; ++j) found = contains_value(whole.element(j), part.element(i));
      if (!found) return false;
    }
    return true;
  }
  return jsonb_scalar_equal(whole, part);
}

}  // namespace

// At the top an array may contain a primitive value: '["a"]' @> '"a"'.
bool jsonb_contains(const JsonbView& whole, const JsonbView& part) {
  if (whole.is_array() && part.is_scalar()) {
    for (uint32_t i = 0; i < whole.count(); ++i) {
      if (jsonb_scalar_equal(whole.element(i), part)) return true;
    }
    return false;
  }
  return contains_value(whole, part);
}

}  // namespace vecino::sql
