#include "index/btree/btree_scan.h"

namespace vecino::index::btree {

BtreeScan::BtreeScan(Transaction& txn, const IndexDefinition& definition, const ScanSpec& spec)
    : txn_(txn), definition_(definition), view_(txn.view()) {
  open(spec);
}

void BtreeScan::open(const ScanSpec& spec) {
  backward_ = spec.backward;
  positioned_ = false;
  single_ = single_entry(definition_, spec, single_key_);
  if (single_) return;
  storage::KeyRange range = scan_range(definition_, spec);
  entries_.reset();
  if (!range.upper.empty() && range.lower >= range.upper) return;
  entries_ = txn_.iterator_at(view_, storage::Family::kOrdered, std::move(range));
}

Status BtreeScan::rescan(const ScanSpec& spec) {
  open(spec);
  return Status::ok();
}

Result<size_t> BtreeScan::next_single(std::span<Hit> hits) {
  if (positioned_ || hits.empty()) return size_t{0};
  positioned_ = true;
  storage::PinnedValue value;
  ASSIGN_OR_RETURN(bool found, txn_.get_at(view_, storage::Family::kOrdered, single_key_.bytes, value));
  if (!found) return size_t{0};
  hits[0] = {row_of_entry(single_key_.bytes, value.view()), 0};
  bytes_ += single_key_.bytes.size() + value.view().size();
  return size_t{1};
}

Result<size_t> BtreeScan::next(std::span<Hit> hits) {
  if (single_) return next_single(hits);
  if (entries_ == nullptr || hits.empty()) return size_t{0};
  if (!positioned_) {
    positioned_ = true;
    backward_ ? entries_->seek_to_last() : entries_->seek_to_first();
  }
  size_t count = 0;
  for (; count < hits.size() && entries_->valid(); ++count) {
    std::string_view key = entries_->key(), value = entries_->value();
    hits[count] = {row_of_entry(key, value), 0};
    bytes_ += key.size() + value.size();
    backward_ ? entries_->prev() : entries_->next();
  }
  if (!entries_->valid()) RETURN_IF_ERROR(entries_->status());
  return count;
}

// In PostgreSQL's 8 kB pages.
uint64_t BtreeScan::buffers() const { return 1 + bytes_ / 8192; }

}  // namespace vecino::index::btree
