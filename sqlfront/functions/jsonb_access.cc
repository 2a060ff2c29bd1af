// Operators and functions that ask about jsonb values (manual 9.16.1, 9.16.2), and the casts from jsonb.
#include <charconv>
#include <optional>

#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/functions/io_functions.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/jsonb.h"
#include "sqlfront/types/numeric.h"

namespace vecino::sql {
namespace {

[[noreturn]] void bad_call(std::string message) {
  throw SqlError(sqlstate::kInvalidParameterValue, std::move(message));
}

enum class As : bool { kJson, kText };

Datum value_datum(CallContext& context, const JsonbView& value, As as) {
  if (as == As::kJson) return context.text(value.bytes());
  auto text = jsonb_as_text(value);
  return text ? context.text(*text) : Datum::null();
}
Datum value_datum(CallContext& context, const std::optional<JsonbView>& value, As as) {
  return value ? value_datum(context, *value, as) : Datum::null();
}

// --- -> ->> #> #>> ---
Datum field(CallContext& context, const Datum* args, As as) {
  JsonbView json(args[0]);
  if (!json.is_object()) return Datum::null();
  return value_datum(context, json.get(args[1].bytes()), as);
}
Datum index(CallContext& context, const Datum* args, As as) {
  JsonbView json(args[0]);
  // A scalar at the top answers as an array of one element.
  if (json.is_scalar()) return args[1].i64 == 0 || args[1].i64 == -1 ? value_datum(context, json, as) : Datum::null();
  if (!json.is_array()) return Datum::null();
  return value_datum(context, json.get(args[1].i64), as);
}
Datum jsonb_object_field(CallContext& context, const Datum* args) { return field(context, args, As::kJson); }
Datum jsonb_object_field_text(CallContext& context, const Datum* args) { return field(context, args, As::kText); }
Datum jsonb_array_element(CallContext& context, const Datum* args) { return index(context, args, As::kJson); }
Datum jsonb_array_element_text(CallContext& context, const Datum* args) { return index(context, args, As::kText); }

std::optional<int64_t> path_index(std::string_view text) {
  while (!text.empty() && text[0] == ' ') text.remove_prefix(1);
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  int32_t value;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Datum extract(CallContext& context, const Datum* args, As as) {
  ArrayView path(args[1]);
  if (path.has_nulls()) return Datum::null();
  JsonbView current(args[0]);
  for (size_t i = 0; i < path.size(); ++i) {
    std::optional<JsonbView> next;
    if (current.is_object()) {
      next = current.get(path[i].bytes());
    } else if (current.is_array()) {
      if (auto position = path_index(path[i].bytes())) next = current.get(*position);
    }
    if (!next) return Datum::null();
    current = *next;
  }
  return value_datum(context, current, as);
}
Datum jsonb_extract_path(CallContext& context, const Datum* args) { return extract(context, args, As::kJson); }
Datum jsonb_extract_path_text(CallContext& context, const Datum* args) { return extract(context, args, As::kText); }

// --- order, containment, existence ---
Datum jsonb_eq(CallContext&, const Datum* args) { return Datum::from_bool(jsonb_compare(args[0], args[1]) == 0); }
Datum jsonb_ne(CallContext&, const Datum* args) { return Datum::from_bool(jsonb_compare(args[0], args[1]) != 0); }
Datum jsonb_lt(CallContext&, const Datum* args) { return Datum::from_bool(jsonb_compare(args[0], args[1]) < 0); }
Datum jsonb_le(CallContext&, const Datum* args) { return Datum::from_bool(jsonb_compare(args[0], args[1]) <= 0); }
Datum jsonb_gt(CallContext&, const Datum* args) { return Datum::from_bool(jsonb_compare(args[0], args[1]) > 0); }
Datum jsonb_ge(CallContext&, const Datum* args) { return Datum::from_bool(jsonb_compare(args[0], args[1]) >= 0); }
Datum jsonb_cmp(CallContext&, const Datum* args) { return Datum::from_int(jsonb_compare(args[0], args[1])); }
Datum jsonb_contains_row(CallContext&, const Datum* args) {
  return Datum::from_bool(jsonb_contains(JsonbView(args[0]), JsonbView(args[1])));
}
Datum jsonb_contained(CallContext&, const Datum* args) {
  return Datum::from_bool(jsonb_contains(JsonbView(args[1]), JsonbView(args[0])));
}

// A key of an object, or a string among the elements of an array (or the string itself).
bool exists(const JsonbView& json, std::string_view text) {
  if (json.is_object()) return json.find(text).has_value();
  if (!json.is_array()) return json.kind() == JsonbKind::kString && json.payload() == text;
  for (uint32_t i = 0; i < json.count(); ++i) {
    JsonbView element = json.element(i);
    if (element.kind() == JsonbKind::kString && element.payload() == text) return true;
  }
  return false;
}
Datum jsonb_exists(CallContext&, const Datum* args) {
  return Datum::from_bool(exists(JsonbView(args[0]), args[1].bytes()));
}
Datum exists_some(const Datum* args, bool all) {
  JsonbView json(args[0]);
  ArrayView texts(args[1]);
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts.is_null(i)) continue;
    if (exists(json, texts[i].bytes()) != all) return Datum::from_bool(!all);
  }
  return Datum::from_bool(all);
}
Datum jsonb_exists_any(CallContext&, const Datum* args) { return exists_some(args, false); }
Datum jsonb_exists_all(CallContext&, const Datum* args) { return exists_some(args, true); }

Datum jsonb_typeof(CallContext& context, const Datum* args) {
  return context.text(jsonb_type_name(JsonbView(args[0])));
}
Datum jsonb_array_length(CallContext&, const Datum* args) {
  JsonbView json(args[0]);
  if (json.is_scalar()) bad_call("cannot get array length of a scalar");
  if (!json.is_array()) bad_call("cannot get array length of a non-array");
  return Datum::from_int(json.count());
}
Datum jsonb_pretty(CallContext& context, const Datum* args) {
  std::string out;
  jsonb_append_pretty(out, JsonbView(args[0]));
  return context.text(out);
}
Datum jsonb_hash_row(CallContext&, const Datum* args) {
  return Datum::from_int(static_cast<int32_t>(jsonb_hash(args[0])));
}

// --- sets ---
class ChildProducer : public RowProducer {
 public:
  enum class Row { kElement, kMember, kKey };
  ChildProducer(const Datum& json, Row row, As as) : bytes_(json.bytes()), view_(bytes_), row_(row), as_(as) {}
  bool next(CallContext& context, std::span<Datum> out) override {
    if (at_ == view_.count()) return false;
    uint32_t i = at_++;
    switch (row_) {
      case Row::kElement: out[0] = value_datum(context, view_.element(i), as_); break;
      case Row::kKey: out[0] = context.text(view_.key(i)); break;
      case Row::kMember:
        out[0] = context.text(view_.key(i));
        out[1] = value_datum(context, view_.value(i), as_);
        break;
    }
    return true;
  }

 private:
  std::string bytes_;
  JsonbView view_;
  Row row_;
  As as_;
  uint32_t at_ = 0;
};
std::unique_ptr<RowProducer> elements(const Datum* args, As as) {
  JsonbView json(args[0]);
  if (json.is_scalar()) bad_call("cannot extract elements from a scalar");
  if (!json.is_array()) bad_call("cannot extract elements from an object");
  return std::make_unique<ChildProducer>(args[0], ChildProducer::Row::kElement, as);
}
std::unique_ptr<RowProducer> jsonb_array_elements(CallContext&, const Datum* args) {
  return elements(args, As::kJson);
}
std::unique_ptr<RowProducer> jsonb_array_elements_text(CallContext&, const Datum* args) {
  return elements(args, As::kText);
}
std::unique_ptr<RowProducer> members(const Datum* args, As as, const char* function) {
  if (!JsonbView(args[0]).is_object()) bad_call(std::string("cannot call ") + function + " on a non-object");
  return std::make_unique<ChildProducer>(args[0], ChildProducer::Row::kMember, as);
}
std::unique_ptr<RowProducer> jsonb_each(CallContext&, const Datum* args) {
  return members(args, As::kJson, "jsonb_each");
}
std::unique_ptr<RowProducer> jsonb_each_text(CallContext&, const Datum* args) {
  return members(args, As::kText, "jsonb_each_text");
}
std::unique_ptr<RowProducer> jsonb_object_keys(CallContext&, const Datum* args) {
  JsonbView json(args[0]);
  if (json.is_scalar()) bad_call("cannot call jsonb_object_keys on a scalar");
  if (json.is_array()) bad_call("cannot call jsonb_object_keys on an array");
  return std::make_unique<ChildProducer>(args[0], ChildProducer::Row::kKey, As::kJson);
}

// --- casts ---
[[noreturn]] void cannot_cast(const JsonbView& json, std::string_view type) {
  const char* name = json.kind() == JsonbKind::kNumber ? "numeric" : jsonb_type_name(json);
  bad_call("cannot cast jsonb " + std::string(name) + " to type " + std::string(type));
}
Datum number_of(const Datum& value, std::string_view type) {
  JsonbView json(value);
  if (json.kind() != JsonbKind::kNumber) cannot_cast(json, type);
  return json.number();
}
Datum jsonb_bool_cast(CallContext&, const Datum* args) {
  JsonbView json(args[0]);
  if (!json.is_bool()) cannot_cast(json, "boolean");
  return Datum::from_bool(json.kind() == JsonbKind::kTrue);
}
Datum jsonb_numeric(CallContext&, const Datum* args) { return number_of(args[0], "numeric"); }
Datum jsonb_int2(CallContext&, const Datum* args) {
  return Datum::from_int(numeric_to_int(number_of(args[0], "smallint"), INT16_MIN, INT16_MAX, "smallint"));
}
Datum jsonb_int4(CallContext&, const Datum* args) {
  return Datum::from_int(numeric_to_int(number_of(args[0], "integer"), INT32_MIN, INT32_MAX, "integer"));
}
Datum jsonb_int8(CallContext&, const Datum* args) {
  return Datum::from_int(numeric_to_int(number_of(args[0], "bigint"), INT64_MIN, INT64_MAX, "bigint"));
}
// Through text, as numeric's own casts do, for correct rounding and 22003.
Datum through_text(CallContext& context, const Datum& number, Oid target) {
  std::string text;
  numeric_to_text(number, text);
  return value_from_text(context, target, text);
}
Datum jsonb_float4(CallContext& context, const Datum* args) {
  return through_text(context, number_of(args[0], "real"), type_id::kFloat4);
}
Datum jsonb_float8(CallContext& context, const Datum* args) {
  return through_text(context, number_of(args[0], "double precision"), type_id::kFloat8);
}

using namespace type_id;

const FunctionDef kFunctions[] = {
    {.oid = 2580, .name = "float8", .arg_types = {kJsonb}, .result_type = kFloat8, .row = jsonb_float8},
    {.oid = 3207, .name = "jsonb_array_length", .arg_types = {kJsonb}, .result_type = kInt4,
     .row = jsonb_array_length},
    {.oid = 3208, .name = "jsonb_each", .arg_types = {kJsonb}, .result_type = kRecord, .set = jsonb_each,
     .columns = {{"key", kText}, {"value", kJsonb}}, .arg_names = {"from_json"}},
    {.oid = 3210, .name = "jsonb_typeof", .arg_types = {kJsonb}, .result_type = kText, .row = jsonb_typeof},
    {.oid = 3214, .name = "jsonb_object_field_text", .arg_types = {kJsonb, kText}, .result_type = kText,
     .row = jsonb_object_field_text, .arg_names = {"from_json", "field_name"}},
    {.oid = 3215, .name = "jsonb_array_element", .arg_types = {kJsonb, kInt4}, .result_type = kJsonb,
     .row = jsonb_array_element, .arg_names = {"from_json", "element_index"}},
    {.oid = 3216, .name = "jsonb_array_element_text", .arg_types = {kJsonb, kInt4}, .result_type = kText,
     .row = jsonb_array_element_text, .arg_names = {"from_json", "element_index"}},
    {.oid = 3217, .name = "jsonb_extract_path", .arg_types = {kJsonb, kTextArray}, .result_type = kJsonb,
     .row = jsonb_extract_path, .variadic = kText, .arg_names = {"from_json", "path_elems"}},
    {.oid = 3219, .name = "jsonb_array_elements", .arg_types = {kJsonb}, .result_type = kJsonb,
     .set = jsonb_array_elements, .columns = {{"value", kJsonb}}, .arg_names = {"from_json"}},
    {.oid = 3306, .name = "jsonb_pretty", .arg_types = {kJsonb}, .result_type = kText, .row = jsonb_pretty},
    {.oid = 3449, .name = "numeric", .arg_types = {kJsonb}, .result_type = kNumeric, .row = jsonb_numeric},
    {.oid = 3450, .name = "int2", .arg_types = {kJsonb}, .result_type = kInt2, .row = jsonb_int2},
    {.oid = 3451, .name = "int4", .arg_types = {kJsonb}, .result_type = kInt4, .row = jsonb_int4},
    {.oid = 3452, .name = "int8", .arg_types = {kJsonb}, .result_type = kInt8, .row = jsonb_int8},
    {.oid = 3453, .name = "float4", .arg_types = {kJsonb}, .result_type = kFloat4, .row = jsonb_float4},
    {.oid = 3465, .name = "jsonb_array_elements_text", .arg_types = {kJsonb}, .result_type = kText,
     .set = jsonb_array_elements_text, .columns = {{"value", kText}}, .arg_names = {"from_json"}},
    {.oid = 3478, .name = "jsonb_object_field", .arg_types = {kJsonb, kText}, .result_type = kJsonb,
     .row = jsonb_object_field, .arg_names = {"from_json", "field_name"}},
    {.oid = 3556, .name = "bool", .arg_types = {kJsonb}, .result_type = kBool, .row = jsonb_bool_cast},
    {.oid = 3803, .name = "jsonb_send", .arg_types = {kJsonb}, .result_type = kBytea, .row = call_send},
    {.oid = 3804, .name = "jsonb_out", .arg_types = {kJsonb}, .result_type = kCstring, .row = call_output},
    {.oid = 3805, .name = "jsonb_recv", .arg_types = {kInternal}, .result_type = kJsonb, .row = call_receive},
    {.oid = 3806, .name = "jsonb_in", .arg_types = {kCstring}, .result_type = kJsonb, .row = call_input},
    {.oid = 3931, .name = "jsonb_object_keys", .arg_types = {kJsonb}, .result_type = kText, .set = jsonb_object_keys},
    {.oid = 3932, .name = "jsonb_each_text", .arg_types = {kJsonb}, .result_type = kRecord, .set = jsonb_each_text,
     .columns = {{"key", kText}, {"value", kText}}, .arg_names = {"from_json"}},
    {.oid = 3940, .name = "jsonb_extract_path_text", .arg_types = {kJsonb, kTextArray}, .result_type = kText,
     .row = jsonb_extract_path_text, .variadic = kText, .arg_names = {"from_json", "path_elems"}},
    {.oid = 4038, .name = "jsonb_ne", .arg_types = {kJsonb, kJsonb}, .result_type = kBool, .row = jsonb_ne},
    {.oid = 4039, .name = "jsonb_lt", .arg_types = {kJsonb, kJsonb}, .result_type = kBool, .row = jsonb_lt},
    {.oid = 4040, .name = "jsonb_gt", .arg_types = {kJsonb, kJsonb}, .result_type = kBool, .row = jsonb_gt},
    {.oid = 4041, .name = "jsonb_le", .arg_types = {kJsonb, kJsonb}, .result_type = kBool, .row = jsonb_le},
    {.oid = 4042, .name = "jsonb_ge", .arg_types = {kJsonb, kJsonb}, .result_type = kBool, .row = jsonb_ge},
    {.oid = 4043, .name = "jsonb_eq", .arg_types = {kJsonb, kJsonb}, .result_type = kBool, .row = jsonb_eq},
    {.oid = 4044, .name = "jsonb_cmp", .arg_types = {kJsonb, kJsonb}, .result_type = kInt4, .row = jsonb_cmp},
    {.oid = 4045, .name = "jsonb_hash", .arg_types = {kJsonb}, .result_type = kInt4, .row = jsonb_hash_row},
    {.oid = 4046, .name = "jsonb_contains", .arg_types = {kJsonb, kJsonb}, .result_type = kBool,
     .row = jsonb_contains_row},
    {.oid = 4047, .name = "jsonb_exists", .arg_types = {kJsonb, kText}, .result_type = kBool, .row = jsonb_exists},
    {.oid = 4048, .name = "jsonb_exists_any", .arg_types = {kJsonb, kTextArray}, .result_type = kBool,
     .row = jsonb_exists_any},
    {.oid = 4049, .name = "jsonb_exists_all", .arg_types = {kJsonb, kTextArray}, .result_type = kBool,
     .row = jsonb_exists_all},
    {.oid = 4050, .name = "jsonb_contained", .arg_types = {kJsonb, kJsonb}, .result_type = kBool,
     .row = jsonb_contained},
};

const OperatorDef kOperators[] = {
    {.oid = 3206, .name = "#>>", .left = kJsonb, .right = kTextArray, .result = kText, .function = 3940},
    {.oid = 3211, .name = "->", .left = kJsonb, .right = kText, .result = kJsonb, .function = 3478},
    {.oid = 3212, .name = "->", .left = kJsonb, .right = kInt4, .result = kJsonb, .function = 3215},
    {.oid = 3213, .name = "#>", .left = kJsonb, .right = kTextArray, .result = kJsonb, .function = 3217},
    {.oid = 3240, .name = "=", .left = kJsonb, .right = kJsonb, .result = kBool, .function = 4043, .commutator = 3240,
     .negator = 3241, .selectivity = Selectivity::kEqual, .can_merge = true, .can_hash = true},
    {.oid = 3241, .name = "<>", .left = kJsonb, .right = kJsonb, .result = kBool, .function = 4038,
     .commutator = 3241, .negator = 3240, .selectivity = Selectivity::kNotEqual},
    {.oid = 3242, .name = "<", .left = kJsonb, .right = kJsonb, .result = kBool, .function = 4039, .commutator = 3243,
     .negator = 3245, .selectivity = Selectivity::kLess},
    {.oid = 3243, .name = ">", .left = kJsonb, .right = kJsonb, .result = kBool, .function = 4040, .commutator = 3242,
     .negator = 3244, .selectivity = Selectivity::kGreater},
    {.oid = 3244, .name = "<=", .left = kJsonb, .right = kJsonb, .result = kBool, .function = 4041,
     .commutator = 3245, .negator = 3243, .selectivity = Selectivity::kLess},
    {.oid = 3245, .name = ">=", .left = kJsonb, .right = kJsonb, .result = kBool, .function = 4042,
     .commutator = 3244, .negator = 3242, .selectivity = Selectivity::kGreater},
    {.oid = 3246, .name = "@>", .left = kJsonb, .right = kJsonb, .result = kBool, .function = 4046,
     .commutator = 3250, .selectivity = Selectivity::kContains},
    {.oid = 3247, .name = "?", .left = kJsonb, .right = kText, .result = kBool, .function = 4047,
     .selectivity = Selectivity::kContains},
    {.oid = 3248, .name = "?|", .left = kJsonb, .right = kTextArray, .result = kBool, .function = 4048,
     .selectivity = Selectivity::kContains},
    {.oid = 3249, .name = "?&", .left = kJsonb, .right = kTextArray, .result = kBool, .function = 4049,
     .selectivity = Selectivity::kContains},
    {.oid = 3250, .name = "<@", .left = kJsonb, .right = kJsonb, .result = kBool, .function = 4050,
     .commutator = 3246, .selectivity = Selectivity::kContains},
    {.oid = 3477, .name = "->>", .left = kJsonb, .right = kText, .result = kText, .function = 3214},
    {.oid = 3481, .name = "->>", .left = kJsonb, .right = kInt4, .result = kText, .function = 3216},
};

const CastDef kCasts[] = {
    {kJson, kJsonb, kInvalidOid, CastContext::kAssignment, CastMethod::kInOut},
    {kJsonb, kJson, kInvalidOid, CastContext::kAssignment, CastMethod::kInOut},
    {kJsonb, kBool, 3556, CastContext::kExplicit, CastMethod::kFunction},
    {kJsonb, kNumeric, 3449, CastContext::kExplicit, CastMethod::kFunction},
    {kJsonb, kInt2, 3450, CastContext::kExplicit, CastMethod::kFunction},
    {kJsonb, kInt4, 3451, CastContext::kExplicit, CastMethod::kFunction},
    {kJsonb, kInt8, 3452, CastContext::kExplicit, CastMethod::kFunction},
    {kJsonb, kFloat4, 3453, CastContext::kExplicit, CastMethod::kFunction},
    {kJsonb, kFloat8, 2580, CastContext::kExplicit, CastMethod::kFunction},
};

const OpclassDef kOpclasses[] = {
    {10088, "jsonb_ops", "btree", kJsonb, true, 4033, "jsonb_ops", index::Metric::kNone, kInvalidOid},
    {10089, "jsonb_ops", "hash", kJsonb, true, 4034, "jsonb_ops", index::Metric::kNone, kInvalidOid},
    {10090, "jsonb_ops", "gin", kJsonb, true, 4036, "jsonb_ops", index::Metric::kNone, kInvalidOid},
    {10091, "jsonb_path_ops", "gin", kJsonb, false, 4037, "jsonb_path_ops", index::Metric::kNone, kInvalidOid},
};

const BtreeOperators kBtree[] = {
    {4033, 3242, 3244, 3240, 3245, 3243},
};

}  // namespace

std::span<const FunctionDef> jsonb_access_functions() { return kFunctions; }
std::span<const OperatorDef> jsonb_access_operators() { return kOperators; }
std::span<const CastDef> jsonb_casts() { return kCasts; }
std::span<const OpclassDef> jsonb_opclasses() { return kOpclasses; }
std::span<const BtreeOperators> jsonb_btree_operators() { return kBtree; }

}  // namespace vecino::sql
