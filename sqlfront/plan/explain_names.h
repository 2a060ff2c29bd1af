#pragma once

#include <map>
#include <set>

#include "sqlfront/analyze/deparse.h"
#include "sqlfront/plan/physical.h"

namespace vecino::sql::plan {

// All expressions of a node, for walking. KnnScan included.
void visit_node_exprs(const PlanNode& node, const std::function<void(const ExprPtr&)>& visit);

// Names of relations and expressions in EXPLAIN output: duplicate aliases get _1, _2 in range-table order.
class ExplainNames : public ExprDeparser {
 public:
  ExplainNames(const PhysicalPlan& plan, const Catalog& catalog);
  std::string relation_name(int rte) const;
  enum class Prefix : uint8_t { kNo, kYes };
  std::string expr(const ExprPtr& expr, Prefix prefix);
  bool several_relations() const { return plan_.range_table.size() > 1; }

 protected:
  std::string var_name(const VarExpr& var) override;
  std::string input_name(const InputExpr& input) override;
  std::string param_name(const ParamExpr& param) override;
  std::string subplan_text(const SubPlanExpr& plan) override;

 private:
  void collect(const PlanNode& node, std::vector<int>& order);
  const PhysicalPlan& plan_;
  std::map<int, std::string> names_;
  Prefix prefix_ = Prefix::kNo;
};

}  // namespace vecino::sql::plan
