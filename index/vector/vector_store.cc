#include "index/vector/vector_store.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <numeric>

namespace vecino::index {
namespace {

constexpr int kMinQuantizedDimensions = 32;  // below, float vectors are as small as padded codes
constexpr size_t kMostPrefetched = 1024;     // the hardware streams the rest

size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

// Whole cache lines where that wastes little.
size_t pick_stride(size_t bytes) {
  size_t lines = round_up(bytes, 64);
  return lines - bytes <= lines / 8 ? lines : round_up(bytes, 16);
}

void raise(std::atomic<float>& maximum, float value) {
  float seen = maximum.load(std::memory_order_relaxed);
  while (seen < value && !maximum.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

// Sums and maxima of several lanes, which compilers turn into vector instructions without being allowed to reorder a sum.
constexpr int kLanes = 8;

float largest_component(const float* values, const float* mean, float factor, int n) {
  float lanes[kLanes] = {};
  auto take = [&](int i, int lane) {
    float x = std::fabs(values[i] * factor - (mean == nullptr ? 0.0f : mean[i]));
    lanes[lane] = lanes[lane] < x ? x : lanes[lane];
  };
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) take(i + lane, lane);
  }
  for (; i < n; ++i) take(i, 0);
  return *std::max_element(lanes, lanes + kLanes);
}

// The nearest integer, ties to even; for values far below 2^22. Adding 1.5 * 2^23 leaves it in the low bits of the mantissa.
inline int nearest_integer(float x) { return std::bit_cast<int>(x + 12582912.0f) - std::bit_cast<int>(12582912.0f); }

// NaN for a zero vector, as pgvector gives.
double raw_cosine_distance(CosineParts parts) {
  double similarity = parts.dot / std::sqrt(double{parts.norm_a} * parts.norm_b);
  if (similarity > 1) similarity = 1;
  if (similarity < -1) similarity = -1;
  return 1 - similarity;
}

// For ordering: everything is equally far from a zero vector.
double cosine_distance(CosineParts parts) {
  double distance = raw_cosine_distance(parts);
  return std::isnan(distance) ? 1 : distance;
}

}  // namespace

VectorStore::VectorStore(Metric metric, int dimensions, std::vector<float> mean)
    : metric_(metric),
      dimensions_(dimensions),
      padded_(round_up(dimensions, 16)),
      quantized_(metric != Metric::kL1 && dimensions >= kMinQuantizedDimensions),
      mean_(std::move(mean)),
      kernels_(kernels()),
      sq8_(sq8_kernels(kernels_.isa)),
      values_(pick_stride(dimensions * sizeof(float)), kMaxNodes),
      codes_(pick_stride(padded_ + sizeof(CodeTail)), kMaxNodes) {
  if (metric == Metric::kInnerProduct) {
    norm_weight_ = -1;
    dot_weight_ = -1;
  }
  for (float m : mean_) mean_norm_ += m * m;
  query_limit_ = static_cast<int>(std::min<int64_t>(8191, std::numeric_limits<int32_t>::max() / (128 * padded_)));
  exact_prefetch_bytes_ = std::min(kMostPrefetched, dimensions * sizeof(float));
  prefetch_bytes_ = quantized_ ? std::min(kMostPrefetched, padded_ + sizeof(CodeTail)) : exact_prefetch_bytes_;
}

Status VectorStore::ensure(size_t count) {
  RETURN_IF_ERROR(values_.ensure(count));
  return quantized_ ? codes_.ensure(count) : Status::ok();
}

float VectorStore::unit_factor(const float* raw) const {
  if (metric_ != Metric::kCosine) return 1;
  double norm = 0;
  for (int i = 0; i < dimensions_; ++i) norm += double{raw[i]} * raw[i];
  return norm > 0 ? static_cast<float>(1 / std::sqrt(norm)) : 0;
}

void VectorStore::put_values(NodeId id, const void* raw) {
  std::memcpy(values_.at(id), raw, dimensions_ * sizeof(float));
}

void VectorStore::encode(NodeId id) {
  if (quantized_) write_code(id, values(id));
}

void VectorStore::write_code(NodeId id, const float* values) {
  const float factor = unit_factor(values);
  auto* code = reinterpret_cast<int8_t*>(codes_.at(id));
  const float* mean = mean_.empty() ? nullptr : mean_.data();
  float largest = largest_component(values, mean, factor, dimensions_);
  float scale = largest / 127;
  float inverse = scale > 0 ? 1 / scale : 0;
  float norms[kLanes] = {}, errors[kLanes] = {}, mean_dots[kLanes] = {};
  auto take = [&](int i, int lane) {
    const float center = mean == nullptr ? 0.0f : mean[i];
    const float x = values[i] * factor - center;
    const int rounded = std::clamp(nearest_integer(x * inverse), -127, 127);
    code[i] = static_cast<int8_t>(rounded);
    const float decoded = static_cast<float>(rounded) * scale;
    norms[lane] += decoded * decoded;
    errors[lane] += (x - decoded) * (x - decoded);
    mean_dots[lane] += decoded * center;
  };
  int i = 0;
  for (; i + kLanes <= dimensions_; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) take(i + lane, lane);
  }
  for (; i < dimensions_; ++i) take(i, 0);
  auto total = [](const float* lanes) { return std::accumulate(lanes, lanes + kLanes, 0.0); };
  const double norm = total(norms), error = total(errors), mean_dot = total(mean_dots);
  std::memset(code + dimensions_, 0, padded_ - dimensions_);
  float stored_norm = static_cast<float>(metric_ == Metric::kInnerProduct ? mean_dot : norm);
  CodeTail tail{scale, stored_norm};
  std::memcpy(code + padded_, &tail, sizeof tail);
  raise(largest_error_, static_cast<float>(std::sqrt(error)));
  raise(largest_norm_, static_cast<float>(norm));
}

bool VectorStore::same_values(NodeId id, const float* raw) const {
  return std::memcmp(values_.at(id), raw, dimensions_ * sizeof(float)) == 0;
}

void VectorStore::prepare(const float* raw, PreparedQuery& out) const {
  out.values.resize(dimensions_);
  if (raw != out.values.data()) std::memcpy(out.values.data(), raw, dimensions_ * sizeof(float));
  if (!quantized_) return;
  out.fine.resize(padded_);
  const float* q = out.values.data();
  const float* mean = mean_.empty() ? nullptr : mean_.data();
  const float factor = unit_factor(q);
  float largest = largest_component(q, mean, factor, dimensions_);
  float step = largest / static_cast<float>(query_limit_);
  float inverse = step > 0 ? 1 / step : 0;
  float norm = 0, mean_dot = 0;
  for (int i = 0; i < dimensions_; ++i) {
    float x = q[i] * factor - (mean == nullptr ? 0 : mean[i]);
    out.fine[i] = static_cast<int16_t>(std::lrintf(x * inverse));
    norm += x * x;
    if (mean != nullptr) mean_dot += q[i] * mean[i];
  }
  std::fill(out.fine.begin() + dimensions_, out.fine.end(), int16_t{0});
  out.length = std::sqrt(norm);
  out.base = metric_ == Metric::kInnerProduct ? -mean_dot : norm;
  out.weight = dot_weight_ * step;
}

void VectorStore::prepare_node(NodeId id, PreparedQuery& out) const {
  if (!quantized_) return prepare(values(id), out);
  const int8_t* source = code(id);
  out.fine.resize(padded_);
  for (size_t i = 0; i < padded_; ++i) out.fine[i] = source[i];
  CodeTail t = tail(source);
  out.base = metric_ == Metric::kInnerProduct ? -t.norm - mean_norm_ : t.norm;
  out.weight = dot_weight_ * t.scale;
}

void VectorStore::estimate(const PreparedQuery& query, const NodeId* ids, size_t count, float* out) const {
  size_t i = 0;
  if (quantized_) {
    const int16_t* q = query.fine.data();
    int32_t dots[4];
    for (; i + 4 <= count; i += 4) {
      for (size_t ahead = i + 4; ahead < std::min(i + 8, count); ++ahead) prefetch(ids[ahead]);
      const int8_t *c0 = code(ids[i]), *c1 = code(ids[i + 1]), *c2 = code(ids[i + 2]), *c3 = code(ids[i + 3]);
      sq8_.dot4(q, c0, c1, c2, c3, padded_, dots);
      out[i] = combine(query.base, query.weight, tail(c0), dots[0]);
      out[i + 1] = combine(query.base, query.weight, tail(c1), dots[1]);
      out[i + 2] = combine(query.base, query.weight, tail(c2), dots[2]);
      out[i + 3] = combine(query.base, query.weight, tail(c3), dots[3]);
    }
    for (; i < count; ++i) {
      const int8_t* c = code(ids[i]);
      out[i] = combine(query.base, query.weight, tail(c), sq8_.dot(q, c, padded_));
    }
    return;
  }
  for (; i < count; i += 8) {
    size_t n = std::min<size_t>(8, count - i);
    const void* rows[8];
    for (size_t k = 0; k < n; ++k) rows[k] = values(ids[i + k]);
    for (size_t ahead = i + n; ahead < std::min(i + n + 8, count); ++ahead) prefetch(ids[ahead]);
    const float* q = query.values.data();
    switch (metric_) {
      case Metric::kInnerProduct:
        kernels_.inner_product_many(q, rows, n, dimensions_, out + i);
        for (size_t k = 0; k < n; ++k) out[i + k] = -out[i + k];
        break;
      case Metric::kL1: kernels_.l1_many(q, rows, n, dimensions_, out + i); break;
      case Metric::kCosine: {
        CosineParts parts[8];
        kernels_.cosine_parts_many(q, rows, n, dimensions_, parts);
        for (size_t k = 0; k < n; ++k) out[i + k] = static_cast<float>(2 * cosine_distance(parts[k]));
        break;
      }
      default: kernels_.l2_squared_many(q, rows, n, dimensions_, out + i); break;
    }
  }
}

float VectorStore::estimate_pair(NodeId a, NodeId b) const {
  if (quantized_) {
    const int8_t *x = code(a), *y = code(b);
    CodeTail tx = tail(x), ty = tail(y);
    float base = metric_ == Metric::kInnerProduct ? -tx.norm - mean_norm_ : tx.norm;
    return combine(base, dot_weight_ * tx.scale, ty, sq8_.dot_codes(x, y, padded_));
  }
  const float *x = values(a), *y = values(b);
  switch (metric_) {
    case Metric::kInnerProduct: return -kernels_.inner_product(x, y, dimensions_);
    case Metric::kL1: return kernels_.l1(x, y, dimensions_);
    case Metric::kCosine: return static_cast<float>(2 * cosine_distance(kernels_.cosine_parts(x, y, dimensions_)));
    default: return kernels_.l2_squared(x, y, dimensions_);
  }
}

float VectorStore::exact(const PreparedQuery& query, const float* raw) const {
  const float* q = query.values.data();
  switch (metric_) {
    case Metric::kInnerProduct: return -kernels_.inner_product(q, raw, dimensions_);
    case Metric::kL1: return kernels_.l1(q, raw, dimensions_);
    case Metric::kCosine: return static_cast<float>(2 * cosine_distance(kernels_.cosine_parts(q, raw, dimensions_)));
    default: return kernels_.l2_squared(q, raw, dimensions_);
  }
}

float VectorStore::lower_bound(const PreparedQuery& query, float estimate) const {
  if (!quantized_) return estimate;
  // Rounding of the query (14 bits) and of the float32 sums is covered by the relative terms.
  float error = largest_error_.load(std::memory_order_relaxed) * 1.001f + query.length * 1e-4f;
  float rounding = 2e-6f * (query.length * query.length + largest_norm_.load(std::memory_order_relaxed));
  if (metric_ == Metric::kInnerProduct) {
    return estimate - query.length * error - std::fabs(estimate) * 1e-5f - rounding;
  }
  float root = std::sqrt(std::max(0.0f, estimate - rounding)) - error;
  return root <= 0 ? 0 : root * root;
}

double VectorStore::operator_distance(const PreparedQuery& query, const float* raw) const {
  const float* q = query.values.data();
  switch (metric_) {
    case Metric::kInnerProduct: return -double{kernels_.inner_product(q, raw, dimensions_)};
    case Metric::kL1: return kernels_.l1(q, raw, dimensions_);
    case Metric::kCosine: return raw_cosine_distance(kernels_.cosine_parts(q, raw, dimensions_));
    default: return std::sqrt(double{kernels_.l2_squared(q, raw, dimensions_)});
  }
}

}  // namespace vecino::index
