#include "index/ivfflat/ivfflat.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "index/ivfflat/ivf_core.h"
#include "index/ivfflat/ivf_image.h"
#include "index/vector/mean_of_rows.h"
#include "index/vector/parallel_build.h"
#include "index/vector/vector_index.h"
#include "storage/util/available_memory.h"
#include "storage/util/bytes.h"

namespace vecino::index::ivfflat {
namespace {

constexpr size_t kMinSamples = 10'000, kSamplesPerList = 50;  // pgvector's

bool is_spherical(Metric metric) { return metric == Metric::kCosine || metric == Metric::kInnerProduct; }

Status check_definition(const IndexDefinition& definition) {
  if (definition.dimensions <= 0) {
    return Status::error(sqlstate::kInvalidParameterValue, "column does not have dimensions");
  }
  if (is_spherical(definition.metric) && definition.dimensions == 1) {
    return Status::error(sqlstate::kInvalidParameterValue, "dimensions must be greater than one for this opclass");
  }
  return Status::ok();
}

// Every vector has the same chance to be in the sample.
std::vector<float> draw_samples(const std::vector<BuildBlock>& blocks, size_t dimensions, size_t wanted, bool unit) {
  size_t total = 0;
  for (const BuildBlock& block : blocks) total += block.rows.size();
  std::mt19937_64 random(7);
  std::vector<float> samples;
  size_t seen = 0, taken = 0;
  wanted = std::min(wanted, total);
  samples.reserve(wanted * dimensions);
  for (const BuildBlock& block : blocks) {
    for (size_t r = 0; r < block.rows.size(); ++r, ++seen) {
      if (random() % (total - seen) >= wanted - taken) continue;
      ++taken;
      const float* x = block.vector(r, dimensions);
      samples.insert(samples.end(), x, x + dimensions);
      if (unit) to_unit(samples.data() + samples.size() - dimensions, dimensions);
    }
  }
  return samples;
}

class IvfFactory final : public CoreFactory {
 public:
  Result<std::unique_ptr<VectorCore>> build(const IndexDefinition& definition, BuildSource& source,
                                            const BuildContext& context, Arena& arena,
                                            ImageWriter& image) const override {
    RETURN_IF_ERROR(check_definition(definition));
    const size_t dimensions = static_cast<size_t>(definition.dimensions);
    const size_t lists = static_cast<size_t>(option_value(definition, "lists", 100));
    auto progress = [&](std::string_view phase, uint64_t done, uint64_t total) {
      if (context.progress) context.progress({phase, done, total});
    };
    progress("building index: initializing", 0, 0);
    BlockReader reader(definition, source, arena);
    VectorPieces pieces(image, dimensions, SIZE_MAX);  // blocks stay in memory anyway
    std::vector<BuildBlock> blocks;
    size_t rows = 0;
    while (true) {
      BuildBlock block;
      ASSIGN_OR_RETURN(bool more, reader.next(block));
      if (!more) break;
      rows += block.rows.size();
      if (block.rows.empty()) continue;
      if (blocks.size() % 256 == 255) {
        RETURN_IF_ERROR(check_available_memory(256 * block.rows.size() * dimensions * sizeof(float), "The index build"));
      }
      RETURN_IF_ERROR(pieces.add(block));
      blocks.push_back(std::move(block));
    }
    pieces.close();
    progress("building index: performing k-means", 0, 0);
    std::vector<float> samples =
        draw_samples(blocks, dimensions, std::max(kMinSamples, kSamplesPerList * lists), is_spherical(definition.metric));
    if (samples.size() / dimensions < lists) tell_little_data(context);
    KmeansOptions options;
    options.lists = lists;
    options.spherical = is_spherical(definition.metric);
    options.threads = build_helpers(context) + 1;
    options.cancel = context.cancel;
    MeanOfRows mean(dimensions);
    if (definition.metric == Metric::kL2) mean.add(samples.data(), samples.size() / dimensions);
    ASSIGN_OR_RETURN(Centers centers, kmeans(std::move(samples), dimensions, options));
    auto core = std::make_unique<IvfCore>(definition.metric, std::move(centers), mean.value());
    progress("building index: assigning tuples", 0, 0);
    const CenterPanels panels(core->centers());
    std::atomic<uint64_t> done{0};
    std::vector<uint32_t> list_numbers(rows);
    RETURN_IF_ERROR(consume_blocks(reader, std::move(blocks), build_helpers(context), context.cancel,
                                   [&](const BuildBlock& block) -> Status {
      RETURN_IF_ERROR(core->add_many(panels, block.vectors.get(), block.rows, 0, list_numbers.data() + block.first));
      uint64_t count = done.fetch_add(block.rows.size()) + block.rows.size();
      progress("building index: loading tuples", count, rows);
      return Status::ok();
    }));
    RETURN_IF_ERROR(core->save_header(image, rows));
    RETURN_IF_ERROR(pieces.finish(list_numbers));
    return std::unique_ptr<VectorCore>(std::move(core));
  }

  Result<std::unique_ptr<VectorCore>> load(const IndexDefinition& definition, ImageReader& reader,
                                           const StopToken& stop) const override {
    const size_t dimensions = static_cast<size_t>(definition.dimensions);
    ASSIGN_OR_RETURN(std::string header, reader.get('h', 0));
    constexpr size_t kFixed = 20;
    if (header.size() < kFixed) return damaged("the header is too short");
    Centers centers;
    centers.count = load_le<uint32_t>(header.data());
    centers.dimensions = dimensions;
    centers.spherical = load_le<uint32_t>(header.data() + 4) != 0;
    const uint64_t vectors = load_le<uint64_t>(header.data() + 8);
    const size_t mean_size = load_le<uint32_t>(header.data() + 16);
    if ((mean_size != 0 && mean_size != dimensions) || centers.count == 0 || vectors > kMaxNodes ||
        header.size() != kFixed + (mean_size + centers.count * dimensions) * sizeof(float)) {
      return damaged("the header does not fit the index");
    }
    std::vector<float> mean(mean_size);
    if (mean_size > 0) std::memcpy(mean.data(), header.data() + kFixed, mean_size * sizeof(float));
    centers.values.resize(centers.count * dimensions);
    std::memcpy(centers.values.data(), header.data() + kFixed + mean_size * sizeof(float),
                centers.values.size() * sizeof(float));
    auto core = std::make_unique<IvfCore>(definition.metric, std::move(centers), std::move(mean));
    RETURN_IF_ERROR(core->load(reader, vectors, stop));
    return std::unique_ptr<VectorCore>(std::move(core));
  }

 private:
  static void tell_little_data(const BuildContext& context) {
    if (!context.notice) return;
    ErrorInfo notice;
    notice.code = sqlstate::kSuccess;
    notice.message = "ivfflat index created with little data";
    notice.detail = "This will cause low recall.";
    notice.hint = "Drop the index until the table has more data.";
    context.notice(notice);
  }
};

}  // namespace

Result<std::shared_ptr<Index>> open(const IndexDefinition& definition, storage::KvEngine& engine) {
  return open_vector_index(definition, engine, std::make_unique<IvfFactory>());
}

}  // namespace vecino::index::ivfflat
