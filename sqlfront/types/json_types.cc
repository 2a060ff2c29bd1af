// The rows of json (text, kept as written) and jsonb.
#include "sqlfront/types/json_parse.h"
#include "sqlfront/types/jsonb.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

Datum json_input(CallContext& context, std::string_view text) {
  JsonHandler check;
  parse_json(text, check, JsonStrings::kKeep);
  return context.text(text);
}
void json_output(CallContext&, const Datum& value, std::string& out) { out += value.bytes(); }

Datum jsonb_input(CallContext& context, std::string_view text) { return context.text(jsonb_parse(text)); }
void jsonb_output(CallContext&, const Datum& value, std::string& out) { jsonb_append_text(out, JsonbView(value)); }

constexpr char kJsonbVersion = 1;

Datum jsonb_receive(CallContext& context, std::string_view bytes) {
  if (bytes.empty()) throw SqlError(sqlstate::kProtocolViolation, "no data left in message");
  if (bytes[0] != kJsonbVersion) {
    throw SqlError(sqlstate::kInternalError,
                   "unsupported jsonb version number " + std::to_string(static_cast<uint8_t>(bytes[0])));
  }
  return jsonb_input(context, bytes.substr(1));
}
void jsonb_send(CallContext& context, const Datum& value, std::string& out) {
  out.push_back(kJsonbVersion);
  jsonb_output(context, value, out);
}

}  // namespace

std::span<const TypeInfo> json_types() {
  static const TypeInfo types[] = {
      {
          .id = type_id::kJson,
          .name = "json",
          .array_id = 199,
          .element_id = kInvalidOid,
          .kind = PhysicalKind::kBytes,
          .length = -1,
          .type_class = 'b',
          .category = 'U',
          .preferred = false,
          .by_value = false,
          .alignment = 'i',
          .storage = 'x',
          .input = json_input,
          .output = json_output,
          .receive = json_input,
          .send = json_output,
          .input_name = "json_in",
          .output_name = "json_out",
          .receive_name = "json_recv",
          .send_name = "json_send",
      },
      {
          .id = type_id::kJsonb,
          .name = "jsonb",
          .array_id = 3807,
          .element_id = kInvalidOid,
          .kind = PhysicalKind::kBytes,
          .length = -1,
          .type_class = 'b',
          .category = 'U',
          .preferred = false,
          .by_value = false,
          .alignment = 'i',
          .storage = 'x',
          .input = jsonb_input,
          .output = jsonb_output,
          .receive = jsonb_receive,
          .send = jsonb_send,
          .compare = jsonb_compare,
          .hash = jsonb_hash,
          .key_codec = {jsonb_encode_key},
          .input_name = "jsonb_in",
          .output_name = "jsonb_out",
          .receive_name = "jsonb_recv",
          .send_name = "jsonb_send",
      },
  };
  return types;
}

}  // namespace vecino::sql
