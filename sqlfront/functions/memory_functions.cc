// pg_get_shmem_allocations(): what the server's parts hold of vecino.memory_limit (manual 54.25).
#include <algorithm>
#include <vector>

#include "sqlfront/functions/function.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/types/type.h"
#include "storage/util/memory_budget.h"

namespace vecino::sql {
namespace {

class AllocationProducer final : public RowProducer {
 public:
  AllocationProducer() {
    const MemoryBudget::Usage usage = process_memory().usage();
    uint64_t used = usage.other;
    for (size_t i = 0; i < kMemoryParts; ++i) {
      rows_.push_back({Datum::from_bytes(memory_part_name(static_cast<MemoryPart>(i))), usage.parts[i]});
      used += usage.parts[i];
    }
    rows_.push_back({Datum::from_bytes("<anonymous>"), usage.other});
    if (usage.limit != MemoryBudget::kUnlimited) rows_.push_back({Datum::null(), usage.limit - std::min(usage.limit, used)});
  }
  bool next(CallContext&, std::span<Datum> out) override {
    if (at_ == rows_.size()) return false;
    const Row& row = rows_[at_++];
    out[0] = row.name;
    out[1] = Datum::null();
    out[2] = out[3] = Datum::from_int(static_cast<int64_t>(row.bytes));
    return true;
  }

 private:
  struct Row {
    Datum name;
    uint64_t bytes;
  };
  std::vector<Row> rows_;
  size_t at_ = 0;
};

std::unique_ptr<RowProducer> pg_get_shmem_allocations(CallContext&, const Datum*) {
  return std::make_unique<AllocationProducer>();
}

using namespace type_id;

const FunctionDef kFunctions[] = {
    {.oid = 5052, .name = "pg_get_shmem_allocations", .arg_types = {}, .result_type = kRecord,
     .volatility = Volatility::kVolatile, .set = pg_get_shmem_allocations,
     .columns = {{"name", kText}, {"off", kInt8}, {"size", kInt8}, {"allocated_size", kInt8}}, .cost = 10},
};

}  // namespace

std::span<const FunctionDef> memory_functions() { return kFunctions; }

}  // namespace vecino::sql
