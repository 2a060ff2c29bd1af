#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "index/hnsw/graph.h"
#include "index/vector/core.h"
#include "index/vector/exact_order.h"

namespace vecino::index::hnsw {

// Search scratch, kept between queries. Thread-safe.
class ContextPool {
 public:
  class Lease {
   public:
    Lease(ContextPool& pool, std::unique_ptr<SearchContext> context) : pool_(&pool), context_(std::move(context)) {}
    ~Lease() {
      if (context_ != nullptr) pool_->give_back(std::move(context_));
    }
    Lease(Lease&&) noexcept = default;
    SearchContext& operator*() { return *context_; }
    SearchContext* operator->() { return context_.get(); }
    const SearchContext* operator->() const { return context_.get(); }

   private:
    ContextPool* pool_;
    std::unique_ptr<SearchContext> context_;
  };
  Lease take();

 private:
  static constexpr size_t kKept = 64;
  void give_back(std::unique_ptr<SearchContext> context);
  std::mutex mutex_;
  std::vector<std::unique_ptr<SearchContext>> free_;
};

// The header piece of an image, which tells how to make the graph before it is filled.
struct ImageHeader {
  uint32_t slots = 0, nodes_per_piece = 0;
  NodeId entry = kNoNode;
  int32_t top_level = -1;
  std::vector<float> mean;
  size_t pieces() const { return nodes_per_piece == 0 ? 0 : (slots + size_t{nodes_per_piece} - 1) / nodes_per_piece; }
};
Result<ImageHeader> read_header(ImageReader& reader, int dimensions);

class HnswCore final : public VectorCore {
 public:
  explicit HnswCore(GraphOptions options) : graph_(std::move(options)) {}
  const VectorStore& vectors() const override { return graph_.vectors(); }
  Status add(const float* raw, RowId row, SequenceNumber begin) override;
  std::unique_ptr<CoreScan> scan(const ScanSpec& spec, const float* raw_query, NodeFilter visible) const override;
  Status vacuum(const Snapshots& snapshots, const StopToken& stop) override;
  // After a build: every node can be found from every other.
  void connect(const StopToken& stop);
  bool wants_vacuum() const override;
  bool has_retired() const override { return has_ticket_ && !retired_.empty(); }
  Status save(ImageWriter& writer, const StopToken& stop) override;
  // Vectors with their codes, and rows. REQUIRES: nothing else runs.
  Status load(ImageReader& reader, ImageHeader header, const StopToken& stop);
  // Links.
  Status complete(ImageReader& reader, const StopToken& stop) override;
  void describe(IndexStatistics& out) const override;
  uint64_t memory_bytes() const override;
  const Graph& graph() const { return graph_; }

 private:
  friend class HnswScan;
  Status add_unlinked(const float* raw, RowId row, SequenceNumber begin);
  Status load_piece(ImageReader& reader, uint32_t piece);
  Status complete_piece(ImageReader& reader, uint32_t piece);
  Status link_the_rest(const StopToken& stop);
  Result<size_t> link_waiting(const StopToken& stop);
  bool is_small(const ScanSpec& spec) const;
  // Distances after which a search that is for some nodes only had better compare those one by one.
  size_t worth_following() const { return std::max<size_t>(2000, graph_.size() / 4); }
  // More than `nodes` nodes with rows? Maybe so, when false is not certain.
  bool may_have_more_than(size_t nodes) const { return graph_.size() > nodes; }
  size_t hash_of(const float* raw) const;
  std::vector<float> mean_now() const;
  std::pair<NodeId, NodeId> nodes_of_piece(uint32_t piece) const;
  Status save_piece(ImagePart& part, uint32_t piece, NodeId begin, NodeId end) const;
  void recycle_if_drained();

  Graph graph_;
  mutable ContextPool contexts_;
  // Between load() and complete() nodes come in without links, and scans compare all.
  std::atomic<bool> complete_{true};
  std::shared_mutex completing_;     // shared: add(); exclusive: the change of complete_
  std::mutex unlinked_mutex_;
  std::vector<NodeId> unlinked_;     // guarded by unlinked_mutex_
  std::unordered_map<size_t, NodeId> unlinked_of_;  // by hash of the values; guarded by unlinked_mutex_
  std::atomic<size_t> lost_links_{0};  // of the image: to nodes without rows
  ImageHeader image_;                // being loaded
  static constexpr uint8_t kFreeSlot = 0, kWithRows = 1, kWithoutRows = 2;
  std::vector<uint8_t> image_slots_;  // slot of the image -> one of these
  std::atomic<size_t> added_{0};  // nodes since connect()
  static constexpr size_t kWantsVacuum = SIZE_MAX / 2;  // more than any index has
  // Searches hold a scan pass; insertions hold both.
  mutable EpochGate scans_;
  EpochGate insertions_;
  // Vacuum only: nodes out of every list, waiting for searches that might know them; nodes of the image without rows.
  std::vector<NodeId> retired_, orphans_;
  uint64_t ticket_ = 0;
  bool has_ticket_ = false;
};

}  // namespace vecino::index::hnsw
