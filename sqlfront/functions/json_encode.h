#pragma once

#include <string>

#include "sqlfront/functions/function.h"

namespace vecino::sql {

// SQL values as JSON (manual 9.16.2, to_json): numbers and booleans as such, arrays and rows nested, dates in ISO 8601,
// everything else as a string of its text form.
enum class JsonLayout : bool { kCompact, kLines };  // kLines: a line feed between the outermost items

void append_json(CallContext& context, Oid type, const Datum& value, std::string& out,
                 JsonLayout layout = JsonLayout::kCompact);
std::string encode_jsonb(CallContext& context, Oid type, const Datum& value);  // value may be null

enum class JsonCategory : uint8_t { kNull, kBool, kNumber, kDate, kJson, kJsonb, kArray, kComposite, kText };
JsonCategory json_category(Oid type);

// A value as an object key. 22023 `key value must be scalar, not array, composite, or json`
std::string json_key_text(CallContext& context, Oid type, const Datum& value);

}  // namespace vecino::sql
