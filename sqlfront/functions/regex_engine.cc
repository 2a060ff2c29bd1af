#include "sqlfront/functions/regex_engine.h"

#include <re2/re2.h>

#include <list>

#include "sqlfront/sql_error.h"

namespace vecino::sql {
namespace {

std::unique_ptr<RE2> compile(const std::string& pattern, bool ignore_case, bool longest) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(!ignore_case);
  options.set_longest_match(longest);
  options.set_max_mem(64 << 20);
  auto program = std::make_unique<RE2>(pattern, options);
  if (program->ok()) return program;
  switch (program->error_code()) {
    case RE2::ErrorPatternTooLarge:
    case RE2::ErrorRepeatSize:
      throw SqlError(sqlstate::kInvalidRegularExpression,
                     "invalid regular expression: regular expression is too complex");
    default:
      throw SqlError(sqlstate::kInvalidRegularExpression, "invalid regular expression: " + program->error());
  }
}

struct CacheEntry {
  std::string pattern;
  RegexFlags flags;
  std::shared_ptr<const Regex> regex;
};
constexpr size_t kCacheSize = 64;
thread_local std::list<CacheEntry> cache;  // most recent first

}  // namespace

// `overall` finds the whole match: leftmost-longest, or leftmost-shortest for patterns that prefer it. When some
// quantifier is lazy, `parts` then divides that match among the groups as written (manual 9.7.3.5).
struct Regex::Programs {
  std::unique_ptr<RE2> overall, parts;
};

Regex::Regex(std::string_view pattern, RegexFlags flags) : programs_(std::make_unique<Programs>()) {
  TranslatedRegex translated = translate_regex(pattern, flags);
  bool ignore_case = translated.ignore_case;
  programs_->overall = translated.prefers_short ? compile(translated.lazy, ignore_case, false)
                                                : compile(translated.greedy, ignore_case, true);
  if (translated.has_lazy) programs_->parts = compile(translated.written, ignore_case, false);
}
Regex::~Regex() = default;

int Regex::groups() const { return programs_->overall->NumberOfCapturingGroups(); }

bool Regex::search(std::string_view text) const {
  return programs_->overall->Match({text.data(), text.size()}, 0, text.size(), RE2::UNANCHORED, nullptr, 0);
}

bool Regex::search(std::string_view text, size_t from, std::vector<Group>& groups) const {
  int count = 1 + this->groups();
  std::vector<re2::StringPiece> pieces(static_cast<size_t>(count));
  // RE2 tells "matched the empty string" from "did not match" by a null pointer.
  re2::StringPiece subject(text.data() ? text.data() : "", text.size());
  int wanted = programs_->parts ? 1 : count;
  if (!programs_->overall->Match(subject, from, text.size(), RE2::UNANCHORED, pieces.data(), wanted)) return false;
  if (programs_->parts && count > 1) {
    size_t begin = static_cast<size_t>(pieces[0].data() - subject.data());
    size_t end = begin + pieces[0].size();
    programs_->parts->Match(subject, begin, end, RE2::ANCHOR_BOTH, pieces.data(), count);
  }
  groups.assign(static_cast<size_t>(count), Group{});
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].data() == nullptr) continue;
    groups[i].begin = pieces[i].data() - subject.data();
    groups[i].end = groups[i].begin + static_cast<int64_t>(pieces[i].size());
  }
  return true;
}

std::shared_ptr<const Regex> compiled_regex(std::string_view pattern, RegexFlags flags) {
  flags.global = false;
  for (auto it = cache.begin(); it != cache.end(); ++it) {
    if (it->pattern != pattern || !(it->flags == flags)) continue;
    if (it != cache.begin()) cache.splice(cache.begin(), cache, it);
    return it->regex;
  }
  auto regex = std::make_shared<const Regex>(pattern, flags);
  cache.push_front({std::string(pattern), flags, regex});
  if (cache.size() > kCacheSize) cache.pop_back();
  return regex;
}

}  // namespace vecino::sql
