#pragma once

#include <cassert>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "sqlfront/exec/executor.h"
#include "sqlfront/sql_error.h"
#include "storage/util/memory_budget.h"

namespace vecino::sql {

class Operator;
class SpillingStore;
struct RunState;

// Bytes held by the blocking operators of one execution, which draw from the process's memory in large pieces. Throws 53200 at the
// execution's limit and when the process has no more. Not thread-safe.
class MemoryAccount {
 public:
  explicit MemoryAccount(size_t limit) : limit_(limit) {}
  ~MemoryAccount() { assert(used_ == 0); }
  MemoryAccount(const MemoryAccount&) = delete;
  void add(size_t bytes) {
    used_ += bytes;
    if (used_ > granted_) [[unlikely]] grant(bytes);
  }
  void release(size_t bytes) {
    assert(bytes <= used_);
    used_ -= bytes;
    if (granted_ - used_ > 2 * kPiece) [[unlikely]] give_back();
  }
  size_t used() const { return used_; }

 private:
  static constexpr size_t kFree = 256 << 10;  // what every execution may use without asking
  static constexpr size_t kPiece = 1 << 20;
  void grant(size_t bytes);
  void give_back();
  const size_t limit_;
  size_t used_ = 0, granted_ = kFree;
  MemoryReservation reservation_{MemoryPart::kStatements};
};
// What one execution may hold in memory: half of what the process may, and at least 4 x work_mem.
size_t execution_memory_limit(size_t work_mem);

// Run-time state of one entry of PhysicalPlan::subplans: an init plan, a SubPlan expression or a CTE.
class SubplanRun {
 public:
  SubplanRun(RunState& run, int id);
  ~SubplanRun();
  const SubplanInfo& info() const { return info_; }
  const std::vector<int>& depends_on() const { return depends_on_; }

  // Starts the plan again with the current slots.
  void restart();
  // Next row of a SubPlan expression's plan; nullptr = end. Valid until the next call. `max` is the batch size asked for.
  const Datum* next_row(size_t max);

  // Init plans: runs if the slots it depends on changed since the last run (or it never ran) and sets its output slots.
  void ensure_init();
  // CTEs: a row of the shared result, computed as far as asked for; nullptr = end.
  SpillingStore& cte_rows(size_t at_least);
  bool cte_complete() const { return exhausted_; }
  void reset_cte();
  size_t column_count() const { return column_count_; }

  // SubPlan expressions that are planned for hashing keep their table here.
  struct HashTable;
  std::unique_ptr<HashTable> hash_table;
  uint64_t hash_version = 0;

 private:
  void ensure_built();
  RunState& run_;
  const SubplanInfo& info_;
  std::vector<int> depends_on_;  // exec slots read inside that are set outside
  std::unique_ptr<Operator> root_;
  Batch batch_;
  size_t position_ = 0;
  bool exhausted_ = false, fresh_ = true, init_done_ = false, running_ = false;
  uint64_t init_version_ = 0;
  Arena init_arena_;
  std::vector<Datum> row_;
  size_t column_count_ = 0;
  std::unique_ptr<SpillingStore> rows_;
};

// Everything the operators of one execution share. Not thread-safe; parallel workers get read-only pieces.
struct RunState {
  RunState(PhysicalPlanPtr plan_in, ExecContext context_in);
  ~RunState();
  RunState(const RunState&) = delete;

  ExecContext context;
  PhysicalPlanPtr plan;  // null for expressions evaluated outside a plan
  MemoryAccount memory;
  uint64_t rows_affected = 0;

  void check_cancel() const {
    if (context.cancel != nullptr && context.cancel->requested()) throw_if_error(context.cancel->check());
  }

  // Exec slots. Reading a slot that an init plan owns runs that plan first.
  const Datum& slot(int id) {
    if (slot_owner_[id] >= 0) subplan(slot_owner_[id]).ensure_init();
    return slots_[id];
  }
  // `value`'s bytes must outlive the use of the slot.
  void set_slot(int id, const Datum& value) {
    slots_[id] = value;
    slot_versions_[id] = ++version_;
  }
  // Changes whenever one of the slots was set again. Operators that keep results compare it on rescan.
  uint64_t slots_version(const std::vector<int>& slots) const;
  SubplanRun& subplan(int id);

  // Work tables of recursive CTEs, by plan id.
  std::unordered_map<int, SpillingStore*> work_tables;
  // Counters per node; empty unless context.instrument.
  std::unordered_map<const PlanNode*, std::unique_ptr<NodeInstrumentation>> instrumentation;
  NodeInstrumentation* counters(const PlanNode& node);

 private:
  std::vector<Datum> slots_;
  std::vector<uint64_t> slot_versions_;
  std::vector<int> slot_owner_;  // init plan that computes the slot, or -1
  uint64_t version_ = 0;
  std::vector<std::unique_ptr<SubplanRun>> subplans_;
};

// Besides the plan's exec slots there is one virtual slot per subplan: the work table of that recursive CTE, "set" by
// RecursiveUnion at each iteration, so that operators which keep results notice.
inline int work_table_slot(const PhysicalPlan& plan, int plan_id) { return plan.exec_slots + plan_id; }

// Exec slots that `node`'s subtree reads and does not set itself, ascending.
std::vector<int> free_slots(const PlanNode& node, const PhysicalPlan& plan);
// Calls visit for every expression of the node itself (not of its children).
void for_each_expr(const PlanNode& node, const std::function<void(const ExprPtr&)>& visit);

}  // namespace vecino::sql
