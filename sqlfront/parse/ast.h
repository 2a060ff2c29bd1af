#pragma once

// The syntax tree of one statement: PostgreSQL's raw parse tree (parsenodes.h) in plain C++. Made by parse_sql();
// nothing here is looked up in a catalog. Nodes are owned by their parents; immutable after parsing by convention.

#include "sqlfront/parse/ast_ddl.h"
#include "sqlfront/parse/ast_expr.h"
#include "sqlfront/parse/ast_node.h"
#include "sqlfront/parse/ast_query.h"
#include "sqlfront/parse/ast_utility.h"
