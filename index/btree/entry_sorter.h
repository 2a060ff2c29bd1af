#pragma once

#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "index/btree/run_file.h"
#include "storage/util/arena.h"
#include "storage/util/cancel.h"
#include "storage/util/status.h"

namespace vecino::index::btree {

// Sorts entries by key in bounded memory: a part of them becomes a sorted run (by a thread of its own, while the next part is
// collected), on disk if memory is used up, and the runs are merged at the end (Knuth, The Art of Computer Programming 3, 5.4).
// Not thread-safe.
class EntrySorter {
 public:
  struct Entry {
    std::string_view key;
    std::string_view value;
    std::string_view note;  // travels with it
  };
  // Without a `directory` everything stays in memory. `common_prefix`: so many first bytes of all keys are the same.
  // `largest_part`: bytes that are sorted at a time, however much memory there is: the next part is collected meanwhile.
  EntrySorter(std::string directory, size_t memory_limit, size_t common_prefix, const CancelState* cancel,
              size_t largest_part = size_t{32} << 20);
  ~EntrySorter();
  EntrySorter(const EntrySorter&) = delete;

  Status add(const Entry& entry);
  // After the last one.
  Status finish();
  // In ascending order; equal keys in any. False = that was all. `entry` is valid until the next call.
  Result<bool> next(Entry& entry);

 private:
  struct Record;
  struct Item {
    uint64_t head;  // the first eight bytes that may differ: most comparisons end here, without a cache miss
    const char* record;
  };
  // Entries in memory.
  struct Chunk {
    Arena arena;
    std::vector<Item> items;
    size_t bytes = 0;  // of the records
    size_t memory_usage() const { return arena.memory_usage() + items.capacity() * sizeof(Item); }
  };
  // One run being merged.
  struct Source {
    std::unique_ptr<RunFile> file;
    uint64_t head = 0;
    Entry entry;
  };

  uint64_t head_of(std::string_view key) const;
  void sort(Chunk& chunk) const;
  Result<std::unique_ptr<RunFile>> write(Chunk& chunk);
  Status spill();
  Status await_spilled();
  Result<bool> advance(Source& source) const;
  static bool is_later(const Source* a, const Source* b);

  const std::string directory_;
  const size_t memory_limit_;
  const size_t chunk_limit_;
  size_t in_runs_ = 0;  // bytes of runs in memory
  const size_t common_prefix_;
  const CancelState* cancel_;
  std::unique_ptr<Chunk> chunk_;                  // being filled, or read when there are no runs
  std::unique_ptr<Chunk> spilling_;               // being written
  std::future<Result<std::unique_ptr<RunFile>>> spilled_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<Source*> heap_;                     // the earliest first
  Source* given_ = nullptr;                       // whose entry next() gave out
  size_t next_item_ = 0;
};

}  // namespace vecino::index::btree
