#include "sqlfront/interrupts.h"
#include "sqlfront/parse/convert.h"

namespace vecino::sql::parse {

using namespace ast;

ast::Name strings(size_t count, PgQuery__Node* const* nodes) {
  Name out;
  out.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    if (nodes[i]->node_case == PG_QUERY__NODE__NODE_STRING) out.push_back(text(nodes[i]->string->sval));
  }
  return out;
}

NodeList Converter::exprs(size_t count, PgQuery__Node* const* nodes) {
  NodeList out;
  out.reserve(count);
  for (size_t i = 0; i < count; ++i) out.push_back(expr(nodes[i]));
  return out;
}

NodePtr Converter::constant(const PgQuery__AConst& in) {
  auto out = std::make_unique<Const>();
  out->location = in.location;
  if (in.isnull) return out;
  switch (in.val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL:
      out->value_kind = ConstKind::kInteger;
      out->integer = in.ival->ival;
      break;
    case PG_QUERY__A__CONST__VAL_FVAL:
      out->value_kind = ConstKind::kFloat;
      out->text = text(in.fval->fval);
      break;
    case PG_QUERY__A__CONST__VAL_BOOLVAL:
      out->value_kind = ConstKind::kBoolean;
      out->boolean = in.boolval->boolval;
      break;
    case PG_QUERY__A__CONST__VAL_SVAL:
      out->value_kind = ConstKind::kString;
      out->text = text(in.sval->sval);
      break;
    case PG_QUERY__A__CONST__VAL_BSVAL:
      out->value_kind = ConstKind::kBitString;
      out->text = text(in.bsval->bsval);
      break;
    default:  // an Integer of 0 may be left out of the message altogether
      out->value_kind = ConstKind::kInteger;
      break;
  }
  return out;
}

NodePtr Converter::column_ref(const PgQuery__ColumnRef& in) {
  auto out = std::make_unique<ColumnRef>();
  out->location = in.location;
  out->fields = strings(in.n_fields, in.fields);
  out->star = in.n_fields > 0 && in.fields[in.n_fields - 1]->node_case == PG_QUERY__NODE__NODE_A_STAR;
  return out;
}

NodePtr Converter::a_expr(const PgQuery__AExpr& in) {
  auto out = std::make_unique<AExpr>();
  out->location = in.location;
  out->expr_kind = same_order<AExprKind>(in.kind);
  out->name = strings(in.n_name, in.name);
  out->left = expr(in.lexpr);
  out->right = expr(in.rexpr);
  return out;
}

std::unique_ptr<FuncCall> Converter::func_call(const PgQuery__FuncCall& in) {
  auto out = std::make_unique<FuncCall>();
  out->location = in.location;
  out->name = strings(in.n_funcname, in.funcname);
  out->args = exprs(in.n_args, in.args);
  out->order_by = sort_list(in.n_agg_order, in.agg_order);
  out->filter = expr(in.agg_filter);
  if (in.over != nullptr) out->over = window_def(*in.over);
  out->within_group = in.agg_within_group;
  out->star = in.agg_star;
  out->distinct = in.agg_distinct;
  out->variadic = in.func_variadic;
  out->sql_syntax = in.funcformat == PG_QUERY__COERCION_FORM__COERCE_SQL_SYNTAX;
  return out;
}

NodePtr Converter::indirection(const PgQuery__AIndirection& in) {
  auto out = std::make_unique<Indirection>();
  out->arg = expr(in.arg);
  out->location = out->arg != nullptr ? out->arg->location : -1;
  out->steps = exprs(in.n_indirection, in.indirection);
  return out;
}

NodePtr Converter::sub_link(const PgQuery__SubLink& in) {
  auto out = std::make_unique<SubLink>();
  out->location = in.location;
  switch (in.sub_link_type) {
    case PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK: out->link = SubLinkOp::kExists; break;
    case PG_QUERY__SUB_LINK_TYPE__ALL_SUBLINK: out->link = SubLinkOp::kAll; break;
    case PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK: out->link = SubLinkOp::kAny; break;
    case PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK: out->link = SubLinkOp::kArray; break;
    default: out->link = SubLinkOp::kExpr; break;
  }
  out->test = expr(in.testexpr);
  out->operator_name = strings(in.n_oper_name, in.oper_name);
  if (in.subselect != nullptr) out->query = statement(*in.subselect);
  return out;
}

NodePtr Converter::case_expr(const PgQuery__CaseExpr& in) {
  auto out = std::make_unique<CaseExpr>();
  out->location = in.location;
  out->arg = expr(in.arg);
  for (size_t i = 0; i < in.n_args; ++i) {
    const PgQuery__CaseWhen& when = *in.args[i]->case_when;
    auto branch = std::make_unique<CaseWhen>();
    branch->location = when.location;
    branch->condition = expr(when.expr);
    branch->result = expr(when.result);
    out->whens.push_back(std::move(branch));
  }
  out->otherwise = expr(in.defresult);
  return out;
}

NodePtr Converter::sql_value(const PgQuery__SQLValueFunction& in) {
  auto out = std::make_unique<SqlValueFunction>();
  out->location = in.location;
  out->typmod = in.typmod;
  switch (in.op) {
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_DATE: out->op = SqlValueOp::kCurrentDate; break;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME_N: out->op = SqlValueOp::kCurrentTime; break;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME_N: out->op = SqlValueOp::kLocalTime; break;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N: out->op = SqlValueOp::kLocalTimestamp; break;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_ROLE: out->op = SqlValueOp::kCurrentRole; break;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_USER: out->op = SqlValueOp::kCurrentUser; break;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_USER: out->op = SqlValueOp::kUser; break;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_SESSION_USER: out->op = SqlValueOp::kSessionUser; break;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_CATALOG: out->op = SqlValueOp::kCurrentCatalog; break;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_SCHEMA: out->op = SqlValueOp::kCurrentSchema; break;
    default: out->op = SqlValueOp::kCurrentTimestamp; break;
  }
  return out;
}

std::unique_ptr<TypeName> Converter::type_name(const PgQuery__TypeName* in) {
  if (in == nullptr) return nullptr;
  auto out = std::make_unique<TypeName>();
  out->location = in->location;
  out->names = strings(in->n_names, in->names);
  out->setof = in->setof;
  out->percent_type = in->pct_type;
  out->typmods = exprs(in->n_typmods, in->typmods);
  out->typmod = in->typemod;
  for (size_t i = 0; i < in->n_array_bounds; ++i) {
    const PgQuery__Node& bound = *in->array_bounds[i];
    out->array_bounds.push_back(bound.node_case == PG_QUERY__NODE__NODE_INTEGER ? bound.integer->ival : -1);
  }
  return out;
}

namespace {
NodePtr unsupported_expr(const char* description, int location) {
  auto out = std::make_unique<UnsupportedExpr>();
  out->location = location;
  out->description = description;
  return out;
}
template <typename T>
std::unique_ptr<T> located(int location) {
  auto out = std::make_unique<T>();
  out->location = location;
  return out;
}
}  // namespace

NodePtr Converter::expr(const PgQuery__Node* node) {
  if (node == nullptr) return nullptr;
  check_stack_depth();
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE__NOT_SET: return nullptr;
    case PG_QUERY__NODE__NODE_A_CONST: return constant(*node->a_const);
    case PG_QUERY__NODE__NODE_COLUMN_REF: return column_ref(*node->column_ref);
    case PG_QUERY__NODE__NODE_PARAM_REF: {
      auto out = located<ParamRef>(node->param_ref->location);
      out->number = node->param_ref->number;
      return out;
    }
    case PG_QUERY__NODE__NODE_A_EXPR: return a_expr(*node->a_expr);
    case PG_QUERY__NODE__NODE_BOOL_EXPR: {
      auto out = located<BoolExpr>(node->bool_expr->location);
      out->op = same_order<BoolOp>(node->bool_expr->boolop);
      out->args = exprs(node->bool_expr->n_args, node->bool_expr->args);
      return out;
    }
    case PG_QUERY__NODE__NODE_NULL_TEST: {
      auto out = located<NullTest>(node->null_test->location);
      out->arg = expr(node->null_test->arg);
      out->is_not = node->null_test->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NOT_NULL;
      return out;
    }
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST: {
      auto out = located<BooleanTest>(node->boolean_test->location);
      out->arg = expr(node->boolean_test->arg);
      out->test = same_order<BooleanTestOp>(node->boolean_test->booltesttype);
      return out;
    }
    case PG_QUERY__NODE__NODE_TYPE_CAST: {
      auto out = located<TypeCast>(node->type_cast->location);
      out->arg = expr(node->type_cast->arg);
      out->type = type_name(node->type_cast->type_name);
      return out;
    }
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE: {
      auto out = located<CollateClause>(node->collate_clause->location);
      out->arg = expr(node->collate_clause->arg);
      out->collation = strings(node->collate_clause->n_collname, node->collate_clause->collname);
      return out;
    }
    case PG_QUERY__NODE__NODE_FUNC_CALL: return func_call(*node->func_call);
    case PG_QUERY__NODE__NODE_NAMED_ARG_EXPR: {
      auto out = located<NamedArg>(node->named_arg_expr->location);
      out->name = text(node->named_arg_expr->name);
      out->arg = expr(node->named_arg_expr->arg);
      return out;
    }
    case PG_QUERY__NODE__NODE_A_INDIRECTION: return indirection(*node->a_indirection);
    case PG_QUERY__NODE__NODE_A_INDICES: {
      auto out = std::make_unique<Indices>();
      out->slice = node->a_indices->is_slice;
      out->lower = expr(node->a_indices->lidx);
      out->upper = expr(node->a_indices->uidx);
      return out;
    }
    case PG_QUERY__NODE__NODE_A_STAR: return std::make_unique<StarNode>();
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR: {
      auto out = located<ArrayExpr>(node->a_array_expr->location);
      out->elements = exprs(node->a_array_expr->n_elements, node->a_array_expr->elements);
      return out;
    }
    case PG_QUERY__NODE__NODE_ROW_EXPR: {
      auto out = located<RowExpr>(node->row_expr->location);
      out->args = exprs(node->row_expr->n_args, node->row_expr->args);
      out->explicit_row = node->row_expr->row_format == PG_QUERY__COERCION_FORM__COERCE_EXPLICIT_CALL;
      return out;
    }
    case PG_QUERY__NODE__NODE_CASE_EXPR: return case_expr(*node->case_expr);
    case PG_QUERY__NODE__NODE_COALESCE_EXPR: {
      auto out = located<CoalesceExpr>(node->coalesce_expr->location);
      out->args = exprs(node->coalesce_expr->n_args, node->coalesce_expr->args);
      return out;
    }
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR: {
      auto out = located<MinMaxExpr>(node->min_max_expr->location);
      out->greatest = node->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST;
      out->args = exprs(node->min_max_expr->n_args, node->min_max_expr->args);
      return out;
    }
    case PG_QUERY__NODE__NODE_SUB_LINK: return sub_link(*node->sub_link);
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION: return sql_value(*node->sqlvalue_function);
    case PG_QUERY__NODE__NODE_GROUPING_FUNC: {
      auto out = located<GroupingFunc>(node->grouping_func->location);
      out->args = exprs(node->grouping_func->n_args, node->grouping_func->args);
      return out;
    }
    case PG_QUERY__NODE__NODE_GROUPING_SET: return grouping_set(*node->grouping_set);
    case PG_QUERY__NODE__NODE_SET_TO_DEFAULT: return located<SetToDefault>(node->set_to_default->location);
    case PG_QUERY__NODE__NODE_CURRENT_OF_EXPR: {
      auto out = std::make_unique<CurrentOf>();
      out->cursor = text(node->current_of_expr->cursor_name);
      return out;
    }
    case PG_QUERY__NODE__NODE_MULTI_ASSIGN_REF: {
      auto out = std::make_unique<MultiAssignRef>();
      out->source = expr(node->multi_assign_ref->source);
      out->location = out->source != nullptr ? out->source->location : -1;
      out->column = node->multi_assign_ref->colno;
      out->column_count = node->multi_assign_ref->ncolumns;
      return out;
    }
    case PG_QUERY__NODE__NODE_LIST: {
      auto out = std::make_unique<ListNode>();
      out->items = exprs(node->list->n_items, node->list->items);
      if (!out->items.empty() && out->items[0] != nullptr) out->location = out->items[0]->location;
      return out;
    }
    case PG_QUERY__NODE__NODE_STRING: {
      auto out = std::make_unique<StringNode>();
      out->value = text(node->string->sval);
      return out;
    }
    case PG_QUERY__NODE__NODE_INTEGER: {
      auto out = std::make_unique<IntegerNode>();
      out->value = node->integer->ival;
      return out;
    }
    case PG_QUERY__NODE__NODE_FLOAT: {
      auto out = std::make_unique<FloatNode>();
      out->value = text(node->float_->fval);
      return out;
    }
    case PG_QUERY__NODE__NODE_BOOLEAN: {
      auto out = std::make_unique<BooleanNode>();
      out->value = node->boolean->boolval;
      return out;
    }
    case PG_QUERY__NODE__NODE_TYPE_NAME: return type_name(node->type_name);
    case PG_QUERY__NODE__NODE_DEF_ELEM: return def_elem(*node->def_elem);
    case PG_QUERY__NODE__NODE_RANGE_VAR: return range_var(node->range_var);
    case PG_QUERY__NODE__NODE_ROLE_SPEC: return role_spec(node->role_spec);
    case PG_QUERY__NODE__NODE_SELECT_STMT: return select(*node->select_stmt);
    case PG_QUERY__NODE__NODE_XML_EXPR: return unsupported_expr("XML", node->xml_expr->location);
    case PG_QUERY__NODE__NODE_XML_SERIALIZE: return unsupported_expr("XML", node->xml_serialize->location);
    default: return unsupported_expr("this expression syntax", -1);
  }
}

}  // namespace vecino::sql::parse
