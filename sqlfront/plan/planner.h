#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "sqlfront/plan/physical.h"

// Inside of plan/: what the passes share. Names and division of labour follow PostgreSQL's optimizer (README there):
// prepare -> sublinks -> outer joins -> distribute quals -> base paths -> join search -> upper nodes -> plan.

namespace vecino::sql::plan {

// A set of base relations of one query level: bit i = Level::base[i]. kTopBit stands for "needed by the result".
using RelSet = uint64_t;
inline constexpr RelSet kTopBit = RelSet{1} << 63;
inline constexpr int kMaxBaseRelations = 62;
inline bool is_subset(RelSet a, RelSet b) { return (a & ~b) == 0; }
inline bool overlaps(RelSet a, RelSet b) { return (a & b) != 0; }

using RtePtr = std::shared_ptr<const RangeTableEntry>;

struct CostSettings {
  double seq_page = 1, random_page = 4, cpu_tuple = 0.01, cpu_index_tuple = 0.005, cpu_operator = 0.0025;
  double effective_cache_pages = 524288;
  double work_mem = 4 << 20;  // bytes
  bool seqscan = true, indexscan = true, indexonlyscan = true, nestloop = true, hashjoin = true, mergejoin = true, sort = true, hashagg = true,
       material = true, tidscan = true;
};
inline constexpr double kDisableCost = 1.0e10;

struct PathKey {
  ExprPtr expr;
  bool descending = false, nulls_first = false;
};
using PathKeys = std::vector<PathKey>;
bool keys_contained(const PathKeys& wanted, const PathKeys& given);  // wanted is a prefix of given

// A conjunct of WHERE/ON, placed by distribute.cc.
struct Clause {
  ExprPtr expr;
  RelSet refs = 0;      // relations mentioned
  RelSet required = 0;  // evaluated where all of these are joined (refs, enlarged by outer joins)
  bool is_volatile = false;
  double selectivity = -1;  // cached
  // `left = right` with an equality operator (can hash), each side over disjoint non-empty relations.
  const OperatorDef* equality = nullptr;
  ExprPtr left, right;
  RelSet left_refs = 0, right_refs = 0;
};
using ClausePtr = std::shared_ptr<Clause>;

// An outer, semi or anti join that constrains the join order (PostgreSQL's SpecialJoinInfo).
struct SpecialJoin {
  JoinType type = JoinType::kLeft;
  RelSet syn_left = 0, syn_right = 0, min_left = 0, min_right = 0;
  std::vector<ClausePtr> clauses;  // evaluated at the join itself
};

struct BaseRel;
struct Path;
using PathPtr = std::shared_ptr<const Path>;

enum class PathKind : uint8_t { kScan, kIndex, kTid, kNestLoop, kHashJoin, kGate };

struct IndexCondition {
  int column = 0;
  Strategy strategy = Strategy::kEqual;
  ExprPtr value;  // over outer relations only
  bool is_any = false, is_null_test = false, is_not_null_test = false;
  ClausePtr clause;
  ExprPtr original;  // the clause with the indexed column on the left
};

struct Path {
  PathKind kind = PathKind::kScan;
  RelSet rels = 0;
  RelSet outer = 0;  // relations whose values it needs (parameterised)
  double startup = 0, total = 0, rows = 0;
  PathKeys keys;
  const BaseRel* rel = nullptr;  // scans
  // kIndex
  RelationPtr index;
  std::vector<IndexCondition> conditions;
  bool backward = false, index_only = false;
  double index_selectivity = 1;
  // kIndex over a vector index: the distance with the indexed column on the left, as ORDER BY has it, and what it is
  // measured to.
  ExprPtr distance, sort_expr, distance_query;
  std::vector<ClausePtr> implied;  // by the predicate of a partial vector index, whose entries are those of visible rows
  ExprPtr tid;               // kTid
  std::vector<ClausePtr> pushed;  // join clauses this parameterised path enforces
  // joins
  PathPtr left, right;       // outer, inner
  JoinType join = JoinType::kInner;
  std::vector<ClausePtr> join_clauses, filter_clauses, hash_clauses;
  bool materialize = false;  // inner of a nested loop
  std::vector<ExprPtr> gate; // kGate: one-time filter over `left`
};

struct RelInfo {  // a base relation or a join
  RelSet rels = 0;
  RelSet lateral = 0;  // relations outside of it that it refers to, and those that these refer to
  RelSet direct_lateral = 0;
  double rows = 1;
  int width = 0;
  std::vector<PathPtr> paths;
};

struct NestParam {
  int slot;
  ExprPtr expr;  // over the level's Vars
};

// A plan under construction and the meaning of its output columns in terms of its level's expressions.
struct Built {
  std::shared_ptr<PlanNode> node;
  std::vector<ExprPtr> raw, raw_origins;  // before node->targets
  std::vector<ExprPtr> layout, origins;   // after
  bool pruned = false;   // node->targets only selects columns and may be replaced
  bool direct = false;   // raw columns are computed by the node itself (Agg): EXPLAIN prints them without parentheses
  PathKeys keys;         // order of the rows
  int subquery_rte = -1; // the columns are those of this subquery (flat index): a projection on top is a Subquery Scan
  std::string subquery_alias;
  PlanCost& cost() { return node->cost; }
};

class Level;

struct BaseRel : RelInfo {
  int index = 0;  // bit
  int rte = 0;
  RtePtr entry;
  std::vector<ClausePtr> clauses;  // restrictions
  double pages = 0, tuples = 0;
  // kFunction / kValues after preparation.
  std::vector<RangeFunction> functions;
  std::vector<std::vector<ExprPtr>> values;
  // kSubquery
  std::shared_ptr<Built> subplan;
  std::vector<NestParam> sub_params;  // lateral references of the subquery
  // kCte
  int cte_plan = -1;
  bool work_table = false;
};

struct TreeNode {  // join tree: leaf, join of two, or list (implicit cross join) with a qualification
  int rte = -1;
  bool is_join = false;
  JoinType type = JoinType::kInner;
  std::vector<std::unique_ptr<TreeNode>> children;
  ExprPtr qual;
};
using TreePtr = std::unique_ptr<TreeNode>;

struct JoinItem {  // of a join problem: a base relation or a problem solved on its own
  int base = -1;
  std::vector<JoinItem> list;
};

struct CtePlan {
  int plan_id = -1;
  bool planning = false;  // inside its own recursive term
  double rows = 100;
  int width = 32;
  std::vector<TypeRef> types;
  std::set<int> external;  // slots its rows depend on
};

// One make_plan call.
class Planner {
 public:
  explicit Planner(const PlannerInput& input);
  PhysicalPlanPtr run(const QueryPtr& query);

  const PlannerInput& input;
  CostSettings cost;
  PhysicalPlan plan;
  int next_initplan = 1;
  int conditional_depth = 0;  // inside CASE, COALESCE, AND, OR: parts that may never be evaluated
  int new_slot() { return plan.exec_slots++; }
  void add_lock(const RelationPtr& relation, storage::LockMode mode);
  EvalEnvironment* env() const { return input.env; }
};

// One query level (PostgreSQL's PlannerInfo).
class Level {
 public:
  Level(Planner& planner, Level* parent, QueryPtr query);

  // Plans the whole level. Output columns: the non-junk targets in order, then junk.
  Built plan(double tuple_fraction = 0);

  Planner& planner;
  Level* parent;
  QueryPtr query;
  double tuple_fraction = 0;  // PostgreSQL's: 0 all, < 1 fraction, >= 1 rows

  // --- prepare.cc
  std::vector<RtePtr> rtes;
  int flat_base = 0;
  TreePtr tree;
  std::vector<TargetEntry> targets, returning;
  ExprPtr having, limit, offset;
  std::vector<WindowClause> windows;
  OnConflict on_conflict;
  void build_tree();
  ExprPtr prepare(const ExprPtr& expr);        // aliases, outer references, sublinks, folding
  ExprPtr prepare_qual(const ExprPtr& expr);   // also canonical boolean form
  ExprPtr resolve_var(const VarExpr& var);     // level 0: through joins and pulled-up subqueries
  ExprPtr outer_reference(const ExprPtr& expr, int levels_up);  // Var or aggregate of an enclosing level -> exec param
  std::unordered_map<uint64_t, ExprPtr> resolved_columns;
  // Grouping sets make columns NULL that are not NULL, or not even variable, below them: columns of pulled-up subqueries, and
  // targets that are constants or repeat each other. Above they are Vars of an entry of their own (PostgreSQL 18's RTE_GROUP).
  int group_rte = -1;
  std::vector<ExprPtr> grouped_values;         // per column of that entry: what it is below
  std::unordered_map<uint64_t, ExprPtr> grouped_columns;
  bool above_grouping_sets = false;            // what is being prepared is evaluated there
  void add_group_rte();
  ExprPtr add_grouped_value(const ExprPtr& value, const std::string& name);
  void hold_grouping_targets();
  ExprPtr below_grouping(const ExprPtr& expr) const;
  std::vector<std::pair<ExprPtr, ExprPtr>> grouped_sublinks;  // as written, as planned
  std::vector<std::vector<ExprPtr>> pulled_up;  // per rte: its columns, empty = not pulled up
  // Leaves on the null side of outer joins. Their whole rows are made by the scan, so that a join that finds no partner makes
  // them NULL; elsewhere a whole row is as good as a row of its columns.
  std::set<int> nullable_rtes;
  std::vector<ExprPtr> detached_quals;  // of the parts of the tree that pull_up() is rebuilding
  int add_rte(RtePtr entry);

  // --- ctes
  std::map<std::string, CtePlan, std::less<>> ctes;
  std::vector<int> init_plans;  // run for this level, shown above its top node
  const CommonTableExpr* find_cte(std::string_view name) const;

  // --- correlation
  std::vector<NestParam> plan_params;  // wanted from this level by the child being planned
  std::set<int> external_slots;        // set outside of this level

  // --- distribute.cc
  std::vector<std::unique_ptr<BaseRel>> base;
  std::vector<int> base_of_rte;
  std::vector<ClausePtr> clauses;  // multi-relation
  std::vector<std::unique_ptr<SpecialJoin>> special_joins;
  std::vector<ExprPtr> gates;      // pseudo-constant quals of the top level
  std::vector<JoinItem> join_list;
  RelSet all_rels = 0;
  std::unordered_map<uint64_t, RelSet> needed;  // (rte, attno) -> where
  RelSet refs_of(const ExprPtr& expr) const;
  std::unordered_map<uint64_t, TypeRef> var_types;         // as the analyzer typed them (whole rows)
  void note_needed(const ExprPtr& expr, RelSet where);
  RelSet needed_at(int rte, AttrNumber attno) const;
  void create_base_relations();  // bits for the tree's leaves
  void distribute();             // quals, special joins, what is needed where
  void prepare_tree(TreeNode& node);
  void prepare_expressions();
  void fill_base(BaseRel& rel);  // contents of subqueries, functions, CTE references

  // --- paths
  PathKeys wanted_keys;  // useful output orders (query_pathkeys)
  void make_base_paths(BaseRel& rel);
  RelInfo& solve(const std::vector<JoinItem>& items, const TreeNode* written = nullptr);
  std::vector<std::unique_ptr<RelInfo>> join_rels;  // owns

  // --- create_plan.cc
  Built create_plan(const PathPtr& path);
  Built create_scan(const Path& path);
  Built create_join(const Path& path);
  std::vector<NestParam> outer_params;  // values the scan being built wants from nested loops above it
  ExprPtr replace_outer_vars(const ExprPtr& expr, RelSet own);
  ExprPtr flat_origin(const ExprPtr& expr) const;
  int width_of(const ExprPtr& expr) const;

  // --- upper.cc
  void preprocess();  // join tree, pull-up, all expressions
  Built plan_select();
  Built plan_from(const std::vector<ExprPtr>& wanted, const PathKeys& keys, double fraction, double limit_rows);
  Built finish_order(Built built, std::vector<ExprPtr> final_exprs);  // DISTINCT, ORDER BY, row locks, LIMIT
  size_t visible_targets() const;
  std::vector<ExprPtr> final_targets() const;  // visible ones in order, then junk, then ids of rows to lock
  bool locks_rows(const RowMark& mark) const;
  ExprPtr target_of(int sort_group_ref) const;
  PathKeys keys_of(const std::vector<SortGroupClause>& clauses) const;
  PathKeys useful_keys(PathKeys keys) const;   // without constants and repetitions
  double limit_rows() const;                   // rows wanted when LIMIT is known; -1 = all, 0 = unknown number
  ExprPtr rows_bound() const;                  // limit + offset as an expression; null = none
  PathPtr chosen;  // path of the scan/join part
  std::vector<ExprPtr> plain_targets;  // output of a SELECT without grouping, windows and DISTINCT; else empty
  // --- grouping.cc, windows.cc, srf.cc, set_operations.cc, modify.cc
  bool is_grouped() const;
  Built plan_grouping(const std::vector<ExprPtr>& above);  // FROM .. HAVING; `above` = what is computed from it
  Built plan_windows(Built input, const std::vector<ExprPtr>& above);
  Built project_sets(Built input, const std::vector<ExprPtr>& wanted);
  Built plan_set_query();
  Built plan_modify();
};

// --- expression utilities (walk.cc)
bool any_node(const ExprPtr& expr, const std::function<bool(const Expr&)>& predicate);  // pre-order, not into queries
bool contains_volatile(const ExprPtr& expr);   // also inside SubLinks
bool contains_mutable(const ExprPtr& expr);    // stable or volatile
bool contains_kind(const ExprPtr& expr, ExprKind kind);
bool contains_srf(const ExprPtr& expr);
bool contains_outer_reference(const ExprPtr& expr);  // Vars with levels_up > 0
bool is_srf(const Expr& expr);
void collect_aggregates(const ExprPtr& expr, std::vector<ExprPtr>& out);  // level 0, unique
void collect_windows(const ExprPtr& expr, std::vector<ExprPtr>& out);
void split_conjuncts(const ExprPtr& expr, std::vector<ExprPtr>& out);
ExprPtr make_conjunction(std::vector<ExprPtr> quals);  // null when empty
ExprPtr make_var(int rte, AttrNumber attno, TypeRef type, int levels_up = 0);
uint64_t var_key(int rte, AttrNumber attno);
ExprPtr strip_relabel(const ExprPtr& expr);

// --- query_rewrite.cc
// Moves expressions between query levels. At `depth` query levels below the moved expression: a Var with levels_up == depth goes
// through `own` (result is re-levelled); references further out get levels_up += outer_delta.
struct LevelRewrite {
  int outer_delta = 0;
  std::function<ExprPtr(const VarExpr&)> own;  // null = keep
  std::function<int(int)> rte;                 // renumbers range-table entries named by own-level Vars (used when own is null)
};
ExprPtr rewrite_levels(const ExprPtr& expr, const LevelRewrite& rewrite, int depth = 0);
QueryPtr rewrite_query(const Query& query, const LevelRewrite& rewrite, int depth);
RangeTableEntry rewrite_rte(const RangeTableEntry& entry, const LevelRewrite& rewrite, int depth);
bool query_references_level(const Query& query, int levels_up);
bool query_any(const Query& query, const std::function<bool(const Expr&)>& predicate);  // every expression, nested ones too
void visit_query(const Query& query, const std::function<void(const ExprPtr&)>& expr,
                 const std::function<void(const Query&)>& subquery);

// --- fold.cc
// Simplifies one node whose children are already simplified.
ExprPtr fold_node(const ExprPtr& expr, Planner& planner);
ExprPtr canonical_qual(const ExprPtr& expr);
ExprPtr negate(const ExprPtr& expr);
enum class Truth : uint8_t { kTrue, kFalse, kNull, kUnknown };
Truth constant_truth(const ExprPtr& expr);

TreePtr convert_from_list(const Query& query);  // FROM and WHERE as a tree; inner joins become lists

// --- sublinks.cc
void pull_up(Level& level);                                    // pull_up.cc: subqueries and sublinks of the join tree
// whole_rows.cc: whether anything of the level, parts of pulled-up subqueries included, names the entry as a row.
bool reads_whole_row(const Level& level, int rte);
void collect_quals(const TreeNode& node, std::vector<ExprPtr>& out);
ExprPtr plan_sublink(Level& level, const SubLinkExpr& link);   // -> SubPlanExpr or ParamExpr
int plan_cte(Level& level, const CommonTableExpr& cte);        // plan id
// Planned subquery and what it needs from `level`.
struct PlannedChild {
  Built built;
  std::vector<NestParam> params;
  std::set<int> external;  // beyond `params`
};
PlannedChild plan_child(Level& level, QueryPtr query, double tuple_fraction);
Built plan_recursive_union(Level& level, int plan_id, CtePlan& cte);  // set_operations.cc; level is the CTE's own query

// --- lateral.cc
// Does `expr` refer at `levels_up` to relations of these trees only?
bool reads_only(const Level& level, const ExprPtr& expr, int levels_up, const std::vector<const TreeNode*>& trees);
// May the members of this lateral subquery of the level become the level's? `enclosing_join`: the innermost one around it
// that is no inner join.
bool lateral_fits(const Level& level, const Query& query, const TreeNode* enclosing_join);
void close_lateral(Level& level);
// May the two be joined before what their lateral references still want? `join`: the special join that this is, left to right.
bool lateral_allows(const Level& level, const RelInfo& left, const RelInfo& right, const SpecialJoin* join);

// --- outer_joins.cc
void reduce_outer_joins(Level& level);
RelSet nonnullable_rels(const Level& level, const ExprPtr& expr);

// --- selectivity.cc
double clause_selectivity(Level& level, Clause& clause, JoinType join = JoinType::kInner);
double expr_selectivity(Level& level, const ExprPtr& expr);
double list_selectivity(Level& level, const std::vector<ClausePtr>& clauses, JoinType join = JoinType::kInner);
double estimate_groups(Level& level, const std::vector<ExprPtr>& exprs, double input_rows);
double distinct_values(Level& level, const ExprPtr& expr, bool* is_default = nullptr);
void estimate_size(Level& level, BaseRel& rel);

// --- cost.cc
double expr_cost(const Planner& planner, const ExprPtr& expr);  // per evaluation
double clauses_cost(const Planner& planner, const std::vector<ClausePtr>& clauses);
void cost_sort(const CostSettings& cost, double input_total, double rows, int width, double limit, double& startup, double& total);
double clamp_rows(double rows);
// Elements of an array, 10 when they are not known (PostgreSQL's estimate_array_length).
double array_length(const ExprPtr& array);
// A query over this one table alone that drops rows by nothing but `distance`.
bool wants_every_row(const Level& level, const std::vector<ClausePtr>& filters, const ExprPtr& distance);
// An equality whose operands' type has a hash function, which arrays of some types have not.
bool is_hashable(const OperatorExpr& equality);
void add_path(RelInfo& rel, PathPtr path);
PathPtr best_path(const RelInfo& rel, double fraction, RelSet available = 0);

// --- index_paths.cc
void make_index_paths(Level& level, BaseRel& rel);
double index_pages_fetched(double tuples, double pages, double cache_pages);

// --- vector_paths.cc
// ORDER BY column <-> value over an index that yields rows by that distance. `key`: the indexed column or expression.
// `implied`: conditions that the index predicate guarantees.
void make_vector_path(Level& level, BaseRel& rel, const RelationPtr& index, const ExprPtr& key,
                      const std::vector<ClausePtr>& implied);
// Does the statement read `var` otherwise than inside of `distance`?
bool read_outside(const Level& level, const BaseRel& rel, const ExprPtr& var, const ExprPtr& distance);

// --- create_plan.cc
ExprPtr bind_expr(const Built& input, const ExprPtr& expr, bool raw = false);
std::vector<TargetEntry> bind_targets(const Built& input, const std::vector<ExprPtr>& exprs, bool raw);
void apply_target(Level& level, Built& built, const std::vector<ExprPtr>& wanted);
void set_passthrough(Built& built, std::shared_ptr<PlanNode> node, PlanCost cost);  // node on top, same columns
int layout_index(const std::vector<ExprPtr>& layout, const ExprPtr& expr);          // -1 = none
Built make_sort(Level& level, Built input, const PathKeys& keys, double limit = -1);
Built make_result(Level& level, Built input, const std::vector<ExprPtr>& wanted);
SortKey sort_key_for(int column, const ExprPtr& expr, bool descending, bool nulls_first);
std::vector<TypeRef> types_of(const std::vector<ExprPtr>& exprs);

// --- min_max.cc
// SELECT min(x), max(y) FROM t: sub-selects that read one end of an index each. The same query when that does not apply.
QueryPtr use_index_for_min_max(const Planner& planner, QueryPtr query);

// --- knn.cc
// ORDER BY distance LIMIT k over one sequentially scanned table. True = `built` is now a KnnScan that yields `wanted` in order.
bool fuse_knn(Level& level, Built& built, const PathKeys& keys, const std::vector<ExprPtr>& wanted);

// --- grouping.cc
// Columns of `layout` (or plain Vars) that `expr` is computed from, added to `out` once each.
void collect_inputs(const ExprPtr& expr, const std::vector<ExprPtr>& layout, std::vector<ExprPtr>& out);
void add_unique(std::vector<ExprPtr>& list, const ExprPtr& expr);
Built make_hash_distinct(Level& level, Built input, const std::vector<ExprPtr>& exprs, double groups);

}  // namespace vecino::sql::plan
