#include "index/distance/panels.h"

#include <cmath>
#include <random>
#include <vector>

#include "index/distance/distance.h"
#include "tests/unit/catch.h"

namespace vecino::index {

TEST_CASE("panels: the least bias + row . column, on every instruction set") {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  for (size_t n : {1u, 3u, 8u, 100u}) {
    for (size_t rows : {1u, 5u, 6u, 13u, 31u}) {
      const size_t columns = 37, panels = 3;
      std::vector<float> x(rows * n), packed(panels * n * kPanelColumns, 0.0f), bias(panels * kPanelColumns, INFINITY);
      for (float& v : x) v = normal(random);
      for (size_t c = 0; c < columns; ++c) {
        bias[c] = normal(random);
        for (size_t d = 0; d < n; ++d) packed[(c / kPanelColumns * n + d) * kPanelColumns + c % kPanelColumns] = normal(random);
      }
      auto sum = [&](size_t r, size_t c) {
        double s = bias[c];
        for (size_t d = 0; d < n; ++d) s += double{x[r * n + d]} * packed[(c / kPanelColumns * n + d) * kPanelColumns + c % kPanelColumns];
        return s;
      };
      for (Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512}) {
        if (!isa_supported(isa)) continue;
        std::vector<float> best(rows, INFINITY);
        std::vector<uint32_t> nearest(rows, 0);
        best[0] = -1e30f;  // keeps what it has
        nearest[0] = 7;
        panel_kernels(isa).nearest(x.data(), rows, n, packed.data(), panels, bias.data(), 100, best.data(), nearest.data());
        CHECK(best[0] == -1e30f);
        CHECK(nearest[0] == 7);
        for (size_t r = 1; r < rows; ++r) {
          REQUIRE(nearest[r] >= 100);
          REQUIRE(nearest[r] < 100 + columns);
          CHECK(best[r] == Approx(sum(r, nearest[r] - 100)).margin(1e-4));
          for (size_t c = 0; c < columns; ++c) CHECK(sum(r, c) > best[r] - 1e-4);
        }
      }
    }
  }
}

}  // namespace vecino::index
