#include "sqlfront/exec/expr/compile.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/record.h"

namespace vecino::sql {
namespace {

class ConstEvaluator final : public Evaluator {
 public:
  explicit ConstEvaluator(const ExprPtr& expr) : expr_(expr), value_(as<ConstExpr>(*expr).value) {}
  Column evaluate(Frame&) override { return {&value_, 0}; }
  bool is_constant() const override { return true; }

 private:
  ExprPtr expr_;  // owns the bytes
  Datum value_;
};

class ExternalParamEvaluator final : public Evaluator {
 public:
  explicit ExternalParamEvaluator(int id) : id_(id) {}
  Column evaluate(Frame& frame) override {
    auto parameters = frame.run->context.parameters;
    if (id_ < 1 || static_cast<size_t>(id_) > parameters.size()) {
      throw SqlError(sqlstate::kUndefinedObject, "no value found for parameter " + std::to_string(id_));
    }
    return {&parameters[id_ - 1], 0};
  }
  bool is_constant() const override { return true; }

 private:
  int id_;
};

class SlotEvaluator final : public Evaluator {
 public:
  explicit SlotEvaluator(int id) : id_(id) {}
  Column evaluate(Frame& frame) override {
    // A copy: the slot may be set again while this column is still in use (nested SubPlans).
    Datum* value = frame.allocate(1);
    *value = frame.run->slot(id_);
    return {value, 0};
  }

 private:
  int id_;
};

class InputEvaluator final : public Evaluator {
 public:
  explicit InputEvaluator(int index) : index_(index) {}
  Column evaluate(Frame& frame) override {
    const Datum* column = frame.input[index_];
    if (frame.selection == nullptr) return {column, 1};
    Datum* out = frame.allocate(frame.rows);
    gather(frame, column, out);
    return {out, 1};
  }
  void evaluate_into(Frame& frame, Datum* out) override {
    const Datum* column = frame.input[index_];
    if (frame.selection == nullptr) {
      std::copy(column, column + frame.rows, out);
    } else {
      gather(frame, column, out);
    }
  }

 private:
  static void gather(const Frame& frame, const Datum* column, Datum* out) {
    for (size_t i = 0; i < frame.rows; ++i) out[i] = column[frame.selection[i]];
  }
  int index_;
};

class CaseTestEvaluator final : public Evaluator {
 public:
  Column evaluate(Frame& frame) override { return frame.case_test; }
};

class NullTestEvaluator final : public Evaluator {
 public:
  NullTestEvaluator(EvaluatorPtr arg, bool is_not) : arg_(std::move(arg)), is_not_(is_not) {}
  Column evaluate(Frame& frame) override {
    Column arg = arg_->evaluate(frame);
    size_t count = arg.is_constant() ? 1 : frame.rows;
    Datum* out = frame.allocate(count);
    for (size_t i = 0; i < count; ++i) out[i] = Datum::from_bool(arg[i].is_null != is_not_);
    return {out, arg.step};
  }

 private:
  EvaluatorPtr arg_;
  bool is_not_;
};

// `row IS NULL`: the value is null or all fields are null; `row IS NOT NULL`: all fields are not null (manual 9.2).
class RecordNullTestEvaluator final : public Evaluator {
 public:
  RecordNullTestEvaluator(EvaluatorPtr arg, bool is_not) : arg_(std::move(arg)), is_not_(is_not) {}
  Column evaluate(Frame& frame) override {
    Column arg = arg_->evaluate(frame);
    Datum* out = frame.allocate(frame.rows);
    for (size_t i = 0; i < frame.rows; ++i) out[i] = Datum::from_bool(test(arg[i]));
    return {out, 1};
  }

 private:
  bool test(const Datum& value) const {
    if (value.is_null) return !is_not_;
    PackedRecord record(value);
    for (size_t f = 0; f < record.size(); ++f) {
      if (record[f].is_null == is_not_) return false;
    }
    return true;
  }
  EvaluatorPtr arg_;
  bool is_not_;
};

class BooleanTestEvaluator final : public Evaluator {
 public:
  BooleanTestEvaluator(EvaluatorPtr arg, BooleanTestKind test) : arg_(std::move(arg)), test_(test) {}
  Column evaluate(Frame& frame) override {
    Column arg = arg_->evaluate(frame);
    Datum* out = frame.allocate(frame.rows);
    for (size_t i = 0; i < frame.rows; ++i) out[i] = Datum::from_bool(test(arg[i]));
    return {out, 1};
  }

 private:
  bool test(const Datum& value) const {
    bool is_true = !value.is_null && value.boolean(), is_false = !value.is_null && !value.boolean();
    switch (test_) {
      case BooleanTestKind::kIsTrue: return is_true;
      case BooleanTestKind::kIsNotTrue: return !is_true;
      case BooleanTestKind::kIsFalse: return is_false;
      case BooleanTestKind::kIsNotFalse: return !is_false;
      case BooleanTestKind::kIsUnknown: return value.is_null;
      case BooleanTestKind::kIsNotUnknown: return !value.is_null;
    }
    return false;
  }
  EvaluatorPtr arg_;
  BooleanTestKind test_;
};

// CURRENT_DATE and friends (manual 9.9.5): the transaction's start, cast with the ordinary casts so that the session's
// time zone and the precision apply.
class SqlValueEvaluator final : public Evaluator {
 public:
  explicit SqlValueEvaluator(const SqlValueExpr& expr) : kind_(expr.value), type_(expr.type), location_(expr.location) {}
  Column evaluate(Frame& frame) override {
    Datum* value = frame.allocate(1);
    *value = compute(frame);
    return {value, 0};
  }

 private:
  Datum compute(Frame& frame) const {
    EvalEnvironment& env = *frame.run->context.env;
    switch (kind_) {
      case SqlValueKind::kCurrentDate: return cast_now(frame, type_id::kDate);
      case SqlValueKind::kCurrentTime: return cast_now(frame, type_id::kTimetz);
      case SqlValueKind::kCurrentTimestamp: return cast_now(frame, type_id::kTimestamptz);
      case SqlValueKind::kLocalTime: return cast_now(frame, type_id::kTime);
      case SqlValueKind::kLocalTimestamp: return cast_now(frame, type_id::kTimestamp);
      case SqlValueKind::kCurrentUser:
      case SqlValueKind::kCurrentRole:
      case SqlValueKind::kUser: return text(frame, env.current_user());
      case SqlValueKind::kSessionUser: return text(frame, env.session_user());
      case SqlValueKind::kCurrentCatalog: return text(frame, env.current_database());
      case SqlValueKind::kCurrentSchema: return current_schema(frame);
    }
    return Datum::null();
  }
  static Datum text(Frame& frame, const std::string& value) {
    return Datum::from_bytes(frame.arena->copy(value));
  }
  Datum call(Frame& frame, const CastDef& cast, const Datum& value) const {
    const FunctionDef* function = find_function(cast.function);
    if (function == nullptr || function->row == nullptr) fail();
    Oid arg_types[3] = {cast.source, type_id::kInt4, type_id::kBool};
    size_t count = function->arg_types.size();
    CallContext context{frame.arena, frame.run->context.env, {arg_types, count}, cast.target, type_.typmod, location_};
    Datum args[3] = {value, Datum::from_int(type_.typmod), Datum::from_bool(false)};
    return function->row(context, args);
  }
  Datum cast_now(Frame& frame, Oid target) const {
    Datum value = Datum::from_int(frame.run->context.env->transaction_timestamp());
    if (target != type_id::kTimestamptz) {
      const CastDef* cast = find_cast(type_id::kTimestamptz, target);
      if (cast == nullptr) fail();
      value = call(frame, *cast, value);
    }
    if (type_.typmod >= 0) {
      if (const CastDef* scale = find_cast(target, target)) value = call(frame, *scale, value);
    }
    return value;
  }
  Datum current_schema(Frame& frame) const {
    for (const FunctionDef* function : functions_named("current_schema")) {
      if (function->arg_types.size() != 0 || function->row == nullptr) continue;
      CallContext context{frame.arena, frame.run->context.env, {}, type_id::kName, -1, location_};
      return function->row(context, nullptr);
    }
    fail();
  }
  [[noreturn]] void fail() const {
    throw SqlError(sqlstate::kFeatureNotSupported, "SQL value function is not supported", location_);
  }
  SqlValueKind kind_;
  TypeRef type_;
  int location_;
};

EvaluatorPtr make_param(const ParamExpr& param) {
  if (param.source == ParamSource::kExternal) return std::make_unique<ExternalParamEvaluator>(param.id);
  return std::make_unique<SlotEvaluator>(param.id);
}

EvaluatorPtr make_null_test(const NullTestExpr& test) {
  const TypeInfo* type = find_type(test.arg->type.id);
  bool is_row = test.arg->type.id == type_id::kRecord || (type != nullptr && type->type_class == 'c');
  if (is_row) return std::make_unique<RecordNullTestEvaluator>(compile(test.arg), test.is_not);
  return std::make_unique<NullTestEvaluator>(compile(test.arg), test.is_not);
}

}  // namespace

EvaluatorPtr make_basic_evaluator(const ExprPtr& expr) {
  switch (expr->kind) {
    case ExprKind::kConst: return std::make_unique<ConstEvaluator>(expr);
    case ExprKind::kParam: return make_param(as<ParamExpr>(*expr));
    case ExprKind::kInput: return std::make_unique<InputEvaluator>(as<InputExpr>(*expr).index);
    case ExprKind::kRelabel: return compile(as<RelabelExpr>(*expr).arg);
    case ExprKind::kCollate: return compile(as<CollateExpr>(*expr).arg);
    case ExprKind::kNullTest: return make_null_test(as<NullTestExpr>(*expr));
    case ExprKind::kBooleanTest: {
      const auto& test = as<BooleanTestExpr>(*expr);
      return std::make_unique<BooleanTestEvaluator>(compile(test.arg), test.test);
    }
    case ExprKind::kCaseTest: return std::make_unique<CaseTestEvaluator>();
    default: return std::make_unique<SqlValueEvaluator>(as<SqlValueExpr>(*expr));
  }
}

}  // namespace vecino::sql
