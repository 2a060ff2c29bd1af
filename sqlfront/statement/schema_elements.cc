#include "sqlfront/statement/schema_elements.h"

#include <algorithm>
#include <string>

#include "sqlfront/sql_error.h"

namespace vecino::sql {
namespace {

struct Element {
  const ast::Node* statement;
  const ast::RangeVar* created;  // what is checked for its schema; nullptr: nothing
  int rank;
};

Element element_of(const ast::Node& node) {
  switch (node.kind) {
    case ast::NodeKind::kCreateSequenceStmt: return {&node, ast::as<ast::CreateSequenceStmt>(node).sequence.get(), 0};
    case ast::NodeKind::kCreateTableStmt: return {&node, ast::as<ast::CreateTableStmt>(node).relation.get(), 1};
    case ast::NodeKind::kCreateViewStmt: return {&node, ast::as<ast::CreateViewStmt>(node).view.get(), 2};
    case ast::NodeKind::kIndexStmt: return {&node, ast::as<ast::IndexStmt>(node).relation.get(), 3};
    case ast::NodeKind::kGrantStmt: return {&node, nullptr, 4};
    case ast::NodeKind::kUnsupportedStatement:
      throw SqlError(sqlstate::kFeatureNotSupported,
                     ast::as<ast::UnsupportedStatement>(node).description + " is not supported");
    default: throw SqlError(sqlstate::kFeatureNotSupported, "this statement is not supported in CREATE SCHEMA");
  }
}

}  // namespace

std::vector<const ast::Node*> order_schema_elements(const ast::CreateSchemaStmt& statement, std::string_view schema) {
  std::vector<Element> elements;
  for (const auto& node : statement.elements) {
    elements.push_back(element_of(*node));
    const ast::RangeVar* created = elements.back().created;
    if (created && !created->schema.empty() && created->schema != schema) {
      throw SqlError(sqlstate::kInvalidSchemaDefinition, "CREATE specifies a schema (" + created->schema +
                                                             ") different from the one being created (" +
                                                             std::string(schema) + ")");
    }
  }
  std::stable_sort(elements.begin(), elements.end(), [](const Element& a, const Element& b) { return a.rank < b.rank; });
  std::vector<const ast::Node*> ordered;
  for (const Element& element : elements) ordered.push_back(element.statement);
  return ordered;
}

}  // namespace vecino::sql
