#include <mutex>

#include "sqlfront/catalog/catalog.h"
#include "sqlfront/exec/modify/constraint_errors.h"
#include "sqlfront/exec/modify/index_source.h"

namespace vecino::sql {
namespace {

// Tells pg_stat_progress_create_index how far a build is. report() may be called from any thread.
class ProgressReport {
 public:
  ProgressReport(const RelationDesc& table, const RelationDesc& index, const IndexBuildOptions& options, ExecContext& context)
      : env_(*context.env), rows_(std::max<uint64_t>(1, context.tables->max_row_id(table.layout))) {
    info_.table = table.oid;
    info_.index = index.oid;
    info_.command = options.command;
    info_.phase = "building index";
    info_.blocks_total = static_cast<int64_t>(context.tables->approximate_bytes(table.layout) / kBlock);
    env_.report_index_build(info_);
  }
  ~ProgressReport() { env_.report_index_build(std::nullopt); }
  ProgressReport(const ProgressReport&) = delete;

  void report(const index::BuildProgress& progress) {
    std::lock_guard lock(mutex_);
    info_.phase = progress.phase;
    info_.tuples_total = static_cast<int64_t>(progress.tuples_total);
    info_.tuples_done = std::max(info_.tuples_done, static_cast<int64_t>(progress.tuples_done));
    double share = std::min(1.0, static_cast<double>(info_.tuples_done) / static_cast<double>(rows_));
    info_.blocks_done = static_cast<int64_t>(share * static_cast<double>(info_.blocks_total));
    env_.report_index_build(info_);
  }

 private:
  static constexpr uint64_t kBlock = 8192;
  EvalEnvironment& env_;
  const uint64_t rows_;
  std::mutex mutex_;
  IndexBuildInfo info_;
};

}  // namespace

void build_index(const RelationDesc& table, const RelationDesc& index, const IndexBuildOptions& options,
                 ExecContext& context) {
  RunState run(nullptr, context);
  auto source = make_index_source(table, index, run);
  std::shared_ptr<index::Index> target = context.catalogs->open_index(index, table);
  Arena arena;
  std::vector<Datum> conflict;
  ProgressReport progress(table, index, options, context);
  index::BuildContext build;
  build.mode = options.mode;
  build.cancel = context.cancel;
  auto& settings = context.env->settings();
  build.workers = static_cast<int>(settings.get_int(conf::SettingId::max_parallel_maintenance_workers));
  build.memory_limit = static_cast<size_t>(settings.get_int(conf::SettingId::maintenance_work_mem)) << 10;
  build.notice = [&](const ErrorInfo& notice) { context.env->notice(notice); };
  build.progress = [&](const index::BuildProgress& state) { progress.report(state); };
  Status status = target->build(*context.txn, *source, build, arena, &conflict);
  if (status.is_ok()) return;
  if (status.info().code == sqlstate::kUniqueViolation && !conflict.empty()) {
    throw duplicate_in_build(run, table, index, conflict);
  }
  throw SqlError(std::move(status.info()));
}

}  // namespace vecino::sql
