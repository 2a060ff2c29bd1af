// The image of a graph: header ('h'), vectors ('v') and nodes with links and rows ('n') in pieces of about a megabyte of vectors.
#include <algorithm>
#include <cstring>

#include "index/hnsw/hnsw_core.h"
#include "index/vector/in_parallel.h"
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

Status HnswCore::save(ImageWriter& writer) {
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
  append_le(header, static_cast<uint32_t>(vectors().mean().size()));
  header.append(reinterpret_cast<const char*>(vectors().mean().data()), vectors().mean().size() * sizeof(float));
  RETURN_IF_ERROR(writer.put('h', 0, std::move(header)));

  const size_t pieces = (slots + size_t{per_piece} - 1) / per_piece, parts = image_threads(pieces);
  return in_parallel(parts, [&](size_t p) -> Status {
    ImagePart part(writer);
    for (size_t piece = pieces * p / parts; piece < pieces * (p + 1) / parts; ++piece) {
      const NodeId begin = static_cast<NodeId>(piece * per_piece);
      RETURN_IF_ERROR(save_piece(part, static_cast<uint32_t>(piece), begin, std::min<NodeId>(slots, begin + per_piece)));
    }
    return part.finish();
  });
}

Status HnswCore::save_piece(ImagePart& part, uint32_t piece, NodeId begin, NodeId end) const {
  const size_t value_bytes = static_cast<size_t>(graph_.options().dimensions) * sizeof(float);
  std::string values, nodes;
  std::vector<NodeId> links;
  std::vector<RowId> rows;
  EpochGate::Pass pass = scans_.enter();
  for (NodeId id = begin; id < end; ++id) {
    // A slot that is being filled belongs to a commit that the log has.
    rows.clear();
    if (!graph_.doomed(id)) entries_.current_rows(id, rows);
    if (rows.empty()) {  // free, or dead by now
      append_varint(nodes, 0);
      continue;
    }
    values.append(reinterpret_cast<const char*>(vectors().values(id)), value_bytes);
    int level = graph_.level_of(id);
    append_varint(nodes, static_cast<uint64_t>(level) + 1);
    for (int l = 0; l <= level; ++l) {
      graph_.copy_links(id, l, links);
      append_varint(nodes, links.size());
      for (NodeId link : links) append_le(nodes, link);
    }
    append_varint(nodes, rows.size());
    for (RowId row : rows) append_varint(nodes, row);
  }
  RETURN_IF_ERROR(part.put('v', piece, std::move(values)));
  return part.put('n', piece, std::move(nodes));
}

Status HnswCore::load(ImageReader& reader) {
  const int dimensions = graph_.options().dimensions;
  ASSIGN_OR_RETURN(ImageHeader header, read_header(reader, dimensions));
  const uint32_t slots = header.slots;
  RETURN_IF_ERROR(graph_.restore_begin(slots));
  RETURN_IF_ERROR(entries_.ensure(slots));
  size_t pieces = (slots + size_t{header.nodes_per_piece} - 1) / header.nodes_per_piece;
  std::vector<std::string> nodes(pieces);
  std::vector<uint8_t> usable(slots, 0);
  std::mutex orphans_mutex;

  // Vectors, levels and rows; links wait until it is known which nodes there are.
  RETURN_IF_ERROR(in_parallel(pieces, [&](size_t piece) -> Status {
    ASSIGN_OR_RETURN(nodes[piece], reader.get('n', static_cast<uint32_t>(piece)));
    storage::PinnedValue holder;
    ASSIGN_OR_RETURN(std::string_view values, reader.view('v', static_cast<uint32_t>(piece), holder));
    NodeId begin = static_cast<NodeId>(piece * header.nodes_per_piece);
    NodeId end = std::min<NodeId>(slots, begin + header.nodes_per_piece);
    Cursor cursor{nodes[piece].data(), nodes[piece].data() + nodes[piece].size()};
    size_t value_bytes = static_cast<size_t>(dimensions) * sizeof(float), used = 0;
    std::vector<float> vector(static_cast<size_t>(dimensions));
    for (NodeId id = begin; id < end; ++id) {
      uint64_t level_code = cursor.varint();
      if (!cursor.good || level_code > kMaxLevel + 1) return damaged("a node");
      if (level_code == 0) {
        RETURN_IF_ERROR(entries_.add_none(id));
        RETURN_IF_ERROR(graph_.restore_node(id, -1, nullptr));
        continue;
      }
      if (used + value_bytes > values.size()) return damaged("vectors are missing");
      std::memcpy(vector.data(), values.data() + used, value_bytes);
      used += value_bytes;
      RETURN_IF_ERROR(graph_.restore_node(id, static_cast<int>(level_code) - 1, vector.data()));
      for (uint64_t l = 0; l < level_code; ++l) {
        uint64_t count = cursor.varint();
        if (count > static_cast<uint64_t>(cursor.end - cursor.at) / 4) return damaged("a list of links");
        cursor.at += count * 4;
      }
      uint64_t rows = cursor.varint();
      bool has_row = false;
      for (uint64_t r = 0; r < rows && cursor.good; ++r) {
        RowId row = cursor.varint();
        ASSIGN_OR_RETURN(bool restored, entries_.restore(id, row, !has_row));
        has_row |= restored;
      }
      if (!cursor.good) return damaged("a node ends early");
      if (has_row) {
        usable[id] = 1;
      } else {
        RETURN_IF_ERROR(entries_.add_none(id));
        graph_.doom(id);
        std::lock_guard lock(orphans_mutex);
        orphans_.push_back(id);
      }
    }
    return Status::ok();
  }));

  RETURN_IF_ERROR(in_parallel(pieces, [&](size_t piece) -> Status {
    Cursor cursor{nodes[piece].data(), nodes[piece].data() + nodes[piece].size()};
    NodeId begin = static_cast<NodeId>(piece * header.nodes_per_piece);
    NodeId end = std::min<NodeId>(slots, begin + header.nodes_per_piece);
    std::vector<NodeId> links;
    for (NodeId id = begin; id < end; ++id) {
      uint64_t levels = cursor.varint();
      for (uint64_t l = 0; l < levels; ++l) {
        uint64_t count = cursor.varint();
        links.clear();
        for (uint64_t i = 0; i < count; ++i) {
          NodeId link = cursor.word(), target = link & ~kShadowed;
          if (target < slots && usable[target] && graph_.level_of(target) >= static_cast<int>(l)) links.push_back(link);
        }
        graph_.restore_links(id, static_cast<int>(l), links);
      }
      if (levels == 0) continue;
      for (uint64_t rows = cursor.varint(); rows > 0; --rows) (void)cursor.varint();
    }
    nodes[piece] = {};
    return Status::ok();
  }));

  NodeId entry = header.entry;
  if (entry >= slots || !usable[entry]) {
    entry = kNoNode;
    for (NodeId id = 0; id < slots; ++id) {
      if (usable[id] && (entry == kNoNode || graph_.level_of(id) > graph_.level_of(entry))) entry = id;
    }
  }
  graph_.restore_end(entry, entry == kNoNode ? -1 : graph_.level_of(entry));
  return Status::ok();
}

}  // namespace vecino::index::hnsw
