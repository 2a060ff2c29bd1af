#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "storage/util/sqlstate.h"

namespace vecino {

// Everything an ErrorResponse or NoticeResponse can carry (PostgreSQL manual, 55.8). Empty fields are not
// sent. `position` is the 1-based character (not byte) offset into the query text; 0 = none.
struct ErrorInfo {
  SqlState code = sqlstate::kInternalError;
  std::string message;
  std::string detail;
  std::string hint;
  std::string context;
  int position = 0;
  std::string schema, table, column, data_type, constraint;
};

// The outcome of an operation below sqlfront. Ok is one null pointer. Never throw across this boundary.
class [[nodiscard]] Status {
 public:
  Status() = default;
  static Status ok() { return {}; }
  static Status error(SqlState code, std::string message, std::string detail = {},
                      std::string hint = {}) {
    auto info = std::make_unique<ErrorInfo>();
    info->code = code;
    info->message = std::move(message);
    info->detail = std::move(detail);
    info->hint = std::move(hint);
    return Status(std::move(info));
  }
  explicit Status(std::unique_ptr<ErrorInfo> info) : info_(std::move(info)) {}
  Status(const Status& other)
      : info_(other.info_ ? std::make_unique<ErrorInfo>(*other.info_) : nullptr) {}
  Status(Status&&) noexcept = default;
  Status& operator=(const Status& other) { return *this = Status(other); }
  Status& operator=(Status&&) noexcept = default;

  bool is_ok() const { return !info_; }
  explicit operator bool() const { return is_ok(); }
  // REQUIRES: !is_ok()
  const ErrorInfo& info() const { return *info_; }
  ErrorInfo& info() { return *info_; }

 private:
  std::unique_ptr<ErrorInfo> info_;
};

// A value or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Status status) : status_(std::move(status)) {}
  bool is_ok() const { return status_.is_ok(); }
  explicit operator bool() const { return is_ok(); }
  Status& status() { return status_; }
  const Status& status() const { return status_; }
  // REQUIRES: is_ok()
  T& value() & { return *value_; }
  const T& value() const& { return *value_; }
  T&& value() && { return std::move(*value_); }
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return std::move(*value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  Status status_;
  std::optional<T> value_;
};

#define VECINO_CONCAT_INNER(a, b) a##b
#define VECINO_CONCAT(a, b) VECINO_CONCAT_INNER(a, b)

// Returns from the enclosing function (Status or Result<...>) when `expr` is not ok.
#define RETURN_IF_ERROR(expr)                                     \
  do {                                                            \
    ::vecino::Status vecino_status_ = (expr);                     \
    if (!vecino_status_.is_ok()) return vecino_status_;           \
  } while (0)

// ASSIGN_OR_RETURN(auto x, compute()): declares x or returns the error.
#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_IMPL(VECINO_CONCAT(vecino_result_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_IMPL(name, lhs, expr)        \
  auto name = (expr);                                 \
  if (!name.is_ok()) return std::move(name).status(); \
  lhs = std::move(name).value()

}  // namespace vecino
