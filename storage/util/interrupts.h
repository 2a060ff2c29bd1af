#pragma once

#include "storage/util/cancel.h"

namespace vecino {

// Whose cancel ends the work that this thread does now; null = nobody's. Functions far below the session (numeric's
// loops, the analyzer, string functions) ask it, as PostgreSQL's CHECK_FOR_INTERRUPTS() does.
inline thread_local constinit const CancelState* current_cancel = nullptr;

inline bool interrupt_requested() { return current_cancel != nullptr && current_cancel->requested(); }

class InterruptScope {
 public:
  explicit InterruptScope(const CancelState* cancel) : before_(current_cancel) { current_cancel = cancel; }
  ~InterruptScope() { current_cancel = before_; }
  InterruptScope(const InterruptScope&) = delete;

 private:
  const CancelState* before_;
};

}  // namespace vecino
