#pragma once

#include "sqlfront/exec/executor.h"
#include "sqlfront/plan/explain_emit.h"
#include "sqlfront/plan/explain_names.h"

namespace vecino::sql::plan {

// The block counters of structured formats.
void emit_block_counts(ExplainEmitter& emit, uint64_t hit, uint64_t read);
void print_buffer_line(ExplainEmitter& emit, uint64_t hit, uint64_t read);  // text format; nothing for zeros

// Prints a plan tree (PostgreSQL's ExplainNode).
class ExplainPrinter {
 public:
  ExplainPrinter(const PhysicalPlan& plan, const Execution* execution, const ExplainOptions& options, const Catalog& catalog,
                 ExplainEmitter& emitter)
      : plan_(plan), execution_(execution), options_(options), catalog_(catalog), emit_(emitter), names_(plan, catalog) {}

  // relationship: "Outer", "Inner", "Member", "InitPlan", "SubPlan", "Subquery"; empty at the top.
  void print(const PlanNode& node, std::string_view relationship, std::string_view plan_name);

 private:
  struct NodeName {
    std::string text, type, strategy, join_type;
  };
  NodeName node_name(const PlanNode& node) const;
  void print_header(const PlanNode& node, const NodeName& name, std::string_view relationship, std::string_view plan_name);
  void print_target(const PlanNode& node);
  void print_scan_target(int rte, const RelationPtr& relation, std::string_view object);
  void print_scan_target(const std::string& alias, const RelationPtr& relation, std::string_view object);
  void print_costs(const PlanCost& cost);
  void print_actual(const NodeInstrumentation* counters);
  void print_details(const PlanNode& node);
  void print_output(const PlanNode& node);
  std::vector<std::string> output_list(const PlanNode& node, bool inside);
  void print_filter(std::string_view label, const ExprPtr& expr, ExplainNames::Prefix prefix);
  void print_removed(std::string_view label, const PlanNode& node, double removed);
  void print_sort_keys(std::string_view label, const PlanNode& child, const std::vector<SortKey>& keys);
  void print_sort_method(const NodeInstrumentation* counters);
  void print_hash(const NodeInstrumentation* counters);
  void print_aggregate(const AggregateNode& node);
  void print_modify(const ModifyTableNode& node);
  void print_buffers(const PlanNode& node);
  void add_buffers(const PlanNode& node, uint64_t& hit, uint64_t& read) const;
  void print_children(const PlanNode& node);
  void print_knn(const KnnScanNode& node, std::string_view relationship, std::string_view plan_name);
  std::string column_text(const PlanNode& node, int column, ExplainNames::Prefix prefix);
  const NodeInstrumentation* counters(const PlanNode& node) const {
    return execution_ ? execution_->instrumentation(node) : nullptr;
  }
  ExplainNames::Prefix upper_prefix() const {
    return names_.several_relations() || options_.verbose ? ExplainNames::Prefix::kYes : ExplainNames::Prefix::kNo;
  }
  ExplainNames::Prefix scan_prefix() const {
    return options_.verbose ? ExplainNames::Prefix::kYes : ExplainNames::Prefix::kNo;
  }

  const PhysicalPlan& plan_;
  const Execution* execution_;
  const ExplainOptions& options_;
  const Catalog& catalog_;
  ExplainEmitter& emit_;
  ExplainNames names_;
};

}  // namespace vecino::sql::plan
