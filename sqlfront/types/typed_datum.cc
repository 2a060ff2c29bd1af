#include "sqlfront/types/typed_datum.h"

#include <numeric>
#include <unordered_map>
#include <vector>

#include "sqlfront/functions/function.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {
namespace {

class Families {
 public:
  Families() {
    for (const TypeInfo& type : all_types()) number_.emplace(type.id, static_cast<uint16_t>(number_.size() + 1));
    leader_.resize(number_.size() + 1);
    std::iota(leader_.begin(), leader_.end(), uint16_t{0});
    for (const CastDef* cast : all_casts()) {
      if (cast->method == CastMethod::kBinary) join(cast->source, cast->target);
    }
  }

  uint16_t of(TypeId id) const {
    const TypeInfo* type = find_type(id);
    if (type == nullptr || type->type_class != 'b') return 0;
    if (!is_array_type(*type)) return leader(id);
    // Elements decide; the top bit tells an array from them.
    uint16_t element = of(type->element_id);
    return element == 0 ? 0 : static_cast<uint16_t>(element | 0x8000);
  }

 private:
  uint16_t leader(TypeId id) const {
    auto it = number_.find(id);
    if (it == number_.end()) return 0;
    uint16_t at = it->second;
    while (leader_[at] != at) at = leader_[at];
    return at;
  }
  void join(TypeId a, TypeId b) {
    uint16_t left = leader(a), right = leader(b);
    if (left != 0 && right != 0) leader_[left] = right;
  }
  std::unordered_map<TypeId, uint16_t> number_;
  std::vector<uint16_t> leader_;
};

#ifndef NDEBUG
std::string_view kind_name(PhysicalKind kind) {
  switch (kind) {
    case PhysicalKind::kInt: return "an integer";
    case PhysicalKind::kFloat: return "a float";
    case PhysicalKind::kBytes: return "bytes";
  }
  return "";
}

PhysicalKind kind_of(const Datum& value) {
  for (PhysicalKind kind : {PhysicalKind::kInt, PhysicalKind::kFloat}) {
    if (value.is(kind)) return kind;
  }
  return PhysicalKind::kBytes;
}

[[noreturn]] void fail(const Datum& value, TypeId expected, std::string_view where) {
  std::string found(kind_name(kind_of(value)));
  for (const TypeInfo& type : all_types()) {
    if (value.family == 0 || type_family(type.id) != value.family) continue;
    found += " of type " + std::string(type.name);
    break;
  }
  throw SqlError(sqlstate::kInternalError,
                 "value of type " + format_type(expected) + " expected, found " + found + " (" + std::string(where) + ")");
}

// Values of pseudo-types and row types have no one representation to look for.
bool is_checked(TypeId id) {
  const TypeInfo* type = find_type(id);
  return type != nullptr && type->type_class == 'b';
}
#endif

}  // namespace

uint16_t type_family(TypeId type) {
  static const Families families;
  return families.of(type);
}

void expect_type([[maybe_unused]] const Datum* values, [[maybe_unused]] size_t count, [[maybe_unused]] TypeId type,
                 [[maybe_unused]] std::string_view where) {
#ifndef NDEBUG
  if (count == 0 || !is_checked(type)) return;
  const PhysicalKind kind = type_info(type).kind;
  const uint16_t family = type_family(type);
  for (size_t i = 0; i < count; ++i) {
    const Datum& value = values[i];
    if (value.is_null) continue;
    if (value.kind != kind || (family != 0 && value.family != 0 && value.family != family)) fail(value, type, where);
  }
#endif
}

void give_type([[maybe_unused]] Datum* values, [[maybe_unused]] size_t count, [[maybe_unused]] TypeId type,
               [[maybe_unused]] std::string_view where) {
#ifndef NDEBUG
  expect_type(values, count, type, where);
  const uint16_t family = type_family(type);
  if (family == 0) return;
  for (size_t i = 0; i < count; ++i) {
    if (!values[i].is_null) values[i].family = family;
  }
#endif
}

void expect_arguments(const FunctionDef& function, std::span<const TypeId> types) {
  size_t position = 0;
  for (TypeId declared : function.arg_types) {
    if (position >= types.size() || function.variadic != kInvalidOid) return;
    const TypeId given = types[position++];
    const uint16_t wanted = type_family(declared), found = type_family(given);
    if (wanted == 0 || found == 0 || wanted == found) continue;
    throw SqlError(sqlstate::kInternalError, "argument " + std::to_string(position) + " of function " +
                                                 std::string(function.name) + " is of type " + format_type(given) + ", not " +
                                                 format_type(declared));
  }
}

}  // namespace vecino::sql
