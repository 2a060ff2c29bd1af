#include <array>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "sqlfront/functions/resolve.h"
#include "sqlfront/functions/resolve_internal.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {

using namespace type_id;

namespace {

const OperatorDef* exact_operator(const OperatorName& name, TypeId left, TypeId right, const NameScope& names) {
  for (const OperatorDef* op : operators_named(name.name)) {
    if (op->left == left && op->right == right && names.finds(name.schema, op->schema)) return op;
  }
  return nullptr;
}

// binary_oper_exact: an unknown argument is first tried as the other's type.
const OperatorDef* exact_with_unknown(const OperatorName& name, TypeId left, TypeId right, const NameScope& names) {
  if (left == kUnknown && right != kInvalidOid && right != kUnknown) left = right;
  else if (right == kUnknown && left != kInvalidOid && left != kUnknown) right = left;
  return exact_operator(name, left, right, names);
}

// -1 none, -2 ambiguous; otherwise found.
const OperatorDef* best_operator(const OperatorName& name, TypeId left, TypeId right, const NameScope& names,
                                 int* outcome) {
  *outcome = 0;
  bool prefix = left == kInvalidOid;
  if (const OperatorDef* op =
          prefix ? exact_operator(name, left, right, names) : exact_with_unknown(name, left, right, names)) {
    return op;
  }
  std::vector<const OperatorDef*> operators;
  std::vector<std::vector<TypeId>> candidates;
  for (const OperatorDef* op : operators_named(name.name)) {
    if ((op->left == kInvalidOid) != prefix || !names.finds(name.schema, op->schema)) continue;
    operators.push_back(op);
    candidates.push_back(prefix ? std::vector<TypeId>{op->right} : std::vector<TypeId>{op->left, op->right});
  }
  std::vector<TypeId> inputs = prefix ? std::vector<TypeId>{right} : std::vector<TypeId>{left, right};
  *outcome = select_candidate(candidates, inputs);
  return *outcome >= 0 ? operators[*outcome] : nullptr;
}

std::string operator_signature(const OperatorName& name, TypeId left, TypeId right, const NameScope& names) {
  std::string out;
  if (left != kInvalidOid) out += format_type(left, names) + " ";
  if (!name.schema.empty()) out += std::string(name.schema) + ".";
  return out + std::string(name.name) + " " + format_type(right, names);
}

// Resolution depends on the static tables and on which of their schemas are in sight, so results are kept for the life of
// the process.
struct CacheKey {
  std::string_view name;  // of the operator table: static storage
  TypeId left, right;
  int visibility;  // NameScope::visibility()
  bool operator==(const CacheKey&) const = default;
};
struct CacheHash {
  size_t operator()(const CacheKey& key) const {
    return std::hash<std::string_view>()(key.name) * 31 + key.left * 1000003u + key.right * 7919u +
           static_cast<size_t>(key.visibility);
  }
};
struct OperatorCache {
  std::shared_mutex mutex;
  std::unordered_map<CacheKey, const OperatorDef*, CacheHash> found;
};
OperatorCache& operator_cache() {
  static OperatorCache cache;
  return cache;
}

}  // namespace

const OperatorDef* find_operator_for(const OperatorName& name, TypeId left, TypeId right, const NameScope& names) {
  int outcome = 0;
  return best_operator(name, left, right, names, &outcome);
}

const OperatorDef& resolve_operator(const OperatorName& name, TypeId left, TypeId right, int location,
                                    const NameScope& names) {
  OperatorCache& cache = operator_cache();
  if (name.schema.empty()) {
    std::shared_lock lock(cache.mutex);
    auto hit = cache.found.find({name.name, left, right, names.visibility()});
    if (hit != cache.found.end()) return *hit->second;
  }
  int outcome = 0;
  if (const OperatorDef* op = best_operator(name, left, right, names, &outcome)) {
    if (name.schema.empty()) {
      std::unique_lock lock(cache.mutex);
      cache.found.emplace(CacheKey{op->name, left, right, names.visibility()}, op);
    }
    return *op;
  }
  std::string signature = operator_signature(name, left, right, names);
  if (outcome == -2) {
    throw SqlError(sqlstate::kAmbiguousFunction, "operator is not unique: " + signature, location)
        .hint("Could not choose a best candidate operator. You might need to add explicit type casts.");
  }
  throw SqlError(sqlstate::kUndefinedFunction, "operator does not exist: " + signature, location)
      .hint(left == kInvalidOid
                ? "No operator matches the given name and argument type. You might need to add an explicit type cast."
                : "No operator matches the given name and argument types. You might need to add explicit type casts.");
}

const OperatorDef* find_compatible_operator(std::string_view name, TypeId left, TypeId right) {
  const OperatorDef* op = find_operator_for({{}, name}, left, right);
  if (op == nullptr) return nullptr;
  bool left_fits = left == kInvalidOid || is_binary_coercible(left, op->left);
  return left_fits && is_binary_coercible(right, op->right) ? op : nullptr;
}

namespace {

TypeId comparable_type(TypeId type) {
  if (btree_operator(Strategy::kEqual, type, type) != nullptr) return type;
  if (const OpclassDef* opclass = find_default_opclass("btree", type)) return opclass->input_type;
  if (element_type_of(type) != kInvalidOid) return kAnyArray;
  return type;
}

}  // namespace

SortOperators sort_operators(TypeId type) {
  SortOperators out;
  TypeId element = element_type_of(type);
  if (element != kInvalidOid) {
    // Arrays compare when their elements do.
    SortOperators of_element = sort_operators(element);
    if (of_element.less == nullptr) return out;
    out.hashable = of_element.hashable;
  }
  TypeId base = comparable_type(type);
  out.less = btree_operator(Strategy::kLess, base, base);
  out.equal = btree_operator(Strategy::kEqual, base, base);
  out.greater = btree_operator(Strategy::kGreater, base, base);
  // What the fields of a record are is known when it is there: they may be of types without a hash function.
  if (element == kInvalidOid) out.hashable = out.equal != nullptr && out.equal->can_hash && base != type_id::kRecord;
  return out;
}

}  // namespace vecino::sql
