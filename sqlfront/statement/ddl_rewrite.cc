#include "sqlfront/statement/ddl_rewrite.h"

#include <numeric>

#include "sqlfront/catalog/definition_text.h"
#include "sqlfront/statement/ddl_index.h"

namespace vecino::sql {
namespace {

constexpr size_t kRows = 256;

// Columns as arrays of kRows datums; dropped columns stay NULL.
class RowBlock {
 public:
  explicit RowBlock(size_t columns) : data_(columns, std::vector<Datum>(kRows, Datum::null())) {
    for (auto& column : data_) pointers_.push_back(column.data());
  }
  Datum* column(size_t c) { return pointers_[c]; }
  Datum* const* pointers() { return pointers_.data(); }
  const Datum* const* inputs() { return const_cast<const Datum* const*>(pointers_.data()); }

 private:
  std::vector<std::vector<Datum>> data_;
  std::vector<Datum*> pointers_;
};

// Calls visit(rows, block) with all live columns of every batch; the block is indexed by attribute - 1.
template <typename Visit>
void scan_rows(DdlContext& context, const RelationDesc& table, Visit&& visit) {
  storage::Transaction& txn = *context.exec.txn;
  if (txn.isolation() == storage::IsolationLevel::kReadCommitted) txn.refresh_snapshot();
  std::vector<int> wanted;
  RowBlock block(table.columns.size());
  std::vector<Datum*> targets;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].dropped) continue;
    wanted.push_back(static_cast<int>(i));
    targets.push_back(block.column(i));
  }
  storage::ScanOptions options;
  options.columns = wanted;
  auto scan = context.exec.tables->scan(txn, table.layout, options);
  Arena arena;
  storage::RowId ids[kRows];
  for (;;) {
    arena.reset();
    size_t rows = value_or_throw(scan->next(kRows, ids, targets.data(), arena));
    if (rows == 0) return;
    if (context.exec.cancel) throw_if_error(context.exec.cancel->check());
    visit(rows, block, arena);
  }
}

[[noreturn]] void null_violation(DdlContext& context, const RelationDesc& table, AttrNumber attr) {
  const std::string& column = table.columns[attr - 1].name;
  SqlError error(sqlstate::kNotNullViolation,
                 "column \"" + column + "\" of relation \"" + table.name + "\" contains null values");
  error.info().schema = schema_name(*context.catalog, table.schema);
  error.info().table = table.name;
  error.info().column = column;
  throw error;
}

[[noreturn]] void check_violation(DdlContext& context, const RelationDesc& table, const std::string& name) {
  SqlError error(sqlstate::kCheckViolation,
                 "check constraint \"" + name + "\" of relation \"" + table.name + "\" is violated by some row");
  error.info().schema = schema_name(*context.catalog, table.schema);
  error.info().table = table.name;
  error.info().constraint = name;
  throw error;
}

struct BoundCheck {
  std::string name;
  std::unique_ptr<CompiledExpr> expr;
};

void verify_checks(DdlContext& context, const RelationDesc& table, std::vector<BoundCheck>& checks,
                   const Datum* const* input, size_t rows, Arena& arena) {
  std::vector<Datum> results(kRows);
  for (BoundCheck& check : checks) {
    check.expr->evaluate(context.exec, input, rows, results.data(), arena);
    for (size_t r = 0; r < rows; ++r) {
      if (!results[r].is_null && !results[r].boolean()) check_violation(context, table, check.name);
    }
  }
}

BoundCheck bind_check(DdlContext& context, const RelationDesc& table, const CheckConstraintDesc& check) {
  ExprPtr expr = bind_table_expression(check.expr, &table, {type_id::kBool, -1}, analyze_context(context),
                                       "check constraints");
  return {check.name, compile_expr(expr)};
}

}  // namespace

bool table_is_empty(DdlContext& context, const RelationDesc& table) {
  storage::Transaction& txn = *context.exec.txn;
  if (txn.isolation() == storage::IsolationLevel::kReadCommitted) txn.refresh_snapshot();
  auto scan = context.exec.tables->scan(txn, table.layout, {});
  Arena arena;
  storage::RowId id;
  return value_or_throw(scan->next(1, &id, nullptr, arena)) == 0;
}

void require_no_nulls(DdlContext& context, const RelationDesc& table, AttrNumber column) {
  storage::Transaction& txn = *context.exec.txn;
  if (txn.isolation() == storage::IsolationLevel::kReadCommitted) txn.refresh_snapshot();
  const int wanted[] = {column - 1};
  storage::ScanOptions options;
  options.columns = wanted;
  auto scan = context.exec.tables->scan(txn, table.layout, options);
  Arena arena;
  storage::RowId ids[kRows];
  Datum values[kRows];
  Datum* targets[] = {values};
  while (size_t rows = value_or_throw(scan->next(kRows, ids, targets, arena))) {
    for (size_t r = 0; r < rows; ++r) {
      if (values[r].is_null) null_violation(context, table, column);
    }
    arena.reset();
  }
}

void validate_check(DdlContext& context, const RelationDesc& table, const CheckConstraintDesc& check) {
  std::vector<BoundCheck> checks;
  checks.push_back(bind_check(context, table, check));
  scan_rows(context, table, [&](size_t rows, RowBlock& block, Arena& arena) {
    verify_checks(context, table, checks, block.inputs(), rows, arena);
  });
}

void rewrite_table(DdlContext& context, const RelationDesc& before, std::shared_ptr<RelationDesc> after,
                   const std::vector<ColumnSource>& sources) {
  after->layout.storage_id = value_or_throw(context.exec.tables->allocate_storage_id());
  for (size_t i = 0; i < after->columns.size(); ++i) {
    auto dropped = after->columns[i].dropped;
    after->layout.columns[i].has_missing = false;  // every row is written in full
    after->layout.columns[i].dropped = dropped;
  }
  std::vector<std::unique_ptr<CompiledExpr>> compiled(after->columns.size());
  for (size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].expr) compiled[i] = compile_expr(sources[i].expr);
  }
  std::vector<BoundCheck> checks;
  for (const CheckConstraintDesc& check : after->checks) checks.push_back(bind_check(context, *after, check));

  RowBlock fresh(after->columns.size());
  std::vector<Datum> row(after->columns.size());
  scan_rows(context, before, [&](size_t rows, RowBlock& old, Arena& arena) {
    std::vector<const Datum*> values(after->columns.size());
    for (size_t c = 0; c < values.size(); ++c) {
      if (compiled[c]) compiled[c]->evaluate(context.exec, old.inputs(), rows, fresh.column(c), arena);
      values[c] = compiled[c] || c >= before.columns.size() ? fresh.column(c) : old.column(c);
      if (after->columns[c].dropped || !after->columns[c].not_null) continue;
      for (size_t r = 0; r < rows; ++r) {
        if (values[c][r].is_null) null_violation(context, *after, static_cast<AttrNumber>(c + 1));
      }
    }
    verify_checks(context, *after, checks, values.data(), rows, arena);
    for (size_t r = 0; r < rows; ++r) {
      for (size_t c = 0; c < values.size(); ++c) row[c] = after->columns[c].dropped ? Datum::null() : values[c][r];
      value_or_throw(context.exec.tables->insert(*context.exec.txn, after->layout, row));
    }
  });

  context.exec.tables->drop(*context.exec.txn, before.layout);
  Oid oid = after->oid;
  store(context, std::move(after));
  for (Oid index_oid : before.indexes) {
    lock_relation(context, index_oid, storage::LockMode::kAccessExclusive);
    rebuild_index(context, *reload(context, oid), *reload(context, index_oid));
  }
}

}  // namespace vecino::sql
