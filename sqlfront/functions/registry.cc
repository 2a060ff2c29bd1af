#include <unordered_map>
#include <vector>

#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/functions/type_io_table.h"
#include "sqlfront/types/type.h"

namespace vecino::sql {
namespace {

struct OidPair {
  Oid first, second;
  bool operator==(const OidPair&) const = default;
};
struct OidPairHash {
  size_t operator()(const OidPair& pair) const {
    return std::hash<uint64_t>()((uint64_t{pair.first} << 32 | pair.second) * 0x9E3779B97F4A7C15ull);
  }
};

// Built at first use, immutable afterwards.
struct Registry {
  std::vector<const FunctionDef*> functions;
  std::vector<const OperatorDef*> operators;
  std::vector<const CastDef*> casts;
  std::vector<OpclassDef> opclasses;
  std::unordered_map<Oid, const FunctionDef*> function_by_oid;
  std::unordered_map<std::string_view, std::vector<const FunctionDef*>> functions_by_name;
  std::unordered_map<Oid, const OperatorDef*> operator_by_oid;
  std::unordered_map<std::string_view, std::vector<const OperatorDef*>> operators_by_name;
  std::unordered_map<OidPair, const CastDef*, OidPairHash> cast_by_types;
  std::unordered_map<OidPair, const OperatorDef*, OidPairHash> btree[6];
  std::unordered_map<Oid, Strategy> strategies;

  Registry() {
    load_functions();
    load_operators();
    load_casts();
    load_opclasses();
    load_btree();
  }

 private:
  void load_functions() {
    for (auto* span_of : {
#define VECINO_SPAN(name) &name,
             VECINO_FUNCTION_SPANS(VECINO_SPAN) &type_io_functions,
#undef VECINO_SPAN
         }) {
      for (const FunctionDef& function : span_of()) {
        functions.push_back(&function);
        function_by_oid.emplace(function.oid, &function);
        functions_by_name[function.name].push_back(&function);
      }
    }
  }
  void load_operators() {
    for (auto* span_of : {
#define VECINO_SPAN(name) &name,
             VECINO_OPERATOR_SPANS(VECINO_SPAN)
#undef VECINO_SPAN
         }) {
      for (const OperatorDef& op : span_of()) {
        operators.push_back(&op);
        operator_by_oid.emplace(op.oid, &op);
        operators_by_name[op.name].push_back(&op);
      }
    }
  }
  void load_casts() {
    for (auto* span_of : {
#define VECINO_SPAN(name) &name,
             VECINO_CAST_SPANS(VECINO_SPAN)
#undef VECINO_SPAN
         }) {
      for (const CastDef& cast : span_of()) {
        casts.push_back(&cast);
        cast_by_types.emplace(OidPair{cast.source, cast.target}, &cast);
      }
    }
  }
  void load_opclasses() {
    for (auto* span_of : {
#define VECINO_SPAN(name) &name,
             VECINO_OPCLASS_SPANS(VECINO_SPAN)
#undef VECINO_SPAN
         }) {
      for (const OpclassDef& opclass : span_of()) opclasses.push_back(opclass);
    }
  }
  void load_btree() {
    for (auto* span_of : {
#define VECINO_SPAN(name) &name,
             VECINO_BTREE_SPANS(VECINO_SPAN)
#undef VECINO_SPAN
         }) {
      for (const BtreeOperators& row : span_of()) {
        const Oid by_strategy[] = {row.less, row.less_equal, row.equal, row.greater_equal, row.greater};
        for (int i = 0; i < 5; ++i) add_btree(static_cast<Strategy>(i + 1), by_strategy[i]);
      }
    }
  }
  void add_btree(Strategy strategy, Oid oid) {
    auto found = operator_by_oid.find(oid);
    if (found == operator_by_oid.end()) return;
    const OperatorDef* op = found->second;
    btree[static_cast<int>(strategy)].emplace(OidPair{op->left, op->right}, op);
    strategies.emplace(oid, strategy);
  }
};

const Registry& registry() {
  static const Registry instance;
  return instance;
}

template <typename Map, typename Key>
auto find_pointer(const Map& map, const Key& key) -> typename Map::mapped_type {
  auto found = map.find(key);
  return found == map.end() ? nullptr : found->second;
}

const OpclassDef* default_opclass_of(std::string_view access_method, Oid type) {
  for (const OpclassDef& opclass : registry().opclasses) {
    if (opclass.is_default && opclass.input_type == type && opclass.access_method == access_method) return &opclass;
  }
  return nullptr;
}

// The type whose operators a type without its own uses: varchar -> text, regclass -> oid, int4[] -> anyarray.
Oid binary_coercion_target(Oid type) {
  const TypeInfo* info = find_type(type);
  if (info != nullptr && is_array_type(*info)) return type_id::kAnyArray;
  if (type == type_id::kRecordArray) return type_id::kAnyArray;
  Oid target = kInvalidOid;
  for (const CastDef* cast : registry().casts) {
    if (cast->source != type || cast->method != CastMethod::kBinary || cast->context != CastContext::kImplicit) continue;
    const TypeInfo* candidate = find_type(cast->target);
    if (candidate == nullptr || candidate->compare == nullptr) continue;
    if (candidate->preferred || cast->target == type_id::kOid || cast->target == type_id::kText) return cast->target;
    if (target == kInvalidOid) target = cast->target;
  }
  return target;
}

}  // namespace

const FunctionDef* find_function(Oid oid) { return find_pointer(registry().function_by_oid, oid); }

std::span<const FunctionDef* const> functions_named(std::string_view name) {
  auto found = registry().functions_by_name.find(name);
  if (found == registry().functions_by_name.end()) return {};
  return found->second;
}

const OperatorDef* find_operator(Oid oid) { return find_pointer(registry().operator_by_oid, oid); }

std::span<const OperatorDef* const> operators_named(std::string_view name) {
  auto found = registry().operators_by_name.find(name);
  if (found == registry().operators_by_name.end()) return {};
  return found->second;
}

const CastDef* find_cast(Oid source, Oid target) {
  return find_pointer(registry().cast_by_types, OidPair{source, target});
}

std::span<const FunctionDef* const> all_functions() { return registry().functions; }
std::span<const OperatorDef* const> all_operators() { return registry().operators; }
std::span<const CastDef* const> all_casts() { return registry().casts; }
std::span<const OpclassDef> all_opclasses() { return registry().opclasses; }

const OpclassDef* find_default_opclass(std::string_view access_method, Oid type) {
  if (const OpclassDef* exact = default_opclass_of(access_method, type)) return exact;
  Oid target = binary_coercion_target(type);
  return target == kInvalidOid ? nullptr : default_opclass_of(access_method, target);
}

const OperatorDef* btree_operator(Strategy strategy, Oid left, Oid right) {
  const auto& map = registry().btree[static_cast<int>(strategy)];
  if (const OperatorDef* exact = find_pointer(map, OidPair{left, right})) return exact;
  Oid left_target = binary_coercion_target(left), right_target = binary_coercion_target(right);
  if (left_target == kInvalidOid) left_target = left;
  if (right_target == kInvalidOid) right_target = right;
  return find_pointer(map, OidPair{left_target, right_target});
}

std::optional<Strategy> btree_strategy(const OperatorDef& op) {
  auto found = registry().strategies.find(op.oid);
  if (found == registry().strategies.end()) return std::nullopt;
  return found->second;
}

}  // namespace vecino::sql
