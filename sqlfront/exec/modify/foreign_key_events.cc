#include "sqlfront/exec/modify/foreign_key_events.h"

#include <algorithm>
#include <cstring>

#include "sqlfront/catalog/catalog.h"
#include "sqlfront/exec/modify/constraint_errors.h"
#include "sqlfront/exec/tuple_store.h"

namespace vecino::sql {
namespace {

// The queries are shown in the context of errors: quoted and ordered as PostgreSQL writes them.
std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (char c : name) text.append(c == '"' ? 2 : 1, c);
  return text + "\"";
}

std::string column_name(const RelationDesc& table, AttrNumber attr) {
  return quoted(table.columns[static_cast<size_t>(attr) - 1].name);
}

// "a" = $1 AND "b" = $2 over the referenced table.
std::string key_is(const RelationDesc& table, const std::vector<AttrNumber>& columns) {
  std::string text;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) text += " AND ";
    text += column_name(table, columns[i]) + " OPERATOR(pg_catalog.=) $" + std::to_string(i + 1);
  }
  return text;
}

// $1 = "a" AND $2 = "b" over the referencing table; `first` is the number of the first parameter.
std::string refers_to(const RelationDesc& table, const std::vector<AttrNumber>& columns, size_t first) {
  std::string text;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) text += " AND ";
    text += "$" + std::to_string(first + i) + " OPERATOR(pg_catalog.=) " + column_name(table, columns[i]);
  }
  return text;
}

void add_parameters(InternalQuery& query, const RelationDesc& table, const std::vector<AttrNumber>& columns,
                    const std::vector<Datum>& values) {
  for (size_t i = 0; i < columns.size(); ++i) {
    query.parameter_types.push_back(table.columns[static_cast<size_t>(columns[i]) - 1].type.id);
    query.parameters.push_back(values[i]);
  }
}

bool any_null(const std::vector<AttrNumber>& columns, const Datum* row) {
  return std::any_of(columns.begin(), columns.end(), [&](AttrNumber c) { return row[c - 1].is_null; });
}

bool all_null(const std::vector<AttrNumber>& columns, const Datum* row) {
  return std::all_of(columns.begin(), columns.end(), [&](AttrNumber c) { return row[c - 1].is_null; });
}

bool same_key(const RelationDesc& table, const std::vector<AttrNumber>& columns, const Datum* left,
              const Datum* right) {
  return std::all_of(columns.begin(), columns.end(), [&](AttrNumber c) {
    return same_value(table.columns[static_cast<size_t>(c) - 1], left[c - 1], right[c - 1]);
  });
}

}  // namespace

std::string foreign_key_table(const Catalog& catalog, const RelationDesc& table) {
  SchemaPtr schema = catalog.find_schema(table.schema);
  return "ONLY " + (schema ? quoted(schema->name) + "." : "") + quoted(table.name);
}

bool same_value(const ColumnDesc& column, const Datum& left, const Datum& right) {
  if (left.is_null || right.is_null) return left.is_null == right.is_null;
  if (!is_by_bytes(column.type.id)) return left.i64 == right.i64;
  return left.len == right.len && (left.ptr == right.ptr || std::memcmp(left.ptr, right.ptr, left.len) == 0);
}

// --- recording ------------------------------------------------------------------------------------------------------

std::vector<Datum> ForeignKeyEvents::keep(const std::vector<AttrNumber>& columns, const RelationDesc& table,
                                          const Datum* row) {
  std::vector<Datum> key;
  for (AttrNumber c : columns) {
    Datum value = row[c - 1];
    if (!value.is_null && is_by_bytes(table.columns[static_cast<size_t>(c) - 1].type.id)) {
      value = Datum::from_bytes(arena_.copy(value.bytes()));
    }
    key.push_back(value);
  }
  return key;
}

void ForeignKeyEvents::row_written(const LinkPtr& link, storage::RowId row) {
  events_.push_back({link, true, row, {}, {}});
}

void ForeignKeyEvents::key_gone(const LinkPtr& link, const Datum* old_row, const Datum* new_row) {
  const auto& columns = link->key().referenced_columns;
  Event event{link, false, 0, keep(columns, *link->referenced, old_row), {}};
  if (new_row != nullptr) event.new_key = keep(columns, *link->referenced, new_row);
  events_.push_back(std::move(event));
}

void ForeignKeyRecorder::inserted(storage::RowId id, const Datum* row) {
  if (events_ == nullptr) return;
  for (const auto& link : links_.own) {
    // Without MATCH FULL a null anywhere leaves nothing to look for.
    const ForeignKeyDesc& key = link->key();
    bool free = key.match == 'f' ? all_null(key.columns, row) : any_null(key.columns, row);
    if (!free) events_->row_written(link, id);
  }
}

void ForeignKeyRecorder::updated(storage::RowId id, const Datum* old_row, const Datum* new_row) {
  if (events_ == nullptr) return;
  for (const auto& link : links_.referring) {
    const auto& columns = link->key().referenced_columns;
    if (any_null(columns, old_row) || same_key(*link->referenced, columns, old_row, new_row)) continue;
    events_->key_gone(link, old_row, new_row);
  }
  for (const auto& link : links_.own) {
    const ForeignKeyDesc& key = link->key();
    bool free = key.match == 'f' ? all_null(key.columns, new_row) : any_null(key.columns, new_row);
    if (!free && !same_key(*link->referencing, key.columns, old_row, new_row)) events_->row_written(link, id);
  }
}

void ForeignKeyRecorder::erased(const Datum* row) {
  if (events_ == nullptr) return;
  for (const auto& link : links_.referring) {
    if (!any_null(link->key().referenced_columns, row)) events_->key_gone(link, row, nullptr);
  }
}

// --- checking -------------------------------------------------------------------------------------------------------

void ForeignKeyEvents::clear() {
  events_.clear();
  known_keys_.clear();
  arena_.reset();
  firing_ = false;
}

void ForeignKeyEvents::fire(ExecContext& context) {
  if (firing_ || events_.empty()) return;
  firing_ = true;
  try {
    for (size_t i = 0; i < events_.size(); ++i) {
      if (context.cancel != nullptr && context.cancel->requested()) throw_if_error(context.cancel->check());
      Event event = std::move(events_[i]);  // handling it may append, which moves the others
      handle(event, context);
    }
  } catch (...) {
    clear();
    throw;
  }
  clear();
}

// Also remembers the key: one that turns out not to exist ends the statement.
bool ForeignKeyEvents::is_known(const ForeignKeyLink& link, const std::vector<Datum>& key) {
  constexpr size_t kMaxKept = 100000;
  std::string bytes;
  const auto& columns = link.key().columns;
  for (size_t i = 0; i < key.size(); ++i) {
    if (is_by_bytes(link.referencing->columns[static_cast<size_t>(columns[i]) - 1].type.id)) {
      uint32_t length = key[i].len;
      bytes.append(reinterpret_cast<const char*>(&length), sizeof length);
      bytes += key[i].bytes();
    } else {
      bytes.append(reinterpret_cast<const char*>(&key[i].i64), sizeof key[i].i64);
    }
  }
  auto& known = known_keys_[&link];
  if (known.size() >= kMaxKept) known.clear();
  return !known.insert(std::move(bytes)).second;
}

void ForeignKeyEvents::handle(const Event& event, ExecContext& context) {
  if (event.written) {
    check_written(event, context);
  } else {
    known_keys_.clear();  // what follows may take known ones away
    act(event, context);
  }
}

// The row as it is now; a row that the same statement changed again or deleted has later events or none.
void ForeignKeyEvents::check_written(const Event& event, ExecContext& context) {
  const ForeignKeyLink& link = *event.link;
  const ForeignKeyDesc& key = link.key();
  std::vector<int> columns;
  for (AttrNumber c : key.columns) columns.push_back(c - 1);
  std::vector<Datum> values(columns.size());
  std::vector<Datum*> targets;
  for (Datum& value : values) targets.push_back(&value);
  bool found = false;
  Arena arena;
  throw_if_error(context.tables->fetch(*context.txn, link.referencing->layout, {&event.row, 1}, columns,
                                       storage::ReadMode::kLatest, &found, targets.data(), arena));
  if (!found) return;
  size_t nulls = static_cast<size_t>(
      std::count_if(values.begin(), values.end(), [](const Datum& value) { return value.is_null; }));
  if (nulls == values.size() || (nulls > 0 && key.match != 'f')) return;
  RunState run(nullptr, context);
  if (nulls > 0) throw mixed_null_key(run, link);
  if (is_known(link, values)) return;
  InternalQuery query;
  query.sql = "SELECT 1 FROM " + foreign_key_table(*context.catalog, *link.referenced) + " x WHERE " +
              key_is(*link.referenced, key.referenced_columns) + " FOR KEY SHARE OF x";
  add_parameters(query, *link.referencing, key.columns, values);
  if (run_(query) == 0) throw missing_reference(run, link, values);
}

// Another row may have taken the key over within the statement.
bool ForeignKeyEvents::key_exists(const Event& event, ExecContext& context) {
  const ForeignKeyLink& link = *event.link;
  InternalQuery query;
  query.newest_snapshot = true;
  query.sql = "SELECT 1 FROM " + foreign_key_table(*context.catalog, *link.referenced) + " x WHERE " +
              key_is(*link.referenced, link.key().referenced_columns) + " FOR KEY SHARE OF x";
  add_parameters(query, *link.referenced, link.key().referenced_columns, event.old_key);
  return run_(query) > 0;
}

void ForeignKeyEvents::refuse_if_referenced(const Event& event, ExecContext& context) {
  const ForeignKeyLink& link = *event.link;
  InternalQuery query;
  query.newest_snapshot = true;
  query.sql = "SELECT 1 FROM " + foreign_key_table(*context.catalog, *link.referencing) + " x WHERE " +
              refers_to(*link.referencing, link.key().columns, 1) + " FOR KEY SHARE OF x";
  add_parameters(query, *link.referenced, link.key().referenced_columns, event.old_key);
  if (run_(query) == 0) return;
  RunState run(nullptr, context);
  throw still_referenced(run, link, event.old_key);
}

void ForeignKeyEvents::act(const Event& event, ExecContext& context) {
  const ForeignKeyLink& link = *event.link;
  const ForeignKeyDesc& key = link.key();
  const bool deleted = event.new_key.empty();
  const char action = deleted ? key.on_delete : key.on_update;
  if (action == 'a' && key_exists(event, context)) return;
  if (action == 'a' || action == 'r') return refuse_if_referenced(event, context);
  InternalQuery query;
  query.newest_snapshot = true;
  const std::string table = foreign_key_table(*context.catalog, *link.referencing);
  const auto& set = deleted && !key.delete_set_columns.empty() ? key.delete_set_columns : key.columns;
  size_t first = 1;
  if (action == 'c' && deleted) {
    query.sql = "DELETE FROM " + table;
  } else {
    query.sql = "UPDATE " + table + " SET ";
    for (size_t i = 0; i < set.size(); ++i) {
      if (i > 0) query.sql += ", ";
      query.sql += column_name(*link.referencing, set[i]) + " = ";
      query.sql += action == 'c' ? "$" + std::to_string(first++) : action == 'n' ? "NULL" : "DEFAULT";
    }
    if (action == 'c') add_parameters(query, *link.referenced, key.referenced_columns, event.new_key);
  }
  query.sql += " WHERE " + refers_to(*link.referencing, key.columns, first);
  add_parameters(query, *link.referenced, key.referenced_columns, event.old_key);
  run_(query);
  // The default may be the very key that is gone: such rows were not changed, so nothing else looks at them.
  if (action == 'd') refuse_if_referenced(event, context);
}

}  // namespace vecino::sql
