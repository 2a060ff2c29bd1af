#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/parse/ast.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/statement/ddl.h"

namespace vecino::sql {

// Helpers of the DDL files. Each throws SqlError in PostgreSQL's words.

enum class OnMissing : uint8_t { kFail, kReturnNull };

void notice(DdlContext& context, SqlState code, std::string message, std::string detail = {});

// --- names and locks ---------------------------------------------------------------------------------------------
storage::LockTag relation_lock_tag(const Catalog& catalog, Oid relation);
void lock_relation(DdlContext& context, Oid relation, storage::LockMode mode);
// "schema.name" as messages print a RangeVar.
std::string written_name(const ast::RangeVar& name);
ast::RangeVar range_var_of(const ast::Name& name, int location);
// Looks the relation up, locks it and looks again, until what is locked is what the name means. 42P01 when missing.
// `check` is asked before each lock, so that nobody waits for, or keeps others from, what is not theirs to touch.
using RelationCheck = void (*)(DdlContext& context, const RelationDesc& relation);
RelationPtr open_relation(DdlContext& context, const ast::RangeVar& name, storage::LockMode mode,
                          OnMissing missing = OnMissing::kFail, RelationCheck check = nullptr);
RelationPtr reload(DdlContext& context, Oid relation);  // as this transaction sees it now; never null
// What deferred constraints still have to look at must stay as it is: 55006 (PostgreSQL's CheckTableNotInUse).
void refuse_pending_events(const DdlContext& context, const RelationDesc& relation, const char* command);
std::shared_ptr<RelationDesc> copy_relation(const RelationDesc& relation);
void store(DdlContext& context, std::shared_ptr<RelationDesc> relation);
// The schema a new object goes to, share-locked; 42501 without CREATE. `persistence` may become 't' (schema pg_temp) and
// back out. `location`: where that error points.
Oid target_schema(DdlContext& context, const ast::RangeVar& name, char& persistence, int location = -1);
SchemaPtr find_schema_or_throw(const Catalog& catalog, std::string_view name);
void refuse_system_relation(DdlContext& context, const RelationDesc& relation);
std::string_view relation_kind_name(char kind);  // "table", "index", "view", "sequence"
std::string current_schema_user(DdlContext& context);
Oid current_role(DdlContext& context);
Oid resolve_role(DdlContext& context, const ast::RoleSpec& role);
void refuse_in_transaction_block(const DdlContext& context, std::string_view statement);

// --- generated names (PostgreSQL's makeObjectName and ChooseRelationName) -------------------------------------------
std::string make_object_name(std::string_view first, std::string_view second, std::string_view label);
// A relation name that is free in the schema: name1_name2_label, then label1, label2 ...
std::string choose_relation_name(DdlContext& context, std::string_view first, std::string_view second,
                                 std::string_view label, Oid schema);
std::string choose_constraint_name(const RelationDesc& table, const Catalog& catalog, std::string_view second,
                                   std::string_view label);
bool constraint_exists(const RelationDesc& table, const Catalog& catalog, std::string_view name);

// --- columns and expressions ------------------------------------------------------------------------------------
// 0 = no such column. Dropped columns are not found.
AttrNumber find_column(const RelationDesc& table, std::string_view name);
AttrNumber require_column(const RelationDesc& table, std::string_view name, int location = -1);
bool is_system_column_name(std::string_view name);
storage::ColumnLayout column_layout(TypeRef type);
Volatility expression_volatility(const ExprPtr& expr);
// Attribute numbers of the input columns an expression bound over a table reads, ascending, without repetition.
std::vector<AttrNumber> columns_used(const ExprPtr& expr);
int input_location(const ExprPtr& expr, AttrNumber attr);  // of the first use of the column; -1 = none
// Text for the catalog: relation names in regclass constants become oids, so that renames do not matter.
std::string stored_expression(DdlContext& context, const ExprPtr& expr, const RelationDesc* table);
AnalyzeContext& analyze_context(DdlContext& context);  // with the present search path

// WITH (...) of tables and indexes as name/value pairs.
std::vector<std::pair<std::string, std::string>> option_pairs(const ast::DefList& options);

}  // namespace vecino::sql
