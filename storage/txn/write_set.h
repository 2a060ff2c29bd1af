#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "storage/api/kv_engine.h"
#include "storage/util/arena.h"

namespace vecino::storage {

// The uncommitted writes of one transaction: one skip list per family, a chain of versions per key, newest first. Nodes and
// versions live in an arena until the transaction ends, so cursors and values stay valid while the transaction writes
// and undoes. Written by the owner only; concurrent reads are safe while the owner does not write.
class WriteSet {
 public:
  using Command = uint32_t;
  static constexpr Command kAllCommands = ~Command{0};

  struct Version {
    Version* older;
    Command command;
    uint32_t size;
    bool erased;
    const char* data;
    std::string_view value() const { return {data, size}; }
  };
  struct Node {
    Version* newest;  // nullptr after an undo: the key is as if never written
    uint32_t key_size;
    uint32_t height;
    std::string_view key() const { return {reinterpret_cast<const char*>(links() + height), key_size}; }
    Node** links() { return reinterpret_cast<Node**>(this + 1); }
    Node* const* links() const { return reinterpret_cast<Node* const*>(this + 1); }
    // The newest version written before `limit`; nullptr = none.
    const Version* visible(Command limit) const {
      const Version* version = newest;
      while (version != nullptr && version->command >= limit) version = version->older;
      return version;
    }
  };
  static_assert(sizeof(Node) % alignof(Node*) == 0);

  WriteSet() = default;
  WriteSet(const WriteSet&) = delete;

  void put(Family family, Command command, std::string_view key, std::string_view value) {
    add(family, command, key, value, false);
  }
  void erase(Family family, Command command, std::string_view key) { add(family, command, key, {}, true); }

  // nullptr = not written.
  const Node* find(Family family, std::string_view key) const;
  const Node* first(Family family) const { return list(family).heads[0]; }
  const Node* lower_bound(Family family, std::string_view key) const;   // first >= key
  const Node* last_before(Family family, std::string_view key) const;   // last < key
  const Node* last(Family family) const;
  static const Node* next(const Node* node) { return node->links()[0]; }

  // Every version of the family was written by a command in [oldest_command, newest_command]. REQUIRES: !empty(family).
  Command oldest_command(Family family) const { return list(family).oldest_command; }
  Command newest_command(Family family) const { return list(family).newest_command; }

  bool empty(Family family) const { return list(family).heads[0] == nullptr; }
  bool empty() const { return entries_ == 0; }
  // Changes with every write and undo; cursors use it to notice that they must look again.
  uint64_t generation() const { return generation_; }
  size_t memory_usage() const { return arena_.memory_usage() + undo_.capacity() * sizeof(Node*); }

  // Savepoints: between start_undo() and stop_undo() each write can be taken back.
  size_t start_undo();              // returns a mark
  void undo_to(size_t mark);
  void stop_undo() { undo_enabled_ = false; undo_.clear(); }

 private:
  static constexpr int kMaxHeight = 12;
  struct List {
    std::array<Node*, kMaxHeight> heads{};
    int height = 1;
    // Where the previous insert went: ascending inserts (most are) need no search.
    std::array<Node*, kMaxHeight> tails{};
    Command oldest_command = kAllCommands, newest_command = 0;
  };
  List& list(Family family) { return lists_[static_cast<size_t>(family)]; }
  const List& list(Family family) const { return lists_[static_cast<size_t>(family)]; }
  void add(Family family, Command command, std::string_view key, std::string_view value, bool erased);
  Node* find_or_insert(List& list, std::string_view key);
  Node* insert_after(List& list, std::string_view key, Node** before);
  int random_height();

  std::array<List, kFamilyCount> lists_;
  Arena arena_;
  std::vector<Node*> undo_;
  bool undo_enabled_ = false;
  size_t entries_ = 0;  // versions alive
  uint64_t generation_ = 0;
  uint64_t random_ = 0x9e3779b97f4a7c15;
};

}  // namespace vecino::storage
