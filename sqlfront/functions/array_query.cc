// Array functions that ask about arrays (manual 9.19): shape, order, containment, search.
#include <algorithm>

#include "sqlfront/functions/array_support.h"
#include "sqlfront/functions/io_functions.h"
#include "sqlfront/functions/registry_entries.h"

namespace vecino::sql {
namespace {

// --- shape ---
bool has_dimension(const ArrayView& array, int64_t dimension) { return dimension >= 1 && dimension <= array.ndim(); }

Datum array_ndims(CallContext&, const Datum* args) {
  int ndim = ArrayView(args[0]).ndim();
  return ndim == 0 ? Datum::null() : Datum::from_int(ndim);
}
Datum array_dims(CallContext& context, const Datum* args) {
  ArrayView array(args[0]);
  if (array.ndim() == 0) return Datum::null();
  std::string out;
  for (int i = 0; i < array.ndim(); ++i) {
    out += "[" + std::to_string(array.lower(i)) + ":" + std::to_string(array.upper(i)) + "]";
  }
  return context.text(out);
}
Datum array_length(CallContext&, const Datum* args) {
  ArrayView array(args[0]);
  if (!has_dimension(array, args[1].i64)) return Datum::null();
  return Datum::from_int(array.length(static_cast<int>(args[1].i64) - 1));
}
Datum array_lower(CallContext&, const Datum* args) {
  ArrayView array(args[0]);
  if (!has_dimension(array, args[1].i64)) return Datum::null();
  return Datum::from_int(array.lower(static_cast<int>(args[1].i64) - 1));
}
Datum array_upper(CallContext&, const Datum* args) {
  ArrayView array(args[0]);
  if (!has_dimension(array, args[1].i64)) return Datum::null();
  return Datum::from_int(array.upper(static_cast<int>(args[1].i64) - 1));
}
Datum array_cardinality(CallContext&, const Datum* args) {
  return Datum::from_int(static_cast<int64_t>(ArrayView(args[0]).size()));
}

// --- order ---
void check_element_types(const Datum* args) {
  if (ArrayView(args[0]).element_type() != ArrayView(args[1]).element_type()) {
    throw SqlError(sqlstate::kDatatypeMismatch, "cannot compare arrays of different element types");
  }
}
bool equal_arrays(const Datum* args) {
  check_element_types(args);
  ArrayView a(args[0]), b(args[1]);
  ElementEquality equal(a.element_type());
  if (!std::ranges::equal(a.lengths(), b.lengths()) || !std::ranges::equal(a.lowers(), b.lowers())) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a.is_null(i) != b.is_null(i) || (!a.is_null(i) && !equal(a[i], b[i]))) return false;
  }
  return true;
}
Datum array_eq(CallContext&, const Datum* args) { return Datum::from_bool(equal_arrays(args)); }
Datum array_ne(CallContext&, const Datum* args) { return Datum::from_bool(!equal_arrays(args)); }
Datum array_lt(CallContext&, const Datum* args) { return Datum::from_bool(array_compare(args[0], args[1]) < 0); }
Datum array_le(CallContext&, const Datum* args) { return Datum::from_bool(array_compare(args[0], args[1]) <= 0); }
Datum array_gt(CallContext&, const Datum* args) { return Datum::from_bool(array_compare(args[0], args[1]) > 0); }
Datum array_ge(CallContext&, const Datum* args) { return Datum::from_bool(array_compare(args[0], args[1]) >= 0); }
Datum btarraycmp(CallContext&, const Datum* args) { return Datum::from_int(array_compare(args[0], args[1])); }
Datum array_larger(CallContext&, const Datum* args) { return array_compare(args[0], args[1]) > 0 ? args[0] : args[1]; }
Datum array_smaller(CallContext&, const Datum* args) {
  return array_compare(args[0], args[1]) < 0 ? args[0] : args[1];
}

// --- containment: NULL elements equal nothing ---
bool contains_element(const ElementEquality& equal, const ArrayView& array, const Datum& wanted) {
  for (size_t i = 0; i < array.size(); ++i) {
    if (!array.is_null(i) && equal(array[i], wanted)) return true;
  }
  return false;
}
// all: every element of `part` is in `whole`; else: some element is.
bool contains_elements(const Datum& whole_value, const Datum& part_value, bool all) {
  ArrayView whole(whole_value), part(part_value);
  if (whole.element_type() != part.element_type()) {
    throw SqlError(sqlstate::kDatatypeMismatch, "cannot compare arrays of different element types");
  }
  ElementEquality equal(whole.element_type());
  for (size_t i = 0; i < part.size(); ++i) {
    bool found = !part.is_null(i) && contains_element(equal, whole, part[i]);
    if (found != all) return found;
  }
  return all;
}
Datum arraycontains(CallContext&, const Datum* args) {
  return Datum::from_bool(contains_elements(args[0], args[1], true));
}
Datum arraycontained(CallContext&, const Datum* args) {
  return Datum::from_bool(contains_elements(args[1], args[0], true));
}
Datum arrayoverlap(CallContext&, const Datum* args) {
  return Datum::from_bool(contains_elements(args[0], args[1], false));
}

// --- search ---
ArrayView searchable(const Datum& array) {
  ArrayView view(array);
  if (view.ndim() > 1) {
    throw SqlError(sqlstate::kFeatureNotSupported,
                   "searching for elements in multidimensional arrays is not supported");
  }
  return view;
}
bool matches(const ElementEquality& equal, const ArrayView& array, size_t i, const Datum& wanted) {
  if (array.is_null(i) || wanted.is_null) return array.is_null(i) && wanted.is_null;
  return equal(array[i], wanted);
}
Datum position_from(const Datum* args, int64_t start) {
  ArrayView view = searchable(args[0]);
  if (view.ndim() == 0) return Datum::null();
  ElementEquality equal(view.element_type());
  for (size_t i = 0; i < view.size(); ++i) {
    int64_t subscript = view.lower(0) + static_cast<int64_t>(i);
    if (subscript >= start && matches(equal, view, i, args[1])) return Datum::from_int(subscript);
  }
  return Datum::null();
}
Datum array_position(CallContext&, const Datum* args) {
  return args[0].is_null ? Datum::null() : position_from(args, INT64_MIN);
}
Datum array_position_start(CallContext&, const Datum* args) {
  if (args[0].is_null) return Datum::null();
  ArrayView view = searchable(args[0]);
  if (view.ndim() == 0 || (args[1].is_null && !view.has_nulls())) return Datum::null();
  if (args[2].is_null) throw SqlError(sqlstate::kNullValueNotAllowed, "initial position must not be null");
  return position_from(args, args[2].i64);
}
Datum array_positions(CallContext& context, const Datum* args) {
  if (args[0].is_null) return Datum::null();
  ArrayView view = searchable(args[0]);
  ArrayBuilder builder(type_id::kInt4);
  if (view.ndim() == 1) {
    ElementEquality equal(view.element_type());
    for (size_t i = 0; i < view.size(); ++i) {
      if (matches(equal, view, i, args[1])) builder.add(Datum::from_int(view.lower(0) + static_cast<int64_t>(i)));
    }
  }
  return builder.finish(*context.arena);
}

// width_bucket(value, thresholds): how many thresholds are <= value.
Datum width_bucket_array(CallContext&, const Datum* args) {
  ArrayView view(args[1]);
  if (view.ndim() > 1) throw SqlError(sqlstate::kArraySubscriptError, "thresholds must be one-dimensional array");
  if (view.has_nulls()) throw SqlError(sqlstate::kNullValueNotAllowed, "thresholds array must not contain NULLs");
  const TypeInfo& type = type_info(view.element_type());
  size_t low = 0, high = view.size();
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (type.compare(args[0], view[middle]) < 0) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return Datum::from_int(static_cast<int64_t>(low));
}

// array_in(text, element type, modifier).
Datum array_from_text(CallContext& context, const Datum* args) {
  const TypeInfo& element = type_info(static_cast<Oid>(args[1].i64));
  if (element.array_id == kInvalidOid) {
    throw SqlError(sqlstate::kUndefinedObject, "could not find array type for data type " + format_type(element.id));
  }
  CallContext inner = context;
  inner.result_type = element.array_id;
  inner.typmod = static_cast<int32_t>(args[2].i64);
  return type_info(element.array_id).input(inner, args[0].bytes());
}

using namespace type_id;

const FunctionDef kFunctions[] = {
    {.oid = 382, .name = "btarraycmp", .arg_types = {kAnyArray, kAnyArray}, .result_type = kInt4, .row = btarraycmp},
    {.oid = 390, .name = "array_ne", .arg_types = {kAnyArray, kAnyArray}, .result_type = kBool, .row = array_ne},
    {.oid = 391, .name = "array_lt", .arg_types = {kAnyArray, kAnyArray}, .result_type = kBool, .row = array_lt},
    {.oid = 392, .name = "array_gt", .arg_types = {kAnyArray, kAnyArray}, .result_type = kBool, .row = array_gt},
    {.oid = 393, .name = "array_le", .arg_types = {kAnyArray, kAnyArray}, .result_type = kBool, .row = array_le},
    {.oid = 396, .name = "array_ge", .arg_types = {kAnyArray, kAnyArray}, .result_type = kBool, .row = array_ge},
    {.oid = 515, .name = "array_larger", .arg_types = {kAnyArray, kAnyArray}, .result_type = kAnyArray,
     .row = array_larger},
    {.oid = 516, .name = "array_smaller", .arg_types = {kAnyArray, kAnyArray}, .result_type = kAnyArray,
     .row = array_smaller},
    {.oid = 744, .name = "array_eq", .arg_types = {kAnyArray, kAnyArray}, .result_type = kBool, .row = array_eq},
    {.oid = 747, .name = "array_dims", .arg_types = {kAnyArray}, .result_type = kText, .row = array_dims},
    {.oid = 748, .name = "array_ndims", .arg_types = {kAnyArray}, .result_type = kInt4, .row = array_ndims},
    {.oid = 750, .name = "array_in", .arg_types = {kCstring, kOid, kInt4}, .result_type = kAnyArray,
     .volatility = Volatility::kStable, .row = array_from_text},
    {.oid = 751, .name = "array_out", .arg_types = {kAnyArray}, .result_type = kCstring,
     .volatility = Volatility::kStable, .row = call_output},
    {.oid = 2091, .name = "array_lower", .arg_types = {kAnyArray, kInt4}, .result_type = kInt4, .row = array_lower},
    {.oid = 2092, .name = "array_upper", .arg_types = {kAnyArray, kInt4}, .result_type = kInt4, .row = array_upper},
    {.oid = 2176, .name = "array_length", .arg_types = {kAnyArray, kInt4}, .result_type = kInt4, .row = array_length},
    {.oid = 2400, .name = "array_recv", .arg_types = {kInternal, kOid, kInt4}, .result_type = kAnyArray,
     .volatility = Volatility::kStable, .row = call_receive},
    {.oid = 2401, .name = "array_send", .arg_types = {kAnyArray}, .result_type = kBytea,
     .volatility = Volatility::kStable, .row = call_send},
    {.oid = 2747, .name = "arrayoverlap", .arg_types = {kAnyArray, kAnyArray}, .result_type = kBool,
     .row = arrayoverlap},
    {.oid = 2748, .name = "arraycontains", .arg_types = {kAnyArray, kAnyArray}, .result_type = kBool,
     .row = arraycontains},
    {.oid = 2749, .name = "arraycontained", .arg_types = {kAnyArray, kAnyArray}, .result_type = kBool,
     .row = arraycontained},
    {.oid = 3179, .name = "cardinality", .arg_types = {kAnyArray}, .result_type = kInt4, .row = array_cardinality},
    {.oid = 3218, .name = "width_bucket", .arg_types = {kAnyCompatible, kAnyCompatibleArray}, .result_type = kInt4,
     .row = width_bucket_array},
    {.oid = 3277, .name = "array_position", .arg_types = {kAnyCompatibleArray, kAnyCompatible}, .result_type = kInt4,
     .strict = false, .row = array_position},
    {.oid = 3278, .name = "array_position", .arg_types = {kAnyCompatibleArray, kAnyCompatible, kInt4},
     .result_type = kInt4, .strict = false, .row = array_position_start},
    {.oid = 3279, .name = "array_positions", .arg_types = {kAnyCompatibleArray, kAnyCompatible},
     .result_type = kInt4Array, .strict = false, .row = array_positions},
};

const OperatorDef kOperators[] = {
    {.oid = 1070, .name = "=", .left = kAnyArray, .right = kAnyArray, .result = kBool, .function = 744,
     .commutator = 1070, .negator = 1071, .selectivity = Selectivity::kEqual, .can_merge = true, .can_hash = true},
    {.oid = 1071, .name = "<>", .left = kAnyArray, .right = kAnyArray, .result = kBool, .function = 390,
     .commutator = 1071, .negator = 1070, .selectivity = Selectivity::kNotEqual},
    {.oid = 1072, .name = "<", .left = kAnyArray, .right = kAnyArray, .result = kBool, .function = 391,
     .commutator = 1073, .negator = 1075, .selectivity = Selectivity::kLess},
    {.oid = 1073, .name = ">", .left = kAnyArray, .right = kAnyArray, .result = kBool, .function = 392,
     .commutator = 1072, .negator = 1074, .selectivity = Selectivity::kGreater},
    {.oid = 1074, .name = "<=", .left = kAnyArray, .right = kAnyArray, .result = kBool, .function = 393,
     .commutator = 1075, .negator = 1073, .selectivity = Selectivity::kLess},
    {.oid = 1075, .name = ">=", .left = kAnyArray, .right = kAnyArray, .result = kBool, .function = 396,
     .commutator = 1074, .negator = 1072, .selectivity = Selectivity::kGreater},
    {.oid = 2750, .name = "&&", .left = kAnyArray, .right = kAnyArray, .result = kBool, .function = 2747,
     .commutator = 2750, .selectivity = Selectivity::kContains},
    {.oid = 2751, .name = "@>", .left = kAnyArray, .right = kAnyArray, .result = kBool, .function = 2748,
     .commutator = 2752, .selectivity = Selectivity::kContains},
    {.oid = 2752, .name = "<@", .left = kAnyArray, .right = kAnyArray, .result = kBool, .function = 2749,
     .commutator = 2751, .selectivity = Selectivity::kContains},
};

const OpclassDef kOpclasses[] = {
    {10000, "array_ops", "btree", kAnyArray, true, 397, "array_ops", index::Metric::kNone, kInvalidOid},
    {10001, "array_ops", "hash", kAnyArray, true, 627, "array_ops", index::Metric::kNone, kInvalidOid},
    {10064, "array_ops", "gin", kAnyArray, true, 2745, "array_ops", index::Metric::kNone, kInvalidOid},
};

const BtreeOperators kBtree[] = {
    {397, 1072, 1074, 1070, 1075, 1073},
};

}  // namespace

std::span<const FunctionDef> array_query_functions() { return kFunctions; }
std::span<const OperatorDef> array_query_operators() { return kOperators; }
std::span<const OpclassDef> array_opclasses() { return kOpclasses; }
std::span<const BtreeOperators> array_btree_operators() { return kBtree; }

}  // namespace vecino::sql
