// The vector extension's rows: OIDs 17000+ functions, 17500+ operators, 17700+ operator classes and families. They are
// part of stored catalogs and of clients' caches: never renumber.
#include "sqlfront/functions/io_functions.h"
#include "sqlfront/functions/vector_functions.h"
#include "sqlfront/types/type.h"

namespace vecino::sql {
namespace {

using namespace type_id;

const FunctionDef kFunctions[] = {
    {.oid = 17000, .name = "vector_in", .arg_types = {kCstring, kOid, kInt4}, .result_type = kVector,
     .row = call_input, .schema = "public"},
    {.oid = 17001, .name = "vector_out", .arg_types = {kVector}, .result_type = kCstring, .row = call_output,
     .schema = "public"},
    {.oid = 17002, .name = "vector_typmod_in", .arg_types = {1263}, .result_type = kInt4, .row = vector_typmod_in,
     .schema = "public"},
    {.oid = 17003, .name = "vector_recv", .arg_types = {kInternal, kOid, kInt4}, .result_type = kVector,
     .row = call_receive, .schema = "public"},
    {.oid = 17004, .name = "vector_send", .arg_types = {kVector}, .result_type = kBytea, .row = call_send,
     .schema = "public"},
    {.oid = 17005, .name = "l2_distance", .arg_types = {kVector, kVector}, .result_type = kFloat8,
     .row = l2_distance_row, .batch = l2_distance_batch, .schema = "public"},
    {.oid = 17006, .name = "inner_product", .arg_types = {kVector, kVector}, .result_type = kFloat8,
     .row = inner_product_row, .batch = inner_product_batch, .schema = "public"},
    {.oid = 17007, .name = "cosine_distance", .arg_types = {kVector, kVector}, .result_type = kFloat8,
     .row = cosine_distance_row, .batch = cosine_distance_batch, .schema = "public"},
    {.oid = 17008, .name = "l1_distance", .arg_types = {kVector, kVector}, .result_type = kFloat8,
     .row = l1_distance_row, .batch = l1_distance_batch, .schema = "public"},
    {.oid = 17009, .name = "vector_dims", .arg_types = {kVector}, .result_type = kInt4, .row = vector_dims,
     .schema = "public"},
    {.oid = 17010, .name = "vector_norm", .arg_types = {kVector}, .result_type = kFloat8, .row = vector_norm,
     .schema = "public"},
    {.oid = 17011, .name = "l2_normalize", .arg_types = {kVector}, .result_type = kVector, .row = l2_normalize,
     .schema = "public"},
    {.oid = 17012, .name = "binary_quantize", .arg_types = {kVector}, .result_type = kBit, .row = binary_quantize,
     .schema = "public"},
    {.oid = 17013, .name = "subvector", .arg_types = {kVector, kInt4, kInt4}, .result_type = kVector,
     .row = subvector, .schema = "public"},
    {.oid = 17014, .name = "vector_add", .arg_types = {kVector, kVector}, .result_type = kVector, .row = vector_add,
     .schema = "public"},
    {.oid = 17015, .name = "vector_sub", .arg_types = {kVector, kVector}, .result_type = kVector, .row = vector_sub,
     .schema = "public"},
    {.oid = 17016, .name = "vector_mul", .arg_types = {kVector, kVector}, .result_type = kVector, .row = vector_mul,
     .schema = "public"},
    {.oid = 17017, .name = "vector_concat", .arg_types = {kVector, kVector}, .result_type = kVector,
     .row = vector_concat, .schema = "public"},
    {.oid = 17018, .name = "vector_lt", .arg_types = {kVector, kVector}, .result_type = kBool, .row = vector_lt,
     .schema = "public"},
    {.oid = 17019, .name = "vector_le", .arg_types = {kVector, kVector}, .result_type = kBool, .row = vector_le,
     .schema = "public"},
    {.oid = 17020, .name = "vector_eq", .arg_types = {kVector, kVector}, .result_type = kBool, .row = vector_eq,
     .schema = "public"},
    {.oid = 17021, .name = "vector_ne", .arg_types = {kVector, kVector}, .result_type = kBool, .row = vector_ne,
     .schema = "public"},
    {.oid = 17022, .name = "vector_ge", .arg_types = {kVector, kVector}, .result_type = kBool, .row = vector_ge,
     .schema = "public"},
    {.oid = 17023, .name = "vector_gt", .arg_types = {kVector, kVector}, .result_type = kBool, .row = vector_gt,
     .schema = "public"},
    {.oid = 17024, .name = "vector_cmp", .arg_types = {kVector, kVector}, .result_type = kInt4, .row = vector_cmp,
     .schema = "public"},
    {.oid = 17025, .name = "vector_l2_squared_distance", .arg_types = {kVector, kVector}, .result_type = kFloat8,
     .row = l2_squared_row, .batch = l2_squared_batch, .schema = "public"},
    {.oid = 17026, .name = "vector_negative_inner_product", .arg_types = {kVector, kVector}, .result_type = kFloat8,
     .row = negative_inner_product_row, .batch = negative_inner_product_batch, .schema = "public"},
    {.oid = 17027, .name = "vector_spherical_distance", .arg_types = {kVector, kVector}, .result_type = kFloat8,
     .row = spherical_distance_row, .batch = spherical_distance_batch, .schema = "public"},
    {.oid = 17028, .name = "vector_accum", .arg_types = {kFloat8Array, kVector}, .result_type = kFloat8Array,
     .row = vector_accum, .schema = "public"},
    {.oid = 17029, .name = "vector_avg", .arg_types = {kFloat8Array}, .result_type = kVector, .row = vector_avg,
     .schema = "public"},
    {.oid = 17030, .name = "vector_combine", .arg_types = {kFloat8Array, kFloat8Array}, .result_type = kFloat8Array,
     .row = vector_combine, .schema = "public"},
    {.oid = 17031, .name = "avg", .arg_types = {kVector}, .result_type = kVector, .kind = FunctionKind::kAggregate,
     .aggregate = &kVectorAvg, .schema = "public"},
    {.oid = 17032, .name = "sum", .arg_types = {kVector}, .result_type = kVector, .kind = FunctionKind::kAggregate,
     .aggregate = &kVectorSum, .schema = "public"},
    {.oid = 17033, .name = "vector", .arg_types = {kVector, kInt4, kBool}, .result_type = kVector,
     .row = vector_to_vector, .schema = "public"},
    {.oid = 17034, .name = "array_to_vector", .arg_types = {kInt4Array, kInt4, kBool}, .result_type = kVector,
     .row = array_to_vector, .schema = "public"},
    {.oid = 17035, .name = "array_to_vector", .arg_types = {kFloat4Array, kInt4, kBool}, .result_type = kVector,
     .row = array_to_vector, .schema = "public"},
    {.oid = 17036, .name = "array_to_vector", .arg_types = {kFloat8Array, kInt4, kBool}, .result_type = kVector,
     .row = array_to_vector, .schema = "public"},
    {.oid = 17037, .name = "array_to_vector", .arg_types = {kNumericArray, kInt4, kBool}, .result_type = kVector,
     .row = array_to_vector, .schema = "public"},
    {.oid = 17038, .name = "vector_to_float4", .arg_types = {kVector, kInt4, kBool}, .result_type = kFloat4Array,
     .row = vector_to_float4, .schema = "public"},
    {.oid = 17039, .name = "hamming_distance", .arg_types = {kBit, kBit}, .result_type = kFloat8,
     .row = hamming_distance, .schema = "public"},
    {.oid = 17040, .name = "jaccard_distance", .arg_types = {kBit, kBit}, .result_type = kFloat8,
     .row = jaccard_distance, .schema = "public"},
};

const OperatorDef kOperators[] = {
    {.oid = 17500, .name = "<->", .left = kVector, .right = kVector, .result = kFloat8, .function = 17005,
     .commutator = 17500, .schema = "public"},
    {.oid = 17501, .name = "<#>", .left = kVector, .right = kVector, .result = kFloat8, .function = 17026,
     .commutator = 17501, .schema = "public"},
    {.oid = 17502, .name = "<=>", .left = kVector, .right = kVector, .result = kFloat8, .function = 17007,
     .commutator = 17502, .schema = "public"},
    {.oid = 17503, .name = "<+>", .left = kVector, .right = kVector, .result = kFloat8, .function = 17008,
     .commutator = 17503, .schema = "public"},
    {.oid = 17504, .name = "+", .left = kVector, .right = kVector, .result = kVector, .function = 17014,
     .commutator = 17504, .schema = "public"},
    {.oid = 17505, .name = "-", .left = kVector, .right = kVector, .result = kVector, .function = 17015,
     .schema = "public"},
    {.oid = 17506, .name = "*", .left = kVector, .right = kVector, .result = kVector, .function = 17016,
     .commutator = 17506, .schema = "public"},
    {.oid = 17507, .name = "||", .left = kVector, .right = kVector, .result = kVector, .function = 17017,
     .schema = "public"},
    {.oid = 17508, .name = ">", .left = kVector, .right = kVector, .result = kBool, .function = 17023,
     .commutator = 17510, .negator = 17511, .selectivity = Selectivity::kGreater, .schema = "public"},
    {.oid = 17509, .name = ">=", .left = kVector, .right = kVector, .result = kBool, .function = 17022,
     .commutator = 17511, .negator = 17510, .selectivity = Selectivity::kGreater, .schema = "public"},
    {.oid = 17510, .name = "<", .left = kVector, .right = kVector, .result = kBool, .function = 17018,
     .commutator = 17508, .negator = 17509, .selectivity = Selectivity::kLess, .schema = "public"},
    {.oid = 17511, .name = "<=", .left = kVector, .right = kVector, .result = kBool, .function = 17019,
     .commutator = 17509, .negator = 17508, .selectivity = Selectivity::kLess, .schema = "public"},
    {.oid = 17512, .name = "<>", .left = kVector, .right = kVector, .result = kBool, .function = 17021,
     .commutator = 17512, .negator = 17513, .selectivity = Selectivity::kNotEqual, .schema = "public"},
    {.oid = 17513, .name = "=", .left = kVector, .right = kVector, .result = kBool, .function = 17020,
     .commutator = 17513, .negator = 17512, .selectivity = Selectivity::kEqual, .schema = "public"},
    {.oid = 17514, .name = "<~>", .left = kBit, .right = kBit, .result = kFloat8, .function = 17039,
     .commutator = 17514, .schema = "public"},
    {.oid = 17515, .name = "<%>", .left = kBit, .right = kBit, .result = kFloat8, .function = 17040,
     .commutator = 17515, .schema = "public"},
};

const CastDef kCasts[] = {
    {kVector, kVector, 17033, CastContext::kImplicit, CastMethod::kFunction},
    {kVector, kFloat4Array, 17038, CastContext::kImplicit, CastMethod::kFunction},
    {kInt4Array, kVector, 17034, CastContext::kAssignment, CastMethod::kFunction},
    {kFloat4Array, kVector, 17035, CastContext::kAssignment, CastMethod::kFunction},
    {kFloat8Array, kVector, 17036, CastContext::kAssignment, CastMethod::kFunction},
    {kNumericArray, kVector, 17037, CastContext::kAssignment, CastMethod::kFunction},
};

constexpr Oid kL2Operator = 17500, kInnerProductOperator = 17501, kCosineOperator = 17502, kL1Operator = 17503;

const OpclassDef kOpclasses[] = {
    {17701, "vector_ops", "btree", kVector, true, 17700, "vector_ops", index::Metric::kNone, kInvalidOid, "public"},
    {17703, "vector_l2_ops", "ivfflat", kVector, true, 17702, "vector_l2_ops", index::Metric::kL2, kL2Operator, "public"},
    {17705, "vector_ip_ops", "ivfflat", kVector, false, 17704, "vector_ip_ops", index::Metric::kInnerProduct,
     kInnerProductOperator, "public"},
    {17707, "vector_cosine_ops", "ivfflat", kVector, false, 17706, "vector_cosine_ops", index::Metric::kCosine,
     kCosineOperator, "public"},
    {17709, "vector_l2_ops", "hnsw", kVector, false, 17708, "vector_l2_ops", index::Metric::kL2, kL2Operator, "public"},
    {17711, "vector_ip_ops", "hnsw", kVector, false, 17710, "vector_ip_ops", index::Metric::kInnerProduct,
     kInnerProductOperator, "public"},
    {17713, "vector_cosine_ops", "hnsw", kVector, false, 17712, "vector_cosine_ops", index::Metric::kCosine,
     kCosineOperator, "public"},
    {17715, "vector_l1_ops", "hnsw", kVector, false, 17714, "vector_l1_ops", index::Metric::kL1, kL1Operator, "public"},
};

const BtreeOperators kBtree[] = {{17700, 17510, 17511, 17513, 17509, 17508}};

}  // namespace

std::span<const FunctionDef> vector_functions() { return kFunctions; }
std::span<const OperatorDef> vector_operators() { return kOperators; }
std::span<const CastDef> vector_casts() { return kCasts; }
std::span<const OpclassDef> vector_opclasses() { return kOpclasses; }
std::span<const BtreeOperators> vector_btree_operators() { return kBtree; }

}  // namespace vecino::sql
