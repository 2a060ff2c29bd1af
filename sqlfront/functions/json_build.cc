// Functions that make JSON from SQL values (manual 9.16.2) and the JSON aggregates (9.21).
#include <new>
#include <optional>

#include "sqlfront/functions/json_encode.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/json_parse.h"
#include "sqlfront/types/jsonb.h"

namespace vecino::sql {
namespace {

[[noreturn]] void bad_argument(std::string message, const char* hint = "") {
  throw SqlError(sqlstate::kInvalidParameterValue, std::move(message)).hint(hint);
}

// --- single values ---
Datum to_json_text(CallContext& context, const Datum& value, JsonLayout layout) {
  std::string out;
  append_json(context, context.arg_types[0], value, out, layout);
  return context.text(out);
}
Datum to_json(CallContext& context, const Datum* args) { return to_json_text(context, args[0], JsonLayout::kCompact); }
Datum to_json_pretty(CallContext& context, const Datum* args) {
  return to_json_text(context, args[0], args[1].boolean() ? JsonLayout::kLines : JsonLayout::kCompact);
}
Datum to_jsonb(CallContext& context, const Datum* args) {
  return context.text(encode_jsonb(context, context.arg_types[0], args[0]));
}

// --- VARIADIC "any" ---
struct Item {
  Oid type;
  Datum value;
};
// The arguments, or the elements of an explicit VARIADIC array; nullopt when that array is NULL.
std::optional<std::vector<Item>> variadic_items(CallContext& context, const Datum* args) {
  std::vector<Item> items;
  if (context.variadic_call) {
    if (args[0].is_null) return std::nullopt;
    ArrayView array(args[0]);
    for (size_t i = 0; i < array.size(); ++i) items.push_back({array.element_type(), array[i]});
    return items;
  }
  for (size_t i = 0; i < context.arg_types.size(); ++i) items.push_back({context.arg_types[i], args[i]});
  return items;
}

void check_pairs(const std::vector<Item>& items, const char* function) {
  if (items.size() % 2 == 0) return;
  std::string hint = std::string("The arguments of ") + function + " must consist of alternating keys and values.";
  bad_argument("argument list must have even number of elements", hint.c_str());
}

Datum json_build_object(CallContext& context, const Datum* args) {
  auto items = variadic_items(context, args);
  if (!items) return Datum::null();
  check_pairs(*items, "json_build_object()");
  std::string out = "{";
  for (size_t i = 0; i < items->size(); i += 2) {
    const Item& key = (*items)[i];
    if (key.value.is_null) {
      bad_argument("argument " + std::to_string(i + 1) + " cannot be null", "Object keys should be text.");
    }
    if (i > 0) out += ", ";
    append_json_string(out, json_key_text(context, key.type, key.value));
    out += " : ";
    append_json(context, (*items)[i + 1].type, (*items)[i + 1].value, out);
  }
  return context.text(out + "}");
}
Datum json_build_array(CallContext& context, const Datum* args) {
  auto items = variadic_items(context, args);
  if (!items) return Datum::null();
  std::string out = "[";
  for (size_t i = 0; i < items->size(); ++i) {
    if (i > 0) out += ", ";
    append_json(context, (*items)[i].type, (*items)[i].value, out);
  }
  return context.text(out + "]");
}
Datum jsonb_build_object(CallContext& context, const Datum* args) {
  auto items = variadic_items(context, args);
  if (!items) return Datum::null();
  check_pairs(*items, "jsonb_build_object()");
  std::vector<JsonbMember> members;
  for (size_t i = 0; i < items->size(); i += 2) {
    const Item& key = (*items)[i];
    if (key.value.is_null) bad_argument("argument " + std::to_string(i + 1) + ": key must not be null");
    members.emplace_back(json_key_text(context, key.type, key.value),
                         encode_jsonb(context, (*items)[i + 1].type, (*items)[i + 1].value));
  }
  return context.text(jsonb_object(std::move(members)));
}
Datum jsonb_build_array(CallContext& context, const Datum* args) {
  auto items = variadic_items(context, args);
  if (!items) return Datum::null();
  std::vector<std::string> elements;
  for (const Item& item : *items) elements.push_back(encode_jsonb(context, item.type, item.value));
  return context.text(jsonb_array(elements));
}
Datum json_empty_object(CallContext& context, const Datum*) { return context.text("{}"); }
Datum json_empty_array(CallContext& context, const Datum*) { return context.text("[]"); }
Datum jsonb_empty_object(CallContext& context, const Datum*) { return context.text(jsonb_object({})); }
Datum jsonb_empty_array(CallContext& context, const Datum*) { return context.text(jsonb_array({})); }

// --- json_object(text[]), json_object(text[], text[]) ---
using Pair = std::pair<std::string_view, Datum>;

std::string_view object_key(const Datum& key) {
  if (key.is_null) throw SqlError(sqlstate::kNullValueNotAllowed, "null value not allowed for object key");
  return key.bytes();
}
[[noreturn]] void bad_shape(const char* message) { throw SqlError(sqlstate::kArraySubscriptError, message); }

std::vector<Pair> pairs_of(const Datum& value) {
  ArrayView array(value);
  if (array.ndim() > 2) bad_shape("wrong number of array subscripts");
  if (array.ndim() == 1 && array.size() % 2 != 0) bad_shape("array must have even number of elements");
  if (array.ndim() == 2 && array.length(1) != 2) bad_shape("array must have two columns");
  std::vector<Pair> pairs;
  for (size_t i = 0; i + 1 < array.size(); i += 2) pairs.emplace_back(object_key(array[i]), array[i + 1]);
  return pairs;
}
std::vector<Pair> pairs_of(const Datum& keys_value, const Datum& values_value) {
  ArrayView keys(keys_value), values(values_value);
  if (keys.ndim() > 1 || keys.ndim() != values.ndim()) bad_shape("wrong number of array subscripts");
  if (keys.size() != values.size()) bad_shape("mismatched array dimensions");
  std::vector<Pair> pairs;
  for (size_t i = 0; i < keys.size(); ++i) pairs.emplace_back(object_key(keys[i]), values[i]);
  return pairs;
}
Datum text_object(CallContext& context, const std::vector<Pair>& pairs) {
  std::string out = "{";
  for (const auto& [key, value] : pairs) {
    if (out.size() > 1) out += ", ";
    append_json_string(out, key);
    out += " : ";
    if (value.is_null) {
      out += "null";
    } else {
      append_json_string(out, value.bytes());
    }
  }
  return context.text(out + "}");
}
Datum binary_object(CallContext& context, const std::vector<Pair>& pairs) {
  std::vector<JsonbMember> members;
  for (const auto& [key, value] : pairs) {
    members.emplace_back(key, value.is_null ? jsonb_null() : jsonb_string(value.bytes()));
  }
  return context.text(jsonb_object(std::move(members)));
}
Datum json_object(CallContext& context, const Datum* args) { return text_object(context, pairs_of(args[0])); }
Datum json_object_two_arg(CallContext& context, const Datum* args) {
  return text_object(context, pairs_of(args[0], args[1]));
}
Datum jsonb_object_one_arg(CallContext& context, const Datum* args) {
  return binary_object(context, pairs_of(args[0]));
}
Datum jsonb_object_two_arg(CallContext& context, const Datum* args) {
  return binary_object(context, pairs_of(args[0], args[1]));
}

// --- aggregates ---
template <typename State>
void init(void* state) {
  new (state) State();
}
template <typename State>
void destroy(void* state) {
  static_cast<State*>(state)->~State();
}

struct TextState {
  std::string text;  // empty = no rows
};
void json_agg_step(CallContext& context, void* opaque, const Datum* args) {
  std::string& text = static_cast<TextState*>(opaque)->text;
  Oid type = context.arg_types[0];
  bool first = text.empty();
  text += first ? "[" : ", ";
  JsonCategory category = json_category(type);
  bool structured = category == JsonCategory::kArray || category == JsonCategory::kComposite;
  if (!first && structured && !args[0].is_null) text += "\n ";
  append_json(context, type, args[0], text);
}
Datum json_agg_final(CallContext& context, void* opaque) {
  const std::string& text = static_cast<TextState*>(opaque)->text;
  return text.empty() ? Datum::null() : context.text(text + "]");
}
void json_object_agg_step(CallContext& context, void* opaque, const Datum* args) {
  std::string& text = static_cast<TextState*>(opaque)->text;
  if (args[0].is_null) bad_argument("field name must not be null");
  text += text.empty() ? "{ " : ", ";
  append_json_string(text, json_key_text(context, context.arg_types[0], args[0]));
  text += " : ";
  append_json(context, context.arg_types[1], args[1], text);
}
Datum json_object_agg_final(CallContext& context, void* opaque) {
  const std::string& text = static_cast<TextState*>(opaque)->text;
  return text.empty() ? Datum::null() : context.text(text + " }");
}

struct ElementsState {
  bool any = false;
  std::vector<std::string> elements;
};
void jsonb_agg_step(CallContext& context, void* opaque, const Datum* args) {
  auto& state = *static_cast<ElementsState*>(opaque);
  state.any = true;
  state.elements.push_back(encode_jsonb(context, context.arg_types[0], args[0]));
}
Datum jsonb_agg_final(CallContext& context, void* opaque) {
  const auto& state = *static_cast<ElementsState*>(opaque);
  return state.any ? context.text(jsonb_array(state.elements)) : Datum::null();
}

struct MembersState {
  bool any = false;
  std::vector<JsonbMember> members;
};
void jsonb_object_agg_step(CallContext& context, void* opaque, const Datum* args) {
  auto& state = *static_cast<MembersState*>(opaque);
  if (args[0].is_null) bad_argument("field name must not be null");
  state.any = true;
  state.members.emplace_back(json_key_text(context, context.arg_types[0], args[0]),
                             encode_jsonb(context, context.arg_types[1], args[1]));
}
Datum jsonb_object_agg_final(CallContext& context, void* opaque) {
  const auto& state = *static_cast<MembersState*>(opaque);
  return state.any ? context.text(jsonb_object(state.members)) : Datum::null();
}

const AggregateKernel kJsonAgg = {sizeof(TextState), init<TextState>, json_agg_step, nullptr, json_agg_final,
                                  destroy<TextState>};
const AggregateKernel kJsonObjectAgg = {sizeof(TextState), init<TextState>, json_object_agg_step, nullptr,
                                        json_object_agg_final, destroy<TextState>};
const AggregateKernel kJsonbAgg = {sizeof(ElementsState), init<ElementsState>, jsonb_agg_step, nullptr,
                                   jsonb_agg_final, destroy<ElementsState>};
const AggregateKernel kJsonbObjectAgg = {sizeof(MembersState), init<MembersState>, jsonb_object_agg_step, nullptr,
                                         jsonb_object_agg_final, destroy<MembersState>};

using namespace type_id;

const FunctionDef kFunctions[] = {
    {.oid = 3153, .name = "array_to_json", .arg_types = {kAnyArray}, .result_type = kJson,
     .volatility = Volatility::kStable, .row = to_json},
    {.oid = 3154, .name = "array_to_json", .arg_types = {kAnyArray, kBool}, .result_type = kJson,
     .volatility = Volatility::kStable, .row = to_json_pretty},
    {.oid = 3155, .name = "row_to_json", .arg_types = {kRecord}, .result_type = kJson,
     .volatility = Volatility::kStable, .row = to_json},
    {.oid = 3156, .name = "row_to_json", .arg_types = {kRecord, kBool}, .result_type = kJson,
     .volatility = Volatility::kStable, .row = to_json_pretty},
    {.oid = 3175, .name = "json_agg", .arg_types = {kAnyElement}, .result_type = kJson,
     .volatility = Volatility::kStable, .strict = false, .kind = FunctionKind::kAggregate, .aggregate = &kJsonAgg},
    {.oid = 3176, .name = "to_json", .arg_types = {kAnyElement}, .result_type = kJson,
     .volatility = Volatility::kStable, .row = to_json},
    {.oid = 3197, .name = "json_object_agg", .arg_types = {kAny, kAny}, .result_type = kJson,
     .volatility = Volatility::kStable, .strict = false, .kind = FunctionKind::kAggregate,
     .aggregate = &kJsonObjectAgg},
    {.oid = 3198, .name = "json_build_array", .arg_types = {kAny}, .result_type = kJson,
     .volatility = Volatility::kStable, .strict = false, .row = json_build_array, .variadic = kAny},
    {.oid = 3199, .name = "json_build_array", .arg_types = {}, .result_type = kJson,
     .volatility = Volatility::kStable, .strict = false, .row = json_empty_array},
    {.oid = 3200, .name = "json_build_object", .arg_types = {kAny}, .result_type = kJson,
     .volatility = Volatility::kStable, .strict = false, .row = json_build_object, .variadic = kAny},
    {.oid = 3201, .name = "json_build_object", .arg_types = {}, .result_type = kJson,
     .volatility = Volatility::kStable, .strict = false, .row = json_empty_object},
    {.oid = 3202, .name = "json_object", .arg_types = {kTextArray}, .result_type = kJson, .row = json_object},
    {.oid = 3203, .name = "json_object", .arg_types = {kTextArray, kTextArray}, .result_type = kJson,
     .row = json_object_two_arg},
    {.oid = 3263, .name = "jsonb_object", .arg_types = {kTextArray}, .result_type = kJsonb,
     .row = jsonb_object_one_arg},
    {.oid = 3264, .name = "jsonb_object", .arg_types = {kTextArray, kTextArray}, .result_type = kJsonb,
     .row = jsonb_object_two_arg},
    {.oid = 3267, .name = "jsonb_agg", .arg_types = {kAnyElement}, .result_type = kJsonb,
     .volatility = Volatility::kStable, .strict = false, .kind = FunctionKind::kAggregate, .aggregate = &kJsonbAgg},
    {.oid = 3270, .name = "jsonb_object_agg", .arg_types = {kAny, kAny}, .result_type = kJsonb, .strict = false,
     .kind = FunctionKind::kAggregate, .aggregate = &kJsonbObjectAgg},
    {.oid = 3271, .name = "jsonb_build_array", .arg_types = {kAny}, .result_type = kJsonb,
     .volatility = Volatility::kStable, .strict = false, .row = jsonb_build_array, .variadic = kAny},
    {.oid = 3272, .name = "jsonb_build_array", .arg_types = {}, .result_type = kJsonb,
     .volatility = Volatility::kStable, .strict = false, .row = jsonb_empty_array},
    {.oid = 3273, .name = "jsonb_build_object", .arg_types = {kAny}, .result_type = kJsonb,
     .volatility = Volatility::kStable, .strict = false, .row = jsonb_build_object, .variadic = kAny},
    {.oid = 3274, .name = "jsonb_build_object", .arg_types = {}, .result_type = kJsonb,
     .volatility = Volatility::kStable, .strict = false, .row = jsonb_empty_object},
    {.oid = 3787, .name = "to_jsonb", .arg_types = {kAnyElement}, .result_type = kJsonb,
     .volatility = Volatility::kStable, .row = to_jsonb},
};

}  // namespace

std::span<const FunctionDef> json_build_functions() { return kFunctions; }

}  // namespace vecino::sql
