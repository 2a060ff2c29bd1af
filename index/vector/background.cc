// What a vector index does on its own thread: loading, removing what no snapshot needs, writing images.
#include <sys/resource.h>

#include <chrono>
#include <cstring>
#include <system_error>
#include <utility>

#include "index/vector/vector_index.h"
#include "storage/util/available_memory.h"
#include "storage/util/failpoint.h"
#include "storage/util/log.h"
#include "storage/util/thread_start.h"

namespace vecino::index {

using storage::Family;
using storage::PinnedValue;

namespace {

constexpr uint64_t kMinImageLogBytes = uint64_t{1} << 20;
constexpr uint64_t kImageShare = 4;  // of the index in the log: a start links again what the image does not have
constexpr std::chrono::milliseconds kSnapshotPause{250}, kMemoryPause{2000};

}  // namespace

void VectorIndex::schedule(unsigned work) {
  std::lock_guard lock(work_mutex_);
  if (stopping()) return;
  work_ |= work;
  working_ = true;
  if (has_worker_) return work_wanted_.notify_all();
  start_worker();
}

// When there was no thread for it, whoever needs the work tries again.
void VectorIndex::start_worker_if_wanted() {
  std::lock_guard lock(work_mutex_);
  if (work_ != 0 && !has_worker_ && !stopping()) start_worker();
}

void VectorIndex::start_worker() {
  if (worker_.joinable()) worker_.join();  // has finished: has_worker_ was false
  if (auto started = start_thread([this] { work_loop(); }); started.is_ok()) {
    worker_ = std::move(*started);
    has_worker_ = working_ = true;
  } else {
    working_ = false;
    log::warning("vector index \"" + definition_.name + "\": " + started.status().info().message);
  }
}

void VectorIndex::work_loop() {
  std::unique_lock lock(work_mutex_);
  while (!stopping()) {
    if (const unsigned work = std::exchange(work_, 0); work != 0) {
      lock.unlock();
      do_work(work);
      lock.lock();
      continue;
    }
    working_ = false;
    work_done_.notify_all();
    if (!waits_for_snapshots_ && !waits_for_memory_) break;
    wait_for_others(lock);
  }
  working_ = has_worker_ = false;
  work_done_.notify_all();
}

void VectorIndex::do_work(unsigned work) {
  Status status;
  if (work & kLoad) {
    {
      std::unique_lock lock(state_mutex_);
      phase_ = Phase::kLoading;  // commits wait from here on
    }
    status = without_bad_alloc([this] { return load(); });
    if (!status.is_ok() && !stopping()) set_broken(status);
  }
  if (work & kLoadLater) waits_for_memory_ = true;
  // Of this thread, which ends when nothing is left to do. Loading is urgent, the rest is not.
  if (work & (kVacuum | kImage)) (void)setpriority(PRIO_PROCESS, 0, 5);
  if ((work & kVacuum) != 0 && !(status = without_bad_alloc([this] { return vacuum(); })).is_ok() && !stopping()) set_broken(status);
  if ((work & kImage) != 0 && !(status = without_bad_alloc([this] { return write_image(); })).is_ok() && !stopping()) {
    // The old image and the whole log are still there.
    log::warning("could not write an image of vector index \"" + definition_.name + "\": " + status.info().message);
  }
}

// Nobody says when a snapshot goes, or memory is there, and what waits for it should not have to wait for another commit.
void VectorIndex::wait_for_others(std::unique_lock<std::mutex>& lock) {
  const auto pause = waits_for_memory_ ? kMemoryPause : kSnapshotPause;
  (void)work_wanted_.wait_for(lock, pause, [&] { return work_ != 0 || stopping(); });
  if (work_ != 0 || stopping()) return;
  lock.unlock();
  const auto current = core();
  bool helps = waits_for_memory_;
  if (current != nullptr) {
    const size_t worth = worth_a_vacuum(*current);
    helps = current->has_retired() || current->entries().count_dead(used_snapshots()) >= worth;
    waits_for_snapshots_ = current->has_retired() || current->entries().ended_count() >= worth;
  } else {
    waits_for_snapshots_ = false;
  }
  lock.lock();
  if (!helps) return;
  work_ |= waits_for_memory_ ? kLoad : kVacuum;
  waits_for_memory_ = false;
  working_ = true;
}

Snapshots VectorIndex::used_snapshots() const {
  storage::UsedSnapshots used = storage::bulk_engine(engine_).used_snapshots();
  return {std::move(used.used), used.from};
}

size_t VectorIndex::worth_a_vacuum(const VectorCore& core) const {
  return std::max<size_t>(64, core.entries().row_count() / 50);
}

bool VectorIndex::image_is_due(const VectorCore& core) const {
  return log_bytes_.load() > std::max(kMinImageLogBytes, core.memory_bytes() / kImageShare);
}

void VectorIndex::wait_until_loaded() {
  std::unique_lock lock(work_mutex_);
  work_done_.wait(lock, [&] { return !working_; });
}

Status VectorIndex::run_maintenance() {
  wait_until_loaded();
  if (core() == nullptr) return Status::ok();
  RETURN_IF_ERROR(vacuum());
  return write_image();
}

// ---- loading

void VectorIndex::open() {
  PinnedValue value;
  auto found = engine_.get(Family::kGraph, manifest_key(definition_.storage_id), nullptr, value);
  if (found.is_ok() && !*found) return;  // to be built
  {
    std::unique_lock lock(state_mutex_);
    phase_ = Phase::kLoading;
  }
  schedule(kLoad);
}

Status VectorIndex::load() {
  RETURN_IF_ERROR(failpoint::check("vector_index_load"));
  storage::KvSnapshotPtr snapshot = engine_.snapshot();
  PinnedValue value;
  ASSIGN_OR_RETURN(bool found, engine_.get(Family::kGraph, manifest_key(definition_.storage_id), snapshot.get(), value));
  auto manifest = found ? decode_manifest(value.view()) : std::nullopt;
  if (!manifest) return damaged("no manifest");
  if (manifest->parameters != current_manifest(0, 0).parameters) return damaged("made with other parameters");
  image_ = manifest->image;
  if (failpoint::hit("vector_index_memory") == failpoint::Outcome::kError) {
    return Status::error(sqlstate::kOutOfMemory, "out of memory", "A fail point.");
  }
  RETURN_IF_ERROR(drop_other_images(engine_, definition_.storage_id, image_));  // left by a crash
  ImageReader reader(engine_, definition_.storage_id, manifest->image);
  ASSIGN_OR_RETURN(auto loaded, factory_->load(definition_, reader, [this] { return stopping(); }));
  RETURN_IF_ERROR(replay(*loaded, snapshot, manifest->first_generation));
  std::shared_ptr<VectorCore> core = std::move(loaded);
  RETURN_IF_ERROR(take_over(core, snapshot->sequence(), snapshot->sequence()));
  RETURN_IF_ERROR(core->complete(reader, [this] { return stopping(); }));
  if (told_no_memory_.exchange(false)) log::info("vector index \"" + definition_.name + "\" is loaded");
  if (core->wants_vacuum()) schedule(kVacuum);
  if (image_is_due(*core)) schedule(kImage);
  return_free_memory();
  return Status::ok();
}

// Brings every logged row to its logged state. Rows that are in that state already stay as they are.
Status VectorIndex::replay(VectorCore& core, const storage::KvSnapshotPtr& snapshot, uint32_t first_generation) {
  auto records = engine_.iterator(Family::kGraph, snapshot, log_range(definition_.storage_id));
  uint32_t newest = first_generation;
  uint64_t bytes = 0;
  std::vector<float> vector(static_cast<size_t>(definition_.dimensions));
  for (records->seek_to_first(); records->valid(); records->next()) {
    if (stopping()) return stopped();
    LogKey key = parse_log_key(records->key());
    newest = std::max(newest, key.generation);
    if (key.generation < first_generation) continue;
    auto record = decode_log_value(records->value());
    if (!record || (!record->erased && record->vector.size() != vector.size() * sizeof(float))) {
      return damaged("a log record");
    }
    bytes += records->value().size() + 32;
    NodeId node = core.entries().node_of(key.row);
    if (!record->erased) {
      if (!vector.empty()) std::memcpy(vector.data(), record->vector.data(), record->vector.size());
      if (node != kNoNode && core.vectors().same_values(node, vector.data())) continue;
    }
    // Ended before every snapshot: nobody can be interested in the old state.
    if (node != kNoNode) (void)core.entries().end(key.row, 1);
    if (!record->erased) RETURN_IF_ERROR(core.add(vector.data(), key.row, 0));
  }
  RETURN_IF_ERROR(records->status());
  pending_.set_generation(std::max(newest, pending_.generation()));
  log_bytes_.store(bytes);
  return Status::ok();
}

// ---- vacuum and images

Status VectorIndex::vacuum() {
  std::lock_guard one_at_a_time(maintenance_mutex_);
  auto current = core();
  if (current == nullptr) return Status::ok();
  const size_t before = current->entries().ended_count();
  RETURN_IF_ERROR(current->vacuum(used_snapshots(), [this] { return stopping(); }));
  // What could not be removed yet should not make every commit try again.
  const size_t left = current->entries().ended_count(), worth = worth_a_vacuum(*current);
  vacuum_after_.store(left + worth);
  waits_for_snapshots_ = left >= worth || current->has_retired();
  // Lists mended are lost with a restart, and would be mended again.
  if (before - std::min(before, left) > current->entries().row_count() / kImageShare && log_bytes_.load() > 0) schedule(kImage);
  return Status::ok();
}

Status VectorIndex::write_image() {
  std::lock_guard one_at_a_time(maintenance_mutex_);
  auto current = core();
  if (current == nullptr) return Status::ok();
  // Everything of older generations must be in memory before the image is taken; then the image has it.
  uint32_t first_generation = pending_.next_generation();
  for (int waited = 0; pending_.older_than(first_generation); ++waited) {
    if (stopping() || waited > 500) return Status::ok();  // a long transaction: another time
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  uint64_t bytes = log_bytes_.exchange(0);
  uint32_t number = image_ + 1;
  ImageWriter writer(engine_, definition_.storage_id, number);
  Status status = current->save(writer, [this] { return stopping(); });
  if (status.is_ok()) status = writer.finish();
  if (status.is_ok()) status = failpoint::check("vector_image_before_manifest");
  if (status.is_ok()) {
    auto batch = engine_.new_batch();
    batch->put(Family::kGraph, manifest_key(definition_.storage_id),
               encode_manifest(current_manifest(number, first_generation)));
    storage::KeyRange old_log = log_range_before(definition_.storage_id, first_generation);
    batch->erase_range(Family::kGraph, old_log.lower, old_log.upper);
    status = engine_.write(*batch, storage::Durability::kSync);
  }
  if (!status.is_ok()) {
    log_bytes_.fetch_add(bytes);
    if (image_ != 0) (void)drop_other_images(engine_, definition_.storage_id, image_).is_ok();
    return status;
  }
  image_ = number;
  return drop_other_images(engine_, definition_.storage_id, image_);
}

}  // namespace vecino::index
