// Layer 0 in one piece. Lists are chosen by what is near their owners, so nothing promises that a node keeps a place in anyone's
// list: those that lose the last one - many after long churn (Xiao et al. 2024, arXiv:2407.07871) - are found by no search.
#include <algorithm>
#include <cmath>

#include "index/hnsw/components.h"
#include "index/hnsw/graph.h"

namespace vecino::index::hnsw {

// What find_components() says, seen from the largest component.
struct Graph::Connection {
  Components components;
  std::vector<bool> reached;  // component: a search that is in the largest one may come to it
  std::vector<bool> returns;  // component: a search that is in it may come to the largest one
};

NodeId Graph::link_at(NodeId id, uint32_t i) const {
  if (static_cast<int>(i) >= capacity(0)) return kNoNode;
  NodeId link = links(id, 0)[i].load(std::memory_order_acquire);
  return link == kEndOfList ? kNoNode : link & ~kShadowed;
}

Graph::Connection Graph::connection(size_t count, const std::function<bool()>& stop) const {
  Connection result;
  result.components = find_components(
      count, [this](NodeId id) { return live(id); }, [this](NodeId id, uint32_t i) { return link_at(id, i); }, stop);
  const Components& c = result.components;
  result.reached.assign(c.count(), false);
  result.returns.assign(c.count(), false);
  if (c.count() == 0) return result;
  auto for_each_link = [&](size_t component, auto&& visit) {
    for (size_t n = c.begin[component]; n < c.begin[component + 1]; ++n) {
      NodeId target;
      for (uint32_t i = 0; (target = link_at(c.nodes[n], i)) != kNoNode; ++i) {
        if (target < count && c.of[target] != Components::kNone) visit(target);
      }
    }
  };
  result.returns[c.largest] = true;
  for (size_t component = c.largest + size_t{1}; component < c.count(); ++component) {
    for_each_link(component, [&](NodeId target) {
      if (result.returns[c.of[target]]) result.returns[component] = true;
    });
  }
  result.reached[c.largest] = true;
  for (size_t component = c.largest + size_t{1}; component-- > 0;) {
    if (!result.reached[component]) continue;
    for_each_link(component, [&](NodeId target) { result.reached[c.of[target]] = true; });
  }
  return result;
}

// Makes `owner` link to `id`: in a free place, or in that of the farthest shadowed neighbour, or of the farthest. False = each
// of them needs the link.
bool Graph::adopt(NodeId owner, NodeId id, SearchContext& context) {
  std::vector<NodeId> stored, ids;
  ListLock lock(info(owner).lock);
  if (doomed(owner)) return false;
  copy_links(owner, 0, stored);
  for (NodeId link : stored) ids.push_back(link & ~kShadowed);
  if (std::find(ids.begin(), ids.end(), id) != ids.end()) return true;
  Link* list = links(owner, 0);
  size_t place = ids.size();
  const size_t limit = static_cast<size_t>(capacity(0));
  if (place < limit) {
    if (place + 1 < limit) list[place + 1].store(kEndOfList, std::memory_order_release);
  } else {
    std::vector<float> distances(limit);
    vectors_.prepare_node(owner, context.other);
    vectors_.estimate(context.other, ids.data(), ids.size(), distances.data());
    const int victim = choose_victim(stored, distances.data(), -INFINITY, false, 0);
    if (victim < 0) return false;
    place = static_cast<size_t>(victim);
  }
  list[place].store(id, std::memory_order_release);
  count_link(id);
  return true;
}

void Graph::connect(SearchContext& context, const std::function<bool()>& stop) {
  constexpr int kMostRounds = 4;
  if (!keeps_reachable_) return;
  bool in_one_piece = false;
  for (int round = 0; round < kMostRounds && !in_one_piece && !stop(); ++round) {
    const Connection now = connection(size(), stop);
    const Components& c = now.components;
    in_one_piece = true;
    for (size_t component = 0; component < c.count(); ++component) {
      if (now.reached[component] && now.returns[component]) continue;
      if (stop()) return;
      in_one_piece = false;
      connect_component(component, now, context);
    }
  }
}

void Graph::connect_component(size_t component, const Connection& now, SearchContext& context) {
  const Components& c = now.components;
  const NodeId member = c.nodes[c.begin[component]];
  std::vector<float> values(static_cast<size_t>(options_.dimensions));
  vectors_.read(member, values.data());
  search(values.data(), static_cast<size_t>(options_.ef_construction), context, false);
  std::vector<NodeId> near;
  for (const Candidate& candidate : context.pool) {
    if (candidate.id < c.of.size() && c.of[candidate.id] == c.largest) near.push_back(candidate.id);
  }
  // The search starts somewhere that does not lead into the largest component: any node of it is a beginning.
  if (near.empty()) near.push_back(c.nodes[c.begin[c.largest]]);
  if (!now.reached[component]) {
    (void)std::any_of(near.begin(), near.end(), [&](NodeId owner) { return adopt(owner, member, context); });
  }
  if (!now.returns[component]) (void)adopt(member, near.front(), context);
}

}  // namespace vecino::index::hnsw
