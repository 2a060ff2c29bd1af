// Throughput of the distance kernels: `bench_distance [megabytes]`. Prints GB/s of vector bytes read, for vectors that
// fit the cache and for a working set that does not.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "index/distance/distance.h"

namespace {

using namespace vecino::index;
using Rows = void (*)(const void*, const void*, size_t, size_t, size_t, float*);

double gigabytes_per_second(Rows kernel, const std::vector<float>& matrix, size_t n) {
  size_t rows = matrix.size() / n;
  std::vector<float> out(rows), query(matrix.begin(), matrix.begin() + static_cast<long>(n));
  auto start = std::chrono::steady_clock::now();
  double seconds = 0;
  size_t passes = 0;
  do {
    kernel(query.data(), matrix.data(), n * 4, rows, n, out.data());
    ++passes;
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  } while (seconds < 0.3);
  return static_cast<double>(passes * rows * n * 4) / seconds / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
  size_t megabytes = argc > 1 ? static_cast<size_t>(std::atoi(argv[1])) : 256;
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (size_t bytes : {size_t{256} << 10, megabytes << 20}) {
    std::vector<float> matrix(bytes / 4);
    for (float& x : matrix) x = uniform(random);
    std::printf("working set %zu kB, GB/s\n%8s %6s %8s %8s %8s\n", bytes >> 10, "isa", "dims", "l2", "ip", "l1");
    for (Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512}) {
      if (!isa_supported(isa)) continue;
      const KernelTable& k = kernels(isa);
      for (size_t n : {32u, 96u, 128u, 384u, 768u, 1536u}) {
        std::printf("%8s %6zu %8.1f %8.1f %8.1f\n", k.name, n, gigabytes_per_second(k.l2_squared_rows, matrix, n),
                    gigabytes_per_second(k.inner_product_rows, matrix, n),
                    gigabytes_per_second(k.l1_rows, matrix, n));
      }
    }
  }
}
