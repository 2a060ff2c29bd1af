#include <algorithm>
#include <bit>
#include <cmath>

#include "sqlfront/catalog/catalog.h"
#include "sqlfront/catalog/catalog_statistics.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/plan/planner.h"
#include "sqlfront/plan/statistics.h"
#include "sqlfront/plan/stored_size.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"

// Selectivities and distinct counts from ANALYZE statistics (manual 76.1, "Row Estimation Examples"); PostgreSQL's default
// constants (selfuncs.h) where there are none.

namespace vecino::sql::plan {

namespace {

constexpr double kDefaultEqual = 0.005, kDefaultInequality = 1.0 / 3, kDefaultRange = 0.005, kDefaultMatch = 0.005,
                 kDefaultNull = 0.005, kDefaultFunction = 1.0 / 3, kDefaultDistinct = 200;

double clamp_probability(double p) { return std::isnan(p) ? 0 : std::clamp(p, 0.0, 1.0); }

struct Variable {
  const BaseRel* rel = nullptr;
  AttrNumber attno = 0;
  const ColumnStatistics* stats = nullptr;
  TypeId type = kInvalidOid;
};

Variable find_variable(const Level& level, const ExprPtr& raw) {
  Variable result;
  ExprPtr expr = strip_relabel(raw);
  const VarExpr* var = try_as<VarExpr>(expr);
  if (!var || var->levels_up > 0 || static_cast<size_t>(var->rte) >= level.base_of_rte.size()) return result;
  int index = level.base_of_rte[var->rte];
  if (index < 0) return result;
  result.rel = level.base[index].get();
  result.attno = var->attno;
  result.type = var->type.id;
  if (!result.rel->entry->relation || result.rel->entry->kind != RteKind::kRelation) return result;
  const auto& columns = result.rel->entry->relation->statistics.columns;
  if (auto it = columns.find(var->attno); it != columns.end()) result.stats = &it->second;
  return result;
}

bool is_unique_column(const Level& level, const Variable& variable) {
  if (!variable.rel || variable.rel->entry->kind != RteKind::kRelation || !level.planner.input.catalog) return false;
  for (Oid oid : variable.rel->entry->relation->indexes) {
    RelationPtr index = level.planner.input.catalog->find_relation(oid);
    if (!index || !index->index) continue;
    const IndexDesc& desc = *index->index;
    if (desc.unique && desc.columns.size() == 1 && desc.columns[0].attr == variable.attno && desc.predicate.empty()) return true;
  }
  return false;
}

std::optional<double> distinct_in_catalog(const Level& level, const Variable& variable) {
  if (!variable.rel || variable.rel->entry->kind != RteKind::kRelation || !level.planner.input.catalog) return std::nullopt;
  const RelationDesc& relation = *variable.rel->entry->relation;
  if (!relation.system) return std::nullopt;
  return catalog_distinct(*level.planner.input.catalog, relation, variable.attno);
}

std::string value_text(const Level& level, TypeId type, const Datum& value) {
  Arena arena;
  CallContext context;
  context.arena = &arena;
  context.env = level.planner.env();
  context.result_type = type;
  std::string text;
  const TypeInfo& info = type_info(type);
  if (info.output) info.output(context, value, text);
  return text;
}

double null_fraction(const Variable& variable) { return variable.stats ? variable.stats->null_fraction : 0; }

double equal_constant(Level& level, const Variable& variable, const ConstExpr& constant, const ExprPtr& expr) {
  if (constant.value.is_null) return 0;
  if (!variable.stats) return 1 / std::max(1.0, distinct_values(level, expr));
  if (is_unique_column(level, variable) && variable.rel->tuples >= 1) return 1 / variable.rel->tuples;
  std::string text;
  try {
    text = value_text(level, constant.type.id, constant.value);
  } catch (const SqlError&) {
    return kDefaultEqual;
  }
  double common = 0;
  const auto& values = variable.stats->most_common_values;
  const auto& freqs = variable.stats->most_common_freqs;
  for (size_t i = 0; i < values.size() && i < freqs.size(); ++i) {
    if (values[i] == text) return freqs[i];
    common += freqs[i];
  }
  double rest = clamp_probability(1 - common - variable.stats->null_fraction);
  double others = distinct_values(level, expr) - static_cast<double>(values.size());
  if (others > 1) rest /= others;
  if (!freqs.empty()) rest = std::min(rest, freqs.back());
  return rest;
}

double equal_unknown(Level& level, const Variable& variable, const ExprPtr& expr) {
  double selectivity = (1 - null_fraction(variable)) / std::max(1.0, distinct_values(level, expr));
  if (variable.stats && !variable.stats->most_common_freqs.empty())
    selectivity = std::min(selectivity, variable.stats->most_common_freqs[0]);
  return selectivity;
}

// A value on a numeric scale, for interpolation inside a histogram bucket.
std::optional<double> scalar(const TypeInfo& type, const Datum& value) {
  if (type.kind == PhysicalKind::kInt) return static_cast<double>(value.i64);
  if (type.kind == PhysicalKind::kFloat) return value.f64;
  return std::nullopt;
}

// Fraction of non-null, non-MCV rows below the constant.
std::optional<double> histogram_fraction(Level& level, const Variable& variable, const ConstExpr& constant) {
  const auto& bounds = variable.stats->histogram_bounds;
  const TypeInfo& type = type_info(variable.type);
  if (bounds.size() < 2 || !type.compare || !type.input || constant.type.id != variable.type) return std::nullopt;
  Arena arena;
  CallContext context;
  context.arena = &arena;
  context.env = level.planner.env();
  context.result_type = variable.type;
  auto bound = [&](size_t i) { return type.input(context, bounds[i]); };
  size_t low = 0, high = bounds.size();  // first bound > constant is at `low` in the end
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (type.compare(bound(middle), constant.value) <= 0) low = middle + 1; else high = middle;
  }
  double buckets = static_cast<double>(bounds.size() - 1);
  if (low == 0) return 0.0;
  if (low == bounds.size()) return 1.0;
  double within = 0.5;
  auto from = scalar(type, bound(low - 1)), to = scalar(type, bound(low)), at = scalar(type, constant.value);
  if (from && to && at && *to > *from) within = clamp_probability((*at - *from) / (*to - *from));
  return (static_cast<double>(low - 1) + within) / buckets;
}

double inequality(Level& level, const Variable& variable, const ConstExpr& constant, bool below, bool* is_default) {
  if (constant.value.is_null) return 0;
  *is_default = true;
  if (!variable.stats) return kDefaultInequality;
  try {
    const TypeInfo& type = type_info(variable.type);
    double common = 0, matching = 0;
    Arena arena;
    CallContext context;
    context.arena = &arena;
    context.env = level.planner.env();
    context.result_type = variable.type;
    for (size_t i = 0; i < variable.stats->most_common_values.size(); ++i) {
      if (!type.compare || !type.input || constant.type.id != variable.type) break;
      double freq = variable.stats->most_common_freqs[i];
      common += freq;
      int order = type.compare(type.input(context, variable.stats->most_common_values[i]), constant.value);
      if (below ? order <= 0 : order >= 0) matching += freq;
    }
    auto fraction = histogram_fraction(level, variable, constant);
    if (!fraction && common == 0) return kDefaultInequality;
    *is_default = false;
    double rest = clamp_probability(1 - variable.stats->null_fraction - common);
    double part = fraction ? (below ? *fraction : 1 - *fraction) : 0.5;
    return clamp_probability(matching + rest * std::clamp(part, 0.0001, 0.9999));
  } catch (const SqlError&) {
    return kDefaultInequality;
  }
}

double like_selectivity(const ExprPtr& pattern) {
  const ConstExpr* constant = try_as<ConstExpr>(pattern);
  if (!constant || constant->value.is_null || !constant->bytes) return kDefaultMatch;
  // PostgreSQL's like_selectivity: each fixed character makes the match rarer, each % a little more common.
  double selectivity = 1;
  for (char c : constant->value.bytes()) {
    if (c == '%') selectivity *= 5; else if (c == '_') selectivity *= 0.9; else selectivity *= 0.2;
  }
  return std::clamp(selectivity, 0.0001, 0.5);
}

struct Sides {
  ExprPtr variable, other;
  bool swapped = false;
};
std::optional<Sides> variable_side(const Level& level, const OperatorExpr& e) {
  if (e.args.size() != 2) return std::nullopt;
  if (find_variable(level, e.args[0]).rel && level.refs_of(e.args[1]) == 0) return Sides{e.args[0], e.args[1], false};
  if (find_variable(level, e.args[1]).rel && level.refs_of(e.args[0]) == 0) return Sides{e.args[1], e.args[0], true};
  return std::nullopt;
}

double join_equality(Level& level, const ExprPtr& left, const ExprPtr& right, JoinType join) {
  double left_distinct = std::max(1.0, distinct_values(level, left)), right_distinct = std::max(1.0, distinct_values(level, right));
  double nulls = (1 - null_fraction(find_variable(level, left))) * (1 - null_fraction(find_variable(level, right)));
  if (join == JoinType::kSemi || join == JoinType::kAnti) {
    bool left_default = false, right_default = false;
    distinct_values(level, left, &left_default);
    distinct_values(level, right, &right_default);
    if (left_default || right_default) return 0.5 * (1 - null_fraction(find_variable(level, left)));
    return std::min(1.0, right_distinct / left_distinct) * (1 - null_fraction(find_variable(level, left)));
  }
  return nulls / std::max(left_distinct, right_distinct);
}

double operator_selectivity(Level& level, const OperatorExpr& e, JoinType join, bool* is_default) {
  Selectivity kind = e.op ? e.op->selectivity : Selectivity::kNone;
  auto sides = variable_side(level, e);
  const ConstExpr* constant = sides ? try_as<ConstExpr>(sides->other) : nullptr;
  switch (kind) {
    case Selectivity::kEqual: case Selectivity::kNotEqual: {
      double equal = kDefaultEqual;
      Variable variable;
      if (sides) {
        variable = find_variable(level, sides->variable);
        equal = constant ? equal_constant(level, variable, *constant, sides->variable)
                         : equal_unknown(level, variable, sides->variable);
      } else if (e.args.size() == 2 && level.refs_of(e.args[0]) && level.refs_of(e.args[1])) {
        equal = join_equality(level, e.args[0], e.args[1], join);
      } else if (e.args.size() == 2) {
        const ExprPtr& side = level.refs_of(e.args[0]) ? e.args[0] : e.args[1];
        equal = 1 / std::max(1.0, distinct_values(level, side));
      }
      if (kind == Selectivity::kEqual) return equal;
      return clamp_probability(1 - equal - null_fraction(variable));
    }
    case Selectivity::kLess: case Selectivity::kGreater: {
      *is_default = true;
      if (!sides || !constant) return kDefaultInequality;
      bool below = (kind == Selectivity::kLess) != sides->swapped;
      return inequality(level, find_variable(level, sides->variable), *constant, below, is_default);
    }
    case Selectivity::kLike: case Selectivity::kRegex:
      return e.args.size() == 2 && kind == Selectivity::kLike ? like_selectivity(e.args[1]) : kDefaultMatch;
    case Selectivity::kContains: return 0.001;
    case Selectivity::kNone: break;
  }
  return 0.5;
}

double array_selectivity(Level& level, const ScalarArrayOpExpr& e) {
  const double count = array_length(e.array);
  Variable variable = find_variable(level, e.left);
  bool equality = e.op && e.op->selectivity == Selectivity::kEqual;
  double one = equality ? (1 - null_fraction(variable)) / std::max(1.0, distinct_values(level, e.left)) : 0.5;
  if (const ConstExpr* constant = try_as<ConstExpr>(e.array); constant && constant->value.is_null) return 0;
  if (e.use_or) return clamp_probability(equality ? one * count : 1 - std::pow(1 - one, count));
  return clamp_probability(std::pow(equality ? one : 1 - one, count));
}

double selectivity_of(Level& level, const ExprPtr& expr, JoinType join, bool* is_default) {
  check_stack_depth();
  switch (expr->kind) {
    case ExprKind::kConst: return constant_truth(expr) == Truth::kTrue ? 1 : 0;
    case ExprKind::kOperator: return operator_selectivity(level, as<OperatorExpr>(*expr), join, is_default);
    case ExprKind::kDistinct: return 1 - kDefaultEqual;
    case ExprKind::kScalarArrayOp: return array_selectivity(level, as<ScalarArrayOpExpr>(*expr));
    case ExprKind::kBool: {
      const auto& e = as<BoolExpr>(*expr);
      if (e.op == BoolKind::kNot) return 1 - selectivity_of(level, e.args[0], join, is_default);
      double result = e.op == BoolKind::kAnd ? 1 : 0;
      for (const auto& arg : e.args) {
        double one = selectivity_of(level, arg, join, is_default);
        result = e.op == BoolKind::kAnd ? result * one : result + one - result * one;
      }
      return result;
    }
    case ExprKind::kNullTest: {
      const auto& e = as<NullTestExpr>(*expr);
      Variable variable = find_variable(level, e.arg);
      double nulls = variable.stats ? variable.stats->null_fraction : kDefaultNull;
      return e.is_not ? 1 - nulls : nulls;
    }
    case ExprKind::kBooleanTest: {
      BooleanTestKind test = as<BooleanTestExpr>(*expr).test;
      if (test == BooleanTestKind::kIsUnknown) return kDefaultNull;
      return test == BooleanTestKind::kIsNotUnknown ? 1 - kDefaultNull : 0.5;
    }
    case ExprKind::kVar: {
      Variable variable = find_variable(level, expr);
      if (!variable.stats) return 0.5;
      const auto& values = variable.stats->most_common_values;
      for (size_t i = 0; i < values.size(); ++i)
        if (values[i] == "t") return variable.stats->most_common_freqs[i];
      return 0.5;
    }
    case ExprKind::kRowCompare: return kDefaultInequality;
    case ExprKind::kFunction: return kDefaultFunction;
    case ExprKind::kRelabel: return selectivity_of(level, as<RelabelExpr>(*expr).arg, join, is_default);
    default: return 0.5;
  }
}

// The expression bounded by a `x < ...` / `x > ...` clause, to pair range conditions.
struct Bound {
  ExprPtr variable;
  bool upper;
  double selectivity;
  bool is_default;
};
std::optional<Bound> as_bound(Level& level, const ExprPtr& expr) {
  const OperatorExpr* op = try_as<OperatorExpr>(expr);
  if (!op || !op->op || (op->op->selectivity != Selectivity::kLess && op->op->selectivity != Selectivity::kGreater))
    return std::nullopt;
  auto sides = variable_side(level, *op);
  if (!sides) return std::nullopt;
  bool is_default = false;
  double selectivity = selectivity_of(level, expr, JoinType::kInner, &is_default);
  return Bound{sides->variable, (op->op->selectivity == Selectivity::kLess) != sides->swapped, selectivity, is_default};
}

}  // namespace

double array_length(const ExprPtr& array) {
  constexpr double kUnknown = 10;
  if (const ArrayExpr* e = try_as<ArrayExpr>(array)) return static_cast<double>(e->elements.size());
  const ConstExpr* constant = try_as<ConstExpr>(strip_relabel(array));
  if (!constant || constant->value.is_null) return kUnknown;
  return static_cast<double>(ArrayView(constant->value).size());
}

double distinct_values(Level& level, const ExprPtr& expr, bool* is_default) {
  Variable variable = find_variable(level, expr);
  double tuples = variable.rel ? std::max(1.0, variable.rel->tuples) : 0;
  if (variable.stats) {
    double distinct = variable.stats->distinct;
    if (distinct > 0) return std::min(distinct, std::max(tuples, 1.0));
    if (distinct < 0) return std::max(1.0, -distinct * tuples);
  }
  if (variable.type == type_id::kBool) return 2;
  if (is_unique_column(level, variable)) return tuples;
  if (std::optional<double> known = distinct_in_catalog(level, variable)) return std::clamp(*known, 1.0, tuples);
  if (is_default) *is_default = true;
  return tuples > 0 ? std::min(kDefaultDistinct, tuples) : kDefaultDistinct;
}

double expr_selectivity(Level& level, const ExprPtr& expr) {
  bool is_default = false;
  return clamp_probability(selectivity_of(level, expr, JoinType::kInner, &is_default));
}

double clause_selectivity(Level& level, Clause& clause, JoinType join) {
  bool plain = join == JoinType::kInner;
  if (plain && clause.selectivity >= 0) return clause.selectivity;
  bool is_default = false;
  double result = clamp_probability(selectivity_of(level, clause.expr, join, &is_default));
  if (plain) clause.selectivity = result;
  return result;
}

double list_selectivity(Level& level, const std::vector<ClausePtr>& clauses, JoinType join) {
  double result = 1;
  std::vector<std::optional<Bound>> bounds(clauses.size());
  for (size_t i = 0; i < clauses.size(); ++i) bounds[i] = as_bound(level, clauses[i]->expr);
  for (size_t i = 0; i < clauses.size(); ++i) {
    if (!bounds[i]) {
      result *= clause_selectivity(level, *clauses[i], join);
      continue;
    }
    if (!bounds[i]->variable) continue;  // already paired
    double one = bounds[i]->selectivity;
    for (size_t j = i + 1; j < clauses.size(); ++j) {
      if (!bounds[j] || !bounds[j]->variable || bounds[j]->upper == bounds[i]->upper ||
          !equal_expr(bounds[i]->variable, bounds[j]->variable)) {
        continue;
      }
      if (bounds[i]->is_default || bounds[j]->is_default) {
        one = kDefaultRange;
      } else {
        double between = one + bounds[j]->selectivity - 1 + null_fraction(find_variable(level, bounds[i]->variable));
        one = between > 0 ? between : 1.0e-10;
      }
      bounds[j]->variable = nullptr;
      break;
    }
    result *= one;
  }
  return clamp_probability(result);
}

double estimate_groups(Level& level, const std::vector<ExprPtr>& exprs, double input_rows) {
  if (exprs.empty()) return 1;
  struct PerRel {
    double distinct = 1;
    int count = 0;
  };
  std::map<const BaseRel*, PerRel> per_rel;
  double other = 1;
  std::vector<ExprPtr> seen;
  std::function<void(const ExprPtr&)> add = [&](const ExprPtr& expr) {
    for (const auto& known : seen)
      if (equal_expr(known, expr)) return;
    seen.push_back(expr);
    Variable variable = find_variable(level, expr);
    if (variable.rel) {
      PerRel& entry = per_rel[variable.rel];
      entry.distinct *= distinct_values(level, expr);
      ++entry.count;
      return;
    }
    if (level.refs_of(expr) == 0) return;
    if (expr->type.id == type_id::kBool) { other *= 2; return; }
    if (expr->kind == ExprKind::kAggregate || expr->kind == ExprKind::kWindow || expr->kind == ExprKind::kVar) {
      other *= kDefaultDistinct;
      return;
    }
    for_each_child(*expr, add);
  };
  for (const auto& expr : exprs) add(expr);
  double result = other;
  for (auto& [rel, entry] : per_rel) {
    double tuples = std::max(1.0, rel->tuples), rows = std::max(1.0, rel->rows);
    double distinct = entry.distinct;
    double limit = entry.count > 1 ? std::max(tuples * 0.1, 1.0) : tuples;
    distinct = std::min(distinct, std::max(1.0, limit));
    if (rows < tuples && distinct > 0)
      distinct *= 1 - std::pow((tuples - rows) / tuples, tuples / distinct);
    result *= std::max(1.0, distinct);
  }
  return std::clamp(std::ceil(result), 1.0, std::max(1.0, input_rows));
}

// ---- sizes

namespace {

void estimate_system(const Level& level, BaseRel& rel) {
  rel.tuples = level.planner.input.catalog ? catalog_rows(*level.planner.input.catalog, *rel.entry->relation) : 20;
  rel.pages = std::max(1.0, std::ceil(rel.tuples / 50));
}

void estimate_table(Level& level, BaseRel& rel, const RelationDesc& relation) {
  const TableStatistics& stats = relation.statistics;
  double bytes = 0, max_rows = -1;
  if (storage::TableStore* tables = level.planner.input.tables) {
    bytes = static_cast<double>(tables->approximate_bytes(relation.layout));
    storage::RowId bound = tables->max_row_id(relation.layout);
    if (bound < (storage::RowId{1} << 40)) max_rows = static_cast<double>(bound);
  }
  std::vector<StoredColumn> stored;
  for (size_t i = 0; i < relation.columns.size(); ++i) {
    const ColumnDesc& column = relation.columns[i];
    if (column.dropped) continue;
    int width = level.width_of(make_var(rel.rte, static_cast<AttrNumber>(i + 1), column.type));
    stored.push_back({&type_info(column.type.id), static_cast<double>(width)});
  }
  double density = rows_per_page(stored);
  // Row ids are handed out one after the other: many more of them than at ANALYZE mean that the table has grown since.
  auto seen = stats.columns.find(kRowIdsSeen);
  double grown = max_rows - (seen != stats.columns.end() ? seen->second.distinct : stats.row_count);
  bool outgrown = stats.row_count >= 0 && grown > 0.5 * stats.row_count + 100;
  if (outgrown) max_rows = stats.row_count + grown;
  if (stats.row_count >= 0 && !outgrown) {
    rel.pages = static_cast<double>(stats.pages);
    rel.tuples = stats.row_count;
    return;
  }
  if (max_rows > 0) {
    rel.tuples = max_rows;
    rel.pages = std::max(1.0, std::ceil(max_rows / density));
    return;
  }
  // Never analyzed, size unknown: PostgreSQL assumes at least ten pages and derives the density from the declared widths.
  rel.pages = std::max(std::ceil(bytes / 8192), 10.0);
  rel.tuples = rel.pages * density;
}

}  // namespace

int Level::width_of(const ExprPtr& expr) const {
  ExprPtr stripped = strip_relabel(expr);
  if (const VarExpr* var = try_as<VarExpr>(stripped); var && var->levels_up == 0) {
    const RangeTableEntry& entry = *rtes[var->rte];
    if (entry.relation && entry.kind == RteKind::kRelation) {
      auto it = entry.relation->statistics.columns.find(var->attno);
      if (it != entry.relation->statistics.columns.end()) return std::max(1, static_cast<int>(it->second.average_width));
    }
    if (var->attno < 0) return var->attno == system_attr::kCtid ? 6 : 4;
  }
  const TypeInfo* type = find_type(expr->type.id);
  if (!type) return 32;
  if (type->length > 0) return type->length;
  if (expr->type.id == type_id::kVector && expr->type.typmod > 0) return expr->type.typmod * 4 + 8;
  bool text = expr->type.id == type_id::kVarchar || expr->type.id == type_id::kBpchar;
  if (text && expr->type.typmod > 4) {
    int limit = expr->type.typmod - 4;
    if (expr->type.id == type_id::kBpchar) return limit;
    return limit <= 32 ? limit : limit < 1000 ? 32 + (limit - 32) / 2 : 32 + (1000 - 32) / 2;
  }
  return 32;
}

void estimate_size(Level& level, BaseRel& rel) {
  const RangeTableEntry& entry = *rel.entry;
  switch (entry.kind) {
    case RteKind::kRelation:
      if (entry.relation->system) estimate_system(level, rel); else estimate_table(level, rel, *entry.relation);
      break;
    case RteKind::kSubquery: rel.tuples = rel.subplan->node->cost.rows; break;
    case RteKind::kFunction: {
      rel.tuples = 1;
      for (const auto& function : rel.functions) {
        bool set = function.call && is_srf(*function.call);
        double rows = set ? 1000 : 1;
        // generate_series over constants is exact in PostgreSQL (support function).
        const FunctionExpr* call = try_as<FunctionExpr>(function.call);
        if (set && call->function->name == "generate_series" && call->args.size() >= 2) {
          const ConstExpr *from = try_as<ConstExpr>(call->args[0]), *to = try_as<ConstExpr>(call->args[1]);
          const ConstExpr* step = call->args.size() > 2 ? try_as<ConstExpr>(call->args[2]) : nullptr;
          bool integers = call->type.id == type_id::kInt4 || call->type.id == type_id::kInt8;
          if (integers && from && to && !from->value.is_null && !to->value.is_null && (call->args.size() == 2 || step)) {
            double by = step && !step->value.is_null ? static_cast<double>(step->value.i64) : 1;
            rows = by != 0 ? std::floor((static_cast<double>(to->value.i64) - static_cast<double>(from->value.i64) + by) / by) : 1;
          }
        }
        rel.tuples = std::max(rel.tuples, rows);
      }
      break;
    }
    case RteKind::kValues: rel.tuples = static_cast<double>(rel.values.size()); break;
    case RteKind::kCte: {
      Level* owner = &level;
      for (int i = 0; i < entry.cte_levels_up && owner->parent; ++i) owner = owner->parent;
      auto it = owner->ctes.find(entry.cte_name);
      rel.tuples = it == owner->ctes.end() ? 100 : it->second.rows;
      if (rel.work_table) rel.tuples = std::max(1.0, rel.tuples * 10);
      break;
    }
    default: rel.tuples = 1;
  }
  rel.rows = clamp_rows(rel.tuples * list_selectivity(level, rel.clauses));
}

}  // namespace vecino::sql::plan
