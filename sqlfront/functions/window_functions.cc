#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"

// Window functions (manual 9.22): the executor computes them, known by oid.
namespace vecino::sql {
namespace {
using namespace tables;

const FunctionDef kFunctions[] = {
    {.oid = 3100, .name = "row_number", .arg_types = {}, .result_type = kInt8, .strict = false, .kind = kWindow},
    {.oid = 3101, .name = "rank", .arg_types = {}, .result_type = kInt8, .strict = false, .kind = kWindow},
    {.oid = 3102, .name = "dense_rank", .arg_types = {}, .result_type = kInt8, .strict = false, .kind = kWindow},
    {.oid = 3103, .name = "percent_rank", .arg_types = {}, .result_type = kFloat8, .strict = false, .kind = kWindow},
    {.oid = 3104, .name = "cume_dist", .arg_types = {}, .result_type = kFloat8, .strict = false, .kind = kWindow},
    {.oid = 3105, .name = "ntile", .arg_types = {kInt4}, .result_type = kInt4, .strict = true, .kind = kWindow},
    {.oid = 3106, .name = "lag", .arg_types = {kAnyElement}, .result_type = kAnyElement, .strict = true,
     .kind = kWindow},
    {.oid = 3107, .name = "lag", .arg_types = {kAnyElement, kInt4}, .result_type = kAnyElement, .strict = true,
     .kind = kWindow},
    {.oid = 3108, .name = "lag", .arg_types = {kAnyCompatible, kInt4, kAnyCompatible}, .result_type = kAnyCompatible,
     .strict = true, .kind = kWindow},
    {.oid = 3109, .name = "lead", .arg_types = {kAnyElement}, .result_type = kAnyElement, .strict = true,
     .kind = kWindow},
    {.oid = 3110, .name = "lead", .arg_types = {kAnyElement, kInt4}, .result_type = kAnyElement, .strict = true,
     .kind = kWindow},
    {.oid = 3111, .name = "lead", .arg_types = {kAnyCompatible, kInt4, kAnyCompatible}, .result_type = kAnyCompatible,
     .strict = true, .kind = kWindow},
    {.oid = 3112, .name = "first_value", .arg_types = {kAnyElement}, .result_type = kAnyElement, .strict = true,
     .kind = kWindow},
    {.oid = 3113, .name = "last_value", .arg_types = {kAnyElement}, .result_type = kAnyElement, .strict = true,
     .kind = kWindow},
    {.oid = 3114, .name = "nth_value", .arg_types = {kAnyElement, kInt4}, .result_type = kAnyElement, .strict = true,
     .kind = kWindow},
};

}  // namespace

std::span<const FunctionDef> window_functions() { return kFunctions; }

}  // namespace vecino::sql
