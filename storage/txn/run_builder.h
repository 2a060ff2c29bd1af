#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/txn/spilled_writes.h"

namespace vecino::storage {

// Keys of one table, index or large column have a prefix of this length in common (storage/table/table_keys.h).
size_t key_prefix_size(Family family);

// Makes runs of the writes of the commands [first, last] in one family, a run for each prefix. Not thread-safe.
class RunBuilder {
 public:
  RunBuilder(KvBulkEngine& engine, Family family, WriteSet::Command first, WriteSet::Command last, SpilledRuns& out)
      : engine_(engine), family_(family), first_(first), last_(last), out_(out) {}

  // Keys ascend, and live until finish().
  Status put(std::string_view key, std::string_view value) { return add(key, value, puts_); }
  Status erase(std::string_view key) { return add(key, {}, erased_); }
  // Appends the last run.
  Status finish();

 private:
  Status add(std::string_view key, std::string_view value, std::unique_ptr<KvRunWriter>& writer);

  KvBulkEngine& engine_;
  const Family family_;
  const WriteSet::Command first_, last_;
  SpilledRuns& out_;
  std::shared_ptr<SpilledRun> run_;
  std::unique_ptr<KvRunWriter> puts_, erased_;
  std::string prefix_;
  std::string_view last_key_;
  std::vector<uint64_t> hashes_;
};

}  // namespace vecino::storage
