#include "sqlfront/statement/query_references.h"

#include <set>

namespace vecino::sql {
namespace {

class Collector {
 public:
  std::set<std::pair<Oid, AttrNumber>> found;

  void query(const Query& q) {
    levels_.push_back(&q);
    for (const CommonTableExpr& cte : q.ctes) query(*cte.query);
    for (const RangeTableEntry& rte : q.range_table) range_table_entry(rte);
    for (const auto& item : q.from) from_item(*item);
    for (const auto* list : {&q.targets, &q.returning}) {
      for (const TargetEntry& target : *list) expr(target.expr);
    }
    for (const ExprPtr& clause : {q.where, q.having, q.limit, q.offset}) expr(clause);
    for (const WindowClause& window : q.windows) {
      expr(window.start_offset);
      expr(window.end_offset);
    }
    levels_.pop_back();
  }

 private:
  void range_table_entry(const RangeTableEntry& rte) {
    if (rte.relation) {
      add(*rte.relation, 0);
      return;  // a view's own query is not ours
    }
    if (rte.subquery) query(*rte.subquery);
    for (const RangeFunction& function : rte.functions) expr(function.call);
    for (const auto& row : rte.values) {
      for (const ExprPtr& value : row) expr(value);
    }
  }
  void from_item(const FromItem& item) {
    if (!item.join) return;
    from_item(*item.join->left);
    from_item(*item.join->right);
    expr(item.join->condition);
  }
  void expr(const ExprPtr& e) {
    if (!e) return;
    if (const auto* var = try_as<VarExpr>(e)) {
      if (static_cast<size_t>(var->levels_up) < levels_.size()) variable(*var);
      return;
    }
    if (const auto* link = try_as<SubLinkExpr>(e)) {
      query(*link->query);
      expr(link->test);
      return;
    }
    for_each_child(*e, [&](const ExprPtr& child) { expr(child); });
  }
  void variable(const VarExpr& var) {
    const Query& owner = *levels_[levels_.size() - 1 - var.levels_up];
    const RangeTableEntry& rte = owner.range_table[var.rte];
    if (rte.relation) {
      if (var.attno != 0) return add(*rte.relation, var.attno);
      for (size_t i = 0; i < rte.relation->columns.size(); ++i) add(*rte.relation, static_cast<AttrNumber>(i + 1));
      return;
    }
    if (rte.kind != RteKind::kJoin) return;
    // Aliases are written from the owner's point of view.
    std::vector<const Query*> saved = levels_;
    levels_.resize(levels_.size() - var.levels_up);
    if (var.attno > 0 && static_cast<size_t>(var.attno) <= rte.join_aliases.size()) {
      expr(rte.join_aliases[var.attno - 1]);
    } else {
      for (const ExprPtr& alias : rte.join_aliases) expr(alias);
    }
    levels_ = std::move(saved);
  }
  void add(const RelationDesc& relation, AttrNumber column) {
    if (relation.oid >= well_known_oid::kFirstUserOid && column >= 0) found.insert({relation.oid, column});
  }

  std::vector<const Query*> levels_;
};

class EntryVisitor {
 public:
  explicit EntryVisitor(const std::function<void(RangeTableEntry&)>& visit) : visit_(visit) {}

  void query(const Query& q) {
    for (const CommonTableExpr& cte : q.ctes) query(*cte.query);
    for (const RangeTableEntry& rte : q.range_table) {
      visit_(const_cast<RangeTableEntry&>(rte));
      if (rte.subquery && !rte.relation) query(*rte.subquery);
      for (const RangeFunction& function : rte.functions) expr(function.call);
      for (const auto& row : rte.values) {
        for (const ExprPtr& value : row) expr(value);
      }
      for (const ExprPtr& alias : rte.join_aliases) expr(alias);
    }
    for (const auto& item : q.from) from_item(*item);
    for (const TargetEntry& target : q.targets) expr(target.expr);
    for (const ExprPtr& clause : {q.where, q.having, q.limit, q.offset}) expr(clause);
  }

 private:
  void from_item(const FromItem& item) {
    if (!item.join) return;
    from_item(*item.join->left);
    from_item(*item.join->right);
    expr(item.join->condition);
  }
  void expr(const ExprPtr& e) {
    if (!e) return;
    if (const auto* link = try_as<SubLinkExpr>(e)) {
      query(*link->query);
      expr(link->test);
      return;
    }
    for_each_child(*e, [&](const ExprPtr& child) { expr(child); });
  }
  const std::function<void(RangeTableEntry&)>& visit_;
};

}  // namespace

void for_each_range_table_entry(const Query& query, const std::function<void(RangeTableEntry&)>& visit) {
  EntryVisitor(visit).query(query);
}

std::vector<std::pair<Oid, AttrNumber>> query_references(const Query& query) {
  Collector collector;
  collector.query(query);
  return {collector.found.begin(), collector.found.end()};
}

}  // namespace vecino::sql
