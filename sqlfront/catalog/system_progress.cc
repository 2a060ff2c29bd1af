// The progress reports of running commands (manual 28.4).
#include "sqlfront/catalog/privileges.h"
#include "sqlfront/catalog/system_producers.h"
#include "sqlfront/catalog/system_rows.h"
#include "sqlfront/functions/server_operations.h"

namespace vecino::sql {
namespace {

constexpr Oid kProgressCreateIndexView = 12312, kProgressCopyView = 12322;

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

// What others may see of a role's work as in pg_stat_activity: that there is some.
void produce_progress_copy(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, kProgressCopyView);
  const Privileges mine(catalog, context.env->current_role());
  const bool sees_all = mine.acts_as(role_oid::kReadAllStats);
  server_operations(context).statistics().copies().for_each([&](const RunningCopy& copy) {
    DatabasePtr database = catalog.find_database(copy.database);
    rows.number(copy.pid).oid(copy.database).text_or_null(database ? database->name : "");
    if (!sees_all && !mine.acts_as(copy.role)) {
      for (int column = 0; column < 7; ++column) rows.null();
      rows.emit();
      return;
    }
    rows.oid(copy.relation).text(copy.is_from ? "COPY FROM" : "COPY TO").text(copy.is_file ? "FILE" : "PIPE");
    rows.number(copy.bytes_processed).number(copy.bytes_total);
    rows.number(copy.tuples_processed).number(copy.tuples_excluded).emit();
  });
}

}  // namespace vecino::sql
