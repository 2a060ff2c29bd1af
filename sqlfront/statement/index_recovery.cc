#include "sqlfront/statement/index_recovery.h"

#include <chrono>

#include "index/api/recovery.h"
#include "sqlfront/catalog/identifiers.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/statement/session.h"
#include "storage/util/log.h"

namespace vecino::sql {
namespace {

// Keeps the first error; everything else a session says is of no interest.
class ErrorSink final : public ResultSink {
 public:
  void row_description(std::span<const ResultColumn>, const FormatCodes&) override {}
  void no_data() override {}
  void parameter_description(std::span<const Oid>) override {}
  void begin_row(size_t) override {}
  void null_value() override {}
  std::string& begin_value() override { return unused_; }
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
  std::string& copy_data_begin() override { return unused_; }
  void copy_data_end() override {}
  void copy_done() override {}
  void error(const ErrorInfo& error) override {
    if (message.empty()) message = error.message;
  }
  void notice(const ErrorInfo&, std::string_view) override {}
  void parameter_status(std::string_view, std::string_view) override {}
  void ready_for_query(char) override {}
  bool full() const override { return false; }

  std::string message;

 private:
  std::string unused_;
};

}  // namespace

IndexRecovery::IndexRecovery(Instance& instance) : instance_(instance) {
  open_all();
  drop_unfinished();
  total_ = opened_.size();
  thread_ = std::thread([this] { rebuild_damaged(); });
}

IndexRecovery::~IndexRecovery() {
  cancel_.request(CancelReason::kAdminShutdown);
  thread_.join();
}

void IndexRecovery::open_all() {
  std::vector<uint32_t> known;
  for (const DatabasePtr& database : instance_.catalogs->committed(well_known_oid::kTemplate1)->databases()) {
    auto catalog = instance_.catalogs->committed(database->oid);
    for (const RelationPtr& relation : catalog->relations()) {
      if (relation->kind != 'i' || !relation->index || relation->system) continue;
      const auto* method = index::find_access_method(relation->index->access_method);
      if (!method || !method->order_by_operator) continue;
      known.push_back(relation->layout.storage_id);
      RelationPtr table = catalog->find_relation(relation->index->table);
      SchemaPtr schema = catalog->find_schema(relation->schema);
      if (!table || !schema) continue;
      try {
        opened_.push_back({instance_.catalogs->open_index(*relation, *table), database->name, schema->name, relation->name,
                           !relation->index->valid});
      } catch (const SqlError& error) {
        log::error("could not open index \"" + relation->name + "\": " + error.info().message);
      }
    }
  }
  Status dropped = index::drop_orphaned_images(*instance_.engine, known);
  if (!dropped.is_ok()) log::warning("could not drop what unfinished index builds left: " + dropped.info().message);
}

std::string IndexRecovery::progress() const {
  const size_t total = total_, done = done_;
  if (done >= total) return {};
  return "loading vector indexes: " + std::to_string(done) + " of " + std::to_string(total) + " are done";
}

void IndexRecovery::log_progress(std::chrono::steady_clock::time_point& next) const {
  constexpr auto kPause = std::chrono::seconds(10);
  const auto now = std::chrono::steady_clock::now();
  if (now < next) return;
  log::info(progress());
  next = now + kPause;
}

void IndexRecovery::rebuild_damaged() {
  const auto begin = std::chrono::steady_clock::now();
  auto next = begin + std::chrono::seconds(1);  // nothing is said of what takes no time
  bool said = false;
  for (Opened& opened : opened_) {
    while (index::health(*opened.index) == index::IndexHealth::kLoading && !cancel_.requested()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      log_progress(next);
      said = said || next > begin + std::chrono::seconds(1);
    }
    if (cancel_.requested()) return;
    if (index::health(*opened.index) == index::IndexHealth::kDamaged) rebuild(opened);
    opened.index.reset();
    ++done_;
  }
  if (!said) return;
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  log::info("all vector indexes are loaded, in " + std::to_string(took.count()) + " ms");
}

void IndexRecovery::rebuild(const Opened& opened) {
  log::info("rebuilding index \"" + opened.name + "\" from its table's rows");
  std::string error = run(opened, "REINDEX INDEX ");
  if (!error.empty()) log::error("could not rebuild index \"" + opened.name + "\": " + error);
}

// Before anybody connects: later another index may have the name.
void IndexRecovery::drop_unfinished() {
  for (const Opened& opened : opened_) {
    if (!opened.unfinished) continue;
    log::info("dropping index \"" + opened.name + "\", whose concurrent build was interrupted");
    std::string error = run(opened, "DROP INDEX IF EXISTS ");
    if (!error.empty()) log::error("could not drop index \"" + opened.name + "\": " + error);
  }
  std::erase_if(opened_, [](const Opened& opened) { return opened.unfinished; });
}

std::string IndexRecovery::run(const Opened& opened, std::string_view command) {
  StartupParameters startup;
  startup.user = instance_.catalogs->committed(well_known_oid::kTemplate1)->find_role(well_known_oid::kBootstrapRole)->name;
  startup.database = opened.database;
  auto session = Session::open(instance_, std::move(startup), cancel_);
  if (!session.is_ok()) return session.status().info().message;
  ErrorSink sink;
  (*session)->simple_query(std::string(command) + quote_identifier(opened.schema) + "." + quote_identifier(opened.name), sink);
  return sink.message;
}

}  // namespace vecino::sql
