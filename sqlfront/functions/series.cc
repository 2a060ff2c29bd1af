// Set-returning functions: series and the elements and subscripts of arrays (manual 9.25, 9.19).
#include "sqlfront/functions/array_support.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/types/calendar.h"
#include "sqlfront/types/interval.h"
#include "sqlfront/types/numeric.h"

namespace vecino::sql {
namespace {

[[noreturn]] void bad_parameter(std::string message) {
  throw SqlError(sqlstate::kInvalidParameterValue, std::move(message));
}

// --- generate_series over integers; stops before the type would overflow ---
class IntegerSeries : public RowProducer {
 public:
  IntegerSeries(int64_t start, int64_t stop, int64_t step) : next_(start), stop_(stop), step_(step) {
    if (step == 0) bad_parameter("step size cannot equal zero");
  }
  bool next(CallContext&, std::span<Datum> out) override {
    if (done_ || (step_ > 0 ? next_ > stop_ : next_ < stop_)) return false;
    out[0] = Datum::from_int(next_);
    done_ = __builtin_add_overflow(next_, step_, &next_);
    return true;
  }

 private:
  int64_t next_, stop_, step_;
  bool done_ = false;
};
std::unique_ptr<RowProducer> generate_series_integer(CallContext&, const Datum* args) {
  return std::make_unique<IntegerSeries>(args[0].i64, args[1].i64, 1);
}
std::unique_ptr<RowProducer> generate_series_step_integer(CallContext&, const Datum* args) {
  return std::make_unique<IntegerSeries>(args[0].i64, args[1].i64, args[2].i64);
}

// --- generate_series by repeated addition, with the type's own + ---
constexpr Oid kNumericAdd = 1724, kTimestampPlusInterval = 2032, kTimestamptzPlusInterval = 1189;

RowFunction addition(Oid oid) {
  const FunctionDef* function = find_function(oid);
  if (function == nullptr || function->row == nullptr) {
    throw SqlError(sqlstate::kFeatureNotSupported, "generate_series over this type is not supported");
  }
  return function->row;
}

class NumericSeries : public RowProducer {
 public:
  NumericSeries(const Datum& start, const Datum& stop, const Datum* step)
      : current_(start.bytes()), stop_(stop.bytes()), add_(addition(kNumericAdd)) {
    check(start, "start");
    check(stop, "stop");
    Datum one = numeric_from_int(scratch_, 1);
    if (step != nullptr) check(*step, "step");
    step_ = (step != nullptr ? *step : one).bytes();
    Datum zero = numeric_from_int(scratch_, 0);
    sign_ = numeric_compare(Datum::from_bytes(step_), zero);
    if (sign_ == 0) bad_parameter("step size cannot equal zero");
  }
  bool next(CallContext& context, std::span<Datum> out) override {
    Datum current = Datum::from_bytes(current_);
    if (numeric_compare(current, Datum::from_bytes(stop_)) * sign_ > 0) return false;
    out[0] = context.text(current_);
    const Datum args[2] = {current, Datum::from_bytes(step_)};
    CallContext inner = context;
    scratch_.reset();
    inner.arena = &scratch_;
    current_ = std::string(add_(inner, args).bytes());
    return true;
  }

 private:
  static void check(const Datum& value, const char* what) {
    if (numeric_is_finite(value)) return;
    bad_parameter(std::string(what) + (*what == 's' && what[2] == 'e' ? " size" : " value") + " cannot be " +
                  (numeric_is_nan(value) ? "NaN" : "infinity"));
  }
  Arena scratch_;
  std::string current_, stop_, step_;
  RowFunction add_;
  int sign_ = 0;
};
std::unique_ptr<RowProducer> generate_series_numeric(CallContext&, const Datum* args) {
  return std::make_unique<NumericSeries>(args[0], args[1], nullptr);
}
std::unique_ptr<RowProducer> generate_series_step_numeric(CallContext&, const Datum* args) {
  return std::make_unique<NumericSeries>(args[0], args[1], &args[2]);
}

class TimestampSeries : public RowProducer {
 public:
  TimestampSeries(const Datum* args, Oid plus)
      : current_(args[0].i64), stop_(args[1].i64), step_(args[2].bytes()), add_(addition(plus)) {
    __int128 span = interval_span(load_interval(args[2]));
    sign_ = span < 0 ? -1 : span > 0;
    if (sign_ == 0) bad_parameter("step size cannot equal zero");
  }
  bool next(CallContext& context, std::span<Datum> out) override {
    if (sign_ > 0 ? current_ > stop_ : current_ < stop_) return false;
    out[0] = Datum::from_int(current_);
    const Datum args[2] = {Datum::from_int(current_), Datum::from_bytes(step_)};
    current_ = add_(context, args).i64;
    return true;
  }

 private:
  int64_t current_, stop_;
  std::string step_;
  RowFunction add_;
  int sign_ = 0;
};
std::unique_ptr<RowProducer> generate_series_timestamp(CallContext&, const Datum* args) {
  return std::make_unique<TimestampSeries>(args, kTimestampPlusInterval);
}
std::unique_ptr<RowProducer> generate_series_timestamptz(CallContext&, const Datum* args) {
  return std::make_unique<TimestampSeries>(args, kTimestamptzPlusInterval);
}

// --- arrays ---
class EmptyProducer : public RowProducer {
 public:
  bool next(CallContext&, std::span<Datum>) override { return false; }
};

std::unique_ptr<RowProducer> subscripts(const Datum* args, bool reverse) {
  ArrayView array(args[0]);
  int64_t dimension = args[1].i64;
  if (dimension < 1 || dimension > array.ndim()) return std::make_unique<EmptyProducer>();
  int d = static_cast<int>(dimension) - 1;
  if (reverse) return std::make_unique<IntegerSeries>(array.upper(d), array.lower(d), -1);
  return std::make_unique<IntegerSeries>(array.lower(d), array.upper(d), 1);
}
std::unique_ptr<RowProducer> generate_subscripts(CallContext&, const Datum* args) {
  return subscripts(args, args[2].boolean());
}
std::unique_ptr<RowProducer> generate_subscripts_nodir(CallContext&, const Datum* args) {
  return subscripts(args, false);
}

// The elements of an array of any number of dimensions, in storage order.
class UnnestProducer : public RowProducer {
 public:
  explicit UnnestProducer(std::string_view array) : bytes_(array), view_(bytes_) {}
  bool next(CallContext& context, std::span<Datum> out) override {
    if (at_ == view_.size()) return false;
    Datum element = view_[at_++];
    if (!element.is_null && type_info(view_.element_type()).kind == PhysicalKind::kBytes) {
      element = context.text(element.bytes());
    }
    out[0] = element;
    return true;
  }

 private:
  std::string bytes_;
  ArrayView view_;
  size_t at_ = 0;
};
std::unique_ptr<RowProducer> array_unnest(CallContext&, const Datum* args) {
  return std::make_unique<UnnestProducer>(args[0].bytes());
}

using namespace type_id;

const FunctionDef kFunctions[] = {
    {.oid = 938, .name = "generate_series", .arg_types = {kTimestamp, kTimestamp, kInterval},
     .result_type = kTimestamp, .set = generate_series_timestamp},
    {.oid = 939, .name = "generate_series", .arg_types = {kTimestamptz, kTimestamptz, kInterval},
     .result_type = kTimestamptz, .volatility = Volatility::kStable, .set = generate_series_timestamptz},
    {.oid = 1066, .name = "generate_series", .arg_types = {kInt4, kInt4, kInt4}, .result_type = kInt4,
     .set = generate_series_step_integer},
    {.oid = 1067, .name = "generate_series", .arg_types = {kInt4, kInt4}, .result_type = kInt4,
     .set = generate_series_integer},
    {.oid = 1068, .name = "generate_series", .arg_types = {kInt8, kInt8, kInt8}, .result_type = kInt8,
     .set = generate_series_step_integer},
    {.oid = 1069, .name = "generate_series", .arg_types = {kInt8, kInt8}, .result_type = kInt8,
     .set = generate_series_integer},
    {.oid = 1191, .name = "generate_subscripts", .arg_types = {kAnyArray, kInt4, kBool}, .result_type = kInt4,
     .set = generate_subscripts},
    {.oid = 1192, .name = "generate_subscripts", .arg_types = {kAnyArray, kInt4}, .result_type = kInt4,
     .set = generate_subscripts_nodir},
    {.oid = 2331, .name = "unnest", .arg_types = {kAnyArray}, .result_type = kAnyElement, .set = array_unnest},
    {.oid = 3259, .name = "generate_series", .arg_types = {kNumeric, kNumeric, kNumeric}, .result_type = kNumeric,
     .set = generate_series_step_numeric},
    {.oid = 3260, .name = "generate_series", .arg_types = {kNumeric, kNumeric}, .result_type = kNumeric,
     .set = generate_series_numeric},
};

}  // namespace

std::span<const FunctionDef> series_functions() { return kFunctions; }

}  // namespace vecino::sql
