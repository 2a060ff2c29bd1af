#pragma once

#include "storage/api/transaction.h"

namespace vecino::sql {

// Reads by another view until the end of the scope, also when that is an error: a savepoint may save the transaction.
class ViewScope {
 public:
  ViewScope(storage::Transaction& txn, const storage::TransactionView& view) : txn_(txn), before_(txn.view()) {
    txn_.use_view(view);
  }
  ~ViewScope() { txn_.use_view(before_); }
  ViewScope(const ViewScope&) = delete;

 private:
  storage::Transaction& txn_;
  storage::TransactionView before_;
};

}  // namespace vecino::sql
