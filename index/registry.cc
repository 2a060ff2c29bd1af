#include "index/api/access_method.h"
#include "index/btree/btree.h"
#include "index/gin/gin.h"
#include "index/hnsw/hnsw.h"
#include "index/ivfflat/ivfflat.h"

namespace vecino::index {
namespace {

constexpr OptionSpec kBtreeOptions[] = {
    {.name = "fillfactor", .default_value = 90, .min = 10, .max = 100},  // accepted; the engine packs as it likes
};

constexpr OptionSpec kHashOptions[] = {
    {.name = "fillfactor", .default_value = 75, .min = 10, .max = 100},
};

// Its other parameter, fastupdate, is a boolean (ddl_index.cc).
constexpr OptionSpec kGinOptions[] = {
    {.name = "gin_pending_list_limit", .default_value = 4096, .min = 64, .max = 2147483647},
};

// pgvector's; layer 0 keeps 2 * m links.
constexpr OptionSpec kHnswOptions[] = {
    {.name = "m", .default_value = 16, .min = 2, .max = 100},
    {.name = "ef_construction", .default_value = 64, .min = 4, .max = 1000},
};
constexpr OptionSpec kIvfflatOptions[] = {
    {.name = "lists", .default_value = 100, .min = 1, .max = 32768},
};

// pg_am and pg_proc oids are PostgreSQL's.
const AccessMethod kAccessMethods[] = {
    {.name = "btree",
     .oid = 403,
     .handler_oid = 330,
     .ordered = true,
     .order_by_operator = false,
     .unique = true,
     .multicolumn = true,
     .nulls_and_bounds = true,
     .options = kBtreeOptions,
     .open = &btree::open},
    // A look-up by an ordered key costs what one by its hash does, so the same code serves both; the planner uses it for
    // equality only, as the name promises.
    {.name = "hash",
     .oid = 405,
     .handler_oid = 331,
     .ordered = false,
     .order_by_operator = false,
     .unique = false,
     .multicolumn = false,
     .nulls_and_bounds = false,
     .options = kHashOptions,
     .open = &btree::open},
    {.name = "gin",
     .oid = 2742,
     .handler_oid = 333,
     .ordered = false,
     .order_by_operator = false,
     .unique = false,
     .multicolumn = true,
     .nulls_and_bounds = false,
     .options = kGinOptions,
     .open = &gin::open},
    {.name = "ivfflat",
     .oid = 17601,
     .handler_oid = 17600,
     .ordered = false,
     .order_by_operator = true,
     .unique = false,
     .multicolumn = false,
     .nulls_and_bounds = false,
     .options = kIvfflatOptions,
     .open = &ivfflat::open},
    {.name = "hnsw",
     .oid = 17603,
     .handler_oid = 17602,
     .ordered = false,
     .order_by_operator = true,
     .unique = false,
     .multicolumn = false,
     .nulls_and_bounds = false,
     .options = kHnswOptions,
     .open = &hnsw::open},
};

}  // namespace

const AccessMethod* find_access_method(std::string_view name) {
  for (const AccessMethod& method : kAccessMethods) {
    if (method.name == name) return &method;
  }
  return nullptr;
}

std::span<const AccessMethod> access_methods() { return kAccessMethods; }

}  // namespace vecino::index
