#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace vecino::storage {

// A Bloom filter in cache-line blocks: about 1 in 100 foreign keys passes. Immutable once built.
class KeyFilter {
 public:
  static uint64_t hash_of(std::string_view key) { return std::hash<std::string_view>()(key) * 0x9e3779b97f4a7c15; }

  KeyFilter() = default;  // everything passes
  explicit KeyFilter(std::span<const uint64_t> hashes) : blocks_(hashes.size() * kBitsPerKey / 512 + 1) {
    for (uint64_t hash : hashes) {
      Block& block = blocks_[index_of(hash)];
      for_each_bit(hash, [&](size_t word, uint64_t bit) {
        block.words[word] |= bit;
        return true;
      });
    }
  }
  bool may_contain(uint64_t hash) const {
    if (blocks_.empty()) return true;
    const Block& block = blocks_[index_of(hash)];
    return for_each_bit(hash, [&](size_t word, uint64_t bit) { return (block.words[word] & bit) != 0; });
  }

 private:
  static constexpr size_t kBitsPerKey = 10;
  struct alignas(64) Block {
    uint64_t words[8] = {};
  };
  size_t index_of(uint64_t hash) const {
    return static_cast<size_t>((static_cast<unsigned __int128>(hash) * blocks_.size()) >> 64);
  }
  template <typename Function>
  static bool for_each_bit(uint64_t hash, Function function) {
    uint64_t bits = hash * 0xd6e8feb86659fd93;
    bits ^= bits >> 32;
    for (int i = 0; i < 6; ++i, bits >>= 9) {
      if (!function((bits & 511) >> 6, uint64_t{1} << (bits & 63))) return false;
    }
    return true;
  }
  std::vector<Block> blocks_;
};

}  // namespace vecino::storage
