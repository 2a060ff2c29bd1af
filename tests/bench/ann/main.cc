// In-process nearest-neighbour search beside hnswlib: recall@10 against exact truth, queries a second, build time, memory.
//   bench_ann DATA_SET_FOLDER [m=16] [ef_construction=64] [threads=1,2] [peers=vecino,hnswlib] [queries=1000] [svg=FILE]
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/ann/peer.h"

namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

template <typename T>
std::vector<T> read_vecs(const std::string& path, int& dimensions) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    std::exit(2);
  }
  in.seekg(0, std::ios::end);
  size_t bytes = static_cast<size_t>(in.tellg());
  in.seekg(0);
  std::vector<char> raw(bytes);
  in.read(raw.data(), static_cast<std::streamsize>(bytes));
  std::memcpy(&dimensions, raw.data(), 4);
  size_t record = 4 + static_cast<size_t>(dimensions) * sizeof(T), rows = bytes / record;
  std::vector<T> values(rows * static_cast<size_t>(dimensions));
  for (size_t i = 0; i < rows; ++i) {
    std::memcpy(values.data() + i * static_cast<size_t>(dimensions), raw.data() + i * record + 4, record - 4);
  }
  return values;
}

struct Point {
  size_t ef;
  double recall, qps[2];
};

struct Data {
  AnnMetric metric;
  int dimensions, truth_width;
  std::vector<float> base, queries;
  std::vector<int32_t> truth;
  size_t rows, query_count;
};

Data load(const std::string& folder, size_t most_queries) {
  Data data;
  bool l2 = std::ifstream(folder + "/gt_l2_first1000q.ivecs").good();
  data.metric = l2 ? AnnMetric::kL2 : AnnMetric::kCosine;
  data.base = read_vecs<float>(folder + "/base.fvecs", data.dimensions);
  data.queries = read_vecs<float>(folder + "/query.fvecs", data.dimensions);
  data.truth = read_vecs<int32_t>(folder + (l2 ? "/gt_l2_first1000q.ivecs" : "/gt_cosine_first1000q.ivecs"), data.truth_width);
  data.rows = data.base.size() / static_cast<size_t>(data.dimensions);
  data.query_count = std::min(most_queries, data.truth.size() / static_cast<size_t>(data.truth_width));
  return data;
}

constexpr size_t kNeighbours = 10;

// Seconds for all queries, once.
double run_queries(AnnPeer& peer, const Data& data, size_t ef, int threads, std::vector<uint32_t>& found) {
  found.resize(data.query_count * kNeighbours);
  auto work = [&](int thread) {
    for (size_t q = static_cast<size_t>(thread); q < data.query_count; q += static_cast<size_t>(threads)) {
      peer.search(data.queries.data() + q * static_cast<size_t>(data.dimensions), ef, kNeighbours, found.data() + q * kNeighbours);
    }
  };
  auto start = Clock::now();
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t) others.emplace_back(work, t);
  work(0);
  for (auto& other : others) other.join();
  return seconds_since(start);
}

// Queries a second with one and with two threads, in turns, so that both see the same machine. Best of the rounds.
void measure(AnnPeer& peer, const Data& data, Point& point, bool two, std::vector<uint32_t>& found) {
  double best[2] = {1e9, 1e9};
  for (int round = 0; round < 5; ++round) {
    for (int threads = 1; threads <= (two ? 2 : 1); ++threads) {
      best[threads - 1] = std::min(best[threads - 1], run_queries(peer, data, point.ef, threads, found));
    }
  }
  for (int i = 0; i < 2; ++i) point.qps[i] = static_cast<double>(data.query_count) / best[i];
}

// What two threads give that touch no memory: the most that anything can scale here.
double compute_scaling() {
  auto spin = [] {
    volatile double x = 1;
    for (int i = 0; i < 30'000'000; ++i) x = x * 1.0000001;
  };
  double times[2] = {1e9, 1e9};
  for (int round = 0; round < 5; ++round) {
    for (int threads = 1; threads <= 2; ++threads) {
      auto start = Clock::now();
      std::thread other(threads == 2 ? std::function<void()>(spin) : [] {});
      spin();
      other.join();
      times[threads - 1] = std::min(times[threads - 1], seconds_since(start));
    }
  }
  return 2 * times[0] / times[1];
}

double recall_of(const Data& data, const std::vector<uint32_t>& found) {
  size_t hits = 0;
  for (size_t q = 0; q < data.query_count; ++q) {
    for (size_t i = 0; i < kNeighbours; ++i) {
      for (size_t t = 0; t < kNeighbours; ++t) {
        hits += static_cast<uint32_t>(data.truth[q * static_cast<size_t>(data.truth_width) + t]) == found[q * kNeighbours + i];
      }
    }
  }
  return static_cast<double>(hits) / static_cast<double>(data.query_count * kNeighbours);
}

// Queries a second at a recall, between the two measured points around it; 0 = not reached.
double at_recall(const std::vector<Point>& curve, double recall, int which) {
  for (size_t i = 0; i + 1 < curve.size(); ++i) {
    const Point &a = curve[i], &b = curve[i + 1];
    if (a.recall > recall || b.recall < recall || b.recall == a.recall) continue;
    double f = (recall - a.recall) / (b.recall - a.recall);
    return 1 / ((1 - f) / a.qps[which] + f / b.qps[which]);
  }
  return 0;
}

void write_svg(const std::string& path, const std::string& title, const std::map<std::string, std::vector<Point>>& curves);

}  // namespace

#include "tests/bench/ann/curve_svg.inc"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: bench_ann DATA_SET_FOLDER [name=value]...\n");
    return 2;
  }
  std::map<std::string, std::string> options = {{"m", "16"},       {"ef_construction", "64"}, {"threads", "1,2"},
                                                {"peers", "vecino,hnswlib"}, {"queries", "1000"},     {"svg", ""},
                                                {"build_threads", "2"}};
  for (int i = 2; i < argc; ++i) {
    std::string text = argv[i];
    size_t equals = text.find('=');
    if (equals == std::string::npos || !options.count(text.substr(0, equals))) {
      std::fprintf(stderr, "unknown option %s\n", text.c_str());
      return 2;
    }
    options[text.substr(0, equals)] = text.substr(equals + 1);
  }
  Data data = load(argv[1], std::stoul(options["queries"]));
  std::printf("%s: %zu x %d, %zu queries, m %s, ef_construction %s\n", argv[1], data.rows, data.dimensions, data.query_count,
              options["m"].c_str(), options["ef_construction"].c_str());
  bool two = options["threads"].find('2') != std::string::npos;
  if (two) std::printf("two threads of pure computation: %.2fx one\n", compute_scaling());
  std::map<std::string, std::vector<Point>> curves;
  std::map<std::string, double> build_times;
  for (std::string name : {"vecino", "hnswlib"}) {
    if (options["peers"].find(name) == std::string::npos) continue;
    auto make = name == "vecino" ? make_vecino : make_hnswlib;
    auto peer = make(data.metric, data.dimensions, std::stoi(options["m"]), std::stoi(options["ef_construction"]));
    auto start = Clock::now();
    peer->build(data.base.data(), data.rows, std::stoi(options["build_threads"]));
    build_times[name] = seconds_since(start);
    std::printf("\n%s: build %.1f s (%s threads), %.1f MB\n   ef  recall@10   QPS 1 thread%s\n", name.c_str(), build_times[name],
                options["build_threads"].c_str(), static_cast<double>(peer->memory_bytes()) / 1048576, two ? "   QPS 2 threads  scaling" : "");
    std::vector<uint32_t> found;
    for (size_t ef : {10, 15, 20, 30, 40, 60, 80, 100, 150, 200, 300, 400, 600, 800}) {
      Point point{ef, 0, {0, 0}};
      measure(*peer, data, point, two, found);
      point.recall = recall_of(data, found);
      std::printf("%5zu     %.4f   %12.0f", ef, point.recall, point.qps[0]);
      if (two) std::printf("   %13.0f    %.2fx", point.qps[1], point.qps[1] / point.qps[0]);
      std::printf("\n");
      std::fflush(stdout);
      curves[name].push_back(point);
    }
  }
  if (curves.size() == 2) {
    std::printf("\nvecino / hnswlib at equal recall (interpolated)\n recall   1 thread%s\n", two ? "   2 threads" : "");
    for (double recall : {0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999}) {
      double ours = at_recall(curves["vecino"], recall, 0), theirs = at_recall(curves["hnswlib"], recall, 0);
      std::printf("  %.3f   %s", recall, ours > 0 && theirs > 0 ? "" : "-");
      if (ours > 0 && theirs > 0) std::printf("%7.2fx", ours / theirs);
      if (two && ours > 0 && theirs > 0) {
        std::printf("   %8.2fx", at_recall(curves["vecino"], recall, 1) / at_recall(curves["hnswlib"], recall, 1));
      }
      std::printf("\n");
    }
    std::printf("build: %.2fx\n", build_times["hnswlib"] / build_times["vecino"]);
  }
  if (!options["svg"].empty()) write_svg(options["svg"], argv[1], curves);
}
