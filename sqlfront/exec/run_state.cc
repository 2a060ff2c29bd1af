#include "sqlfront/exec/run_state.h"

#include "sqlfront/exec/expr/subplan.h"
#include "sqlfront/exec/operator.h"
#include "sqlfront/exec/spill/spilling_store.h"

namespace vecino::sql {

void MemoryAccount::grant(size_t bytes) {
  if (used_ > limit_) {
    used_ -= bytes;
    throw SqlError(sqlstate::kOutOfMemory, "out of memory")
        .detail("Failed on request of size " + std::to_string(bytes) + ": the statement may use " +
                std::to_string(limit_ >> 20) + " MB.");
  }
  const size_t wanted = used_ + kPiece;
  if (Status status = reservation_.resize(wanted); !status.is_ok()) {
    used_ -= bytes;
    throw_if_error(std::move(status));
  }
  granted_ = wanted;
}

void MemoryAccount::give_back() {
  if (granted_ == kFree) return;
  granted_ = used_ + kPiece <= kFree ? kFree : used_ + kPiece;
  reservation_.shrink(granted_ == kFree ? 0 : granted_);
}

size_t execution_memory_limit(size_t work_mem) { return std::max<size_t>(process_memory().limit() / 2, work_mem * 4); }

RunState::RunState(PhysicalPlanPtr plan_in, ExecContext context_in)
    : context(std::move(context_in)), plan(std::move(plan_in)), memory(execution_memory_limit(context.work_mem)) {
  if (plan == nullptr) return;
  size_t count = plan->exec_slots + plan->subplans.size();
  if (count == 0) return;
  slots_.assign(count, Datum::null());
  slot_versions_.assign(count, 0);
  slot_owner_.assign(count, -1);
  subplans_.resize(plan->subplans.size());
  for (size_t id = 0; id < plan->subplans.size(); ++id) {
    if (!plan->subplans[id].is_init) continue;
    for (int slot : plan->subplans[id].output_slots) slot_owner_[slot] = static_cast<int>(id);
  }
}

RunState::~RunState() = default;

uint64_t RunState::slots_version(const std::vector<int>& slots) const {
  uint64_t newest = 0;
  for (int slot : slots) newest = std::max(newest, slot_versions_[slot]);
  return newest;
}

SubplanRun& RunState::subplan(int id) {
  auto& run = subplans_[id];
  if (run == nullptr) run = std::make_unique<SubplanRun>(*this, id);
  return *run;
}

NodeInstrumentation* RunState::counters(const PlanNode& node) {
  if (!context.instrument) return nullptr;
  auto& counters = instrumentation[&node];
  if (counters == nullptr) counters = std::make_unique<NodeInstrumentation>();
  return counters.get();
}

SubplanRun::SubplanRun(RunState& run, int id) : run_(run), info_(run.plan->subplans[id]) {
  depends_on_ = free_slots(*info_.plan, *run.plan);
  column_count_ = info_.plan->output_types.size();
}

SubplanRun::~SubplanRun() = default;

void SubplanRun::ensure_built() {
  if (root_ == nullptr) {
    root_ = make_operator(*info_.plan, run_);
    fresh_ = true;
  }
}

void SubplanRun::restart() {
  ensure_built();
  if (!fresh_) root_->rescan();
  fresh_ = false;
  exhausted_ = false;
  batch_.rows = 0;
  position_ = 0;
}

const Datum* SubplanRun::next_row(size_t max) {
  while (position_ >= batch_.rows) {
    if (exhausted_) return nullptr;
    position_ = 0;
    if (!root_->next(batch_, max)) {
      exhausted_ = true;
      return nullptr;
    }
  }
  row_.resize(column_count_);
  for (size_t c = 0; c < column_count_; ++c) row_[c] = batch_.column(c)[position_];
  ++position_;
  return row_.data();
}

void SubplanRun::ensure_init() {
  uint64_t version = run_.slots_version(depends_on_);
  if (init_done_ && version == init_version_) return;
  if (running_) throw SqlError(sqlstate::kInternalError, "init plan depends on its own result");
  running_ = true;
  restart();
  // Keeps the result's bytes: the operator's batch may go away at its next use. The arena is not reset between runs, as
  // values of an earlier run may still be referenced in this statement.
  std::vector<Datum> result(info_.output_slots.size(), Datum::null());
  if (info_.link == SubLinkKind::kExists) {
    result[0] = Datum::from_bool(next_row(1) != nullptr);
  } else if (info_.link == SubLinkKind::kArray) {
    result[0] = collect_array(*this, info_.plan->output_types[0], init_arena_);
  } else if (const Datum* row = next_row(2)) {
    for (size_t c = 0; c < result.size() && c < column_count_; ++c) {
      result[c] = row[c];
      if (!row[c].is_null && is_by_bytes(info_.plan->output_types[c].id)) {
        result[c] = Datum::from_bytes(init_arena_.copy(row[c].bytes()));
      }
    }
    if (next_row(1) != nullptr) throw too_many_rows();
  }
  init_done_ = true;
  init_version_ = version;
  running_ = false;
  for (size_t c = 0; c < result.size(); ++c) run_.set_slot(info_.output_slots[c], result[c]);
}

SpillingStore& SubplanRun::cte_rows(size_t at_least) {
  uint64_t version = run_.slots_version(depends_on_);
  if (rows_ == nullptr || version != init_version_) {
    if (rows_ == nullptr) rows_ = std::make_unique<SpillingStore>(info_.plan->output_types, run_);
    init_version_ = version;
    reset_cte();
  }
  while (rows_->size() < at_least && !exhausted_) {
    size_t wanted = std::min(kBatchRows, std::max<size_t>(at_least - rows_->size(), 1));
    if (root_->next(batch_, wanted)) {
      rows_->append_batch(batch_);
    } else {
      exhausted_ = true;
    }
  }
  return *rows_;
}

void SubplanRun::reset_cte() {
  rows_->clear();
  restart();
}

}  // namespace vecino::sql
