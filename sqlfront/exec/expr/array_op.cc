#include <unordered_set>

#include "sqlfront/exec/expr/compile.h"
#include "sqlfront/exec/tuple_store.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/types/array.h"

namespace vecino::sql {
namespace {

// From this many constant elements on, `x = ANY (array)` and `x <> ALL (array)` probe a hash set (PostgreSQL:
// MIN_ARRAY_SIZE_FOR_HASHED_SAOP).
constexpr size_t kMinHashedElements = 9;

// Values of one type by content.
class ValueSet {
 public:
  explicit ValueSet(TypeId type) : key_(type), values_(16, Hash{key_}, Equal{key_}) {}
  void insert(const Datum& value) { values_.insert(value); }
  bool contains(const Datum& value) const { return values_.find(value) != values_.end(); }

 private:
  struct Hash {
    KeyType key;
    size_t operator()(const Datum& value) const { return key.hash(value); }
  };
  struct Equal {
    KeyType key;
    bool operator()(const Datum& left, const Datum& right) const { return key.equal(left, right); }
  };
  KeyType key_;
  std::unordered_set<Datum, Hash, Equal> values_;
};

class ArrayOpEvaluator final : public Evaluator {
 public:
  explicit ArrayOpEvaluator(const ScalarArrayOpExpr& expr)
      : left_(compile(expr.left)), array_(compile(expr.array)), use_or_(expr.use_or), left_type_(expr.left->type.id),
        element_type_(type_info(expr.array->type.id).element_id),
        call_(expr.function ? *expr.function : function_of(*expr.op), {left_type_, element_type_},
              {type_id::kBool, -1}, expr.location) {
    hashable_ = is_equality(expr) && array_->is_constant() && left_type_ == element_type_ && is_hashable();
  }

  Column evaluate(Frame& frame) override {
    check_stack_depth();
    Column left = left_->evaluate(frame), array = array_->evaluate(frame);
    size_t count = left.is_constant() && array.is_constant() ? 1 : frame.rows;
    Datum* out = frame.allocate(count);
    if (hashable_ && array.is_constant() && !array[0].is_null && prepare_set(array[0])) {
      for (size_t i = 0; i < count; ++i) out[i] = probe(left[i]);
    } else {
      for (size_t i = 0; i < count; ++i) out[i] = test(frame, left[i], array[i]);
    }
    return {out, count == 1 && frame.rows != 1 ? size_t{0} : size_t{1}};
  }

 private:
  // `= ANY`, or `<> ALL` as its negation.
  static bool is_equality(const ScalarArrayOpExpr& expr) {
    if (expr.op == nullptr) return false;
    if (expr.use_or) return expr.op->can_hash;
    const OperatorDef* negator = find_operator(expr.op->negator);
    return negator != nullptr && negator->can_hash;
  }
  bool is_hashable() const {
    const TypeInfo& type = type_info(left_type_);
    return type.kind == PhysicalKind::kInt || (type.hash != nullptr && type.compare != nullptr);
  }
  // The set is kept as long as the same array value (by address) comes: it is constant during an execution.
  bool prepare_set(const Datum& array) {
    if (set_ != nullptr && set_source_ == array.ptr) return true;
    ArrayView view(array);
    if (view.size() < kMinHashedElements) return false;
    set_ = std::make_unique<ValueSet>(element_type_);
    set_source_ = array.ptr;
    has_null_ = false;
    for (size_t e = 0; e < view.size(); ++e) {
      check_for_interrupts();
      if (view.is_null(e)) {
        has_null_ = true;
      } else {
        set_->insert(view[e]);
      }
    }
    return true;
  }
  Datum probe(const Datum& value) const {
    if (value.is_null) return Datum::null();
    if (set_->contains(value)) return Datum::from_bool(use_or_);
    return has_null_ ? Datum::null() : Datum::from_bool(!use_or_);
  }
  Datum test(Frame& frame, const Datum& left, const Datum& array) {
    if (array.is_null) return Datum::null();
    ArrayView view(array);
    if (view.empty()) return Datum::from_bool(!use_or_);
    if (left.is_null && call_.def().strict) return Datum::null();
    bool saw_null = false;
    for (size_t e = 0; e < view.size(); ++e) {
      check_for_interrupts();
      Datum args[2] = {left, view.is_null(e) ? Datum::null() : view[e]};
      Datum verdict = call_.call(*frame.run, *frame.arena, args);
      if (verdict.is_null) {
        saw_null = true;
      } else if (verdict.boolean() == use_or_) {
        return Datum::from_bool(use_or_);
      }
    }
    return saw_null ? Datum::null() : Datum::from_bool(!use_or_);
  }

  EvaluatorPtr left_, array_;
  bool use_or_, hashable_ = false, has_null_ = false;
  Oid left_type_, element_type_;
  BoundFunction call_;
  std::unique_ptr<ValueSet> set_;
  const char* set_source_ = nullptr;
};

}  // namespace

EvaluatorPtr make_array_op_evaluator(const ExprPtr& expr) {
  return std::make_unique<ArrayOpEvaluator>(as<ScalarArrayOpExpr>(*expr));
}

}  // namespace vecino::sql
