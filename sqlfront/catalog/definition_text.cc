#include "sqlfront/catalog/definition_text.h"

#include "sqlfront/catalog/identifiers.h"
#include "sqlfront/catalog/name_scope.h"
#include "sqlfront/functions/function.h"

namespace vecino::sql {
namespace {

// Position after the parenthesis that closes the one at `open`; npos when unbalanced. Skips quoted text.
size_t matching_close(std::string_view text, size_t open) {
  int depth = 0;
  for (size_t i = open; i < text.size(); ++i) {
    char c = text[i];
    if (c == '\'' || c == '"') {
      for (++i; i < text.size() && text[i] != c; ++i) {}
    } else if (c == '(') {
      ++depth;
    } else if (c == ')' && --depth == 0) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

// Function-call syntax needs no parentheses of its own in an index definition.
bool looks_like_function(std::string_view expression) {
  size_t open = expression.find('(');
  if (open == std::string_view::npos || open == 0) return false;
  for (char c : expression.substr(0, open)) {
    if (c == ' ' || c == '\'') return false;
  }
  return matching_close(expression, open) == expression.size();
}

std::string index_key(const RelationDesc& table, const IndexColumnDesc& column, TextStyle style) {
  if (column.attr != 0) return quote_identifier(table.columns[column.attr - 1].name);
  if (looks_like_function(column.expr)) return column.expr;
  return "(" + std::string(styled(column.expr, style)) + ")";
}

void append_ordering(std::string& out, const IndexColumnDesc& column) {
  if (column.descending) {
    out += " DESC";
    if (!column.nulls_first) out += " NULLS LAST";
  } else if (column.nulls_first) {
    out += " NULLS FIRST";
  }
}

void append_opclass(std::string& out, const IndexDesc& index, const IndexColumnDesc& column, const NameScope& names) {
  const OpclassDef* opclass = find_opclass(column.opclass);
  if (!opclass || find_default_opclass(index.access_method, column.type.id) == opclass) return;
  out += ' ';
  out += names.qualified(opclass->schema, opclass->name);
}

void append_columns(std::string& out, const RelationDesc& table, const std::vector<AttrNumber>& columns) {
  out += '(';
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out += ", ";
    append_identifier(out, table.columns[columns[i] - 1].name);
  }
  out += ')';
}

void append_options(std::string& out, const std::vector<std::pair<std::string, std::string>>& options) {
  if (options.empty()) return;
  out += " WITH (";
  for (size_t i = 0; i < options.size(); ++i) {
    if (i > 0) out += ", ";
    append_identifier(out, options[i].first);
    out += '=';
    // As the grammar takes them back: words bare, everything else quoted.
    const std::string& value = options[i].second;
    out += quote_identifier(value) == value ? value : quote_string_literal(value);
  }
  out += ')';
}

std::string_view referential_action(char action) {
  switch (action) {
    case 'r': return "RESTRICT";
    case 'c': return "CASCADE";
    case 'n': return "SET NULL";
    case 'd': return "SET DEFAULT";
    default: return {};
  }
}

}  // namespace

std::string_view strip_outer_parentheses(std::string_view expression) {
  while (expression.size() > 2 && expression.front() == '(' &&
         matching_close(expression, 0) == expression.size()) {
    expression = expression.substr(1, expression.size() - 2);
  }
  return expression;
}

const OpclassDef* find_opclass(Oid oid) {
  for (const OpclassDef& opclass : all_opclasses()) {
    if (opclass.oid == oid) return &opclass;
  }
  return nullptr;
}

bool is_relation_visible(const Catalog& catalog, std::span<const Oid> path, const RelationDesc& relation) {
  for (Oid schema : path) {
    if (schema == relation.schema) return true;
    if (catalog.find_relation(schema, relation.name)) return false;
  }
  return false;
}

std::string schema_name(const Catalog& catalog, Oid schema) {
  SchemaPtr found = catalog.find_schema(schema);
  return found ? found->name : std::string();
}

std::string relation_reference(const Catalog& catalog, std::span<const Oid> path, const RelationDesc& relation) {
  bool visible = is_relation_visible(catalog, path, relation);
  return quote_qualified(visible ? std::string() : schema_name(catalog, relation.schema), relation.name);
}

std::string index_definition(const Catalog& catalog, std::span<const Oid> path, const RelationDesc& index,
                             TextStyle style) {
  const IndexDesc& desc = *index.index;
  RelationPtr table = catalog.find_relation(desc.table);
  if (!table) return {};
  const NameScope names(catalog, path);
  std::string out = desc.unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ";
  append_identifier(out, index.name);
  out += " ON ";
  out += style == TextStyle::kPretty ? relation_reference(catalog, path, *table)
                                     : relation_reference(catalog, {}, *table);
  out += " USING ";
  append_identifier(out, desc.access_method);
  out += " (";
  for (size_t i = 0; i < desc.columns.size(); ++i) {
    if (i > 0) out += ", ";
    out += index_key(*table, desc.columns[i], style);
    append_opclass(out, desc, desc.columns[i], names);
    append_ordering(out, desc.columns[i]);
  }
  out += ')';
  if (!desc.include.empty()) {
    out += " INCLUDE ";
    append_columns(out, *table, desc.include);
  }
  if (desc.nulls_not_distinct) out += " NULLS NOT DISTINCT";
  append_options(out, desc.options);
  if (!desc.predicate.empty()) {
    out += " WHERE ";
    out += styled(desc.predicate, style);
  }
  return out;
}

std::string index_column_definition(const Catalog& catalog, const RelationDesc& index, int column, TextStyle style) {
  RelationPtr table = catalog.find_relation(index.index->table);
  if (!table || column < 1) return {};
  const size_t keys = index.index->columns.size(), position = static_cast<size_t>(column) - 1;
  if (position >= keys + index.index->include.size()) return {};
  if (position >= keys) return quote_identifier(table->columns[index.index->include[position - keys] - 1].name);
  return index_key(*table, index.index->columns[column - 1], style);
}

std::string check_definition(const CheckConstraintDesc& check, TextStyle style) {
  std::string out = "CHECK (" + std::string(styled(check.expr, style)) + ")";
  if (check.no_inherit) out += " NO INHERIT";
  if (!check.validated) out += " NOT VALID";
  return out;
}

std::string foreign_key_definition(const Catalog& catalog, std::span<const Oid> path, const RelationDesc& table,
                                   const ForeignKeyDesc& key) {
  std::string out = "FOREIGN KEY ";
  append_columns(out, table, key.columns);
  out += " REFERENCES ";
  if (RelationPtr referenced = catalog.find_relation(key.referenced)) {
    out += relation_reference(catalog, path, *referenced);
    append_columns(out, *referenced, key.referenced_columns);
  }
  if (key.match == 'f') out += " MATCH FULL";
  if (auto action = referential_action(key.on_update); !action.empty()) (out += " ON UPDATE ") += action;
  if (auto action = referential_action(key.on_delete); !action.empty()) (out += " ON DELETE ") += action;
  if (!key.delete_set_columns.empty()) {
    out += ' ';
    append_columns(out, table, key.delete_set_columns);
  }
  if (key.deferrable) out += " DEFERRABLE";
  if (key.initially_deferred) out += " INITIALLY DEFERRED";
  if (!key.validated) out += " NOT VALID";
  return out;
}

std::string index_constraint_definition(const Catalog& catalog, const RelationDesc& index) {
  const IndexDesc& desc = *index.index;
  RelationPtr table = catalog.find_relation(desc.table);
  if (!table) return {};
  std::string out = desc.primary ? "PRIMARY KEY " : desc.nulls_not_distinct ? "UNIQUE NULLS NOT DISTINCT " : "UNIQUE ";
  std::vector<AttrNumber> keys;
  for (const IndexColumnDesc& column : desc.columns) keys.push_back(column.attr);
  append_columns(out, *table, keys);
  if (!desc.include.empty()) {
    out += " INCLUDE ";
    append_columns(out, *table, desc.include);
  }
  append_options(out, desc.options);
  if (!desc.immediate) out += " DEFERRABLE";
  return out;
}

}  // namespace vecino::sql
