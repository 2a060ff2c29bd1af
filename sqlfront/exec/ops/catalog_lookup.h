#pragma once

#include <optional>
#include <vector>

#include "sqlfront/catalog/catalog_subset.h"
#include "sqlfront/exec/expr/evaluator.h"
#include "sqlfront/plan/physical.h"

namespace vecino::sql {

// The condition `key = value` or `key = ANY (array)` in a catalog scan's filter, with a value that does not depend on the
// scan's row: which relations its rows can be about. The filter itself is tested as ever.
class CatalogLookup {
 public:
  explicit CatalogLookup(const SystemScanNode& node);
  bool usable() const { return key_ != nullptr; }
  // REQUIRES: usable(). The value is evaluated anew every time: slots may have changed.
  std::vector<RelationPtr> relations(RunState& run, const Catalog& catalog, Arena& arena);

 private:
  void consider(const SystemScanNode& node, const ExprPtr& conjunct);
  void consider_sides(const SystemScanNode& node, const ExprPtr& column, const ExprPtr& value, bool array);
  const LookupKey* key_ = nullptr;
  EvaluatorPtr value_;
  bool array_ = false;
};

}  // namespace vecino::sql
