// Functions and operators that change jsonb values (manual 9.16.1, 9.16.2).
#include <charconv>
#include <optional>

#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/jsonb.h"

namespace vecino::sql {
namespace {

[[noreturn]] void bad_call(std::string message) {
  throw SqlError(sqlstate::kInvalidParameterValue, std::move(message));
}

std::vector<std::string> elements_of(const JsonbView& array) {
  std::vector<std::string> elements;
  if (array.is_scalar()) return {std::string(array.bytes())};
  for (uint32_t i = 0; i < array.count(); ++i) elements.emplace_back(array.element(i).bytes());
  return elements;
}
std::vector<JsonbMember> members_of(const JsonbView& object) {
  std::vector<JsonbMember> members;
  for (uint32_t i = 0; i < object.count(); ++i) members.emplace_back(object.key(i), object.value(i).bytes());
  return members;
}

// --- || ---
Datum jsonb_concat(CallContext& context, const Datum* args) {
  JsonbView a(args[0]), b(args[1]);
  if (a.is_object() && b.is_object()) {
    std::vector<JsonbMember> members = members_of(a);
    for (JsonbMember& member : members_of(b)) members.push_back(std::move(member));
    return context.text(jsonb_object(std::move(members)));
  }
  auto as_elements = [](const JsonbView& value) {
    return value.is_object() ? std::vector<std::string>{std::string(value.bytes())} : elements_of(value);
  };
  std::vector<std::string> elements = as_elements(a);
  for (std::string& element : as_elements(b)) elements.push_back(std::move(element));
  return context.text(jsonb_array(elements));
}

// --- - : by key, by index, by keys ---
template <typename Matches>
Datum delete_strings(CallContext& context, const Datum& value, Matches matches) {
  JsonbView json(value);
  if (json.is_scalar()) bad_call("cannot delete from scalar");
  if (json.is_object()) {
    std::vector<JsonbMember> kept;
    for (JsonbMember& member : members_of(json)) {
      if (!matches(member.first)) kept.push_back(std::move(member));
    }
    return context.text(jsonb_object(std::move(kept)));
  }
  std::vector<std::string> kept;
  for (uint32_t i = 0; i < json.count(); ++i) {
    JsonbView element = json.element(i);
    bool gone = element.kind() == JsonbKind::kString && matches(element.payload());
    if (!gone) kept.emplace_back(element.bytes());
  }
  return context.text(jsonb_array(kept));
}
Datum jsonb_delete(CallContext& context, const Datum* args) {
  return delete_strings(context, args[0], [&](std::string_view text) { return text == args[1].bytes(); });
}
Datum jsonb_delete_array(CallContext& context, const Datum* args) {
  ArrayView keys(args[1]);
  if (keys.ndim() > 1) throw SqlError(sqlstate::kArraySubscriptError, "wrong number of array subscripts");
  return delete_strings(context, args[0], [&](std::string_view text) {
    for (size_t i = 0; i < keys.size(); ++i) {
      if (!keys.is_null(i) && keys[i].bytes() == text) return true;
    }
    return false;
  });
}
Datum jsonb_delete_idx(CallContext& context, const Datum* args) {
  JsonbView json(args[0]);
  if (json.is_scalar()) bad_call("cannot delete from scalar");
  if (json.is_object()) bad_call("cannot delete from object using integer index");
  int64_t index = args[1].i64, count = json.count();
  if (index < 0) index += count;
  if (index < 0 || index >= count) return args[0];
  std::vector<std::string> elements = elements_of(json);
  elements.erase(elements.begin() + index);
  return context.text(jsonb_array(elements));
}

// --- paths: jsonb_set, jsonb_insert, #- ---
enum class PathAction { kReplace, kReplaceOrCreate, kInsertBefore, kInsertAfter, kDelete };

class PathEditor {
 public:
  PathEditor(const ArrayView& path, PathAction action, std::string_view value)
      : path_(path), action_(action), value_(value) {}

  std::string edit(const JsonbView& json, size_t level) const {
    if (level >= path_.size()) return std::string(json.bytes());
    if (path_.is_null(level)) {
      throw SqlError(sqlstate::kNullValueNotAllowed,
                     "path element at position " + std::to_string(level + 1) + " is null");
    }
    if (json.is_object()) return edit_object(json, level);
    if (json.is_array()) return edit_array(json, level);
    return std::string(json.bytes());
  }

 private:
  bool inserts() const { return action_ == PathAction::kInsertBefore || action_ == PathAction::kInsertAfter; }
  bool creates() const { return inserts() || action_ == PathAction::kReplaceOrCreate; }
  bool is_last(size_t level) const { return level + 1 == path_.size(); }

  std::string edit_object(const JsonbView& object, size_t level) const {
    std::string_view key = path_[level].bytes();
    std::vector<JsonbMember> members;
    bool found = false;
    for (uint32_t i = 0; i < object.count(); ++i) {
      if (object.key(i) != key) {
        members.emplace_back(object.key(i), object.value(i).bytes());
        continue;
      }
      found = true;
      if (!is_last(level)) {
        members.emplace_back(key, edit(object.value(i), level + 1));
        continue;
      }
      if (inserts()) {
        throw SqlError(sqlstate::kInvalidParameterValue, "cannot replace existing key")
            .hint("Try using the function jsonb_set to replace key value.");
      }
      if (action_ != PathAction::kDelete) members.emplace_back(key, value_);
    }
    if (!found && is_last(level) && creates()) members.emplace_back(key, value_);
    return jsonb_object(std::move(members));
  }

  int64_t index_at(size_t level) const {
    std::string_view text = path_[level].bytes();
    std::string_view digits = text;
    while (!digits.empty() && digits[0] == ' ') digits.remove_prefix(1);
    if (!digits.empty() && digits[0] == '+') digits.remove_prefix(1);
    int32_t index;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      throw SqlError(sqlstate::kInvalidTextRepresentation, "path element at position " + std::to_string(level + 1) +
                                                               " is not an integer: \"" + std::string(text) + "\"");
    }
    return index;
  }

  std::string edit_array(const JsonbView& array, size_t level) const {
    int64_t count = array.count(), index = index_at(level);
    bool before_start = index < 0 && -index > count;
    if (index < 0) index += count;
    bool last = is_last(level);
    std::vector<std::string> elements;
    if (before_start && last && creates()) elements.emplace_back(value_);
    for (uint32_t i = 0; i < array.count(); ++i) {
      JsonbView element = array.element(i);
      if (before_start || i != index) {
        elements.emplace_back(element.bytes());
      } else if (!last) {
        elements.push_back(edit(element, level + 1));
      } else {
        if (action_ == PathAction::kInsertBefore) elements.emplace_back(value_);
        if (inserts()) elements.emplace_back(element.bytes());
        if (action_ != PathAction::kInsertBefore && action_ != PathAction::kDelete) elements.emplace_back(value_);
      }
    }
    if (!before_start && index >= count && last && creates()) elements.emplace_back(value_);
    return jsonb_array(elements);
  }

  const ArrayView& path_;
  PathAction action_;
  std::string_view value_;
};

Datum edit_path(CallContext& context, const Datum& json_value, const Datum& path_value, PathAction action,
                std::string_view value) {
  ArrayView path(path_value);
  if (path.ndim() > 1) throw SqlError(sqlstate::kArraySubscriptError, "wrong number of array subscripts");
  JsonbView json(json_value);
  if (json.is_scalar()) {
    bad_call(action == PathAction::kDelete ? "cannot delete path in scalar" : "cannot set path in scalar");
  }
  bool pointless = json.count() == 0 && (action == PathAction::kReplace || action == PathAction::kDelete);
  if (path.size() == 0 || pointless) return json_value;
  return context.text(PathEditor(path, action, value).edit(json, 0));
}

Datum jsonb_set(CallContext& context, const Datum* args) {
  PathAction action = args[3].boolean() ? PathAction::kReplaceOrCreate : PathAction::kReplace;
  return edit_path(context, args[0], args[1], action, args[2].bytes());
}
Datum jsonb_insert(CallContext& context, const Datum* args) {
  PathAction action = args[3].boolean() ? PathAction::kInsertAfter : PathAction::kInsertBefore;
  return edit_path(context, args[0], args[1], action, args[2].bytes());
}
Datum jsonb_delete_path(CallContext& context, const Datum* args) {
  return edit_path(context, args[0], args[1], PathAction::kDelete, {});
}

Datum jsonb_set_lax(CallContext& context, const Datum* args) {
  if (args[0].is_null || args[1].is_null || args[3].is_null) return Datum::null();
  static constexpr const char* kTreatments =
      "null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or \"raise_exception\"";
  if (args[4].is_null) bad_call(kTreatments);
  if (!args[2].is_null) return jsonb_set(context, args);
  std::string_view treatment = args[4].bytes();
  if (treatment == "return_target") return args[0];
  if (treatment == "delete_key") return jsonb_delete_path(context, args);
  if (treatment == "use_json_null") {
    std::string null_value = jsonb_null();
    PathAction action = args[3].boolean() ? PathAction::kReplaceOrCreate : PathAction::kReplace;
    return edit_path(context, args[0], args[1], action, null_value);
  }
  if (treatment != "raise_exception") bad_call(kTreatments);
  throw SqlError(sqlstate::kNullValueNotAllowed, "JSON value must not be null")
      .detail("Exception was raised because null_value_treatment is \"raise_exception\".")
      .hint("To avoid, either change the null_value_treatment argument or ensure that an SQL NULL is not passed.");
}

// --- jsonb_strip_nulls ---
std::string strip_nulls(const JsonbView& json) {
  check_stack_depth();
  if (json.is_scalar()) return std::string(json.bytes());
  if (json.is_array()) {
    std::vector<std::string> elements;
    for (uint32_t i = 0; i < json.count(); ++i) elements.push_back(strip_nulls(json.element(i)));
    return jsonb_array(elements);
  }
  std::vector<JsonbMember> members;
  for (uint32_t i = 0; i < json.count(); ++i) {
    if (!json.value(i).is_null()) members.emplace_back(json.key(i), strip_nulls(json.value(i)));
  }
  return jsonb_object(std::move(members));
}
Datum jsonb_strip_nulls(CallContext& context, const Datum* args) {
  return context.text(strip_nulls(JsonbView(args[0])));
}

using namespace type_id;

const FunctionDef kFunctions[] = {
    {.oid = 3262, .name = "jsonb_strip_nulls", .arg_types = {kJsonb}, .result_type = kJsonb,
     .row = jsonb_strip_nulls},
    {.oid = 3301, .name = "jsonb_concat", .arg_types = {kJsonb, kJsonb}, .result_type = kJsonb, .row = jsonb_concat},
    {.oid = 3302, .name = "jsonb_delete", .arg_types = {kJsonb, kText}, .result_type = kJsonb, .row = jsonb_delete},
    {.oid = 3303, .name = "jsonb_delete", .arg_types = {kJsonb, kInt4}, .result_type = kJsonb,
     .row = jsonb_delete_idx},
    {.oid = 3304, .name = "jsonb_delete_path", .arg_types = {kJsonb, kTextArray}, .result_type = kJsonb,
     .row = jsonb_delete_path},
    {.oid = 3305, .name = "jsonb_set", .arg_types = {kJsonb, kTextArray, kJsonb, kBool}, .result_type = kJsonb,
     .row = jsonb_set, .defaults = {"true"}, .arg_names = {"jsonb_in", "path", "replacement", "create_if_missing"}},
    {.oid = 3343, .name = "jsonb_delete", .arg_types = {kJsonb, kTextArray}, .result_type = kJsonb,
     .row = jsonb_delete_array, .variadic = kText, .arg_names = {"from_json", "path_elems"}},
    {.oid = 3579, .name = "jsonb_insert", .arg_types = {kJsonb, kTextArray, kJsonb, kBool}, .result_type = kJsonb,
     .row = jsonb_insert, .defaults = {"false"}, .arg_names = {"jsonb_in", "path", "replacement", "insert_after"}},
    {.oid = 5054, .name = "jsonb_set_lax", .arg_types = {kJsonb, kTextArray, kJsonb, kBool, kText},
     .result_type = kJsonb, .strict = false, .row = jsonb_set_lax, .defaults = {"true", "'use_json_null'::text"},
     .arg_names = {"jsonb_in", "path", "replacement", "create_if_missing", "null_value_treatment"}},
};

const OperatorDef kOperators[] = {
    {.oid = 3284, .name = "||", .left = kJsonb, .right = kJsonb, .result = kJsonb, .function = 3301},
    {.oid = 3285, .name = "-", .left = kJsonb, .right = kText, .result = kJsonb, .function = 3302},
    {.oid = 3286, .name = "-", .left = kJsonb, .right = kInt4, .result = kJsonb, .function = 3303},
    {.oid = 3398, .name = "-", .left = kJsonb, .right = kTextArray, .result = kJsonb, .function = 3343},
    {.oid = 3287, .name = "#-", .left = kJsonb, .right = kTextArray, .result = kJsonb, .function = 3304},
};

}  // namespace

std::span<const FunctionDef> jsonb_modify_functions() { return kFunctions; }
std::span<const OperatorDef> jsonb_modify_operators() { return kOperators; }

}  // namespace vecino::sql
