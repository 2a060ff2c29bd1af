#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sqlfront/parse/literals.h"
#include "sqlfront/statement/portal.h"

namespace vecino::sql {

// Statements of one session by their text, so that a text that comes again is not parsed, analyzed and planned again:
// query strings of the simple protocol, equal but for integer literals, and texts of unnamed Parse messages. What is
// found may be out of date; PreparedStatement says by which catalog it was made. Not thread-safe.
class StatementCache {
 public:
  struct Found {
    PreparedPtr statement;
    std::vector<Datum> parameters;  // the literals' values; every one has its number
  };

  // The statement for a text; null = none. `text` is its split form.
  std::optional<Found> find(const LiteralText& text) const;
  // Call for a text that was not found: true when it came before and nothing speaks against making a shared statement.
  bool wants(const LiteralText& text);
  void add(const LiteralText& text, PreparedPtr statement);
  void reject(const LiteralText& text);  // do not try again

  PreparedPtr find_parsed(std::string_view sql, const std::vector<Oid>& parameter_types) const;
  void add_parsed(std::string_view sql, const std::vector<Oid>& parameter_types, PreparedPtr statement);

  void clear();

 private:
  // Texts with one key whose constants differ.
  struct Entry {
    bool rejected = false;
    std::vector<PreparedPtr> variants;
  };
  static constexpr size_t kMaxEntries = 128, kMaxVariants = 4, kMaxParsedText = 8192;
  static std::string parsed_key(std::string_view sql, const std::vector<Oid>& parameter_types);

  std::unordered_map<std::string, Entry> texts_;
  std::unordered_map<std::string, PreparedPtr> parsed_;
};

// May the result of analysis be used again at another time, under other settings? Not when a string was taken for a date or
// a name: 'now' and 'public.t' mean something else tomorrow.
bool is_timeless(const Query& query);

}  // namespace vecino::sql
