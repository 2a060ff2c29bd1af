#include "sqlfront/functions/json_encode.h"

#include "sqlfront/functions/io_functions.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/datetime.h"
#include "sqlfront/types/json_parse.h"
#include "sqlfront/types/jsonb.h"
#include "sqlfront/types/numeric.h"
#include "sqlfront/types/record.h"

namespace vecino::sql {
namespace {

// ISO 8601 with a T, whatever DateStyle says; offsets with minutes.
void append_iso(CallContext& context, Oid type, const Datum& value, std::string& out) {
  DateTimeSettings settings = datetime_settings(context);
  settings.style = DateStyle::kIso;
  size_t at = out.size();
  if (type == type_id::kDate) return append_date(out, value.i64, settings);
  if (type == type_id::kTimestamp) {
    append_timestamp(out, value.i64, settings);
  } else {
    append_timestamptz(out, value.i64, settings);
  }
  size_t space = out.find(' ', at);
  if (space == std::string::npos) return;  // infinity
  out[space] = 'T';
  if (type == type_id::kTimestamp) return;
  size_t end = out.find(' ', space);
  if (end == std::string::npos) end = out.size();
  size_t sign = out.find_last_of("+-", end - 1);
  if (sign != std::string::npos && sign > space && end - sign == 3) out.insert(end, ":00");
}

std::string text_form(CallContext& context, Oid type, const Datum& value) {
  std::string text;
  append_text_form(context, type, value, text);
  return text;
}

// One level of an array; `at` is the next element in row-major order.
void append_dimension(CallContext& context, const ArrayView& array, int dimension, size_t& at, std::string& out,
                      JsonLayout layout) {
  out.push_back('[');
  for (int i = 0; i < array.length(dimension); ++i) {
    if (i > 0) out += layout == JsonLayout::kLines ? ",\n " : ",";
    if (dimension + 1 < array.ndim()) {
      append_dimension(context, array, dimension + 1, at, out, JsonLayout::kCompact);
    } else {
      append_json(context, array.element_type(), array[at++], out);
    }
  }
  out.push_back(']');
}

std::string encode_dimension(CallContext& context, const ArrayView& array, int dimension, size_t& at) {
  std::vector<std::string> elements;
  for (int i = 0; i < array.length(dimension); ++i) {
    if (dimension + 1 < array.ndim()) {
      elements.push_back(encode_dimension(context, array, dimension + 1, at));
    } else {
      elements.push_back(encode_jsonb(context, array.element_type(), array[at++]));
    }
  }
  return jsonb_array(elements);
}

}  // namespace

JsonCategory json_category(Oid type) {
  using namespace type_id;
  switch (type) {
    case kBool: return JsonCategory::kBool;
    case kInt2: case kInt4: case kInt8: case kFloat4: case kFloat8: case kNumeric: return JsonCategory::kNumber;
    case kDate: case kTimestamp: case kTimestamptz: return JsonCategory::kDate;
    case kJson: return JsonCategory::kJson;
    case kJsonb: return JsonCategory::kJsonb;
    case kRecord: return JsonCategory::kComposite;
    case kRecordArray: case kAnyArray: return JsonCategory::kArray;
    default: break;
  }
  const TypeInfo* info = find_type(type);
  if (info == nullptr || info->type_class == 'c') return JsonCategory::kComposite;
  // Not every type with elements is an array: a name has characters.
  if (is_array_type(*info)) return JsonCategory::kArray;
  return JsonCategory::kText;
}

void append_json(CallContext& context, Oid type, const Datum& value, std::string& out, JsonLayout layout) {
  check_stack_depth();
  if (value.is_null) {
    out += "null";
    return;
  }
  switch (json_category(type)) {
    case JsonCategory::kNull: out += "null"; return;
    case JsonCategory::kBool: out += value.boolean() ? "true" : "false"; return;
    case JsonCategory::kNumber: {
      std::string text = text_form(context, type, value);
      if (is_json_number(text)) {
        out += text;
      } else {
        append_json_string(out, text);  // NaN, Infinity
      }
      return;
    }
    case JsonCategory::kDate:
      out.push_back('"');
      append_iso(context, type, value, out);
      out.push_back('"');
      return;
    case JsonCategory::kJson: out += value.bytes(); return;
    case JsonCategory::kJsonb: jsonb_append_text(out, JsonbView(value)); return;
    case JsonCategory::kArray: {
      ArrayView array(value);
      size_t at = 0;
      if (array.empty()) {
        out += "[]";
      } else {
        append_dimension(context, array, 0, at, out, layout);
      }
      return;
    }
    case JsonCategory::kComposite: {
      PackedRecord record(value);
      out.push_back('{');
      for (size_t i = 0; i < record.size(); ++i) {
        if (i > 0) out += layout == JsonLayout::kLines ? ",\n " : ",";
        append_json_string(out, record.name(i));
        out.push_back(':');
        append_json(context, record.type(i), record[i], out);
      }
      out.push_back('}');
      return;
    }
    case JsonCategory::kText: append_json_string(out, text_form(context, type, value)); return;
  }
}

std::string encode_jsonb(CallContext& context, Oid type, const Datum& value) {
  check_stack_depth();
  if (value.is_null) return jsonb_null();
  switch (json_category(type)) {
    case JsonCategory::kNull: return jsonb_null();
    case JsonCategory::kBool: return jsonb_bool(value.boolean());
    case JsonCategory::kNumber: {
      if (type == type_id::kNumeric && numeric_is_finite(value)) return jsonb_number(value);
      std::string text = text_form(context, type, value);
      if (!is_json_number(text)) return jsonb_string(text);
      return jsonb_number(numeric_from_text(*context.arena, text));
    }
    case JsonCategory::kDate: {
      std::string text;
      append_iso(context, type, value, text);
      return jsonb_string(text);
    }
    case JsonCategory::kJson: return jsonb_parse(value.bytes());
    case JsonCategory::kJsonb: return std::string(value.bytes());
    case JsonCategory::kArray: {
      ArrayView array(value);
      size_t at = 0;
      return array.empty() ? jsonb_array({}) : encode_dimension(context, array, 0, at);
    }
    case JsonCategory::kComposite: {
      PackedRecord record(value);
      std::vector<JsonbMember> members;
      for (size_t i = 0; i < record.size(); ++i) {
        members.emplace_back(record.name(i), encode_jsonb(context, record.type(i), record[i]));
      }
      return jsonb_object(std::move(members));
    }
    case JsonCategory::kText: break;
  }
  return jsonb_string(text_form(context, type, value));
}

std::string json_key_text(CallContext& context, Oid type, const Datum& value) {
  switch (json_category(type)) {
    case JsonCategory::kJson:
    case JsonCategory::kJsonb:
    case JsonCategory::kArray:
    case JsonCategory::kComposite:
      throw SqlError(sqlstate::kInvalidParameterValue, "key value must be scalar, not array, composite, or json");
    case JsonCategory::kBool: return value.boolean() ? "true" : "false";
    case JsonCategory::kDate: {
      std::string text;
      append_iso(context, type, value, text);
      return text;
    }
    default: return text_form(context, type, value);
  }
}

}  // namespace vecino::sql
