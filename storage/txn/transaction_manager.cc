#include "storage/txn/transaction_manager.h"

#include "storage/meta/garbage.h"
#include "storage/meta/meta_keys.h"
#include "storage/txn/transaction.h"
#include "storage/util/log.h"

namespace vecino::storage {

namespace {
constexpr TransactionId kFirstTransactionId = 1000;
constexpr uint64_t kIdsReservedAtOnce = 1 << 20;
}  // namespace

TransactionManagerImpl::TransactionManagerImpl(KvEngine& engine, size_t write_set_limit, size_t row_cache)
    : engine_(engine),
      write_set_limit_(write_set_limit),
      points_(row_cache),
      ids_(engine, meta_keys::transaction_ids(), kFirstTransactionId, kIdsReservedAtOnce) {
  Status collected = collect_garbage(engine);
  if (!collected.is_ok()) log::warning("could not reclaim dropped storage: " + collected.info().message);
}

std::unique_ptr<Transaction> TransactionManagerImpl::begin(IsolationLevel level, CancelState& cancel,
                                                           int32_t session_pid) {
  auto id = ids_.next();
  return std::make_unique<TransactionImpl>(*this, id.is_ok() ? *id : kNoTransactionId, level, cancel, session_pid);
}

std::unique_ptr<TransactionManager> make_transaction_manager(KvEngine& engine, size_t write_set_limit,
                                                             size_t row_cache) {
  return std::make_unique<TransactionManagerImpl>(engine, write_set_limit, row_cache);
}

}  // namespace vecino::storage
