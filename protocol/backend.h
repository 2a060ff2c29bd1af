#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "storage/util/status.h"

namespace vecino::protocol {

// Encoders of the messages a server sends (manual 55.7); each appends one whole message to `out`.

void authentication_ok(std::string& out);
void authentication_cleartext_password(std::string& out);
void authentication_sasl(std::string& out, std::span<const std::string_view> mechanisms);
void authentication_sasl_continue(std::string& out, std::string_view data);
void authentication_sasl_final(std::string& out, std::string_view data);
void backend_key_data(std::string& out, int32_t pid, uint32_t secret);
void parameter_status(std::string& out, std::string_view name, std::string_view value);
void negotiate_protocol_version(std::string& out, std::span<const std::string> unknown_options);
void ready_for_query(std::string& out, char transaction_status);

// `severity` is ERROR, FATAL, PANIC; WARNING, NOTICE, DEBUG, INFO, LOG.
void error_response(std::string& out, const ErrorInfo& error, std::string_view severity);
void notice_response(std::string& out, const ErrorInfo& notice, std::string_view severity);

struct FieldDescription {
  std::string_view name;
  uint32_t table = 0;
  int16_t attribute = 0;
  uint32_t type = 0;
  int16_t type_length = -1;
  int32_t type_modifier = -1;
  int16_t format = 0;
};
// Messages of variable length: begin returns the place that end needs to fill in the length.
using Mark = size_t;
Mark begin_row_description(std::string& out, size_t columns);
void field_description(std::string& out, const FieldDescription& field);
void parameter_description(std::string& out, std::span<const uint32_t> types);
void no_data(std::string& out);

Mark begin_data_row(std::string& out, size_t columns);
void null_value(std::string& out);
Mark begin_value(std::string& out);
void end_value(std::string& out, Mark mark);

Mark begin_copy_data(std::string& out);
// Fills in the length of the message begun at `mark`.
void end_message(std::string& out, Mark mark);

void command_complete(std::string& out, std::string_view tag);
void empty_query_response(std::string& out);
void portal_suspended(std::string& out);
void parse_complete(std::string& out);
void bind_complete(std::string& out);
void close_complete(std::string& out);
void copy_in_response(std::string& out, bool binary, size_t columns);
void copy_out_response(std::string& out, bool binary, size_t columns);
void copy_done(std::string& out);
void notification(std::string& out, int32_t pid, std::string_view channel, std::string_view payload);

}  // namespace vecino::protocol
