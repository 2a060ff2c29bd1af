#include <algorithm>

#include "sqlfront/analyze/bind_from.h"
#include "sqlfront/analyze/coerce.h"
#include "sqlfront/analyze/on_conflict.h"
#include "sqlfront/analyze/parse_cache.h"
#include "sqlfront/analyze/permissions.h"
#include "sqlfront/analyze/walk.h"
#include "sqlfront/catalog/privileges.h"

namespace vecino::sql::analysis {

using namespace type_id;

void check_modifiable(ParseState& state, const RelationDesc& relation, Command command) {
  const char* verb = command == Command::kInsert ? "insert into" : command == Command::kUpdate ? "update" : "delete from";
  if (relation.kind == 'v' && relation.system == nullptr) {
    const char* action = command == Command::kInsert ? "inserting into" : command == Command::kUpdate ? "updating" : "deleting from";
    const char* event = command == Command::kInsert ? "INSERT" : command == Command::kUpdate ? "UPDATE" : "DELETE";
    const char* rule = command == Command::kInsert ? "INSERT" : event;
    throw SqlError(sqlstate::kFeatureNotSupported, std::string("cannot ") + verb + " view \"" + relation.name + "\"")
        .detail("Automatically updatable views are not supported.")
        .hint(std::string("To enable ") + action + " the view, provide an INSTEAD OF " + event +
              " trigger or an unconditional ON " + rule + " DO INSTEAD rule.");
  }
  if (relation.kind == 'S') {
    throw SqlError(sqlstate::kWrongObjectType, "cannot change sequence \"" + relation.name + "\"");
  }
  if (relation.system != nullptr) {
    EvalEnvironment* env = state.shared.context.env;
    if (env != nullptr && !is_superuser(state.catalog(), env->current_role())) throw_relation_denied(relation);
    throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied: \"" + relation.name + "\" is a system catalog");
  }
}

ExprPtr default_expression(ParseState& state, const RelationDesc& relation, AttrNumber attno) {
  const ColumnDesc& column = relation.columns[attno - 1];
  AnalyzeContext context = state.shared.context;
  context.trusted_names = true;
  SharedState shared{context, {}, state.shared.parameters, {}, state.shared.views, state.shared.expanded_views};
  ParseState own(shared, nullptr);
  ExprPtr value;
  if (column.identity != 0) {
    auto call = std::make_shared<FunctionExpr>();
    call->function = &kIdentityNextval;
    call->type = {kInt8, -1};
    call->args = {make_const({kRegclass, -1}, Datum::from_int(column.sequence))};
    value = call;
  } else if (!column.default_expr.empty() && column.generated == 0) {
    std::shared_ptr<const ast::Node> node = cached_expression(column.default_expr);
    try {
      value = transform_expr(own, *node, Clause::kColumnDefault);
    } catch (SqlError& error) {
      throw SqlError(error.info());  // its positions are not in the client's text
    }
  } else {
    return nullptr;
  }
  ExprPtr coerced = coerce_to_target(own, value, column.type, CastContext::kAssignment, CoercionForm::kImplicitCast, -1);
  if (coerced == nullptr) {
    throw SqlError(sqlstate::kDatatypeMismatch,
                   "column \"" + column.name + "\" is of type " + format_type(column.type.id) +
                       " but default expression is of type " + format_type(value->type.id))
        .hint("You will need to rewrite or cast the expression.");
  }
  return coerced;
}

namespace {

struct InsertColumn {
  AttrNumber attno;
  const ast::ResTarget* target = nullptr;  // null: column list left out
};

ExprPtr null_of(const ColumnDesc& column) {
  bool typed = !column.dropped && column.type.id != kInvalidOid && find_type(column.type.id) != nullptr;
  return make_null_const(typed ? column.type : TypeRef{kInt4, -1});
}

class InsertBinder {
 public:
  InsertBinder(ParseState& state, const ast::InsertStmt& insert) : state_(state), insert_(insert) {}

  std::shared_ptr<Query> bind() {
    Query& query = *state_.query;
    query.command = Command::kInsert;
    query.overriding = static_cast<OverridingKind>(insert_.overriding);
    transform_with(state_, insert_.with.get());
    relation_ = open_relation(state_, *insert_.relation);
    check_modifiable(state_, *relation_, Command::kInsert);
    query.result_rte = add_relation(state_, *insert_.relation, relation_);
    collect_columns();
    for (const InsertColumn& column : columns_) query.inserted_columns.push_back(column.attno);
    values_.resize(relation_->columns.size());
    bind_source();
    apply_defaults();
    if (insert_.on_conflict != nullptr) bind_on_conflict(state_, *insert_.on_conflict, *relation_, insert_);
    bind_returning();
    return state_.query;
  }

 private:
  void collect_columns() {
    if (insert_.columns.empty()) {
      for (size_t i = 0; i < relation_->columns.size(); ++i) {
        if (!relation_->columns[i].dropped) columns_.push_back({static_cast<AttrNumber>(i + 1)});
      }
      return;
    }
    for (const auto& target : insert_.columns) {
      AttrNumber attno = attribute_number(*relation_, target->name);
      if (attno == 0) {
        throw SqlError(sqlstate::kUndefinedColumn,
                       "column \"" + target->name + "\" of relation \"" + relation_->name + "\" does not exist",
                       target->location);
      }
      if (attno < 0) {
        throw SqlError(sqlstate::kFeatureNotSupported, "cannot assign to system column \"" + target->name + "\"",
                       target->location);
      }
      for (const InsertColumn& other : columns_) {
        if (other.attno != attno || !target->indirection.empty()) continue;
        throw SqlError(sqlstate::kDuplicateColumn, "column \"" + target->name + "\" specified more than once",
                       target->location);
      }
      columns_.push_back({attno, target.get()});
    }
  }

  void bind_source() {
    if (insert_.source == nullptr) return;
    const ast::SelectStmt& source = *insert_.source;
    bool plain_values = !source.values.empty() && source.order_by.empty() && source.limit == nullptr &&
                        source.offset == nullptr && source.locking.empty() && source.with == nullptr;
    if (!plain_values) bind_query(source);
    else if (source.values.size() == 1) bind_single(source);
    else bind_rows(source);
  }

  // Checks the number of expressions and coerces them to the columns.
  std::vector<ExprPtr> bind_row(std::vector<ExprPtr> exprs) {
    if (exprs.size() > columns_.size()) {
      throw SqlError(sqlstate::kSyntaxError, "INSERT has more expressions than target columns",
                     location_of(exprs[columns_.size()]));
    }
    if (!insert_.columns.empty() && exprs.size() < columns_.size()) {
      SqlError error(sqlstate::kSyntaxError, "INSERT has more target columns than expressions",
                     columns_[exprs.size()].target->location);
      auto* row = exprs.size() == 1 ? try_as<RowExpr>(exprs[0]) : nullptr;
      if (row != nullptr && row->args.size() == columns_.size()) {
        throw std::move(error).hint(
            "The insertion source is a row expression containing the same number of columns expected by the INSERT. "
            "Did you accidentally use extra parentheses?");
      }
      throw error;
    }
    static const ast::NodeList kNone;
    for (size_t i = 0; i < exprs.size(); ++i) {
      const InsertColumn& column = columns_[i];
      exprs[i] = transform_assigned(state_, exprs[i], *relation_, column.attno,
                                    column.target != nullptr ? column.target->indirection : kNone,
                                    Clause::kInsertTarget, column.target != nullptr ? column.target->location : -1);
    }
    return exprs;
  }

  void assign(const std::vector<ExprPtr>& exprs) {
    for (size_t i = 0; i < exprs.size(); ++i) {
      ExprPtr& value = values_[columns_[i].attno - 1];
      // (a[1], a[2]): the second works on the result of the first.
      auto* later = try_as<SubscriptExpr>(exprs[i]);
      if (value == nullptr || later == nullptr) {
        value = exprs[i];
        continue;
      }
      auto both = std::make_shared<SubscriptExpr>(*later);
      both->container = value;
      value = std::move(both);
    }
  }

  void bind_single(const ast::SelectStmt& source) {
    transform_with(state_, source.with.get());
    assign(bind_row(transform_expressions(state_, source.values[0], Clause::kValuesSingle, true)));
  }

  void bind_rows(const ast::SelectStmt& source) {
    RangeTableEntry rte;
    rte.kind = RteKind::kValues;
    rte.alias = "*VALUES*";
    rte.values.reserve(source.values.size());
    for (const auto& row : source.values) {
      std::vector<ExprPtr> exprs = transform_expressions(state_, row, Clause::kValues, true);
      if (!rte.values.empty() && exprs.size() != rte.values[0].size()) {
        throw SqlError(sqlstate::kSyntaxError, "VALUES lists must all be the same length",
                       exprs.empty() ? -1 : location_of(exprs[0]));
      }
      rte.values.push_back(bind_row(std::move(exprs)));
    }
    size_t count = rte.values[0].size();
    std::vector<bool> only_defaults(count);
    for (size_t c = 0; c < count; ++c) only_defaults[c] = fill_defaults(rte.values, c);
    for (size_t c = 0; c < count; ++c) {
      rte.column_names.push_back("column" + std::to_string(c + 1));
      rte.column_types.push_back(rte.values[0][c]->type);
    }
    int index = add_source(std::move(rte));
    for (size_t c = 0; c < count; ++c) {
      if (only_defaults[c]) continue;  // as if the column had not been given
      const auto& types = state_.query->range_table[index].column_types;
      values_[columns_[c].attno - 1] = make_var(index, static_cast<AttrNumber>(c + 1), types[c], 0, -1);
    }
  }

  // Replaces DEFAULT in a column of a VALUES list. True: there is nothing else in it.
  bool fill_defaults(std::vector<std::vector<ExprPtr>>& rows, size_t c) {
    AttrNumber attno = columns_[c].attno;
    const ColumnDesc& column = relation_->columns[attno - 1];
    size_t defaults = 0;
    for (const auto& row : rows) defaults += row[c]->kind == ExprKind::kSetToDefault;
    if (defaults == 0) return false;
    for (auto& row : rows) {
      if (row[c]->kind != ExprKind::kSetToDefault) continue;
      // A column of nothing but DEFAULT is computed once, where a column left out would be.
      ExprPtr value = defaults == rows.size() ? nullptr : default_expression(state_, *relation_, attno);
      row[c] = value != nullptr ? value : null_of(column);
    }
    return defaults == rows.size();
  }

  int add_source(RangeTableEntry rte) {
    Query& query = *state_.query;
    query.range_table.push_back(std::move(rte));
    int index = static_cast<int>(query.range_table.size()) - 1;
    auto leaf = std::make_unique<FromItem>();
    leaf->rte = index;
    query.from.push_back(std::move(leaf));
    return index;
  }

  void bind_query(const ast::SelectStmt& source) {
    std::shared_ptr<Query> select = transform_subquery(state_, source, false);
    std::vector<TargetEntry> targets;
    for (const TargetEntry& target : select->targets) {
      if (!target.junk) targets.push_back(target);
    }
    ast::Alias alias;
    alias.name = "*SELECT*";
    int index = add_subquery(state_, std::move(select), alias, false);
    auto leaf = std::make_unique<FromItem>();
    leaf->rte = index;
    state_.query->from.push_back(std::move(leaf));
    std::vector<ExprPtr> exprs;
    for (size_t i = 0; i < targets.size(); ++i) {
      const ExprPtr& expr = targets[i].expr;
      // Literals of unknown type are coerced here, where the column's type is known.
      bool literal = expr->type.id == kUnknown && (expr->kind == ExprKind::kConst || expr->kind == ExprKind::kParam);
      exprs.push_back(literal ? expr : make_var(index, static_cast<AttrNumber>(i + 1), expr->type, 0, location_of(expr)));
    }
    std::vector<ExprPtr> row = bind_row(exprs);
    settle_literals(index, exprs, row);
    assign(row);
  }

  // The sub-select keeps no column of unknown type.
  void settle_literals(int index, const std::vector<ExprPtr>& given, const std::vector<ExprPtr>& coerced) {
    RangeTableEntry& rte = state_.query->range_table[index];
    auto& select = const_cast<Query&>(*rte.subquery);  // bound just now, not shared yet
    size_t column = 0;
    for (TargetEntry& target : select.targets) {
      if (target.junk) continue;
      size_t i = column++;
      if (target.expr->type.id != kUnknown || i >= given.size()) continue;
      if (given[i]->kind == ExprKind::kParam) {
        auto copy = std::make_shared<ParamExpr>(as<ParamExpr>(*given[i]));
        copy->type = {(*state_.shared.parameters)[copy->id - 1], -1};
        target.expr = copy;
      } else {
        target.expr = coerce_type(state_, target.expr, {kText, -1}, CastContext::kImplicit, CoercionForm::kImplicitCast, -1);
      }
      rte.column_types[i] = target.expr->type;
    }
  }

  [[noreturn]] void throw_generated(const ColumnDesc& column) {
    SqlError error(sqlstate::kGeneratedAlways, "cannot insert a non-DEFAULT value into column \"" + column.name + "\"");
    if (column.generated != 0) throw std::move(error).detail("Column \"" + column.name + "\" is a generated column.");
    throw std::move(error)
        .detail("Column \"" + column.name + "\" is an identity column defined as GENERATED ALWAYS.")
        .hint("Use OVERRIDING SYSTEM VALUE to override.");
  }

  void apply_defaults() {
    OverridingKind overriding = state_.query->overriding;
    for (size_t i = 0; i < relation_->columns.size(); ++i) {
      const ColumnDesc& column = relation_->columns[i];
      ExprPtr& value = values_[i];
      bool use_default = value == nullptr || value->kind == ExprKind::kSetToDefault;
      if (!column.dropped) {
        if (column.identity == 'a' && !use_default) {
          if (overriding == OverridingKind::kUser) use_default = true;
          else if (overriding != OverridingKind::kSystem) throw_generated(column);
        }
        if (column.identity == 'd' && overriding == OverridingKind::kUser) use_default = true;
        if (column.generated != 0 && !use_default) throw_generated(column);
      }
      if (use_default) value = column.dropped ? nullptr : default_expression(state_, *relation_, static_cast<AttrNumber>(i + 1));
      if (value == nullptr) value = null_of(column);
      TargetEntry target;
      target.expr = value;
      target.name = column.name;
      target.target_attno = static_cast<AttrNumber>(i + 1);
      state_.query->targets.push_back(std::move(target));
    }
  }

  void bind_returning() {
    if (insert_.returning.empty()) return;
    state_.names = {item_for(state_, state_.query->result_rte)};
    state_.query->returning = transform_targets(state_, insert_.returning, Clause::kReturning);
    resolve_unknown_targets(state_, state_.query->returning);
    mark_origins(state_, state_.query->returning);
  }

  ParseState& state_;
  const ast::InsertStmt& insert_;
  RelationPtr relation_;
  std::vector<InsertColumn> columns_;
  std::vector<ExprPtr> values_;  // per table column
};

}  // namespace

std::shared_ptr<Query> transform_insert(ParseState& state, const ast::InsertStmt& insert) {
  return InsertBinder(state, insert).bind();
}

}  // namespace vecino::sql::analysis
