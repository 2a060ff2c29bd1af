#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "index/api/access_method.h"
#include "index/vector/entry_table.h"
#include "index/vector/epoch_gate.h"
#include "index/vector/image.h"
#include "index/vector/vector_store.h"

namespace vecino::index {

// A node found by a search, with its exact internal distance (VectorStore).
struct NodeHit {
  float distance;
  NodeId node;
};

// Asked between steps of work that nobody waits for: true = leave it. The work then fails with stopped().
using StopToken = std::function<bool()>;
inline Status stopped() { return Status::error(sqlstate::kQueryCanceled, "server is shutting down"); }

// Does the scan's view have a row behind the node? REQUIRES: the answer stays the same.
using NodeFilter = std::function<bool(NodeId)>;

// A running search. Not thread-safe.
class CoreScan {
 public:
  virtual ~CoreScan() = default;
  // False = the end, as the scan's iterative mode defines it.
  virtual Result<bool> next(NodeHit& hit) = 0;
  virtual const PreparedQuery& query() const = 0;
  virtual uint64_t buffers() const = 0;  // vectors and lists read
};

// The search structure of one vector index in memory: vectors, their rows and how they are found. Scans and add() may run in
// parallel; vacuum(), save() and complete() run one at a time, beside scans and add().
class VectorCore {
 public:
  virtual ~VectorCore() = default;
  virtual const VectorStore& vectors() const = 0;
  // A row's vector, current from sequence `begin` on. REQUIRES: the row has no current entry; raw is not a zero vector under
  // the cosine. Takes effect for readers at once.
  virtual Status add(const float* raw, RowId row, SequenceNumber begin) = 0;
  // Hits that are not `visible` may be left out, and do not count.
  virtual std::unique_ptr<CoreScan> scan(const ScanSpec& spec, const float* raw_query, NodeFilter visible) const = 0;
  // Removes what no snapshot needs. `stop` is asked between steps.
  virtual Status vacuum(const Snapshots& snapshots, const StopToken& stop) = 0;
  // Removed is not yet gone: a search that began before is still there. Vacuum's thread only.
  virtual bool has_retired() const { return false; }
  // Something other than dead entries makes a vacuum worth while.
  virtual bool wants_vacuum() const { return false; }
  virtual Status save(ImageWriter& writer, const StopToken& stop) = 0;
  // What CoreFactory::load() left for later: until it is done scans are exact and slow. Beside scans and add().
  virtual Status complete(ImageReader&, const StopToken& /*stop*/) { return Status::ok(); }
  virtual void describe(IndexStatistics& out) const = 0;
  virtual uint64_t memory_bytes() const = 0;

  EntryTable& entries() { return entries_; }
  const EntryTable& entries() const { return entries_; }

 protected:
  EntryTable entries_;
};

// Makes the structures of one access method.
class CoreFactory {
 public:
  virtual ~CoreFactory() = default;
  // From all rows of the source; every entry begins at 0. `image` receives what save() would write, maybe while building.
  virtual Result<std::unique_ptr<VectorCore>> build(const IndexDefinition& definition, BuildSource& source,
                                                    const BuildContext& context, Arena& arena,
                                                    ImageWriter& image) const = 0;
  // At least what exact scans and add() need.
  virtual Result<std::unique_ptr<VectorCore>> load(const IndexDefinition& definition, ImageReader& reader,
                                                   const StopToken& stop) const = 0;
};

int option_value(const IndexDefinition& definition, std::string_view name, int default_value);
// 22000 unless the vector has the index's number of dimensions.
Status check_dimensions(const IndexDefinition& definition, const Datum& vector);
// Can the metric order this vector? (No zero vectors under the cosine.)
bool is_indexable(Metric metric, const float* raw, size_t dimensions);

}  // namespace vecino::index
