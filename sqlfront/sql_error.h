#pragma once

#include <exception>
#include <string>
#include <utility>

#include "storage/util/status.h"

namespace vecino {

// The one exception of sqlfront: ends the statement, caught at the statement boundary (sqlfront/statement).
// Positions inside sqlfront are 0-based byte offsets into the query text (`location`), -1 = none; the boundary
// turns them into ErrorInfo::position.
class SqlError : public std::exception {
 public:
  explicit SqlError(ErrorInfo info, int location = -1)
      : info_(std::move(info)), location_(location) {}
  SqlError(SqlState code, std::string message, int location = -1) : location_(location) {
    info_.code = code;
    info_.message = std::move(message);
  }
  SqlError&& detail(std::string text) && { info_.detail = std::move(text); return std::move(*this); }
  SqlError&& hint(std::string text) && { info_.hint = std::move(text); return std::move(*this); }
  SqlError&& context(std::string text) && { info_.context = std::move(text); return std::move(*this); }
  SqlError&& at(int location) && { location_ = location; return std::move(*this); }

  const char* what() const noexcept override { return info_.message.c_str(); }
  const ErrorInfo& info() const { return info_; }
  ErrorInfo& info() { return info_; }
  int location() const { return location_; }
  void set_location_if_unset(int location) {
    if (location_ < 0) location_ = location;
  }

 private:
  ErrorInfo info_;
  int location_;
};

// Edges to Status/Result code below sqlfront.
inline void throw_if_error(Status status) {
  if (!status.is_ok()) throw SqlError(std::move(status.info()));
}
template <typename T>
T value_or_throw(Result<T> result) {
  if (!result.is_ok()) throw SqlError(std::move(result.status().info()));
  return std::move(result).value();
}

}  // namespace vecino
