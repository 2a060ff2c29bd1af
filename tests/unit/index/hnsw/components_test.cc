#include "index/hnsw/components.h"

#include <random>

#include "tests/unit/catch.h"

namespace vecino::index::hnsw {
namespace {

using Links = std::vector<std::vector<NodeId>>;

Components components_of(const Links& links, const std::vector<bool>& is_node) {
  return find_components(
      links.size(), [&](NodeId id) { return is_node[id]; },
      [&](NodeId id, uint32_t i) { return i < links[id].size() ? links[id][i] : kNoNode; });
}

// reach[a][b]: there is a way from a to b.
std::vector<std::vector<bool>> reachability(const Links& links, const std::vector<bool>& is_node) {
  const size_t n = links.size();
  std::vector<std::vector<bool>> reach(n, std::vector<bool>(n, false));
  for (size_t start = 0; start < n; ++start) {
    if (!is_node[start]) continue;
    std::vector<NodeId> open = {static_cast<NodeId>(start)};
    reach[start][start] = true;
    while (!open.empty()) {
      NodeId at = open.back();
      open.pop_back();
      for (NodeId to : links[at]) {
        if (to >= n || !is_node[to] || reach[start][to]) continue;
        reach[start][to] = true;
        open.push_back(to);
      }
    }
  }
  return reach;
}

}  // namespace

TEST_CASE("components: who can come to whom, in random graphs") {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    const size_t n = 1 + random() % 40;
    Links links(n);
    std::vector<bool> is_node(n);
    for (size_t i = 0; i < n; ++i) {
      is_node[i] = random() % 8 != 0;
      for (size_t l = random() % 4; l > 0; --l) links[i].push_back(static_cast<NodeId>(random() % (n + 2)));
    }
    const Components c = components_of(links, is_node);
    const auto reach = reachability(links, is_node);
    for (size_t a = 0; a < n; ++a) {
      CHECK((c.of[a] != Components::kNone) == is_node[a]);
      for (size_t b = 0; b < n; ++b) {
        if (!is_node[a] || !is_node[b]) continue;
        CHECK((c.of[a] == c.of[b]) == (reach[a][b] && reach[b][a]));
        if (reach[a][b]) CHECK(c.of[b] <= c.of[a]);
      }
    }
    for (size_t k = 0; k < c.count(); ++k) {
      CHECK(c.begin[k + 1] - c.begin[k] <= c.begin[c.largest + 1] - c.begin[c.largest]);
      for (size_t i = c.begin[k]; i < c.begin[k + 1]; ++i) CHECK(c.of[c.nodes[i]] == k);
    }
  }
}

TEST_CASE("components: a long chain needs no deep stack") {
  const size_t n = 300'000;
  const Components c = find_components(
      n, [](NodeId) { return true; },
      [&](NodeId id, uint32_t i) { return i == 0 ? static_cast<NodeId>((id + 1) % n) : kNoNode; });
  CHECK(c.count() == 1);
}

}  // namespace vecino::index::hnsw
