#include "storage/txn/write_set.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace vecino::storage {

int WriteSet::random_height() {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  int height = 1;
  for (uint64_t bits = random_; height < kMaxHeight && (bits & 3) == 0; bits >>= 2) ++height;
  return height;
}

WriteSet::Node* WriteSet::insert_after(List& list, std::string_view key, Node** before) {
  int height = random_height();
  while (list.height < height) before[list.height++] = nullptr;
  size_t bytes = sizeof(Node) + sizeof(Node*) * static_cast<size_t>(height) + key.size();
  Node* node = new (arena_.allocate(bytes)) Node{nullptr, static_cast<uint32_t>(key.size()), static_cast<uint32_t>(height)};
  std::memcpy(reinterpret_cast<char*>(node->links() + height), key.data(), key.size());
  for (int level = 0; level < height; ++level) {
    Node** link = before[level] == nullptr ? &list.heads[level] : &before[level]->links()[level];
    node->links()[level] = *link;
    *link = node;
    if (node->links()[level] == nullptr) list.tails[level] = node;
  }
  return node;
}

WriteSet::Node* WriteSet::find_or_insert(List& list, std::string_view key) {
  std::array<Node*, kMaxHeight> before{};
  if (list.tails[0] != nullptr && list.tails[0]->key() < key) {
    before = list.tails;
    return insert_after(list, key, before.data());
  }
  Node* at = nullptr;  // nullptr = before the first node
  for (int level = list.height - 1; level >= 0; --level) {
    Node* next = at == nullptr ? list.heads[level] : at->links()[level];
    while (next != nullptr && next->key() < key) {
      at = next;
      next = at->links()[level];
    }
    before[level] = at;
    if (level == 0 && next != nullptr && next->key() == key) return next;
  }
  return insert_after(list, key, before.data());
}

void WriteSet::add(Family family, Command command, std::string_view key, std::string_view value, bool erased) {
  List& written = list(family);
  written.oldest_command = std::min(written.oldest_command, command);
  written.newest_command = std::max(written.newest_command, command);
  Node* node = find_or_insert(written, key);
  Version* older = node->newest;
  // A version that nobody can return to is replaced, so that a key written a million times keeps one version.
  if (older != nullptr && older->command == command && !undo_enabled_) {
    older = older->older;
    --entries_;
  }
  // Before the value, which may be long: a walk over the set then finds it in its node's cache line.
  char* place = arena_.allocate(sizeof(Version));
  std::string_view copy = arena_.copy(value);
  node->newest = new (place) Version{older, command, static_cast<uint32_t>(value.size()), erased, copy.data()};
  if (undo_enabled_) undo_.push_back(node);
  ++entries_;
  ++generation_;
}

const WriteSet::Node* WriteSet::last_before(Family family, std::string_view key) const {
  const List& list = this->list(family);
  const Node* at = nullptr;
  for (int level = list.height - 1; level >= 0; --level) {
    const Node* next = at == nullptr ? list.heads[level] : at->links()[level];
    while (next != nullptr && next->key() < key) {
      at = next;
      next = at->links()[level];
    }
  }
  return at;
}

const WriteSet::Node* WriteSet::lower_bound(Family family, std::string_view key) const {
  const Node* before = last_before(family, key);
  return before == nullptr ? first(family) : next(before);
}

const WriteSet::Node* WriteSet::find(Family family, std::string_view key) const {
  // Beyond the last key, as most keys of a load are: no search.
  const Node* last = this->last(family);
  if (last == nullptr || last->key() < key) return nullptr;
  const Node* node = lower_bound(family, key);
  return node != nullptr && node->key() == key ? node : nullptr;
}

const WriteSet::Node* WriteSet::last(Family family) const { return list(family).tails[0]; }

size_t WriteSet::start_undo() {
  undo_enabled_ = true;
  return undo_.size();
}

void WriteSet::undo_to(size_t mark) {
  while (undo_.size() > mark) {
    Node* node = undo_.back();
    undo_.pop_back();
    node->newest = node->newest->older;
    --entries_;
    ++generation_;
  }
}

}  // namespace vecino::storage
