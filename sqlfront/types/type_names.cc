#include "sqlfront/types/type_names.h"

#include <charconv>

#include "sqlfront/catalog/identifiers.h"
#include "sqlfront/types/interval.h"
#include "sqlfront/types/scalar_text.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

struct SqlName {
  TypeId id;
  std::string_view name;
};
// Types whose SQL spelling differs from pg_type.typname (manual table 8.1). For output.
constexpr SqlName kSqlNames[] = {
    {type_id::kBool, "boolean"},   {type_id::kChar, "\"char\""},   {type_id::kInt2, "smallint"},
    {type_id::kInt4, "integer"},   {type_id::kInt8, "bigint"},     {type_id::kFloat4, "real"},
    {type_id::kFloat8, "double precision"},          {type_id::kVarchar, "character varying"},
    {type_id::kNumeric, "numeric"},                  {type_id::kInterval, "interval"},
    {type_id::kBit, "bit"},                          {type_id::kVarbit, "bit varying"}};

struct Spelling {
  std::string_view words;
  TypeId id;
};
// For input, beside pg_type.typname.
constexpr Spelling kSpellings[] = {
    {"boolean", type_id::kBool},     {"smallint", type_id::kInt2},  {"int", type_id::kInt4},  {"integer", type_id::kInt4},
    {"bigint", type_id::kInt8},      {"real", type_id::kFloat4},    {"float", type_id::kFloat8},
    {"double precision", type_id::kFloat8},                         {"decimal", type_id::kNumeric},
    {"dec", type_id::kNumeric},      {"character varying", type_id::kVarchar},
    {"char varying", type_id::kVarchar},                            {"national character varying", type_id::kVarchar},
    {"nchar varying", type_id::kVarchar},                           {"character", type_id::kBpchar},
    {"char", type_id::kBpchar},      {"national character", type_id::kBpchar}, {"nchar", type_id::kBpchar},
    {"time without time zone", type_id::kTime},                     {"time with time zone", type_id::kTimetz},
    {"timestamp without time zone", type_id::kTimestamp},           {"timestamp with time zone", type_id::kTimestamptz},
    {"bit varying", type_id::kVarbit}};

struct IntervalField {
  std::string_view name;
  int mask;
};
constexpr IntervalField kIntervalFields[] = {{"year", kFieldYear}, {"month", kFieldMonth},   {"day", kFieldDay},
                                             {"hour", kFieldHour}, {"minute", kFieldMinute}, {"second", kFieldSecond}};

[[noreturn]] void throw_invalid_name(std::string_view text) {
  throw SqlError(sqlstate::kSyntaxError, "invalid type name \"" + std::string(text) + "\"");
}

// "day to second" -> the mask of day, hour, minute, second.
std::optional<int> interval_fields(const std::vector<std::string>& words) {
  auto mask_of = [](const std::string& word) {
    for (const IntervalField& field : kIntervalFields) {
      if (field.name == word) return field.mask;
    }
    return 0;
  };
  if (words.size() == 1 && mask_of(words[0]) != 0) return mask_of(words[0]);
  if (words.size() != 3 || words[1] != "to") return std::nullopt;
  int first = mask_of(words[0]), last = mask_of(words[2]), mask = 0;
  if (first == 0 || last == 0) return std::nullopt;
  bool inside = false;
  for (const IntervalField& field : kIntervalFields) {
    inside = inside || field.mask == first;
    if (inside) mask |= field.mask;
    if (field.mask == last) inside = false;
  }
  return mask;
}

class TypeNameParser {
 public:
  TypeNameParser(std::string_view text, const NameScope& names) : text_(text), rest_(trim_spaces(text)), names_(names) {}

  std::optional<TypeRef> run() {
    read_words();
    if (words_.empty()) throw_invalid_name(text_);
    bool array = false;
    skip_spaces();
    while (!rest_.empty()) {
      if (!take('[')) throw_invalid_name(text_);
      skip_spaces();
      while (!rest_.empty() && is_digit(rest_[0])) rest_.remove_prefix(1);
      skip_spaces();
      if (!take(']')) throw_invalid_name(text_);
      array = true;
      skip_spaces();
    }
    const TypeInfo* type = lookup();
    if (type == nullptr) return std::nullopt;
    TypeRef out{type->id, -1};
    if (!arguments_.empty()) {
      if (type->typmod_in == nullptr) {
        throw SqlError(sqlstate::kSyntaxError, "type modifier is not allowed for type \"" + std::string(type->name) + "\"");
      }
      out.typmod = type->typmod_in(arguments_);
    } else if (type->id == type_id::kBpchar && !quoted_ && words_[0] != "bpchar") {
      out.typmod = 5;  // char = char(1)
    }
    if (array) {
      if (type->array_id == kInvalidOid) return std::nullopt;
      out.id = type->array_id;
    }
    return out;
  }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_spaces() {
    while (!rest_.empty() && is_space(rest_[0])) rest_.remove_prefix(1);
  }
  std::string read_word() {
    std::string word;
    if (take('"')) {
      quoted_ = true;
      while (true) {
        if (rest_.empty()) throw_invalid_name(text_);
        if (take('"')) {
          if (!take('"')) return word;
          word.push_back('"');
          continue;
        }
        word.push_back(rest_[0]);
        rest_.remove_prefix(1);
      }
    }
    auto is_word = [](char c) { return is_alpha(c) || is_digit(c) || c == '_' || c == '$' || (c & 0x80) != 0; };
    while (!rest_.empty() && is_word(rest_[0])) {
      word.push_back(to_lower(rest_[0]));
      rest_.remove_prefix(1);
    }
    if (word.empty()) throw_invalid_name(text_);
    return word;
  }
  void read_words() {
    while (skip_spaces(), !rest_.empty() && rest_[0] != '[') {
      if (rest_[0] == '(') {
        read_arguments();
        continue;
      }
      words_.push_back(read_word());
      skip_spaces();
      if (take('.')) {
        if (!schema_.empty()) throw_invalid_name(text_);
        schema_ = std::move(words_.back());
        words_.pop_back();
      }
    }
  }
  void read_arguments() {
    take('(');
    while (true) {
      skip_spaces();
      int64_t value = 0;
      auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
      if (error != std::errc()) throw_invalid_name(text_);
      rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
      arguments_.push_back(value);
      skip_spaces();
      if (take(')')) return;
      if (!take(',')) throw_invalid_name(text_);
    }
  }
  const TypeInfo* lookup() {
    std::string joined;
    for (const std::string& word : words_) joined += (joined.empty() ? "" : " ") + word;
    if (!quoted_ && schema_.empty()) {
      for (const Spelling& spelling : kSpellings) {
        if (spelling.words == joined) return find_type(spelling.id);
      }
      if (words_[0] == "interval" && words_.size() > 1) {
        auto mask = interval_fields({words_.begin() + 1, words_.end()});
        if (!mask) throw_invalid_name(text_);
        arguments_.insert(arguments_.begin(), *mask);
        return find_type(type_id::kInterval);
      }
      if (words_[0] == "interval" && !arguments_.empty()) arguments_.insert(arguments_.begin(), kIntervalFullRange);
    }
    if (words_.size() > 1) throw_invalid_name(text_);
    const TypeInfo* found = find_type_by_name(joined);
    return found && names_.finds(schema_, type_schema(found->id)) ? found : nullptr;
  }

  std::string_view text_, rest_;
  const NameScope& names_;
  std::string schema_;  // written before the name
  std::vector<std::string> words_;
  std::vector<int64_t> arguments_;
  bool quoted_ = false;
};

}  // namespace

std::optional<TypeRef> parse_type_name(std::string_view text, const NameScope& names) {
  return TypeNameParser(text, names).run();
}

std::vector<std::string> split_qualified_name(std::string_view text) {
  auto fail = [] { throw SqlError(sqlstate::kInvalidName, "invalid name syntax"); };
  std::vector<std::string> parts;
  std::string_view rest = trim_spaces(text);
  while (true) {
    std::string part;
    if (!rest.empty() && rest[0] == '"') {
      size_t i = 1;
      while (true) {
        if (i >= rest.size()) fail();
        if (rest[i] == '"' && (i + 1 >= rest.size() || rest[i + 1] != '"')) break;
        if (rest[i] == '"') ++i;
        part.push_back(rest[i++]);
      }
      if (part.empty()) fail();
      rest.remove_prefix(i + 1);
    } else {
      size_t end = 0;
      while (end < rest.size() && rest[end] != '.' && !is_space(rest[end])) part.push_back(to_lower(rest[end++]));
      if (part.empty()) fail();
      rest.remove_prefix(end);
    }
    parts.emplace_back(truncate_name(part));
    rest = trim_spaces(rest);
    if (rest.empty()) return parts;
    if (rest[0] != '.') fail();
    rest = trim_spaces(rest.substr(1));
  }
}

std::string format_type(TypeRef type) {
  if (type.id == kInvalidOid) return "-";
  const TypeInfo* info = find_type(type.id);
  if (info == nullptr) return "???";
  if (is_array_type(*info) && info->element_id != kInvalidOid && info->typmod_out == nullptr && info->name[0] != '_') {
    return std::string(info->name);  // int2vector, oidvector
  }
  if (info->element_id != kInvalidOid && info->name[0] == '_') return format_type({info->element_id, type.typmod}) + "[]";
  std::string out;
  for (const SqlName& row : kSqlNames) {
    if (row.id == type.id) out = row.name;
  }
  switch (type.id) {
    case type_id::kBpchar: out = type.typmod >= 0 ? "character" : "bpchar"; break;
    case type_id::kTime:
    case type_id::kTimetz: out = "time"; break;
    case type_id::kTimestamp:
    case type_id::kTimestamptz: out = "timestamp"; break;
    default:
      if (out.empty()) out = quote_identifier(info->name);
  }
  bool always_suffixed = type.id == type_id::kTime || type.id == type_id::kTimetz || type.id == type_id::kTimestamp ||
                         type.id == type_id::kTimestamptz;
  if (info->typmod_out != nullptr && (type.typmod >= 0 || always_suffixed)) info->typmod_out(type.typmod, out);
  return out;
}

std::string format_type(TypeId id) { return format_type({id, -1}); }

}  // namespace vecino::sql
