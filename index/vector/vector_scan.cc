#include "index/vector/vector_scan.h"

#include <algorithm>
#include <cstring>

namespace vecino::index {

using storage::Family;
using storage::PinnedValue;
using storage::ReadMode;

VectorScan::VectorScan(VectorIndex& index, Transaction& txn, const ScanSpec& spec)
    : index_(index), txn_(txn), spec_(spec), view_(txn.view()) {}

Status VectorScan::rescan(const ScanSpec& spec) {
  buffers_before_ = buffers();
  spec_ = spec;
  scan_.reset();
  started_ = exhausted_ = false;
  rows_.clear();
  next_row_ = 0;
  extras_.clear();
  extra_vectors_.clear();
  overridden_.clear();
  return Status::ok();
}

Status VectorScan::add_override(std::string_view bytes, RowId row) {
  auto value = decode_log_value(bytes);
  if (!value) return damaged("a log record's checksum differs");
  if (!overridden_.insert(row).second) return Status::ok();
  if (value->erased) return Status::ok();
  std::vector<float> vector(value->vector.size() / sizeof(float));
  if (!vector.empty()) std::memcpy(vector.data(), value->vector.data(), vector.size() * sizeof(float));
  extra_vectors_.emplace_back(row, std::move(vector));
  return Status::ok();
}

Status VectorScan::collect_overrides() {
  const uint32_t storage_id = index_.definition_.storage_id;
  PinnedValue value;
  // Newest generation first: a row's first answer is the valid one.
  std::vector<LogKey> own = index_.pending_.keys_of(txn_.id());
  for (auto key = own.rbegin(); key != own.rend(); ++key) {
    ASSIGN_OR_RETURN(bool found, txn_.get(Family::kGraph, log_key(storage_id, *key), ReadMode::kSnapshot, value));
    if (found) RETURN_IF_ERROR(add_override(value.view(), key->row));
  }
  std::vector<Pending::First> others;
  index_.pending_.firsts(txn_.id(), others);
  for (const auto& other : others) {
    ASSIGN_OR_RETURN(bool found,
                     index_.engine_.get(Family::kGraph, log_key(storage_id, other.key), view_.snapshot.get(), value));
    if (!found) continue;
    auto first = decode_log_value(value.view());
    if (!first || first->transaction != other.transaction) continue;  // of an earlier transaction: in memory already
    std::vector<LogKey> keys = index_.pending_.keys_of(other.transaction);
    for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
      ASSIGN_OR_RETURN(bool there,
                       index_.engine_.get(Family::kGraph, log_key(storage_id, *key), view_.snapshot.get(), value));
      if (there) RETURN_IF_ERROR(add_override(value.view(), key->row));
    }
  }
  return Status::ok();
}

Status VectorScan::start() {
  core_ = index_.core();
  if (core_ == nullptr) {
    return Status::error(sqlstate::kObjectNotInPrerequisiteState,
                         "index \"" + index_.definition_.name + "\" is not ready");
  }
  const size_t dimensions = static_cast<size_t>(index_.definition_.dimensions);
  std::vector<float> query(dimensions, 0.0f);  // ORDER BY distance to NULL: any order will do
  if (spec_.query && !spec_.query->is_null) {
    size_t given = spec_.query->len / sizeof(float);
    if (given != dimensions) {
      return Status::error(sqlstate::kDataException, "different vector dimensions " + std::to_string(given) + " and " +
                                                         std::to_string(dimensions));
    }
    std::memcpy(query.data(), spec_.query->ptr, spec_.query->len);
  }
  RETURN_IF_ERROR(collect_overrides());
  scan_ = core_->scan(spec_, query.data(), [this](NodeId node) {
    return core_->entries().any(node, view_.snapshot->sequence(), [&](RowId row) { return is_overridden(row); });
  });
  const VectorStore& vectors = core_->vectors();
  for (const auto& [row, vector] : extra_vectors_) {
    if (vector.size() != dimensions) continue;
    extras_.push_back({vectors.exact(scan_->query(), vector.data()), row,
                       vectors.operator_distance(scan_->query(), vector.data())});
  }
  std::sort(extras_.begin(), extras_.end(), [](const Waiting& a, const Waiting& b) { return b.distance < a.distance; });
  extra_vectors_.clear();
  started_ = true;
  return Status::ok();
}

Result<bool> VectorScan::advance() {
  rows_.clear();
  next_row_ = 0;
  while (rows_.empty()) {
    NodeHit hit;
    ASSIGN_OR_RETURN(bool more, scan_->next(hit));
    if (!more) return false;
    node_ = hit.node;
    node_distance_ = hit.distance;
    core_->entries().for_each(hit.node, view_.snapshot->sequence(), [&](RowId row) {
      if (!is_overridden(row)) rows_.push_back(row);
    });
  }
  return true;
}

Result<size_t> VectorScan::next(std::span<Hit> hits) {
  if (!started_) RETURN_IF_ERROR(start());
  const VectorStore& vectors = core_->vectors();
  size_t count = 0;
  while (count < hits.size()) {
    if (next_row_ >= rows_.size() && !exhausted_) {
      ASSIGN_OR_RETURN(bool more, advance());
      exhausted_ = !more;
    }
    bool has_node = next_row_ < rows_.size();
    if (!extras_.empty() && (!has_node || extras_.back().distance < node_distance_)) {
      hits[count++] = {extras_.back().row, extras_.back().operator_distance};
      extras_.pop_back();
    } else if (has_node) {
      hits[count++] = {rows_[next_row_++], vectors.operator_distance(scan_->query(), node_)};
    } else {
      break;
    }
  }
  return count;
}

}  // namespace vecino::index
