#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "sqlfront/functions/aggregate_state.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/interval_arithmetic.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/type.h"

// Ordered-set aggregates (manual table 9.62). The executor steps in sorted order: direct arguments first, then the value.
namespace vecino::sql {
namespace {
using namespace tables;

// Values in order, without NULLs.
class SortedValues {
 public:
  void add(Oid type, const Datum& value) {
    if (value.is_null) return;
    if (values_.empty()) bytes_kind_ = type_info(type).kind == PhysicalKind::kBytes;
    values_.emplace_back();
    bytes_kind_ ? values_.back().set_bytes(value) : values_.back().set_scalar(value);
  }
  size_t size() const { return values_.size(); }
  Datum at(size_t i) const { return values_[i].get(); }
  bool bytes_kind() const { return bytes_kind_; }

 private:
  std::vector<OwnedDatum> values_;
  bool bytes_kind_ = false;
};

[[noreturn]] void throw_fraction(double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "percentile value %g is not between 0 and 1", value);
  throw SqlError(sqlstate::kNumericValueOutOfRange, buffer);
}
void check_fraction(double value) {
  if (!(value >= 0 && value <= 1)) throw_fraction(value);
}

// percentile_disc: the first value whose cumulative share reaches the fraction.
struct Discrete {
  static Datum pick(CallContext& context, const SortedValues& values, Oid, double fraction) {
    auto rows = static_cast<double>(values.size());
    auto index = static_cast<size_t>(std::max(std::ceil(fraction * rows), 1.0)) - 1;
    Datum value = values.at(index);
    return values.bytes_kind() ? context.text(value.bytes()) : value;
  }
};
// percentile_cont: linear between neighbours.
struct Continuous {
  static Datum pick(CallContext& context, const SortedValues& values, Oid type, double fraction) {
    double position = fraction * static_cast<double>(values.size() - 1);
    auto low = static_cast<size_t>(std::floor(position)), high = static_cast<size_t>(std::ceil(position));
    double share = position - static_cast<double>(low);
    if (type == kInterval) {
      Interval first = load_interval(values.at(low)), last = load_interval(values.at(high));
      Interval step = multiply_interval(subtract_intervals(last, first), share);
      return store_interval(*context.arena, low == high ? first : add_intervals(first, step));
    }
    double first = values.at(low).f64, last = values.at(high).f64;
    return Datum::from_float(low == high ? first : first + share * (last - first));
  }
};

template <typename Pick>
struct Percentile {
  SortedValues values;
  OwnedDatum fraction;
  bool fraction_known = false;
  Oid type = kInvalidOid;
  void step(CallContext& context, const Datum* args) {
    type = context.arg_types[1];
    if (!fraction_known) {
      fraction_known = true;
      if (!args[0].is_null) {
        check_fraction(args[0].f64);
        fraction.set_scalar(args[0]);
      }
    }
    values.add(type, args[1]);
  }
  void combine(CallContext&, const Percentile&) {}
  Datum final(CallContext& context) {
    if (values.size() == 0 || !fraction.has_value()) return Datum::null();
    return Pick::pick(context, values, type, fraction.get().f64);
  }
};

template <typename Pick>
struct PercentileList {
  SortedValues values;
  OwnedDatum fractions;
  bool fractions_known = false;
  Oid type = kInvalidOid;
  void step(CallContext& context, const Datum* args) {
    type = context.arg_types[1];
    if (!fractions_known) {
      fractions_known = true;
      if (!args[0].is_null) fractions.set_bytes(args[0]);
    }
    values.add(type, args[1]);
  }
  void combine(CallContext&, const PercentileList&) {}
  Datum final(CallContext& context) {
    if (values.size() == 0 || !fractions.has_value()) return Datum::null();
    ArrayView list(fractions.get());
    ArrayBuilder out(type);
    for (size_t i = 0; i < list.size(); ++i) {
      if (list.is_null(i)) {
        out.add_null();
        continue;
      }
      check_fraction(list[i].f64);
      out.add(Pick::pick(context, values, type, list[i].f64));
    }
    return out.finish(*context.arena, list.lengths(), list.lowers());
  }
};

// The most frequent value; the first one of equals.
struct Mode {
  OwnedDatum best, current;
  int64_t best_count = 0, count = 0;
  const TypeInfo* type = nullptr;
  void keep(OwnedDatum* target, const Datum& value) {
    type->kind == PhysicalKind::kBytes ? target->set_bytes(value) : target->set_scalar(value);
  }
  void step(CallContext& context, const Datum* args) {
    if (args[0].is_null) return;
    if (type == nullptr) type = &type_info(context.arg_types[0]);
    if (current.has_value() && type->compare(current.get(), args[0]) == 0) {
      ++count;
    } else {
      keep(&current, args[0]);
      count = 1;
    }
    if (count > best_count) {
      best_count = count;
      if (count == 1 || type->compare(best.get(), args[0]) != 0) keep(&best, args[0]);
    }
  }
  void combine(CallContext&, const Mode&) {}
  Datum final(CallContext& context) {
    if (!best.has_value()) return Datum::null();
    return type->kind == PhysicalKind::kBytes ? context.text(best.get().bytes()) : best.get();
  }
};

// Not parallel: the order would be lost.
template <typename State>
constexpr AggregateKernel kOrdered = {sizeof(State),          KernelOf<State>::init,  KernelOf<State>::step, nullptr,
                                      KernelOf<State>::final, KernelOf<State>::destroy};

const FunctionDef kFunctions[] = {
    {.oid = 3972, .name = "percentile_disc", .arg_types = {kFloat8, kAnyElement}, .result_type = kAnyElement,
     .strict = false, .kind = kAggregate, .aggregate = &kOrdered<Percentile<Discrete>>},
    {.oid = 3978, .name = "percentile_disc", .arg_types = {kFloat8Array, kAnyElement}, .result_type = kAnyArray,
     .strict = false, .kind = kAggregate, .aggregate = &kOrdered<PercentileList<Discrete>>},
    {.oid = 3974, .name = "percentile_cont", .arg_types = {kFloat8, kFloat8}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kOrdered<Percentile<Continuous>>},
    {.oid = 3976, .name = "percentile_cont", .arg_types = {kFloat8, kInterval}, .result_type = kInterval,
     .strict = false, .kind = kAggregate, .aggregate = &kOrdered<Percentile<Continuous>>},
    {.oid = 3980, .name = "percentile_cont", .arg_types = {kFloat8Array, kFloat8}, .result_type = kFloat8Array,
     .strict = false, .kind = kAggregate, .aggregate = &kOrdered<PercentileList<Continuous>>},
    {.oid = 3982, .name = "percentile_cont", .arg_types = {kFloat8Array, kInterval}, .result_type = 1187,
     .strict = false, .kind = kAggregate, .aggregate = &kOrdered<PercentileList<Continuous>>},
    {.oid = 3984, .name = "mode", .arg_types = {kAnyElement}, .result_type = kAnyElement, .strict = false,
     .kind = kAggregate, .aggregate = &kOrdered<Mode>},
};

}  // namespace

std::span<const FunctionDef> ordered_aggregates() { return kFunctions; }

}  // namespace vecino::sql
