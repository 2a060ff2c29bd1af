#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/analyze/analyzer.h"
#include "sqlfront/catalog/catalog.h"
#include "sqlfront/exec/executor.h"
#include "sqlfront/statement/instance.h"

namespace vecino::sql {

struct TemporaryObjects;  // statement/ddl_temp.h

// What a utility statement that changes the catalog may use. The caller has begun the transaction and command.
struct DdlContext {
  Instance* instance = nullptr;
  CatalogTransaction* catalog = nullptr;
  ExecContext exec;          // env, txn, tables, catalogs set
  AnalyzeContext analyze;    // catalog = this->catalog
  std::string_view source;   // the statement's text
  const ForeignKeyEvents* deferred_events = nullptr;  // of the session
  TemporaryObjects* temporary = nullptr;  // of the session; null: ON COMMIT DROP / DELETE ROWS are refused
  Oid acting_role = kInvalidOid;      // CREATE SCHEMA AUTHORIZATION: whose the elements are; else the current role
  bool in_transaction_block = false;  // CREATE DATABASE, CREATE INDEX CONCURRENTLY refuse: 25001
};

// CREATE/DROP/ALTER of tables, indexes, sequences, schemas, views, databases, extensions, roles; COMMENT, TRUNCATE,
// REINDEX, GRANT ... False = not such a statement.
bool is_ddl(const ast::Node& statement);
// Returns the command tag ("CREATE TABLE"). Throws SqlError.
std::string execute_ddl(const ast::Node& statement, DdlContext& context);

}  // namespace vecino::sql
