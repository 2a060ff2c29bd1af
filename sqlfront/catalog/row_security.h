#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sqlfront/catalog/descriptors.h"

namespace vecino::sql {

// ALTER TABLE ... ENABLE / FORCE ROW LEVEL SECURITY (manual 5.8). There are no policies, so a table with row security shows nothing
// to those it applies to. Kept among the relation's options under names that nobody can write.
namespace row_security {
inline constexpr std::string_view kEnabled = "#row_security", kForced = "#force_row_security";
inline constexpr std::string_view kHidden = "#rows_hidden";  // of a plan's copy of the relation: whom it is for sees no row

inline bool has(const RelationDesc& relation, std::string_view name) {
  return std::any_of(relation.options.begin(), relation.options.end(), [&](const auto& option) { return option.first == name; });
}
}  // namespace row_security

inline bool has_row_security(const RelationDesc& relation) { return row_security::has(relation, row_security::kEnabled); }
inline bool forces_row_security(const RelationDesc& relation) { return row_security::has(relation, row_security::kForced); }
inline bool hides_rows(const RelationDesc& relation) { return row_security::has(relation, row_security::kHidden); }

// The options that were written: WITH (...).
inline std::vector<std::pair<std::string, std::string>> written_options(const RelationDesc& relation) {
  auto options = relation.options;
  std::erase_if(options, [](const auto& option) { return option.first.starts_with('#'); });
  return options;
}

// A view whose owner wants nobody to look below it.
inline bool is_security_barrier(const RelationDesc& view) {
  return std::any_of(view.options.begin(), view.options.end(), [](const auto& option) {
    if (option.first != "security_barrier") return false;
    const std::string& value = option.second;  // checked to be a boolean
    return value.empty() || !(value[0] == 'f' || value[0] == 'F' || value[0] == 'n' || value[0] == 'N' || value == "0" ||
                              (value.size() > 1 && (value[0] == 'o' || value[0] == 'O') && (value[1] == 'f' || value[1] == 'F')));
  });
}

}  // namespace vecino::sql
