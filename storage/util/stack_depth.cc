#include "storage/util/stack_depth.h"

#include <pthread.h>

#include <algorithm>

namespace vecino {

// The first question of a thread: PostgreSQL's check_stack_depth(), with the stack's true size instead of a setting.
bool measure_stack(uintptr_t frame) {
  if (stack_floor != UINTPTR_MAX) return true;
  pthread_attr_t attributes;
  void* lowest = nullptr;
  size_t size = 0, guard = 0;
  uintptr_t floor = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
    pthread_attr_getstack(&attributes, &lowest, &size);
    pthread_attr_getguardsize(&attributes, &guard);
    pthread_attr_destroy(&attributes);
    floor = reinterpret_cast<uintptr_t>(lowest) + guard;
  }
  // A main thread without a limit has a stack of some terabytes; its siblings have not.
  const uintptr_t highest = frame > kThreadStackSize ? frame - kThreadStackSize : 0;
  stack_floor = std::max(floor, highest) + kStackReserve;
  return frame < stack_floor;
}

size_t stack_left() {
  if (stack_nearly_used()) return 0;
  return reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) - stack_floor;
}

void limit_stack(size_t bytes) {
  const size_t left = stack_left();
  if (left > bytes) stack_floor += left - bytes;
}

void set_thread_stack_size(size_t bytes) {
  pthread_attr_t attributes;
  if (pthread_getattr_default_np(&attributes) != 0) return;
  if (pthread_attr_setstacksize(&attributes, bytes) == 0) pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
}

}  // namespace vecino
