#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "sqlfront/catalog/catalog.h"

namespace vecino::sql {

// What follows from all relations of one state of a database: made when it is first asked for, immutable.
struct RelationIndex {
  explicit RelationIndex(const std::vector<RelationPtr>& relations);

  std::unordered_map<Oid, RelationPtr> by_row_type;    // pg_type.oid -> the relation of these rows
  std::unordered_map<Oid, RelationPtr> by_constraint;  // pg_constraint.oid -> its table
  bool uses_extension = false;                         // any column's type or key's operator class
  // Rows of the catalogs.
  double relations = 0, tables = 0, views = 0, indexes = 0, sequences = 0, attributes = 0, defaults = 0, constraints = 0,
         row_types = 0, comments = 0, dependencies = 0;
};
std::shared_ptr<const RelationIndex> relation_index(const Catalog& catalog);

}  // namespace vecino::sql
