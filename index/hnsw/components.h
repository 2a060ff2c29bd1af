#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "index/vector/vector_store.h"

namespace vecino::index::hnsw {

// The strongly connected components of a directed graph (Tarjan 1972, without recursion). Components are numbered in the order
// they are completed: a link leads to its own component or to one with a smaller number.
struct Components {
  std::vector<uint32_t> of;     // node -> component; kNone: not a node
  std::vector<NodeId> nodes;    // of component after component
  std::vector<size_t> begin;    // component -> its first place in nodes; one more at the end
  uint32_t largest = 0;

  static constexpr uint32_t kNone = 0xffffffff;
  size_t count() const { return begin.size() - 1; }
};

// `link(node, i)`: the i-th node that a node links to, kNoNode after the last. Links to nodes that are not `is_node`, or at or beyond
// `count`, are not followed. Links may change meanwhile: then the answer is that of some state in between.
// `stop`, when given, is asked now and then; once it says yes the answer is that there are no nodes.
Components find_components(size_t count, const std::function<bool(NodeId)>& is_node,
                           const std::function<NodeId(NodeId, uint32_t)>& link, const std::function<bool()>& stop = {});

}  // namespace vecino::index::hnsw
