#include "sqlfront/plan/stored_size.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace vecino::sql {

namespace {

constexpr double kPage = 8192, kPageHeader = 24, kItemPointer = 4, kRowHeader = 24;
constexpr double kSpecialSpace = 8;       // of an index page
constexpr double kToastThreshold = 2032;  // rows above it keep long values elsewhere
constexpr double kToastPointer = 18;
constexpr double kShortValue = 127;       // up to here a value has a header of one byte, and no alignment
constexpr double kIndexPage = kPage - kPageHeader - kSpecialSpace;

double align(double size, double to) { return std::ceil(size / to) * to; }
double max_align(double size) { return align(size, 8); }

double alignment_of(const TypeInfo& type) {
  switch (type.alignment) {
    case 'd': return 8;
    case 'i': return 4;
    case 's': return 2;
    default: return 1;
  }
}

bool is_variable(const StoredColumn& column) { return column.type->length < 0; }

// Vectors are counted with a long header.
double stored_width(const StoredColumn& column) {
  constexpr double kHeaders = 3;  // the difference between them
  if (column.type->id != type_id::kVector || column.width - kHeaders > kShortValue) return column.width;
  return column.width - kHeaders;
}

double row_size(std::span<const StoredColumn> columns) {
  double size = 0;
  for (const StoredColumn& column : columns) {
    double width = stored_width(column);
    bool is_short = is_variable(column) && width <= kShortValue;
    size = (is_short ? size : align(size, alignment_of(*column.type))) + width;
  }
  return kRowHeader + size;
}

double vector_size(int dimensions) { return 8 + 4.0 * dimensions; }

}  // namespace

double rows_per_page(std::span<const StoredColumn> columns) {
  std::vector<StoredColumn> stored(columns.begin(), columns.end());
  double size = row_size(stored);
  while (size > kToastThreshold) {
    auto longest = std::max_element(stored.begin(), stored.end(), [](const StoredColumn& a, const StoredColumn& b) {
      return (is_variable(a) ? a.width : 0) < (is_variable(b) ? b.width : 0);
    });
    if (longest == stored.end() || !is_variable(*longest) || longest->width <= kToastPointer) break;
    longest->width = kToastPointer;
    size = row_size(stored);
  }
  return std::max(1.0, std::floor((kPage - kPageHeader) / (max_align(size) + kItemPointer)));
}

// An element and its neighbours are two items side by side, if both fit on a page. Elements of upper layers have more
// neighbours: one in m is of layer 1, one of m of those of layer 2. So pages hold now one element less, now one more.
double hnsw_pages(double tuples, int dimensions, int m) {
  constexpr double kElementHeader = 72, kNeighborHeader = 4, kPointer = 6;
  constexpr int kMostUpper = 24;
  m = std::max(2, m);
  double element = max_align(kElementHeader + vector_size(dimensions)) + kItemPointer;
  double neighbors = max_align(kNeighborHeader + 2.0 * m * kPointer) + kItemPointer, upper = m * kPointer;
  double pair = element + neighbors;
  if (pair > kIndexPage) return 1 + 2 * std::ceil(tuples);
  double room = std::floor(kIndexPage / pair), mean = room / (m - 1), per_page = 0, probability = std::exp(-mean);
  for (int k = 0; k < kMostUpper; ++k) {
    per_page += probability * std::max(1.0, std::floor((kIndexPage - k * upper) / pair));
    probability *= mean / (k + 1);
  }
  return 1 + std::ceil(tuples / std::max(1.0, per_page));
}

// Pages of centers, and for each list pages of its own, the last of them half full.
double ivfflat_pages(double tuples, int dimensions, int lists) {
  constexpr double kEntryHeader = 8, kListHeader = 8;
  lists = std::max(1, lists);
  double vector = vector_size(dimensions);
  if (vector - 3 <= kShortValue) vector -= 3;
  double entries = std::max(1.0, std::floor(kIndexPage / (max_align(kEntryHeader + vector) + kItemPointer)));
  double centers = std::max(1.0, std::floor(kIndexPage / (max_align(kListHeader + vector_size(dimensions)) + kItemPointer)));
  double of_a_list = tuples / lists / entries;
  double data = lists * (of_a_list < 0.5 ? 1.0 : std::max(1.0, of_a_list + 0.5));
  return 1 + std::ceil(lists / centers) + std::ceil(data);
}

}  // namespace vecino::sql
