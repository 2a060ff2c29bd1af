#include "sqlfront/exec/spill/spilling_store.h"

#include <algorithm>

namespace vecino::sql {

size_t spill_threshold(const RunState& run) {
  return std::min<uint64_t>(run.context.work_mem, process_memory().limit() / 8);
}

size_t hash_spill_threshold(const RunState& run) {
  return static_cast<size_t>(std::min(static_cast<double>(run.context.work_mem) * run.context.hash_mem_multiplier,
                                      static_cast<double>(process_memory().limit() / 8)));
}

SpillingStore::SpillingStore(const std::vector<TypeRef>& types, MemoryAccount& account, TempSpace* space, size_t memory)
    : format_(types), rows_(types, account), space_(space), memory_(memory) {}

SpillingStore::SpillingStore(const std::vector<TypeRef>& types, RunState& run)
    : SpillingStore(types, run.memory, run.context.temp, spill_threshold(run)) {}

void SpillingStore::append(const Datum* row) {
  if (tape_ != nullptr) {
    tape_->append(row);
    return;
  }
  rows_.append_row(row);
  if (space_ == nullptr || rows_.memory_usage() <= memory_) return;
  file_ = value_or_throw(TempFile::create(*space_));
  tape_ = std::make_unique<RowTape>(format_, *file_);
}

void SpillingStore::append_batch(const Batch& batch) {
  row_.resize(batch.column_count());
  for (size_t r = 0; r < batch.rows; ++r) {
    for (size_t c = 0; c < row_.size(); ++c) row_[c] = batch.column(c)[r];
    append(row_.data());
  }
}

const Datum* SpillingStore::row(size_t number) {
  if (number < rows_.size()) return rows_.row(number);
  tape_->finish();
  if (reader_ == nullptr) reader_ = std::make_unique<RowTape::Reader>(*tape_);
  return reader_->row(number - rows_.size());
}

void SpillingStore::read(size_t first, size_t count, Batch& out) {
  const size_t in_memory = first < rows_.size() ? std::min(count, rows_.size() - first) : 0;
  rows_.read(first, in_memory, out);
  for (size_t i = in_memory; i < count; ++i) {
    const Datum* source = row(first + i);
    for (size_t c = 0; c < width(); ++c) out.column(c)[i] = format_.copy(c, source[c], out.arena);
  }
}

void SpillingStore::clear() {
  reader_.reset();
  tape_.reset();
  file_.reset();
  rows_.clear();
}

}  // namespace vecino::sql
