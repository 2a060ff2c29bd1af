#include <algorithm>

#include "sqlfront/exec/executor.h"
#include "sqlfront/plan/planner.h"
#include "sqlfront/sql_error.h"

// INSERT, UPDATE, DELETE: the query below yields rows in the layout that ModifyTableNode documents.

namespace vecino::sql::plan {

namespace {

class ModifyPlanner {
 public:
  explicit ModifyPlanner(Level& level)
      : level_(level), query_(*level.query), target_(query_.result_rte), entry_(level.rtes[target_]), relation_(entry_->relation) {}

  Built build() {
    level_.preprocess();
    level_.planner.plan.read_only = false;
    node_ = std::make_shared<ModifyTableNode>();
    node_->command = query_.command;
    node_->relation = relation_;
    node_->alias = entry_->alias;
    if (level_.planner.input.settings) {
      node_->indexes = index_maintenance(*relation_, *level_.planner.input.catalog, *level_.planner.input.settings, level_.planner.env());
      node_->checks = bound_checks(*relation_, *level_.planner.input.catalog, *level_.planner.input.settings, level_.planner.env());
    }
    node_->foreign_keys = foreign_key_links(relation_, *level_.planner.input.catalog);
    switch (query_.command) {
      case Command::kInsert: plan_insert(); break;
      case Command::kUpdate: plan_update(); break;
      default: plan_delete();
    }
    plan_returning();
    return finish();
  }

 private:
  AttrNumber column_count() const { return static_cast<AttrNumber>(relation_->columns.size()); }

  ExprPtr column_var(AttrNumber attno) const {
    const ColumnDesc& column = relation_->columns[attno - 1];
    if (column.dropped) return make_null_const(column.type.id ? column.type : TypeRef{type_id::kInt4, -1});
    return make_var(target_, attno, column.type);
  }

  void run(const std::vector<ExprPtr>& output) {
    std::vector<ExprPtr> wanted;
    bool sets = false;
    for (const auto& expr : output) {
      collect_inputs(expr, {}, wanted);
      sets = sets || contains_srf(expr);
    }
    child_ = level_.is_grouped() ? level_.plan_grouping(output) : level_.plan_from(wanted, {}, 0, -1);
    if (sets) child_ = level_.project_sets(std::move(child_), output);
    else apply_target(level_, child_, output);
  }

  void plan_insert() {
    std::vector<ExprPtr> output(static_cast<size_t>(column_count()));
    for (const auto& target : level_.targets)
      if (!target.junk && target.target_attno > 0) output[target.target_attno - 1] = target.expr;
    for (AttrNumber attno = 1; attno <= column_count(); ++attno) {
      ExprPtr& expr = output[attno - 1];
      TypeRef type = relation_->columns[attno - 1].type;
      if (!expr) expr = make_null_const(type.id ? type : TypeRef{type_id::kInt4, -1});
    }
    run(output);
    plan_on_conflict();
  }

  // Columns of other relations (and the row id) that RETURNING reads travel behind the fixed ones.
  void collect_extras(const ExprPtr& expr) {
    if (!expr) return;
    if (const VarExpr* var = try_as<VarExpr>(expr)) {
      if (var->levels_up > 0) return;
      bool own_column = var->rte == target_ && (var->attno >= 0 || var->attno == system_attr::kTableoid);
      if (!own_column) add_unique(extras_, expr);
      return;
    }
    for_each_child(*expr, [&](const ExprPtr& child) { collect_extras(child); });
  }

  std::vector<ExprPtr> old_row() {
    std::vector<ExprPtr> output{make_var(target_, system_attr::kCtid, {type_id::kTid, -1})};
    std::vector<bool> looked_at = columns_looked_at();
    for (AttrNumber attno = 1; attno <= column_count(); ++attno) {
      size_t column = static_cast<size_t>(attno) - 1;
      // What an UPDATE leaves alone is copied with its row; only what is kept apart need not be read for that.
      const auto& stored = relation_->layout.columns;
      bool stays = query_.command == Command::kDelete || (column < stored.size() && stored[column].large);
      if (!looked_at[column] && stays && !relation_->columns[column].dropped) {
        node_->unread.push_back(attno);
        output.push_back(make_null_const(relation_->columns[column].type));
      } else {
        output.push_back(column_var(attno));
      }
    }
    return output;
  }

  // Columns whose old values are wanted by RETURNING, checks, generated columns, index entries or foreign keys, and those
  // that are assigned (has the value changed?).
  std::vector<bool> columns_looked_at() const {
    std::vector<bool> result(relation_->columns.size(), false);
    auto add = [&](AttrNumber attno) { result[static_cast<size_t>(attno) - 1] = true; };
    for (AttrNumber attno : node_->assigned) add(attno);
    std::function<void(const ExprPtr&)> add_vars = [&](const ExprPtr& expr) {
      if (!expr) return;
      if (const VarExpr* var = try_as<VarExpr>(expr); var && var->levels_up == 0 && var->rte == target_) {
        if (var->attno > 0) add(var->attno);
        if (var->attno == 0) result.assign(result.size(), true);
      }
      for_each_child(*expr, add_vars);
    };
    for (const auto& target : level_.returning) add_vars(target.expr);
    const bool is_delete = query_.command == Command::kDelete;
    bool generated = false;
    for (const ColumnDesc& column : relation_->columns) generated = generated || column.generated;
    // Their expressions are text here: take it that they look at everything.
    if (generated && !is_delete) result.assign(result.size(), true);
    std::function<void(const ExprPtr&)> add_inputs = [&](const ExprPtr& expr) {
      if (!expr) return;
      if (const InputExpr* input = try_as<InputExpr>(expr)) return add(static_cast<AttrNumber>(input->index + 1));
      for_each_child(*expr, add_inputs);
    };
    if (!is_delete) {
      for (const auto& check : node_->checks) add_inputs(check.expr);
    }
    for (const IndexMaintenance& index : node_->indexes) {
      bool touched = is_delete || std::any_of(index.columns_used.begin(), index.columns_used.end(), [&](AttrNumber used) {
                       return used <= 0 || std::find(node_->assigned.begin(), node_->assigned.end(), used) != node_->assigned.end();
                     });
      if (!touched) continue;
      for (AttrNumber used : index.columns_used)
        if (used > 0) add(used);
    }
    for (const auto& link : node_->foreign_keys.own)
      for (AttrNumber used : link->key().columns) add(used);
    for (const auto& link : node_->foreign_keys.referring)
      for (AttrNumber used : link->key().referenced_columns) add(used);
    return result;
  }

  void plan_update() {
    std::vector<ExprPtr> values;
    for (const auto& target : level_.targets) {
      if (target.junk || target.target_attno <= 0) continue;
      node_->assigned.push_back(target.target_attno);
      values.push_back(target.expr);
    }
    std::vector<ExprPtr> output = old_row();
    output.insert(output.end(), values.begin(), values.end());
    finish_row_source(output);
    if (!node_->recheck) return;
    for (const auto& value : values) node_->reassign.push_back(bind_row(value));
  }

  void plan_delete() { finish_row_source(old_row()); }

  void finish_row_source(std::vector<ExprPtr> output) {
    for (const auto& target : level_.returning) collect_extras(target.expr);
    output.insert(output.end(), extras_.begin(), extras_.end());
    run(output);
    if (level_.base.size() != 1) return;
    std::vector<ExprPtr> quals;
    for (const auto& clause : level_.base[0]->clauses) {
      bool plain = !any_node(clause->expr, [](const Expr& e) {
        return e.kind == ExprKind::kSubPlan || (e.kind == ExprKind::kVar && as<VarExpr>(e).attno <= 0);
      });
      if (!plain) return;
      quals.push_back(bind_row(clause->expr));
    }
    for (const auto& target : level_.targets)
      if (contains_kind(target.expr, ExprKind::kSubPlan)) return;
    node_->recheck = make_conjunction(std::move(quals));
  }

  ExprPtr input(int index, const ExprPtr& expr) const {
    auto node = std::make_shared<InputExpr>();
    node->index = index;
    node->type = expr->type;
    node->origin = level_.flat_origin(expr);
    return node;
  }

  // Over the table's own row (index = attnum - 1), then EXCLUDED's row or the child's further columns.
  ExprPtr bind_row(const ExprPtr& expr) const {
    if (!expr) return expr;
    const VarExpr* var = try_as<VarExpr>(expr);
    if (!var || var->levels_up > 0) return map_children(expr, [&](const ExprPtr& child) { return bind_row(child); });
    if (var->rte == target_ && var->attno > 0) return input(var->attno - 1, expr);
    if (var->rte == query_.on_conflict.excluded_rte && var->attno > 0) return input(column_count() + var->attno - 1, expr);
    if ((var->rte == target_ || var->rte == query_.on_conflict.excluded_rte) && var->attno == 0) {
      auto row = std::make_shared<RowExpr>();
      row->type = var->type;
      row->explicit_row = false;
      for (AttrNumber attno = 1; attno <= column_count(); ++attno) {
        const ColumnDesc& column = relation_->columns[attno - 1];
        if (column.dropped) continue;
        row->names.push_back(column.name);
        row->args.push_back(bind_row(make_var(var->rte, attno, column.type)));
      }
      return row;
    }
    if (var->rte == target_ && var->attno == system_attr::kTableoid)
      return make_const({type_id::kOid, -1}, Datum::from_int(relation_->oid));
    int extra = layout_index(extras_, expr);
    if (extra >= 0) return input(column_count() + extra, expr);
    throw SqlError(sqlstate::kFeatureNotSupported, "system columns of the inserted row are not supported in RETURNING");
  }

  void plan_on_conflict() {
    const OnConflict& conflict = level_.on_conflict;
    node_->on_conflict = conflict.action;
    node_->arbiters = conflict.arbiter_indexes;
    if (conflict.action != OnConflictAction::kUpdate) return;
    for (const auto& target : conflict.set) node_->conflict_set.emplace_back(target.target_attno, bind_row(target.expr));
    node_->conflict_where = bind_row(conflict.where);
  }

  void plan_returning() {
    for (const auto& target : level_.returning) {
      TargetEntry entry = target;
      entry.expr = bind_row(target.expr);
      node_->returning.push_back(std::move(entry));
    }
  }

  Built finish() {
    PlanCost cost = child_.node->cost;
    if (level_.returning.empty()) {
      cost.rows = 0;
      cost.width = 0;
    }
    node_->children.push_back(child_.node);
    node_->cost = cost;
    Built built;
    built.node = node_;
    for (const auto& target : level_.returning) {
      built.layout.push_back(target.expr);
      built.origins.push_back(level_.flat_origin(target.expr));
    }
    built.raw = built.layout;
    built.raw_origins = built.origins;
    node_->output_types = types_of(built.layout);
    return built;
  }

  Level& level_;
  const Query& query_;
  int target_;
  RtePtr entry_;
  RelationPtr relation_;
  std::shared_ptr<ModifyTableNode> node_;
  Built child_;
  std::vector<ExprPtr> extras_;
};

}  // namespace

Built Level::plan_modify() { return ModifyPlanner(*this).build(); }

}  // namespace vecino::sql::plan
