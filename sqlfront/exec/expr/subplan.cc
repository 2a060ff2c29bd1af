#include "sqlfront/exec/expr/subplan.h"

#include "sqlfront/exec/expr/compile.h"
#include "sqlfront/exec/operator.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/types/array.h"

namespace vecino::sql {

SqlError too_many_rows() {
  return SqlError(sqlstate::kCardinalityViolation, "more than one row returned by a subquery used as an expression");
}

Datum collect_array(SubplanRun& subplan, TypeRef element, Arena& arena) {
  // int2vector and oidvector are elements, with array types of their own.
  const bool is_vector = element.id == type_id::kInt2Vector || element.id == type_id::kOidVector;
  if (!is_vector && is_array_type(type_info(element.id)) && type_info(element.id).element_id != kInvalidOid) {
    // ARRAY(SELECT array_column): one more dimension (manual 4.2.12).
    Oid inner = type_info(element.id).element_id;
    std::vector<Datum> rows;
    while (const Datum* row = subplan.next_row(kBatchRows)) {
      rows.push_back(row[0].is_null ? row[0] : Datum::from_bytes(arena.copy(row[0].bytes())));
    }
    return array_from_subarrays(arena, inner, rows);
  }
  ArrayBuilder builder(element.id);
  while (const Datum* row = subplan.next_row(kBatchRows)) builder.add(row[0]);
  return builder.finish(arena);
}

namespace {

class SubPlanEvaluator final : public Evaluator {
 public:
  explicit SubPlanEvaluator(const ExprPtr& expr)
      : expr_(expr), node_(as<SubPlanExpr>(*expr)), args_(compile_all(node_.args)),
        hash_left_(compile_all(node_.hash_left)) {
    if (node_.test) test_ = compile(node_.test);
  }

  Column evaluate(Frame& frame) override {
    check_stack_depth();
    if (node_.use_hash && node_.link == SubLinkKind::kAny) return evaluate_hashed(frame);
    std::vector<Column> args(args_.size());
    for (size_t a = 0; a < args_.size(); ++a) args[a] = args_[a]->evaluate(frame);
    Datum* out = frame.allocate(frame.rows);
    for (size_t i = 0; i < frame.rows; ++i) {
      for (size_t a = 0; a < args_.size(); ++a) frame.run->set_slot(node_.param_slots[a], args[a][i]);
      out[i] = evaluate_row(frame, static_cast<uint32_t>(i));
    }
    return {out, 1};
  }

 private:
  Datum evaluate_row(Frame& frame, uint32_t i) {
    SubplanRun& subplan = frame.run->subplan(node_.plan_id);
    subplan.restart();
    switch (node_.link) {
      case SubLinkKind::kExists: return Datum::from_bool(next_nonempty(subplan, 1) != nullptr);
      case SubLinkKind::kExpr: return scalar(frame, subplan);
      case SubLinkKind::kArray: return collect_array(subplan, subplan.info().plan->output_types[0], *frame.arena);
      case SubLinkKind::kAny: return quantified(frame, subplan, i, true);
      case SubLinkKind::kAll: return quantified(frame, subplan, i, false);
      case SubLinkKind::kRowCompare: return row_compare(frame, subplan, i);
      case SubLinkKind::kMultiExpr: return multi(frame, subplan);
    }
    return Datum::null();
  }
  static const Datum* next_nonempty(SubplanRun& subplan, size_t max) { return subplan.next_row(max); }

  static Datum keep(Frame& frame, const Datum& value, TypeId type) {
    if (value.is_null || !is_by_bytes(type)) return value;
    return Datum::from_bytes(frame.arena->copy(value.bytes()));
  }
  Datum scalar(Frame& frame, SubplanRun& subplan) {
    const Datum* row = subplan.next_row(2);
    if (row == nullptr) return Datum::null();
    Datum value = keep(frame, row[0], subplan.info().plan->output_types[0].id);
    if (subplan.next_row(1) != nullptr) throw too_many_rows();
    return value;
  }
  // UPDATE ... SET (a, b) = (SELECT ...): the values go to slots that the other targets read.
  Datum multi(Frame& frame, SubplanRun& subplan) {
    const Datum* row = subplan.next_row(2);
    const auto& types = subplan.info().plan->output_types;
    for (size_t c = 0; c < node_.output_slots.size(); ++c) {
      frame.run->set_slot(node_.output_slots[c], row ? keep(frame, row[c], types[c].id) : Datum::null());
    }
    if (row != nullptr && subplan.next_row(1) != nullptr) throw too_many_rows();
    return Datum::null();
  }
  Datum run_test(Frame& frame, uint32_t i, const Datum* row) {
    for (size_t c = 0; c < node_.output_slots.size(); ++c) frame.run->set_slot(node_.output_slots[c], row[c]);
    Frame single = frame.narrowed(&i, 1);
    return test_->evaluate(single)[0];
  }
  Datum quantified(Frame& frame, SubplanRun& subplan, uint32_t i, bool is_any) {
    bool saw_null = false;
    while (const Datum* row = subplan.next_row(kBatchRows)) {
      Datum verdict = run_test(frame, i, row);
      if (verdict.is_null) {
        saw_null = true;
      } else if (verdict.boolean() == is_any) {
        return Datum::from_bool(is_any);
      }
    }
    return saw_null ? Datum::null() : Datum::from_bool(!is_any);
  }
  Datum row_compare(Frame& frame, SubplanRun& subplan, uint32_t i) {
    const Datum* row = subplan.next_row(2);
    if (row == nullptr) return Datum::null();
    Datum verdict = run_test(frame, i, row);
    if (subplan.next_row(1) != nullptr) throw too_many_rows();
    return verdict;
  }

  Column evaluate_hashed(Frame& frame) {
    SubplanRun& subplan = frame.run->subplan(node_.plan_id);
    SubplanRun::HashTable& table = build_table(frame, subplan);
    std::vector<Column> left(hash_left_.size());
    for (size_t k = 0; k < left.size(); ++k) left[k] = hash_left_[k]->evaluate(frame);
    Datum* out = frame.allocate(frame.rows);
    for (size_t i = 0; i < frame.rows; ++i) out[i] = probe(frame, table, left, static_cast<uint32_t>(i));
    return {out, 1};
  }
  SubplanRun::HashTable& build_table(Frame& frame, SubplanRun& subplan) {
    uint64_t version = frame.run->slots_version(subplan.depends_on());
    if (subplan.hash_table != nullptr && subplan.hash_version == version) return *subplan.hash_table;
    subplan.hash_table = std::make_unique<SubplanRun::HashTable>(subplan.info().plan->output_types, frame.run->memory);
    subplan.hash_version = version;
    std::vector<KeyType> types = right_types(subplan);
    subplan.restart();
    while (const Datum* source = subplan.next_row(kBatchRows)) {
      size_t at = subplan.hash_table->rows.size();
      const Datum* row = subplan.hash_table->rows.append_row(source);
      uint64_t hash = 0;
      bool has_null = false;
      for (size_t k = 0; k < types.size(); ++k) {
        has_null |= row[k].is_null;
        if (!has_null) hash = combine_hash(hash, types[k].hash(row[k]));
      }
      if (has_null) {
        subplan.hash_table->null_rows.push_back(at);
      } else {
        subplan.hash_table->index.emplace(hash, at);
      }
    }
    return *subplan.hash_table;
  }
  std::vector<KeyType> right_types(const SubplanRun& subplan) const {
    std::vector<KeyType> types;
    for (size_t k = 0; k < hash_left_.size(); ++k) types.emplace_back(subplan.info().plan->output_types[k].id);
    return types;
  }
  // Equality is decided by `test`, so the answer is exactly the one of the unhashed form.
  Datum probe(Frame& frame, SubplanRun::HashTable& table, const std::vector<Column>& left, uint32_t i) {
    if (table.rows.size() == 0) return Datum::from_bool(false);
    uint64_t hash = 0;
    bool has_null = false;
    for (size_t k = 0; k < left.size(); ++k) {
      const Datum& value = left[k][i];
      has_null |= value.is_null;
      if (!has_null) hash = combine_hash(hash, left_types()[k].hash(value));
    }
    if (has_null) {
      if (left.size() == 1) return Datum::null();
      return scan(frame, table, i, nullptr);
    }
    auto [first, last] = table.index.equal_range(hash);
    for (auto it = first; it != last; ++it) {
      Datum verdict = run_test(frame, i, table.rows.row(it->second));
      if (!verdict.is_null && verdict.boolean()) return Datum::from_bool(true);
    }
    if (table.null_rows.empty()) return Datum::from_bool(false);
    if (left.size() == 1) return Datum::null();
    return scan(frame, table, i, &table.null_rows);
  }
  Datum scan(Frame& frame, SubplanRun::HashTable& table, uint32_t i, const std::vector<size_t>* only) {
    bool saw_null = false;
    size_t count = only != nullptr ? only->size() : table.rows.size();
    for (size_t n = 0; n < count; ++n) {
      Datum verdict = run_test(frame, i, table.rows.row(only != nullptr ? (*only)[n] : n));
      if (verdict.is_null) {
        saw_null = true;
      } else if (verdict.boolean()) {
        return Datum::from_bool(true);
      }
    }
    return saw_null ? Datum::null() : Datum::from_bool(false);
  }
  const std::vector<KeyType>& left_types() {
    if (left_types_.empty()) {
      for (const ExprPtr& expr : node_.hash_left) left_types_.emplace_back(expr->type.id);
    }
    return left_types_;
  }

  ExprPtr expr_;
  const SubPlanExpr& node_;
  std::vector<EvaluatorPtr> args_, hash_left_;
  EvaluatorPtr test_;
  std::vector<KeyType> left_types_;
};

}  // namespace

EvaluatorPtr make_subplan_evaluator(const ExprPtr& expr) { return std::make_unique<SubPlanEvaluator>(expr); }

}  // namespace vecino::sql
