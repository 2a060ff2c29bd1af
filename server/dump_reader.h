#pragma once

#include <cstddef>
#include <istream>
#include <string>

namespace vecino::server {

// What psql would send of a plain-text dump, one piece at a time.
struct DumpItem {
  enum class Kind : uint8_t { kStatement, kConnect } kind = Kind::kStatement;
  std::string text;   // the statement without its semicolon, or the database of \connect
  size_t line = 0;    // where it begins, from 1
  size_t copy_rows = 0;  // COPY ... FROM stdin: lines of data, which are skipped
};

// Splits at semicolons as psql does: not inside quotes, dollar quotes, comments, parentheses or BEGIN ATOMIC bodies. Other
// backslash commands are passed over. Reads line by line, so that a dump of any size needs the memory of one statement.
class DumpReader {
 public:
  explicit DumpReader(std::istream& input) : input_(input) {}
  bool next(DumpItem& item);  // false = end

 private:
  bool read_line();
  bool backslash_command(DumpItem& item);
  bool scan(DumpItem& item);  // true = a statement is complete
  bool scan_quoted(char c);
  void scan_word(size_t& at);
  void finish(DumpItem& item);
  size_t skip_copy_data();
  void append(std::string_view text);

  std::istream& input_;
  std::string line_, text_, quote_;  // quote_: what ends the literal, identifier or comment we are in; empty = none
  size_t at_ = 0, number_ = 0, start_ = 0;
  int parentheses_ = 0, comments_ = 0, atomic_ = 0;
  bool have_line_ = false, escapes_ = false;
  std::string words_;  // the first words in lower case
};

}  // namespace vecino::server
