#include "sqlfront/catalog/system_rows.h"

namespace vecino::sql {
namespace {

// SELECT * FROM a_sequence (manual: CREATE SEQUENCE, Notes): last_value, log_cnt, is_called.
void produce_sequence(CallContext& context, const Catalog&, const RelationDesc& relation, SystemRowSink& sink) {
  auto state = context.env->sequence_state(relation.oid);
  SystemRows rows(context, sink, relation);
  rows.number(state ? state->last_value : relation.sequence->options.start).number(0);
  rows.boolean(state && state->is_called).emit();
}

void produce_nothing(CallContext&, const Catalog&, SystemRowSink&) {}

}  // namespace

constinit const SystemRelation kSequenceRelation{&produce_nothing, &produce_sequence};

}  // namespace vecino::sql
