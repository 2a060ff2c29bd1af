#pragma once

#include <functional>
#include <string>

#include "protocol/backend.h"
#include "server/client_encoding.h"
#include "sqlfront/statement/session.h"

namespace vecino::server {

// Encodes what a session says straight into the connection's output buffer. Owned and used by one thread at a time.
class WireSink final : public sql::ResultSink {
 public:
  // Beyond this the session suspends and the buffer is written out.
  static constexpr size_t kFull = 64 * 1024;

  explicit WireSink(CancelState& cancel) : cancel_(cancel) {}

  std::string& buffer() { return out_; }
  size_t unsent() const { return out_.size() - sent_; }
  const char* unsent_data() const { return out_.data() + sent_; }
  void mark_sent(size_t bytes);
  // Drops the capacity that a big result left behind.
  void shrink();

  // Has something been said that the client should see now (ReadyForQuery, an error, a COPY response)?
  bool wants_flush() const { return wants_flush_; }
  // An error is told at once: the client may be sending data that nobody wants any more.
  bool is_urgent() const { return urgent_; }
  void request_flush() { wants_flush_ = true; }
  // Since the last call: was a ReadyForQuery / an end of a statement sent?
  bool take_ready() { return std::exchange(ready_, false); }
  bool take_completed() { return std::exchange(completed_, false); }
  // A FATAL error went out: nothing may follow it and the connection ends.
  bool is_dead() const { return dead_; }
  void fatal(const ErrorInfo& error);

  ClientEncoding& encoding() { return encoding_; }
  void follow_settings(const conf::SessionSettings& settings) { settings_ = &settings; }
  // Called after each statement of a message.
  std::function<void()> statement_ended;

  void row_description(std::span<const sql::ResultColumn> columns, const sql::FormatCodes& formats) override;
  void no_data() override { protocol::no_data(out_); }
  void parameter_description(std::span<const Oid> types) override { protocol::parameter_description(out_, types); }
  void begin_row(size_t column_count) override {
    message_ = protocol::begin_data_row(out_, column_count);
    is_open_ = true;
  }
  void null_value() override { protocol::null_value(out_); }
  std::string& begin_value() override {
    value_ = protocol::begin_value(out_);
    return out_;
  }
  void end_value() override { protocol::end_value(out_, value_); }
  void end_text_value() override;
  void end_row() override { end_open(); }
  void command_complete(std::string_view tag) override;
  void empty_query() override;
  void portal_suspended() override;
  void parse_complete() override { protocol::parse_complete(out_); }
  void bind_complete() override { protocol::bind_complete(out_); }
  void close_complete() override { protocol::close_complete(out_); }
  void copy_in(bool binary, size_t column_count) override;
  void copy_out(bool binary, size_t column_count) override { protocol::copy_out_response(out_, binary, column_count); }
  std::string& copy_data_begin() override {
    message_ = protocol::begin_copy_data(out_);
    is_open_ = true;
    return out_;
  }
  void copy_data_end() override { end_open(); }
  void copy_done() override { protocol::copy_done(out_); }
  void error(const ErrorInfo& error) override;
  void notice(const ErrorInfo& notice, std::string_view severity) override;
  void parameter_status(std::string_view name, std::string_view value) override;
  void ready_for_query(char transaction_status) override;
  bool full() const override { return out_.size() - sent_ >= kFull; }

 private:
  void follow() {
    if (settings_ != nullptr) encoding_.follow(*settings_);
  }
  void end_open() {
    protocol::end_message(out_, message_);
    is_open_ = false;
  }
  void drop_open();

  CancelState& cancel_;
  ClientEncoding encoding_;
  const conf::SessionSettings* settings_ = nullptr;
  std::string converted_;
  std::string out_;
  size_t sent_ = 0;
  protocol::Mark message_ = 0, value_ = 0;
  bool urgent_ = false;
  bool is_open_ = false;  // a row or a piece of COPY data whose end is missing: an error takes it back
  bool wants_flush_ = false, ready_ = false, completed_ = false, dead_ = false;
};

// True for the reasons that end the session.
bool ends_session(CancelReason reason);

}  // namespace vecino::server
