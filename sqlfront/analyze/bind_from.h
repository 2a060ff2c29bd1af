#pragma once

#include "sqlfront/analyze/state.h"

namespace vecino::sql::analysis {

// A bound FROM item: its place in the join tree and the names it offers.
struct FromResult {
  std::unique_ptr<FromItem> item;
  int rte = -1;
  Namespace names;
};

FromResult bind_from_item(ParseState& state, const ast::Node& node);
FromResult bind_join(ParseState& state, const ast::JoinExpr& node);
int bind_range_function(ParseState& state, const ast::RangeFunction& node);
// 42712 `table name "x" specified more than once`
void check_name_conflicts(const ParseState& state, const Namespace& left, const Namespace& right);

}  // namespace vecino::sql::analysis
