#include "server/wire_sink.h"

#include "sqlfront/sql_error.h"

namespace vecino::server {
namespace {

ErrorInfo in_encoding(const ErrorInfo& error, ClientEncoding& encoding) {
  ErrorInfo info = error;
  for (std::string* text : {&info.message, &info.detail, &info.hint, &info.context, &info.schema, &info.table, &info.column,
                            &info.data_type, &info.constraint}) {
    *text = encoding.to_client_or_mark(*text);
  }
  return info;
}

}  // namespace

bool ends_session(CancelReason reason) {
  return reason != CancelReason::kNone && reason != CancelReason::kUserRequest &&
         reason != CancelReason::kStatementTimeout;
}

void WireSink::mark_sent(size_t bytes) {
  sent_ += bytes;
  if (sent_ < out_.size()) return;
  out_.clear();
  sent_ = 0;
  wants_flush_ = urgent_ = false;
}

void WireSink::shrink() {
  if (out_.empty() && out_.capacity() > 16 * 1024) std::string().swap(out_);
}

// What a value's output function had written when it failed.
void WireSink::drop_open() {
  if (!is_open_) return;
  out_.resize(message_ - 1);  // the type of the message stands before the mark
  is_open_ = false;
}

void WireSink::fatal(const ErrorInfo& error) {
  if (dead_) return;
  drop_open();
  protocol::error_response(out_, error, "FATAL");
  dead_ = true;
  wants_flush_ = true;
}

void WireSink::end_text_value() {
  if (!encoding_.is_utf8()) {
    constexpr size_t kLength = 4;
    const size_t begin = value_ + kLength;
    auto text = encoding_.to_client(std::string_view(out_).substr(begin), converted_);
    if (!text.is_ok()) {
      drop_open();
      throw SqlError(text.status().info());
    }
    if (text->data() == converted_.data()) out_.replace(begin, std::string::npos, *text);
  }
  protocol::end_value(out_, value_);
}

void WireSink::row_description(std::span<const sql::ResultColumn> columns, const sql::FormatCodes& formats) {
  follow();
  message_ = protocol::begin_row_description(out_, columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    const sql::ResultColumn& column = columns[i];
    protocol::FieldDescription field;
    std::string name;
    if (!encoding_.is_utf8()) name = encoding_.to_client_or_mark(column.name);
    field.name = encoding_.is_utf8() ? column.name : name;
    field.table = column.table;
    field.attribute = column.attribute;
    field.type = column.type.id;
    field.type_length = column.type_length;
    field.type_modifier = column.type.typmod;
    field.format = formats.empty() ? int16_t{0} : formats[formats.size() == 1 ? 0 : i];
    protocol::field_description(out_, field);
  }
  protocol::end_message(out_, message_);
}

void WireSink::command_complete(std::string_view tag) {
  protocol::command_complete(out_, tag);
  completed_ = true;
  if (statement_ended) statement_ended();
}
void WireSink::empty_query() {
  protocol::empty_query_response(out_);
  completed_ = true;
}
void WireSink::portal_suspended() {
  protocol::portal_suspended(out_);
  completed_ = true;
}

void WireSink::copy_in(bool binary, size_t column_count) {
  protocol::copy_in_response(out_, binary, column_count);
  wants_flush_ = true;
}

void WireSink::error(const ErrorInfo& error) {
  drop_open();
  if (dead_) return;
  CancelReason reason = cancel_.reason();
  if (ends_session(reason) && error.code == CancelState::status_of(reason).info().code) return fatal(error);
  if (encoding_.is_utf8()) {
    protocol::error_response(out_, error, "ERROR");
  } else {
    protocol::error_response(out_, in_encoding(error, encoding_), "ERROR");
  }
  wants_flush_ = urgent_ = true;
  completed_ = true;
}

void WireSink::notice(const ErrorInfo& notice, std::string_view severity) {
  if (dead_) return;
  follow();
  protocol::notice_response(out_, encoding_.is_utf8() ? notice : in_encoding(notice, encoding_), severity);
}

void WireSink::parameter_status(std::string_view name, std::string_view value) {
  if (dead_) return;
  follow();
  protocol::parameter_status(out_, name, encoding_.is_utf8() ? std::string(value) : encoding_.to_client_or_mark(value));
}

void WireSink::ready_for_query(char transaction_status) {
  if (!dead_) protocol::ready_for_query(out_, transaction_status);
  // A cancel or timeout that hit the statement must not hit the next one of a pipeline.
  cancel_.clear_statement_reasons();
  wants_flush_ = true;
  ready_ = completed_ = true;
}

}  // namespace vecino::server
