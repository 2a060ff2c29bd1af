#include "storage/util/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <memory>

namespace vecino::log {
namespace {

std::atomic<int> minimum_level{static_cast<int>(Level::kInfo)};

const char* const kNames[] = {"DEBUG", "LOG", "NOTICE", "WARNING", "ERROR", "FATAL", "PANIC"};

// Created on first use and never destroyed: threads may log until the very end of the process.
spdlog::logger& logger() {
  static spdlog::logger* instance = [] {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    sink->set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%d %H:%M:%S.%e UTC [%P] %v",
                                                                    spdlog::pattern_time_type::utc));
    auto* made = new spdlog::logger("vecino", std::move(sink));
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

}  // namespace

bool enabled(Level level) { return static_cast<int>(level) >= minimum_level.load(std::memory_order_relaxed); }

void set_level(Level minimum) { minimum_level.store(static_cast<int>(minimum), std::memory_order_relaxed); }

void write(Level level, std::string_view text) {
  if (!enabled(level)) return;
  logger().log(spdlog::level::info, "{}:  {}", kNames[static_cast<int>(level)], text);
}

}  // namespace vecino::log
