#include "index/vector/vector_store.h"

#include <algorithm>
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
  return lines - bytes <= lines / 8 ? lines : round_up(bytes, 8);
}

void raise(std::atomic<float>& maximum, float value) {
  float seen = maximum.load(std::memory_order_relaxed);
  while (seen < value && !maximum.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

// A running average. Of two threads at once one may be lost.
void approach(std::atomic<float>& average, float value) {
  const float seen = average.load(std::memory_order_relaxed);
  average.store(seen == 0 ? value : seen + (value - seen) / 64, std::memory_order_relaxed);
}

// Room for one vector at a time.
float* scratch(size_t dimensions) {
  thread_local std::vector<float> values;
  if (values.size() < dimensions) values.resize(dimensions);
  return values.data();
}

double sum_of_squares(const float* x, int n) {
  constexpr int kLanes = 8;  // the compiler may not reorder one sum
  double lanes[kLanes] = {};
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) lanes[lane] += double{x[i + lane]} * x[i + lane];
  }
  for (; i < n; ++i) lanes[0] += double{x[i]} * x[i];
  return std::accumulate(lanes, lanes + kLanes, 0.0);
}

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
      center_(mean_.empty() ? std::vector<float>(static_cast<size_t>(dimensions), 0.0f) : mean_),
      kernels_(kernels()),
      sq8_(sq8_kernels(kernels_.isa)),
      values_(pick_stride(dimensions * sizeof(float)), kMaxNodes),
      codes_(pick_stride(padded_ + tail_bytes()), kMaxNodes),
      split_(center_) {
  if (metric == Metric::kInnerProduct) {
    norm_weight_ = -1;
    dot_weight_ = -1;
  }
  for (float m : mean_) mean_norm_ += m * m;
  query_limit_ = static_cast<int>(std::min<int64_t>(8191, std::numeric_limits<int32_t>::max() / (128 * padded_)));
  prefetch_bytes_ = std::min(kMostPrefetched, quantized_ ? padded_ + tail_bytes() : dimensions * sizeof(float));
}

Status VectorStore::ensure(size_t count) {
  if (!quantized_) return values_.ensure(count);
  RETURN_IF_ERROR(codes_.ensure(count));
  return split_.ensure(count);
}

float VectorStore::unit_factor(const float* raw) const {
  if (metric_ != Metric::kCosine) return 1;
  const double norm = sum_of_squares(raw, dimensions_);
  return norm > 0 ? static_cast<float>(1 / std::sqrt(norm)) : 0;
}

Status VectorStore::put(NodeId id, const float* raw) {
  if (!quantized_) {
    std::memcpy(values_.at(id), raw, static_cast<size_t>(dimensions_) * sizeof(float));
    return Status::ok();
  }
  write_code(id, raw);
  return split_.put(id, raw, coded(id));
}

void VectorStore::discard(NodeId begin, NodeId end) {
  if (!quantized_) return values_.discard(begin, end);
  codes_.discard(begin, end);
  split_.discard(begin, end);
}

void VectorStore::read(NodeId id, float* out) const {
  if (const float* found = values(id, out); found != out) {
    std::memcpy(out, found, static_cast<size_t>(dimensions_) * sizeof(float));
  }
}

CodedVector VectorStore::coded(NodeId id) const {
  const int8_t* c = code(id);
  const auto* cosine = reinterpret_cast<const CosineTail*>(c + padded_);
  return {c, tail(c).scale, metric_ == Metric::kCosine ? cosine->length : 1.0f};
}

void VectorStore::write_code(NodeId id, const float* values) {
  const float factor = unit_factor(values);
  auto* code = reinterpret_cast<int8_t*>(codes_.at(id));
  const Sq8Sums sums = sq8_.encode(values, center_.data(), factor, static_cast<size_t>(dimensions_), code);
  std::memset(code + dimensions_, 0, padded_ - static_cast<size_t>(dimensions_));
  const float norm = static_cast<float>(metric_ == Metric::kInnerProduct ? sums.mean_dot : sums.norm);
  const CosineTail tail{{sums.scale, norm}, factor > 0 ? 1 / factor : 0};
  std::memcpy(code + padded_, &tail, tail_bytes());
  approach(usual_error_, static_cast<float>(std::sqrt(sums.error)));
  raise(largest_error_, static_cast<float>(std::sqrt(sums.error)));
  raise(largest_norm_, static_cast<float>(sums.norm));
}

bool VectorStore::same_values(NodeId id, const float* raw) const {
  const size_t n = static_cast<size_t>(dimensions_);
  return std::memcmp(values(id, scratch(n)), raw, n * sizeof(float)) == 0;
}

bool VectorStore::same_values(NodeId a, NodeId b) const {
  if (!quantized_) return same_values(a, plain(b));
  return std::memcmp(code(a), code(b), padded_ + tail_bytes()) == 0 && split_.same(a, b);
}

void VectorStore::prepare_values(NodeId id, PreparedQuery& out) const {
  out.values.resize(static_cast<size_t>(dimensions_));
  read(id, out.values.data());
  prepare(out.values.data(), out);
}

void VectorStore::prepare(const float* raw, PreparedQuery& out) const {
  out.values.resize(dimensions_);
  if (raw != out.values.data()) std::memcpy(out.values.data(), raw, dimensions_ * sizeof(float));
  out.by_codes = estimates_by_codes();
  if (!quantized_) return;
  out.fine.resize(padded_);
  const float* q = out.values.data();
  const float factor = unit_factor(q);
  float largest = sq8_.largest(q, center_.data(), factor, static_cast<size_t>(dimensions_));
  float step = largest / static_cast<float>(query_limit_);
  float inverse = step > 0 ? 1 / step : 0;
  float norm = 0, mean_dot = 0;
  for (int i = 0; i < dimensions_; ++i) {
    float x = q[i] * factor - center_[static_cast<size_t>(i)];
    out.fine[i] = static_cast<int16_t>(std::lrintf(x * inverse));
    norm += x * x;
    mean_dot += q[i] * center_[static_cast<size_t>(i)];
  }
  std::fill(out.fine.begin() + dimensions_, out.fine.end(), int16_t{0});
  out.length = std::sqrt(norm);
  out.base = metric_ == Metric::kInnerProduct ? -mean_dot : norm;
  out.weight = dot_weight_ * step;
}

void VectorStore::prepare_node(NodeId id, PreparedQuery& out) const {
  if (!quantized_) return prepare(plain(id), out);
  if (!estimates_by_codes()) return prepare_values(id, out);
  out.by_codes = true;
  const int8_t* source = code(id);
  out.fine.resize(padded_);
  for (size_t i = 0; i < padded_; ++i) out.fine[i] = source[i];
  CodeTail t = tail(source);
  out.base = metric_ == Metric::kInnerProduct ? -t.norm - mean_norm_ : t.norm;
  out.weight = dot_weight_ * t.scale;
}

void VectorStore::estimate(const PreparedQuery& query, const NodeId* ids, size_t count, float* out) const {
  size_t i = 0;
  if (quantized_ && !query.by_codes) {
    for (; i < count; ++i) out[i] = exact(query, ids[i]);
    return;
  }
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
    for (size_t k = 0; k < n; ++k) rows[k] = plain(ids[i + k]);
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

void VectorStore::judge_codes(const PreparedQuery& query, float nearest, float farthest) {
  constexpr uint32_t kFewest = 64;     // judgements before one counts
  constexpr float kTooCoarse = 0.125f;  // of the way from the nearest to the farthest
  if (!query.by_codes || !(farthest > nearest)) return;
  const float error = usual_error_.load(std::memory_order_relaxed) / std::sqrt(static_cast<float>(dimensions_));
  const float noise = metric_ == Metric::kInnerProduct ? query.length * error : 2 * std::sqrt(std::max(0.0f, farthest)) * error;
  approach(coarseness_, std::min(1.0f, noise / (farthest - nearest)));
  if (judged_.fetch_add(1, std::memory_order_relaxed) < kFewest) return;
  if (coarseness_.load(std::memory_order_relaxed) > kTooCoarse) coarse_.store(true, std::memory_order_relaxed);
}

float VectorStore::estimate_pair(NodeId a, NodeId b) const {
  if (quantized_ && !estimates_by_codes()) {
    thread_local std::vector<float> x;
    x.resize(static_cast<size_t>(dimensions_));
    read(a, x.data());
    return exact_between(x.data(), values(b, scratch(static_cast<size_t>(dimensions_))));
  }
  if (quantized_) {
    const int8_t *x = code(a), *y = code(b);
    CodeTail tx = tail(x), ty = tail(y);
    float base = metric_ == Metric::kInnerProduct ? -tx.norm - mean_norm_ : tx.norm;
    return combine(base, dot_weight_ * tx.scale, ty, sq8_.dot_codes(x, y, padded_));
  }
  const float *x = plain(a), *y = plain(b);
  switch (metric_) {
    case Metric::kInnerProduct: return -kernels_.inner_product(x, y, dimensions_);
    case Metric::kL1: return kernels_.l1(x, y, dimensions_);
    case Metric::kCosine: return static_cast<float>(2 * cosine_distance(kernels_.cosine_parts(x, y, dimensions_)));
    default: return kernels_.l2_squared(x, y, dimensions_);
  }
}

float VectorStore::exact(const PreparedQuery& query, NodeId id) const {
  return exact(query, values(id, scratch(static_cast<size_t>(dimensions_))));
}

double VectorStore::operator_distance(const PreparedQuery& query, NodeId id) const {
  return operator_distance(query, values(id, scratch(static_cast<size_t>(dimensions_))));
}

float VectorStore::exact(const PreparedQuery& query, const float* raw) const { return exact_between(query.values.data(), raw); }

float VectorStore::exact_between(const float* q, const float* raw) const {
  switch (metric_) {
    case Metric::kInnerProduct: return -kernels_.inner_product(q, raw, dimensions_);
    case Metric::kL1: return kernels_.l1(q, raw, dimensions_);
    case Metric::kCosine: return static_cast<float>(2 * cosine_distance(kernels_.cosine_parts(q, raw, dimensions_)));
    default: return kernels_.l2_squared(q, raw, dimensions_);
  }
}

float VectorStore::lower_bound(const PreparedQuery& query, float estimate) const {
  if (!query.by_codes) return estimate;
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
