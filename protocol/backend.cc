#include "protocol/backend.h"

#include "protocol/bytes.h"
#include "protocol/startup.h"

namespace vecino::protocol {
namespace {

Mark begin_message(std::string& out, char type) {
  out.push_back(type);
  Mark mark = out.size();
  out.append(4, '\0');
  return mark;
}

void empty_message(std::string& out, char type) {
  out.push_back(type);
  append_u32(out, 4);
}

void authentication(std::string& out, uint32_t request, std::string_view data) {
  Mark mark = begin_message(out, 'R');
  append_u32(out, request);
  out.append(data);
  end_message(out, mark);
}

void field(std::string& out, char code, std::string_view value) {
  if (value.empty()) return;
  out.push_back(code);
  append_cstring(out, value);
}

void error_fields(std::string& out, const ErrorInfo& error, std::string_view severity) {
  field(out, 'S', severity);
  field(out, 'V', severity);
  field(out, 'C', error.code.view());
  out.push_back('M');  // the one field that is sent even when empty
  append_cstring(out, error.message);
  field(out, 'D', error.detail);
  field(out, 'H', error.hint);
  if (error.position > 0) field(out, 'P', std::to_string(error.position));
  field(out, 'W', error.context);
  field(out, 's', error.schema);
  field(out, 't', error.table);
  field(out, 'c', error.column);
  field(out, 'd', error.data_type);
  field(out, 'n', error.constraint);
  // Of the places in PostgreSQL's source only this one is read by programs: drivers prepare again when they see it.
  if (error.message == "cached plan must not change result type") {
    field(out, 'F', "plancache.c");
    field(out, 'L', "722");
    field(out, 'R', "RevalidateCachedQuery");
  }
  out.push_back('\0');
}

void copy_response(std::string& out, char type, bool binary, size_t columns) {
  Mark mark = begin_message(out, type);
  out.push_back(binary ? 1 : 0);
  append_u16(out, static_cast<uint16_t>(columns));
  for (size_t i = 0; i < columns; ++i) append_u16(out, binary ? 1 : 0);
  end_message(out, mark);
}

}  // namespace

void end_message(std::string& out, Mark mark) { store_u32(&out[mark], static_cast<uint32_t>(out.size() - mark)); }

void authentication_ok(std::string& out) { authentication(out, 0, {}); }
void authentication_cleartext_password(std::string& out) { authentication(out, 3, {}); }
void authentication_sasl(std::string& out, std::span<const std::string_view> mechanisms) {
  std::string list;
  for (std::string_view mechanism : mechanisms) append_cstring(list, mechanism);
  list.push_back('\0');
  authentication(out, 10, list);
}
void authentication_sasl_continue(std::string& out, std::string_view data) { authentication(out, 11, data); }
void authentication_sasl_final(std::string& out, std::string_view data) { authentication(out, 12, data); }

void backend_key_data(std::string& out, int32_t pid, uint32_t secret) {
  Mark mark = begin_message(out, 'K');
  append_u32(out, static_cast<uint32_t>(pid));
  append_u32(out, secret);
  end_message(out, mark);
}

void parameter_status(std::string& out, std::string_view name, std::string_view value) {
  Mark mark = begin_message(out, 'S');
  append_cstring(out, name);
  append_cstring(out, value);
  end_message(out, mark);
}

void negotiate_protocol_version(std::string& out, std::span<const std::string> unknown_options) {
  Mark mark = begin_message(out, 'v');
  append_u32(out, kProtocol30);
  append_u32(out, static_cast<uint32_t>(unknown_options.size()));
  for (const std::string& option : unknown_options) append_cstring(out, option);
  end_message(out, mark);
}

void ready_for_query(std::string& out, char transaction_status) {
  const char message[] = {'Z', 0, 0, 0, 5, transaction_status};
  out.append(message, sizeof message);
}

void error_response(std::string& out, const ErrorInfo& error, std::string_view severity) {
  Mark mark = begin_message(out, 'E');
  error_fields(out, error, severity);
  end_message(out, mark);
}

void notice_response(std::string& out, const ErrorInfo& notice, std::string_view severity) {
  Mark mark = begin_message(out, 'N');
  error_fields(out, notice, severity);
  end_message(out, mark);
}

Mark begin_row_description(std::string& out, size_t columns) {
  Mark mark = begin_message(out, 'T');
  append_u16(out, static_cast<uint16_t>(columns));
  return mark;
}

void field_description(std::string& out, const FieldDescription& field) {
  append_cstring(out, field.name);
  append_u32(out, field.table);
  append_u16(out, static_cast<uint16_t>(field.attribute));
  append_u32(out, field.type);
  append_u16(out, static_cast<uint16_t>(field.type_length));
  append_u32(out, static_cast<uint32_t>(field.type_modifier));
  append_u16(out, static_cast<uint16_t>(field.format));
}

void parameter_description(std::string& out, std::span<const uint32_t> types) {
  Mark mark = begin_message(out, 't');
  append_u16(out, static_cast<uint16_t>(types.size()));
  for (uint32_t type : types) append_u32(out, type);
  end_message(out, mark);
}

void no_data(std::string& out) { empty_message(out, 'n'); }

Mark begin_data_row(std::string& out, size_t columns) {
  Mark mark = begin_message(out, 'D');
  append_u16(out, static_cast<uint16_t>(columns));
  return mark;
}

void null_value(std::string& out) { append_u32(out, 0xffffffff); }

Mark begin_value(std::string& out) {
  Mark mark = out.size();
  out.append(4, '\0');
  return mark;
}

void end_value(std::string& out, Mark mark) { store_u32(&out[mark], static_cast<uint32_t>(out.size() - mark - 4)); }

Mark begin_copy_data(std::string& out) { return begin_message(out, 'd'); }

void command_complete(std::string& out, std::string_view tag) {
  Mark mark = begin_message(out, 'C');
  append_cstring(out, tag);
  end_message(out, mark);
}

void empty_query_response(std::string& out) { empty_message(out, 'I'); }
void portal_suspended(std::string& out) { empty_message(out, 's'); }
void parse_complete(std::string& out) { empty_message(out, '1'); }
void bind_complete(std::string& out) { empty_message(out, '2'); }
void close_complete(std::string& out) { empty_message(out, '3'); }
void copy_done(std::string& out) { empty_message(out, 'c'); }
void copy_in_response(std::string& out, bool binary, size_t columns) { copy_response(out, 'G', binary, columns); }
void copy_out_response(std::string& out, bool binary, size_t columns) { copy_response(out, 'H', binary, columns); }

void notification(std::string& out, int32_t pid, std::string_view channel, std::string_view payload) {
  Mark mark = begin_message(out, 'A');
  append_u32(out, static_cast<uint32_t>(pid));
  append_cstring(out, channel);
  append_cstring(out, payload);
  end_message(out, mark);
}

}  // namespace vecino::protocol
