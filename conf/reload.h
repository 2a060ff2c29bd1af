#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "conf/session_settings.h"

namespace vecino::conf {

// The server's settings as they are now; a reload replaces them as a whole. Thread-safe.
class CurrentSettings {
 public:
  CurrentSettings& operator=(std::shared_ptr<const ServerSettings> settings) {
    replace(std::move(settings));
    return *this;
  }
  operator std::shared_ptr<const ServerSettings>() const { return get(); }
  std::shared_ptr<const ServerSettings> get() const {
    std::lock_guard lock(mutex_);
    return settings_;
  }
  void replace(std::shared_ptr<const ServerSettings> settings) {
    std::lock_guard lock(mutex_);
    settings_ = std::move(settings);
    generation_.fetch_add(1, std::memory_order_release);
  }
  // Changes with every replacement: a session asks for it before each message.
  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const ServerSettings> settings_;
  std::atomic<uint64_t> generation_{0};
};

struct ReloadOutcome {
  std::shared_ptr<const ServerSettings> settings;  // null = nothing is applied
  std::vector<std::string> messages;               // for the server log, in order
};

// Reads configuration files again (manual 20.1.2): what they set anew or no longer set is changed, but for settings that
// need a restart and those that the command line gave. `main_file` names the configuration in the last message.
ReloadOutcome reload_settings(const ServerSettings& current, std::span<const std::string> files,
                              const std::string& main_file);

}  // namespace vecino::conf
