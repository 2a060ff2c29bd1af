#include "index/api/recovery.h"

#include <algorithm>
#include <thread>

#include "index/vector/vector_index.h"
#include "storage/util/bytes.h"

namespace vecino::index {

IndexHealth health(const Index& index) {
  const auto* vector_index = dynamic_cast<const VectorIndex*>(&index);
  return vector_index == nullptr ? IndexHealth::kReady : vector_index->health();
}

bool wait_while_loading(const Index& index, std::chrono::milliseconds patience, const CancelState* cancel) {
  constexpr auto kPause = std::chrono::milliseconds(2);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (health(index) == IndexHealth::kLoading) {
    if ((cancel != nullptr && cancel->requested()) || std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kPause);
  }
  return health(index) == IndexHealth::kReady;
}

namespace {

Status drop_orphans(storage::KvEngine& engine, storage::Family family, std::span<const uint32_t> known) {
  std::string from;
  while (true) {
    std::string lower;
    {
      auto keys = engine.iterator(family, nullptr, {from, {}});
      keys->seek_to_first();
      if (!keys->valid()) return keys->status();
      lower = std::string(keys->key().substr(0, 4));
    }
    from = prefix_successor(lower);
    bool is_known = lower.size() == 4 && std::find(known.begin(), known.end(), load_be<uint32_t>(lower.data())) != known.end();
    if (!is_known) RETURN_IF_ERROR(engine.drop_range(family, {lower, from}));
    if (from.empty()) return Status::ok();
  }
}

}  // namespace

Status drop_orphaned_images(storage::KvEngine& engine, std::span<const uint32_t> known) {
  RETURN_IF_ERROR(drop_orphans(engine, storage::Family::kGraph, known));
  return drop_orphans(engine, storage::Family::kImages, known);
}

}  // namespace vecino::index
