#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "index/distance/distance.h"
#include "sqlfront/functions/vector_functions.h"
#include "sqlfront/types/vector.h"

namespace vecino::sql {
namespace {

using index::CosineParts;
using index::KernelTable;
using index::kernels;

// A distance: one kernel over a pair, the same over many, and what SQL makes of the kernel's result.
struct L2 {
  using Raw = float;
  static constexpr auto kOne = &KernelTable::l2_squared;
  static constexpr auto kMany = &KernelTable::l2_squared_many;
  static double finish(float squared) { return std::sqrt(static_cast<double>(squared)); }
};
struct L2Squared : L2 {
  static double finish(float squared) { return squared; }
};
struct InnerProduct {
  using Raw = float;
  static constexpr auto kOne = &KernelTable::inner_product;
  static constexpr auto kMany = &KernelTable::inner_product_many;
  static double finish(float product) { return product; }
};
struct NegativeInnerProduct : InnerProduct {
  static double finish(float product) { return -static_cast<double>(product); }
};
struct Spherical : InnerProduct {
  static double finish(float product) {
    return std::acos(std::clamp(static_cast<double>(product), -1.0, 1.0)) / std::numbers::pi;
  }
};
struct Cosine {
  using Raw = CosineParts;
  static constexpr auto kOne = &KernelTable::cosine_parts;
  static constexpr auto kMany = &KernelTable::cosine_parts_many;
  static double finish(const CosineParts& parts) {
    double similarity = parts.dot / std::sqrt(static_cast<double>(parts.norm_a) * static_cast<double>(parts.norm_b));
    if (std::isnan(similarity)) return std::numeric_limits<double>::quiet_NaN();
    return 1.0 - std::clamp(similarity, -1.0, 1.0);
  }
};
struct L1 {
  using Raw = float;
  static constexpr auto kOne = &KernelTable::l1;
  static constexpr auto kMany = &KernelTable::l1_many;
  static double finish(float sum) { return sum; }
};

template <typename Distance>
Datum one(const Datum& left, const Datum& right) {
  check_same_dimensions(left, right);
  return Datum::from_float(Distance::finish((kernels().*Distance::kOne)(left.ptr, right.ptr, left.len / 4)));
}

// Rows that share one side's bytes (the query of a kNN search) go through the one-to-many kernel in groups.
template <typename Distance>
class Batcher {
 public:
  enum class Query : uint8_t { kLeft, kRight };  // which argument is the shared one
  Batcher(const Datum* constant, const Datum* varying, Query side, Datum* out)
      : constant_(constant), varying_(varying), side_(side), out_(out), table_(kernels()) {}

  void run(size_t rows) {
    for (size_t i = 0; i < rows; ++i) {
      if (out_[i].is_null) continue;
      const Datum& query = constant_[i];
      if (query.len != varying_[i].len) refuse(query, varying_[i]);
      if (count_ == kGroup || (count_ > 0 && (query.ptr != query_.ptr || query.len != query_.len))) flush();
      query_ = query;
      vectors_[count_] = varying_[i].ptr;
      positions_[count_++] = static_cast<uint32_t>(i);
    }
    flush();
  }

 private:
  void flush() {
    if (count_ == 0) return;
    (table_.*Distance::kMany)(query_.ptr, vectors_, count_, query_.len / 4, raw_);
    for (size_t i = 0; i < count_; ++i) out_[positions_[i]] = Datum::from_float(Distance::finish(raw_[i]));
    count_ = 0;
  }

  [[noreturn]] void refuse(const Datum& query, const Datum& vector) const {
    int of_query = static_cast<int>(query.len / 4), of_vector = static_cast<int>(vector.len / 4);
    if (side_ == Query::kLeft) throw_different_dimensions(of_query, of_vector);
    throw_different_dimensions(of_vector, of_query);
  }

  static constexpr size_t kGroup = 64;
  const Datum* constant_;
  const Datum* varying_;
  const Query side_;
  Datum* out_;
  const KernelTable& table_;
  Datum query_ = Datum::null();
  size_t count_ = 0;
  const void* vectors_[kGroup];
  uint32_t positions_[kGroup];
  typename Distance::Raw raw_[kGroup];
};

template <typename Distance>
void many(const Datum* const* args, size_t rows, Datum* out) {
  // All these distances are symmetric, bit for bit.
  bool first_is_constant = rows > 1 && args[0][0].ptr == args[0][rows - 1].ptr && !args[0][0].is_null;
  const Datum* constant = first_is_constant ? args[0] : args[1];
  const Datum* varying = first_is_constant ? args[1] : args[0];
  using Side = typename Batcher<Distance>::Query;
  Batcher<Distance>(constant, varying, first_is_constant ? Side::kLeft : Side::kRight, out).run(rows);
}

}  // namespace

#define VECINO_DEFINE(name, Distance)                                                           \
  Datum name##_row(CallContext&, const Datum* args) { return one<Distance>(args[0], args[1]); } \
  void name##_batch(CallContext&, const Datum* const* args, size_t rows, Datum* out) {          \
    many<Distance>(args, rows, out);                                                            \
  }
VECINO_DEFINE(l2_distance, L2)
VECINO_DEFINE(l2_squared, L2Squared)
VECINO_DEFINE(inner_product, InnerProduct)
VECINO_DEFINE(negative_inner_product, NegativeInnerProduct)
VECINO_DEFINE(cosine_distance, Cosine)
VECINO_DEFINE(l1_distance, L1)
VECINO_DEFINE(spherical_distance, Spherical)
#undef VECINO_DEFINE

}  // namespace vecino::sql
