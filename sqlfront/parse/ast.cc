#include "sqlfront/parse/ast.h"

namespace vecino::sql::ast {

// Out of line: these own types that their headers only declare.
FuncCall::~FuncCall() = default;
ColumnDef::~ColumnDef() = default;
AlterDatabaseSetStmt::~AlterDatabaseSetStmt() = default;
AlterRoleSetStmt::~AlterRoleSetStmt() = default;

std::string_view object_type_name(ObjectType type) {
  switch (type) {
    case ObjectType::kUnknown: return "OBJECT";
    case ObjectType::kAccessMethod: return "ACCESS METHOD";
    case ObjectType::kAggregate: return "AGGREGATE";
    case ObjectType::kAttribute: return "TYPE";
    case ObjectType::kCast: return "CAST";
    case ObjectType::kColumn: return "COLUMN";
    case ObjectType::kCollation: return "COLLATION";
    case ObjectType::kConversion: return "CONVERSION";
    case ObjectType::kDatabase: return "DATABASE";
    case ObjectType::kDefault: return "DEFAULT";
    case ObjectType::kDomain: return "DOMAIN";
    case ObjectType::kDomainConstraint: return "DOMAIN";
    case ObjectType::kEventTrigger: return "EVENT TRIGGER";
    case ObjectType::kExtension: return "EXTENSION";
    case ObjectType::kForeignDataWrapper: return "FOREIGN DATA WRAPPER";
    case ObjectType::kForeignServer: return "SERVER";
    case ObjectType::kForeignTable: return "FOREIGN TABLE";
    case ObjectType::kFunction: return "FUNCTION";
    case ObjectType::kIndex: return "INDEX";
    case ObjectType::kLanguage: return "LANGUAGE";
    case ObjectType::kLargeObject: return "LARGE OBJECT";
    case ObjectType::kMaterializedView: return "MATERIALIZED VIEW";
    case ObjectType::kOpclass: return "OPERATOR CLASS";
    case ObjectType::kOperator: return "OPERATOR";
    case ObjectType::kOpfamily: return "OPERATOR FAMILY";
    case ObjectType::kParameter: return "PARAMETER";
    case ObjectType::kPolicy: return "POLICY";
    case ObjectType::kProcedure: return "PROCEDURE";
    case ObjectType::kPublication: return "PUBLICATION";
    case ObjectType::kRole: return "ROLE";
    case ObjectType::kRoutine: return "ROUTINE";
    case ObjectType::kRule: return "RULE";
    case ObjectType::kSchema: return "SCHEMA";
    case ObjectType::kSequence: return "SEQUENCE";
    case ObjectType::kSubscription: return "SUBSCRIPTION";
    case ObjectType::kStatistics: return "STATISTICS";
    case ObjectType::kTableConstraint: return "CONSTRAINT";
    case ObjectType::kTable: return "TABLE";
    case ObjectType::kTablespace: return "TABLESPACE";
    case ObjectType::kTransform: return "TRANSFORM";
    case ObjectType::kTrigger: return "TRIGGER";
    case ObjectType::kTextSearchConfiguration: return "TEXT SEARCH CONFIGURATION";
    case ObjectType::kTextSearchDictionary: return "TEXT SEARCH DICTIONARY";
    case ObjectType::kTextSearchParser: return "TEXT SEARCH PARSER";
    case ObjectType::kTextSearchTemplate: return "TEXT SEARCH TEMPLATE";
    case ObjectType::kType: return "TYPE";
    case ObjectType::kUserMapping: return "USER MAPPING";
    case ObjectType::kView: return "VIEW";
  }
  return "OBJECT";
}

}  // namespace vecino::sql::ast
