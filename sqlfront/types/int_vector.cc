#include "sqlfront/types/array.h"
#include "sqlfront/types/registry_entries.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

// Catalog arrays: stored as one-dimensional arrays whose subscripts start at 0.
constexpr auto vector_input = vector_like_input;
constexpr auto vector_output = vector_like_output;
constexpr auto vector_receive = array_receive;
constexpr auto vector_send = array_send;

constexpr TypeInfo kTypes[] = {
    {type_id::kInt2Vector, "int2vector", 1006, type_id::kInt2, PhysicalKind::kBytes, -1, 'b', 'A', false, false, 'i',
     'p', ',', vector_input, vector_output, vector_receive, vector_send, array_compare, array_hash, {array_encode_key}},
    {type_id::kOidVector, "oidvector", 1013, type_id::kOid, PhysicalKind::kBytes, -1, 'b', 'A', false, false, 'i', 'p',
     ',', vector_input, vector_output, vector_receive, vector_send, array_compare, array_hash, {array_encode_key}},
};

}  // namespace

std::span<const TypeInfo> int_vector_types() { return kTypes; }

}  // namespace vecino::sql
