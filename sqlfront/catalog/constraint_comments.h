#pragma once

#include "sqlfront/catalog/descriptors.h"

namespace vecino::sql {

// Comments on CHECK constraints and foreign keys stand in RelationDesc::comments of their table, under numbers that no column
// has (those of key constraints with their index, under -1).
inline int constraint_comment_key(Oid constraint) { return -static_cast<int>(constraint); }

}  // namespace vecino::sql
