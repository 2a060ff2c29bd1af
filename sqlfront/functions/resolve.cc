#include "sqlfront/functions/resolve.h"

#include "sqlfront/sql_error.h"

namespace vecino::sql {

using namespace type_id;

char type_category(TypeId type) {
  const TypeInfo* info = find_type(type);
  return info == nullptr ? 'X' : info->category;
}

bool is_preferred_type(TypeId type) {
  const TypeInfo* info = find_type(type);
  return info != nullptr && info->preferred;
}

bool is_string_category(TypeId type) { return type_category(type) == 'S'; }

TypeId array_type_of(TypeId element) {
  const TypeInfo* info = find_type(element);
  return info == nullptr ? kInvalidOid : info->array_id;
}

TypeId element_type_of(TypeId array) {
  if (array == kInt2Vector || array == kOidVector) return kInvalidOid;
  return subscript_element_of(array);
}

TypeId subscript_element_of(TypeId type) {
  const TypeInfo* info = find_type(type);
  // record[] is a pseudo type by category, and an array all the same.
  if (info == nullptr || (info->category != 'A' && type != kRecordArray)) return kInvalidOid;
  return info->element_id;
}

namespace {

bool is_composite(TypeId type) {
  const TypeInfo* info = find_type(type);
  return type == kRecord || (info != nullptr && info->type_class == 'c');
}

// Casts with a declared row; arrays and I/O conversion are derived.
CoercionPath declared_cast(TypeId target, TypeId source, CastContext context, const FunctionDef** function,
                           bool* declared) {
  const CastDef* cast = find_cast(source, target);
  *declared = cast != nullptr;
  if (cast == nullptr || !allows(context, cast->context)) return CoercionPath::kNone;
  switch (cast->method) {
    case CastMethod::kBinary: return CoercionPath::kRelabel;
    case CastMethod::kInOut: return CoercionPath::kCoerceViaIO;
    case CastMethod::kFunction:
      *function = find_function(cast->function);
      return *function == nullptr ? CoercionPath::kNone : CoercionPath::kFunction;
  }
  return CoercionPath::kNone;
}

}  // namespace

CoercionPath find_coercion_pathway(TypeId target, TypeId source, CastContext context, const FunctionDef** function) {
  const FunctionDef* unused = nullptr;
  if (function == nullptr) function = &unused;
  *function = nullptr;
  if (source == target) return CoercionPath::kRelabel;
  bool declared = false;
  CoercionPath path = declared_cast(target, source, context, function, &declared);
  if (declared) return path;
  if (target != kOidVector && target != kInt2Vector) {
    // int2vector and oidvector are arrays when they are cast from, not to.
    TypeId target_element = element_type_of(target), source_element = subscript_element_of(source);
    if (target_element != kInvalidOid && source_element != kInvalidOid) {
      const FunctionDef* element_function = nullptr;
      if (find_coercion_pathway(target_element, source_element, context, &element_function) != CoercionPath::kNone) {
        return CoercionPath::kArrayCoerce;
      }
    }
  }
  if (context != CastContext::kImplicit && is_string_category(target)) return CoercionPath::kCoerceViaIO;
  if (context == CastContext::kExplicit && is_string_category(source)) return CoercionPath::kCoerceViaIO;
  return CoercionPath::kNone;
}

CoercionPath find_typmod_coercion(TypeId type, const FunctionDef** function) {
  *function = nullptr;
  TypeId element = element_type_of(type);
  bool is_array = element != kInvalidOid;
  TypeId base = is_array ? element : type;
  const CastDef* cast = find_cast(base, base);
  if (cast == nullptr || cast->method != CastMethod::kFunction) return CoercionPath::kNone;
  *function = find_function(cast->function);
  if (*function == nullptr) return CoercionPath::kNone;
  return is_array ? CoercionPath::kArrayCoerce : CoercionPath::kFunction;
}

bool is_binary_coercible(TypeId source, TypeId target) {
  if (source == target || target == kAny || target == kAnyElement || target == kAnyCompatible) return true;
  // int2vector and oidvector are arrays to functions of any array.
  if (target == kAnyArray) return subscript_element_of(source) != kInvalidOid;
  if (target == kAnyCompatibleArray) return subscript_element_of(source) != kInvalidOid;
  if (target == kAnyNonArray || target == kAnyCompatibleNonArray) return element_type_of(source) == kInvalidOid;
  if (target == kRecord) return is_composite(source);
  const CastDef* cast = find_cast(source, target);
  return cast != nullptr && cast->method == CastMethod::kBinary && cast->context == CastContext::kImplicit;
}

namespace {

bool generic_types_agree(std::span<const TypeId> actual, std::span<const TypeId> declared) {
  TypeId element = kInvalidOid, array = kInvalidOid;
  std::vector<TypeId> compatible;
  bool need_nonarray = false, need_enum = false, compatible_nonarray = false;
  for (size_t i = 0; i < declared.size(); ++i) {
    TypeId type = actual[i];
    switch (declared[i]) {
      case kAnyElement: case kAnyNonArray: case kAnyEnum:
        need_nonarray |= declared[i] == kAnyNonArray;
        need_enum |= declared[i] == kAnyEnum;
        if (type == kUnknown) break;
        if (element != kInvalidOid && type != element) return false;
        element = type;
        break;
      case kAnyArray:
        if (type == kUnknown) break;
        if (array != kInvalidOid && type != array) return false;
        array = type;
        break;
      case kAnyRange:
        if (type != kUnknown) return false;
        break;
      case kAnyCompatible: case kAnyCompatibleNonArray:
        compatible_nonarray |= declared[i] == kAnyCompatibleNonArray;
        if (type != kUnknown) compatible.push_back(type);
        break;
      case kAnyCompatibleArray: {
        if (type == kUnknown) break;
        TypeId item = subscript_element_of(type);
        if (item == kInvalidOid) return false;
        compatible.push_back(item);
        break;
      }
      default: break;
    }
  }
  if (array != kInvalidOid && array != kAnyArray) {
    TypeId item = subscript_element_of(array);
    if (item == kInvalidOid) return false;
    if (element == kInvalidOid) element = item;
    if (element != item) return false;
  }
  if (need_nonarray && element != kInvalidOid && element_type_of(element) != kInvalidOid) return false;
  if (need_enum) return false;
  if (!compatible.empty()) {
    TypeId common = select_common_type(compatible);
    if (common == kInvalidOid) return false;
    for (TypeId type : compatible) {
      if (!can_coerce_type(type, common, CastContext::kImplicit)) return false;
    }
    if (compatible_nonarray && element_type_of(common) != kInvalidOid) return false;
  }
  return true;
}

}  // namespace

bool can_coerce_types(std::span<const TypeId> inputs, std::span<const TypeId> targets, CastContext context) {
  bool generic = false;
  for (size_t i = 0; i < inputs.size(); ++i) {
    TypeId input = inputs[i], target = targets[i];
    if (input == target || target == kAny) continue;
    if (is_polymorphic(target)) {
      generic = true;
      continue;
    }
    if (input == kUnknown) continue;
    if (find_coercion_pathway(target, input, context, nullptr) != CoercionPath::kNone) continue;
    if (is_composite(input) && is_composite(target) && (input == kRecord || target == kRecord)) continue;
    if (target == kRecordArray && is_composite(element_type_of(input))) continue;
    return false;
  }
  return !generic || generic_types_agree(inputs, targets);
}

TypeId select_common_type(std::span<const TypeId> types, size_t* conflict, TypeId* current) {
  TypeId best = types.empty() ? kUnknown : types[0];
  bool all_same = best != kUnknown;
  for (TypeId type : types) all_same &= type == best;
  if (all_same) return best;
  char category = type_category(best);
  bool preferred = is_preferred_type(best);
  for (size_t i = 1; i < types.size(); ++i) {
    TypeId type = types[i];
    if (type == kUnknown || type == best) continue;
    if (best == kUnknown) {
      best = type;
      category = type_category(type);
      preferred = is_preferred_type(type);
    } else if (type_category(type) != category) {
      if (conflict != nullptr) *conflict = i;
      if (current != nullptr) *current = best;
      return kInvalidOid;
    } else if (!preferred && can_coerce_type(best, type, CastContext::kImplicit) &&
               !can_coerce_type(type, best, CastContext::kImplicit)) {
      best = type;
      preferred = is_preferred_type(type);
    }
  }
  return best == kUnknown ? kText : best;
}

namespace {

[[noreturn]] void throw_mismatch(const std::string& message, const std::string& detail = {}) {
  SqlError error(sqlstate::kDatatypeMismatch, message);
  if (!detail.empty()) throw std::move(error).detail(detail);
  throw error;
}

std::string versus(TypeId left, TypeId right) { return format_type(left) + " versus " + format_type(right); }

struct GenericTypes {
  TypeId element = kInvalidOid, array = kInvalidOid, compatible = kInvalidOid;
  bool have_generic = false, have_unknown = false, need_nonarray = false, have_any_array_pseudo = false;
  bool have_compatible = false, compatible_nonarray = false;
  std::vector<TypeId> compatible_types;
};

GenericTypes collect_generic(std::span<const TypeId> actual, std::span<const TypeId> declared) {
  GenericTypes out;
  for (size_t i = 0; i < declared.size(); ++i) {
    TypeId type = actual[i];
    switch (declared[i]) {
      case kAnyElement: case kAnyNonArray: case kAnyEnum:
        out.have_generic = true;
        out.need_nonarray |= declared[i] == kAnyNonArray;
        if (type == kUnknown) {
          out.have_unknown = true;
          break;
        }
        if (out.element != kInvalidOid && type != out.element) {
          throw_mismatch("arguments declared \"anyelement\" are not all alike", versus(out.element, type));
        }
        out.element = type;
        break;
      case kAnyArray:
        out.have_generic = true;
        if (type == kUnknown) {
          out.have_unknown = true;
          break;
        }
        if (out.array != kInvalidOid && type != out.array) {
          throw_mismatch("arguments declared \"anyarray\" are not all alike", versus(out.array, type));
        }
        out.array = type;
        break;
      case kAnyCompatible: case kAnyCompatibleNonArray:
        out.have_compatible = true;
        out.compatible_nonarray |= declared[i] == kAnyCompatibleNonArray;
        if (type != kUnknown) out.compatible_types.push_back(type);
        break;
      case kAnyCompatibleArray: {
        out.have_compatible = true;
        if (type == kUnknown) break;
        TypeId item = subscript_element_of(type);
        if (item == kInvalidOid) {
          throw_mismatch("argument declared anycompatiblearray is not an array but type " + format_type(type));
        }
        out.compatible_types.push_back(item);
        break;
      }
      default: break;
    }
  }
  return out;
}

void settle_element(GenericTypes& generic) {
  if (generic.array != kInvalidOid) {
    if (generic.array == kAnyArray) {
      if (generic.element != kInvalidOid) throw_mismatch("cannot determine element type of \"anyarray\" argument");
      return;
    }
    TypeId item = subscript_element_of(generic.array);
    if (item == kInvalidOid) {
      throw_mismatch("argument declared anyarray is not an array but type " + format_type(generic.array));
    }
    if (generic.element == kInvalidOid) {
      generic.element = item;
    } else if (generic.element != item) {
      throw_mismatch("argument declared anyarray is not consistent with argument declared anyelement",
                     versus(generic.array, generic.element));
    }
  }
  if (generic.have_generic && generic.element == kInvalidOid) {
    throw SqlError(sqlstate::kDatatypeMismatch,
                   "could not determine polymorphic type because input has type unknown");
  }
  if (generic.need_nonarray && element_type_of(generic.element) != kInvalidOid) {
    throw_mismatch("type matched to anynonarray is an array type: " + format_type(generic.element));
  }
}

TypeId array_or_throw(TypeId element) {
  TypeId array = array_type_of(element);
  if (array == kInvalidOid) {
    throw SqlError(sqlstate::kUndefinedObject, "could not find array type for data type " + format_type(element));
  }
  return array;
}

}  // namespace

TypeId enforce_generic_types(std::span<const TypeId> actual, std::span<TypeId> declared, TypeId result) {
  // A polymorphic result alone stays what it is: array_in() gives anyarray.
  bool generic = false;
  for (TypeId type : declared) generic |= is_polymorphic(type);
  if (!generic) return result;
  GenericTypes found = collect_generic(actual, declared);
  if (!found.have_generic && result == kAnyArray) return result;  // array_in and its kind: the value says what it is
  if (found.have_generic) settle_element(found);
  if (found.have_compatible) {
    // No typed argument at all: text, as in PostgreSQL.
    found.compatible = found.compatible_types.empty() ? kText : select_common_type(found.compatible_types);
    if (found.compatible == kInvalidOid) {
      throw_mismatch("arguments of anycompatible family cannot be cast to a common type");
    }
    if (found.compatible_nonarray && element_type_of(found.compatible) != kInvalidOid) {
      throw_mismatch("type matched to anycompatiblenonarray is an array type: " + format_type(found.compatible));
    }
  }
  auto settle = [&](TypeId type) -> TypeId {
    switch (type) {
      case kAnyElement: case kAnyNonArray: case kAnyEnum: return found.element;
      case kAnyArray:
        if (found.array == kAnyArray) return kAnyArray;
        return found.array != kInvalidOid ? found.array : array_or_throw(found.element);
      case kAnyCompatible: case kAnyCompatibleNonArray: return found.compatible;
      case kAnyCompatibleArray: return array_or_throw(found.compatible);
      default: return type;
    }
  };
  for (TypeId& type : declared) {
    if (is_polymorphic(type)) type = settle(type);
  }
  return settle(result);
}

std::vector<TypeId> output_column_types(const FunctionDef& function, std::span<const TypeId> actual) {
  std::vector<TypeId> out;
  for (const OutputColumn& column : function.columns) {
    if (!is_polymorphic(column.type)) {
      out.push_back(column.type);
      continue;
    }
    std::vector<TypeId> declared(function.arg_types.begin(), function.arg_types.end());
    declared.resize(std::min(declared.size(), actual.size()));
    out.push_back(enforce_generic_types(actual, declared, column.type));
  }
  return out;
}

}  // namespace vecino::sql
