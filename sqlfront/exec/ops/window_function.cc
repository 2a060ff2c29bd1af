#include "sqlfront/exec/ops/window_function.h"

#include "sqlfront/sql_error.h"

namespace vecino::sql {
namespace {

using Frames = std::vector<uint32_t>;

// Functions of the row's place in its partition.
enum class Rank : uint8_t { kRowNumber, kRank, kDenseRank, kPercentRank, kCumeDist };

class RankFunction final : public WindowFunction {
 public:
  explicit RankFunction(Rank rank) : rank_(rank) {}
  void compute(const WindowPartition& p, const Frames&, const Frames&, WindowFrame&, Arena&, Datum* out) override {
    auto rows = static_cast<double>(p.rows);
    for (size_t i = 0; i < p.rows; ++i) {
      size_t first = p.first_peer(i);
      switch (rank_) {
        case Rank::kRowNumber: out[i] = Datum::from_int(static_cast<int64_t>(i) + 1); break;
        case Rank::kRank: out[i] = Datum::from_int(static_cast<int64_t>(first) + 1); break;
        case Rank::kDenseRank: out[i] = Datum::from_int(p.group[i] + 1); break;
        case Rank::kPercentRank:
          out[i] = Datum::from_float(p.rows <= 1 ? 0.0 : static_cast<double>(first) / (rows - 1));
          break;
        case Rank::kCumeDist: out[i] = Datum::from_float(static_cast<double>(p.end_of_peers(i)) / rows); break;
      }
    }
  }

 private:
  Rank rank_;
};

// Arguments evaluated over all rows of a partition.
class ArgumentFunction : public WindowFunction {
 protected:
  ArgumentFunction(const WindowExpr& expr, RunState& run) : run_(run), args_(compile_all(expr.args)) {}
  std::vector<Column> evaluate(const WindowPartition& partition, Arena& arena) {
    Frame frame;
    frame.run = &run_;
    frame.arena = &arena;
    frame.input = partition.columns;
    frame.rows = partition.rows;
    std::vector<Column> columns;
    for (auto& arg : args_) columns.push_back(arg->evaluate(frame));
    return columns;
  }
  RunState& run_;
  std::vector<EvaluatorPtr> args_;
};

class Ntile final : public ArgumentFunction {
 public:
  using ArgumentFunction::ArgumentFunction;
  Ntile(const WindowExpr& expr, RunState& run) : ArgumentFunction(expr, run) {}
  void compute(const WindowPartition& p, const Frames&, const Frames&, WindowFrame&, Arena& arena,
               Datum* out) override {
    Datum buckets = evaluate(p, arena)[0][0];
    if (buckets.is_null) {
      std::fill(out, out + p.rows, Datum::null());
      return;
    }
    if (buckets.i64 <= 0) {
      throw SqlError(SqlState{"22014"}, "argument of ntile must be greater than zero");
    }
    auto rows = static_cast<int64_t>(p.rows), count = buckets.i64;
    int64_t size = rows / count, larger = rows % count;  // the first `larger` buckets have one row more
    for (int64_t i = 0; i < rows; ++i) {
      int64_t bucket = i < larger * (size + 1) ? i / (size + 1) : larger + (i - larger * (size + 1)) / std::max<int64_t>(size, 1);
      out[i] = Datum::from_int(bucket + 1);
    }
  }
};

class LagLead final : public ArgumentFunction {
 public:
  LagLead(const WindowExpr& expr, RunState& run, int direction) : ArgumentFunction(expr, run), direction_(direction) {}
  void compute(const WindowPartition& p, const Frames&, const Frames&, WindowFrame&, Arena& arena,
               Datum* out) override {
    std::vector<Column> args = evaluate(p, arena);
    for (size_t i = 0; i < p.rows; ++i) {
      int64_t offset = 1;
      if (args.size() > 1) {
        if (args[1][i].is_null) {
          out[i] = Datum::null();
          continue;
        }
        offset = args[1][i].i64;
      }
      int64_t target = static_cast<int64_t>(i) + direction_ * offset;
      if (target >= 0 && target < static_cast<int64_t>(p.rows)) {
        out[i] = args[0][static_cast<size_t>(target)];
      } else {
        out[i] = args.size() > 2 ? args[2][i] : Datum::null();
      }
    }
  }

 private:
  int direction_;
};

enum class Nth : uint8_t { kFirst, kLast, kNth };

class NthValue final : public ArgumentFunction {
 public:
  NthValue(const WindowExpr& expr, RunState& run, Nth which) : ArgumentFunction(expr, run), which_(which) {}
  void compute(const WindowPartition& p, const Frames& start, const Frames& end, WindowFrame& frame, Arena& arena,
               Datum* out) override {
    std::vector<Column> args = evaluate(p, arena);
    for (size_t i = 0; i < p.rows; ++i) out[i] = pick(p, args, start[i], end[i], frame, i);
  }

 private:
  Datum pick(const WindowPartition& p, const std::vector<Column>& args, size_t start, size_t end, WindowFrame& frame,
             size_t row) const {
    int64_t n = 1;
    if (which_ == Nth::kNth) {
      const Datum& given = args[1][row];
      if (given.is_null) return Datum::null();
      if (given.i64 <= 0) throw SqlError(SqlState{"22016"}, "argument of nth_value must be greater than zero");
      n = given.i64;
    }
    if (which_ == Nth::kLast) {
      for (size_t i = end; i-- > start;) {
        if (!frame.is_excluded(p, row, i)) return args[0][i];
      }
      return Datum::null();
    }
    if (!frame.excludes()) {
      return n <= static_cast<int64_t>(end - start) ? args[0][start + static_cast<size_t>(n) - 1] : Datum::null();
    }
    for (size_t i = start; i < end; ++i) {
      if (!frame.is_excluded(p, row, i) && --n == 0) return args[0][i];
    }
    return Datum::null();
  }
  Nth which_;
};

// An aggregate over the frame. Frames that only grow from the partition's start are extended row by row, others are
// computed anew; rows with the same frame share the result.
class AggregateFunction final : public WindowFunction {
 public:
  AggregateFunction(const WindowExpr& expr, RunState& run) : run_(run), call_(expr, run) {
    state_ = std::make_unique<uint64_t[]>(call_.state_size() / 8 + 1);
  }
  void compute(const WindowPartition& p, const Frames& start, const Frames& end, WindowFrame& frame, Arena& arena,
               Datum* out) override {
    Frame rows;
    rows.run = &run_;
    rows.arena = &arena;
    rows.input = p.columns;
    rows.rows = p.rows;
    call_.prepare(rows);
    bool grows = !frame.excludes();
    begin();
    size_t from = 0, to = 0;  // rows in the state
    for (size_t i = 0; i < p.rows; ++i) {
      bool same = grows && i > 0 && start[i] == from && end[i] == to;
      if (same) {
        out[i] = out[i - 1];
        continue;
      }
      if (!grows || start[i] != from || end[i] < to) {
        stop();
        begin();
        from = to = start[i];
      }
      if ((i & 127) == 127) run_.check_cancel();
      for (; to < end[i]; ++to) {
        if (grows || !frame.is_excluded(p, i, to)) call_.step(state(), to);
      }
      out[i] = call_.finish(state(), arena);
    }
    stop();
  }
  ~AggregateFunction() override { stop(); }

 private:
  char* state() { return reinterpret_cast<char*>(state_.get()); }
  void begin() {
    call_.init(state());
    live_ = true;
  }
  void stop() {
    if (live_) call_.destroy(state());
    live_ = false;
  }
  RunState& run_;
  AggregateCall call_;
  std::unique_ptr<uint64_t[]> state_;
  bool live_ = false;
};

}  // namespace

// By pg_proc oid: window functions have no kernel of their own.
std::unique_ptr<WindowFunction> make_window_function(const WindowExpr& expr, RunState& run) {
  if (expr.function->aggregate != nullptr) return std::make_unique<AggregateFunction>(expr, run);
  switch (expr.function->oid) {
    case 3100: return std::make_unique<RankFunction>(Rank::kRowNumber);
    case 3101: return std::make_unique<RankFunction>(Rank::kRank);
    case 3102: return std::make_unique<RankFunction>(Rank::kDenseRank);
    case 3103: return std::make_unique<RankFunction>(Rank::kPercentRank);
    case 3104: return std::make_unique<RankFunction>(Rank::kCumeDist);
    case 3105: return std::make_unique<Ntile>(expr, run);
    case 3106:
    case 3107:
    case 3108: return std::make_unique<LagLead>(expr, run, -1);
    case 3109:
    case 3110:
    case 3111: return std::make_unique<LagLead>(expr, run, 1);
    case 3112: return std::make_unique<NthValue>(expr, run, Nth::kFirst);
    case 3113: return std::make_unique<NthValue>(expr, run, Nth::kLast);
    case 3114: return std::make_unique<NthValue>(expr, run, Nth::kNth);
    default: break;
  }
  throw SqlError(sqlstate::kFeatureNotSupported,
                 "window function " + std::string(expr.function->name) + " is not supported", expr.location);
}

}  // namespace vecino::sql
