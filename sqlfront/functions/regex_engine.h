#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vecino::sql {

// PostgreSQL's regular expressions (manual 9.7.3) on top of RE2. AREs, EREs and literal patterns are translated;
// what finite automata cannot do (back references, lookaround) is 0A000. Linear time, no catastrophic patterns.
struct RegexFlags {
  bool ignore_case = false;
  bool expanded = false;          // x
  bool literal = false;           // q
  bool extended = false;          // e: ERE, no escapes beyond quoting
  bool newline_dot = false;       // . and [^...] do not match newline (n, p)
  bool newline_anchors = false;   // ^ and $ match at newlines (n, w)
  bool global = false;            // g: only for the functions that take it
  bool operator==(const RegexFlags&) const = default;
};
// 22023 `invalid regular expression option: "%.*s"`
RegexFlags parse_regex_flags(std::string_view options);

// What regex_translate makes of a pattern.
struct TranslatedRegex {
  std::string greedy;     // every quantifier greedy
  std::string written;    // quantifiers as written; the same when has_lazy is false
  std::string lazy;       // every quantifier lazy
  bool ignore_case = false;
  bool has_lazy = false;      // some quantifier is non-greedy
  bool prefers_short = false; // the whole pattern prefers the shortest match (manual 9.7.3.5)
};
TranslatedRegex translate_regex(std::string_view pattern, RegexFlags flags);  // 2201B, 0A000

// A compiled pattern. Immutable; thread-safe.
class Regex {
 public:
  struct Group {
    int64_t begin = -1, end = -1;  // byte offsets; -1 = did not take part
    bool matched() const { return begin >= 0; }
  };

  Regex(std::string_view pattern, RegexFlags flags);
  ~Regex();
  int groups() const;  // capturing parentheses
  bool search(std::string_view text) const;
  // Leftmost match at or after `from`; groups[0] is the whole match, then groups() more.
  bool search(std::string_view text, size_t from, std::vector<Group>& groups) const;

 private:
  struct Programs;
  std::unique_ptr<Programs> programs_;
};

// Compiled patterns are kept per thread, the most recently used ones.
std::shared_ptr<const Regex> compiled_regex(std::string_view pattern, RegexFlags flags);

}  // namespace vecino::sql
