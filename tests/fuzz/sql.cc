// SQL text through the whole stack — parser, analyzer, planner, executor — over the in-memory engine.
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "server/copy_adapter.h"
#include "sqlfront/statement/instance.h"
#include "sqlfront/statement/session.h"
#include "storage/memory/memory_engine.h"

namespace {

using namespace vecino;

// Takes everything and keeps nothing.
class NullSink : public sql::ResultSink {
 public:
  void row_description(std::span<const sql::ResultColumn>, const sql::FormatCodes&) override {}
  void no_data() override {}
  void parameter_description(std::span<const Oid>) override {}
  void begin_row(size_t) override {}
  void null_value() override {}
  std::string& begin_value() override { buffer_.clear(); return buffer_; }
  void end_value() override {}
  void end_row() override {}
  void command_complete(std::string_view) override {}
  void empty_query() override {}
  void portal_suspended() override {}
  void parse_complete() override {}
  void bind_complete() override {}
  void close_complete() override {}
  void copy_in(bool, size_t) override {}
  void copy_out(bool, size_t) override {}
  std::string& copy_data_begin() override { buffer_.clear(); return buffer_; }
  void copy_data_end() override {}
  void copy_done() override {}
  void error(const ErrorInfo& error) override {
    // An internal error is a bug: the wording of every refusal is PostgreSQL's.
    if (error.code == sqlstate::kInternalError && error.message.starts_with("internal error")) __builtin_trap();
  }
  void notice(const ErrorInfo&, std::string_view) override {}
  void parameter_status(std::string_view, std::string_view) override {}
  void ready_for_query(char) override {}
  bool full() const override { return false; }

 private:
  std::string buffer_;
};

// Stops statements that run for long (cross joins of generate_series).
class Watchdog {
 public:
  explicit Watchdog(CancelState& cancel) : cancel_(cancel), thread_([this] { run(); }) {}
  void start() { set(std::chrono::steady_clock::now() + std::chrono::milliseconds(300)); }
  void stop() { set(std::chrono::steady_clock::time_point::max()); }

 private:
  void set(std::chrono::steady_clock::time_point deadline) {
    std::lock_guard lock(mutex_);
    deadline_ = deadline;
  }
  void run() {
    while (true) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      std::lock_guard lock(mutex_);
      if (std::chrono::steady_clock::now() > deadline_) cancel_.request(CancelReason::kUserRequest);
    }
  }
  CancelState& cancel_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
  std::thread thread_;
};

struct World {
  std::unique_ptr<storage::KvEngine> engine = storage::make_memory_engine();
  std::unique_ptr<storage::TransactionManager> transactions = storage::make_transaction_manager(*engine, 64 << 20);
  std::unique_ptr<storage::TableStore> tables = storage::make_table_store(*engine);
  std::unique_ptr<storage::SequenceStore> sequences = storage::make_sequence_store(*engine);
  std::unique_ptr<sql::CatalogManager> catalogs = sql::make_catalog_manager(*engine, *transactions, *tables);
  sql::Instance instance;
  CancelState cancel;
  std::unique_ptr<sql::Session> session;
  NullSink sink;
  Watchdog watchdog{cancel};

  World() {
    instance.engine = engine.get();
    instance.transactions = transactions.get();
    instance.tables = tables.get();
    instance.sequences = sequences.get();
    instance.catalogs = catalogs.get();
    instance.settings = std::make_shared<conf::ServerSettings>();
    instance.copy_codecs = server::copy_codecs();
    sql::StartupParameters startup;
    startup.user = startup.database = "postgres";
    startup.pid = 1;
    session = std::move(sql::Session::open(instance, startup, cancel)).value();
    run("CREATE TABLE t (id int PRIMARY KEY, name text, v vector(3), n numeric, d timestamptz, j jsonb, a int[])");
    run("INSERT INTO t SELECT i, 'n' || i, ARRAY[i, 1, 2]::vector, i / 3.0, now(), '{\"a\": 1}', ARRAY[i] "
        "FROM generate_series(1, 20) AS i");
  }
  void run(std::string text) {
    if (session->simple_query(std::move(text), sink) == sql::Progress::kCopyIn) session->copy_fail("fuzz", sink);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World* world = new World;
  std::string text(reinterpret_cast<const char*>(data), size);
  if (text.find('\0') != std::string::npos) return 0;
  world->watchdog.start();
  world->run("BEGIN");
  world->run(text);
  world->run("ROLLBACK");
  world->watchdog.stop();
  return 0;
}
