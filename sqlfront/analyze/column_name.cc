#include "sqlfront/analyze/state.h"
#include "sqlfront/interrupts.h"

namespace vecino::sql::analysis {

namespace {

// 0: no name, 1: a weak guess that an outer construct may replace, 2: a good one.
int figure(const ast::Node* node, std::string& name) {
  check_stack_depth();
  if (node == nullptr) return 0;
  auto good = [&](std::string_view text) {
    name = text;
    return 2;
  };
  switch (node->kind) {
    case ast::NodeKind::kColumnRef: {
      const auto& ref = ast::as<ast::ColumnRef>(*node);
      return ref.fields.empty() ? 0 : good(ref.fields.back());  // of a.* too: (a.*)::text is called a
    }
    case ast::NodeKind::kIndirection: {
      const auto& indirection = ast::as<ast::Indirection>(*node);
      for (auto step = indirection.steps.rbegin(); step != indirection.steps.rend(); ++step) {
        if (auto* field = ast::try_as<ast::StringNode>(*step)) return good(field->value);
      }
      return figure(indirection.arg.get(), name);
    }
    case ast::NodeKind::kFuncCall: return good(ast::as<ast::FuncCall>(*node).name.back());
    case ast::NodeKind::kAExpr:
      return ast::as<ast::AExpr>(*node).expr_kind == ast::AExprKind::kNullIf ? good("nullif") : 0;
    case ast::NodeKind::kTypeCast: {
      const auto& cast = ast::as<ast::TypeCast>(*node);
      int strength = figure(cast.arg.get(), name);
      if (strength > 1 || cast.type->names.empty()) return strength;
      name = cast.type->names.back();
      return 1;
    }
    case ast::NodeKind::kCollateClause: return figure(ast::as<ast::CollateClause>(*node).arg.get(), name);
    case ast::NodeKind::kGroupingFunc: return good("grouping");
    case ast::NodeKind::kSubLink: {
      const auto& link = ast::as<ast::SubLink>(*node);
      if (link.link == ast::SubLinkOp::kExists) return good("exists");
      if (link.link == ast::SubLinkOp::kArray) return good("array");
      if (link.link != ast::SubLinkOp::kExpr) return 0;
      auto* select = ast::try_as<ast::SelectStmt>(link.query);
      if (select == nullptr || select->targets.empty()) return 0;
      const ast::ResTarget& first = *select->targets[0];
      return first.name.empty() ? figure(first.value.get(), name) : good(first.name);
    }
    case ast::NodeKind::kCaseExpr: {
      int strength = figure(ast::as<ast::CaseExpr>(*node).otherwise.get(), name);
      if (strength > 1) return strength;
      name = "case";
      return 1;
    }
    case ast::NodeKind::kArrayExpr: return good("array");
    case ast::NodeKind::kRowExpr: return good("row");
    case ast::NodeKind::kCoalesceExpr: return good("coalesce");
    case ast::NodeKind::kMinMaxExpr: return good(ast::as<ast::MinMaxExpr>(*node).greatest ? "greatest" : "least");
    case ast::NodeKind::kSqlValueFunction: {
      static constexpr const char* kNames[] = {"current_date", "current_time", "current_timestamp", "localtime",
                                               "localtimestamp", "current_role", "current_user", "user",
                                               "session_user", "current_catalog", "current_schema"};
      return good(kNames[static_cast<int>(ast::as<ast::SqlValueFunction>(*node).op)]);
    }
    default: return 0;
  }
}

}  // namespace

std::string figure_column_name(const ast::Node& node) {
  std::string name;
  figure(&node, name);
  return name.empty() ? "?column?" : name;
}

}  // namespace vecino::sql::analysis
