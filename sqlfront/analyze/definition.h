#pragma once

#include "sqlfront/analyze/analyzer.h"

namespace vecino::sql {

// analyze_query() for a query that is only to be stored or printed (a view's): the views in it stay what is written, their
// columns (RangeTableEntry::subquery is null), so that definitions over views cost no more than their own text.
QueryPtr analyze_definition(const ast::Node& statement, const AnalyzeContext& context);

}  // namespace vecino::sql
