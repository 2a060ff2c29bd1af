#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace vecino::sql::analysis {

// Edit distance in bytes; anything above `limit` is reported as limit + 1.
inline int levenshtein_within(std::string_view a, std::string_view b, int limit) {
  if (limit < 0) return 1;
  int gap = static_cast<int>(a.size()) - static_cast<int>(b.size());
  if (gap > limit || -gap > limit) return limit + 1;
  std::vector<int> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      int substitute = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({substitute, row[j] + 1, row[j - 1] + 1});
    }
  }
  return std::min(row[b.size()], limit + 1);
}

}  // namespace vecino::sql::analysis
