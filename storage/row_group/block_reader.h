#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/api/kv_engine.h"

namespace vecino::storage::row_group {

// What is written under a group's key: in the database, as of the first question. Keys must ascend. Not thread-safe.
class BlockReader {
 public:
  explicit BlockReader(KvEngine& engine) : engine_(engine) {}
  struct Block {
    std::string key;
    bool has_group = false;
    struct Row {
      std::string key;
      bool is_erased;
    };
    std::vector<Row> rows;  // with entries of their own
  };
  Result<const Block*> read(std::string_view group_key);

 private:
  KvEngine& engine_;
  std::unique_ptr<KvIterator> entries_;
  bool at_end_ = false;
  Block block_;
  bool known_ = false;
};

}  // namespace vecino::storage::row_group
