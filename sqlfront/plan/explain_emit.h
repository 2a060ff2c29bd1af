#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/plan/explain.h"

namespace vecino::sql::plan {

// Writes EXPLAIN documents: labelled properties in groups. In text format only the node printer decides on line layout; this
// class then keeps indentation and prints "Label: value" lines.
class ExplainEmitter {
 public:
  explicit ExplainEmitter(ExplainFormat format) : format_(format) {}
  bool is_text() const { return format_ == ExplainFormat::kText; }

  void begin();
  void end();
  void open_group(std::string_view type, std::string_view label, bool labelled);  // labelled: members have labels (object)
  void close_group(std::string_view type, std::string_view label, bool labelled);

  void text(std::string_view label, std::string_view value);
  void integer(std::string_view label, int64_t value, std::string_view unit = {});
  void number(std::string_view label, double value, int digits, std::string_view unit = {});
  void boolean(std::string_view label, bool value);
  void list(std::string_view label, const std::vector<std::string>& values);

  // Text format.
  int indent = 0;
  void raw(std::string_view text) { out_ += text; }
  void indent_text() { out_.append(static_cast<size_t>(indent) * 2, ' '); }
  std::string take() { return std::move(out_); }

 private:
  enum class Value : uint8_t { kString, kBare };
  void property(std::string_view label, std::string_view value, Value kind, std::string_view unit);
  void separator();  // JSON comma and new line, YAML dash
  void xml_tag(std::string_view name, int slash);  // 0 open, 1 close, 2 empty element
  void spaces() { out_.append(static_cast<size_t>(depth_) * 2, ' '); }

  ExplainFormat format_;
  std::string out_;
  int depth_ = 0;
  std::vector<int> counts_;  // members written per open group (JSON commas, YAML first line)
};

}  // namespace vecino::sql::plan
