// The image of a graph in pieces of about a megabyte of vectors each: values ('v'), levels and rows ('r') and links ('l'), and a
// header ('h'). Values and rows are loaded first: with them exact scans can be answered while the links are still on their way.
#include <algorithm>
#include <cstring>
#include <span>

#include "index/hnsw/hnsw_core.h"
#include "index/vector/in_parallel.h"
#include "index/vector/mean_of_rows.h"
#include "storage/util/available_memory.h"
#include "storage/util/bytes.h"

namespace vecino::index::hnsw {
namespace {

constexpr size_t kPieceBytes = 1 << 20;

uint32_t nodes_per_piece(int dimensions) {
  return static_cast<uint32_t>(std::max<size_t>(16, kPieceBytes / (static_cast<size_t>(dimensions) * sizeof(float))));
}

// Reads varints and words from a piece; `good` turns false at its end.
struct Cursor {
  const char* at;
  const char* end;
  bool good = true;
  uint64_t varint() {
    uint64_t value = 0;
    at = good ? get_varint(at, end, value) : nullptr;
    good = at != nullptr;
    return value;
  }
  uint32_t word() {
    if (!good || end - at < 4) {
      good = false;
      return 0;
    }
    at += 4;
    return load_le<uint32_t>(at - 4);
  }
};

}  // namespace

Result<ImageHeader> read_header(ImageReader& reader, int dimensions) {
  ASSIGN_OR_RETURN(std::string bytes, reader.get('h', 0));
  if (bytes.size() < 20) return damaged("the header is too short");
  ImageHeader header;
  header.slots = load_le<uint32_t>(bytes.data());
  header.nodes_per_piece = load_le<uint32_t>(bytes.data() + 4);
  header.entry = load_le<uint32_t>(bytes.data() + 8);
  header.top_level = static_cast<int32_t>(load_le<uint32_t>(bytes.data() + 12));
  uint32_t mean = load_le<uint32_t>(bytes.data() + 16);
  bool fits = (mean == 0 || mean == static_cast<uint32_t>(dimensions)) && bytes.size() == 20 + mean * sizeof(float);
  if (!fits || header.nodes_per_piece == 0 || header.slots > kMaxNodes) return damaged("the header does not fit the index");
  header.mean.resize(mean);
  if (mean > 0) std::memcpy(header.mean.data(), bytes.data() + 20, mean * sizeof(float));
  return header;
}

// The middle of what is there now: the codes of the next start are made around it.
std::vector<float> HnswCore::mean_now() const {
  constexpr size_t kSample = 4096;
  if (graph_.options().metric != Metric::kL2) return vectors().mean();
  EpochGate::Pass pass = scans_.enter();
  const size_t count = graph_.size(), step = count / kSample + 1;
  MeanOfRows mean(static_cast<size_t>(graph_.options().dimensions));
  std::vector<float> vector(static_cast<size_t>(graph_.options().dimensions));
  for (NodeId id = 0; id < count; id += static_cast<NodeId>(step)) {
    if (!graph_.live(id)) continue;
    vectors().read(id, vector.data());
    mean.add(vector.data(), 1);
  }
  return mean.value();
}

Status HnswCore::save(ImageWriter& writer, const StopToken& stop) {
  const int dimensions = graph_.options().dimensions;
  const uint32_t slots = static_cast<uint32_t>(graph_.size());
  const uint32_t per_piece = nodes_per_piece(dimensions);
  NodeId entry = graph_.entry_node();
  if (entry != kNoNode && entry >= slots) entry = 0;  // load() chooses among what is there
  std::string header;
  append_le(header, slots);
  append_le(header, per_piece);
  append_le(header, entry);
  append_le(header, static_cast<uint32_t>(graph_.top_level()));
  const std::vector<float> mean = mean_now();
  append_le(header, static_cast<uint32_t>(mean.size()));
  header.append(reinterpret_cast<const char*>(mean.data()), mean.size() * sizeof(float));
  RETURN_IF_ERROR(writer.put('h', 0, std::move(header)));

  const size_t pieces = (slots + size_t{per_piece} - 1) / per_piece, parts = image_threads(pieces);
  return in_parallel(parts, [&](size_t p) -> Status {
    ImagePart part(writer);
    for (size_t piece = pieces * p / parts; piece < pieces * (p + 1) / parts; ++piece) {
      if (stop()) return stopped();
      const NodeId begin = static_cast<NodeId>(piece * per_piece);
      RETURN_IF_ERROR(save_piece(part, static_cast<uint32_t>(piece), begin, std::min<NodeId>(slots, begin + per_piece)));
    }
    return part.finish();
  });
}

//   'v': values of the nodes.
//   'r': for each slot level + 1, 0 where it is free; then the number of rows, which may be 0, and the rows (varints).
//   'l': for each slot the number of layers, 0 where it is free; for each layer the number of links and the links.
Status HnswCore::save_piece(ImagePart& part, uint32_t piece, NodeId begin, NodeId end) const {
  const size_t value_bytes = static_cast<size_t>(graph_.options().dimensions) * sizeof(float);
  std::string values, nodes, lists;
  std::vector<float> vector(static_cast<size_t>(graph_.options().dimensions));
  std::vector<NodeId> links;
  std::vector<RowId> rows;
  EpochGate::Pass pass = scans_.enter();
  for (NodeId id = begin; id < end; ++id) {
    // A slot that is being filled belongs to a commit that the log has. Nodes whose rows have gone are kept until a vacuum closes the
    // gaps that they leave.
    const uint64_t layers = graph_.live(id) ? static_cast<uint64_t>(graph_.level_of(id)) + 1 : 0;
    append_varint(nodes, layers);
    append_varint(lists, layers);
    if (layers == 0) continue;
    entries_.current_rows(id, rows);
    vectors().read(id, vector.data());
    values.append(reinterpret_cast<const char*>(vector.data()), value_bytes);
    append_varint(nodes, rows.size());
    for (RowId row : rows) append_varint(nodes, row);
    for (uint64_t l = 0; l < layers; ++l) {
      graph_.copy_links(id, static_cast<int>(l), links);
      append_varint(lists, links.size());
      for (NodeId link : links) append_le(lists, link);
    }
  }
  RETURN_IF_ERROR(part.put('v', piece, std::move(values)));
  RETURN_IF_ERROR(part.put('r', piece, std::move(nodes)));
  return part.put('l', piece, std::move(lists));
}

Status HnswCore::load(ImageReader& reader, ImageHeader header, const StopToken& stop) {
  image_ = std::move(header);
  complete_ = false;
  // Before anything is mapped: pages that turn out not to be there end the process.
  RETURN_IF_ERROR(check_available_memory(graph_.bytes_of(image_.slots) + entries_.memory_bytes(image_.slots), "A vector index"));
  RETURN_IF_ERROR(graph_.restore_begin(image_.slots));
  RETURN_IF_ERROR(entries_.ensure(image_.slots));
  image_slots_.assign(image_.slots, 0);
  return in_parallel(image_.pieces(), [&](size_t piece) {
    return stop() ? stopped() : load_piece(reader, static_cast<uint32_t>(piece));
  });
}

std::pair<NodeId, NodeId> HnswCore::nodes_of_piece(uint32_t piece) const {
  const size_t begin = size_t{piece} * image_.nodes_per_piece;
  return {static_cast<NodeId>(begin), static_cast<NodeId>(std::min<size_t>(image_.slots, begin + image_.nodes_per_piece))};
}

Status HnswCore::load_piece(ImageReader& reader, uint32_t piece) {
  storage::PinnedValue nodes_holder, values_holder;
  ASSIGN_OR_RETURN(std::string_view nodes, reader.view('r', piece, nodes_holder));
  ASSIGN_OR_RETURN(std::string_view values, reader.view('v', piece, values_holder));
  const auto [begin, end] = nodes_of_piece(piece);
  const size_t dimensions = static_cast<size_t>(graph_.options().dimensions);
  Cursor cursor{nodes.data(), nodes.data() + nodes.size()};
  std::vector<float> vector(dimensions);
  std::vector<RowId> rows;
  std::vector<uint32_t> ends;
  std::vector<NodeId> taken;
  size_t used = 0;
  for (NodeId id = begin; id < end; ++id) {
    const uint64_t layers = cursor.varint();
    if (!cursor.good || layers > kMaxLevel + 1) return damaged("a node");
    if (layers > 0) {
      if (used + dimensions * sizeof(float) > values.size()) return damaged("vectors are missing");
      std::memcpy(vector.data(), values.data() + used, dimensions * sizeof(float));
      used += dimensions * sizeof(float);
      for (uint64_t count = cursor.varint(); count > 0 && cursor.good; --count) rows.push_back(cursor.varint());
      if (!cursor.good) return damaged("a node ends early");
      taken.push_back(id);
    }
    ends.push_back(static_cast<uint32_t>(rows.size()));
    RETURN_IF_ERROR(graph_.restore_node(id, static_cast<int>(layers) - 1, vector.data()));
  }
  // A row may stand in two pieces: it moved while the image was written, and the log has its last state.
  RETURN_IF_ERROR(entries_.restore(begin, rows, ends, std::span(image_slots_).subspan(begin, end - begin)));
  std::erase_if(taken, [&](NodeId id) { return image_slots_[id] == kWithRows; });
  for (NodeId id : taken) {
    image_slots_[id] = kWithoutRows;
    graph_.doom(id);
  }
  std::lock_guard lock(unlinked_mutex_);
  orphans_.insert(orphans_.end(), taken.begin(), taken.end());
  return Status::ok();
}

Status HnswCore::complete(ImageReader& reader, const StopToken& stop) {
  // Queries are answered meanwhile, by comparing all: that should not wait for this.
  auto restore = [&](size_t piece) { return stop() ? stopped() : complete_piece(reader, static_cast<uint32_t>(piece)); };
  RETURN_IF_ERROR(in_parallel(image_.pieces(), restore, kBackground));
  NodeId entry = image_.entry;
  if (entry >= image_.slots || image_slots_[entry] != kWithRows) {
    entry = kNoNode;
    for (NodeId id = 0; id < image_.slots; ++id) {
      if (image_slots_[id] == kWithRows && (entry == kNoNode || graph_.level_of(id) > graph_.level_of(entry))) entry = id;
    }
  }
  graph_.restore_end(entry, entry == kNoNode ? -1 : graph_.level_of(entry));
  RETURN_IF_ERROR(link_the_rest(stop));
  if (!orphans_.empty()) added_ = kWantsVacuum;
  image_slots_ = {};
  return Status::ok();
}

Status HnswCore::complete_piece(ImageReader& reader, uint32_t piece) {
  storage::PinnedValue holder;
  ASSIGN_OR_RETURN(std::string_view lists, reader.view('l', piece, holder));
  const auto [begin, end] = nodes_of_piece(piece);
  Cursor cursor{lists.data(), lists.data() + lists.size()};
  std::vector<NodeId> links;
  for (NodeId id = begin; id < end; ++id) {
    const uint64_t layers = cursor.varint();
    const bool wanted = image_slots_[id] != kFreeSlot;
    if (!cursor.good || (wanted && layers != static_cast<uint64_t>(graph_.level_of(id)) + 1)) return damaged("a node's lists");
    for (uint64_t l = 0; l < layers; ++l) {
      links.clear();
      for (uint64_t count = cursor.varint(); count > 0 && cursor.good; --count) {
        const NodeId link = cursor.word(), target = link & ~kShadowed;
        if (target < image_.slots && image_slots_[target] != kFreeSlot && graph_.level_of(target) >= static_cast<int>(l)) {
          links.push_back(link);
        } else if (wanted) {
          lost_links_.fetch_add(1, std::memory_order_relaxed);
        }
      }
      if (!cursor.good) return damaged("a list of links");
      if (wanted) graph_.restore_links(id, static_cast<int>(l), links);
    }
  }
  return Status::ok();
}

}  // namespace vecino::index::hnsw
