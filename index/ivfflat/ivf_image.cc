#include "index/ivfflat/ivf_image.h"

#include <algorithm>

#include "index/ivfflat/ivf_core.h"
#include "index/vector/in_parallel.h"
#include "storage/util/bytes.h"

namespace vecino::index::ivfflat {
namespace {

constexpr size_t kPieceBytes = 1 << 20;
constexpr size_t kMostWaiting = 32;  // pieces

}  // namespace

size_t vectors_per_piece(size_t dimensions) {
  return std::max<size_t>(16, kPieceBytes / (sizeof(RowId) + dimensions * sizeof(float)));
}

VectorPieces::VectorPieces(ImageWriter& image, size_t dimensions)
    : value_bytes_(dimensions * sizeof(float)),
      per_piece_(vectors_per_piece(dimensions)),
      vectors_(image),
      lists_(image),
      writer_([this] { write_loop(); }) {}

VectorPieces::~VectorPieces() { (void)join().is_ok(); }

Status VectorPieces::add(RowId row, const void* values) {
  if (piece_.empty()) piece_.reserve(per_piece_ * (sizeof(RowId) + value_bytes_) + sizeof(uint32_t));
  append_le(piece_, row);
  piece_.append(static_cast<const char*>(values), value_bytes_);
  return ++count_ % per_piece_ == 0 ? hand_over() : Status::ok();
}

Status VectorPieces::hand_over() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_.size() < kMostWaiting || !status_.is_ok(); });
  waiting_.push_back(std::move(piece_));
  piece_ = {};
  changed_.notify_all();
  return status_;
}

void VectorPieces::write_loop() {
  for (uint32_t number = 0;; ++number) {
    std::string piece;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return done_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      piece = std::move(waiting_.front());
      waiting_.pop_front();
      changed_.notify_all();
    }
    Status status = vectors_.put('v', number, std::move(piece));
    if (status.is_ok()) continue;
    std::lock_guard lock(mutex_);
    status_ = std::move(status);
    changed_.notify_all();
    return;
  }
}

Status VectorPieces::join() {
  if (writer_.joinable()) {
    {
      std::lock_guard lock(mutex_);
      done_ = true;
      changed_.notify_all();
    }
    writer_.join();
  }
  return status_;
}

Status VectorPieces::finish(std::span<const uint32_t> lists) {
  if (!piece_.empty()) RETURN_IF_ERROR(hand_over());
  for (size_t begin = 0; begin < lists.size(); begin += per_piece_) {
    std::string piece;
    for (uint32_t list : lists.subspan(begin, std::min(per_piece_, lists.size() - begin))) append_le(piece, list);
    RETURN_IF_ERROR(lists_.put('l', static_cast<uint32_t>(begin / per_piece_), std::move(piece)));
  }
  RETURN_IF_ERROR(join());
  RETURN_IF_ERROR(vectors_.finish());
  return lists_.finish();
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

Status IvfCore::save(ImageWriter& writer) {
  VectorPieces pieces(writer, centers_.dimensions);
  std::vector<NodeId> ids;
  std::vector<RowId> rows;
  std::vector<float> values(centers_.dimensions);
  std::vector<uint32_t> lists;
  for (uint32_t number = 0; number < lists_.size(); ++number) {
    EpochGate::Pass pass = scans_.enter();
    ids.clear();
    collect(number, ids);
    for (NodeId id : ids) {
      entries_.current_rows(id, rows);
      if (!rows.empty()) vectors_.read(id, values.data());
      for (RowId row : rows) {
        RETURN_IF_ERROR(pieces.add(row, values.data()));
        lists.push_back(number);
      }
    }
  }
  RETURN_IF_ERROR(save_header(writer, lists.size()));
  return pieces.finish(lists);
}

Status IvfCore::load(ImageReader& reader, size_t vectors) {
  const size_t per_piece = vectors_per_piece(centers_.dimensions);
  const size_t record = sizeof(RowId) + centers_.dimensions * sizeof(float);
  return in_parallel((vectors + per_piece - 1) / per_piece, [&](size_t p) -> Status {
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
