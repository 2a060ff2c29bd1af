// Functions and operators over POSIX regular expressions (manual 9.7.3).
#include <optional>

#include "sqlfront/functions/like_match.h"
#include "sqlfront/functions/regex_engine.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/scalar_text.h"
#include "sqlfront/types/type.h"
#include "sqlfront/types/value_size.h"

namespace vecino::sql {
namespace {

using Groups = std::vector<Regex::Group>;

std::string_view slice(std::string_view text, const Regex::Group& group) {
  return text.substr(static_cast<size_t>(group.begin), static_cast<size_t>(group.end - group.begin));
}

[[noreturn]] void bad_parameter(const char* name, int64_t value) {
  throw SqlError(sqlstate::kInvalidParameterValue,
                 std::string("invalid value for parameter \"") + name + "\": " + std::to_string(value));
}

// Flags of a function that has no use for g.
RegexFlags local_flags(std::string_view text, const char* function, const char* hint = "") {
  RegexFlags flags = parse_regex_flags(text);
  if (flags.global) {
    throw SqlError(sqlstate::kInvalidParameterValue,
                   std::string(function) + " does not support the \"global\" option")
        .hint(hint);
  }
  return flags;
}

// Successive matches, left to right; an empty match moves on by one character.
class MatchWalk {
 public:
  MatchWalk(std::shared_ptr<const Regex> regex, std::string_view text, size_t from = 0)
      : regex_(std::move(regex)), text_(text), at_(from) {}
  bool next(Groups& groups) {
    check_for_interrupts();
    if (at_ > text_.size() || !regex_->search(text_, at_, groups)) return false;
    at_ = static_cast<size_t>(groups[0].end);
    if (groups[0].begin == groups[0].end) {
      ++at_;
      while (at_ < text_.size() && is_utf8_continuation(text_[at_])) ++at_;
    }
    return true;
  }

 private:
  std::shared_ptr<const Regex> regex_;
  std::string_view text_;
  size_t at_;
};

bool matches(const Datum* args, bool ignore_case) {
  return compiled_regex(args[1].bytes(), {.ignore_case = ignore_case})->search(args[0].bytes());
}
Datum textregexeq(CallContext&, const Datum* args) { return Datum::from_bool(matches(args, false)); }
Datum textregexne(CallContext&, const Datum* args) { return Datum::from_bool(!matches(args, false)); }
Datum texticregexeq(CallContext&, const Datum* args) { return Datum::from_bool(matches(args, true)); }
Datum texticregexne(CallContext&, const Datum* args) { return Datum::from_bool(!matches(args, true)); }

// --- substring, regexp_like, regexp_match ---
Datum first_substring(CallContext& context, std::string_view text, std::string_view pattern) {
  Groups groups;
  if (!compiled_regex(pattern, {})->search(text, 0, groups)) return Datum::null();
  const Regex::Group& wanted = groups.size() > 1 ? groups[1] : groups[0];
  return wanted.matched() ? Datum::from_bytes(slice(text, wanted)) : Datum::null();
}
Datum textregexsubstr(CallContext& context, const Datum* args) {
  return first_substring(context, args[0].bytes(), args[1].bytes());
}
Datum substring_similar(CallContext& context, const Datum* args) {
  return first_substring(context, args[0].bytes(), similar_to_regex(args[1].bytes(), args[2].bytes()));
}

Datum regexp_like_no_flags(CallContext&, const Datum* args) { return Datum::from_bool(matches(args, false)); }
Datum regexp_like(CallContext&, const Datum* args) {
  RegexFlags flags = local_flags(args[2].bytes(), "regexp_like()");
  return Datum::from_bool(compiled_regex(args[1].bytes(), flags)->search(args[0].bytes()));
}

// The groups as text[]; the whole match when there are none.
Datum groups_array(CallContext& context, std::string_view text, const Groups& groups) {
  ArrayBuilder builder(type_id::kText);
  for (size_t i = groups.size() > 1 ? 1 : 0; i < groups.size(); ++i) {
    builder.add(groups[i].matched() ? Datum::from_bytes(slice(text, groups[i])) : Datum::null());
  }
  return builder.finish(*context.arena);
}

Datum match_once(CallContext& context, const Datum* args, RegexFlags flags) {
  Groups groups;
  if (!compiled_regex(args[1].bytes(), flags)->search(args[0].bytes(), 0, groups)) return Datum::null();
  return groups_array(context, args[0].bytes(), groups);
}
Datum regexp_match_no_flags(CallContext& context, const Datum* args) { return match_once(context, args, {}); }
Datum regexp_match(CallContext& context, const Datum* args) {
  return match_once(context, args,
                    local_flags(args[2].bytes(), "regexp_match()", "Use the regexp_matches function instead."));
}

class MatchesProducer : public RowProducer {
 public:
  MatchesProducer(std::string_view text, std::string_view pattern, RegexFlags flags)
      : text_(text), walk_(compiled_regex(pattern, flags), text_), global_(flags.global) {}
  bool next(CallContext& context, std::span<Datum> out) override {
    Groups groups;
    if (done_ || !walk_.next(groups)) return false;
    done_ = !global_;
    out[0] = groups_array(context, text_, groups);
    return true;
  }

 private:
  std::string text_;
  MatchWalk walk_;
  bool global_, done_ = false;
};
std::unique_ptr<RowProducer> regexp_matches_no_flags(CallContext&, const Datum* args) {
  return std::make_unique<MatchesProducer>(args[0].bytes(), args[1].bytes(), RegexFlags{});
}
std::unique_ptr<RowProducer> regexp_matches(CallContext&, const Datum* args) {
  return std::make_unique<MatchesProducer>(args[0].bytes(), args[1].bytes(), parse_regex_flags(args[2].bytes()));
}

// --- splitting ---
std::vector<std::string_view> split(std::string_view text, std::string_view pattern, RegexFlags flags) {
  std::vector<std::string_view> pieces;
  MatchWalk walk(compiled_regex(pattern, flags), text);
  Groups groups;
  int64_t previous = 0;
  while (walk.next(groups)) {
    // Empty matches at the start, at the end or right after a match do not split.
    if (groups[0].begin >= static_cast<int64_t>(text.size()) || groups[0].end <= previous) continue;
    pieces.push_back(slice(text, {previous, groups[0].begin}));
    previous = groups[0].end;
  }
  pieces.push_back(text.substr(static_cast<size_t>(previous)));
  return pieces;
}

Datum split_to_array(CallContext& context, const Datum* args, RegexFlags flags) {
  ArrayBuilder builder(type_id::kText);
  for (std::string_view piece : split(args[0].bytes(), args[1].bytes(), flags)) builder.add(Datum::from_bytes(piece));
  return builder.finish(*context.arena);
}
Datum regexp_split_to_array_no_flags(CallContext& context, const Datum* args) {
  return split_to_array(context, args, {});
}
Datum regexp_split_to_array(CallContext& context, const Datum* args) {
  return split_to_array(context, args, local_flags(args[2].bytes(), "regexp_split_to_array()"));
}

class SplitProducer : public RowProducer {
 public:
  SplitProducer(std::string_view text, std::string_view pattern, RegexFlags flags)
      : text_(text), pieces_(split(text_, pattern, flags)) {}
  bool next(CallContext& context, std::span<Datum> out) override {
    if (at_ == pieces_.size()) return false;
    out[0] = context.text(pieces_[at_++]);
    return true;
  }

 private:
  std::string text_;
  std::vector<std::string_view> pieces_;
  size_t at_ = 0;
};
std::unique_ptr<RowProducer> regexp_split_to_table_no_flags(CallContext&, const Datum* args) {
  return std::make_unique<SplitProducer>(args[0].bytes(), args[1].bytes(), RegexFlags{});
}
std::unique_ptr<RowProducer> regexp_split_to_table(CallContext&, const Datum* args) {
  return std::make_unique<SplitProducer>(args[0].bytes(), args[1].bytes(),
                                         local_flags(args[2].bytes(), "regexp_split_to_table()"));
}

// --- replacing ---
void append_replacement(std::string& out, std::string_view replacement, std::string_view text, const Groups& groups) {
  for (size_t i = 0; i < replacement.size(); ++i) {
    if (replacement[i] != '\\' || i + 1 == replacement.size()) {
      out.push_back(replacement[i]);
      continue;
    }
    char c = replacement[++i];
    if (c == '\\') {
      out.push_back('\\');
    } else if (c == '&' || (c >= '1' && c <= '9')) {
      size_t group = c == '&' ? 0 : static_cast<size_t>(c - '0');
      if (group < groups.size() && groups[group].matched()) append_checked(out, slice(text, groups[group]));
    } else {
      out.push_back('\\');
      out.push_back(c);
    }
  }
}

// nth = 0: every match from character `start` on.
Datum replace(CallContext& context, const Datum* args, RegexFlags flags, int64_t start, int64_t nth) {
  std::string_view text = args[0].bytes();
  MatchWalk walk(compiled_regex(args[1].bytes(), flags), text, utf8_offset(text, static_cast<size_t>(start - 1)));
  std::string out;
  Groups groups;
  size_t copied = 0;
  if (start <= static_cast<int64_t>(utf8_length(text)) + 1) {
    for (int64_t count = 1; walk.next(groups); ++count) {
      if (nth != 0 && count < nth) continue;
      append_checked(out, text.substr(copied, static_cast<size_t>(groups[0].begin) - copied));
      append_replacement(out, args[2].bytes(), text, groups);
      copied = static_cast<size_t>(groups[0].end);
      if (nth != 0) break;
    }
  }
  append_checked(out, text.substr(copied));
  return context.text(out);
}

Datum textregexreplace_noopt(CallContext& context, const Datum* args) { return replace(context, args, {}, 1, 1); }
Datum textregexreplace(CallContext& context, const Datum* args) {
  std::string_view options = args[3].bytes();
  if (!options.empty() && options[0] >= '0' && options[0] <= '9') {
    throw SqlError(sqlstate::kInvalidParameterValue,
                   "invalid regular expression option: \"" + std::string(1, options[0]) + "\"")
        .hint("If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer "
              "explicitly.");
  }
  RegexFlags flags = parse_regex_flags(options);
  return replace(context, args, flags, 1, flags.global ? 0 : 1);
}
Datum replace_extended(CallContext& context, const Datum* args, int count) {
  int64_t start = args[3].i64;
  if (start <= 0) bad_parameter("start", start);
  RegexFlags flags = count > 5 ? parse_regex_flags(args[5].bytes()) : RegexFlags{};
  int64_t nth = count > 4 ? args[4].i64 : 1;
  if (nth < 0) bad_parameter("n", nth);
  return replace(context, args, flags, start, nth);
}
Datum textregexreplace_extended_no_n(CallContext& context, const Datum* args) {
  return replace_extended(context, args, 4);
}
Datum textregexreplace_extended_no_flags(CallContext& context, const Datum* args) {
  return replace_extended(context, args, 5);
}
Datum textregexreplace_extended(CallContext& context, const Datum* args) { return replace_extended(context, args, 6); }

// --- regexp_count, regexp_instr, regexp_substr ---
size_t start_offset(std::string_view text, int64_t start) {
  if (start <= 0) bad_parameter("start", start);
  if (start > static_cast<int64_t>(utf8_length(text)) + 1) return text.size() + 1;  // no match there
  return utf8_offset(text, static_cast<size_t>(start - 1));
}

Datum count_matches(const Datum* args, int count) {
  std::string_view text = args[0].bytes();
  size_t from = start_offset(text, count > 2 ? args[2].i64 : 1);
  RegexFlags flags = count > 3 ? local_flags(args[3].bytes(), "regexp_count()") : RegexFlags{};
  MatchWalk walk(compiled_regex(args[1].bytes(), flags), text, from);
  Groups groups;
  int64_t found = 0;
  while (walk.next(groups)) ++found;
  return Datum::from_int(found);
}
Datum regexp_count_no_start(CallContext&, const Datum* args) { return count_matches(args, 2); }
Datum regexp_count_no_flags(CallContext&, const Datum* args) { return count_matches(args, 3); }
Datum regexp_count(CallContext&, const Datum* args) { return count_matches(args, 4); }

// The subexpression-th group of the nth match at or after `start`.
std::optional<Regex::Group> nth_match(const Datum* args, int64_t start, int64_t nth, RegexFlags flags,
                                      int64_t subexpression) {
  std::string_view text = args[0].bytes();
  MatchWalk walk(compiled_regex(args[1].bytes(), flags), text, start_offset(text, start));
  Groups groups;
  for (int64_t i = 0; i < nth; ++i) {
    if (!walk.next(groups)) return std::nullopt;
  }
  if (subexpression >= static_cast<int64_t>(groups.size())) return std::nullopt;
  const Regex::Group& group = groups[static_cast<size_t>(subexpression)];
  if (!group.matched()) return std::nullopt;
  return group;
}

Datum instr(const Datum* args, int count) {
  int64_t start = count > 2 ? args[2].i64 : 1, nth = count > 3 ? args[3].i64 : 1;
  int64_t end_option = count > 4 ? args[4].i64 : 0, subexpression = count > 6 ? args[6].i64 : 0;
  if (start <= 0) bad_parameter("start", start);
  if (nth <= 0) bad_parameter("n", nth);
  if (end_option != 0 && end_option != 1) bad_parameter("endoption", end_option);
  if (subexpression < 0) bad_parameter("subexpr", subexpression);
  RegexFlags flags = count > 5 ? local_flags(args[5].bytes(), "regexp_instr()") : RegexFlags{};
  auto group = nth_match(args, start, nth, flags, subexpression);
  if (!group) return Datum::from_int(0);
  int64_t offset = end_option == 1 ? group->end : group->begin;
  return Datum::from_int(static_cast<int64_t>(utf8_length(args[0].bytes().substr(0, static_cast<size_t>(offset)))) + 1);
}
Datum regexp_instr_no_start(CallContext&, const Datum* args) { return instr(args, 2); }
Datum regexp_instr_no_n(CallContext&, const Datum* args) { return instr(args, 3); }
Datum regexp_instr_no_endoption(CallContext&, const Datum* args) { return instr(args, 4); }
Datum regexp_instr_no_flags(CallContext&, const Datum* args) { return instr(args, 5); }
Datum regexp_instr_no_subexpr(CallContext&, const Datum* args) { return instr(args, 6); }
Datum regexp_instr(CallContext&, const Datum* args) { return instr(args, 7); }

Datum substr(const Datum* args, int count) {
  int64_t start = count > 2 ? args[2].i64 : 1, nth = count > 3 ? args[3].i64 : 1;
  int64_t subexpression = count > 5 ? args[5].i64 : 0;
  if (start <= 0) bad_parameter("start", start);
  if (nth <= 0) bad_parameter("n", nth);
  if (subexpression < 0) bad_parameter("subexpr", subexpression);
  RegexFlags flags = count > 4 ? local_flags(args[4].bytes(), "regexp_substr()") : RegexFlags{};
  auto group = nth_match(args, start, nth, flags, subexpression);
  return group ? Datum::from_bytes(slice(args[0].bytes(), *group)) : Datum::null();
}
Datum regexp_substr_no_start(CallContext&, const Datum* args) { return substr(args, 2); }
Datum regexp_substr_no_n(CallContext&, const Datum* args) { return substr(args, 3); }
Datum regexp_substr_no_flags(CallContext&, const Datum* args) { return substr(args, 4); }
Datum regexp_substr_no_subexpr(CallContext&, const Datum* args) { return substr(args, 5); }
Datum regexp_substr(CallContext&, const Datum* args) { return substr(args, 6); }

using namespace type_id;

const FunctionDef kFunctions[] = {
    {.oid = 79, .name = "nameregexeq", .arg_types = {kName, kText}, .result_type = kBool, .row = textregexeq},
    {.oid = 1238, .name = "texticregexeq", .arg_types = {kText, kText}, .result_type = kBool, .row = texticregexeq},
    {.oid = 1239, .name = "texticregexne", .arg_types = {kText, kText}, .result_type = kBool, .row = texticregexne},
    {.oid = 1240, .name = "nameicregexeq", .arg_types = {kName, kText}, .result_type = kBool, .row = texticregexeq},
    {.oid = 1241, .name = "nameicregexne", .arg_types = {kName, kText}, .result_type = kBool, .row = texticregexne},
    {.oid = 1252, .name = "nameregexne", .arg_types = {kName, kText}, .result_type = kBool, .row = textregexne},
    {.oid = 1254, .name = "textregexeq", .arg_types = {kText, kText}, .result_type = kBool, .row = textregexeq},
    {.oid = 1256, .name = "textregexne", .arg_types = {kText, kText}, .result_type = kBool, .row = textregexne},
    {.oid = 1656, .name = "bpcharicregexeq", .arg_types = {kBpchar, kText}, .result_type = kBool,
     .row = texticregexeq},
    {.oid = 1657, .name = "bpcharicregexne", .arg_types = {kBpchar, kText}, .result_type = kBool,
     .row = texticregexne},
    {.oid = 1658, .name = "bpcharregexeq", .arg_types = {kBpchar, kText}, .result_type = kBool, .row = textregexeq},
    {.oid = 1659, .name = "bpcharregexne", .arg_types = {kBpchar, kText}, .result_type = kBool, .row = textregexne},
    {.oid = 2073, .name = "substring", .arg_types = {kText, kText}, .result_type = kText, .row = textregexsubstr},
    {.oid = 2074, .name = "substring", .arg_types = {kText, kText, kText}, .result_type = kText,
     .row = substring_similar},
    {.oid = 2284, .name = "regexp_replace", .arg_types = {kText, kText, kText}, .result_type = kText,
     .row = textregexreplace_noopt},
    {.oid = 2285, .name = "regexp_replace", .arg_types = {kText, kText, kText, kText}, .result_type = kText,
     .row = textregexreplace},
    {.oid = 2763, .name = "regexp_matches", .arg_types = {kText, kText}, .result_type = kTextArray,
     .set = regexp_matches_no_flags},
    {.oid = 2764, .name = "regexp_matches", .arg_types = {kText, kText, kText}, .result_type = kTextArray,
     .set = regexp_matches},
    {.oid = 2765, .name = "regexp_split_to_table", .arg_types = {kText, kText}, .result_type = kText,
     .set = regexp_split_to_table_no_flags},
    {.oid = 2766, .name = "regexp_split_to_table", .arg_types = {kText, kText, kText}, .result_type = kText,
     .set = regexp_split_to_table},
    {.oid = 2767, .name = "regexp_split_to_array", .arg_types = {kText, kText}, .result_type = kTextArray,
     .row = regexp_split_to_array_no_flags},
    {.oid = 2768, .name = "regexp_split_to_array", .arg_types = {kText, kText, kText}, .result_type = kTextArray,
     .row = regexp_split_to_array},
    {.oid = 3396, .name = "regexp_match", .arg_types = {kText, kText}, .result_type = kTextArray,
     .row = regexp_match_no_flags},
    {.oid = 3397, .name = "regexp_match", .arg_types = {kText, kText, kText}, .result_type = kTextArray,
     .row = regexp_match},
    {.oid = 6251, .name = "regexp_replace", .arg_types = {kText, kText, kText, kInt4, kInt4, kText},
     .result_type = kText, .row = textregexreplace_extended},
    {.oid = 6252, .name = "regexp_replace", .arg_types = {kText, kText, kText, kInt4, kInt4}, .result_type = kText,
     .row = textregexreplace_extended_no_flags},
    {.oid = 6253, .name = "regexp_replace", .arg_types = {kText, kText, kText, kInt4}, .result_type = kText,
     .row = textregexreplace_extended_no_n},
    {.oid = 6254, .name = "regexp_count", .arg_types = {kText, kText}, .result_type = kInt4,
     .row = regexp_count_no_start},
    {.oid = 6255, .name = "regexp_count", .arg_types = {kText, kText, kInt4}, .result_type = kInt4,
     .row = regexp_count_no_flags},
    {.oid = 6256, .name = "regexp_count", .arg_types = {kText, kText, kInt4, kText}, .result_type = kInt4,
     .row = regexp_count},
    {.oid = 6257, .name = "regexp_instr", .arg_types = {kText, kText}, .result_type = kInt4,
     .row = regexp_instr_no_start},
    {.oid = 6258, .name = "regexp_instr", .arg_types = {kText, kText, kInt4}, .result_type = kInt4,
     .row = regexp_instr_no_n},
    {.oid = 6259, .name = "regexp_instr", .arg_types = {kText, kText, kInt4, kInt4}, .result_type = kInt4,
     .row = regexp_instr_no_endoption},
    {.oid = 6260, .name = "regexp_instr", .arg_types = {kText, kText, kInt4, kInt4, kInt4}, .result_type = kInt4,
     .row = regexp_instr_no_flags},
    {.oid = 6261, .name = "regexp_instr", .arg_types = {kText, kText, kInt4, kInt4, kInt4, kText},
     .result_type = kInt4, .row = regexp_instr_no_subexpr},
    {.oid = 6262, .name = "regexp_instr", .arg_types = {kText, kText, kInt4, kInt4, kInt4, kText, kInt4},
     .result_type = kInt4, .row = regexp_instr},
    {.oid = 6263, .name = "regexp_like", .arg_types = {kText, kText}, .result_type = kBool,
     .row = regexp_like_no_flags},
    {.oid = 6264, .name = "regexp_like", .arg_types = {kText, kText, kText}, .result_type = kBool,
     .row = regexp_like},
    {.oid = 6265, .name = "regexp_substr", .arg_types = {kText, kText}, .result_type = kText,
     .row = regexp_substr_no_start},
    {.oid = 6266, .name = "regexp_substr", .arg_types = {kText, kText, kInt4}, .result_type = kText,
     .row = regexp_substr_no_n},
    {.oid = 6267, .name = "regexp_substr", .arg_types = {kText, kText, kInt4, kInt4}, .result_type = kText,
     .row = regexp_substr_no_flags},
    {.oid = 6268, .name = "regexp_substr", .arg_types = {kText, kText, kInt4, kInt4, kText}, .result_type = kText,
     .row = regexp_substr_no_subexpr},
    {.oid = 6269, .name = "regexp_substr", .arg_types = {kText, kText, kInt4, kInt4, kText, kInt4},
     .result_type = kText, .row = regexp_substr},
};

const OperatorDef kOperators[] = {
    {.oid = 639, .name = "~", .left = kName, .right = kText, .result = kBool, .function = 79, .negator = 640,
     .selectivity = Selectivity::kRegex},
    {.oid = 640, .name = "!~", .left = kName, .right = kText, .result = kBool, .function = 1252, .negator = 639,
     .selectivity = Selectivity::kRegex},
    {.oid = 641, .name = "~", .left = kText, .right = kText, .result = kBool, .function = 1254, .negator = 642,
     .selectivity = Selectivity::kRegex},
    {.oid = 642, .name = "!~", .left = kText, .right = kText, .result = kBool, .function = 1256, .negator = 641,
     .selectivity = Selectivity::kRegex},
    {.oid = 1055, .name = "~", .left = kBpchar, .right = kText, .result = kBool, .function = 1658, .negator = 1056,
     .selectivity = Selectivity::kRegex},
    {.oid = 1056, .name = "!~", .left = kBpchar, .right = kText, .result = kBool, .function = 1659, .negator = 1055,
     .selectivity = Selectivity::kRegex},
    {.oid = 1226, .name = "~*", .left = kName, .right = kText, .result = kBool, .function = 1240, .negator = 1227,
     .selectivity = Selectivity::kRegex},
    {.oid = 1227, .name = "!~*", .left = kName, .right = kText, .result = kBool, .function = 1241, .negator = 1226,
     .selectivity = Selectivity::kRegex},
    {.oid = 1228, .name = "~*", .left = kText, .right = kText, .result = kBool, .function = 1238, .negator = 1229,
     .selectivity = Selectivity::kRegex},
    {.oid = 1229, .name = "!~*", .left = kText, .right = kText, .result = kBool, .function = 1239, .negator = 1228,
     .selectivity = Selectivity::kRegex},
    {.oid = 1234, .name = "~*", .left = kBpchar, .right = kText, .result = kBool, .function = 1656, .negator = 1235,
     .selectivity = Selectivity::kRegex},
    {.oid = 1235, .name = "!~*", .left = kBpchar, .right = kText, .result = kBool, .function = 1657, .negator = 1234,
     .selectivity = Selectivity::kRegex},
};

}  // namespace

std::span<const FunctionDef> regex_functions() { return kFunctions; }
std::span<const OperatorDef> regex_operators() { return kOperators; }

}  // namespace vecino::sql
