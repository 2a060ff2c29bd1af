#pragma once

#include "index/api/access_method.h"

namespace vecino::index {

// What an index that can be unique also is: asked whether a key is free, without adding anything.
class UniqueProbe {
 public:
  virtual ~UniqueProbe() = default;
  // The live row that has the key, once concurrent inserters of it are done; nullopt = none. No lock is kept, so another may come.
  virtual Result<std::optional<RowId>> find_conflict(Transaction& txn, std::span<const Datum> key) = 0;
};

}  // namespace vecino::index
