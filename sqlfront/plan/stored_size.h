#pragma once

#include <cstdint>
#include <span>

#include "sqlfront/types/type.h"

namespace vecino::sql {

// How many 8 kB pages PostgreSQL and pgvector would need for the same rows. Vecino stores them in another way, but its plans are to
// be theirs, so costs are reckoned in their pages (manual 73.6, "Database Page Layout"; pgvector's hnswbuild.c and ivfbuild.c say
// where a page ends).

struct StoredColumn {
  const TypeInfo* type;
  double width;  // average, with its header
};
// Rows of a table on one page.
double rows_per_page(std::span<const StoredColumn> columns);

double hnsw_pages(double tuples, int dimensions, int m);
double ivfflat_pages(double tuples, int dimensions, int lists);

}  // namespace vecino::sql
