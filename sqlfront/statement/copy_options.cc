#include "sqlfront/statement/copy_options.h"

#include <algorithm>
#include <cctype>

#include "sqlfront/parse/def_elem.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {

namespace {

using sqlstate::kFeatureNotSupported;
using sqlstate::kInvalidParameterValue;
using sqlstate::kSyntaxError;

char single_byte(const ast::DefElem& option, const char* what) {
  std::string text = ast::def_string(option);
  if (text.size() != 1) {
    throw SqlError(kFeatureNotSupported, std::string("COPY ") + what + " must be a single one-byte character");
  }
  return text[0];
}

bool has_column(const RelationDesc& table, const std::string& name) {
  return std::any_of(table.columns.begin(), table.columns.end(),
                     [&](const ColumnDesc& column) { return !column.dropped && column.name == name; });
}

// FORCE_QUOTE (*) or a list of columns.
std::vector<bool> column_flags(const ast::DefElem& option, const std::vector<std::string>& columns,
                               const RelationDesc* table, const char* what) {
  std::vector<bool> flags(columns.size(), false);
  const auto* list = ast::try_as<ast::ListNode>(option.arg);
  if (!list) {
    if (option.arg && option.arg->kind == ast::NodeKind::kStar) {
      flags.assign(columns.size(), true);
      return flags;
    }
    throw SqlError(kInvalidParameterValue,
                   "argument to option \"" + option.name + "\" must be a list of column names", option.location);
  }
  for (const auto& item : list->items) {
    const auto* name = ast::try_as<ast::StringNode>(item);
    auto found = name ? std::find(columns.begin(), columns.end(), name->value) : columns.end();
    if (name && found == columns.end() && table != nullptr && !has_column(*table, name->value)) {
      throw SqlError(sqlstate::kUndefinedColumn,
                     "column \"" + name->value + "\" of relation \"" + table->name + "\" does not exist");
    }
    if (found == columns.end()) {
      throw SqlError(sqlstate::kInvalidColumnReference,
                     std::string(what) + " column \"" + (name ? name->value : "") + "\" not referenced by COPY");
    }
    flags[static_cast<size_t>(found - columns.begin())] = true;
  }
  return flags;
}

void set_format(const ast::DefElem& option, CopyOptions& options) {
  std::string format = ast::def_string(option);
  if (format == "text") options.format = CopyFormat::kText;
  else if (format == "csv") options.format = CopyFormat::kCsv;
  else if (format == "binary") options.format = CopyFormat::kBinary;
  else throw SqlError(kInvalidParameterValue, "COPY format \"" + format + "\" not recognized", option.location);
}

void set_header(const ast::DefElem& option, CopyOptions& options, bool is_from) {
  if (const auto* text = ast::try_as<ast::StringNode>(option.arg)) {
    std::string lower = text->value;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    if (lower == "match") {
      if (!is_from) throw SqlError(kFeatureNotSupported, "cannot use \"match\" with HEADER in COPY TO");
      options.header = options.header_match = true;
      return;
    }
  }
  options.header = ast::def_bool(option);
}

// UTF8 and SQL_ASCII, whose bytes are taken as they are, need no conversion: null.
const Encoding* copy_encoding(const ast::DefElem& option) {
  const Encoding* encoding = find_encoding(ast::def_string(option));
  if (encoding == nullptr) {
    throw SqlError(kInvalidParameterValue, "argument to option \"encoding\" must be a valid encoding name", option.location);
  }
  return encoding->name == "UTF8" || encoding->name == "SQL_ASCII" ? nullptr : encoding;
}

void check_csv_only(bool given, const char* option, bool csv) {
  if (given && !csv) throw SqlError(kFeatureNotSupported, std::string("COPY ") + option + " requires CSV mode");
}

// The combinations that PostgreSQL refuses, with its words.
void check_combinations(const CopyOptions& options, const ast::CopyStmt& statement, bool has_delimiter, bool has_null) {
  const bool csv = options.format == CopyFormat::kCsv, binary = options.format == CopyFormat::kBinary;
  if (binary && has_delimiter) throw SqlError(kSyntaxError, "cannot specify DELIMITER in BINARY mode");
  if (binary && has_null) throw SqlError(kSyntaxError, "cannot specify NULL in BINARY mode");
  if (binary && options.header) throw SqlError(kFeatureNotSupported, "cannot specify HEADER in BINARY mode");
  auto has_line_end = [](std::string_view text) { return text.find_first_of("\r\n") != std::string_view::npos; };
  if (has_line_end({&options.delimiter, 1})) {
    throw SqlError(kInvalidParameterValue, "COPY delimiter cannot be newline or carriage return");
  }
  if (has_line_end(options.null_text)) {
    throw SqlError(kInvalidParameterValue, "COPY null representation cannot use newline or carriage return");
  }
  if (!csv && std::string_view("\\.abcdefghijklmnopqrstuvwxyz0123456789").find(options.delimiter) !=
                  std::string_view::npos) {
    throw SqlError(kInvalidParameterValue,
                   std::string("COPY delimiter cannot be \"") + options.delimiter + "\"");
  }
  if (csv && options.delimiter == options.quote) {
    throw SqlError(kInvalidParameterValue, "COPY delimiter and quote must be different");
  }
  check_csv_only(!options.force_quote.empty(), "FORCE_QUOTE", csv);
  if (!options.force_quote.empty() && statement.is_from) {
    throw SqlError(kFeatureNotSupported, "COPY FORCE_QUOTE cannot be used with COPY FROM");
  }
  check_csv_only(!options.force_not_null.empty(), "FORCE_NOT_NULL", csv);
  if (!options.force_not_null.empty() && !statement.is_from) {
    throw SqlError(kInvalidParameterValue, "COPY FORCE_NOT_NULL cannot be used with COPY TO");
  }
  check_csv_only(!options.force_null.empty(), "FORCE_NULL", csv);
  if (!options.force_null.empty() && !statement.is_from) {
    throw SqlError(kInvalidParameterValue, "COPY FORCE_NULL cannot be used with COPY TO");
  }
  if (!binary && options.null_text.find(options.delimiter) != std::string::npos) {
    throw SqlError(kFeatureNotSupported, "COPY delimiter character must not appear in the NULL specification");
  }
  if (csv && options.null_text.find(options.quote) != std::string::npos) {
    throw SqlError(kFeatureNotSupported, "CSV quote character must not appear in the NULL specification");
  }
}

}  // namespace

CopyOptions copy_options(const ast::CopyStmt& statement, const std::vector<std::string>& columns,
                         const RelationDesc* table) {
  CopyOptions options;
  options.column_names = columns;
  bool has_delimiter = false, has_null = false, has_quote = false, has_escape = false;
  std::vector<std::string> seen;
  for (const auto& option : statement.options) {
    if (std::find(seen.begin(), seen.end(), option->name) != seen.end()) {
      throw SqlError(kSyntaxError, "conflicting or redundant options", option->location);
    }
    seen.push_back(option->name);
    if (option->name == "format") set_format(*option, options);
    else if (option->name == "freeze") options.freeze = ast::def_bool(*option);
    else if (option->name == "delimiter") options.delimiter = single_byte(*option, "delimiter"), has_delimiter = true;
    else if (option->name == "null") options.null_text = ast::def_string(*option), has_null = true;
    else if (option->name == "header") set_header(*option, options, statement.is_from);
    else if (option->name == "quote") options.quote = single_byte(*option, "quote"), has_quote = true;
    else if (option->name == "escape") options.escape = single_byte(*option, "escape"), has_escape = true;
    else if (option->name == "force_quote") options.force_quote = column_flags(*option, columns, table, "FORCE_QUOTE");
    else if (option->name == "force_not_null") options.force_not_null = column_flags(*option, columns, table, "FORCE_NOT_NULL");
    else if (option->name == "force_null") options.force_null = column_flags(*option, columns, table, "FORCE_NULL");
    else if (option->name == "encoding") options.encoding = copy_encoding(*option);
    else throw SqlError(kSyntaxError, "option \"" + option->name + "\" not recognized", option->location);
  }
  const bool csv = options.format == CopyFormat::kCsv;
  if (csv && !has_delimiter) options.delimiter = ',';
  if (csv && !has_null) options.null_text.clear();
  check_csv_only(has_quote, "QUOTE", csv);
  check_csv_only(has_escape, "ESCAPE", csv);
  if (options.freeze && !statement.is_from) {
    throw SqlError(kInvalidParameterValue, "COPY FREEZE cannot be used with COPY TO");
  }
  if (csv && !has_escape) options.escape = options.quote;
  check_combinations(options, statement, has_delimiter, has_null);
  return options;
}

std::vector<int> copy_columns(const ast::CopyStmt& statement, const RelationDesc& table) {
  std::vector<int> columns;
  if (!statement.has_columns) {
    for (size_t i = 0; i < table.columns.size(); ++i) {
      if (!table.columns[i].dropped && !table.columns[i].generated) columns.push_back(static_cast<int>(i));
    }
    return columns;
  }
  for (const std::string& name : statement.columns) {
    int found = -1;
    for (size_t i = 0; i < table.columns.size(); ++i) {
      if (!table.columns[i].dropped && table.columns[i].name == name) found = static_cast<int>(i);
    }
    if (found < 0) {
      throw SqlError(sqlstate::kUndefinedColumn,
                     "column \"" + name + "\" of relation \"" + table.name + "\" does not exist");
    }
    if (table.columns[found].generated) {
      throw SqlError(sqlstate::kInvalidColumnReference, "column \"" + name + "\" is a generated column")
          .detail("Generated columns cannot be used in COPY.");
    }
    if (std::find(columns.begin(), columns.end(), found) != columns.end()) {
      throw SqlError(sqlstate::kDuplicateColumn, "column \"" + name + "\" specified more than once");
    }
    columns.push_back(found);
  }
  return columns;
}

}  // namespace vecino::sql
