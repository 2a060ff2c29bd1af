#pragma once

#include <chrono>

#include "index/api/access_method.h"

namespace vecino::index {

enum class IndexHealth : uint8_t {
  kReady,
  kLoading,  // from image and log, in the background
  kNoMemory,  // to load it; tried again in the background. Until then can_answer() is false.
  kDamaged,  // neither can be used: only building it from the rows helps. Until then can_answer() is false.
};
IndexHealth health(const Index& index);
// Waits for an index that is being loaded, but not longer than `patience`. False = cancelled or not ready.
bool wait_while_loading(const Index& index, std::chrono::milliseconds patience, const CancelState* cancel);

// Logs and images that belong to none of the given storage ids: builds that did not come to their commit. Call at start,
// before anything is built.
Status drop_orphaned_images(storage::KvEngine& engine, std::span<const uint32_t> known);

}  // namespace vecino::index
