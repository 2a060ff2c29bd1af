#include "sqlfront/exec/modify/constraint_errors.h"

#include "sqlfront/catalog/catalog.h"
#include "sqlfront/catalog/identifiers.h"

namespace vecino::sql {
namespace {

constexpr size_t kMaxFieldBytes = 64;  // ExecBuildSlotValueDescription's maxfieldlen

std::string value_text(RunState& run, TypeRef type, const Datum& value) {
  if (value.is_null) return "null";
  Arena arena;
  const TypeInfo& info = type_info(type.id);
  if (info.output == nullptr) return "?";
  CallContext context{&arena, run.context.env, {}, type.id, type.typmod};
  std::string text;
  info.output(context, value, text);
  return text;
}

// Cut at a character boundary.
void clip(std::string& text) {
  if (text.size() <= kMaxFieldBytes) return;
  size_t end = kMaxFieldBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  text += "...";
}

std::string failing_row(RunState& run, const RelationDesc& table, const Datum* row) {
  std::string text = "Failing row contains (";
  bool first = true;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].dropped) continue;
    std::string value = value_text(run, table.columns[c].type, row[c]);
    clip(value);
    if (!first) text += ", ";
    first = false;
    text += value;
  }
  return text + ").";
}

ErrorInfo table_error(RunState& run, const RelationDesc& table, SqlState code, std::string message) {
  ErrorInfo info;
  info.code = code;
  info.message = std::move(message);
  info.table = table.name;
  if (run.context.catalog != nullptr) {
    if (SchemaPtr schema = run.context.catalog->find_schema(table.schema)) info.schema = schema->name;
  }
  return info;
}

std::string key_text(RunState& run, const RelationDesc& table, const RelationDesc& index, std::span<const Datum> key) {
  std::string names, values;
  const auto& columns = index.index->columns;
  for (size_t k = 0; k < columns.size() && k < key.size(); ++k) {
    if (k > 0) {
      names += ", ";
      values += ", ";
    }
    names += columns[k].attr > 0 ? quote_identifier(table.columns[columns[k].attr - 1].name) : columns[k].expr;
    values += value_text(run, columns[k].type, key[k]);
  }
  return "Key (" + names + ")=(" + values + ")";
}

SqlError key_error(RunState& run, const RelationDesc& table, const RelationDesc& index, std::span<const Datum> key,
                   std::string message, const char* ending) {
  ErrorInfo info = table_error(run, table, sqlstate::kUniqueViolation, std::move(message));
  info.detail = key_text(run, table, index, key) + ending;
  info.constraint = index.name;
  return SqlError(std::move(info));
}

// "Key (a, b)=(1, 2)" over columns of a table.
std::string column_key_text(RunState& run, const RelationDesc& table, const std::vector<AttrNumber>& columns,
                            std::span<const Datum> key) {
  std::string names, values;
  for (size_t k = 0; k < columns.size(); ++k) {
    const ColumnDesc& column = table.columns[static_cast<size_t>(columns[k]) - 1];
    if (k > 0) {
      names += ", ";
      values += ", ";
    }
    names += column.name;
    values += value_text(run, column.type, key[k]);
  }
  return "Key (" + names + ")=(" + values + ")";
}

// Foreign key errors name the referencing table in their fields, whichever table was changed.
ErrorInfo foreign_key_error(RunState& run, const ForeignKeyLink& link, std::string message) {
  ErrorInfo info = table_error(run, *link.referencing, sqlstate::kForeignKeyViolation, std::move(message));
  info.constraint = link.key().name;
  return info;
}

std::string violated(const ForeignKeyLink& link) {
  return " violates foreign key constraint \"" + link.key().name + "\"";
}

}  // namespace

SqlError missing_reference(RunState& run, const ForeignKeyLink& link, std::span<const Datum> key) {
  ErrorInfo info = foreign_key_error(
      run, link, "insert or update on table \"" + link.referencing->name + "\"" + violated(link));
  info.detail = column_key_text(run, *link.referencing, link.key().columns, key) + " is not present in table \"" +
                link.referenced->name + "\".";
  return SqlError(std::move(info));
}

SqlError mixed_null_key(RunState& run, const ForeignKeyLink& link) {
  ErrorInfo info = foreign_key_error(
      run, link, "insert or update on table \"" + link.referencing->name + "\"" + violated(link));
  info.detail = "MATCH FULL does not allow mixing of null and nonnull key values.";
  return SqlError(std::move(info));
}

SqlError still_referenced(RunState& run, const ForeignKeyLink& link, std::span<const Datum> key) {
  ErrorInfo info = foreign_key_error(run, link,
                                     "update or delete on table \"" + link.referenced->name + "\"" + violated(link) +
                                         " on table \"" + link.referencing->name + "\"");
  info.detail = column_key_text(run, *link.referenced, link.key().referenced_columns, key) +
                " is still referenced from table \"" + link.referencing->name + "\".";
  return SqlError(std::move(info));
}

SqlError not_null_violation(RunState& run, const RelationDesc& table, size_t column, const Datum* row) {
  const std::string& name = table.columns[column].name;
  ErrorInfo info = table_error(run, table, sqlstate::kNotNullViolation,
                               "null value in column \"" + name + "\" of relation \"" + table.name +
                                   "\" violates not-null constraint");
  info.detail = failing_row(run, table, row);
  info.column = name;
  return SqlError(std::move(info));
}

SqlError check_violation(RunState& run, const RelationDesc& table, std::string_view constraint, const Datum* row) {
  ErrorInfo info = table_error(run, table, sqlstate::kCheckViolation,
                               "new row for relation \"" + table.name + "\" violates check constraint \"" +
                                   std::string(constraint) + "\"");
  info.detail = failing_row(run, table, row);
  info.constraint = constraint;
  return SqlError(std::move(info));
}

SqlError unique_violation(RunState& run, const RelationDesc& table, const RelationDesc& index,
                          std::span<const Datum> key) {
  return key_error(run, table, index, key,
                   "duplicate key value violates unique constraint \"" + index.name + "\"", " already exists.");
}

SqlError duplicate_in_build(RunState& run, const RelationDesc& table, const RelationDesc& index,
                            std::span<const Datum> key) {
  return key_error(run, table, index, key, "could not create unique index \"" + index.name + "\"", " is duplicated.");
}

}  // namespace vecino::sql
