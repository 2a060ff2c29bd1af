#include "sqlfront/types/value_size.h"

#include <algorithm>

#include "sqlfront/interrupts.h"

namespace vecino::sql {
namespace {

constexpr size_t kStep = size_t{16} << 20;  // copied between two looks at the cancel state: some milliseconds

}  // namespace

void check_allocation(size_t bytes) {
  if (bytes <= kMaxValueBytes) return;
  throw SqlError(sqlstate::kInternalError, "invalid memory alloc request size " + std::to_string(bytes));
}

void check_enlarged(size_t have, size_t more) {
  if (more <= kMaxValueBytes && have + more <= kMaxValueBytes) return;
  throw SqlError(sqlstate::kProgramLimitExceeded, "out of memory")
      .detail("Cannot enlarge string buffer containing " + std::to_string(have) + " bytes by " + std::to_string(more) +
              " more bytes.");
}

void append_checked(std::string& out, std::string_view piece) {
  check_enlarged(out.size(), piece.size());
  check_for_interrupts();
  for (size_t at = 0; at < piece.size(); at += kStep) {
    if (at > 0) check_for_interrupts();
    out.append(piece.substr(at, kStep));
  }
}

void append_checked(std::string& out, size_t count, char c) {
  check_enlarged(out.size(), count);
  for (size_t done = 0; done < count; done += kStep) {
    check_for_interrupts();
    out.append(std::min(kStep, count - done), c);
  }
}

}  // namespace vecino::sql
