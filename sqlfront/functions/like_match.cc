#include "sqlfront/functions/like_match.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "sqlfront/sql_error.h"

namespace vecino::sql {
namespace {

size_t character_length(std::string_view text, size_t at) {
  size_t length = 1;
  if (static_cast<uint8_t>(text[at]) >= 0xC0) {
    while (at + length < text.size() && (static_cast<uint8_t>(text[at + length]) & 0xC0) == 0x80) ++length;
  }
  return length;
}

[[noreturn]] void bad_escape_end() {
  throw SqlError(sqlstate::kInvalidEscapeSequence, "LIKE pattern must not end with escape character");
}

// The one escape character of an ESCAPE clause; 22025 when it is longer.
std::string_view checked_escape(std::string_view escape) {
  if (!escape.empty() && character_length(escape, 0) != escape.size()) {
    throw SqlError(sqlstate::kInvalidEscapeSequence, "invalid escape string")
        .hint("Escape string must be empty or one character.");
  }
  return escape;
}

}  // namespace

// Greedy with one level of backtracking: only the last % can usefully give way.
bool like_match(std::string_view text, std::string_view pattern, LikeUnit unit) {
  size_t t = 0, p = 0;
  size_t star_pattern = std::string_view::npos, star_text = 0;
  auto step = [&](size_t at) { return unit == LikeUnit::kByte ? 1 : character_length(text, at); };
  for (;;) {
    bool matched = false;
    if (p < pattern.size() && pattern[p] == '%') {
      star_pattern = ++p;
      star_text = t;
      if (p == pattern.size()) return true;
      continue;
    }
    if (p == pattern.size() && t == text.size()) return true;
    if (p < pattern.size() && t < text.size()) {
      if (pattern[p] == '_') {
        t += step(t);
        ++p;
        matched = true;
      } else {
        size_t at = p;
        if (pattern[p] == '\\') {
          if (++at == pattern.size()) bad_escape_end();
        }
        if (pattern[at] == text[t]) {
          p = at + 1;
          ++t;
          matched = true;
        }
      }
    }
    if (matched) continue;
    if (star_pattern == std::string_view::npos || star_text >= text.size()) return false;
    star_text += step(star_text);
    t = star_text;
    p = star_pattern;
  }
}

std::string lower_unicode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  int32_t length = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < length;) {
    uint8_t first = static_cast<uint8_t>(text[static_cast<size_t>(i)]);
    if (first < 0x80) {
      out.push_back(first >= 'A' && first <= 'Z' ? static_cast<char>(first + 32) : static_cast<char>(first));
      ++i;
      continue;
    }
    int32_t start = i;
    UChar32 code;
    U8_NEXT(text.data(), i, length, code);
    if (code < 0) {
      out.append(text.substr(static_cast<size_t>(start), static_cast<size_t>(i - start)));
      continue;
    }
    char buffer[4];
    int32_t used = 0;
    U8_APPEND_UNSAFE(buffer, used, u_tolower(code));
    out.append(buffer, static_cast<size_t>(used));
  }
  return out;
}

bool like_match(std::string_view text, std::string_view pattern, LikeCase letter_case) {
  if (letter_case == LikeCase::kSensitive) return like_match(text, pattern, LikeUnit::kCharacter);
  return like_match(lower_unicode(text), lower_unicode(pattern), LikeUnit::kCharacter);
}

std::string like_with_escape(std::string_view pattern, std::string_view escape) {
  if (checked_escape(escape) == "\\") return std::string(pattern);
  std::string out;
  for (size_t i = 0; i < pattern.size();) {
    if (!escape.empty() && pattern.substr(i).starts_with(escape)) {
      i += escape.size();
      if (i == pattern.size()) {  // the match will complain
        out.push_back('\\');
        break;
      }
      size_t length = character_length(pattern, i);
      out.push_back('\\');
      out.append(pattern.substr(i, length));
      i += length;
      continue;
    }
    if (pattern[i] == '\\') out.push_back('\\');
    out.push_back(pattern[i++]);
  }
  return out;
}

std::string similar_to_regex(std::string_view pattern, std::string_view escape) {
  checked_escape(escape);
  std::string out = "^(?:";
  int separators = 0;      // escape-double-quotes, for SUBSTRING
  bool in_brackets = false, bracket_start = false;
  for (size_t i = 0; i < pattern.size();) {
    if (!escape.empty() && pattern.substr(i).starts_with(escape)) {
      i += escape.size();
      if (i < pattern.size() && pattern[i] == '"' && !in_brackets) {
        ++separators;
        if (separators > 2) {
          throw SqlError(SqlState("2200C"),
                         "SQL regular expression may not contain more than two escape-double-quote separators");
        }
        out += separators == 1 ? "){1,1}?(" : "){1,1}(?:";
        ++i;
        continue;
      }
      if (i == pattern.size()) break;
      size_t length = character_length(pattern, i);
      // The escape makes any character ordinary.
      if (!std::isalnum(static_cast<unsigned char>(pattern[i]))) out.push_back('\\');
      out.append(pattern.substr(i, length));
      i += length;
      bracket_start = false;
      continue;
    }
    char c = pattern[i++];
    if (in_brackets) {
      if (c == '\\') out.push_back('\\');
      out.push_back(c);
      if (c == ']' && !bracket_start) in_brackets = false;
      bracket_start = bracket_start && c == '^';
      continue;
    }
    switch (c) {
      case '[': in_brackets = bracket_start = true; out.push_back(c); break;
      case '%': out += ".*"; break;
      case '_': out.push_back('.'); break;
      case '(': out += "(?:"; break;
      case '\\':
      case '.':
      case '^':
      case '$': out.push_back('\\'); out.push_back(c); break;
      default: out.push_back(c); break;
    }
  }
  return out + ")$";
}

}  // namespace vecino::sql
