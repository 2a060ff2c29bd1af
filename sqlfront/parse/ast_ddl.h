#pragma once

#include "sqlfront/parse/ast_query.h"

namespace vecino::sql::ast {

enum class ConstraintKind : uint8_t {
  kNull, kNotNull, kDefault, kIdentity, kGenerated, kCheck, kPrimary, kUnique, kExclusion, kForeign,
  kAttrDeferrable, kAttrNotDeferrable, kAttrDeferred, kAttrImmediate,  // follow the constraint they modify (columns)
};
struct Constraint : Node {
  VECINO_AST_NODE(Constraint, kConstraint)
  ConstraintKind constraint = ConstraintKind::kNull;
  std::string name;
  bool deferrable = false, initially_deferred = false, no_inherit = false, not_valid = false;
  NodePtr expr;                     // kDefault, kCheck, kGenerated
  char generated_when = 0;          // kIdentity: 'a' always, 'd' by default; kGenerated: 'a'
  DefList options;                  // kIdentity: sequence options; kPrimary/kUnique: WITH (...)
  bool nulls_not_distinct = false;
  std::vector<std::string> keys;    // kPrimary, kUnique (table constraints)
  std::vector<std::string> including;
  std::string index_name;           // USING INDEX
  std::string index_tablespace, access_method;
  NodePtr where;                    // kExclusion
  std::unique_ptr<RangeVar> referenced;
  std::vector<std::string> columns, referenced_columns;  // kForeign (columns empty in a column constraint)
  char match = 's', on_update = 'a', on_delete = 'a';
  std::vector<std::string> on_delete_set_columns;
};

namespace like_option {
inline constexpr uint32_t kComments = 1 << 0, kCompression = 1 << 1, kConstraints = 1 << 2, kDefaults = 1 << 3,
                          kGenerated = 1 << 4, kIdentity = 1 << 5, kIndexes = 1 << 6, kStatistics = 1 << 7,
                          kStorage = 1 << 8;
}
struct TableLikeClause : Node {
  VECINO_AST_NODE(TableLikeClause, kTableLikeClause)
  std::unique_ptr<RangeVar> relation;
  uint32_t options = 0;
};

struct CreateTableStmt : Node {
  VECINO_AST_NODE(CreateTableStmt, kCreateTableStmt)
  std::unique_ptr<RangeVar> relation;  // persistence in it
  NodeList elements;                   // ColumnDef, Constraint, TableLikeClause in order
  std::vector<std::unique_ptr<RangeVar>> inherits;
  bool has_partition_by = false, has_partition_bound = false, has_of_type = false, is_foreign = false;
  int partition_location = -1;
  DefList options;
  OnCommit on_commit = OnCommit::kNoop;
  std::string tablespace, access_method;
  bool if_not_exists = false;
};

struct CreateTableAsStmt : Node {
  VECINO_AST_NODE(CreateTableAsStmt, kCreateTableAsStmt)
  NodePtr query;  // SelectStmt or ExecuteStmt
  IntoClause into;
  bool materialized_view = false, if_not_exists = false, select_into = false;
};

enum class AlterTableOp : uint8_t {
  kAddColumn, kColumnDefault /* expr null = DROP DEFAULT */, kDropNotNull, kSetNotNull, kDropExpression,
  kSetStatistics, kSetOptions, kResetOptions, kSetStorage, kSetCompression, kDropColumn, kAddConstraint,
  kAlterConstraint, kValidateConstraint, kDropConstraint, kAlterColumnType, kChangeOwner, kSetLogged, kSetUnlogged,
  kSetTablespace, kSetRelOptions, kResetRelOptions, kAddIdentity, kSetIdentity, kDropIdentity, kClusterOn,
  kDropCluster, kReplicaIdentity, kUnsupported,
};
struct AlterTableCommand : Node {
  VECINO_AST_NODE(AlterTableCommand, kAlterTableCommand)
  AlterTableOp op = AlterTableOp::kUnsupported;
  std::string name;    // column, constraint, index, tablespace; kUnsupported: what was written, e.g. "ENABLE TRIGGER"
  int number = 0;      // kSetStatistics by column number (indexes)
  std::unique_ptr<RoleSpec> owner;
  NodePtr definition;  // kAddColumn, kAlterColumnType: ColumnDef; kAdd/kAlterConstraint, kAddIdentity: Constraint;
                       // kColumnDefault: expression; kSetStatistics: IntegerNode; kSetStorage, kSetCompression: StringNode
  DefList options;     // kSet/kReset(Rel)Options, kSetIdentity
  DropBehavior behavior = DropBehavior::kRestrict;
  bool if_exists = false;  // DROP ... IF EXISTS, ADD COLUMN IF NOT EXISTS
};
struct AlterTableStmt : Node {
  VECINO_AST_NODE(AlterTableStmt, kAlterTableStmt)
  std::unique_ptr<RangeVar> relation;
  std::vector<std::unique_ptr<AlterTableCommand>> commands;
  ObjectType object_type = ObjectType::kTable;  // also kIndex, kSequence, kView
  bool if_exists = false;
};

// A named object of DROP, COMMENT, ...; for functions also the argument types.
struct ObjectName : Node {
  VECINO_AST_NODE(ObjectName, kObjectName)
  Name name;
  std::unique_ptr<TypeName> type;                    // types and domains
  std::vector<std::unique_ptr<TypeName>> arguments;  // functions, aggregates, operators; null entry = NONE
  bool has_arguments = false;
};

struct DropStmt : Node {
  VECINO_AST_NODE(DropStmt, kDropStmt)
  ObjectType object_type = ObjectType::kUnknown;
  std::vector<std::unique_ptr<ObjectName>> objects;
  DropBehavior behavior = DropBehavior::kRestrict;
  bool if_exists = false, concurrently = false;
};
struct TruncateStmt : Node {
  VECINO_AST_NODE(TruncateStmt, kTruncateStmt)
  std::vector<std::unique_ptr<RangeVar>> relations;
  bool restart_identity = false;
  DropBehavior behavior = DropBehavior::kRestrict;
};
struct CommentStmt : Node {
  VECINO_AST_NODE(CommentStmt, kCommentStmt)
  ObjectType object_type = ObjectType::kUnknown;
  std::unique_ptr<ObjectName> object;  // columns: relation name + column; constraints: relation name + constraint
  std::string comment;                 // empty = remove (IS NULL, IS '')
};
struct RenameStmt : Node {
  VECINO_AST_NODE(RenameStmt, kRenameStmt)
  ObjectType object_type = ObjectType::kUnknown;    // what is renamed
  ObjectType relation_type = ObjectType::kUnknown;  // kColumn, kTableConstraint: kind of relation named
  std::unique_ptr<RangeVar> relation;               // tables, columns, indexes, views, sequences, constraints
  std::unique_ptr<ObjectName> object;               // everything else that has a qualified name
  std::string old_name;  // column, constraint, schema, database, role
  std::string new_name;
  DropBehavior behavior = DropBehavior::kRestrict;
  bool if_exists = false;
};
struct AlterOwnerStmt : Node {  // not tables (ALTER TABLE ... OWNER TO is an AlterTableCommand)
  VECINO_AST_NODE(AlterOwnerStmt, kAlterOwnerStmt)
  ObjectType object_type = ObjectType::kUnknown;
  std::unique_ptr<ObjectName> object;
  std::unique_ptr<RoleSpec> owner;
};
struct AlterObjectSchemaStmt : Node {
  VECINO_AST_NODE(AlterObjectSchemaStmt, kAlterObjectSchemaStmt)
  ObjectType object_type = ObjectType::kUnknown;
  std::unique_ptr<RangeVar> relation;
  std::unique_ptr<ObjectName> object;
  std::string new_schema;
  bool if_exists = false;
};

struct IndexElem : Node {
  VECINO_AST_NODE(IndexElem, kIndexElem)
  std::string column;  // or expr
  NodePtr expr;
  Name collation, opclass;
  DefList opclass_options;
  SortDirection direction = SortDirection::kDefault;
  NullsOrder nulls = NullsOrder::kDefault;
};
struct IndexStmt : Node {
  VECINO_AST_NODE(IndexStmt, kIndexStmt)
  std::string name;  // empty = choose
  std::unique_ptr<RangeVar> relation;
  std::string access_method;  // "btree" when not written
  std::string tablespace;
  std::vector<std::unique_ptr<IndexElem>> elements, including;
  DefList options;
  NodePtr where;
  bool unique = false, nulls_not_distinct = false, concurrently = false, if_not_exists = false;
};

struct CreateSequenceStmt : Node {
  VECINO_AST_NODE(CreateSequenceStmt, kCreateSequenceStmt)
  std::unique_ptr<RangeVar> sequence;
  DefList options;  // as, increment, minvalue, maxvalue, start, cache, cycle, owned_by
  bool if_not_exists = false;
};
struct AlterSequenceStmt : Node {
  VECINO_AST_NODE(AlterSequenceStmt, kAlterSequenceStmt)
  std::unique_ptr<RangeVar> sequence;
  DefList options;  // also restart
  bool if_exists = false;
};
struct CreateSchemaStmt : Node {
  VECINO_AST_NODE(CreateSchemaStmt, kCreateSchemaStmt)
  std::string name;  // empty: the role's name
  std::unique_ptr<RoleSpec> role;
  NodeList elements;
  bool if_not_exists = false;
};
struct CreateViewStmt : Node {
  VECINO_AST_NODE(CreateViewStmt, kCreateViewStmt)
  std::unique_ptr<RangeVar> view;
  std::vector<std::string> columns;
  NodePtr query;
  bool replace = false;
  DefList options;
  char check_option = 0;  // 'l' local, 'c' cascaded
};
struct CreateExtensionStmt : Node {
  VECINO_AST_NODE(CreateExtensionStmt, kCreateExtensionStmt)
  std::string name;
  bool if_not_exists = false;
  DefList options;  // schema, new_version, cascade
};
struct AlterExtensionStmt : Node {
  VECINO_AST_NODE(AlterExtensionStmt, kAlterExtensionStmt)
  std::string name;
  DefList options;  // new_version
};

struct CreateDatabaseStmt : Node {
  VECINO_AST_NODE(CreateDatabaseStmt, kCreateDatabaseStmt)
  std::string name;
  DefList options;
};
struct AlterDatabaseStmt : Node {
  VECINO_AST_NODE(AlterDatabaseStmt, kAlterDatabaseStmt)
  std::string name;
  DefList options;
};
struct DropDatabaseStmt : Node {
  VECINO_AST_NODE(DropDatabaseStmt, kDropDatabaseStmt)
  std::string name;
  bool if_exists = false;
  DefList options;  // force
};

struct VariableSetStmt;  // ast_utility.h
struct AlterDatabaseSetStmt : Node {
  VECINO_AST_NODE(AlterDatabaseSetStmt, kAlterDatabaseSetStmt)
  std::string name;
  std::unique_ptr<VariableSetStmt> set;
  ~AlterDatabaseSetStmt() override;
};

enum class RoleStmtKind : uint8_t { kRole, kUser, kGroup };
struct CreateRoleStmt : Node {
  VECINO_AST_NODE(CreateRoleStmt, kCreateRoleStmt)
  RoleStmtKind stmt_kind = RoleStmtKind::kRole;
  std::string name;
  DefList options;  // superuser, inherit, createrole, createdb, canlogin, isreplication, bypassrls, connectionlimit,
                    // password, validUntil, addroleto, rolemembers, adminmembers
};
struct AlterRoleStmt : Node {
  VECINO_AST_NODE(AlterRoleStmt, kAlterRoleStmt)
  std::unique_ptr<RoleSpec> role;
  DefList options;
  int action = 1;  // +1 ADD members, -1 DROP members
};
struct AlterRoleSetStmt : Node {
  VECINO_AST_NODE(AlterRoleSetStmt, kAlterRoleSetStmt)
  std::unique_ptr<RoleSpec> role;  // null = ALL
  std::string database;
  std::unique_ptr<VariableSetStmt> set;
  ~AlterRoleSetStmt() override;
};
struct DropRoleStmt : Node {
  VECINO_AST_NODE(DropRoleStmt, kDropRoleStmt)
  std::vector<std::unique_ptr<RoleSpec>> roles;
  bool if_exists = false;
};

struct AccessPriv : Node {
  VECINO_AST_NODE(AccessPriv, kAccessPriv)
  std::string name;  // lower case; empty = ALL
  std::vector<std::string> columns;
};
enum class GrantTarget : uint8_t { kObject, kAllInSchema, kDefaults };
struct GrantStmt : Node {
  VECINO_AST_NODE(GrantStmt, kGrantStmt)
  bool is_grant = true;
  GrantTarget target = GrantTarget::kObject;
  ObjectType object_type = ObjectType::kUnknown;
  std::vector<std::unique_ptr<ObjectName>> objects;  // names of tables, schemas, databases, sequences, functions ...
  std::vector<std::unique_ptr<AccessPriv>> privileges;  // empty = ALL PRIVILEGES
  std::vector<std::unique_ptr<RoleSpec>> grantees;
  bool grant_option = false;
  std::unique_ptr<RoleSpec> grantor;  // GRANTED BY; null = not written
  // ALTER DEFAULT PRIVILEGES (kDefaults): FOR ROLE, IN SCHEMA.
  std::vector<std::unique_ptr<RoleSpec>> for_roles;
  std::vector<std::string> in_schemas;
  DropBehavior behavior = DropBehavior::kRestrict;
};
struct GrantRoleStmt : Node {
  VECINO_AST_NODE(GrantRoleStmt, kGrantRoleStmt)
  bool is_grant = true, admin_option = false;
  std::vector<std::string> roles;
  bool has_columns = false;  // a role was written with a column list
  std::unique_ptr<RoleSpec> grantor;
  std::vector<std::unique_ptr<RoleSpec>> grantees;
  DropBehavior behavior = DropBehavior::kRestrict;
};
struct DropOwnedStmt : Node {
  VECINO_AST_NODE(DropOwnedStmt, kDropOwnedStmt)
  std::vector<std::unique_ptr<RoleSpec>> roles;
  DropBehavior behavior = DropBehavior::kRestrict;
};
struct ReassignOwnedStmt : Node {
  VECINO_AST_NODE(ReassignOwnedStmt, kReassignOwnedStmt)
  std::vector<std::unique_ptr<RoleSpec>> roles;
  std::unique_ptr<RoleSpec> new_role;
};

enum class ReindexTarget : uint8_t { kIndex, kTable, kSchema, kSystem, kDatabase };
struct ReindexStmt : Node {
  VECINO_AST_NODE(ReindexStmt, kReindexStmt)
  ReindexTarget target = ReindexTarget::kTable;
  std::unique_ptr<RangeVar> relation;  // kIndex, kTable
  std::string name;                    // others
  DefList options;                     // concurrently, verbose, tablespace
};
struct ClusterStmt : Node {
  VECINO_AST_NODE(ClusterStmt, kClusterStmt)
  std::unique_ptr<RangeVar> relation;  // null = all
  std::string index;
  DefList options;
};
struct VacuumRelation : Node {
  VECINO_AST_NODE(VacuumRelation, kVacuumRelation)
  std::unique_ptr<RangeVar> relation;
  std::vector<std::string> columns;
};
struct VacuumStmt : Node {
  VECINO_AST_NODE(VacuumStmt, kVacuumStmt)
  bool is_vacuum = true;  // false: ANALYZE
  DefList options;        // analyze, full, verbose, freeze ...
  std::vector<std::unique_ptr<VacuumRelation>> relations;
};

}  // namespace vecino::sql::ast
