#pragma once

#include <string_view>

namespace vecino::log {

// The server's log: lines on stderr as PostgreSQL's default log_line_prefix '%m [%p] ' shows them. Callers format the
// text (fmt::format in a .cc file), so that this header stays free of spdlog. Thread-safe.
enum class Level : int { kDebug, kInfo /* LOG */, kNotice, kWarning, kError, kFatal, kPanic };

bool enabled(Level level);
void set_level(Level minimum);
void write(Level level, std::string_view text);

inline void debug(std::string_view text) { if (enabled(Level::kDebug)) write(Level::kDebug, text); }
inline void info(std::string_view text) { write(Level::kInfo, text); }
inline void notice(std::string_view text) { write(Level::kNotice, text); }
inline void warning(std::string_view text) { write(Level::kWarning, text); }
inline void error(std::string_view text) { write(Level::kError, text); }
inline void fatal(std::string_view text) { write(Level::kFatal, text); }

}  // namespace vecino::log
