#pragma once

#include "sqlfront/sql_error.h"
#include "storage/util/interrupts.h"
#include "storage/util/stack_depth.h"

namespace vecino {

[[noreturn]] inline void throw_stack_depth_exceeded() {
  throw SqlError(sqlstate::kStatementTooComplex, "stack depth limit exceeded")
      .hint("Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), after ensuring the "
            "platform's stack depth limit is adequate.");
}

// Every function that recurses as deep as its input says calls this at each level: 54001 instead of a crash.
inline void check_stack_depth() {
  if (stack_nearly_used()) [[unlikely]] throw_stack_depth_exceeded();
}

// Every loop as long as its input says calls this at least once in some milliseconds. Throws the cancel's error.
inline void check_for_interrupts() {
  if (interrupt_requested()) [[unlikely]] throw_if_error(current_cancel->check());
}

// For recursions that may also take long: walks of the analyzer and the planner.
inline void check_recursion() {
  check_stack_depth();
  check_for_interrupts();
}

}  // namespace vecino
