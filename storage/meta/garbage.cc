#include "storage/meta/garbage.h"

#include <memory>
#include <vector>

#include "storage/meta/meta_keys.h"
#include "storage/util/failpoint.h"

namespace vecino::storage {

Status collect_garbage(KvEngine& engine) {
  RETURN_IF_ERROR(failpoint::check("collect_garbage"));
  std::string prefix = meta_keys::garbage_prefix();
  std::vector<std::string> markers;
  {
    auto keys = engine.iterator(Family::kMeta, nullptr, {prefix, prefix_successor(prefix)});
    for (keys->seek_to_first(); keys->valid(); keys->next()) markers.emplace_back(keys->key());
    RETURN_IF_ERROR(keys->status());
  }
  for (const std::string& marker : markers) {
    Family family;
    KeyRange range;
    if (!meta_keys::parse_garbage(marker, family, range)) continue;
    RETURN_IF_ERROR(engine.drop_range(family, range));
    auto batch = engine.new_batch();
    batch->erase(Family::kMeta, marker);
    RETURN_IF_ERROR(engine.write(*batch, Durability::kNoSync));
  }
  return Status::ok();
}

}  // namespace vecino::storage
