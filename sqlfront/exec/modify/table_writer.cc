#include "sqlfront/exec/modify/index_source.h"
#include "sqlfront/exec/modify/row_writer.h"
#include "sqlfront/catalog/catalog.h"

namespace vecino::sql {
namespace {

class BulkTableWriter final : public TableWriter {
 public:
  BulkTableWriter(RelationPtr table, std::vector<IndexMaintenance> indexes,
                  std::vector<ModifyTableNode::Check> checks, ExecContext context)
      : run_(nullptr, std::move(context)), foreign_keys_(links(table)),
        writer_(std::move(table), indexes, checks, foreign_keys_, run_), row_(writer_.width()) {}

  void insert(const Datum* const* columns, size_t rows) override {
    run_.check_cancel();
    arena_.reset();
    for (size_t r = 0; r < rows; ++r) {
      for (size_t c = 0; c < row_.size(); ++c) row_[c] = columns[c][r];
      writer_.complete(row_.data(), arena_);
      writer_.insert(row_.data(), arena_, nullptr);
      ++inserted_;
    }
  }
  uint64_t rows_inserted() const override { return inserted_; }
  void finish() override {
    if (run_.context.foreign_keys != nullptr) run_.context.foreign_keys->fire(run_.context);
  }

 private:
  ForeignKeyLinks links(const RelationPtr& table) const {
    if (run_.context.foreign_keys == nullptr) return {};
    return foreign_key_links(table, *run_.context.catalog);
  }
  RunState run_;
  ForeignKeyLinks foreign_keys_;
  RowWriter writer_;
  std::vector<Datum> row_;
  Arena arena_;
  uint64_t inserted_ = 0;
};

// Table rows as an index wants them: row ids and key columns; rows outside a partial index are left out.
class TableBuildSource final : public index::BuildSource {
 public:
  TableBuildSource(const RelationDesc& table, const IndexMaintenance& maintenance, RunState& run)
      : run_(run), keys_(compile_all(maintenance.key_exprs)), predicate_(maintenance.predicate) {
    // Input columns are addressed by attnum - 1: only the used ones are read.
    inputs_.assign(table.columns.size(), nullptr);
    for (AttrNumber attno : maintenance.columns_used) stored_.push_back(attno - 1);
    storage::ScanOptions options;
    options.columns = stored_;
    scan_ = run.context.tables->scan(*run.context.txn, table.layout, options);
  }
  Result<size_t> next(size_t max, index::RowId* rows, Datum* const* keys, Arena& arena) override {
    if (run_.context.cancel != nullptr) RETURN_IF_ERROR(run_.context.cancel->check());
    try {
      return next_batch(std::min(max, kBatchRows), rows, keys, arena);
    } catch (const SqlError& error) {  // an index expression failed; index/ speaks Status
      return Status(std::make_unique<ErrorInfo>(error.info()));
    }
  }

 private:
  Result<size_t> next_batch(size_t max, index::RowId* rows, Datum* const* keys, Arena& arena) {
    for (;;) {
      batch_.reset(stored_.size(), max);
      std::vector<Datum*> targets(stored_.size());
      for (size_t i = 0; i < stored_.size(); ++i) {
        targets[i] = batch_.column(i);
        inputs_[stored_[i]] = targets[i];
      }
      ASSIGN_OR_RETURN(size_t count, scan_->next(max, rows, targets.data(), arena));
      if (count == 0) return size_t{0};
      Frame frame;
      frame.run = &run_;
      frame.arena = &arena;
      frame.input = inputs_.data();
      frame.rows = count;
      if (!predicate_.empty()) {
        auto* selected = reinterpret_cast<uint32_t*>(arena.allocate(count * sizeof(uint32_t), alignof(uint32_t)));
        count = predicate_.select(frame, selected);
        if (count == 0) continue;
        for (size_t i = 0; i < count; ++i) rows[i] = rows[selected[i]];
        frame = frame.narrowed(selected, count);
      }
      for (size_t k = 0; k < keys_.size(); ++k) keys_[k]->evaluate_into(frame, keys[k]);
      return count;
    }
  }
  RunState& run_;
  std::vector<EvaluatorPtr> keys_;
  Filter predicate_;
  std::vector<int> stored_;
  std::vector<const Datum*> inputs_;
  std::unique_ptr<storage::TableScan> scan_;
  Batch batch_;
};

}  // namespace

std::unique_ptr<TableWriter> make_table_writer(RelationPtr table, std::vector<IndexMaintenance> indexes,
                                               std::vector<ModifyTableNode::Check> checks, ExecContext context) {
  return std::make_unique<BulkTableWriter>(std::move(table), std::move(indexes), std::move(checks),
                                           std::move(context));
}

std::unique_ptr<index::BuildSource> make_index_source(const RelationDesc& table, const RelationDesc& index, RunState& run) {
  // The index may not be listed in the table yet: bind it alone.
  RelationDesc only = table;
  only.indexes = {index.oid};
  const ExecContext& context = run.context;
  std::vector<IndexMaintenance> maintenance =
      index_maintenance(only, *context.catalog, context.env->settings(), context.env);
  if (maintenance.empty()) {
    throw SqlError(sqlstate::kInternalError, "cache lookup failed for index " + std::to_string(index.oid));
  }
  return std::make_unique<TableBuildSource>(table, maintenance[0], run);
}

}  // namespace vecino::sql
