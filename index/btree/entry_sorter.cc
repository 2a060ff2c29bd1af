#include "index/btree/entry_sorter.h"

#include <algorithm>
#include <boost/sort/spreadsort/integer_sort.hpp>
#include <cstring>

#include "storage/util/bytes.h"
#include "storage/util/thread_start.h"

namespace vecino::index::btree {

// In memory and in files: sizes, then the bytes of key, value and note.
struct EntrySorter::Record {
  uint32_t key = 0, value = 0, note = 0;

  size_t bytes() const { return size_t{key} + value + note; }
  static Record of(const Entry& entry) {
    return {static_cast<uint32_t>(entry.key.size()), static_cast<uint32_t>(entry.value.size()),
            static_cast<uint32_t>(entry.note.size())};
  }
  static Record read(const char* at) {
    Record record;
    std::memcpy(&record, at, sizeof record);
    return record;
  }
  Entry entry(const char* bytes) const { return {{bytes, key}, {bytes + key, value}, {bytes + key + value, note}}; }
};

namespace {

template <typename Record>
std::string_view key_at(const char* record) {
  return {record + sizeof(Record), Record::read(record).key};
}

}  // namespace

EntrySorter::EntrySorter(std::string directory, size_t memory_limit, size_t common_prefix, const CancelState* cancel,
                         size_t largest_part)
    : directory_(std::move(directory)),
      memory_limit_(memory_limit),
      chunk_limit_(std::min(memory_limit / 2, largest_part)),
      common_prefix_(common_prefix),
      cancel_(cancel),
      chunk_(std::make_unique<Chunk>()) {}

EntrySorter::~EntrySorter() {
  if (spilled_.valid()) spilled_.wait();
}

uint64_t EntrySorter::head_of(std::string_view key) const {
  key.remove_prefix(std::min(common_prefix_, key.size()));
  char bytes[8] = {};
  std::memcpy(bytes, key.data(), std::min(sizeof bytes, key.size()));
  return load_be<uint64_t>(bytes);
}

Status EntrySorter::add(const Entry& entry) {
  const Record record = Record::of(entry);
  char* at = chunk_->arena.allocate(sizeof record + record.bytes(), 1);
  chunk_->bytes += sizeof record + record.bytes();
  chunk_->items.push_back({head_of(entry.key), at});
  std::memcpy(at, &record, sizeof record);
  at += sizeof record;
  for (std::string_view part : {entry.key, entry.value, entry.note}) {
    if (!part.empty()) std::memcpy(at, part.data(), part.size());
    at += part.size();
  }
  if (directory_.empty() || chunk_->memory_usage() < chunk_limit_) [[likely]] return Status::ok();
  return spill();
}

// By the heads alone first: a radix sort.
void EntrySorter::sort(Chunk& chunk) const {
  auto& items = chunk.items;
  boost::sort::spreadsort::integer_sort(
      items.begin(), items.end(), [](const Item& item, unsigned bits) { return item.head >> bits; },
      [](const Item& a, const Item& b) { return a.head < b.head; });
  auto by_key = [](const Item& a, const Item& b) { return key_at<Record>(a.record) < key_at<Record>(b.record); };
  for (auto begin = items.begin(); begin != items.end();) {
    auto end = std::find_if(begin + 1, items.end(), [&](const Item& item) { return item.head != begin->head; });
    if (end - begin > 1) std::sort(begin, end, by_key);
    begin = end;
  }
}

Result<std::unique_ptr<RunFile>> EntrySorter::write(Chunk& chunk) {
  sort(chunk);
  std::unique_ptr<RunFile> run;
  if (in_runs_ + chunk.bytes + 2 * chunk_limit_ <= memory_limit_) {
    in_runs_ += chunk.bytes;
    run = RunFile::in_memory(chunk.bytes);
  } else {
    ASSIGN_OR_RETURN(run, RunFile::create(directory_));
  }
  constexpr size_t kAhead = 16;
  for (size_t i = 0; i < chunk.items.size(); ++i) {
    if (i + kAhead < chunk.items.size()) __builtin_prefetch(chunk.items[i + kAhead].record);
    const char* record = chunk.items[i].record;
    RETURN_IF_ERROR(run->append({record, sizeof(Record) + Record::read(record).bytes()}));
  }
  RETURN_IF_ERROR(run->rewind());
  return run;
}

Status EntrySorter::spill() {
  RETURN_IF_ERROR(await_spilled());
  if (cancel_ != nullptr) RETURN_IF_ERROR(cancel_->check());
  spilling_ = std::exchange(chunk_, std::make_unique<Chunk>());
  spilled_ = run_aside([this] { return write(*spilling_); });
  return Status::ok();
}

Status EntrySorter::await_spilled() {
  if (!spilled_.valid()) return Status::ok();
  ASSIGN_OR_RETURN(auto file, spilled_.get());
  sources_.push_back(std::make_unique<Source>());
  sources_.back()->file = std::move(file);
  spilling_.reset();
  return Status::ok();
}

Status EntrySorter::finish() {
  RETURN_IF_ERROR(await_spilled());
  if (sources_.empty()) {
    sort(*chunk_);
    return Status::ok();
  }
  if (!chunk_->items.empty()) {
    RETURN_IF_ERROR(spill());
    RETURN_IF_ERROR(await_spilled());
  }
  chunk_.reset();
  for (auto& source : sources_) {
    ASSIGN_OR_RETURN(bool any, advance(*source));
    if (any) heap_.push_back(source.get());
  }
  std::make_heap(heap_.begin(), heap_.end(), is_later);
  return Status::ok();
}

bool EntrySorter::is_later(const Source* a, const Source* b) {
  return a->head != b->head ? a->head > b->head : a->entry.key > b->entry.key;
}

Result<bool> EntrySorter::advance(Source& source) const {
  if (source.file->at_end()) return false;
  ASSIGN_OR_RETURN(std::string_view sizes, source.file->read(sizeof(Record)));
  const Record record = Record::read(sizes.data());
  ASSIGN_OR_RETURN(std::string_view bytes, source.file->read(record.bytes()));
  source.entry = record.entry(bytes.data());
  source.head = head_of(source.entry.key);
  return true;
}

Result<bool> EntrySorter::next(Entry& entry) {
  if (sources_.empty()) {
    if (next_item_ == chunk_->items.size()) return false;
    const char* record = chunk_->items[next_item_++].record;
    entry = Record::read(record).entry(record + sizeof(Record));
    return true;
  }
  if (given_ != nullptr) {
    ASSIGN_OR_RETURN(bool any, advance(*std::exchange(given_, nullptr)));
    if (any) {
      std::push_heap(heap_.begin(), heap_.end(), is_later);
    } else {
      heap_.pop_back();
    }
  }
  if (heap_.empty()) return false;
  std::pop_heap(heap_.begin(), heap_.end(), is_later);
  given_ = heap_.back();
  entry = given_->entry;
  return true;
}

}  // namespace vecino::index::btree
