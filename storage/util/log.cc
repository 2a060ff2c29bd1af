#include "storage/util/log.h"

#include <fcntl.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <memory>
#include <mutex>

#include "storage/util/log_output.h"

namespace vecino::log {
namespace {

std::atomic<int> minimum_rank{5};  // of kInfo

// The order of log_min_messages: LOG, which is kInfo here, stands above ERROR.
int rank(Level level) {
  constexpr int kRanks[] = {0, 5, 2, 3, 4, 6, 7};
  return kRanks[static_cast<int>(level)];
}

int64_t unix_microseconds() {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

std::unique_ptr<spdlog::formatter> bare_formatter() {
  return std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc, "");
}

// A log file named by a pattern of strftime, replaced by a new one at a size or an age (manual 20.8.1).
class RotatingFile final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  RotatingFile(const Options& options, std::string ending) : options_(options), ending_(std::move(ending)) {
    set_formatter(bare_formatter());
  }
  ~RotatingFile() override {
    if (fd_ >= 0) ::close(fd_);
  }

  Status open() {
    std::lock_guard lock(mutex_);
    return open_file(false);
  }
  void rotate() {
    std::lock_guard lock(mutex_);
    (void)open_file(false);
  }
  std::string path() {
    std::lock_guard lock(mutex_);
    return path_;
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const int64_t now = unix_microseconds() / 1000000;
    const bool old = options_.rotation_minutes > 0 && now >= next_rotation_;
    const bool big = options_.rotation_kilobytes > 0 && written_ >= options_.rotation_kilobytes * 1024;
    // When the new file cannot be opened the old one is better than none.
    if (old || big) (void)open_file(old);
    std::string_view text(message.payload.data(), message.payload.size());
    while (!text.empty()) {
      ssize_t count = ::write(fd_, text.data(), text.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return;  // the disk is full: the message is lost, the server is not
      text.remove_prefix(static_cast<size_t>(count));
      written_ += count;
    }
  }
  void flush_() override {}

 private:
  // By age a file of the same name is begun again if that is asked for; otherwise it is continued.
  Status open_file(bool by_age) {
    const int64_t now = unix_microseconds() / 1000000;
    const int64_t offset = options_.zone ? options_.zone(now).offset : 0;
    schedule(now, offset);
    const time_t local = static_cast<time_t>(now + offset);
    std::tm parts{};
    gmtime_r(&local, &parts);
    char name[512];
    size_t length = std::strftime(name, sizeof name, options_.file_pattern.c_str(), &parts);
    std::string file(name, length);
    if (ending_ != ".log") file = (file.ends_with(".log") ? file.substr(0, file.size() - 4) : file) + ending_;
    std::string path = options_.directory + "/" + file;
    ::mkdir(options_.directory.c_str(), 0700);
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
    if (by_age && options_.truncate_on_rotation && path != path_) flags |= O_TRUNC;
    int fd = ::open(path.c_str(), flags, options_.file_mode);
    if (fd < 0) {
      return Status::error(sqlstate::kIoError, "could not open log file \"" + path + "\": " + std::strerror(errno));
    }
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
    struct stat status;
    written_ = ::fstat(fd, &status) == 0 ? status.st_size : 0;
    path_ = std::move(path);
    return Status::ok();
  }
  // At multiples of the age in local time, so that daily files begin at midnight.
  void schedule(int64_t now, int64_t offset) {
    const int64_t age = options_.rotation_minutes * 60;
    if (age > 0) next_rotation_ = ((now + offset) / age + 1) * age - offset;
  }

  const Options options_;
  const std::string ending_;
  std::string path_;
  int fd_ = -1;
  int64_t written_ = 0, next_rotation_ = 0;
};

// What lines are written with. Replaced as a whole by configure(); writers keep the one they began with.
struct Output {
  Options options;
  std::shared_ptr<spdlog::logger> text, csv, json;
  std::shared_ptr<RotatingFile> text_file, csv_file, json_file;
};

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("vecino", std::move(sink));
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
  return logger;
}

std::shared_ptr<const Output> stderr_output(Options options) {
  auto output = std::make_shared<Output>();
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  sink->set_formatter(bare_formatter());
  output->text = make_logger(std::move(sink));
  output->options = std::move(options);
  return output;
}

// Created on first use and never destroyed: threads may log until the very end of the process.
struct Holder {
  std::mutex mutex;
  std::shared_ptr<const Output> output = stderr_output({});
};
Holder& holder() {
  static Holder* instance = new Holder;
  return *instance;
}
std::shared_ptr<const Output> current() {
  std::lock_guard lock(holder().mutex);
  return holder().output;
}

bool same_files(const Options& a, const Options& b) {
  return a.collector == b.collector && a.to_stderr == b.to_stderr && a.to_csv == b.to_csv && a.to_json == b.to_json &&
         a.directory == b.directory && a.file_pattern == b.file_pattern && a.rotation_minutes == b.rotation_minutes &&
         a.rotation_kilobytes == b.rotation_kilobytes && a.truncate_on_rotation == b.truncate_on_rotation &&
         a.file_mode == b.file_mode;
}

}  // namespace

bool enabled(Level level) { return rank(level) >= minimum_rank.load(std::memory_order_relaxed); }

void set_level(Level minimum) { minimum_rank.store(rank(minimum), std::memory_order_relaxed); }

void write(Level level, std::string_view text) {
  if (!enabled(level)) return;
  Entry entry;
  entry.level = level;
  entry.message = text;
  emit(entry);
}

void emit(const Entry& entry) {
  std::shared_ptr<const Output> output = current();
  const int64_t now = unix_microseconds();
  if (entry.session) ++entry.session->lines;
  auto put = [](spdlog::logger& logger, const std::string& text) {
    logger.log(spdlog::level::info, spdlog::string_view_t(text.data(), text.size()));
  };
  if (output->text) put(*output->text, text_lines(entry, output->options, now));
  if (output->csv) put(*output->csv, csv_line(entry, output->options, now));
  if (output->json) put(*output->json, json_line(entry, output->options, now));
}

Status configure(Options options) {
  std::shared_ptr<const Output> before = current();
  std::shared_ptr<const Output> next;
  if (!options.collector) {
    next = stderr_output(std::move(options));
  } else if (same_files(options, before->options)) {
    auto same = std::make_shared<Output>(*before);
    same->options = std::move(options);
    next = std::move(same);
  } else {
    auto output = std::make_shared<Output>();
    output->options = std::move(options);
    auto open = [&](bool wanted, const char* ending, auto& logger, auto& file) -> Status {
      if (!wanted) return Status::ok();
      file = std::make_shared<RotatingFile>(output->options, ending);
      RETURN_IF_ERROR(file->open());
      logger = make_logger(file);
      return Status::ok();
    };
    const Options& o = output->options;
    RETURN_IF_ERROR(open(o.to_stderr, ".log", output->text, output->text_file));
    RETURN_IF_ERROR(open(o.to_csv, ".csv", output->csv, output->csv_file));
    RETURN_IF_ERROR(open(o.to_json, ".json", output->json, output->json_file));
    next = std::move(output);
  }
  std::lock_guard lock(holder().mutex);
  holder().output = std::move(next);
  return Status::ok();
}

void rotate() {
  std::shared_ptr<const Output> output = current();
  for (const auto& file : {output->text_file, output->csv_file, output->json_file}) {
    if (file) file->rotate();
  }
}

std::string current_file(std::string_view format) {
  std::shared_ptr<const Output> output = current();
  if ((format.empty() || format == "stderr") && output->text_file) return output->text_file->path();
  if ((format.empty() || format == "csvlog") && output->csv_file) return output->csv_file->path();
  if ((format.empty() || format == "jsonlog") && output->json_file) return output->json_file->path();
  return "";
}

}  // namespace vecino::log
