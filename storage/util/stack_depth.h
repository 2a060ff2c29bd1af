#pragma once

#include <cstddef>
#include <cstdint>

namespace vecino {

// How much stack a thread has left. Whatever recurses as deep as its input says (parsers, printers, walks over trees)
// asks at each level and refuses to go on while there is still enough for what does not ask: leaf functions, libraries,
// destructors. A tree's destructor takes less stack a level than whatever built it, and threads have stacks of one size
// (set_thread_stack_size), so a tree that could be built can be destroyed anywhere.
inline constexpr size_t kStackReserve = size_t{640} << 10;
inline constexpr size_t kThreadStackSize = size_t{16} << 20;

// The lowest address a frame may be at. The greatest one until the thread was measured.
inline thread_local constinit uintptr_t stack_floor = UINTPTR_MAX;

bool measure_stack(uintptr_t frame);

// Less than the reserve is left on this thread.
inline bool stack_nearly_used() {
  const auto frame = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  return frame < stack_floor && measure_stack(frame);
}
// Bytes that may still be used before stack_nearly_used().
size_t stack_left();
// For a thread that works for another one: no more than `bytes` from here on, so that what it builds fits the other's stack.
void limit_stack(size_t bytes);

// For all threads that are started from now on. Address space only: pages are taken when they are used.
void set_thread_stack_size(size_t bytes);

}  // namespace vecino
