#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "protocol/frontend.h"
#include "server/wire_sink.h"
#include "sqlfront/statement/session.h"

namespace vecino::server {

// Feeds one session with messages cut from bytes: the protocol's state machine without sockets. Used by one thread at a
// time (I/O thread or executor), the one that owns the connection.
class MessageProcessor {
 public:
  enum class Where : uint8_t {
    kInline,  // on an I/O thread: stop before a message that may take long
    kExecutor,
  };
  enum class Outcome : uint8_t {
    kNeedInput,   // everything complete is done
    kOutputFull,  // write the sink out, then call run() again
    kLong,        // kInline only: continue on the executor
    kYield,       // enough for one turn; call again soon
    kClose,       // the client has said good-bye, or the stream cannot be trusted any more
  };
  // Called when the statement_timeout clock starts (true) and stops (false).
  using StatementClock = std::function<void(bool running)>;

  struct Limits {
    size_t max_message_size;
    bool inline_short_statements;
  };
  MessageProcessor(sql::Session& session, WireSink& sink, Limits limits, StatementClock clock);

  // Handles messages from the front of `bytes`; `consumed` = how many bytes are done with.
  Outcome run(std::string_view bytes, Where where, size_t& consumed);
  // Handed out a suspended message, or is there a whole message at the front of `bytes`?
  bool has_work(std::string_view bytes) const;
  // The next message, if it is COMMIT or ROLLBACK as simple query: these release what others wait for.
  bool next_ends_transaction(std::string_view bytes) const;
  // Everything the client sent is answered up to ReadyForQuery: the session is idle.
  bool is_idle() const { return idle_; }
  // In the middle of a long pipeline: nobody waits for an answer until a Sync or Flush comes.
  bool is_streaming() const { return executed_ >= kLongPipeline; }

 private:
  static constexpr int kLongPipeline = 16;
  void after_progress(sql::Progress progress);
  bool may_take_long(const protocol::Frame& frame);
  bool is_short_parse(std::string_view payload);
  void dispatch(const protocol::Frame& frame);
  void dispatch_copy(const protocol::Frame& frame);
  void do_sync(std::string_view payload);
  void do_flush(std::string_view payload);
  void do_query(std::string_view payload);
  void do_parse(std::string_view payload);
  void do_bind(std::string_view payload);
  void do_describe(std::string_view payload);
  void do_close(std::string_view payload);
  void do_execute(std::string_view payload);
  void report(const Status& status, bool simple);
  // In the server's encoding; false = it cannot be, which was reported.
  bool take_text(std::string_view& text, std::string& buffer, bool simple);
  bool take_parameters();
  void restart_clock();
  void start_clock();
  void stop_clock();

  sql::Session& session_;
  WireSink& sink_;
  const Limits limits_;
  StatementClock clock_;
  bool suspended_ = false;
  bool must_wait_ = false;
  bool bound_ = false;  // a short statement was bound since the last Sync
  bool copy_in_ = false;
  bool idle_ = true;
  int executed_ = 0;  // Execute messages since the last Sync, Flush or Query
  bool clock_running_ = false;
  bool short_so_far_ = true;  // nothing long since the last Sync
  size_t skip_bytes_ = 0;     // of an over-long message
  // Kept for their capacity.
  protocol::ParseMessage parse_;
  protocol::BindMessage bind_;
  std::vector<sql::Session::BoundValue> values_;
  std::string text_, name_, portal_;
  std::vector<std::string> parameter_texts_;
  bool in_query_ = false;  // a simple query string runs, or waits to go on
};

}  // namespace vecino::server
