#include "sqlfront/exec/expr/compile.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/record.h"

namespace vecino::sql {
namespace {

class ArrayEvaluator final : public Evaluator {
 public:
  explicit ArrayEvaluator(const ArrayExpr& expr)
      : elements_(compile_all(expr.elements)), element_type_(expr.element_type), multidims_(expr.multidims) {}
  Column evaluate(Frame& frame) override {
    check_stack_depth();
    size_t width = elements_.size();
    std::vector<Column> columns(width);
    for (size_t e = 0; e < width; ++e) columns[e] = elements_[e]->evaluate(frame);
    Datum* out = frame.allocate(frame.rows);
    std::vector<Datum> row(width);
    for (size_t i = 0; i < frame.rows; ++i) {
      for (size_t e = 0; e < width; ++e) row[e] = columns[e][i];
      out[i] = multidims_ ? array_from_subarrays(*frame.arena, element_type_, row)
                          : make_array(*frame.arena, element_type_, row);
    }
    return {out, 1};
  }

 private:
  std::vector<EvaluatorPtr> elements_;
  Oid element_type_;
  bool multidims_;
};

class RowEvaluator final : public Evaluator {
 public:
  explicit RowEvaluator(const RowExpr& expr) : args_(compile_all(expr.args)), row_type_(expr.type.id) {
    if (expr.names.size() == expr.args.size()) names_ = expr.names;
    for (const ExprPtr& arg : expr.args) types_.push_back(arg->type.id);
  }
  Column evaluate(Frame& frame) override {
    check_stack_depth();
    size_t width = args_.size();
    std::vector<Column> columns(width);
    for (size_t e = 0; e < width; ++e) columns[e] = args_[e]->evaluate(frame);
    Datum* out = frame.allocate(frame.rows);
    std::vector<Datum> row(width);
    for (size_t i = 0; i < frame.rows; ++i) {
      for (size_t e = 0; e < width; ++e) row[e] = columns[e][i];
      out[i] = pack_record(*frame.arena, types_, row, names_, row_type_);
    }
    return {out, 1};
  }

 private:
  std::vector<EvaluatorPtr> args_;
  std::vector<Oid> types_;
  std::vector<std::string> names_;
  Oid row_type_;
};

class FieldSelectEvaluator final : public Evaluator {
 public:
  explicit FieldSelectEvaluator(const FieldSelectExpr& expr) : arg_(compile(expr.arg)), field_(expr.field) {}
  Column evaluate(Frame& frame) override {
    check_stack_depth();
    Column arg = arg_->evaluate(frame);
    size_t count = arg.is_constant() ? 1 : frame.rows;
    Datum* out = frame.allocate(count);
    for (size_t i = 0; i < count; ++i) out[i] = select(arg[i]);
    return {out, arg.step};
  }

 private:
  Datum select(const Datum& value) const {
    if (value.is_null) return Datum::null();
    PackedRecord record(value);
    // A row stored before ALTER TABLE ADD COLUMN has fewer fields.
    return static_cast<size_t>(field_) < record.size() ? record[field_] : Datum::null();
  }
  EvaluatorPtr arg_;
  int field_;
};

// array[i], array[i:j] and, in UPDATE, the new value of the whole array.
class SubscriptEvaluator final : public Evaluator {
 public:
  explicit SubscriptEvaluator(const SubscriptExpr& expr)
      : container_(compile(expr.container)), is_slice_(expr.slice),
        is_name_(expr.container->type.id == type_id::kName),
        element_type_(is_name_ ? type_id::kChar : type_info(expr.container->type.id).element_id), location_(expr.location) {
    if (element_type_ == kInvalidOid) {
      throw SqlError(sqlstate::kFeatureNotSupported,
                     "subscripting of type " + format_type(expr.container->type.id) + " is not supported", location_);
    }
    for (const ExprPtr& bound : expr.upper) upper_.push_back(bound ? compile(bound) : nullptr);
    for (const ExprPtr& bound : expr.lower) lower_.push_back(bound ? compile(bound) : nullptr);
    if (expr.assign) assign_ = compile(expr.assign);
  }
  Column evaluate(Frame& frame) override {
    check_stack_depth();
    Column container = container_->evaluate(frame);
    std::vector<Column> upper = evaluate_bounds(frame, upper_), lower = evaluate_bounds(frame, lower_);
    Column assigned;
    if (assign_ != nullptr) assigned = assign_->evaluate(frame);
    Datum* out = frame.allocate(frame.rows);
    for (size_t i = 0; i < frame.rows; ++i) {
      out[i] = assign_ == nullptr ? fetch(frame, container[i], upper, lower, i)
                                  : assign(frame, container[i], upper, lower, assigned[i], i);
    }
    return {out, 1};
  }

 private:
  static std::vector<Column> evaluate_bounds(Frame& frame, const std::vector<EvaluatorPtr>& bounds) {
    std::vector<Column> columns;
    for (const EvaluatorPtr& bound : bounds) columns.push_back(bound ? bound->evaluate(frame) : Column{});
    return columns;
  }
  // False when a bound is NULL.
  static bool read_bounds(const std::vector<Column>& columns, size_t i, std::vector<SliceBound>& out) {
    out.clear();
    for (const Column& column : columns) {
      if (column.data == nullptr) {
        out.push_back({false, 0});
        continue;
      }
      if (column[i].is_null) return false;
      out.push_back({true, static_cast<int>(column[i].i64)});
    }
    return true;
  }
  Datum fetch(Frame& frame, const Datum& array, const std::vector<Column>& upper, const std::vector<Column>& lower,
              size_t i) const {
    if (array.is_null) return Datum::null();
    std::vector<SliceBound> highs, lows;
    if (!read_bounds(upper, i, highs) || !read_bounds(lower, i, lows)) return Datum::null();
    if (is_name_) return byte_of_name(array.bytes(), plain(highs));
    if (is_slice_) return array_get_slice(*frame.arena, array, lows, highs);
    return array_get_element(array, plain(highs));
  }
  Datum assign(Frame& frame, const Datum& array, const std::vector<Column>& upper, const std::vector<Column>& lower,
               const Datum& value, size_t i) const {
    std::vector<SliceBound> highs, lows;
    if (!read_bounds(upper, i, highs) || !read_bounds(lower, i, lows)) {
      throw SqlError(sqlstate::kNullValueNotAllowed, "array subscript in assignment must not be null", location_);
    }
    if (!is_slice_) return array_set_element(*frame.arena, array, element_type_, plain(highs), value);
    if (value.is_null) return array;  // PostgreSQL: assigning NULL to a slice changes nothing
    return array_set_slice(*frame.arena, array, element_type_, lows, highs, value);
  }
  // 64 bytes from 0 on, those behind the text are zeros.
  static Datum byte_of_name(std::string_view name, const std::vector<int>& at) {
    constexpr int kLength = 64;
    if (at.size() != 1 || at[0] < 0 || at[0] >= kLength) return Datum::null();
    return Datum::from_int(static_cast<size_t>(at[0]) < name.size() ? static_cast<unsigned char>(name[static_cast<size_t>(at[0])]) : 0);
  }
  static std::vector<int> plain(const std::vector<SliceBound>& bounds) {
    std::vector<int> result;
    for (const SliceBound& bound : bounds) result.push_back(bound.value);
    return result;
  }
  EvaluatorPtr container_, assign_;
  std::vector<EvaluatorPtr> upper_, lower_;
  bool is_slice_, is_name_;
  Oid element_type_;
  int location_;
};

}  // namespace

EvaluatorPtr make_container_evaluator(const ExprPtr& expr) {
  switch (expr->kind) {
    case ExprKind::kArray: return std::make_unique<ArrayEvaluator>(as<ArrayExpr>(*expr));
    case ExprKind::kRow: return std::make_unique<RowEvaluator>(as<RowExpr>(*expr));
    case ExprKind::kFieldSelect: return std::make_unique<FieldSelectEvaluator>(as<FieldSelectExpr>(*expr));
    default: return std::make_unique<SubscriptEvaluator>(as<SubscriptExpr>(*expr));
  }
}

}  // namespace vecino::sql
