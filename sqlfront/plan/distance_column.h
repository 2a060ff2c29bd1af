#pragma once

#include "sqlfront/catalog/descriptors.h"

namespace vecino::sql {

// In ScanNode::fetch of a vector index scan: the distance of IndexScanNode::order_by. The index knows it, so that a query
// which only sorts by it (or shows it) does not read the vector.
inline constexpr AttrNumber kDistanceColumn = -100;

}  // namespace vecino::sql
