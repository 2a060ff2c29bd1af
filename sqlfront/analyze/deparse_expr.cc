#include <algorithm>

#include "sqlfront/analyze/analyzer.h"
#include "sqlfront/analyze/deparse.h"
#include "sqlfront/catalog/identifiers.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {

namespace {

void quote_literal(std::string& out, std::string_view text) {
  // standard_conforming_strings is on: a backslash needs the E'' form only in PostgreSQL's quote_literal, not here.
  out += '\'';
  for (char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  out += '\'';
}

bool is_simple(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kVar: case ExprKind::kConst: case ExprKind::kParam: case ExprKind::kInput: case ExprKind::kCaseTest:
    case ExprKind::kCoalesce: case ExprKind::kMinMax: case ExprKind::kArray: case ExprKind::kRow: case ExprKind::kNullIf:
    case ExprKind::kAggregate: case ExprKind::kWindow: case ExprKind::kGrouping: case ExprKind::kSqlValue:
    case ExprKind::kSubscript: case ExprKind::kSubPlan: case ExprKind::kFieldSelect: case ExprKind::kCase:
    case ExprKind::kSetToDefault: case ExprKind::kSubLink:
      return true;
    case ExprKind::kFunction: {
      CoercionForm form = as<FunctionExpr>(expr).form;
      return form == CoercionForm::kCall || form == CoercionForm::kSqlSyntax;
    }
    default: return false;
  }
}

std::string_view sql_value_name(SqlValueKind kind) {
  switch (kind) {
    case SqlValueKind::kCurrentDate: return "CURRENT_DATE";
    case SqlValueKind::kCurrentTime: return "CURRENT_TIME";
    case SqlValueKind::kCurrentTimestamp: return "CURRENT_TIMESTAMP";
    case SqlValueKind::kLocalTime: return "LOCALTIME";
    case SqlValueKind::kLocalTimestamp: return "LOCALTIMESTAMP";
    case SqlValueKind::kCurrentUser: return "CURRENT_USER";
    case SqlValueKind::kSessionUser: return "SESSION_USER";
    case SqlValueKind::kCurrentCatalog: return "CURRENT_CATALOG";
    case SqlValueKind::kCurrentSchema: return "CURRENT_SCHEMA";
    case SqlValueKind::kCurrentRole: return "CURRENT_ROLE";
    case SqlValueKind::kUser: return "USER";
  }
  return "";
}

std::string_view row_compare_name(RowCompareKind kind) {
  switch (kind) {
    case RowCompareKind::kLess: return "<";
    case RowCompareKind::kLessEqual: return "<=";
    case RowCompareKind::kGreaterEqual: return ">=";
    case RowCompareKind::kGreater: return ">";
  }
  return "";
}

std::string_view boolean_test_name(BooleanTestKind kind) {
  switch (kind) {
    case BooleanTestKind::kIsTrue: return "IS TRUE";
    case BooleanTestKind::kIsNotTrue: return "IS NOT TRUE";
    case BooleanTestKind::kIsFalse: return "IS FALSE";
    case BooleanTestKind::kIsNotFalse: return "IS NOT FALSE";
    case BooleanTestKind::kIsUnknown: return "IS UNKNOWN";
    case BooleanTestKind::kIsNotUnknown: return "IS NOT UNKNOWN";
  }
  return "";
}

}  // namespace

TextNames TextNames::of_session(EvalEnvironment& env) {
  std::vector<Oid> path = env.search_path();
  NameScope names(env.catalog(), path);
  return {names, std::move(path), &env};
}

std::string ExprDeparser::function_text(const FunctionDef& function) const {
  return names_.names.qualified(function.schema, function.name);
}

std::string ExprDeparser::operator_text(const OperatorDef* op) const {
  if (!op) return "?";
  std::string schema = names_.names.qualifier(op->schema);
  if (schema.empty()) return std::string(op->name);
  return "OPERATOR(" + quote_identifier(schema) + "." + std::string(op->name) + ")";
}

std::string ExprDeparser::input_name(const InputExpr& input) { return input.display; }
std::string ExprDeparser::param_name(const ParamExpr& param) { return "$" + std::to_string(param.id); }
std::string ExprDeparser::subquery_text(const SubLinkExpr&) { return "..."; }
std::string ExprDeparser::subplan_text(const SubPlanExpr& plan) { return "(SubPlan " + std::to_string(plan.plan_id + 1) + ")"; }
std::string ExprDeparser::window_text(const WindowExpr&) { return "(?)"; }

std::string ExprDeparser::text(const ExprPtr& expr) {
  std::string saved = std::move(out_);
  out_.clear();
  append(expr, Casts::kHideImplicit);
  std::string result = std::move(out_);
  out_ = std::move(saved);
  return result;
}

void ExprDeparser::open() {
  if (parens_ == Parens::kFull) out_ += '(';
}
void ExprDeparser::close() {
  if (parens_ == Parens::kFull) out_ += ')';
}

bool ExprDeparser::needs_parens(const Expr& expr, const Expr& parent) const {
  if (parens_ == Parens::kFull || is_simple(expr)) return false;
  // Pretty printing (isSimpleNode): casts bind tightest, then operators, then tests, then NOT, AND, OR.
  bool cast = expr.kind == ExprKind::kRelabel || expr.kind == ExprKind::kCoerceViaIO || expr.kind == ExprKind::kArrayCoerce ||
              expr.kind == ExprKind::kFunction;
  if (cast) return false;
  if (parent.kind == ExprKind::kBool) {
    const auto* inner = expr.kind == ExprKind::kBool ? &as<BoolExpr>(expr) : nullptr;
    if (!inner) return false;
    BoolKind outer = as<BoolExpr>(parent).op;
    if (inner->op == BoolKind::kNot) return false;
    return outer == BoolKind::kNot || (outer == BoolKind::kAnd && inner->op == BoolKind::kOr) || outer == inner->op;
  }
  if (parent.kind == ExprKind::kOperator && expr.kind == ExprKind::kOperator) {
    const auto &outer = as<OperatorExpr>(parent), &inner = as<OperatorExpr>(expr);
    if (!outer.op || !inner.op) return true;
    auto level = [](std::string_view name) { return name == "*" || name == "/" || name == "%" ? 2 : name == "+" || name == "-" ? 1 : 0; };
    int out_level = level(outer.op->name), in_level = level(inner.op->name);
    if (out_level == 0 || in_level == 0) return true;
    if (in_level > out_level) return false;
    return in_level < out_level || outer.args[0].get() != &expr;
  }
  return true;
}

void ExprDeparser::append_parenthesized(const ExprPtr& expr, Casts casts, const Expr& parent) {
  bool parens = needs_parens(*expr, parent);
  if (parens) out_ += '(';
  append(expr, casts);
  if (parens) out_ += ')';
}

void ExprDeparser::append_list(const std::vector<ExprPtr>& list, Casts casts) {
  for (size_t i = 0; i < list.size(); ++i) {
    if (i) out_ += ", ";
    append(list[i], casts);
  }
}

// show_type: -1 never a cast, 0 when needed, 1 always (get_const_expr).
void ExprDeparser::append_const(const ConstExpr& e, int show_type) {
  std::string cast = "::" + type_text(e.type);
  if (e.value.is_null) {
    out_ += "NULL";
    if (show_type >= 0) out_ += cast;
    return;
  }
  Arena arena;
  CallContext context;
  context.arena = &arena;
  context.env = names_.env;
  context.result_type = e.type.id;
  const TypeInfo& type = type_info(e.type.id);
  std::string text;
  if (type.output) type.output(context, e.value, text);
  bool label = false;
  switch (e.type.id) {
    case type_id::kInt4:
      if (text[0] == '-') {
        quote_literal(out_, text);
        label = true;
      } else {
        out_ += text;
      }
      break;
    case type_id::kNumeric:
      if (text[0] >= '0' && text[0] <= '9' && text.find_first_of("eE.") != std::string::npos) {
        out_ += text;
      } else {
        quote_literal(out_, text);
        label = true;
      }
      label = label || e.type.typmod >= 0;
      break;
    case type_id::kBool: out_ += e.value.boolean() ? "true" : "false"; break;
    case type_id::kUnknown: quote_literal(out_, text); break;
    default:
      quote_literal(out_, text);
      label = true;
  }
  if (show_type < 0) return;
  if (label || show_type > 0) out_ += cast;
}

void ExprDeparser::append_coercion(const ExprPtr& arg, TypeRef type, const Expr& parent) {
  if (arg->kind == ExprKind::kConst && arg->type.id == type.id && arg->type.typmod == -1) {
    append_const(as<ConstExpr>(*arg), -1);
  } else {
    open();
    append_parenthesized(arg, Casts::kHideImplicit, parent);
    close();
  }
  out_ += "::" + type_text(type);
}

bool ExprDeparser::append_sql_syntax(const FunctionExpr& e) {
  std::string_view name = e.function->name;
  auto arg = [&](size_t i, Casts casts = Casts::kHideImplicit) { append(e.args[i], casts); };
  if (name == "timezone" && e.args.size() == 2) {
    out_ += '(';
    append_parenthesized(e.args[1], Casts::kHideImplicit, e);
    out_ += " AT TIME ZONE ";
    append_parenthesized(e.args[0], Casts::kHideImplicit, e);
    out_ += ')';
    return true;
  }
  if (name == "extract" && e.args.size() == 2) {
    const ConstExpr* field = try_as<ConstExpr>(e.args[0]);
    if (!field || !field->bytes) return false;
    out_ += "EXTRACT(";
    out_ += *field->bytes;
    out_ += " FROM ";
    arg(1);
    out_ += ')';
    return true;
  }
  if (name == "position" && e.args.size() == 2) {
    out_ += "POSITION((";
    arg(1);
    out_ += ") IN (";
    arg(0);
    out_ += "))";
    return true;
  }
  if (name == "substring" && (e.args.size() == 2 || e.args.size() == 3)) {
    out_ += "SUBSTRING(";
    arg(0);
    out_ += " FROM ";
    arg(1);
    if (e.args.size() == 3) {
      out_ += " FOR ";
      arg(2);
    }
    out_ += ')';
    return true;
  }
  if (name == "overlay" && e.args.size() >= 3) {
    out_ += "OVERLAY(";
    arg(0);
    out_ += " PLACING ";
    arg(1);
    out_ += " FROM ";
    arg(2);
    if (e.args.size() == 4) {
      out_ += " FOR ";
      arg(3);
    }
    out_ += ')';
    return true;
  }
  if (name == "btrim" || name == "ltrim" || name == "rtrim") {
    out_ += name == "btrim" ? "TRIM(BOTH" : name == "ltrim" ? "TRIM(LEADING" : "TRIM(TRAILING";
    if (e.args.size() == 2) {
      out_ += ' ';
      arg(1);
    }
    out_ += " FROM ";
    arg(0);
    out_ += ')';
    return true;
  }
  return false;
}

void ExprDeparser::append_function(const FunctionExpr& e, Casts casts) {
  if (e.form == CoercionForm::kImplicitCast && casts == Casts::kHideImplicit) {
    append_parenthesized(e.args[0], Casts::kHideImplicit, e);
    return;
  }
  if (e.form == CoercionForm::kImplicitCast || e.form == CoercionForm::kExplicitCast) {
    append_coercion(e.args[0], e.type, e);
    return;
  }
  if (e.form == CoercionForm::kSqlSyntax && append_sql_syntax(e)) return;
  out_ += function_text(*e.function);
  out_ += '(';
  for (size_t i = 0; i < e.args.size(); ++i) {
    if (i) out_ += ", ";
    if (e.variadic_call && i + 1 == e.args.size()) out_ += "VARIADIC ";
    append(e.args[i], Casts::kShow);
  }
  out_ += ')';
}

void ExprDeparser::append_operator(const OperatorExpr& e) {
  open();
  if (e.args.size() == 2) {
    append_parenthesized(e.args[0], Casts::kShow, e);
    out_ += ' ';
    out_ += operator_text(e.op);
    out_ += ' ';
    append_parenthesized(e.args[1], Casts::kShow, e);
  } else {
    out_ += operator_text(e.op);
    out_ += ' ';
    append_parenthesized(e.args[0], Casts::kShow, e);
  }
  close();
}

void ExprDeparser::append_aggregate(const AggregateExpr& e) {
  out_ += function_text(*e.function);
  out_ += '(';
  if (e.distinct) out_ += "DISTINCT ";
  auto order = [&](const std::vector<AggregateExpr::Order>& list) {
    for (size_t i = 0; i < list.size(); ++i) {
      if (i) out_ += ", ";
      append(list[i].expr, Casts::kHideImplicit);
      if (list[i].descending) out_ += " DESC";
      if (list[i].nulls_first != list[i].descending) out_ += list[i].nulls_first ? " NULLS FIRST" : " NULLS LAST";
    }
  };
  if (e.within_group) {
    append_list(e.direct_args, Casts::kShow);
    out_ += ") WITHIN GROUP (ORDER BY ";
    order(e.order_by);
  } else {
    if (e.star) out_ += '*'; else append_list(e.args, Casts::kShow);
    if (!e.order_by.empty()) {
      out_ += " ORDER BY ";
      order(e.order_by);
    }
  }
  if (e.filter) {
    out_ += ") FILTER (WHERE ";
    append(e.filter, Casts::kHideImplicit);
  }
  out_ += ')';
}

void ExprDeparser::append_case(const CaseExpr& e) {
  bool lines = case_indent() != " ";
  ++case_depth_;
  if (lines && (out_.empty() || out_.back() == ' ')) {
    while (!out_.empty() && out_.back() == ' ') out_.pop_back();
    if (!out_.empty() && out_.back() != '\n') out_ += '\n';
  }
  if (lines) out_ += case_end_indent().substr(1);
  out_ += "CASE";
  if (e.arg) {
    out_ += ' ';
    append(e.arg, Casts::kShow);
  }
  for (const auto& when : e.whens) {
    out_ += case_indent();
    out_ += "WHEN ";
    ExprPtr condition = when.condition;
    if (e.arg) {
      // `CaseTest = value` prints as the value alone.
      const OperatorExpr* op = try_as<OperatorExpr>(condition);
      if (op && op->args.size() == 2) condition = op->args[1];
    }
    append(condition, Casts::kHideImplicit);
    out_ += " THEN ";
    append(when.result, Casts::kShow);
  }
  out_ += case_indent();
  out_ += "ELSE ";
  append(e.otherwise, Casts::kShow);
  out_ += case_end_indent();
  out_ += "END";
  --case_depth_;
}

void ExprDeparser::append_sublink(const SubLinkExpr& e) {
  std::string body = subquery_text(e);
  if (e.link == SubLinkKind::kArray) {
    out_ += "ARRAY(" + body + ")";
    return;
  }
  out_ += '(';
  if (e.test) {
    // The left side of the comparison: its operands that are not sub-select columns.
    std::vector<ExprPtr> left;
    std::string operator_name;
    std::function<void(const ExprPtr&)> collect = [&](const ExprPtr& test) {
      if (const BoolExpr* both = try_as<BoolExpr>(test)) {
        for (const auto& arg : both->args) collect(arg);
      } else if (const OperatorExpr* op = try_as<OperatorExpr>(test); op && op->args.size() == 2) {
        left.push_back(op->args[0]);
        if (op->op) operator_name = operator_text(op->op);
      } else if (const RowCompareExpr* row = try_as<RowCompareExpr>(test)) {
        left = row->left;
        operator_name = row_compare_name(row->compare);
      }
    };
    collect(e.test);
    if (left.size() == 1) {
      append(left[0], Casts::kShow);
    } else {
      out_ += '(';
      append_list(left, Casts::kShow);
      out_ += ')';
    }
    // IN means = as the path has it.
    bool in = e.link == SubLinkKind::kAny && e.is_in && !operator_name.starts_with("OPERATOR(");
    if (operator_name.starts_with("OPERATOR(")) {
      out_ += " " + operator_name + (e.link == SubLinkKind::kAll ? " ALL (" : " ANY (") + body + "))";
      return;
    }
    if (in) out_ += " IN ";
    else out_ += " " + (e.operator_name.empty() ? operator_name : e.operator_name) +
                 (e.link == SubLinkKind::kAny ? " ANY " : e.link == SubLinkKind::kAll ? " ALL " : " ");
    out_ += "(" + body + "))";
    return;
  }
  if (e.link == SubLinkKind::kExists) {
    out_ += "EXISTS (" + body + "))";
    return;
  }
  out_ += body + ")";
}

void ExprDeparser::append_subscript(const SubscriptExpr& e) {
  bool parens = e.container->kind != ExprKind::kVar && e.container->kind != ExprKind::kInput && e.container->kind != ExprKind::kFieldSelect;
  if (parens) out_ += '(';
  append(e.container, Casts::kShow);
  if (parens) out_ += ')';
  for (size_t i = 0; i < e.upper.size(); ++i) {
    out_ += '[';
    if (e.slice) {
      if (i < e.lower.size() && e.lower[i]) append(e.lower[i], Casts::kHideImplicit);
      out_ += ':';
    }
    if (e.upper[i]) append(e.upper[i], Casts::kHideImplicit);
    out_ += ']';
  }
}

void ExprDeparser::append(const ExprPtr& expr, Casts casts) {
  if (!expr) return;
  check_recursion();
  switch (expr->kind) {
    case ExprKind::kConst: append_const(as<ConstExpr>(*expr), 0); break;
    case ExprKind::kParam: out_ += param_name(as<ParamExpr>(*expr)); break;
    case ExprKind::kVar: out_ += var_name(as<VarExpr>(*expr)); break;
    case ExprKind::kInput: out_ += input_name(as<InputExpr>(*expr)); break;
    case ExprKind::kFunction: append_function(as<FunctionExpr>(*expr), casts); break;
    case ExprKind::kOperator: append_operator(as<OperatorExpr>(*expr)); break;
    case ExprKind::kDistinct: {
      const auto& e = as<OperatorExpr>(*expr);
      open();
      append_parenthesized(e.args[0], Casts::kShow, e);
      out_ += " IS DISTINCT FROM ";
      append_parenthesized(e.args[1], Casts::kShow, e);
      close();
      break;
    }
    case ExprKind::kScalarArrayOp: {
      const auto& e = as<ScalarArrayOpExpr>(*expr);
      open();
      append_parenthesized(e.left, Casts::kShow, e);
      out_ += ' ';
      out_ += operator_text(e.op);
      out_ += e.use_or ? " ANY (" : " ALL (";
      append_parenthesized(e.array, Casts::kShow, e);
      out_ += ')';
      close();
      break;
    }
    case ExprKind::kBool: {
      const auto& e = as<BoolExpr>(*expr);
      open();
      if (e.op == BoolKind::kNot) {
        out_ += "NOT ";
        append_parenthesized(e.args[0], Casts::kHideImplicit, e);
      }
      for (size_t i = 0; e.op != BoolKind::kNot && i < e.args.size(); ++i) {
        if (i) out_ += e.op == BoolKind::kAnd ? " AND " : " OR ";
        append_parenthesized(e.args[i], Casts::kHideImplicit, e);
      }
      close();
      break;
    }
    case ExprKind::kNullTest: {
      const auto& e = as<NullTestExpr>(*expr);
      open();
      append_parenthesized(e.arg, Casts::kShow, e);
      out_ += e.is_not ? " IS NOT NULL" : " IS NULL";
      close();
      break;
    }
    case ExprKind::kBooleanTest: {
      const auto& e = as<BooleanTestExpr>(*expr);
      open();
      append_parenthesized(e.arg, Casts::kHideImplicit, e);
      out_ += ' ';
      out_ += boolean_test_name(e.test);
      close();
      break;
    }
    case ExprKind::kCase: append_case(as<CaseExpr>(*expr)); break;
    case ExprKind::kSubLink: append_sublink(as<SubLinkExpr>(*expr)); break;
    case ExprKind::kSubPlan: out_ += subplan_text(as<SubPlanExpr>(*expr)); break;
    case ExprKind::kAggregate: append_aggregate(as<AggregateExpr>(*expr)); break;
    case ExprKind::kSubscript: append_subscript(as<SubscriptExpr>(*expr)); break;
    default: append_simple(expr, casts);
  }
}

void ExprDeparser::append_simple(const ExprPtr& expr, Casts casts) {
  auto call = [&](std::string_view name, const std::vector<ExprPtr>& args) {
    out_ += name;
    out_ += '(';
    append_list(args, Casts::kShow);
    out_ += ')';
  };
  auto cast = [&](const ExprPtr& arg, CoercionForm form) {
    if (form == CoercionForm::kImplicitCast && casts == Casts::kHideImplicit)
      append_parenthesized(arg, Casts::kHideImplicit, *expr);
    else
      append_coercion(arg, expr->type, *expr);
  };
  switch (expr->kind) {
    case ExprKind::kNullIf: call("NULLIF", as<OperatorExpr>(*expr).args); break;
    case ExprKind::kCaseTest: out_ += "CASE_TEST_EXPR"; break;
    case ExprKind::kCoalesce: call("COALESCE", as<CoalesceExpr>(*expr).args); break;
    case ExprKind::kMinMax: call(as<MinMaxExpr>(*expr).greatest ? "GREATEST" : "LEAST", as<MinMaxExpr>(*expr).args); break;
    case ExprKind::kGrouping: call("GROUPING", as<GroupingExpr>(*expr).args); break;
    case ExprKind::kRow: call("ROW", as<RowExpr>(*expr).args); break;
    case ExprKind::kArray: {
      const auto& e = as<ArrayExpr>(*expr);
      out_ += "ARRAY[";
      append_list(e.elements, Casts::kShow);
      out_ += ']';
      if (e.elements.empty()) out_ += "::" + type_text(e.type);
      break;
    }
    case ExprKind::kRowCompare: {
      const auto& e = as<RowCompareExpr>(*expr);
      out_ += "(";
      call("ROW", e.left);
      out_ += ' ';
      out_ += row_compare_name(e.compare);
      out_ += ' ';
      call("ROW", e.right);
      out_ += ")";
      break;
    }
    case ExprKind::kFieldSelect: {
      const auto& e = as<FieldSelectExpr>(*expr);
      out_ += '(';
      append(e.arg, Casts::kShow);
      out_ += ").";
      out_ += quote_identifier(e.name);
      break;
    }
    case ExprKind::kWindow: {
      const auto& e = as<WindowExpr>(*expr);
      out_ += function_text(*e.function);
      out_ += '(';
      if (e.star) out_ += '*'; else append_list(e.args, Casts::kShow);
      if (e.filter) {
        out_ += ") FILTER (WHERE ";
        append(e.filter, Casts::kHideImplicit);
      }
      out_ += ") OVER ";
      out_ += window_text(e);
      break;
    }
    case ExprKind::kRelabel: cast(as<RelabelExpr>(*expr).arg, as<RelabelExpr>(*expr).form); break;
    case ExprKind::kCoerceViaIO: cast(as<CoerceViaIOExpr>(*expr).arg, as<CoerceViaIOExpr>(*expr).form); break;
    case ExprKind::kArrayCoerce: cast(as<ArrayCoerceExpr>(*expr).arg, as<ArrayCoerceExpr>(*expr).form); break;
    case ExprKind::kSetToDefault: out_ += "DEFAULT"; break;
    case ExprKind::kSqlValue: {
      const auto& e = as<SqlValueExpr>(*expr);
      out_ += sql_value_name(e.value);
      bool timed = e.value == SqlValueKind::kCurrentTime || e.value == SqlValueKind::kCurrentTimestamp ||
                   e.value == SqlValueKind::kLocalTime || e.value == SqlValueKind::kLocalTimestamp;
      if (timed && e.type.typmod >= 0) out_ += "(" + std::to_string(e.type.typmod) + ")";
      break;
    }
    case ExprKind::kCollate: {
      const auto& e = as<CollateExpr>(*expr);
      open();
      append_parenthesized(e.arg, Casts::kShow, e);
      out_ += " COLLATE ";
      out_ += quote_identifier(e.collation);
      close();
      break;
    }
    default: throw SqlError(sqlstate::kInternalError, "cannot deparse expression");
  }
}

namespace {

// Expressions over one table (defaults, checks, index expressions): columns without qualification.
class TableDeparser : public ExprDeparser {
 public:
  TableDeparser(const RelationDesc* table, const Catalog& catalog, Parens parens, TextNames names)
      : ExprDeparser(&catalog, parens, std::move(names)), table_(table) {}

 protected:
  std::string column(int index) const {
    if (!table_ || index < 0 || static_cast<size_t>(index) >= table_->columns.size()) return "?column?";
    return quote_identifier(table_->columns[index].name);
  }
  std::string var_name(const VarExpr& var) override {
    if (var.attno == 0 && table_) return quote_identifier(table_->name) + ".*";
    return column(var.attno - 1);
  }
  std::string input_name(const InputExpr& input) override { return column(input.index); }

 private:
  const RelationDesc* table_;
};

}  // namespace

std::string deparse_expr(const ExprPtr& expr, const RelationDesc* table, const Catalog& catalog) {
  return TableDeparser(table, catalog, ExprDeparser::Parens::kFull, {}).text(expr);
}

std::string deparse_expr_for(EvalEnvironment& env, const ExprPtr& expr, const RelationDesc* table, bool pretty) {
  const auto parens = pretty ? ExprDeparser::Parens::kPretty : ExprDeparser::Parens::kFull;
  return TableDeparser(table, env.catalog(), parens, TextNames::of_session(env)).text(expr);
}

}  // namespace vecino::sql
