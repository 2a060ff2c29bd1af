#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/api/kv_engine.h"

namespace vecino::storage {

// A sorted, immutable piece of one family that stands beside the database until ingest() makes it part of it. Only who
// holds it can read it; the last reference removes it. Thread-safe.
class KvRun {
 public:
  virtual ~KvRun() = default;
  // Entries put into it, in order; erased keys are left out.
  virtual std::unique_ptr<KvIterator> iterator(KeyRange range, Pinning pinning) const = 0;
};
using KvRunPtr = std::shared_ptr<const KvRun>;

// Makes a KvRun out of strictly ascending keys. Not thread-safe.
class KvRunWriter {
 public:
  virtual ~KvRunWriter() = default;
  virtual Status put(std::string_view key, std::string_view value) = 0;
  virtual Status erase(std::string_view key) = 0;
  virtual uint64_t byte_size() const = 0;
  // Durable when it returns. REQUIRES: not empty.
  virtual Result<KvRunPtr> finish() = 0;
};
struct KvIngest {
  Family family;
  KvRunPtr run;
};

// The sequences of the snapshots in use, which need nothing that came and went between two of them. Every snapshot that is taken
// later has at least `from`.
struct UsedSnapshots {
  std::vector<SequenceNumber> used;
  SequenceNumber from;
};

// What an engine offers beside single batches, for changes of any size. Every engine is one. Thread-safe.
class KvBulkEngine : public KvEngine {
 public:
  virtual UsedSnapshots used_snapshots() const = 0;
  virtual Result<std::unique_ptr<KvRunWriter>> new_run(Family family) = 0;
  // For files that need not outlive the process, on the disk of the data.
  virtual std::string scratch_directory() const = 0;
  // Makes the runs part of the database: atomic over all of them, durable, after all writes so far. Snapshots taken before do
  // not see them; `sequence` is that of the newest entry. REQUIRES: runs of one family do not overlap.
  virtual Status ingest(std::span<const KvIngest> runs, SequenceNumber* sequence) = 0;
};
inline KvBulkEngine& bulk_engine(KvEngine& engine) { return static_cast<KvBulkEngine&>(engine); }

}  // namespace vecino::storage
