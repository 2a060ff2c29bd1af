#include "index/hnsw/hnsw.h"

#include <atomic>

#include "index/hnsw/hnsw_core.h"
#include "index/vector/mean_of_rows.h"
#include "index/vector/parallel_build.h"
#include "index/vector/vector_index.h"

namespace vecino::index::hnsw {
namespace {

constexpr size_t kMeanSample = 10'000;
constexpr std::string_view kLoading = "building index: loading tuples";

GraphOptions options_of(const IndexDefinition& definition) {
  GraphOptions options;
  options.metric = definition.metric;
  options.dimensions = definition.dimensions;
  options.m = option_value(definition, "m", 16);
  options.ef_construction = option_value(definition, "ef_construction", 64);
  options.seed = definition.storage_id;
  return options;
}

// pgvector's checks, in its order.
Status check_definition(const IndexDefinition& definition, const GraphOptions& options) {
  if (definition.dimensions <= 0) {
    return Status::error(sqlstate::kInvalidParameterValue, "column does not have dimensions");
  }
  if (options.ef_construction < 2 * options.m) {
    return Status::error(sqlstate::kInvalidParameterValue, "ef_construction must be greater than or equal to 2 * m");
  }
  return Status::ok();
}

std::vector<float> mean_of(const std::vector<BuildBlock>& blocks, size_t dimensions) {
  MeanOfRows mean(dimensions);
  for (const BuildBlock& block : blocks) mean.add(block.vectors.get(), block.rows.size());
  return mean.value();
}

class HnswFactory final : public CoreFactory {
 public:
  Result<std::unique_ptr<VectorCore>> build(const IndexDefinition& definition, BuildSource& source,
                                            const BuildContext& context, Arena& arena,
                                            ImageWriter& image) const override {
    GraphOptions options = options_of(definition);
    RETURN_IF_ERROR(check_definition(definition, options));
    BlockReader reader(definition, source, arena);
    std::vector<BuildBlock> first;
    for (size_t rows = 0; rows < kMeanSample;) {
      BuildBlock block;
      ASSIGN_OR_RETURN(bool more, reader.next(block));
      if (!more) break;
      rows += block.rows.size();
      first.push_back(std::move(block));
    }
    // Unit vectors are centred well enough; the others' codes are made around their middle.
    if (definition.metric == Metric::kL2) options.mean = mean_of(first, static_cast<size_t>(definition.dimensions));
    auto core = std::make_unique<HnswCore>(options);
    std::atomic<uint64_t> done{0};
    std::atomic<uint64_t> fitting{0};  // tuples when memory_limit was passed
    const size_t dimensions = static_cast<size_t>(definition.dimensions);
    RETURN_IF_ERROR(consume_blocks(reader, std::move(first), build_helpers(context), context.cancel,
                                   [&](const BuildBlock& block) -> Status {
      for (size_t i = 0; i < block.rows.size(); ++i) {
        if (context.cancel != nullptr) RETURN_IF_ERROR(context.cancel->check());
        RETURN_IF_ERROR(core->add(block.vector(i, dimensions), block.rows[i], 0));
      }
      uint64_t total = done.fetch_add(block.rows.size()) + block.rows.size();
      if (context.progress) context.progress({kLoading, total, 0});
      if (fitting.load(std::memory_order_relaxed) == 0 && core->memory_bytes() > context.memory_limit) fitting = total;
      return Status::ok();
    }));
    if (fitting != 0) tell_memory(context, fitting);  // here: notices belong to the caller's thread
    const StopToken cancelled = [&] { return context.cancel != nullptr && context.cancel->requested(); };
    core->connect(cancelled);
    Status saved = core->save(image, cancelled);
    if (context.cancel != nullptr) RETURN_IF_ERROR(context.cancel->check());
    RETURN_IF_ERROR(std::move(saved));
    return std::unique_ptr<VectorCore>(std::move(core));
  }

  Result<std::unique_ptr<VectorCore>> load(const IndexDefinition& definition, ImageReader& reader,
                                           const StopToken& stop) const override {
    GraphOptions options = options_of(definition);
    ASSIGN_OR_RETURN(ImageHeader header, read_header(reader, definition.dimensions));
    options.mean = header.mean;
    options.seed += header.slots;
    auto core = std::make_unique<HnswCore>(options);
    RETURN_IF_ERROR(core->load(reader, std::move(header), stop));
    return std::unique_ptr<VectorCore>(std::move(core));
  }

 private:
  // pgvector's notice; there is no slower way of building that would have to follow.
  static void tell_memory(const BuildContext& context, uint64_t tuples) {
    if (!context.notice) return;
    ErrorInfo notice;
    notice.code = sqlstate::kSuccess;
    notice.message = "hnsw graph no longer fits into maintenance_work_mem after " + std::to_string(tuples) + " tuples";
    notice.detail = "The graph stays in memory; building goes on at the same speed.";
    context.notice(notice);
  }
};

}  // namespace

Result<std::shared_ptr<Index>> open(const IndexDefinition& definition, storage::KvEngine& engine) {
  return open_vector_index(definition, engine, std::make_unique<HnswFactory>());
}

}  // namespace vecino::index::hnsw
