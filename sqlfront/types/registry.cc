#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/registry_entries.h"
#include "sqlfront/types/type.h"

namespace vecino::sql {
namespace {

TypeInfo array_of(const TypeInfo& element, std::string_view name) {
  TypeInfo array{};
  array.id = element.array_id;
  array.name = name;
  array.array_id = kInvalidOid;
  array.element_id = element.id;
  array.kind = PhysicalKind::kBytes;
  array.length = -1;
  array.type_class = element.type_class == 'p' ? 'p' : 'b';
  array.category = element.type_class == 'p' ? 'P' : 'A';
  array.preferred = false;
  array.by_value = false;
  array.alignment = element.alignment == 'd' ? 'd' : 'i';
  array.storage = 'x';
  array.delimiter = element.delimiter;
  array.input = array_input;
  array.output = array_output;
  array.receive = array_receive;
  array.send = array_send;
  if (element.compare != nullptr) {
    array.compare = array_compare;
    array.key_codec = {array_encode_key};
  }
  if (element.hash != nullptr) array.hash = array_hash;
  array.typmod_in = element.typmod_in;
  array.typmod_out = element.typmod_out;
  array.input_name = "array_in";
  array.output_name = "array_out";
  array.receive_name = "array_recv";
  array.send_name = "array_send";
  return array;
}

// Built at first use, immutable afterwards.
struct TypeRegistry {
  std::vector<TypeInfo> types;
  std::deque<std::string> array_names;
  std::unordered_map<TypeId, const TypeInfo*> by_id;
  std::unordered_map<std::string_view, const TypeInfo*> by_name;

  TypeRegistry() {
    for (auto* span_of : {
#define VECINO_SPAN(name) &name,
             VECINO_TYPE_SPANS(VECINO_SPAN)
#undef VECINO_SPAN
         }) {
      for (const TypeInfo& type : span_of()) types.push_back(type);
    }
    size_t elements = types.size();
    types.reserve(elements * 2);
    for (size_t i = 0; i < elements; ++i) {
      if (types[i].array_id == kInvalidOid) continue;
      array_names.push_back("_" + std::string(types[i].name));
      types.push_back(array_of(types[i], array_names.back()));
    }
    for (const TypeInfo& type : types) {
      by_id.emplace(type.id, &type);
      by_name.emplace(type.name, &type);
    }
  }
};

const TypeRegistry& registry() {
  static const TypeRegistry instance;
  return instance;
}

}  // namespace

const TypeInfo* find_type(TypeId id) {
  auto found = registry().by_id.find(id);
  return found == registry().by_id.end() ? nullptr : found->second;
}

const TypeInfo* find_type_by_name(std::string_view name) {
  auto found = registry().by_name.find(name);
  return found == registry().by_name.end() ? nullptr : found->second;
}

const TypeInfo& type_info(TypeId id) {
  const TypeInfo* type = find_type(id);
  if (type == nullptr) throw SqlError(sqlstate::kInternalError, "cache lookup failed for type " + std::to_string(id));
  return *type;
}

std::span<const TypeInfo> all_types() { return registry().types; }

}  // namespace vecino::sql
