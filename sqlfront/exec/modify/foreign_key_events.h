#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "sqlfront/exec/executor.h"

namespace vecino::sql {

// A statement that referential integrity runs inside another one: text with $n, their types and values.
struct InternalQuery {
  std::string sql;
  std::vector<TypeId> parameter_types;
  std::vector<Datum> parameters;
  // Under REPEATABLE READ too, look at what others have committed: a row that refers to the one that goes must be seen.
  bool newest_snapshot = false;
};

// What a statement's row changes leave to be checked when it is done (manual 5.4.5): each inserted reference must find its
// row, and what referred to a row that is gone is refused or follows it. Queries of ours may change rows in turn; what
// those leave is appended and handled in order, as PostgreSQL's trigger queue does. What belongs to a deferred constraint waits for
// SET CONSTRAINTS IMMEDIATE or COMMIT (manual: SET CONSTRAINTS); actions other than NO ACTION are never deferred. One per session.
// Not thread-safe.
class ForeignKeyEvents {
 public:
  // Runs a query; returns the number of rows it returned or changed.
  using Runner = std::function<uint64_t(const InternalQuery&)>;
  explicit ForeignKeyEvents(Runner run) : run_(std::move(run)) {}

  using LinkPtr = std::shared_ptr<const ForeignKeyLink>;
  // A row of the referencing table was written.
  void row_written(const LinkPtr& link, storage::RowId row);
  // A row of the referenced table is gone (new_row null) or has another key. Rows in attnum order.
  void key_gone(const LinkPtr& link, const Datum* old_row, const Datum* new_row);

  // A statement that starts over forgets what came after its mark.
  size_t mark() const { return events_.size(); }
  void forget_after(size_t mark) { events_.resize(mark); }
  void clear();
  bool pending() const { return !events_.empty(); }

  // Deferred events and the constraints' modes belong to the transaction, and to the savepoint level they came in.
  std::function<int()> savepoint_depth = [] { return 0; };
  void set_all_modes(bool deferred);
  void set_mode(Oid constraint, bool deferred);
  // Handles the deferred events that are not deferred any more.
  void fire_undeferred(ExecContext& context);
  // At COMMIT: handles all of them.
  void fire_deferred(ExecContext& context);
  bool has_deferred() const { return !deferred_.empty(); }
  // Is one of them about rows of this table?
  bool concerns(Oid table) const;
  // Levels from `depth` on are over; 0 = the transaction.
  void end_levels(int depth, bool committed);

  // Handles all events; does nothing while it is doing so already. Throws 23503.
  void fire(ExecContext& context);

 private:
  struct Event {
    LinkPtr link;
    bool written;
    storage::RowId row;
    std::vector<Datum> old_key, new_key;  // bytes in arena_; new_key empty = deleted
  };
  struct Deferred {
    Event event;  // bytes in deferred_arena_
    int depth;
  };
  struct Modes {
    std::optional<bool> all;               // SET CONSTRAINTS ALL
    std::unordered_map<Oid, bool> single;  // by constraint; later than `all`
  };
  struct SavedModes {
    int depth;  // of the level that has changed them
    Modes before;
  };
  bool is_deferred(const Event& event) const;
  void save_modes();
  void defer(std::vector<Event> events);
  void fire_deferred_if(const std::function<bool(const Event&)>& wanted, ExecContext& context);
  void handle_all(ExecContext& context, bool may_defer);
  void handle(const Event& event, ExecContext& context);
  void check_written(const Event& event, ExecContext& context);
  void act(const Event& event, ExecContext& context);
  bool key_exists(const Event& event, ExecContext& context);
  void refuse_if_referenced(const Event& event, ExecContext& context);
  std::vector<Datum> keep(const std::vector<AttrNumber>& columns, const RelationDesc& table, const Datum* row);

  bool is_known(const ForeignKeyLink& link, const std::vector<Datum>& key);

  Runner run_;
  std::vector<Event> events_;
  Arena arena_;
  // Keys that were found, and locked, by the events before: many rows refer to few.
  std::unordered_map<const ForeignKeyLink*, std::unordered_set<std::string>> known_keys_;
  bool firing_ = false;
  std::vector<Deferred> deferred_;
  Arena deferred_arena_;
  Modes modes_;
  std::vector<SavedModes> saved_modes_;  // by ascending depth
};

// Reports a table's row changes to the session's events. `links` outlives it.
class ForeignKeyRecorder {
 public:
  ForeignKeyRecorder(const ForeignKeyLinks& links, ForeignKeyEvents* events) : links_(links), events_(events) {}
  void inserted(storage::RowId id, const Datum* row);
  void updated(storage::RowId id, const Datum* old_row, const Datum* new_row);
  void erased(const Datum* row);

 private:
  const ForeignKeyLinks& links_;
  ForeignKeyEvents* events_;
};

// "ONLY schema.table" and other pieces of the queries, also for ALTER TABLE's check of the existing rows.
std::string foreign_key_table(const Catalog& catalog, const RelationDesc& table);
// Same value in this column? Bytes are compared for types that are bytes.
bool same_value(const ColumnDesc& column, const Datum& left, const Datum& right);

}  // namespace vecino::sql
