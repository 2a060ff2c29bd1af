#include "server/message_processor.h"

#include "protocol/text_check.h"
#include "sqlfront/sql_error.h"

#include <algorithm>
#include <cstdio>

namespace vecino::server {
namespace {

constexpr int kMessagesPerTurn = 64;  // inline, before other connections get their turn

bool is_word(std::string_view sql, std::string_view word) {
  while (!sql.empty() && isspace(static_cast<unsigned char>(sql.front()))) sql.remove_prefix(1);
  if (sql.size() < word.size()) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    if ((sql[i] | 0x20) != word[i]) return false;
  }
  return true;
}

// The statement's name in a Bind message; that of the unnamed one when the message is damaged.
std::string_view bound_statement(std::string_view payload) {
  size_t portal_end = payload.find('\0');
  if (portal_end == std::string_view::npos) return {};
  std::string_view statement = payload.substr(portal_end + 1);
  return statement.substr(0, statement.find('\0'));
}

Status unexpected_in_copy(char type) {
  char message[80];
  std::snprintf(message, sizeof message, "unexpected message type 0x%02X during COPY from stdin",
                static_cast<unsigned>(static_cast<unsigned char>(type)));
  return Status::error(sqlstate::kProtocolViolation, message);
}

}  // namespace

MessageProcessor::MessageProcessor(sql::Session& session, WireSink& sink, Limits limits, StatementClock clock)
    : session_(session), sink_(sink), limits_(limits), clock_(std::move(clock)) {
  sink_.follow_settings(session.settings());
  sink_.statement_ended = [this] {
    if (in_query_) restart_clock();
  };
  session_.text_from_client = [this](std::string_view text) {
    std::string buffer;
    auto converted = sink_.encoding().from_client(text, buffer);
    if (!converted.is_ok()) throw SqlError(converted.status().info());
    return std::string(*converted);
  };
}

bool MessageProcessor::has_work(std::string_view bytes) const {
  return suspended_ || protocol::next_frame(bytes, limits_.max_message_size).state != protocol::FrameState::kNeedMore;
}

bool MessageProcessor::next_ends_transaction(std::string_view bytes) const {
  if (suspended_) return false;
  protocol::FrameResult next = protocol::next_frame(bytes, limits_.max_message_size);
  if (next.state != protocol::FrameState::kComplete) return false;
  if (next.frame.type == 'S') return !session_.is_sync_short();
  if (session_.transaction_status() == 'I') return false;
  if (next.frame.type == 'B') return session_.ends_transaction(bound_statement(next.frame.payload));
  if (next.frame.type != 'Q') return false;
  std::string_view sql = next.frame.payload;
  return is_word(sql, "commit") || is_word(sql, "rollback") || is_word(sql, "end") || is_word(sql, "abort");
}

MessageProcessor::Outcome MessageProcessor::run(std::string_view bytes, Where where, size_t& consumed) {
  consumed = 0;
  session_.set_may_wait(where == Where::kExecutor);
  for (int count = 0;; ++count) {
    if (sink_.is_dead()) return Outcome::kClose;
    if (sink_.full() || sink_.is_urgent()) return Outcome::kOutputFull;
    if (suspended_) {
      if (where == Where::kInline) return Outcome::kLong;
      suspended_ = false;
      after_progress(session_.resume(sink_));
      continue;
    }
    if (skip_bytes_ > 0) {
      size_t skipped = std::min(skip_bytes_, bytes.size() - consumed);
      skip_bytes_ -= skipped;
      consumed += skipped;
    }
    protocol::FrameResult next = protocol::next_frame(bytes.substr(consumed), limits_.max_message_size);
    switch (next.state) {
      case protocol::FrameState::kNeedMore:
        return Outcome::kNeedInput;
      case protocol::FrameState::kBadType:
        sink_.fatal(protocol::frame_error(next).info());
        return Outcome::kClose;
      // As PostgreSQL: the position in the stream is lost, and nothing is said.
      case protocol::FrameState::kBadLength:
        return Outcome::kClose;
      case protocol::FrameState::kTooLarge:
        skip_bytes_ = next.size;
        report(protocol::frame_error(next), next.frame.type == 'Q');
        continue;
      case protocol::FrameState::kComplete:
        break;
    }
    if (where == Where::kInline) {
      if (count >= kMessagesPerTurn) return Outcome::kYield;
      if (may_take_long(next.frame)) return Outcome::kLong;
    }
    consumed += next.size;
    if (next.frame.type == 'X') return Outcome::kClose;
    dispatch(next.frame);
    if (must_wait_) {  // as if the message had not come
      must_wait_ = false;
      short_so_far_ = false;
      consumed -= next.size;
      return Outcome::kLong;
    }
  }
}

void MessageProcessor::after_progress(sql::Progress progress) {
  must_wait_ = progress == sql::Progress::kMustWait;
  if (must_wait_) return;
  suspended_ = progress == sql::Progress::kSuspended;
  if (progress == sql::Progress::kCopyIn) copy_in_ = true;
  if (progress == sql::Progress::kDone) copy_in_ = false;
  if (sink_.take_completed() && (!in_query_ || progress == sql::Progress::kDone)) stop_clock();
  if (sink_.take_ready()) {
    in_query_ = false;
    idle_ = true;
    short_so_far_ = true;
    bound_ = false;
  }
}

// Execute and Sync are as long as the statements that Parse and Bind named since the last Sync.
bool MessageProcessor::may_take_long(const protocol::Frame& frame) {
  sink_.encoding().follow(session_.settings());
  const bool inline_allowed = limits_.inline_short_statements && sink_.encoding().is_utf8();
  switch (frame.type) {
    case 'Q': {
      protocol::QueryMessage message;
      return copy_in_ || !inline_allowed || !protocol::decode_query(frame.payload, message).is_ok() ||
             !session_.prepare_short_query(message.sql);
    }
    case 'd':
    case 'c':
    case 'f':
      return copy_in_;
    case 'P':
      short_so_far_ = short_so_far_ && (session_.skipping_to_sync() || (inline_allowed && is_short_parse(frame.payload)));
      return !short_so_far_;
    case 'B':
      short_so_far_ = short_so_far_ && inline_allowed && session_.prepare_short_bind(bound_statement(frame.payload));
      bound_ = short_so_far_;
      return !short_so_far_;
    case 'E':
      return !short_so_far_ || (!bound_ && !session_.skipping_to_sync());
    case 'D':
      return !short_so_far_;
    case 'S':
      return !short_so_far_ || !session_.is_sync_short();
    default:
      return false;
  }
}

bool MessageProcessor::is_short_parse(std::string_view payload) {
  return protocol::decode_parse(payload, parse_).is_ok() &&
         session_.prepare_short_parse(parse_.name, parse_.sql, parse_.parameter_types);
}

void MessageProcessor::start_clock() {
  if (clock_running_ || session_.skipping_to_sync()) return;
  if (session_.settings().get_int(conf::SettingId::statement_timeout) == 0) return;
  clock_running_ = true;
  clock_(true);
}

// Each statement of a query string has the time that its predecessors may have set.
void MessageProcessor::restart_clock() {
  stop_clock();
  start_clock();
}

void MessageProcessor::stop_clock() {
  if (!clock_running_) return;
  clock_running_ = false;
  clock_(false);
}

void MessageProcessor::report(const Status& status, bool simple) {
  if (session_.skipping_to_sync()) return;
  session_.protocol_error(status.info(), sink_);
  // A bad Query or function call has no Sync to wait for.
  if (simple) session_.sync(sink_);
  after_progress(sql::Progress::kDone);
}

bool MessageProcessor::take_text(std::string_view& text, std::string& buffer, bool simple) {
  if (sink_.encoding().is_utf8()) return true;
  auto converted = sink_.encoding().from_client(text, buffer);
  if (converted.is_ok()) {
    text = *converted;
    return true;
  }
  report(converted.status(), simple);
  return false;
}

// Those in text format; of the others only the session knows what is text.
bool MessageProcessor::take_parameters() {
  if (sink_.encoding().is_utf8()) return true;
  parameter_texts_.resize(values_.size());
  for (size_t i = 0; i < values_.size(); ++i) {
    const auto& formats = bind_.parameter_formats;
    const int format = formats.empty() ? 0 : formats.size() == 1 ? formats[0] : i < formats.size() ? formats[i] : 0;
    if (values_[i].is_null || format != 0) continue;
    if (!take_text(values_[i].bytes, parameter_texts_[i], false)) return false;
  }
  return true;
}

void MessageProcessor::dispatch(const protocol::Frame& frame) {
  sink_.encoding().follow(session_.settings());
  protocol::UncheckedText unchecked(!sink_.encoding().is_utf8());
  if (copy_in_) return dispatch_copy(frame);
  switch (frame.type) {
    case 'Q':
      return do_query(frame.payload);
    case 'P':
      return do_parse(frame.payload);
    case 'B':
      return do_bind(frame.payload);
    case 'D':
      return do_describe(frame.payload);
    case 'E':
      return do_execute(frame.payload);
    case 'C':
      return do_close(frame.payload);
    case 'S':
      return do_sync(frame.payload);
    case 'H':
      return do_flush(frame.payload);
    case 'F':
      return report(Status::error(sqlstate::kFeatureNotSupported, "function calls by message are not supported"), true);
    case 'd':
    case 'c':
    case 'f':
      return;  // left over from a COPY that failed
    default:
      return sink_.fatal(Status::error(sqlstate::kProtocolViolation,
                                       "invalid frontend message type " + std::to_string(static_cast<int>(frame.type)))
                             .info());
  }
}

void MessageProcessor::dispatch_copy(const protocol::Frame& frame) {
  switch (frame.type) {
    case 'd':
      return after_progress(session_.copy_data(frame.payload, sink_));
    case 'c':
      return after_progress(session_.copy_done(sink_));
    case 'f': {
      protocol::CopyFailMessage message;
      Status status = protocol::decode_copy_fail(frame.payload, message);
      if (!status.is_ok()) return after_progress(session_.copy_error(status.info(), sink_));
      if (!take_text(message.reason, text_, false)) return;
      return after_progress(session_.copy_fail(message.reason, sink_));
    }
    case 'H':
    case 'S':
      return;  // allowed anywhere, without meaning in a COPY
    default:
      report(unexpected_in_copy(frame.type), false);
      return sink_.fatal(Status::error(sqlstate::kProtocolViolation,
                                       "terminating connection because protocol synchronization was lost")
                             .info());
  }
}

void MessageProcessor::do_sync(std::string_view payload) {
  idle_ = false;
  executed_ = 0;
  Status status = protocol::decode_empty(payload);
  // Even a malformed Sync ends the group: its error is answered with ReadyForQuery.
  if (!status.is_ok() && !session_.skipping_to_sync()) return report(status, true);
  after_progress(session_.sync(sink_));
}

void MessageProcessor::do_flush(std::string_view payload) {
  executed_ = 0;
  Status status = protocol::decode_empty(payload);
  if (!status.is_ok()) return report(status, false);
  sink_.request_flush();
}

void MessageProcessor::do_query(std::string_view payload) {
  idle_ = false;
  executed_ = 0;
  protocol::QueryMessage message;
  Status status = protocol::decode_query(payload, message);
  if (!status.is_ok()) return report(status, true);
  if (!take_text(message.sql, text_, true)) return;
  start_clock();
  in_query_ = true;
  after_progress(session_.simple_query(std::string(message.sql), sink_));
}

void MessageProcessor::do_parse(std::string_view payload) {
  idle_ = false;
  Status status = protocol::decode_parse(payload, parse_);
  if (!status.is_ok()) return report(status, false);
  if (!take_text(parse_.sql, text_, false) || !take_text(parse_.name, name_, false)) return;
  start_clock();
  after_progress(session_.parse(std::string(parse_.name), std::string(parse_.sql), parse_.parameter_types, sink_));
}

void MessageProcessor::do_bind(std::string_view payload) {
  idle_ = false;
  Status status = protocol::decode_bind(payload, bind_);
  if (!status.is_ok()) return report(status, false);
  start_clock();
  values_.clear();
  for (const protocol::BindMessage::Value& value : bind_.values) values_.push_back({value.is_null, value.bytes});
  if (!take_text(bind_.portal, portal_, false) || !take_text(bind_.statement, name_, false) || !take_parameters()) return;
  after_progress(session_.bind(std::string(bind_.portal), std::string(bind_.statement), bind_.parameter_formats,
                               values_, bind_.result_formats, sink_));
}

void MessageProcessor::do_describe(std::string_view payload) {
  idle_ = false;
  protocol::DescribeMessage message;
  Status status = protocol::decode_describe(payload, message);
  if (!status.is_ok()) return report(status, false);
  if (!take_text(message.name, name_, false)) return;
  start_clock();
  std::string name(message.name);
  after_progress(message.kind == protocol::ObjectKind::kStatement ? session_.describe_statement(name, sink_)
                                                                  : session_.describe_portal(name, sink_));
}

void MessageProcessor::do_close(std::string_view payload) {
  idle_ = false;
  protocol::CloseMessage message;
  Status status = protocol::decode_close(payload, message);
  if (!status.is_ok()) return report(status, false);
  if (!take_text(message.name, name_, false)) return;
  std::string name(message.name);
  after_progress(message.kind == protocol::ObjectKind::kStatement ? session_.close_statement(name, sink_)
                                                                  : session_.close_portal(name, sink_));
}

void MessageProcessor::do_execute(std::string_view payload) {
  idle_ = false;
  if (executed_ < kLongPipeline) ++executed_;
  protocol::ExecuteMessage message;
  Status status = protocol::decode_execute(payload, message);
  if (!status.is_ok()) return report(status, false);
  start_clock();
  if (!take_text(message.portal, portal_, false)) return;
  // PostgreSQL takes a negative limit as no limit.
  int64_t max_rows = std::max<int32_t>(message.max_rows, 0);
  after_progress(session_.execute(std::string(message.portal), max_rows, sink_));
}

}  // namespace vecino::server
