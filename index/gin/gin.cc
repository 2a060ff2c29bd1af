#include "index/gin/gin.h"

#include <cassert>

namespace vecino::index::gin {

namespace {

class NoHits final : public IndexScan {
 public:
  Result<size_t> next(std::span<Hit>) override { return size_t{0}; }
  Status rescan(const ScanSpec&) override { return Status::ok(); }
  uint64_t buffers() const override { return 0; }
};

class EmptyIndex final : public Index {
 public:
  explicit EmptyIndex(const IndexDefinition& definition) : definition_(definition) {}
  const IndexDefinition& definition() const override { return definition_; }
  Result<InsertOutcome> insert(Transaction&, std::span<const Datum>, RowId, UniqueCheck) override { return InsertOutcome{}; }
  Status erase(Transaction&, std::span<const Datum>, RowId) override { return Status::ok(); }
  std::unique_ptr<IndexScan> begin_scan(Transaction&, const ScanSpec&) override {
    assert(false && "nothing may be read from an index without entries");
    return std::make_unique<NoHits>();
  }
  bool can_answer(Transaction&) override { return false; }
  Status build(Transaction&, BuildSource&, const BuildContext&, Arena&, std::vector<Datum>*) override { return Status::ok(); }
  void drop(Transaction&) override {}
  uint64_t approximate_bytes() const override { return 0; }

 private:
  IndexDefinition definition_;
};

}  // namespace

Result<std::shared_ptr<Index>> open(const IndexDefinition& definition, storage::KvEngine&) {
  return std::shared_ptr<Index>(std::make_shared<EmptyIndex>(definition));
}

}  // namespace vecino::index::gin
