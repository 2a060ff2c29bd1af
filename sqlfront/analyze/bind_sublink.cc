#include "sqlfront/analyze/coerce.h"

namespace vecino::sql::analysis {

using namespace type_id;

namespace {

void check_allowed(const ParseState& state, int location) {
  const char* where = nullptr;
  switch (state.clause) {
    case Clause::kCheck: where = "check constraint"; break;
    case Clause::kColumnDefault: where = "DEFAULT expression"; break;
    case Clause::kIndexExpression: where = "index expression"; break;
    case Clause::kIndexPredicate: where = "index predicate"; break;
    case Clause::kGeneratedColumn: where = "column generation expression"; break;
    case Clause::kAlterColumnTransform: where = "transform expression"; break;
    case Clause::kExecuteParameter: where = "EXECUTE parameter"; break;
    case Clause::kCopyWhere: where = "COPY FROM WHERE condition"; break;
    default: return;
  }
  throw SqlError(sqlstate::kFeatureNotSupported, std::string("cannot use subquery in ") + where, location);
}

std::shared_ptr<SubLinkExpr> make_link(ParseState& state, SubLinkKind kind, const ast::SubLink& node) {
  check_allowed(state, node.location);
  state.query->has_sublinks = true;
  auto out = std::make_shared<SubLinkExpr>();
  out->link = kind;
  out->location = node.location;
  out->type = {kBool, -1};
  out->query = transform_subquery(state, *node.query, true);
  if (out->query->command != Command::kSelect) {
    throw SqlError(sqlstate::kInternalError, "unexpected non-SELECT command in SubLink", node.location);
  }
  return out;
}

std::vector<const TargetEntry*> visible(const Query& query) {
  std::vector<const TargetEntry*> out;
  for (const TargetEntry& target : query.targets) {
    if (!target.junk) out.push_back(&target);
  }
  return out;
}

TypeRef single_column(const SubLinkExpr& link) {
  auto columns = visible(*link.query);
  if (columns.size() == 1) return columns[0]->expr->type;
  throw SqlError(sqlstate::kSyntaxError,
                 columns.empty() ? "subquery must return a column" : "subquery must return only one column",
                 link.location);
}

// Compares `left` with the sub-select's columns, which stand as parameters -1, -2, ...
ExprPtr comparison(ParseState& state, const ast::Name& op, const std::vector<ExprPtr>& left, const SubLinkExpr& link) {
  std::vector<ExprPtr> right;
  int id = -1;
  for (const TargetEntry* column : visible(*link.query)) {
    auto param = std::make_shared<ParamExpr>();
    param->source = ParamSource::kExec;
    param->id = id--;
    param->type = column->expr->type;
    right.push_back(std::move(param));
  }
  if (left.size() < right.size()) {
    throw SqlError(sqlstate::kSyntaxError, "subquery has too many columns", link.location);
  }
  if (left.size() > right.size()) {
    throw SqlError(sqlstate::kSyntaxError, "subquery has too few columns", link.location);
  }
  return make_row_comparison(state, op, left, right, link.location);
}

}  // namespace

ExprPtr transform_sublink(ParseState& state, const ast::SubLink& node) {
  switch (node.link) {
    case ast::SubLinkOp::kExists: return make_link(state, SubLinkKind::kExists, node);
    case ast::SubLinkOp::kExpr: {
      auto out = make_link(state, SubLinkKind::kExpr, node);
      out->type = single_column(*out);
      return out;
    }
    case ast::SubLinkOp::kArray: {
      auto out = make_link(state, SubLinkKind::kArray, node);
      TypeRef column = single_column(*out);
      bool is_array = element_type_of(column.id) != kInvalidOid;
      out->type = {is_array ? column.id : array_type_of(column.id), column.typmod};
      if (out->type.id == kInvalidOid) {
        throw SqlError(sqlstate::kUndefinedObject, "could not find array type for data type " + format_type(column.id),
                       node.location);
      }
      return out;
    }
    case ast::SubLinkOp::kAny:
    case ast::SubLinkOp::kAll: {
      auto out = make_link(state, node.link == ast::SubLinkOp::kAny ? SubLinkKind::kAny : SubLinkKind::kAll, node);
      out->is_in = node.operator_name.empty();
      ast::Name op = out->is_in ? ast::Name{"="} : node.operator_name;
      out->operator_name = op.back();
      std::vector<ExprPtr> left;
      if (auto* row = ast::try_as<ast::RowExpr>(node.test)) {
        left = transform_expressions(state, row->args, state.clause, false);
      } else {
        left.push_back(transform(state, node.test.get()));
      }
      out->test = comparison(state, op, left, *out);
      return out;
    }
  }
  return nullptr;
}

ExprPtr transform_row_sublink(ParseState& state, const ast::Name& op, const ast::RowExpr& left,
                              const ast::SubLink& right, int location) {
  auto out = make_link(state, SubLinkKind::kRowCompare, right);
  out->location = location;
  out->operator_name = op.back();
  out->test = comparison(state, op, transform_expressions(state, left.args, state.clause, false), *out);
  return out;
}

// Each column becomes a scalar sub-select over the source: (SELECT c FROM (source)).
std::vector<ExprPtr> transform_multi_expr(ParseState& state, const ast::SubLink& node, int column_count) {
  check_allowed(state, node.location);
  state.query->has_sublinks = true;
  std::vector<ExprPtr> out;
  for (int i = 0; i < column_count; ++i) {
    ParseState wrapper(state.shared, &state);
    std::shared_ptr<Query> source = transform_subquery(wrapper, *node.query, true);
    auto columns = visible(*source);
    if (static_cast<int>(columns.size()) != column_count) {
      throw SqlError(sqlstate::kSyntaxError, "number of columns does not match number of values", node.location);
    }
    TypeRef type = columns[i]->expr->type;
    std::string name = columns[i]->name;
    ast::Alias alias;
    alias.name = "source";
    int rte = add_subquery(wrapper, std::move(source), alias, false);
    auto leaf = std::make_unique<FromItem>();
    leaf->rte = rte;
    wrapper.query->from.push_back(std::move(leaf));
    TargetEntry target;
    target.expr = make_var(rte, static_cast<AttrNumber>(i + 1), type, 0, -1);
    target.name = name;
    wrapper.query->targets.push_back(std::move(target));
    auto link = std::make_shared<SubLinkExpr>();
    link->link = SubLinkKind::kExpr;
    link->location = node.location;
    link->type = type;
    link->query = wrapper.query;
    out.push_back(std::move(link));
  }
  return out;
}

}  // namespace vecino::sql::analysis
