#include <algorithm>
#include <set>
#include <thread>
#include <vector>

#include "storage/api/table_store.h"
#include "tests/unit/storage/engines.h"

namespace vecino::storage::test {

TEST_CASE("sequences: values, limits, cycles") {
  TestEngine engine(GENERATE(from_range(kEngines)));
  auto sequences = make_sequence_store(*engine);
  SequenceOptions up{.start = 1, .increment = 1, .min = 1, .max = 3};
  CHECK_FALSE(require_value(sequences->state(1, up)).is_called);
  for (int64_t expected : {1, 2, 3}) CHECK(require_value(sequences->nextval(1, up, "s")) == expected);
  auto end = sequences->nextval(1, up, "s");
  CHECK(end.status().info().code.view() == "2200H");
  CHECK(end.status().info().message == "nextval: reached maximum value of sequence \"s\" (3)");
  CHECK(require_value(sequences->state(1, up)).last_value == 3);
  up.cycle = true;
  CHECK(require_value(sequences->nextval(1, up, "s")) == 1);

  SequenceOptions down{.start = -1, .increment = -2, .min = -4, .max = -1};
  for (int64_t expected : {-1, -3}) CHECK(require_value(sequences->nextval(2, down, "d")) == expected);
  CHECK(sequences->nextval(2, down, "d").status().info().message ==
        "nextval: reached minimum value of sequence \"d\" (-4)");
  down.cycle = true;
  CHECK(require_value(sequences->nextval(2, down, "d")) == -1);

  SequenceOptions whole{.start = INT64_MAX - 1, .increment = 5, .min = INT64_MIN, .max = INT64_MAX};
  CHECK(require_value(sequences->nextval(3, whole, "w")) == INT64_MAX - 1);
  CHECK_FALSE(sequences->nextval(3, whole, "w").is_ok());

  SequenceOptions plain;
  require_ok(sequences->setval(4, 10, false));
  CHECK(require_value(sequences->nextval(4, plain, "p")) == 10);
  require_ok(sequences->setval(4, 20, true));
  CHECK(require_value(sequences->nextval(4, plain, "p")) == 21);
}

TEST_CASE("sequences: a crash loses few values of one that is used slowly") {
  TestEngine engine(GENERATE(from_range(kEngines)));
  SequenceOptions options;
  auto first = make_sequence_store(*engine);
  int64_t last = 0;
  for (int i = 0; i < 30; ++i) last = require_value(first->nextval(1, options, "s"));
  CHECK(last == 30);
  engine.crash();
  auto second = make_sequence_store(*engine);
  CHECK(require_value(second->nextval(1, options, "s")) == 34);
}

TEST_CASE("sequences: nothing repeats after a crash, nothing is lost by a shutdown") {
  TestEngine engine(GENERATE(from_range(kEngines)));
  SequenceOptions options;
  int64_t last = 0;
  auto first = make_sequence_store(*engine);
  for (int i = 0; i < 100; ++i) last = require_value(first->nextval(1, options, "s"));
  CHECK(last == 100);
  engine.crash();
  {
    auto second = make_sequence_store(*engine);
    int64_t next = require_value(second->nextval(1, options, "s"));
    CHECK(next > last);
    CHECK(next <= last + 1025);  // used up quickly: more were logged ahead
    // A larger step must not leave what is stored.
    options.increment = 1000;
    last = require_value(second->nextval(1, options, "s"));
  }
  engine.reopen();
  auto third = make_sequence_store(*engine);
  CHECK(require_value(third->state(1, options)).last_value == last);
  options.increment = 1;
  CHECK(require_value(third->nextval(1, options, "s")) == last + 1);
}

TEST_CASE("sequences: concurrent callers get different values") {
  TestEngine engine(EngineKind::kRocksdb);
  auto sequences = make_sequence_store(*engine);
  std::vector<std::vector<int64_t>> got(4);
  std::vector<std::thread> threads;
  for (auto& values : got) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        auto value = sequences->nextval(1, {}, "s");
        if (value.is_ok()) values.push_back(*value);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<int64_t> all;
  for (const auto& values : got) all.insert(values.begin(), values.end());
  CHECK(all.size() == 2000);
  CHECK(*all.rbegin() == 2000);
}

}  // namespace vecino::storage::test
