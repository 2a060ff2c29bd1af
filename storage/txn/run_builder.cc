#include "storage/txn/run_builder.h"

namespace vecino::storage {

size_t key_prefix_size(Family family) {
  switch (family) {
    case Family::kMeta: return 0;
    case Family::kLarge: return 6;
    case Family::kRows:
    case Family::kOrdered:
    case Family::kGraph:
    case Family::kImages: return 4;
  }
  return 0;
}

Status RunBuilder::add(std::string_view key, std::string_view value, std::unique_ptr<KvRunWriter>& writer) {
  std::string_view prefix = key.substr(0, key_prefix_size(family_));
  if (run_ != nullptr && prefix != prefix_) RETURN_IF_ERROR(finish());
  if (run_ == nullptr) {
    run_ = std::make_shared<SpilledRun>();
    run_->first = first_;
    run_->last = last_;
    run_->smallest = key;
    prefix_ = prefix;
  }
  if (writer == nullptr) {
    ASSIGN_OR_RETURN(writer, engine_.new_run(family_));
  }
  last_key_ = key;
  if (family_ != Family::kLarge) hashes_.push_back(KeyFilter::hash_of(key));
  return writer->put(key, value);
}

Status RunBuilder::finish() {
  if (run_ == nullptr) return Status::ok();
  run_->largest = last_key_;
  if (!hashes_.empty()) run_->filter = KeyFilter(hashes_);
  hashes_.clear();
  if (puts_ != nullptr) {
    ASSIGN_OR_RETURN(run_->puts, puts_->finish());
  }
  if (erased_ != nullptr) {
    ASSIGN_OR_RETURN(run_->erased, erased_->finish());
  }
  puts_.reset();
  erased_.reset();
  out_.push_back(std::move(run_));
  run_ = nullptr;
  return Status::ok();
}

}  // namespace vecino::storage
