#include "storage/rocksdb/wal_extents.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "storage/rocksdb/wal_reader.h"
#include "storage/util/crc32c.h"
#include "storage/util/log.h"

namespace vecino::storage {
namespace {

constexpr size_t kFileBytes = 4096;
constexpr std::string_view kFileName = "/wal.extents";

Status file_error(const char* what, const std::string& path, int error) {
  return Status::error(error == ENOSPC ? sqlstate::kDiskFull : sqlstate::kIoError,
                       fmt::format("could not {} file \"{}\": {}", what, path, std::strerror(error)));
}

}  // namespace

struct WalExtents::Slot {
  uint64_t number, size;
  Kind kind;
  uint32_t crc;
};

namespace {
constexpr size_t kSlots = kFileBytes / 24;
}

uint32_t WalExtents::checksum(const Slot& slot) {
  return crc32c({reinterpret_cast<const char*>(&slot), offsetof(Slot, crc)}, 0x57414c);
}

std::string WalExtents::File::name() const {
  return kind == Kind::kLog ? fmt::format("{:06}.log", number) : fmt::format("MANIFEST-{:06}", number);
}

Result<std::optional<std::vector<WalExtents::Extent>>> WalExtents::read(const std::string& directory) {
  static_assert(sizeof(Slot) == 24);
  const std::string path = directory + std::string(kFileName);
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) return std::optional<std::vector<Extent>>();
    return file_error("open", path, errno);
  }
  std::vector<Slot> slots(kSlots);
  ssize_t got = ::read(fd, slots.data(), kSlots * sizeof(Slot));
  int error = errno;
  ::close(fd);
  if (got < 0) return file_error("read", path, error);
  slots.resize(static_cast<size_t>(got) / sizeof(Slot));
  std::vector<Extent> extents;
  for (const Slot& slot : slots) {
    if (slot.number != 0 && slot.crc == checksum(slot)) extents.push_back({{slot.kind, slot.number}, slot.size});
  }
  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) { return a.file.number < b.file.number; });
  return std::optional(std::move(extents));
}

Result<std::unique_ptr<WalExtents>> WalExtents::open(const std::string& directory) {
  const std::string path = directory + std::string(kFileName);
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return file_error("open", path, errno);
  // Written, not only extended: a page that has no block yet could meet a full disk when it is stored to.
  struct stat status {};
  char zeros[kFileBytes] = {};
  bool sized = ::fstat(fd, &status) == 0 && status.st_size == static_cast<off_t>(kFileBytes);
  if (!sized && (::ftruncate(fd, 0) != 0 || ::pwrite(fd, zeros, kFileBytes, 0) != static_cast<ssize_t>(kFileBytes))) {
    int error = errno;
    ::close(fd);
    return file_error("write to", path, error);
  }
  void* map = ::mmap(nullptr, kFileBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED) {
    int error = errno;
    ::close(fd);
    return file_error("map", path, error);
  }
  return std::unique_ptr<WalExtents>(new WalExtents(directory + "/", fd, static_cast<Slot*>(map)));
}

WalExtents::~WalExtents() {
  ::munmap(slots_, kFileBytes);
  ::close(fd_);
}

WalExtents::File WalExtents::file_of(const std::string& path) const {
  if (!path.starts_with(directory_)) return {};
  std::string_view name = std::string_view(path).substr(directory_.size());
  constexpr std::string_view kManifestPrefix = "MANIFEST-", kLogSuffix = ".log";
  Kind kind = Kind::kLog;
  if (name.starts_with(kManifestPrefix)) {
    kind = Kind::kManifest;
    name.remove_prefix(kManifestPrefix.size());
  } else if (name.ends_with(kLogSuffix)) {
    name.remove_suffix(kLogSuffix.size());
  } else {
    return {};
  }
  uint64_t number = 0;
  auto [at, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || at != name.data() + name.size() || number == 0) return {};
  return {kind, number};
}

WalExtents::Slot* WalExtents::find(const File& file) {
  return std::find_if(slots_, slots_ + kSlots, [&](const Slot& s) { return s.number == file.number && s.kind == file.kind; });
}

void WalExtents::sync() { (void)::msync(slots_, kFileBytes, MS_SYNC); }

void WalExtents::synced(const File& file, uint64_t size) {
  std::lock_guard lock(mutex_);
  Slot* slot = find(file);
  if (slot == slots_ + kSlots) slot = std::find_if(slots_, slots_ + kSlots, [](const Slot& s) { return s.number == 0; });
  if (slot == slots_ + kSlots) return;  // more than ever are kept: this one is not watched
  if (slot->number != 0 && slot->size >= size) return;
  Slot changed{file.number, size, file.kind, 0};
  changed.crc = checksum(changed);
  *slot = changed;
}

void WalExtents::forget(const File& file) {
  std::lock_guard lock(mutex_);
  Slot* slot = find(file);
  if (slot == slots_ + kSlots) return;
  *slot = {};
  sync();
}

void WalExtents::forget_absent() {
  std::lock_guard lock(mutex_);
  for (Slot* slot = slots_; slot != slots_ + kSlots; ++slot) {
    if (slot->number == 0) continue;
    const std::string path = directory_ + File{slot->kind, slot->number}.name();
    if (slot->crc != checksum(*slot) || ::access(path.c_str(), F_OK) != 0) *slot = {};
  }
  sync();
}

Result<std::vector<std::string>> find_lost_log(const std::string& directory) {
  std::vector<std::string> lost;
  ASSIGN_OR_RETURN(auto extents, WalExtents::read(directory));
  if (!extents) {
    if (::access((directory + "/CURRENT").c_str(), F_OK) == 0) {
      log::warning(fmt::format("file \"{}{}\" is missing: whether the write-ahead log is complete is not known", directory, kFileName));
    }
    return lost;
  }
  for (const WalExtents::Extent& extent : *extents) {
    const std::string name = extent.file.name();
    ASSIGN_OR_RETURN(WalCheck check, check_wal(directory + "/" + name, extent.file.number, extent.size));
    if (!check.exists) {
      lost.push_back(fmt::format("File \"kv/{}\" is missing, {} bytes of it were written.", name, extent.size));
    } else if (check.file_size < extent.size) {
      lost.push_back(fmt::format("File \"kv/{}\" ends after {} bytes, {} were written.", name, check.file_size, extent.size));
    } else if (check.good_size < extent.size) {
      lost.push_back(fmt::format("File \"kv/{}\" is damaged after {} of {} bytes.", name, check.good_size, extent.size));
    }
  }
  return lost;
}

}  // namespace vecino::storage
