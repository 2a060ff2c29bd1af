#pragma once

#include "sqlfront/statement/ddl.h"

namespace vecino::sql {

// What VectorCache has to know of the catalog (its header says why): which storages have vector columns, and when that or
// the meaning of a column's number changes.

// At the start, before anybody writes.
void track_vector_storages(Instance& instance);
// `after` is about to be stored in place of `before` (null = new).
void note_storage_change(DdlContext& context, const RelationDesc* before, const RelationDesc& after);

}  // namespace vecino::sql
