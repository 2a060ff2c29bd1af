#pragma once

#include <functional>
#include <span>
#include <vector>

#include "sqlfront/catalog/catalog.h"
#include "sqlfront/functions/call_context.h"

namespace vecino::sql {

// Receives the rows of a virtual relation; bytes must live in `arena`.
class SystemRowSink {
 public:
  virtual ~SystemRowSink() = default;
  virtual Arena& arena() = 0;
  virtual void add(std::span<const Datum> row) = 0;
};

// A pg_catalog relation produced from catalog objects (catalog/system_*.cc): one row of an explicit table.
struct SystemRelation {
  // Emits all rows as the statement's catalog sees them. An equality on a key column may be ignored here; the executor
  // filters again.
  void (*produce)(CallContext& context, const Catalog& catalog, SystemRowSink& sink);
  // Set instead when the rows depend on which relation is read (SELECT * FROM a_sequence).
  void (*produce_for)(CallContext& context, const Catalog& catalog, const RelationDesc& relation,
                      SystemRowSink& sink) = nullptr;
};

// What RelationDesc::system is for every sequence.
extern const SystemRelation kSequenceRelation;

}  // namespace vecino::sql
