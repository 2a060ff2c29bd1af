// The progress reports of running commands (manual 28.4).
#include "sqlfront/catalog/system_producers.h"
#include "sqlfront/catalog/system_rows.h"

namespace vecino::sql {
namespace {

constexpr Oid kProgressCreateIndexView = 12312;

}  // namespace

void produce_progress_create_index(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, kProgressCreateIndexView);
  for (const IndexBuildInfo& build : context.env->index_builds()) {
    // Another database's oids mean nothing here: PostgreSQL shows its pid and name only.
    DatabasePtr database = catalog.find_database(build.database);
    const bool here = build.database == catalog.database();
    rows.number(build.pid).oid(build.database).text_or_null(database ? database->name : "");
    if (here) {
      rows.oid(build.table).oid(build.index);
    } else {
      rows.null().null();
    }
    rows.text(build.command).text(build.phase);
    rows.number(build.lockers_total).number(build.lockers_done).number(build.locker_pid);
    rows.number(build.blocks_total).number(build.blocks_done).number(build.tuples_total).number(build.tuples_done);
    rows.number(0).number(0).emit();
  }
}

}  // namespace vecino::sql
