#pragma once

#include <deque>
#include <future>
#include <memory>
#include <string>

#include "storage/api/kv_run.h"
#include "storage/api/transaction.h"
#include "storage/txn/spilled_writes.h"

namespace vecino::storage {

class TransactionImpl;

// Sorted entries become runs by the megabyte, on threads of their own, without having been in a write set. Few of them are
// written like any others.
class SortedLoad final : public SortedWriter {
 public:
  // `command`: the running one.
  SortedLoad(TransactionImpl& txn, KvBulkEngine& engine, Family family, WriteSet::Command command)
      : txn_(txn), engine_(engine), family_(family), command_(command) {}
  ~SortedLoad() override;
  Status put(std::string_view key, std::string_view value) override;
  Status finish() override;

 private:
  static constexpr size_t kChunkBytes = size_t{16} << 20;
  static constexpr size_t kFewBytes = size_t{1} << 20;
  static constexpr size_t kThreads = 2;

  Status start_run();
  Status await_run();

  TransactionImpl& txn_;
  KvBulkEngine& engine_;
  const Family family_;
  const WriteSet::Command command_;
  std::string chunk_;  // sizes (uint32) of key and value, then both
  std::deque<std::future<Result<SpilledRuns>>> building_;  // in the order of the keys
  SpilledRuns runs_;
};

}  // namespace vecino::storage
