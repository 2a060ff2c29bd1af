#include "storage/row_group/row_group_engine.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "storage/api/kv_run.h"
#include "storage/row_group/group_iterator.h"
#include "storage/row_group/group_writer.h"
#include "storage/row_group/rubbish_collector.h"

namespace vecino::storage {
namespace {

using namespace row_group;

bool may_be_grouped(Family family, std::string_view key) { return family == Family::kRows && is_row_key(key); }

class GroupBatch final : public KvWriteBatch {
 public:
  explicit GroupBatch(KvEngine& engine) : engine_(engine), base_(engine.new_batch()) {}
  void put(Family family, std::string_view key, std::string_view value) override { base_->put(family, key, value); }
  void erase(Family family, std::string_view key) override {
    if (may_be_grouped(family, key) && has_group(group_key(key))) {
      base_->put(family, key, kErasedRow);
    } else {
      base_->erase(family, key);
    }
  }
  void erase_range(Family family, std::string_view begin, std::string_view end) override {
    base_->erase_range(family, begin, end);
  }
  size_t byte_size() const override { return base_->byte_size(); }
  bool empty() const override { return base_->empty(); }
  KvWriteBatch& base() { return *base_; }
  const Status& build_status() const { return status_; }

 private:
  // A row's group is there before anybody can erase the row.
  bool has_group(std::string_view key) {
    if (key == last_group_) return last_has_group_;
    PinnedValue value;
    Result<bool> found = engine_.get(Family::kRows, key, nullptr, value);
    if (!found.is_ok() && status_.is_ok()) status_ = found.status();
    last_group_ = key;
    last_has_group_ = found.is_ok() && *found;
    return last_has_group_;
  }

  KvEngine& engine_;
  std::unique_ptr<KvWriteBatch> base_;
  std::string last_group_;
  bool last_has_group_ = false;
  Status status_;
};

class RowGroupEngine final : public KvBulkEngine {
 public:
  explicit RowGroupEngine(std::unique_ptr<KvEngine> engine)
      : base_(std::move(engine)), bulk_(bulk_engine(*base_)), rubbish_(*base_) {}

  Result<bool> get(Family family, std::string_view key, const KvSnapshot* snapshot, PinnedValue& value) override {
    ASSIGN_OR_RETURN(bool found, base_->get(family, key, snapshot, value));
    if (!may_be_grouped(family, key)) return found;
    if (found) return is_there(value);
    ASSIGN_OR_RETURN(found, base_->get(family, group_key(key), snapshot, value));
    if (found) return take_row(key, value);
    if (snapshot != nullptr) return false;
    // The group may have gone in between, after all of its rows were written again.
    ASSIGN_OR_RETURN(found, base_->get(family, key, snapshot, value));
    return found && is_there(value);
  }

  Status multi_get(Family family, std::span<const std::string_view> keys, const KvSnapshot* snapshot,
                   std::span<PinnedValue> values, std::span<bool> found) override {
    RETURN_IF_ERROR(base_->multi_get(family, keys, snapshot, values, found));
    if (family != Family::kRows) return Status::ok();
    Missing missing;
    for (size_t i = 0; i < keys.size(); ++i) {
      if (!is_row_key(keys[i])) continue;
      if (found[i]) {
        found[i] = is_there(values[i]);
        continue;
      }
      missing.add(i, group_key(keys[i]));
      if (missing.full()) RETURN_IF_ERROR(read_groups(missing, keys, snapshot, values, found));
    }
    return read_groups(missing, keys, snapshot, values, found);
  }

  std::unique_ptr<KvIterator> iterator(Family family, KvSnapshotPtr snapshot, KeyRange range, Pinning pinning) override {
    if (family != Family::kRows) return base_->iterator(family, std::move(snapshot), std::move(range), pinning);
    auto entries = base_->iterator(family, std::move(snapshot), with_group(range), pinning);
    return std::make_unique<GroupIterator>(std::move(entries), std::move(range), GroupIterator::Erased::kHidden,
                                           &rubbish_);
  }

  KvSnapshotPtr snapshot() override { return base_->snapshot(); }
  std::unique_ptr<KvWriteBatch> new_batch() override { return std::make_unique<GroupBatch>(*base_); }
  Status write(KvWriteBatch& batch, Durability durability, SequenceNumber* sequence) override {
    auto& own = static_cast<GroupBatch&>(batch);
    RETURN_IF_ERROR(Status(own.build_status()));
    return base_->write(own.base(), durability, sequence);
  }
  SequenceNumber latest_sequence() const override { return base_->latest_sequence(); }
  SequenceNumber oldest_snapshot() const override { return base_->oldest_snapshot(); }
  UsedSnapshots used_snapshots() const override { return bulk_.used_snapshots(); }
  uint64_t approximate_size(Family family, const KeyRange& range) override { return base_->approximate_size(family, range); }
  Status drop_range(Family family, const KeyRange& range) override { return base_->drop_range(family, range); }
  Status flush() override { return base_->flush(); }
  EngineMaintenance* maintenance() override { return base_->maintenance(); }

  Result<std::unique_ptr<KvRunWriter>> new_run(Family family) override {
    ASSIGN_OR_RETURN(auto writer, bulk_.new_run(family));
    if (family != Family::kRows) return writer;
    return std::unique_ptr<KvRunWriter>(std::make_unique<GroupWriter>(std::move(writer), *base_));
  }
  std::string scratch_directory() const override { return bulk_.scratch_directory(); }
  Status ingest(std::span<const KvIngest> runs, SequenceNumber* sequence) override {
    std::vector<KvIngest> base(runs.begin(), runs.end());
    for (KvIngest& one : base) {
      if (one.family == Family::kRows) one.run = static_cast<const GroupRun&>(*one.run).base();
    }
    return bulk_.ingest(base, sequence);
  }

 private:
  static constexpr size_t kBatch = 32;
  // Rows without an entry of their own, and the groups to look into, each once.
  struct Missing {
    std::array<size_t, kBatch> row, group_of;
    std::array<std::string_view, kBatch> groups;
    size_t rows = 0, group_count = 0;

    bool full() const { return rows == kBatch; }
    void add(size_t index, std::string_view group) {
      auto* end = groups.begin() + group_count;
      auto* place = std::find(groups.begin(), end, group);
      if (place == end) groups[group_count++] = group;
      row[rows] = index;
      group_of[rows++] = static_cast<size_t>(place - groups.begin());
    }
  };

  static bool is_there(PinnedValue& row) {
    if (!row.view().empty()) return true;
    row.reset();
    return false;
  }
  // Leaves of a group's value the row with this key.
  static Result<bool> take_row(std::string_view key, PinnedValue& group) {
    auto row = row_at(group.view(), index_of(key));
    if (!row) return damaged_group();
    group.narrow(*row);
    return is_there(group);
  }

  Status read_groups(Missing& missing, std::span<const std::string_view> keys, const KvSnapshot* snapshot,
                     std::span<PinnedValue> values, std::span<bool> found) {
    if (missing.rows == 0) return Status::ok();
    std::array<PinnedValue, kBatch> groups;
    std::array<bool, kBatch> there{};
    RETURN_IF_ERROR(base_->multi_get(Family::kRows, {missing.groups.data(), missing.group_count}, snapshot,
                                     {groups.data(), missing.group_count}, {there.data(), missing.group_count}));
    for (size_t i = 0; i < missing.rows; ++i) {
      size_t at = missing.row[i];
      if (!there[missing.group_of[i]]) {
        // get() has the reason to look again.
        if (snapshot == nullptr) {
          ASSIGN_OR_RETURN(found[at], get(Family::kRows, keys[at], snapshot, values[at]));
        }
        continue;
      }
      auto row = row_at(groups[missing.group_of[i]].view(), index_of(keys[at]));
      if (!row) return damaged_group();
      values[at].set_owned(std::string(*row));
      found[at] = is_there(values[at]);
    }
    missing.rows = missing.group_count = 0;
    return Status::ok();
  }

  std::unique_ptr<KvEngine> base_;
  KvBulkEngine& bulk_;
  RubbishCollector rubbish_;
};

}  // namespace

std::unique_ptr<KvEngine> with_row_groups(std::unique_ptr<KvEngine> engine) {
  return std::make_unique<RowGroupEngine>(std::move(engine));
}

}  // namespace vecino::storage
