#include "sqlfront/types/jsonb.h"

#include <algorithm>

#include "sqlfront/interrupts.h"
#include "sqlfront/types/json_parse.h"
#include "sqlfront/types/numeric.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

void put(std::string& out, size_t value) {
  if (value > 0x0fffffff) {
    throw SqlError(sqlstate::kProgramLimitExceeded,
                   "total size of jsonb object elements exceeds the maximum of 268435455 bytes");
  }
  uint32_t v = static_cast<uint32_t>(value);
  out.append(reinterpret_cast<const char*>(&v), 4);
}

std::string tagged(JsonbKind kind, std::string_view payload = {}) {
  std::string out;
  out.reserve(1 + payload.size());
  out.push_back(static_cast<char>(kind));
  out += payload;
  return out;
}

bool key_less(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

// Builds the packed value from the inside out.
class Builder : public JsonHandler {
 public:
  void object_start(size_t) override { stack_.emplace_back(); }
  void object_end(size_t) override {
    std::string value = jsonb_object(std::move(stack_.back().members));
    stack_.pop_back();
    add(std::move(value));
  }
  void array_start(size_t) override { stack_.emplace_back(); }
  void array_end(size_t) override {
    std::string value = jsonb_array(stack_.back().elements);
    stack_.pop_back();
    add(std::move(value));
  }
  void key(std::string_view text) override {
    stack_.back().key = text;
    stack_.back().is_object = true;
  }
  void scalar(JsonScalar kind, std::string_view text, size_t, size_t) override {
    switch (kind) {
      case JsonScalar::kNull: return add(jsonb_null());
      case JsonScalar::kFalse: return add(jsonb_bool(false));
      case JsonScalar::kTrue: return add(jsonb_bool(true));
      case JsonScalar::kString: return add(jsonb_string(text));
      case JsonScalar::kNumber:
        scratch_.reset();
        return add(jsonb_number(numeric_from_text(scratch_, text)));
    }
  }
  std::string take() { return std::move(result_); }

 private:
  struct Level {
    bool is_object = false;
    std::string key;
    std::vector<std::string> elements;
    std::vector<JsonbMember> members;
  };
  void add(std::string value) {
    if (stack_.empty()) {
      result_ = std::move(value);
    } else if (stack_.back().is_object) {
      stack_.back().members.emplace_back(std::move(stack_.back().key), std::move(value));
    } else {
      stack_.back().elements.push_back(std::move(value));
    }
  }
  std::vector<Level> stack_;
  std::string result_;
  Arena scratch_;
};

void append_scalar(std::string& out, const JsonbView& value) {
  switch (value.kind()) {
    case JsonbKind::kNull: out += "null"; break;
    case JsonbKind::kFalse: out += "false"; break;
    case JsonbKind::kTrue: out += "true"; break;
    case JsonbKind::kNumber: numeric_to_text(value.number(), out); break;
    case JsonbKind::kString: append_json_string(out, value.payload()); break;
    default: break;
  }
}

}  // namespace

uint32_t JsonbView::offset(size_t i) const { return load<uint32_t>(bytes_.data() + 5 + i * 4); }

uint32_t JsonbView::count() const { return load<uint32_t>(bytes_.data() + 1); }

JsonbView JsonbView::element(uint32_t i) const {
  size_t data = 5 + size_t{count()} * 4;
  uint32_t begin = i == 0 ? 0 : offset(i - 1);
  return JsonbView(bytes_.substr(data + begin, offset(i) - begin));
}

std::string_view JsonbView::key(uint32_t i) const {
  size_t data = 5 + size_t{count()} * 8;
  uint32_t begin = i == 0 ? 0 : offset(i - 1);
  return bytes_.substr(data + begin, offset(i) - begin);
}

JsonbView JsonbView::value(uint32_t i) const {
  uint32_t n = count();
  size_t data = 5 + size_t{n} * 8 + offset(n - 1);
  uint32_t begin = i == 0 ? 0 : offset(size_t{n} + i - 1);
  return JsonbView(bytes_.substr(data + begin, offset(size_t{n} + i) - begin));
}

std::optional<uint32_t> JsonbView::find(std::string_view wanted) const {
  uint32_t low = 0, high = count();
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (key_less(key(middle), wanted)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == count() || key(low) != wanted) return std::nullopt;
  return low;
}

std::optional<JsonbView> JsonbView::get(std::string_view wanted) const {
  auto at = find(wanted);
  if (!at) return std::nullopt;
  return value(*at);
}

std::optional<JsonbView> JsonbView::get(int64_t index) const {
  int64_t n = count();
  if (index < 0) index += n;
  if (index < 0 || index >= n) return std::nullopt;
  return element(static_cast<uint32_t>(index));
}

std::string jsonb_null() { return tagged(JsonbKind::kNull); }
std::string jsonb_bool(bool value) { return tagged(value ? JsonbKind::kTrue : JsonbKind::kFalse); }
std::string jsonb_string(std::string_view text) {
  if (text.size() > 0x0fffffff) {
    throw SqlError(sqlstate::kProgramLimitExceeded, "string too long to represent as jsonb string")
        .detail("Due to an implementation restriction, jsonb strings cannot exceed 268435455 bytes.");
  }
  return tagged(JsonbKind::kString, text);
}
std::string jsonb_number(const Datum& numeric) { return tagged(JsonbKind::kNumber, numeric.bytes()); }

std::string jsonb_array(std::span<const std::string> elements) {
  std::string out = tagged(JsonbKind::kArray);
  put(out, elements.size());
  size_t end = 0;
  for (const std::string& element : elements) put(out, end += element.size());
  out.reserve(out.size() + end);
  for (const std::string& element : elements) out += element;
  return out;
}

std::string jsonb_object(std::vector<JsonbMember> members) {
  std::stable_sort(members.begin(), members.end(),
                   [](const JsonbMember& a, const JsonbMember& b) { return key_less(a.first, b.first); });
  std::vector<const JsonbMember*> unique;
  for (const JsonbMember& member : members) {
    if (!unique.empty() && unique.back()->first == member.first) unique.pop_back();
    unique.push_back(&member);
  }
  std::string out = tagged(JsonbKind::kObject);
  put(out, unique.size());
  size_t end = 0;
  for (const JsonbMember* member : unique) put(out, end += member->first.size());
  end = 0;
  for (const JsonbMember* member : unique) put(out, end += member->second.size());
  for (const JsonbMember* member : unique) out += member->first;
  for (const JsonbMember* member : unique) out += member->second;
  return out;
}

std::string jsonb_parse(std::string_view text) {
  Builder builder;
  parse_json(text, builder, JsonStrings::kConvert);
  return builder.take();
}

void jsonb_append_text(std::string& out, const JsonbView& value) {
  check_stack_depth();
  if (value.is_scalar()) return append_scalar(out, value);
  bool object = value.is_object();
  out.push_back(object ? '{' : '[');
  for (uint32_t i = 0; i < value.count(); ++i) {
    if (i > 0) out += ", ";
    if (object) {
      append_json_string(out, value.key(i));
      out += ": ";
    }
    jsonb_append_text(out, object ? value.value(i) : value.element(i));
  }
  out.push_back(object ? '}' : ']');
}

void jsonb_append_pretty(std::string& out, const JsonbView& value, int indent) {
  check_stack_depth();
  if (value.is_scalar()) return append_scalar(out, value);
  bool object = value.is_object();
  auto new_line = [&out](int level) {
    out.push_back('\n');
    out.append(static_cast<size_t>(level) * 4, ' ');
  };
  out.push_back(object ? '{' : '[');
  for (uint32_t i = 0; i < value.count(); ++i) {
    if (i > 0) out.push_back(',');
    new_line(indent + 1);
    if (object) {
      append_json_string(out, value.key(i));
      out += ": ";
    }
    jsonb_append_pretty(out, object ? value.value(i) : value.element(i), indent + 1);
  }
  new_line(indent);
  out.push_back(object ? '}' : ']');
}

const char* jsonb_type_name(const JsonbView& value) {
  switch (value.kind()) {
    case JsonbKind::kNull: return "null";
    case JsonbKind::kFalse:
    case JsonbKind::kTrue: return "boolean";
    case JsonbKind::kNumber: return "number";
    case JsonbKind::kString: return "string";
    case JsonbKind::kArray: return "array";
    case JsonbKind::kObject: return "object";
  }
  return "";
}

std::optional<std::string> jsonb_as_text(const JsonbView& value) {
  if (value.is_null()) return std::nullopt;
  if (value.kind() == JsonbKind::kString) return std::string(value.payload());
  std::string out;
  jsonb_append_text(out, value);
  return out;
}

}  // namespace vecino::sql
