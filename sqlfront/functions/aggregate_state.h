#pragma once

#include <new>
#include <string>

#include "sqlfront/functions/function.h"

namespace vecino::sql {

// Builds an AggregateKernel from a state class with
//   void step(CallContext&, const Datum* args)      called for every row; strict ones skip rows with a NULL argument
//   Datum final(CallContext&)
//   void combine(CallContext&, const State& other)
// States live in the executor's memory; what they own is freed by `destroy`.
template <typename State>
struct KernelOf {
  static void init(void* state) { new (state) State(); }
  static void step(CallContext& context, void* state, const Datum* args) {
    static_cast<State*>(state)->step(context, args);
  }
  static void combine(CallContext& context, void* state, const void* other) {
    static_cast<State*>(state)->combine(context, *static_cast<const State*>(other));
  }
  static Datum final(CallContext& context, void* state) { return static_cast<State*>(state)->final(context); }
  static void destroy(void* state) { static_cast<State*>(state)->~State(); }
};

template <typename State>
inline constexpr AggregateKernel kKernel = {
    sizeof(State), KernelOf<State>::init, KernelOf<State>::step, KernelOf<State>::combine, KernelOf<State>::final,
    std::is_trivially_destructible_v<State> ? nullptr : KernelOf<State>::destroy};

// A datum that owns its bytes (max(text) keeps the greatest so far).
class OwnedDatum {
 public:
  bool has_value() const { return has_value_; }
  // Bytes stay valid until the next set().
  Datum get() const {
    if (!bytes_kind_) return value_;
    return Datum::from_bytes(bytes_);
  }
  void set_bytes(const Datum& value) {
    bytes_.assign(value.ptr, value.len);
    bytes_kind_ = true;
    has_value_ = true;
  }
  void set_scalar(const Datum& value) {
    value_ = value;
    has_value_ = true;
  }

 private:
  Datum value_ = Datum::null();
  std::string bytes_;
  bool bytes_kind_ = false, has_value_ = false;
};

}  // namespace vecino::sql
