#include "index/hnsw/components.h"

#include <algorithm>

namespace vecino::index::hnsw {
namespace {

class Tarjan {
 public:
  Tarjan(size_t count, const std::function<bool(NodeId)>& is_node,
         const std::function<NodeId(NodeId, uint32_t)>& link, const std::function<bool()>& stop)
      : is_node_(is_node), link_(link), stop_(stop), number_(count, 0), low_(count, 0) {
    out_.of.assign(count, Components::kNone);
    out_.nodes.reserve(count);
  }

  Components run() {
    for (NodeId node = 0; node < number_.size(); ++node) {
      if (number_[node] == 0 && is_node_(node)) explore(node);
      if (stopped_) return none();
    }
    out_.begin.push_back(out_.nodes.size());
    for (uint32_t c = 0; c < out_.count(); ++c) {
      if (size_of(c) > size_of(out_.largest)) out_.largest = c;
    }
    return std::move(out_);
  }

 private:
  struct Frame {
    NodeId node;
    uint32_t next;  // link to be followed
  };
  static constexpr uint64_t kStepsBetweenQuestions = 65'536;
  Components none() const {
    Components nothing;
    nothing.of.assign(number_.size(), Components::kNone);
    nothing.begin.push_back(0);
    return nothing;
  }
  size_t size_of(uint32_t c) const { return out_.begin[c + 1] - out_.begin[c]; }
  bool open(NodeId node) const { return number_[node] != 0 && out_.of[node] == Components::kNone; }

  void enter(NodeId node) {
    number_[node] = low_[node] = ++counter_;
    path_.push_back(node);
    frames_.push_back({node, 0});
  }

  void explore(NodeId root) {
    enter(root);
    while (!frames_.empty()) {
      if (++steps_ % kStepsBetweenQuestions == 0 && stop_ && stop_()) stopped_ = true;
      if (stopped_) return;
      Frame& frame = frames_.back();
      const NodeId node = frame.node;
      if (const NodeId target = link_(node, frame.next); target != kNoNode) {
        ++frame.next;
        if (target >= number_.size()) continue;
        if (number_[target] == 0) {
          if (is_node_(target)) enter(target);
        } else if (open(target)) {
          low_[node] = std::min(low_[node], number_[target]);
        }
        continue;
      }
      frames_.pop_back();
      if (!frames_.empty()) low_[frames_.back().node] = std::min(low_[frames_.back().node], low_[node]);
      if (low_[node] == number_[node]) close(node);
    }
  }

  // Everything on the path from `root` on is a component.
  void close(NodeId root) {
    const uint32_t component = static_cast<uint32_t>(out_.begin.size());
    out_.begin.push_back(out_.nodes.size());
    NodeId node;
    do {
      node = path_.back();
      path_.pop_back();
      out_.of[node] = component;
      out_.nodes.push_back(node);
    } while (node != root);
  }

  const std::function<bool(NodeId)>& is_node_;
  const std::function<NodeId(NodeId, uint32_t)>& link_;
  const std::function<bool()>& stop_;
  uint64_t steps_ = 0;
  bool stopped_ = false;
  Components out_;
  std::vector<uint32_t> number_, low_;  // 0 = not yet seen
  uint32_t counter_ = 0;
  std::vector<NodeId> path_;
  std::vector<Frame> frames_;
};

}  // namespace

Components find_components(size_t count, const std::function<bool(NodeId)>& is_node,
                           const std::function<NodeId(NodeId, uint32_t)>& link, const std::function<bool()>& stop) {
  return Tarjan(count, is_node, link, stop).run();
}

}  // namespace vecino::index::hnsw
