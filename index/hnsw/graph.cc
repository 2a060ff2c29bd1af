#include "index/hnsw/graph.h"

#include <algorithm>
#include <cmath>

namespace vecino::index::hnsw {
namespace {

constexpr size_t kGrowth = 1024;  // slots made usable at a time

uint64_t mix(uint64_t x) {  // splitmix64
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

size_t list_bytes(int links) { return static_cast<size_t>(links) * sizeof(NodeId); }

}  // namespace

void SearchContext::begin(size_t nodes) {
  if (visited_.size() < nodes) {
    visited_.assign(nodes + nodes / 8 + kGrowth, 0);
    epoch_ = 0;
  }
  if (++epoch_ == 0) {
    std::fill(visited_.begin(), visited_.end(), uint8_t{0});
    epoch_ = 1;
  }
  distances = hops = 0;
  discarded.clear();
}

Graph::ListLock::ListLock(std::atomic<uint8_t>& flag) : flag_(flag) {
  while (flag_.exchange(1, std::memory_order_acquire) != 0) {
    while (flag_.load(std::memory_order_relaxed) != 0) __builtin_ia32_pause();
  }
}

Graph::Graph(GraphOptions options)
    : options_(std::move(options)),
      level_factor_(1 / std::log(std::max(2, options_.m))),
      keeps_reachable_(options_.metric != Metric::kInnerProduct),
      fewest_links_(keeps_reachable_ ? static_cast<uint8_t>(std::clamp(options_.m / 4, 1, 8)) : uint8_t{0}),
      vectors_(options_.metric, options_.dimensions, options_.mean),
      infos_(sizeof(NodeInfo), kMaxNodes),
      links_(list_bytes(2 * options_.m), kMaxNodes),
      upper_(list_bytes(options_.m), kMaxNodes),
      random_(options_.seed) {}

int Graph::draw_level() {
  uint64_t bits = mix(random_.fetch_add(1, std::memory_order_relaxed));
  double uniform = (static_cast<double>(bits >> 11) + 0.5) * 0x1.0p-53;
  return std::min(kMaxLevel, static_cast<int>(-std::log(uniform) * level_factor_));
}

int Graph::top_level() const {
  uint64_t entry = entry_.load(std::memory_order_acquire);
  return entry == kNoEntry ? -1 : static_cast<int>(entry >> 32);
}

NodeId Graph::entry_node() const {
  uint64_t entry = entry_.load(std::memory_order_acquire);
  return entry == kNoEntry ? kNoNode : static_cast<NodeId>(entry);
}

size_t Graph::bytes_of(size_t nodes) const {
  return vectors_.memory_bytes(nodes) + nodes * (sizeof(NodeInfo) + list_bytes(2 * options_.m));
}

size_t Graph::memory_bytes() const { return bytes_of(size()) + next_upper_ * list_bytes(options_.m); }

Result<NodeId> Graph::allocate(int level) {
  std::lock_guard lock(allocation_mutex_);
  NodeId id;
  bool fresh = free_.empty();
  if (!fresh) {
    id = free_.back();
    free_.pop_back();
  } else {
    id = next_.load(std::memory_order_relaxed);
    if (id >= allocated_) {
      size_t wanted = id + kGrowth;
      RETURN_IF_ERROR(vectors_.ensure(wanted));
      RETURN_IF_ERROR(infos_.ensure(wanted));
      RETURN_IF_ERROR(links_.ensure(wanted));
      allocated_ = static_cast<uint32_t>(wanted);
    }
  }
  NodeInfo& node = info(id);
  if (level > 0) {
    auto reusable = std::find_if(free_upper_.begin(), free_upper_.end(), [&](auto& f) { return f.second == level; });
    if (reusable != free_upper_.end()) {
      node.upper = reusable->first;
      *reusable = free_upper_.back();
      free_upper_.pop_back();
    } else {
      RETURN_IF_ERROR(upper_.ensure(next_upper_ + static_cast<uint32_t>(level)));
      node.upper = next_upper_;
      next_upper_ += static_cast<uint32_t>(level);
    }
  }
  node.level = static_cast<uint8_t>(level);
  node.in_degree.store(0, std::memory_order_relaxed);
  for (int l = 0; l <= level; ++l) links(id, l)[0].store(kEndOfList, std::memory_order_relaxed);
  node.state.store(kNew, std::memory_order_release);
  if (fresh) next_.store(id + 1, std::memory_order_release);
  return id;
}

void Graph::count_link(NodeId to) {
  auto& degree = info(to).in_degree;
  uint8_t now = degree.load(std::memory_order_relaxed);
  while (now != kMany && !degree.compare_exchange_weak(now, static_cast<uint8_t>(now + 1), std::memory_order_relaxed)) {
  }
}

bool Graph::uncount_link(NodeId to, uint8_t fewest) {
  auto& degree = info(to).in_degree;
  uint8_t now = degree.load(std::memory_order_relaxed);
  while (now != kMany) {
    if (now <= fewest) return false;
    if (degree.compare_exchange_weak(now, static_cast<uint8_t>(now - 1), std::memory_order_relaxed)) break;
  }
  return true;
}

bool Graph::release_link(NodeId to) {
  return doomed(to) ? (uncount_link(to, 0), true) : uncount_link(to, fewest_links_);
}

void Graph::doom(NodeId id) {
  info(id).state.store(kDoomed, std::memory_order_release);
  doomed_.fetch_add(1, std::memory_order_relaxed);
}

void Graph::recycle(std::span<const NodeId> nodes) {
  std::lock_guard lock(allocation_mutex_);
  for (NodeId id : nodes) {
    NodeInfo& node = info(id);
    if (node.level > 0) free_upper_.emplace_back(node.upper, node.level);
    if (node.state.exchange(kFree, std::memory_order_acq_rel) != kNew) doomed_.fetch_sub(1, std::memory_order_relaxed);
    free_.push_back(id);
  }
}

void Graph::copy_links(NodeId id, int level, std::vector<NodeId>& out) const {
  out.clear();
  const Link* list = links(id, level);
  for (int i = 0; i < capacity(level); ++i) {
    NodeId link = list[i].load(std::memory_order_acquire);
    if (link == kEndOfList) break;
    out.push_back(link);
  }
}

Status Graph::restore_begin(size_t slots) {
  size_t wanted = slots + kGrowth;
  RETURN_IF_ERROR(vectors_.ensure(wanted));
  RETURN_IF_ERROR(infos_.ensure(wanted));
  RETURN_IF_ERROR(links_.ensure(wanted));
  std::lock_guard lock(allocation_mutex_);
  allocated_ = static_cast<uint32_t>(wanted);
  next_.store(static_cast<uint32_t>(slots), std::memory_order_release);
  return Status::ok();
}

// Several threads restore different nodes. level < 0: the slot is free.
Status Graph::restore_node(NodeId id, int level, const float* raw) {
  NodeInfo& node = info(id);
  node.level = static_cast<uint8_t>(std::max(level, 0));
  node.state.store(level < 0 ? kFree : kLive, std::memory_order_relaxed);
  node.in_degree.store(0, std::memory_order_relaxed);
  links(id, 0)[0].store(kEndOfList, std::memory_order_relaxed);
  if (level > 0 || level < 0) {
    std::lock_guard lock(allocation_mutex_);
    if (level < 0) {
      free_.push_back(id);
      return Status::ok();
    }
    RETURN_IF_ERROR(upper_.ensure(next_upper_ + static_cast<uint32_t>(level)));
    node.upper = next_upper_;
    next_upper_ += static_cast<uint32_t>(level);
  }
  for (int l = 1; l <= level; ++l) links(id, l)[0].store(kEndOfList, std::memory_order_relaxed);
  return vectors_.put(id, raw);
}

void Graph::restore_links(NodeId id, int level, std::span<const NodeId> source) {
  Link* list = links(id, level);
  size_t count = std::min<size_t>(source.size(), static_cast<size_t>(capacity(level)));
  for (size_t i = 0; i < count; ++i) {
    list[i].store(source[i], std::memory_order_relaxed);
    if (level == 0) count_link(source[i] & ~kShadowed);
  }
  if (static_cast<int>(count) < capacity(level)) list[count].store(kEndOfList, std::memory_order_relaxed);
}

void Graph::restore_end(NodeId entry, int top_level) {
  entry_.store(entry == kNoNode ? kNoEntry : static_cast<uint64_t>(top_level) << 32 | entry, std::memory_order_release);
}

}  // namespace vecino::index::hnsw
