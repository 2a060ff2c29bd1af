#pragma once

#include <span>
#include <string>
#include <string_view>

#include "sqlfront/catalog/catalog.h"

namespace vecino::sql {

struct OpclassDef;

// SQL text of catalog objects, spelled as PostgreSQL's ruleutils do.

// Parentheses around the whole expression are noise that the pretty form leaves out.
enum class TextStyle : uint8_t { kPlain, kPretty };

std::string_view strip_outer_parentheses(std::string_view expression);
inline std::string_view styled(std::string_view expression, TextStyle style) {
  return style == TextStyle::kPretty ? strip_outer_parentheses(expression) : expression;
}

bool is_relation_visible(const Catalog& catalog, std::span<const Oid> path, const RelationDesc& relation);
std::string schema_name(const Catalog& catalog, Oid schema);
// Qualified unless the plain name finds it along the path (empty path: always qualified).
std::string relation_reference(const Catalog& catalog, std::span<const Oid> path, const RelationDesc& relation);

// pg_get_indexdef(index) and pg_get_indexdef(index, column, ...) for column >= 1.
std::string index_definition(const Catalog& catalog, std::span<const Oid> path, const RelationDesc& index,
                             TextStyle style);
std::string index_column_definition(const Catalog& catalog, const RelationDesc& index, int column, TextStyle style);

// pg_get_constraintdef of the parts of a table.
std::string check_definition(const CheckConstraintDesc& check, TextStyle style);
std::string foreign_key_definition(const Catalog& catalog, std::span<const Oid> path, const RelationDesc& table,
                                   const ForeignKeyDesc& key);
std::string index_constraint_definition(const Catalog& catalog, const RelationDesc& index);

const OpclassDef* find_opclass(Oid oid);

}  // namespace vecino::sql
