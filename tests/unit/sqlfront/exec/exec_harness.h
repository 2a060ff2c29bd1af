#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "conf/session_settings.h"
#include "sqlfront/analyze/expr.h"
#include "sqlfront/catalog/catalog.h"
#include "sqlfront/exec/executor.h"
#include "sqlfront/sql_error.h"
#include "storage/api/table_store.h"
#include "storage/memory/memory_engine.h"
#include "tests/unit/catch.h"

// Hand-built tables, expressions and plans over the memory engine.
namespace vecino::sql::test {

class FakeEnvironment : public EvalEnvironment {
 public:
  FakeEnvironment() : settings_(std::make_shared<conf::ServerSettings>()) {}
  conf::SessionSettings& settings() override { return settings_; }
  const CancelState& cancel() override { return cancel_; }
  const Catalog& catalog() override { throw SqlError(sqlstate::kInternalError, "no catalog"); }
  int64_t transaction_timestamp() override { return 0; }
  int64_t statement_timestamp() override { return 0; }
  int64_t clock_timestamp() override { return 0; }
  uint64_t transaction_id() override { return 1; }
  int32_t backend_pid() override { return 1; }
  std::string current_user() override { return "postgres"; }
  std::string session_user() override { return "postgres"; }
  std::string current_database() override { return "postgres"; }
  std::string client_address() override { return ""; }
  int client_port() override { return -1; }
  double random() override { return 0.5; }
  void set_seed(double) override {}
  int64_t nextval(Oid) override { return ++sequence; }
  int64_t currval(Oid) override { return sequence; }
  int64_t lastval() override { return sequence; }
  void setval(Oid, int64_t value, bool) override { sequence = value; }
  bool advisory_lock(int64_t, bool, bool, bool, bool) override { return true; }
  bool advisory_unlock(int64_t, bool, bool) override { return true; }
  void advisory_unlock_all() override {}
  bool cancel_backend(int32_t) override { return false; }
  bool terminate_backend(int32_t) override { return false; }
  void sleep(double) override {}
  void notice(ErrorInfo) override {}
  uint64_t relation_size(Oid) override { return 0; }
  std::vector<std::optional<std::string>> query_strings(const std::string&) override { return {}; }
  int64_t sequence = 0;

 private:
  CancelState cancel_;
  conf::SessionSettings settings_;
};

class FakeCatalogs : public CatalogManager {
 public:
  explicit FakeCatalogs(storage::KvEngine& engine) : engine_(engine) {}
  std::shared_ptr<const Catalog> committed(Oid) override { return nullptr; }
  std::unique_ptr<CatalogTransaction> begin(Oid, storage::Transaction&) override { return nullptr; }
  DatabasePtr find_database(std::string_view) override { return nullptr; }
  RolePtr find_role(std::string_view) override { return nullptr; }
  std::shared_ptr<index::Index> open_index(const RelationDesc& relation, const RelationDesc&) override {
    auto& index = indexes_[relation.layout.storage_id];
    if (index != nullptr) return index;
    index::IndexDefinition definition;
    definition.storage_id = relation.layout.storage_id;
    definition.name = relation.name;
    definition.unique = relation.index->unique;
    for (const IndexColumnDesc& column : relation.index->columns) {
      definition.columns.push_back({type_info(column.type.id).key_codec, column.descending, column.nulls_first});
    }
    index = value_or_throw(index::find_access_method("btree")->open(definition, engine_));
    return index;
  }

 private:
  storage::KvEngine& engine_;
  std::map<uint32_t, std::shared_ptr<index::Index>> indexes_;
};

struct Column {
  std::string name;
  TypeId type;
  bool not_null = false;
};

// One database in memory and the transaction that the test works in.
class TestDatabase {
 public:
  TestDatabase()
      : engine(storage::make_memory_engine()),
        transactions(storage::make_transaction_manager(*engine, size_t{1} << 30)),
        tables(storage::make_table_store(*engine)), catalogs(*engine) {
    begin();
  }
  void begin() {
    txn = transactions->begin(storage::IsolationLevel::kReadCommitted, cancel, 1);
    txn->begin_command();
  }
  void commit() {
    throw_if_error(txn->commit(storage::Durability::kNoSync));
    begin();
  }
  ExecContext context() {
    ExecContext context;
    context.env = &environment;
    context.txn = txn.get();
    context.tables = tables.get();
    context.catalogs = &catalogs;
    context.cancel = &cancel;
    return context;
  }
  std::shared_ptr<RelationDesc> make_table(std::string name, const std::vector<Column>& columns) {
    auto table = std::make_shared<RelationDesc>();
    table->oid = next_oid_++;
    table->name = std::move(name);
    table->layout.storage_id = value_or_throw(tables->allocate_storage_id());
    for (const Column& column : columns) {
      ColumnDesc desc;
      desc.name = column.name;
      desc.type = {column.type, -1};
      desc.not_null = column.not_null;
      table->columns.push_back(desc);
      storage::ColumnLayout layout;
      layout.kind = type_info(column.type).kind;
      layout.large = column.type == type_id::kVector;
      table->layout.columns.push_back(layout);
    }
    return table;
  }
  RelationPtr make_index(RelationDesc& table, std::string name, std::vector<AttrNumber> columns, bool unique) {
    auto index = std::make_shared<RelationDesc>();
    index->oid = next_oid_++;
    index->name = std::move(name);
    index->kind = 'i';
    index->layout.storage_id = value_or_throw(tables->allocate_storage_id());
    index->index.emplace();
    index->index->table = table.oid;
    index->index->access_method = "btree";
    index->index->unique = unique;
    for (AttrNumber attno : columns) {
      IndexColumnDesc column;
      column.attr = attno;
      column.type = table.columns[attno - 1].type;
      index->index->columns.push_back(column);
    }
    table.indexes.push_back(index->oid);
    return index;
  }

  // Runs a plan; every value as text, NULL as "~".
  std::vector<std::vector<std::string>> run(const PlanPtr& root, std::vector<SubplanInfo> subplans = {}, int slots = 0,
                                            size_t batch = kBatchRows);
  uint64_t affected = 0;

  CancelState cancel;
  FakeEnvironment environment;
  std::unique_ptr<storage::KvEngine> engine;
  std::unique_ptr<storage::TransactionManager> transactions;
  std::unique_ptr<storage::TableStore> tables;
  FakeCatalogs catalogs;
  std::unique_ptr<storage::Transaction> txn;

 private:
  Oid next_oid_ = 20000;
};
using Rows = std::vector<std::vector<std::string>>;

// --- expressions ---
ExprPtr input(int index, TypeId type);
ExprPtr constant(int64_t value, TypeId type = type_id::kInt4);
ExprPtr text(std::string_view value);
ExprPtr null(TypeId type);
ExprPtr slot(int id, TypeId type);
ExprPtr op(std::string_view name, ExprPtr left, ExprPtr right);
ExprPtr call(std::string_view name, std::vector<ExprPtr> args);
ExprPtr logic(BoolKind kind, std::vector<ExprPtr> args);
std::shared_ptr<const AggregateExpr> aggregate(std::string_view name, std::vector<ExprPtr> args, bool distinct = false);

// --- plans ---
std::vector<TargetEntry> targets(const std::vector<ExprPtr>& exprs);
std::vector<TypeRef> types_of(const std::vector<ExprPtr>& exprs);
PlanPtr values(const std::vector<std::vector<ExprPtr>>& rows);
std::shared_ptr<SeqScanNode> seq_scan(RelationPtr table, std::vector<AttrNumber> fetch = {});
SortKey sort_key(int column, TypeId type, bool descending = false);
template <typename Node>
std::shared_ptr<Node> with_children(std::shared_ptr<Node> node, std::vector<PlanPtr> children, std::vector<TypeRef> types) {
  node->children = std::move(children);
  node->output_types = std::move(types);
  return node;
}
Rows sorted(Rows rows);

}  // namespace vecino::sql::test
