#include <algorithm>
#include <map>
#include <set>

#include "sqlfront/analyze/analyzer.h"
#include "sqlfront/analyze/deparse.h"
#include "sqlfront/catalog/definition_text.h"
#include "sqlfront/catalog/identifiers.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"

// Queries as pg_get_viewdef prints them (ruleutils.c): keywords right-aligned, one target per line.

namespace vecino::sql {

namespace {

struct Namespace {  // one query level
  const Query* query;
  std::vector<std::string> names;  // per range-table entry; empty = not named
  bool qualify = false;
  const Namespace* parent = nullptr;
};

bool used_above(const Namespace* space, const std::string& name) {
  for (; space; space = space->parent)
    for (const auto& other : space->names)
      if (other == name) return true;
  return false;
}

class QueryDeparser : public ExprDeparser {
 public:
  QueryDeparser(const Catalog& catalog, Parens parens, TextNames names)
      : ExprDeparser(&catalog, parens, std::move(names)), catalog_ref_(catalog) {}

  // kInline: follows an opening parenthesis; kLine: starts a line of its own.
  enum class Start : uint8_t { kInline, kLine };
  // kVisible: the columns' names matter outside, so they are always written. `names`: what the enclosing view calls them.
  enum class Columns : uint8_t { kVisible, kHidden };
  std::string query(const Query& q, int indent, Start start, Columns columns, const std::vector<std::string>* names = nullptr) {
    Namespace space{&q, {}, false, space_};
    assign_names(space);
    const Namespace* saved_space = space_;
    int saved_indent = indent_;
    Start saved_start = start_;
    Columns saved_columns = columns_;
    const std::vector<std::string>* saved_names = result_names_;
    space_ = &space;
    indent_ = indent;
    start_ = start;
    columns_ = columns;
    result_names_ = names;
    std::string saved = std::move(out_);
    out_.clear();
    append_query(q);
    std::string result = std::move(out_);
    out_ = std::move(saved);
    space_ = saved_space;
    indent_ = saved_indent;
    start_ = saved_start;
    columns_ = saved_columns;
    result_names_ = saved_names;
    return result;
  }

 protected:
  std::string var_name(const VarExpr& var) override {
    const Namespace* space = space_;
    for (int i = 0; i < var.levels_up && space; ++i) space = space->parent;
    if (!space) return "?column?";
    const RangeTableEntry& entry = space->query->range_table.at(static_cast<size_t>(var.rte));
    if (entry.kind == RteKind::kJoin && space->names[var.rte].empty()) {
      // An unnamed join's column is a column of one of its sides, or a merged one printed by name alone.
      const ExprPtr& alias = entry.join_aliases.at(static_cast<size_t>(var.attno - 1));
      if (const VarExpr* inner = try_as<VarExpr>(alias)) {
        auto copy = *inner;
        copy.levels_up += var.levels_up;
        return var_name(copy);
      }
      return quote_identifier(entry.column_names.at(static_cast<size_t>(var.attno - 1)));
    }
    std::string prefix = quote_identifier(space->names[var.rte]);
    if (var.attno == 0) return prefix + ".*";
    std::string column = column_name(entry, var.attno);
    bool qualify = space->qualify || var.levels_up > 0;
    return qualify && !space->names[var.rte].empty() ? prefix + "." + column : column;
  }

  std::string subquery_text(const SubLinkExpr& link) override { return query(*link.query, indent_ + 8, Start::kInline, Columns::kHidden); }

  std::string window_text(const WindowExpr& call) override {
    const WindowClause& window = space_->query->windows.at(static_cast<size_t>(call.window));
    if (!window.name.empty()) return quote_identifier(window.name);
    return window_spec(window);
  }

  std::string case_indent() override { return "\n" + std::string(static_cast<size_t>(indent_ + 8 + 4 * case_depth_), ' '); }
  std::string case_end_indent() override { return "\n" + std::string(static_cast<size_t>(indent_ + 4 + 4 * case_depth_), ' '); }

 private:
  static std::string column_name(const RangeTableEntry& entry, AttrNumber attno) {
    if (attno > 0) return quote_identifier(entry.column_names.at(static_cast<size_t>(attno - 1)));
    switch (attno) {
      case system_attr::kCtid: return "ctid";
      case system_attr::kXmin: return "xmin";
      case system_attr::kCmin: return "cmin";
      case system_attr::kXmax: return "xmax";
      case system_attr::kCmax: return "cmax";
      default: return "tableoid";
    }
  }

  void assign_names(Namespace& space) {
    const Query& q = *space.query;
    space.names.resize(q.range_table.size());
    size_t visible = 0;
    for (size_t i = 0; i < q.range_table.size(); ++i) {
      const RangeTableEntry& entry = q.range_table[i];
      ++visible;
      if (entry.kind == RteKind::kJoin && !entry.has_alias) continue;
      if (entry.kind == RteKind::kResult) continue;
      std::string name = entry.alias;
      if (name.empty()) continue;
      for (int suffix = 1; taken(space, i, name) || used_above(space.parent, name); ++suffix)
        name = entry.alias + "_" + std::to_string(suffix);
      space.names[i] = name;
    }
    space.qualify = space.parent != nullptr || visible != 1;
  }

  static bool taken(const Namespace& space, size_t before, const std::string& name) {
    for (size_t i = 0; i < before; ++i)
      if (space.names[i] == name) return true;
    return false;
  }

  void line(int offset, std::string_view keyword) {
    while (!out_.empty() && out_.back() == ' ') out_.pop_back();
    if (!out_.empty()) out_ += '\n';
    out_.append(static_cast<size_t>(std::max(0, indent_ + offset)), ' ');
    out_ += keyword;
  }

  // ---- clauses

  void append_query(const Query& q) {
    check_recursion();
    append_ctes(q);
    switch (q.command) {
      case Command::kSelect: append_select_query(q); break;
      default: throw SqlError(sqlstate::kFeatureNotSupported, "only SELECT queries can be deparsed");
    }
  }

  void append_ctes(const Query& q) {
    if (q.ctes.empty()) return;
    bool line_start = start_ == Start::kLine;
    bool recursive = std::any_of(q.ctes.begin(), q.ctes.end(), [](const CommonTableExpr& cte) { return cte.recursive; });
    out_.append(static_cast<size_t>(line_start ? indent_ : 0), ' ');
    out_ += recursive ? " WITH RECURSIVE " : " WITH ";
    for (size_t i = 0; i < q.ctes.size(); ++i) {
      const CommonTableExpr& cte = q.ctes[i];
      if (i) out_ += ", ";
      out_ += quote_identifier(cte.name);
      if (has_column_aliases(cte)) {
        out_ += '(';
        for (size_t c = 0; c < cte.column_names.size(); ++c) {
          if (c) out_ += ", ";
          out_ += quote_identifier(cte.column_names[c]);
        }
        out_ += ')';
      }
      out_ += " AS ";
      if (cte.materialized) out_ += *cte.materialized ? "MATERIALIZED " : "NOT MATERIALIZED ";
      out_ += "(\n";
      out_ += query(*cte.query, indent_ + 8, Start::kLine, Columns::kVisible);
      out_ += "\n" + std::string(static_cast<size_t>(indent_ + 8), ' ') + ")";
    }
    out_ += '\n';
  }

  static bool has_column_aliases(const CommonTableExpr& cte) {
    size_t column = 0;
    for (const auto& target : cte.query->targets) {
      if (target.junk) continue;
      if (column >= cte.column_names.size()) return false;
      if (cte.column_names[column++] != target.name) return true;
    }
    return false;
  }

  void append_select_query(const Query& q) {
    if (q.set_operation) {
      append_set_operation(q, *q.set_operation, nullptr);
    } else {
      append_basic_select(q);
    }
    if (!q.order_by.empty()) {
      line(2, "ORDER BY ");
      append_order(q.order_by, q.targets, q.set_operation != nullptr);
    }
    if (q.offset) {
      line(1, "OFFSET ");
      append(q.offset, Casts::kHideImplicit);
    }
    if (q.limit) {
      const ConstExpr* value = try_as<ConstExpr>(q.limit);
      if (q.with_ties) {
        line(1, "FETCH FIRST ");
        append(q.limit, Casts::kHideImplicit);
        out_ += " ROWS WITH TIES";
      } else {
        line(1, "LIMIT ");
        if (value && value->value.is_null) out_ += "ALL"; else append_limit(q.limit);
      }
    }
    for (const auto& mark : q.row_marks) {
      static constexpr const char* kNames[] = {"", "FOR KEY SHARE", "FOR SHARE", "FOR NO KEY UPDATE", "FOR UPDATE"};
      line(1, kNames[static_cast<int>(mark.strength)]);
      out_ += " OF " + quote_identifier(space_->names.at(static_cast<size_t>(mark.rte)));
      if (mark.wait == storage::LockWait::kNoWait) out_ += " NOWAIT";
      if (mark.wait == storage::LockWait::kSkip) out_ += " SKIP LOCKED";
    }
  }

  // LIMIT 10 was folded to a bigint constant: PostgreSQL keeps the integer as written.
  void append_limit(const ExprPtr& expr) {
    const ConstExpr* value = try_as<ConstExpr>(expr);
    if (value && value->type.id == type_id::kInt8 && value->value.i64 >= 0) out_ += std::to_string(value->value.i64);
    else append(expr, Casts::kHideImplicit);
  }

  void append_basic_select(const Query& q) {
    if (is_values_query(q)) return append_values(q.range_table[0].values, indent_);
    start_query();
    out_ += "SELECT";
    if (q.distinct_on) {
      out_ += " DISTINCT ON (";
      for (size_t i = 0; i < q.distinct.size(); ++i) {
        if (i) out_ += ", ";
        append(target(q.targets, q.distinct[i].ref).expr, Casts::kHideImplicit);
      }
      out_ += ')';
    } else if (!q.distinct.empty()) {
      out_ += " DISTINCT";
    }
    append_targets(q.targets);
    append_from(q);
    if (q.where) {
      line(2, "WHERE ");
      append(q.where, Casts::kHideImplicit);
    }
    append_group_by(q);
    if (q.having) {
      line(1, "HAVING ");
      append(q.having, Casts::kHideImplicit);
    }
    append_windows(q);
  }

  void start_query() {
    // The first keyword stands where the text already is; nested queries begin on their own column.
    bool line_start = out_.empty() ? start_ == Start::kLine : out_.back() == '\n';
    out_.append(static_cast<size_t>(line_start ? indent_ : 0), ' ');
    out_ += ' ';
  }

  static bool is_values_query(const Query& q) {
    return q.from.size() == 1 && q.range_table.size() == 1 && q.range_table[0].kind == RteKind::kValues && !q.from[0]->join &&
           std::all_of(q.targets.begin(), q.targets.end(), [](const TargetEntry& t) { return t.junk || t.expr->kind == ExprKind::kVar; }) &&
           !q.where && q.group_by.empty() && q.distinct.empty();
  }

  void append_values(const std::vector<std::vector<ExprPtr>>& rows, int) {
    start_query();
    out_ += "VALUES ";
    for (size_t i = 0; i < rows.size(); ++i) {
      if (i) out_ += ", ";
      out_ += '(';
      for (size_t c = 0; c < rows[i].size(); ++c) {
        if (c) out_ += ',';
        append(rows[i][c], Casts::kHideImplicit);
      }
      out_ += ')';
    }
  }

  static const TargetEntry& target(const std::vector<TargetEntry>& targets, int ref) {
    for (const auto& entry : targets)
      if (entry.sort_group_ref == ref) return entry;
    throw SqlError(sqlstate::kInternalError, "sort/group reference not found");
  }

  void append_targets(const std::vector<TargetEntry>& targets) {
    bool first = true;
    size_t position = 0;
    for (const auto& entry : targets) {
      if (entry.junk) continue;
      out_ += first ? " " : ",";
      std::string text = target_text(entry, position++);
      bool own_line = text.starts_with(' ');  // CASE
      if (!first && !own_line) out_ += "\n" + std::string(static_cast<size_t>(indent_ + 4), ' ');
      if (own_line) {
        while (!out_.empty() && out_.back() == ' ') out_.pop_back();
        out_ += '\n';
      }
      out_ += text;
      first = false;
    }
  }

  std::string target_text(const TargetEntry& entry, size_t position) {
    std::string saved = std::move(out_);
    out_.clear();
    std::string shown;
    if (const VarExpr* var = try_as<VarExpr>(entry.expr); var && var->attno != 0) {
      out_ = var_name(*var);
      shown = out_.substr(out_.rfind('.') == std::string::npos ? 0 : out_.rfind('.') + 1);
    } else {
      append(entry.expr, Casts::kShow);
      if (columns_ == Columns::kHidden) shown = quote_identifier("?column?");
    }
    bool named = result_names_ && position < result_names_->size();
    std::string name = quote_identifier(named ? (*result_names_)[position] : entry.name);
    if (shown != name) out_ += " AS " + name;
    std::string result = std::move(out_);
    out_ = std::move(saved);
    return result;
  }

  void append_order(const std::vector<SortGroupClause>& clauses, const std::vector<TargetEntry>& targets, bool by_name) {
    for (size_t i = 0; i < clauses.size(); ++i) {
      const auto& clause = clauses[i];
      if (i) out_ += ", ";
      const TargetEntry& entry = target(targets, clause.ref);
      if (by_name) {
        size_t position = 1;
        for (const auto& other : targets) {
          if (&other == &entry) break;
          position += other.junk ? 0 : 1;
        }
        out_ += std::to_string(position);
      } else {
        append_sort_expr(entry);
      }
      if (clause.descending) out_ += " DESC";
      if (clause.nulls_first != clause.descending) out_ += clause.nulls_first ? " NULLS FIRST" : " NULLS LAST";
    }
  }

  // Bare constants would be read as positions: they get their type.
  void append_sort_expr(const TargetEntry& entry) {
    bool constant = entry.expr->kind == ExprKind::kConst;
    bool parens = entry.expr->kind == ExprKind::kFunction || entry.expr->kind == ExprKind::kOperator ||
                  entry.expr->kind == ExprKind::kVar || constant;
    std::string text = this->text(entry.expr);
    if (constant && text.find("::") == std::string::npos) text += "::" + type_text(entry.expr->type);
    (void)parens;
    out_ += entry.expr->kind == ExprKind::kVar || text.starts_with('(') || constant ? text : "(" + text + ")";
  }

  void append_group_by(const Query& q) {
    if (q.group_by.empty() && q.grouping_sets.empty()) return;
    line(2, "GROUP BY ");
    auto item = [&](int ref) { out_ += text(target(q.targets, ref).expr); };
    if (q.grouping_sets.empty()) {
      for (size_t i = 0; i < q.group_by.size(); ++i) {
        if (i) out_ += ", ";
        append_sort_expr(target(q.targets, q.group_by[i].ref));
      }
      return;
    }
    out_ += "GROUPING SETS (";
    for (size_t s = 0; s < q.grouping_sets.size(); ++s) {
      if (s) out_ += ", ";
      out_ += '(';
      const auto& refs = q.grouping_sets[s].refs;
      for (size_t i = 0; i < refs.size(); ++i) {
        if (i) out_ += ", ";
        item(refs[i]);
      }
      out_ += ')';
    }
    out_ += ')';
  }

  void append_windows(const Query& q) {
    bool first = true;
    for (const auto& window : q.windows) {
      if (window.name.empty()) continue;
      if (first) line(2, "WINDOW "); else out_ += ", ";
      first = false;
      out_ += quote_identifier(window.name) + " AS " + window_spec(window);
    }
  }

  std::string window_spec(const WindowClause& window) {
    const auto& targets = space_->query->targets;
    std::string saved = std::move(out_);
    out_ = "(";
    std::string_view separator;
    if (!window.partition_by.empty()) {
      out_ += "PARTITION BY ";
      for (size_t i = 0; i < window.partition_by.size(); ++i) {
        if (i) out_ += ", ";
        append_sort_expr(target(targets, window.partition_by[i].ref));
      }
      separator = " ";
    }
    if (!window.order_by.empty()) {
      out_ += separator;
      out_ += "ORDER BY ";
      append_order(window.order_by, targets, false);
      separator = " ";
    }
    append_frame(window, separator);
    out_ += ')';
    std::string result = std::move(out_);
    out_ = std::move(saved);
    return result;
  }

  // PostgreSQL's FRAMEOPTION_* bits (parsenodes.h).
  void append_frame(const WindowClause& window, std::string_view separator) {
    enum : int {
      kNonDefault = 0x1, kRange = 0x2, kRows = 0x4, kGroups = 0x8, kBetween = 0x10, kStartUnboundedPreceding = 0x20,
      kEndUnboundedPreceding = 0x40, kStartUnboundedFollowing = 0x80, kEndUnboundedFollowing = 0x100, kStartCurrent = 0x200,
      kEndCurrent = 0x400, kStartPreceding = 0x800, kEndPreceding = 0x1000, kStartFollowing = 0x2000, kEndFollowing = 0x4000,
      kExcludeCurrent = 0x8000, kExcludeGroup = 0x10000, kExcludeTies = 0x20000
    };
    int options = window.frame_options;
    if (!(options & kNonDefault)) return;
    out_ += separator;
    out_ += options & kRange ? "RANGE " : options & kRows ? "ROWS " : "GROUPS ";
    if (options & kBetween) out_ += "BETWEEN ";
    if (options & kStartUnboundedPreceding) out_ += "UNBOUNDED PRECEDING ";
    else if (options & kStartCurrent) out_ += "CURRENT ROW ";
    else if (options & (kStartPreceding | kStartFollowing)) {
      append(window.start_offset, Casts::kHideImplicit);
      out_ += options & kStartPreceding ? " PRECEDING " : " FOLLOWING ";
    }
    if (options & kBetween) {
      out_ += "AND ";
      if (options & kEndUnboundedFollowing) out_ += "UNBOUNDED FOLLOWING ";
      else if (options & kEndCurrent) out_ += "CURRENT ROW ";
      else if (options & (kEndPreceding | kEndFollowing)) {
        append(window.end_offset, Casts::kHideImplicit);
        out_ += options & kEndPreceding ? " PRECEDING " : " FOLLOWING ";
      }
    }
    if (options & kExcludeCurrent) out_ += "EXCLUDE CURRENT ROW ";
    else if (options & kExcludeGroup) out_ += "EXCLUDE GROUP ";
    else if (options & kExcludeTies) out_ += "EXCLUDE TIES ";
    out_.pop_back();
  }

  // ---- FROM

  void append_from(const Query& q) {
    bool first = true;
    for (const auto& item : q.from) {
      if (first) {
        line(3, "FROM ");
      } else {
        out_ += ",\n" + std::string(static_cast<size_t>(indent_ + 4), ' ');
      }
      append_from_item(q, *item);
      first = false;
    }
  }

  void append_from_item(const Query& q, const FromItem& item) {
    if (!item.join) return append_entry(q, item.rte);
    check_stack_depth();
    const FromItem::Join& join = *item.join;
    const RangeTableEntry& entry = q.range_table.at(static_cast<size_t>(join.rte));
    bool parens = parens_ == Parens::kFull || entry.has_alias;
    if (parens) out_ += '(';
    append_from_item(q, *join.left);
    bool cross = join.type == JoinType::kInner && !join.condition;
    std::string_view word = "JOIN ";
    switch (join.type) {
      case JoinType::kInner: word = cross ? "CROSS JOIN " : "JOIN "; break;
      case JoinType::kLeft: word = "LEFT JOIN "; break;
      case JoinType::kRight: word = "RIGHT JOIN "; break;
      case JoinType::kFull: word = "FULL JOIN "; break;
      default: break;
    }
    out_ += "\n" + std::string(static_cast<size_t>(indent_ + 5), ' ');
    out_ += word;
    bool nested = join.right->join && parens_ == Parens::kPretty;
    if (nested) out_ += '(';
    append_from_item(q, *join.right);
    if (nested) out_ += ')';
    if (join.condition) {
      std::string merged = using_columns(q, join);
      if (!merged.empty()) {
        out_ += " USING (" + merged + ")";
      } else {
        out_ += " ON ";
        if (parens_ == Parens::kFull) out_ += '(';
        append(join.condition, Casts::kHideImplicit);
        if (parens_ == Parens::kFull) out_ += ')';
      }
    }
    if (parens) out_ += ')';
    if (entry.has_alias) {
      out_ += " " + quote_identifier(space_->names[join.rte]);
      append_column_aliases(entry.column_names);
    }
  }

  // JOIN ... USING: the join's first columns are the merged ones and the condition equates columns of these names.
  std::string using_columns(const Query& q, const FromItem::Join& join) {
    const RangeTableEntry& entry = q.range_table.at(static_cast<size_t>(join.rte));
    std::vector<ExprPtr> conditions;
    if (const BoolExpr* all = try_as<BoolExpr>(join.condition); all && all->op == BoolKind::kAnd) conditions = all->args;
    else conditions.push_back(join.condition);
    size_t both = leaf_columns(q, *join.left) + leaf_columns(q, *join.right);
    if (entry.join_aliases.size() + conditions.size() != both) return {};
    std::string names;
    for (size_t i = 0; i < conditions.size(); ++i) names += (i ? ", " : "") + quote_identifier(entry.column_names.at(i));
    return names;
  }

  static size_t leaf_columns(const Query& q, const FromItem& item) {
    int rte = item.join ? item.join->rte : item.rte;
    const RangeTableEntry& entry = q.range_table.at(static_cast<size_t>(rte));
    return item.join ? entry.join_aliases.size() : entry.column_names.size();
  }

  void append_entry(const Query& q, int rte) {
    const RangeTableEntry& entry = q.range_table.at(static_cast<size_t>(rte));
    const std::string& name = space_->names.at(static_cast<size_t>(rte));
    bool bare_subquery = entry.kind == RteKind::kSubquery && !entry.relation;
    if (entry.lateral && (bare_subquery || entry.kind == RteKind::kFunction)) out_ += entry.kind == RteKind::kFunction ? "LATERAL " : "LATERAL ";
    std::string object;
    switch (entry.kind) {
      case RteKind::kRelation: object = relation_name(*entry.relation); break;
      case RteKind::kSubquery:
        if (entry.relation) object = relation_name(*entry.relation);
        else object = "(" + query(*entry.subquery, indent_ + 8, Start::kInline, Columns::kVisible) + ")";
        break;
      case RteKind::kFunction: object = range_function_text(entry); break;
      case RteKind::kValues: {
        std::string saved = std::move(out_);
        out_ = "(";
        append_values(entry.values, indent_);
        object = std::move(out_) + ")";
        out_ = std::move(saved);
        break;
      }
      case RteKind::kCte: object = quote_identifier(entry.cte_name); break;
      default: break;
    }
    out_ += object;
    std::string quoted = quote_identifier(name);
    bool named_object = entry.kind == RteKind::kRelation || entry.kind == RteKind::kCte || (entry.kind == RteKind::kSubquery && entry.relation);
    const std::string own = entry.kind == RteKind::kCte ? entry.cte_name : entry.relation ? entry.relation->name : std::string();
    bool show = named_object ? name != own : !name.empty();
    if (show) out_ += " " + quoted;
    append_entry_columns(entry, show);
  }

  void append_entry_columns(const RangeTableEntry& entry, bool) {
    if (entry.kind == RteKind::kRelation || (entry.kind == RteKind::kSubquery && entry.relation)) {
      bool renamed = false;
      for (size_t i = 0; i < entry.column_names.size() && i < entry.relation->columns.size(); ++i)
        renamed = renamed || (!entry.relation->columns[i].dropped && entry.relation->columns[i].name != entry.column_names[i]);
      if (renamed) append_column_aliases(entry.column_names);
      return;
    }
    if (entry.kind == RteKind::kSubquery) {
      size_t column = 0;
      bool renamed = false;
      for (const auto& target : entry.subquery->targets) {
        if (target.junk || column >= entry.column_names.size()) continue;
        renamed = renamed || target.name != entry.column_names[column];
        ++column;
      }
      if (renamed) append_column_aliases(entry.column_names);
      return;
    }
    if (entry.kind == RteKind::kValues || entry.kind == RteKind::kFunction) append_column_aliases(entry.column_names);
  }

  void append_column_aliases(const std::vector<std::string>& names) {
    if (names.empty()) return;
    out_ += '(';
    for (size_t i = 0; i < names.size(); ++i) {
      if (i) out_ += ", ";
      out_ += quote_identifier(names[i]);
    }
    out_ += ')';
  }

  std::string range_function_text(const RangeTableEntry& entry) {
    std::string result;
    if (entry.functions.size() == 1) {
      result = text(entry.functions[0].call);
    } else {
      result = "ROWS FROM(";
      for (size_t i = 0; i < entry.functions.size(); ++i) {
        if (i) result += ", ";
        result += text(entry.functions[i].call);
      }
      result += ")";
    }
    if (entry.with_ordinality) result += " WITH ORDINALITY";
    return result;
  }

  // Qualified unless its name alone means it; a CTE in scope would be taken for it.
  std::string relation_name(const RelationDesc& relation) {
    if (!is_cte_name(relation.name)) return relation_reference(catalog_ref_, names_.path, relation);
    return quote_qualified(schema_name(catalog_ref_, relation.schema), relation.name);
  }
  bool is_cte_name(const std::string& name) const {
    for (const Namespace* space = space_; space; space = space->parent) {
      for (const CommonTableExpr& cte : space->query->ctes) {
        if (cte.name == name) return true;
      }
    }
    return false;
  }

  // ---- set operations

  void append_set_operation(const Query& q, const SetOperation& op, const SetOperation* parent) {
    check_stack_depth();
    if (op.rte >= 0) {
      const Query& leaf = *q.range_table.at(static_cast<size_t>(op.rte)).subquery;
      bool parens = !leaf.order_by.empty() || leaf.limit || leaf.offset || !leaf.ctes.empty() || leaf.set_operation || !leaf.row_marks.empty();
      if (parens) out_ += '(';
      bool line_start = out_.empty() ? start_ == Start::kLine : out_.back() == '\n';
      out_ += query(leaf, indent_, line_start ? Start::kLine : Start::kInline, columns_, result_names_);
      if (parens) out_ += ')';
      return;
    }
    // A nested operation of another kind stands in parentheses on lines of its own.
    auto side = [&](const SetOperation& child, bool right) {
      bool parens = child.rte < 0 && (right || child.op != op.op || child.all != op.all);
      if (!parens) return append_set_operation(q, child, &op);
      int saved = indent_;
      out_ += "(\n";
      indent_ += 8;
      append_set_operation(q, child, &op);
      indent_ = saved;
      out_ += "\n" + std::string(static_cast<size_t>(indent_), ' ') + ")";
    };
    side(*op.left, false);
    bool closed = !out_.empty() && out_.back() == ')' && op.left->rte < 0;
    std::string_view word = op.op == SetOperator::kUnion ? "UNION " : op.op == SetOperator::kIntersect ? "INTERSECT " : "EXCEPT ";
    if (closed) {
      out_ += ' ';
      out_ += word;
    } else {
      line(0, word);
    }
    if (op.all) out_ += "ALL ";
    while (!out_.empty() && out_.back() == ' ') out_.pop_back();
    out_ += op.right->rte < 0 ? ' ' : '\n';
    Columns saved = columns_;
    columns_ = Columns::kHidden;  // the first branch names the columns
    side(*op.right, true);
    columns_ = saved;
    (void)parent;
  }

  const Catalog& catalog_ref_;
  const Namespace* space_ = nullptr;
  int indent_ = 0;
  Start start_ = Start::kLine;
  Columns columns_ = Columns::kVisible;
  const std::vector<std::string>* result_names_ = nullptr;
};

}  // namespace

namespace {

std::string query_text(const Query& query, const Catalog& catalog, bool pretty, TextNames style) {
  using Parens = ExprDeparser::Parens;
  std::vector<std::string> names;
  for (const auto& target : query.targets)
    if (!target.junk) names.push_back(target.name);
  QueryDeparser deparser(catalog, pretty ? Parens::kPretty : Parens::kFull, std::move(style));
  return deparser.query(query, 0, QueryDeparser::Start::kLine, QueryDeparser::Columns::kVisible, &names);
}

}  // namespace

std::string deparse_query(const Query& query, const Catalog& catalog, bool pretty) {
  return query_text(query, catalog, pretty, {});
}

std::string deparse_query_for(EvalEnvironment& env, const Query& query, bool pretty) {
  return query_text(query, env.catalog(), pretty, TextNames::of_session(env));
}

}  // namespace vecino::sql
