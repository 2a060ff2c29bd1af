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
  handle_all(context, true);
}

void ForeignKeyEvents::handle_all(ExecContext& context, bool may_defer) {
  firing_ = true;
  std::vector<Event> later;
  try {
    for (size_t i = 0; i < events_.size(); ++i) {
      if (context.cancel != nullptr && context.cancel->requested()) throw_if_error(context.cancel->check());
      Event event = std::move(events_[i]);  // handling it may append, which moves the others
      if (may_defer && is_deferred(event)) {
        later.push_back(std::move(event));
      } else {
        handle(event, context);
      }
    }
    // Not before: a statement that has to wait is undone, and runs again.
    if (!later.empty()) defer(std::move(later));
  } catch (...) {
    clear();
    throw;
  }
  clear();
}

// --- deferring ------------------------------------------------------------------------------------------------------

bool ForeignKeyEvents::is_deferred(const Event& event) const {
  const ForeignKeyDesc& key = event.link->key();
  if (!key.deferrable) return false;
  if (!event.written && (event.new_key.empty() ? key.on_delete : key.on_update) != 'a') return false;
  if (auto mode = modes_.single.find(key.oid); mode != modes_.single.end()) return mode->second;
  return modes_.all.value_or(key.initially_deferred);
}

void ForeignKeyEvents::defer(std::vector<Event> events) {
  const int depth = savepoint_depth();
  for (Event& event : events) {
    for (auto* key : {&event.old_key, &event.new_key}) {
      for (size_t i = 0; i < key->size(); ++i) {
        const auto column = static_cast<size_t>(event.link->key().referenced_columns[i]) - 1;
        Datum& value = (*key)[i];
        if (value.is_null || !is_by_bytes(event.link->referenced->columns[column].type.id)) continue;
        value = Datum::from_bytes(deferred_arena_.copy(value.bytes()));
      }
    }
    deferred_.push_back({std::move(event), depth});
  }
}

void ForeignKeyEvents::fire_deferred_if(const std::function<bool(const Event&)>& wanted, ExecContext& context) {
  auto first = std::stable_partition(deferred_.begin(), deferred_.end(),
                                     [&](const Deferred& deferred) { return !wanted(deferred.event); });
  for (auto at = first; at != deferred_.end(); ++at) events_.push_back(std::move(at->event));
  deferred_.erase(first, deferred_.end());
  // If it fails, the transaction or savepoint that has lost them is over.
  if (!events_.empty()) handle_all(context, false);
  if (deferred_.empty()) deferred_arena_.reset();
}

void ForeignKeyEvents::fire_undeferred(ExecContext& context) {
  fire_deferred_if([this](const Event& event) { return !is_deferred(event); }, context);
}

void ForeignKeyEvents::fire_deferred(ExecContext& context) {
  while (has_deferred()) fire_deferred_if([](const Event&) { return true; }, context);
}

bool ForeignKeyEvents::concerns(Oid table) const {
  return std::any_of(deferred_.begin(), deferred_.end(), [&](const Deferred& deferred) {
    const ForeignKeyLink& link = *deferred.event.link;
    return (deferred.event.written ? link.referencing : link.referenced)->oid == table;
  });
}

void ForeignKeyEvents::save_modes() {
  const int depth = savepoint_depth();
  if (saved_modes_.empty() || saved_modes_.back().depth < depth) saved_modes_.push_back({depth, modes_});
}

void ForeignKeyEvents::set_all_modes(bool deferred) {
  save_modes();
  modes_.single.clear();
  modes_.all = deferred;
}

void ForeignKeyEvents::set_mode(Oid constraint, bool deferred) {
  save_modes();
  modes_.single[constraint] = deferred;
}

void ForeignKeyEvents::end_levels(int depth, bool committed) {
  if (depth <= 0) {
    deferred_.clear();
    deferred_arena_.reset();
    modes_ = {};
    saved_modes_.clear();
    return;
  }
  if (!committed) {
    std::erase_if(deferred_, [&](const Deferred& deferred) { return deferred.depth >= depth; });
  }
  for (Deferred& deferred : deferred_) deferred.depth = std::min(deferred.depth, depth - 1);
  while (!saved_modes_.empty() && saved_modes_.back().depth >= depth) {
    SavedModes saved = std::move(saved_modes_.back());
    saved_modes_.pop_back();
    if (!committed) {
      modes_ = std::move(saved.before);
    } else if (saved_modes_.empty() || saved_modes_.back().depth < depth - 1) {
      saved_modes_.push_back({depth - 1, std::move(saved.before)});
    }
  }
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
