#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "sqlfront/functions/function.h"

namespace vecino::sql {

// Lifts an ordinary C++ function into the two forms the executor calls. The author writes
//   int32_t add(int32_t a, int32_t b);                            // or with a CallContext& first
// and the table row says `row<add>` and, for hot functions, `batch<add>`. Argument and result types map to datums:
// bool, integers, float, double, std::string_view (bytes; results must live in context.arena or in an argument), Datum
// (as it is, also null), std::optional<T> (a nullable argument or result).

template <typename T>
struct DatumTraits {
  static_assert(std::is_integral_v<T>);
  static T get(const Datum& datum) { return static_cast<T>(datum.i64); }
  static Datum put(T value) { return Datum::from_int(static_cast<int64_t>(value)); }
};
template <>
struct DatumTraits<bool> {
  static bool get(const Datum& datum) { return datum.i64 != 0; }
  static Datum put(bool value) { return Datum::from_bool(value); }
};
template <>
struct DatumTraits<double> {
  static double get(const Datum& datum) { return datum.f64; }
  static Datum put(double value) { return Datum::from_float(value); }
};
template <>
struct DatumTraits<float> {
  static float get(const Datum& datum) { return static_cast<float>(datum.f64); }
  static Datum put(float value) { return Datum::from_float(value); }
};
template <>
struct DatumTraits<std::string_view> {
  static std::string_view get(const Datum& datum) { return datum.bytes(); }
  static Datum put(std::string_view value) { return Datum::from_bytes(value); }
};
template <>
struct DatumTraits<Datum> {
  static const Datum& get(const Datum& datum) { return datum; }
  static Datum put(const Datum& value) { return value; }
};
template <typename T>
struct DatumTraits<std::optional<T>> {
  static std::optional<T> get(const Datum& datum) {
    if (datum.is_null) return std::nullopt;
    return DatumTraits<T>::get(datum);
  }
  static Datum put(const std::optional<T>& value) { return value ? DatumTraits<T>::put(*value) : Datum::null(); }
};

template <typename F>
struct RowCaller;

template <typename R, typename... Args>
struct RowCaller<R (*)(Args...)> {
  template <auto F, typename Get, size_t... I>
  static Datum call(CallContext&, [[maybe_unused]] Get get, std::index_sequence<I...>) {
    return DatumTraits<R>::put(F(DatumTraits<std::decay_t<Args>>::get(get(I))...));
  }
  using Indexes = std::index_sequence_for<Args...>;
};
template <typename R, typename... Args>
struct RowCaller<R (*)(CallContext&, Args...)> {
  template <auto F, typename Get, size_t... I>
  static Datum call(CallContext& context, [[maybe_unused]] Get get, std::index_sequence<I...>) {
    return DatumTraits<R>::put(F(context, DatumTraits<std::decay_t<Args>>::get(get(I))...));
  }
  using Indexes = std::index_sequence_for<Args...>;
};
template <>
struct RowCaller<Datum (*)(CallContext&, const Datum*)> {};

template <auto F>
Datum row(CallContext& context, const Datum* args) {
  if constexpr (std::is_same_v<decltype(F), RowFunction>) {
    return F(context, args);
  } else {
    using Caller = RowCaller<decltype(F)>;
    return Caller::template call<F>(
        context, [args](size_t i) -> const Datum& { return args[i]; }, typename Caller::Indexes{});
  }
}

// REQUIRES: a strict function. Null rows are skipped (FunctionDef::batch).
template <auto F>
void batch(CallContext& context, const Datum* const* args, size_t rows, Datum* out) {
  using Caller = RowCaller<decltype(F)>;
  for (size_t i = 0; i < rows; ++i) {
    if (out[i].is_null) continue;
    out[i] = Caller::template call<F>(
        context, [args, i](size_t argument) -> const Datum& { return args[argument][i]; }, typename Caller::Indexes{});
  }
}

}  // namespace vecino::sql
