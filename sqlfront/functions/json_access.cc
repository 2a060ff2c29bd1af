// Operators and functions that take json texts apart (manual 9.16.1, 9.16.2).
#include <charconv>
#include <optional>

#include "sqlfront/functions/io_functions.h"
#include "sqlfront/functions/json_text.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/json_parse.h"
#include "sqlfront/types/type.h"

namespace vecino::sql {
namespace {

[[noreturn]] void bad_call(std::string message) {
  throw SqlError(sqlstate::kInvalidParameterValue, std::move(message));
}

enum class As : bool { kJson, kText };

Datum child_datum(CallContext& context, const JsonChild& child, As as) {
  if (as == As::kJson) return context.text(child.text);
  auto text = json_child_text(child);
  return text ? context.text(*text) : Datum::null();
}

// --- -> ->> #> #>> ---
const JsonChild* member(const JsonText& json, std::string_view key) {
  if (json.shape != JsonShape::kObject) return nullptr;
  for (size_t i = json.children.size(); i-- > 0;) {  // of equal keys the last one counts
    if (json.children[i].key == key) return &json.children[i];
  }
  return nullptr;
}
const JsonChild* element(const JsonText& json, int64_t index) {
  if (json.shape != JsonShape::kArray) return nullptr;
  int64_t count = static_cast<int64_t>(json.children.size());
  if (index < 0) index += count;
  return index < 0 || index >= count ? nullptr : &json.children[static_cast<size_t>(index)];
}

Datum field(CallContext& context, const Datum* args, As as) {
  JsonText json = read_json(args[0].bytes());
  const JsonChild* child = member(json, args[1].bytes());
  return child ? child_datum(context, *child, as) : Datum::null();
}
Datum index(CallContext& context, const Datum* args, As as) {
  JsonText json = read_json(args[0].bytes());
  const JsonChild* child = element(json, args[1].i64);
  return child ? child_datum(context, *child, as) : Datum::null();
}
Datum json_object_field(CallContext& context, const Datum* args) { return field(context, args, As::kJson); }
Datum json_object_field_text(CallContext& context, const Datum* args) { return field(context, args, As::kText); }
Datum json_array_element(CallContext& context, const Datum* args) { return index(context, args, As::kJson); }
Datum json_array_element_text(CallContext& context, const Datum* args) { return index(context, args, As::kText); }

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
  JsonText json = read_json(args[0].bytes());
  JsonChild current = json.self;
  for (size_t i = 0; i < path.size(); ++i) {
    std::string_view step = path[i].bytes();
    const JsonChild* child = nullptr;
    if (json.shape == JsonShape::kObject) {
      child = member(json, step);
    } else if (auto position = path_index(step)) {
      child = element(json, *position);
    }
    if (child == nullptr) return Datum::null();
    JsonChild next = *child;
    current = std::move(next);
    if (i + 1 < path.size()) json = read_json(current.text);
  }
  return child_datum(context, current, as);
}
Datum json_extract_path(CallContext& context, const Datum* args) { return extract(context, args, As::kJson); }
Datum json_extract_path_text(CallContext& context, const Datum* args) { return extract(context, args, As::kText); }

// --- asking ---
Datum json_typeof(CallContext& context, const Datum* args) {
  JsonText json = read_json(args[0].bytes());
  if (json.shape == JsonShape::kObject) return context.text("object");
  if (json.shape == JsonShape::kArray) return context.text("array");
  switch (json.self.text[0]) {
    case '"': return context.text("string");
    case 't':
    case 'f': return context.text("boolean");
    case 'n': return context.text("null");
    default: return context.text("number");
  }
}
Datum json_array_length(CallContext&, const Datum* args) {
  JsonText json = read_json(args[0].bytes());
  if (json.shape == JsonShape::kObject) bad_call("cannot get array length of a non-array");
  if (json.shape == JsonShape::kScalar) bad_call("cannot get array length of a scalar");
  return Datum::from_int(static_cast<int64_t>(json.children.size()));
}

// --- sets: each element, member or key ---
class ChildProducer : public RowProducer {
 public:
  enum class Row { kElement, kMember, kKey };
  ChildProducer(std::string_view text, Row row, As as) : text_(text), json_(read_json(text_)), row_(row), as_(as) {}
  const JsonText& json() const { return json_; }
  bool next(CallContext& context, std::span<Datum> out) override {
    if (at_ == json_.children.size()) return false;
    const JsonChild& child = json_.children[at_++];
    switch (row_) {
      case Row::kElement: out[0] = child_datum(context, child, as_); break;
      case Row::kKey: out[0] = context.text(child.key); break;
      case Row::kMember:
        out[0] = context.text(child.key);
        out[1] = child_datum(context, child, as_);
        break;
    }
    return true;
  }

 private:
  std::string text_;
  JsonText json_;
  Row row_;
  As as_;
  size_t at_ = 0;
};

std::unique_ptr<RowProducer> elements(const Datum* args, As as, const std::string& function) {
  auto producer = std::make_unique<ChildProducer>(args[0].bytes(), ChildProducer::Row::kElement, as);
  JsonShape shape = producer->json().shape;
  if (shape == JsonShape::kScalar) bad_call("cannot call " + function + " on a scalar");
  if (shape == JsonShape::kObject) bad_call("cannot call " + function + " on a non-array");
  return producer;
}
std::unique_ptr<RowProducer> json_array_elements(CallContext&, const Datum* args) {
  return elements(args, As::kJson, "json_array_elements");
}
std::unique_ptr<RowProducer> json_array_elements_text(CallContext&, const Datum* args) {
  return elements(args, As::kText, "json_array_elements_text");
}
std::unique_ptr<RowProducer> members(const Datum* args, As as) {
  auto producer = std::make_unique<ChildProducer>(args[0].bytes(), ChildProducer::Row::kMember, as);
  JsonShape shape = producer->json().shape;
  if (shape == JsonShape::kScalar) bad_call("cannot deconstruct a scalar");
  if (shape == JsonShape::kArray) bad_call("cannot deconstruct an array as an object");
  return producer;
}
std::unique_ptr<RowProducer> json_each(CallContext&, const Datum* args) { return members(args, As::kJson); }
std::unique_ptr<RowProducer> json_each_text(CallContext&, const Datum* args) { return members(args, As::kText); }
std::unique_ptr<RowProducer> json_object_keys(CallContext&, const Datum* args) {
  auto producer = std::make_unique<ChildProducer>(args[0].bytes(), ChildProducer::Row::kKey, As::kJson);
  JsonShape shape = producer->json().shape;
  if (shape == JsonShape::kScalar) bad_call("cannot call json_object_keys on a scalar");
  if (shape == JsonShape::kArray) bad_call("cannot call json_object_keys on an array");
  return producer;
}

// --- json_strip_nulls: members that are null go; everything else is written compactly ---
class Stripper : public JsonHandler {
 public:
  void object_start(size_t) override { open('{'); }
  void object_end(size_t) override { close('}'); }
  void array_start(size_t) override { open('['); }
  void array_end(size_t) override { close(']'); }
  void key(std::string_view text) override {
    key_ = text;
    has_key_ = true;
  }
  void scalar(JsonScalar kind, std::string_view text, size_t, size_t) override {
    if (kind == JsonScalar::kNull && has_key_) {
      has_key_ = false;
      return;
    }
    before_item();
    switch (kind) {
      case JsonScalar::kNull: out_ += "null"; break;
      case JsonScalar::kTrue: out_ += "true"; break;
      case JsonScalar::kFalse: out_ += "false"; break;
      case JsonScalar::kNumber: out_ += text; break;
      case JsonScalar::kString: append_json_string(out_, text); break;
    }
  }
  const std::string& out() const { return out_; }

 private:
  void before_item() {
    if (!out_.empty() && out_.back() != '{' && out_.back() != '[') out_.push_back(',');
    if (!has_key_) return;
    append_json_string(out_, key_);
    out_.push_back(':');
    has_key_ = false;
  }
  void open(char c) {
    before_item();
    out_.push_back(c);
  }
  void close(char c) { out_.push_back(c); }
  std::string out_, key_;
  bool has_key_ = false;
};
Datum json_strip_nulls(CallContext& context, const Datum* args) {
  Stripper stripper;
  parse_json(args[0].bytes(), stripper, JsonStrings::kConvert);
  return context.text(stripper.out());
}

using namespace type_id;

const FunctionDef kFunctions[] = {
    {.oid = 321, .name = "json_in", .arg_types = {kCstring}, .result_type = kJson, .row = call_input},
    {.oid = 322, .name = "json_out", .arg_types = {kJson}, .result_type = kCstring, .row = call_output},
    {.oid = 323, .name = "json_recv", .arg_types = {kInternal}, .result_type = kJson, .row = call_receive},
    {.oid = 324, .name = "json_send", .arg_types = {kJson}, .result_type = kBytea, .row = call_send},
    {.oid = 3261, .name = "json_strip_nulls", .arg_types = {kJson}, .result_type = kJson, .row = json_strip_nulls},
    {.oid = 3947, .name = "json_object_field", .arg_types = {kJson, kText}, .result_type = kJson,
     .row = json_object_field, .arg_names = {"from_json", "field_name"}},
    {.oid = 3948, .name = "json_object_field_text", .arg_types = {kJson, kText}, .result_type = kText,
     .row = json_object_field_text, .arg_names = {"from_json", "field_name"}},
    {.oid = 3949, .name = "json_array_element", .arg_types = {kJson, kInt4}, .result_type = kJson,
     .row = json_array_element, .arg_names = {"from_json", "element_index"}},
    {.oid = 3950, .name = "json_array_element_text", .arg_types = {kJson, kInt4}, .result_type = kText,
     .row = json_array_element_text, .arg_names = {"from_json", "element_index"}},
    {.oid = 3951, .name = "json_extract_path", .arg_types = {kJson, kTextArray}, .result_type = kJson,
     .row = json_extract_path, .variadic = kText, .arg_names = {"from_json", "path_elems"}},
    {.oid = 3953, .name = "json_extract_path_text", .arg_types = {kJson, kTextArray}, .result_type = kText,
     .row = json_extract_path_text, .variadic = kText, .arg_names = {"from_json", "path_elems"}},
    {.oid = 3955, .name = "json_array_elements", .arg_types = {kJson}, .result_type = kJson,
     .set = json_array_elements, .columns = {{"value", kJson}}, .arg_names = {"from_json"}},
    {.oid = 3956, .name = "json_array_length", .arg_types = {kJson}, .result_type = kInt4, .row = json_array_length},
    {.oid = 3957, .name = "json_object_keys", .arg_types = {kJson}, .result_type = kText, .set = json_object_keys},
    {.oid = 3958, .name = "json_each", .arg_types = {kJson}, .result_type = kRecord, .set = json_each,
     .columns = {{"key", kText}, {"value", kJson}}, .arg_names = {"from_json"}},
    {.oid = 3959, .name = "json_each_text", .arg_types = {kJson}, .result_type = kRecord, .set = json_each_text,
     .columns = {{"key", kText}, {"value", kText}}, .arg_names = {"from_json"}},
    {.oid = 3968, .name = "json_typeof", .arg_types = {kJson}, .result_type = kText, .row = json_typeof},
    {.oid = 3969, .name = "json_array_elements_text", .arg_types = {kJson}, .result_type = kText,
     .set = json_array_elements_text, .columns = {{"value", kText}}, .arg_names = {"from_json"}},
};

const OperatorDef kOperators[] = {
    {.oid = 3962, .name = "->", .left = kJson, .right = kText, .result = kJson, .function = 3947},
    {.oid = 3963, .name = "->>", .left = kJson, .right = kText, .result = kText, .function = 3948},
    {.oid = 3964, .name = "->", .left = kJson, .right = kInt4, .result = kJson, .function = 3949},
    {.oid = 3965, .name = "->>", .left = kJson, .right = kInt4, .result = kText, .function = 3950},
    {.oid = 3966, .name = "#>", .left = kJson, .right = kTextArray, .result = kJson, .function = 3951},
    {.oid = 3967, .name = "#>>", .left = kJson, .right = kTextArray, .result = kText, .function = 3953},
};

}  // namespace

std::span<const FunctionDef> json_access_functions() { return kFunctions; }
std::span<const OperatorDef> json_access_operators() { return kOperators; }

}  // namespace vecino::sql
