#include "conf/session_settings.h"
#include "sqlfront/catalog/catalog.h"
#include "sqlfront/plan/planner.h"

namespace vecino::sql {

namespace plan {

namespace {

CostSettings cost_settings(const conf::SessionSettings* settings) {
  using conf::SettingId;
  CostSettings cost;
  if (!settings) return cost;
  cost.seq_page = settings->get_real(SettingId::seq_page_cost);
  cost.random_page = settings->get_real(SettingId::random_page_cost);
  cost.cpu_tuple = settings->get_real(SettingId::cpu_tuple_cost);
  cost.cpu_index_tuple = settings->get_real(SettingId::cpu_index_tuple_cost);
  cost.cpu_operator = settings->get_real(SettingId::cpu_operator_cost);
  cost.effective_cache_pages = static_cast<double>(settings->get_int(SettingId::effective_cache_size));
  cost.work_mem = static_cast<double>(settings->get_int(SettingId::work_mem)) * 1024;
  cost.seqscan = settings->get_bool(SettingId::enable_seqscan);
  cost.indexscan = settings->get_bool(SettingId::enable_indexscan);
  cost.indexonlyscan = settings->get_bool(SettingId::enable_indexonlyscan);
  cost.nestloop = settings->get_bool(SettingId::enable_nestloop);
  cost.hashjoin = settings->get_bool(SettingId::enable_hashjoin);
  cost.mergejoin = settings->get_bool(SettingId::enable_mergejoin);
  cost.sort = settings->get_bool(SettingId::enable_sort);
  cost.hashagg = settings->get_bool(SettingId::enable_hashagg);
  cost.material = settings->get_bool(SettingId::enable_material);
  cost.tidscan = settings->get_bool(SettingId::enable_tidscan);
  return cost;
}

}  // namespace

Planner::Planner(const PlannerInput& in) : input(in), cost(cost_settings(in.settings)) {}

void Planner::add_lock(const RelationPtr& relation, storage::LockMode mode) {
  if (relation->system) return;
  for (auto& lock : plan.locks) {
    if (lock.first->oid != relation->oid) continue;
    if (static_cast<int>(lock.second) < static_cast<int>(mode)) lock.second = mode;
    return;
  }
  plan.locks.emplace_back(relation, mode);
}

PhysicalPlanPtr Planner::run(const QueryPtr& query) {
  Level root(*this, nullptr, query);
  Built built = root.plan();
  plan.root = built.node;
  plan.command = query->command;
  plan.source = query;
  plan.parameter_types = input.parameter_types;
  plan.catalog_version = input.catalog ? input.catalog->version() : 0;
  const auto& columns = query->command == Command::kSelect ? query->targets : query->returning;
  for (const auto& column : columns)
    if (!column.junk) plan.result_columns.push_back(column);
  return std::make_shared<const PhysicalPlan>(std::move(plan));
}

}  // namespace plan

PhysicalPlanPtr make_plan(const QueryPtr& query, const PlannerInput& input) { return plan::Planner(input).run(query); }

}  // namespace vecino::sql
