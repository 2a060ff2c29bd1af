#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "sqlfront/sql_error.h"

namespace vecino::sql {

// Checked integer arithmetic with PostgreSQL's errors: 22003 `integer out of range`, 22012 `division by zero`.

[[noreturn]] void throw_integer_range(size_t bytes);
[[noreturn]] void throw_division_by_zero();

template <typename R, typename A, typename B>
R add_checked(A a, B b) {
  R out;
  if (__builtin_add_overflow(a, b, &out)) throw_integer_range(sizeof(R));
  return out;
}
template <typename R, typename A, typename B>
R subtract_checked(A a, B b) {
  R out;
  if (__builtin_sub_overflow(a, b, &out)) throw_integer_range(sizeof(R));
  return out;
}
template <typename R, typename A, typename B>
R multiply_checked(A a, B b) {
  R out;
  if (__builtin_mul_overflow(a, b, &out)) throw_integer_range(sizeof(R));
  return out;
}
template <typename R, typename A, typename B>
R divide_checked(A a, B b) {
  if (b == 0) throw_division_by_zero();
  if (b == -1) return subtract_checked<R>(A{0}, a);
  return static_cast<R>(static_cast<R>(a) / static_cast<R>(b));
}
template <typename R>
R modulo_checked(R a, R b) {
  if (b == 0) throw_division_by_zero();
  return b == -1 ? R{0} : static_cast<R>(a % b);
}
template <typename R>
R narrow_checked(int64_t value) {
  if (value < std::numeric_limits<R>::min() || value > std::numeric_limits<R>::max()) throw_integer_range(sizeof(R));
  return static_cast<R>(value);
}

}  // namespace vecino::sql
