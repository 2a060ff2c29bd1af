#include "index/ivfflat/ivf_image.h"

#include <algorithm>
#include <utility>

#include "index/ivfflat/ivf_core.h"
#include "index/vector/in_parallel.h"
#include "storage/util/available_memory.h"
#include "storage/util/bytes.h"
#include "storage/util/thread_start.h"

namespace vecino::index::ivfflat {
namespace {

constexpr size_t kPieceBytes = 1 << 20;
constexpr size_t kBlockVectors = 256, kMostWaiting = 32;  // of an image of what is in memory

}  // namespace

size_t vectors_per_piece(size_t dimensions) {
  return std::max<size_t>(16, kPieceBytes / (sizeof(RowId) + dimensions * sizeof(float)));
}

VectorPieces::VectorPieces(ImageWriter& image, size_t dimensions, size_t most_waiting)
    : dimensions_(dimensions),
      per_piece_(vectors_per_piece(dimensions)),
      most_waiting_(most_waiting),
      lists_(image),
      vectors_(image) {
  auto started = start_thread([this] {
    Status status = without_bad_alloc([this] { return write_all(); });
    std::lock_guard lock(mutex_);
    status_ = std::move(status);
    waiting_.clear();
    changed_.notify_all();
  });
  // Without one the blocks are written as they come.
  if (started.is_ok()) writer_ = std::move(*started);
}

VectorPieces::~VectorPieces() { (void)join().is_ok(); }

Status VectorPieces::add(BuildBlock block) {
  if (!writer_.joinable()) return write_block(block);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_.size() < most_waiting_ || !status_.is_ok(); });
  RETURN_IF_ERROR(status_);
  waiting_.push_back(std::move(block));
  changed_.notify_all();
  return Status::ok();
}

void VectorPieces::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

Status VectorPieces::write_all() {
  BuildBlock block;
  while (next_block(block)) RETURN_IF_ERROR(write_block(block));
  if (in_piece_ > 0) RETURN_IF_ERROR(write_piece());
  return vectors_.finish();
}

bool VectorPieces::next_block(BuildBlock& block) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
  if (waiting_.empty()) return false;
  block = std::move(waiting_.front());
  waiting_.pop_front();
  changed_.notify_all();
  return true;
}

Status VectorPieces::write_block(const BuildBlock& block) {
  const size_t value_bytes = dimensions_ * sizeof(float);
  for (size_t i = 0; i < block.rows.size(); ++i) {
    if (in_piece_ == 0) piece_.reserve(per_piece_ * (sizeof(RowId) + value_bytes) + sizeof(uint32_t));
    append_le(piece_, block.rows[i]);
    piece_.append(reinterpret_cast<const char*>(block.vector(i, dimensions_)), value_bytes);
    if (++in_piece_ == per_piece_) RETURN_IF_ERROR(write_piece());
  }
  return Status::ok();
}

Status VectorPieces::write_piece() {
  in_piece_ = 0;
  return vectors_.put('v', pieces_++, std::exchange(piece_, {}));
}

Status VectorPieces::join() {
  if (writer_.joinable()) {
    close();
    writer_.join();
  }
  return status_;
}

Status VectorPieces::finish(std::span<const uint32_t> lists) {
  close();
  if (!writer_.joinable()) RETURN_IF_ERROR(write_all());
  for (size_t begin = 0; begin < lists.size(); begin += per_piece_) {
    std::string piece;
    for (uint32_t list : lists.subspan(begin, std::min(per_piece_, lists.size() - begin))) append_le(piece, list);
    RETURN_IF_ERROR(lists_.put('l', static_cast<uint32_t>(begin / per_piece_), std::move(piece)));
  }
  RETURN_IF_ERROR(lists_.finish());
  return join();
}

Status IvfCore::save_header(ImageWriter& writer, size_t vectors) const {
  std::string header;
  append_le(header, static_cast<uint32_t>(centers_.count));
  append_le(header, static_cast<uint32_t>(centers_.spherical));
  append_le(header, static_cast<uint64_t>(vectors));
  append_le(header, static_cast<uint32_t>(vectors_.mean().size()));
  header.append(reinterpret_cast<const char*>(vectors_.mean().data()), vectors_.mean().size() * sizeof(float));
  header.append(reinterpret_cast<const char*>(centers_.values.data()), centers_.values.size() * sizeof(float));
  return writer.put('h', 0, std::move(header));
}

Status IvfCore::save(ImageWriter& writer, const StopToken& stop) {
  VectorPieces pieces(writer, centers_.dimensions, kMostWaiting);
  BlockMemory memory;
  std::vector<NodeId> ids;
  std::vector<uint32_t> lists;
  for (uint32_t number = 0; number < lists_.size(); ++number) {
    if (stop()) return stopped();
    EpochGate::Pass pass = scans_.enter();
    ids.clear();
    collect(number, ids);
    for (size_t begin = 0; begin < ids.size(); begin += kBlockVectors) {
      const auto some = std::span(ids).subspan(begin, std::min(kBlockVectors, ids.size() - begin));
      ASSIGN_OR_RETURN(BuildBlock block, block_of(some, memory));
      if (block.rows.empty()) continue;
      lists.insert(lists.end(), block.rows.size(), number);
      RETURN_IF_ERROR(pieces.add(std::move(block)));
    }
  }
  RETURN_IF_ERROR(save_header(writer, lists.size()));
  return pieces.finish(lists);
}

// Every row with its vector.
Result<BuildBlock> IvfCore::block_of(std::span<const NodeId> ids, BlockMemory& memory) const {
  BuildBlock block;
  std::vector<NodeId> nodes;  // of block.rows
  std::vector<RowId> rows;
  for (NodeId id : ids) {
    entries_.current_rows(id, rows);
    block.rows.insert(block.rows.end(), rows.begin(), rows.end());
    nodes.insert(nodes.end(), rows.size(), id);
  }
  if (nodes.empty()) return block;
  block.vectors = memory.allocate(nodes.size() * centers_.dimensions);
  if (block.vectors == nullptr) return Status::error(sqlstate::kOutOfMemory, "out of memory", "An index image could not be written.");
  for (size_t i = 0; i < nodes.size(); ++i) vectors_.read(nodes[i], block.vectors.get() + i * centers_.dimensions);
  return block;
}

Status IvfCore::load(ImageReader& reader, size_t vectors, const StopToken& stop) {
  const size_t per_piece = vectors_per_piece(centers_.dimensions);
  RETURN_IF_ERROR(check_available_memory(vectors_.memory_bytes(vectors) + entries_.memory_bytes(vectors), "A vector index"));
  const size_t record = sizeof(RowId) + centers_.dimensions * sizeof(float);
  return in_parallel((vectors + per_piece - 1) / per_piece, [&](size_t p) -> Status {
    if (stop()) return stopped();
    const size_t count = std::min(per_piece, vectors - p * per_piece);
    storage::PinnedValue values_holder;
    ASSIGN_OR_RETURN(std::string_view values, reader.view('v', static_cast<uint32_t>(p), values_holder));
    ASSIGN_OR_RETURN(std::string lists, reader.get('l', static_cast<uint32_t>(p)));
    if (values.size() != count * record || lists.size() != count * sizeof(uint32_t)) return damaged("a piece of vectors");
    std::vector<float> vector(centers_.dimensions);
    for (size_t i = 0; i < count; ++i) {
      const char* at = values.data() + i * record;
      const uint32_t list = load_le<uint32_t>(lists.data() + i * sizeof(uint32_t));
      if (list >= lists_.size()) return damaged("a list number");
      std::memcpy(vector.data(), at + sizeof(RowId), record - sizeof(RowId));
      RETURN_IF_ERROR(restore(list, vector.data(), load_le<uint64_t>(at)));
    }
    return Status::ok();
  });
}

}  // namespace vecino::index::ivfflat
