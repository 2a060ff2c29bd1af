#include "sqlfront/types/time_zone.h"

#include <cctype>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>

#include "sqlfront/types/calendar.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

constexpr int64_t kSecondsPerDay = 86400;
constexpr const char* kZoneFolder = "/usr/share/zoneinfo";

// Reads a POSIX TZ specification: std offset [dst [offset] [,start[/time],end[/time]]].
class PosixReader {
 public:
  explicit PosixReader(std::string_view text) : rest_(text) {}
  bool done() const { return rest_.empty(); }
  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<std::string> abbreviation(size_t least) {
    if (take('<')) {
      size_t end = rest_.find('>');
      if (end == std::string_view::npos) return std::nullopt;
      return cut(end, 1);
    }
    size_t end = 0;
    while (end < rest_.size() && is_alpha(rest_[end])) ++end;
    if (end < least) return std::nullopt;
    return cut(end, 0);
  }
  bool at_offset() const { return !rest_.empty() && (is_digit(rest_[0]) || rest_[0] == '+' || rest_[0] == '-'); }
  // [+-]hh[:mm[:ss]]
  std::optional<int32_t> time() {
    bool negative = take('-');
    if (!negative) take('+');
    auto hours = number();
    if (!hours || *hours > 167) return std::nullopt;
    int32_t seconds = *hours * 3600;
    for (int32_t unit : {60, 1}) {
      if (!take(':')) break;
      auto part = number();
      if (!part || *part > 59) return std::nullopt;
      seconds += *part * unit;
    }
    return negative ? -seconds : seconds;
  }
  std::optional<int> number() {
    size_t end = 0;
    int value = 0;
    while (end < rest_.size() && is_digit(rest_[end]) && end < 6) value = value * 10 + (rest_[end++] - '0');
    if (end == 0) return std::nullopt;
    rest_.remove_prefix(end);
    return value;
  }

 private:
  std::string cut(size_t length, size_t skip) {
    std::string out(rest_.substr(0, length));
    rest_.remove_prefix(length + skip);
    return out;
  }
  std::string_view rest_;
};

}  // namespace

std::optional<TimeZone::Tail> TimeZone::parse_tail(std::string_view text) {
  PosixReader reader(text);
  Tail tail;
  // PostgreSQL takes a zone without a name, like +02:30, too.
  auto name = reader.at_offset() ? std::optional<std::string>("") : reader.abbreviation(3);
  if (!name) return std::nullopt;
  auto offset = reader.time();
  if (!offset) return std::nullopt;
  tail.standard = {-*offset, false, *name};  // POSIX counts west of Greenwich
  if (reader.done()) return tail;
  auto daylight_name = reader.abbreviation(1);
  if (!daylight_name) return std::nullopt;
  tail.daylight = Period{tail.standard.offset + 3600, true, *daylight_name};
  // Without rules: those of the United States, as PostgreSQL's posixrules.
  tail.start = {Rule::Kind::kMonthWeekDay, 3, 2, 0, 7200};
  tail.end = {Rule::Kind::kMonthWeekDay, 11, 1, 0, 7200};
  if (reader.done()) return tail;
  if (!reader.take(',')) {
    auto daylight_offset = reader.time();
    if (!daylight_offset) return std::nullopt;
    tail.daylight->offset = -*daylight_offset;
    if (reader.done()) return tail;
    if (!reader.take(',')) return std::nullopt;
  }
  for (Rule* rule : {&tail.start, &tail.end}) {
    if (rule == &tail.end && !reader.take(',')) return std::nullopt;
    rule->time = 7200;
    bool month_form = reader.take('M');
    rule->kind = month_form ? Rule::Kind::kMonthWeekDay : reader.take('J') ? Rule::Kind::kJulian : Rule::Kind::kZeroBased;
    auto first = reader.number();
    if (!first) return std::nullopt;
    rule->day = *first;
    if (month_form) {
      rule->month = *first;
      if (!reader.take('.')) return std::nullopt;
      auto week = reader.number();
      if (!week || !reader.take('.')) return std::nullopt;
      auto day = reader.number();
      if (!day || rule->month < 1 || rule->month > 12 || *week < 1 || *week > 5 || *day > 6) return std::nullopt;
      rule->week = *week;
      rule->day = *day;
    }
    if (reader.take('/')) {
      auto time = reader.time();
      if (!time) return std::nullopt;
      rule->time = *time;
    }
  }
  return reader.done() ? std::optional(tail) : std::nullopt;
}

// Local seconds since 1970 of a rule in a year.
int64_t TimeZone::rule_seconds(const Rule& rule, int64_t year) {
  int64_t days = 0;
  if (rule.kind == Rule::Kind::kMonthWeekDay) {
    int64_t first = days_from_civil(year, rule.month, 1);
    int day = 1 + (rule.day - day_of_week(first) + 7) % 7 + (rule.week - 1) * 7;
    while (day > days_in_month(year, rule.month)) day -= 7;
    days = first + day - 1;
  } else {
    int64_t first = days_from_civil(year, 1, 1);
    bool after_leap_day = rule.kind == Rule::Kind::kJulian && is_leap_year(year) && rule.day >= 60;
    days = first + rule.day - (rule.kind == Rule::Kind::kJulian ? 1 : 0) + (after_leap_day ? 1 : 0);
  }
  return (days - kUnixEpochDays) * kSecondsPerDay + rule.time;
}

TimeZone::Period TimeZone::tail_at(int64_t unix_seconds) const {
  const Tail& tail = *tail_;
  if (!tail.daylight) return tail.standard;
  int64_t local_days = floor_divide(unix_seconds + tail.standard.offset, kSecondsPerDay) + kUnixEpochDays;
  int64_t year = civil_from_days(local_days).year;
  int64_t start = rule_seconds(tail.start, year) - tail.standard.offset;
  int64_t end = rule_seconds(tail.end, year) - tail.daylight->offset;
  bool daylight = start < end ? unix_seconds >= start && unix_seconds < end : unix_seconds >= start || unix_seconds < end;
  return daylight ? *tail.daylight : tail.standard;
}

TimeZone::Period TimeZone::at(int64_t unix_seconds) const {
  bool past_end = transitions_.empty() || unix_seconds >= transitions_.back().at;
  if (past_end && tail_) return tail_at(unix_seconds);
  auto next = std::upper_bound(transitions_.begin(), transitions_.end(), unix_seconds,
                               [](int64_t time, const Transition& t) { return time < t.at; });
  if (next == transitions_.begin()) return periods_[0];
  return periods_[std::prev(next)->period];
}

int32_t TimeZone::offset_at(int64_t unix_seconds) const {
  if (transitions_.empty() && tail_ && !tail_->daylight) return tail_->standard.offset;
  return at(unix_seconds).offset;
}

int32_t TimeZone::offset_at_local(int64_t local_seconds) const {
  // No zone is further than a day from UTC: the offsets a day before and after bracket at most one change.
  int32_t before = offset_at(local_seconds - kSecondsPerDay), after = offset_at(local_seconds + kSecondsPerDay);
  if (before == after) {
    return offset_at(local_seconds - before);
  }
  bool before_holds = offset_at(local_seconds - before) == before;
  bool after_holds = offset_at(local_seconds - after) == after;
  if (before_holds != after_holds) return before_holds ? before : after;
  return before_holds ? after : before;
}

std::optional<TimeZone> TimeZone::from_posix(std::string name, std::string_view specification) {
  auto tail = parse_tail(specification);
  if (!tail) return std::nullopt;
  TimeZone zone;
  zone.name_ = std::move(name);
  zone.periods_.push_back(tail->standard);
  zone.tail_ = std::move(tail);
  return zone;
}

std::optional<TimeZone> TimeZone::from_tzif(std::string name, std::string_view bytes) {
  constexpr size_t kHeader = 44;
  auto count = [&](size_t base, size_t i) { return size_t{read_network<uint32_t>(bytes, base + 20 + 4 * i)}; };
  auto valid_header = [&](size_t at) { return bytes.size() >= at + kHeader && bytes.substr(at, 4) == "TZif"; };
  if (!valid_header(0) || bytes[4] < '2') return std::nullopt;
  // Counts: isutc, isstd, leap, time, type, char. Skip the 32-bit block.
  size_t base = kHeader + count(0, 3) * 5 + count(0, 4) * 6 + count(0, 5) + count(0, 2) * 8 + count(0, 1) + count(0, 0);
  if (!valid_header(base)) return std::nullopt;
  size_t times = count(base, 3), types = count(base, 4), chars = count(base, 5);
  size_t times_at = base + kHeader, index_at = times_at + times * 8, types_at = index_at + times;
  size_t chars_at = types_at + types * 6;
  size_t footer_at = chars_at + chars + count(base, 2) * 12 + count(base, 1) + count(base, 0);
  if (bytes.size() < footer_at || types == 0) return std::nullopt;
  TimeZone zone;
  zone.name_ = std::move(name);
  for (size_t i = 0; i < types; ++i) {
    size_t at = types_at + i * 6;
    auto text = bytes.substr(chars_at + static_cast<uint8_t>(bytes[at + 5]));
    zone.periods_.push_back({read_network<int32_t>(bytes, at), bytes[at + 4] != 0, std::string(text.substr(0, text.find('\0')))});
  }
  for (size_t i = 0; i < times; ++i) {
    auto period = static_cast<uint8_t>(bytes[index_at + i]);
    if (period >= types) return std::nullopt;
    zone.transitions_.push_back({read_network<int64_t>(bytes, times_at + i * 8), period});
  }
  std::string_view footer = bytes.substr(footer_at);
  if (footer.size() >= 2 && footer[0] == '\n') {
    footer.remove_prefix(1);
    zone.tail_ = parse_tail(footer.substr(0, footer.find('\n')));
  }
  return zone;
}

namespace {

// Loaded zones; guarded by the mutex, entries are never removed.
struct ZoneCache {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<TimeZone>, std::less<>> zones;  // by lower-case name; null = known not to exist
};
ZoneCache& cache() {
  static ZoneCache instance;
  return instance;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The file of a zone name in any case, one folder level at a time; empty = none.
std::string canonical_name(std::string_view name) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::string found;
  while (!name.empty()) {
    size_t slash = name.find('/');
    std::string_view part = name.substr(0, slash);
    std::string match;
    for (const auto& entry : fs::directory_iterator(fs::path(kZoneFolder) / found, error)) {
      std::string candidate = entry.path().filename().string();
      if (equals_ignore_case(candidate, part)) match = candidate;
    }
    if (match.empty()) return {};
    found += (found.empty() ? "" : "/") + match;
    name = slash == std::string_view::npos ? std::string_view() : name.substr(slash + 1);
  }
  return found;
}

std::unique_ptr<TimeZone> load_zone(const std::string& name) {
  bool safe = !name.empty() && name.size() < 128 && name.find("..") == std::string::npos && name[0] != '/' &&
              name.find('\0') == std::string::npos;
  if (!safe) return nullptr;
  if (equals_ignore_case(name, "UTC") || equals_ignore_case(name, "GMT")) {
    std::string upper = equals_ignore_case(name, "UTC") ? "UTC" : "GMT";
    return std::make_unique<TimeZone>(*TimeZone::from_posix(upper, upper + "0"));
  }
  std::string file = canonical_name(name);
  if (!file.empty()) {
    if (auto zone = TimeZone::from_tzif(file, read_file(std::filesystem::path(kZoneFolder) / file))) {
      return std::make_unique<TimeZone>(std::move(*zone));
    }
  }
  std::string upper = name;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (auto zone = TimeZone::from_posix(upper, upper)) return std::make_unique<TimeZone>(std::move(*zone));
  return nullptr;
}

}  // namespace

const TimeZone* find_time_zone(std::string_view name) {
  std::string key = lower_ascii(name);
  std::lock_guard lock(cache().mutex);
  auto found = cache().zones.find(key);
  if (found != cache().zones.end()) return found->second.get();
  auto zone = load_zone(std::string(name));
  if (zone == nullptr && cache().zones.size() > 4096) return nullptr;  // do not remember endless wrong names
  return cache().zones.emplace(std::move(key), std::move(zone)).first->second.get();
}

const TimeZone* utc_zone() {
  static const TimeZone* zone = find_time_zone("UTC");
  return zone;
}

const TimeZone* fixed_offset_zone(int32_t seconds_east) {
  int32_t magnitude = seconds_east < 0 ? -seconds_east : seconds_east;
  std::string digits;
  auto two = [&](int32_t value) {
    digits.push_back(static_cast<char>('0' + value / 10 % 10));
    digits.push_back(static_cast<char>('0' + value % 10));
  };
  two(magnitude / 3600);
  if (magnitude % 3600 != 0) {
    digits.push_back(':');
    two(magnitude / 60 % 60);
    if (magnitude % 60 != 0) {
      digits.push_back(':');
      two(magnitude % 60);
    }
  }
  char shown = seconds_east < 0 ? '-' : '+', posix = seconds_east < 0 ? '+' : '-';
  return find_time_zone("<" + (shown + digits) + ">" + posix + digits);
}

std::vector<std::string> time_zone_names() {
  namespace fs = std::filesystem;
  std::vector<std::string> names;
  std::error_code error;
  for (fs::recursive_directory_iterator it(kZoneFolder, error), end; it != end; it.increment(error)) {
    std::string name = fs::relative(it->path(), kZoneFolder, error).string();
    if (it->is_directory(error)) {
      if (name == "posix" || name == "right") it.disable_recursion_pending();
      continue;
    }
    std::ifstream in(it->path(), std::ios::binary);
    char magic[4] = {};
    in.read(magic, 4);
    if (std::string_view(magic, 4) == "TZif") names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace vecino::sql
