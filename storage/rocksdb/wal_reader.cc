#include "storage/rocksdb/wal_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "storage/util/bytes.h"
#include "storage/util/crc32c.h"

namespace vecino::storage {
namespace {

constexpr size_t kBlock = 32768, kHeader = 7, kRecyclableHeader = 11;
constexpr size_t kBatchHeader = 12;  // sequence number and count
enum RecordType : uint8_t { kZero = 0, kFull, kFirst, kMiddle, kLast, kRecyclableFull, kRecyclableLast = 8 };

uint32_t unmasked(uint32_t crc) {
  uint32_t rotated = crc - 0xa282ead8u;
  return (rotated >> 17) | (rotated << 15);
}

class Reader {
 public:
  Reader(uint64_t log_number, WalCheck& check) : log_number_(static_cast<uint32_t>(log_number)), check_(check) {}

  // One block, or the beginning of the last one. False = nothing good comes after.
  bool read_block(std::string_view block, uint64_t offset) {
    size_t at = 0;
    while (block.size() - at >= kHeader) {
      // What is too short for a header is filled with zeros.
      if (block.size() - at < kRecyclableHeader && block.find_first_not_of('\0', at) == std::string_view::npos) break;
      if (!read_record(block, offset, at)) return false;
    }
    return block.size() == kBlock;
  }

 private:
  bool read_record(std::string_view block, uint64_t offset, size_t& at) {
    const char* header = block.data() + at;
    const auto length = static_cast<size_t>(load_le<uint16_t>(header + 4));
    const auto type = static_cast<uint8_t>(header[6]);
    if (type == kZero && length == 0) return false;  // nothing was written from here on
    const bool recyclable = type >= kRecyclableFull;
    const size_t header_size = recyclable ? kRecyclableHeader : kHeader;
    if (type > kRecyclableLast || block.size() - at < header_size + length) return false;
    // A file that is used again still has records of its former number.
    if (recyclable && load_le<uint32_t>(header + 7) != log_number_) return false;
    if (unmasked(load_le<uint32_t>(header)) != crc32c({header + 6, header_size - 6 + length})) return false;
    const auto kind = static_cast<uint8_t>(recyclable ? type - (kRecyclableFull - kFull) : type);
    const bool begins = kind == kFull || kind == kFirst, ends = kind == kFull || kind == kLast;
    if (begins == in_record_) return false;
    if (begins) first_.clear();
    if (first_.size() < kBatchHeader) {
      first_.append(header + header_size, std::min(length, kBatchHeader - first_.size()));
    }
    at += header_size + length;
    in_record_ = !ends;
    if (!ends) return true;
    check_.good_size = offset + at;
    if (first_.size() == kBatchHeader) {
      check_.last_sequence = load_le<uint64_t>(first_.data()) + load_le<uint32_t>(first_.data() + 8) - 1;
    }
    return true;
  }

  const uint32_t log_number_;
  WalCheck& check_;
  bool in_record_ = false;
  std::string first_;  // bytes of the record
};

}  // namespace

Result<WalCheck> check_wal(const std::string& path, uint64_t log_number, uint64_t size) {
  WalCheck check;
  auto failure = [&](const char* what) {
    return Status::error(sqlstate::kIoError, fmt::format("could not {} file \"{}\": {}", what, path, std::strerror(errno)));
  };
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) return check;
    return failure("open");
  }
  check.exists = true;
  struct stat status {};
  if (::fstat(fd, &status) == 0) check.file_size = static_cast<uint64_t>(status.st_size);
  Reader reader(log_number, check);
  constexpr size_t kBlocksAtOnce = 32;
  auto buffer = std::make_unique<char[]>(kBlocksAtOnce * kBlock);
  uint64_t offset = 0;
  bool good = true;
  while (good && offset < size) {
    size_t wanted = static_cast<size_t>(std::min<uint64_t>(kBlocksAtOnce * kBlock, size - offset)), got = 0;
    while (got < wanted) {
      ssize_t count = ::pread(fd, buffer.get() + got, wanted - got, static_cast<off_t>(offset + got));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        Status error = failure("read");
        ::close(fd);
        return error;
      }
      if (count == 0) break;
      got += static_cast<size_t>(count);
    }
    if (got == 0) break;
    for (size_t at = 0; good && at < got; at += kBlock) {
      good = reader.read_block({buffer.get() + at, std::min(kBlock, got - at)}, offset + at);
    }
    offset += got;
  }
  ::close(fd);
  return check;
}

}  // namespace vecino::storage
