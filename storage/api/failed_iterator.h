#pragma once

#include <functional>
#include <utility>

#include "storage/api/kv_engine.h"

namespace vecino::storage {

// An iterator that could not be made: no entries, and the reason.
class FailedIterator final : public KvIterator {
 public:
  explicit FailedIterator(std::function<Status()> reason) : reason_(std::move(reason)) {}
  bool valid() const override { return false; }
  void seek(std::string_view) override {}
  void seek_for_prev(std::string_view) override {}
  void seek_to_first() override {}
  void seek_to_last() override {}
  void next() override {}
  void prev() override {}
  std::string_view key() const override { return {}; }
  std::string_view value() const override { return {}; }
  Status status() const override { return reason_(); }

 private:
  const std::function<Status()> reason_;
};

}  // namespace vecino::storage
