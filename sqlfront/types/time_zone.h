#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vecino::sql {

// A time zone: IANA rules from the system's TZif files (RFC 8536) or a POSIX TZ specification. Immutable.
class TimeZone {
 public:
  struct Period {
    int32_t offset;  // seconds east of UTC
    bool daylight;
    std::string abbreviation;
  };

  Period at(int64_t unix_seconds) const;
  int32_t offset_at(int64_t unix_seconds) const;
  // Offset for a wall clock time (seconds since 1970-01-01 00:00 local). Skipped times are read with the offset before the
  // change, repeated ones with the offset after it, as PostgreSQL does.
  int32_t offset_at_local(int64_t local_seconds) const;
  const std::string& name() const { return name_; }

  // nullopt = not a zone. `name` is only for display.
  static std::optional<TimeZone> from_tzif(std::string name, std::string_view bytes);
  static std::optional<TimeZone> from_posix(std::string name, std::string_view specification);

 private:
  struct Rule {  // one of the two changes in a POSIX specification
    enum class Kind : uint8_t { kMonthWeekDay, kJulian, kZeroBased } kind = Kind::kMonthWeekDay;
    int month = 0, week = 0, day = 0;
    int32_t time = 7200;
  };
  struct Tail {  // what holds after the last listed transition
    Period standard{0, false, "UTC"};
    std::optional<Period> daylight;
    Rule start, end;
  };
  struct Transition {
    int64_t at;
    uint8_t period;  // index into periods_
  };

  Period tail_at(int64_t unix_seconds) const;
  static std::optional<Tail> parse_tail(std::string_view text);
  static int64_t rule_seconds(const Rule& rule, int64_t year);

  std::string name_;
  std::vector<Transition> transitions_;
  std::vector<Period> periods_;  // periods_[0] holds before the first transition
  std::optional<Tail> tail_;
};

// By IANA name (any case), POSIX specification, or "UTC". nullptr = unknown. Thread-safe; zones live forever.
const TimeZone* find_time_zone(std::string_view name);
const TimeZone* utc_zone();
// A zone of constant offset, shown as PostgreSQL shows SET TIME ZONE <number>: "<+03>-03".
const TimeZone* fixed_offset_zone(int32_t seconds_east);

// Abbreviations in input (view pg_timezone_abbrevs, file timezonesets/Default).
struct TimeZoneAbbreviation {
  std::string_view name;  // lower case
  int32_t offset;         // seconds east; when `zone` is empty
  bool daylight;
  std::string_view zone;  // the meaning changed over time: look it up in this zone
};
std::span<const TimeZoneAbbreviation> time_zone_abbreviations();
const TimeZoneAbbreviation* find_time_zone_abbreviation(std::string_view name);  // any case

// All IANA names of the system, sorted (view pg_timezone_names).
std::vector<std::string> time_zone_names();

}  // namespace vecino::sql
