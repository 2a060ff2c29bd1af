#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace vecino::sql {

// A hash map that is cheap to copy and to change: shards are shared between copies and copied when first written.
// A map that has been copied from must not be written any more (it may share shards that it once owned); published
// maps are const, so that is natural. Concurrent reading is safe.
template <typename Key, typename Value, typename Hash = std::hash<Key>, typename Equal = std::equal_to<Key>>
class PersistentMap {
 public:
  using Shard = std::unordered_map<Key, Value, Hash, Equal>;

  PersistentMap() = default;
  PersistentMap(const PersistentMap& other) : shards_(other.shards_) {}
  PersistentMap& operator=(const PersistentMap& other) {
    shards_ = other.shards_;
    owned_ = 0;
    return *this;
  }

  template <typename LookupKey>
  const Value* find(const LookupKey& key) const {
    const auto& shard = shards_[shard_of(key)];
    if (!shard) return nullptr;
    auto it = shard->find(key);
    return it == shard->end() ? nullptr : &it->second;
  }
  void put(const Key& key, Value value) { writable(shard_of(key)).insert_or_assign(key, std::move(value)); }
  void erase(const Key& key) {
    if (find(key)) writable(shard_of(key)).erase(key);
  }
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const auto& shard : shards_) {
      if (!shard) continue;
      for (const auto& [key, value] : *shard) visit(key, value);
    }
  }
  size_t size() const {
    size_t total = 0;
    for (const auto& shard : shards_) total += shard ? shard->size() : 0;
    return total;
  }

 private:
  static constexpr size_t kShards = 64;
  template <typename LookupKey>
  static size_t shard_of(const LookupKey& key) {
    // Mixed, because std::hash of an integer is the integer and the map below uses its low bits again.
    return (static_cast<uint64_t>(Hash{}(key)) * 0x9E3779B97F4A7C15ull) >> 58;
  }
  // REQUIRES: no other thread uses this copy of the map.
  Shard& writable(size_t index) {
    auto& shard = shards_[index];
    if (!(owned_ >> index & 1)) shard = shard ? std::make_shared<Shard>(*shard) : std::make_shared<Shard>();
    owned_ |= uint64_t{1} << index;
    return const_cast<Shard&>(*shard);
  }
  std::array<std::shared_ptr<const Shard>, kShards> shards_;
  uint64_t owned_ = 0;  // shards made by this very copy
};

}  // namespace vecino::sql
