#pragma once

#include <optional>

#include "sqlfront/catalog/catalog.h"

namespace vecino::sql {

// What ANALYZE would find out about a relation of pg_catalog or information_schema: counted, not sampled.
double catalog_rows(const Catalog& catalog, const RelationDesc& relation);
std::optional<double> catalog_distinct(const Catalog& catalog, const RelationDesc& relation, AttrNumber column);

}  // namespace vecino::sql
