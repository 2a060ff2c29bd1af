#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "index/api/access_method.h"
#include "sqlfront/functions/call_context.h"
#include "storage/util/datum.h"

namespace vecino::sql {

// Functions, operators, casts and aggregates are rows of explicit static tables: each file in functions/ exports
// spans, and functions/registry.cc lists them. OIDs are PostgreSQL's pg_proc/pg_operator/... for what PostgreSQL has;
// 17000+ for the vector extension's.

using RowFunction = Datum (*)(CallContext& context, const Datum* args);
// out[i] = f(args[0][i], ...) for i in [0, rows). Strict functions: rows where any argument is null are
// already out[i].is_null = true on entry and must be skipped.
using BatchFunction = void (*)(CallContext& context, const Datum* const* args, size_t rows,
                               Datum* out);

// Rows of a set-returning function. Not thread-safe.
class RowProducer {
 public:
  virtual ~RowProducer() = default;
  // One row into out (one datum per output column); false = end. Bytes go to context.arena.
  virtual bool next(CallContext& context, std::span<Datum> out) = 0;
};
using SetFunction = std::unique_ptr<RowProducer> (*)(CallContext& context, const Datum* args);

// State is `state_size` bytes, 8-aligned, zeroed, then `init`. `init` and `destroy` may be null. Ordered-set aggregates
// (WITHIN GROUP): `step` gets the direct arguments first, then the aggregated ones, in sorted order.
struct AggregateKernel {
  size_t state_size;
  void (*init)(void* state);
  // Strict steps are not called for rows with a null argument.
  void (*step)(CallContext& context, void* state, const Datum* args);
  void (*combine)(CallContext& context, void* state, const void* other);  // null = not parallel
  Datum (*final)(CallContext& context, void* state);  // leaves the state as it is: window frames go on stepping
  void (*destroy)(void* state);
};

enum class FunctionKind : char { kFunction = 'f', kAggregate = 'a', kWindow = 'w', kProcedure = 'p' };
enum class Volatility : char { kImmutable = 'i', kStable = 's', kVolatile = 'v' };

struct OutputColumn {
  std::string_view name;
  Oid type;
};

struct FunctionDef {
  Oid oid;
  std::string_view name;
  std::initializer_list<Oid> arg_types;  // may contain pseudo types (anyelement, "any", ...)
  Oid result_type;
  Volatility volatility = Volatility::kImmutable;
  bool strict = true;
  RowFunction row = nullptr;
  BatchFunction batch = nullptr;  // optional fast path; must agree with row
  // The last n arguments have these SQL defaults (expressions as text).
  std::initializer_list<std::string_view> defaults = {};
  Oid variadic = kInvalidOid;     // element type when the last parameter is VARIADIC ("any" = kAny)
  FunctionKind kind = FunctionKind::kFunction;
  SetFunction set = nullptr;      // RETURNS SETOF
  std::initializer_list<OutputColumn> columns = {};  // OUT / TABLE columns of set functions
  const AggregateKernel* aggregate = nullptr;
  bool leakproof = false;
  std::string_view description = {};
  std::string_view schema = "pg_catalog";  // "public" for the vector extension
  std::initializer_list<std::string_view> arg_names = {};
  double cost = 1;
};

enum class Selectivity : uint8_t { kNone, kEqual, kNotEqual, kLess, kGreater, kLike, kRegex, kContains };

struct OperatorDef {
  Oid oid;
  std::string_view name;
  Oid left, right, result;  // left kInvalidOid = prefix operator
  Oid function;             // FunctionDef::oid
  Oid commutator = kInvalidOid, negator = kInvalidOid;
  Selectivity selectivity = Selectivity::kNone;
  bool can_merge = false, can_hash = false;
  std::string_view schema = "pg_catalog";
};

enum class CastContext : char { kImplicit = 'i', kAssignment = 'a', kExplicit = 'e' };
enum class CastMethod : char { kFunction = 'f', kBinary = 'b', kInOut = 'i' };

struct CastDef {
  Oid source, target;
  Oid function;  // kInvalidOid for binary-coercible and I/O casts. Takes (value[, typmod int4[, is_explicit bool]])
  CastContext context;
  CastMethod method = CastMethod::kFunction;
};

// btree strategy numbers.
enum class Strategy : uint8_t { kLess = 1, kLessEqual, kEqual, kGreaterEqual, kGreater };

struct OpclassDef {
  Oid oid;
  std::string_view name;    // int4_ops, vector_cosine_ops
  std::string_view access_method;
  Oid input_type;
  bool is_default;
  Oid family;
  std::string_view family_name;
  index::Metric metric;     // vector opclasses
  Oid order_by_operator;    // vector opclasses: the distance operator that the index serves
  std::string_view schema = "pg_catalog";
};

const FunctionDef* find_function(Oid oid);
// nextval() for identity columns: EXECUTE and the sequence's privileges are not asked for.
extern const FunctionDef kIdentityNextval;
std::span<const FunctionDef* const> functions_named(std::string_view name);  // all overloads, any schema
const OperatorDef* find_operator(Oid oid);
std::span<const OperatorDef* const> operators_named(std::string_view name);
const CastDef* find_cast(Oid source, Oid target);  // exact pair
std::span<const FunctionDef* const> all_functions();
std::span<const OperatorDef* const> all_operators();
std::span<const CastDef* const> all_casts();
std::span<const OpclassDef> all_opclasses();
const OpclassDef* find_default_opclass(std::string_view access_method, Oid type);  // looks through binary coercion
// The btree operator of a strategy for (left, right) types; nullptr = none. And the reverse.
const OperatorDef* btree_operator(Strategy strategy, Oid left, Oid right);
std::optional<Strategy> btree_strategy(const OperatorDef& op);

}  // namespace vecino::sql
