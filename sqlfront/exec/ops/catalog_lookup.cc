#include "sqlfront/exec/ops/catalog_lookup.h"

#include <algorithm>

#include "sqlfront/analyze/walk.h"
#include "sqlfront/exec/filter_project.h"
#include "sqlfront/types/array.h"

namespace vecino::sql {
namespace {

// May be evaluated before the first row, as often as the scan starts.
bool is_row_independent(const ExprPtr& expr) {
  switch (expr->kind) {
    case ExprKind::kConst:
    case ExprKind::kParam: return true;
    case ExprKind::kRelabel:
    case ExprKind::kCoerceViaIO:
    case ExprKind::kArray:
    case ExprKind::kFunction: break;
    default: return false;
  }
  if (contains_volatile(expr)) return false;
  bool independent = true;
  for_each_child(*expr, [&](const ExprPtr& child) { independent = independent && child && is_row_independent(child); });
  return independent;
}

bool is_name(TypeId type) { return type == type_id::kName || type == type_id::kText; }

// Equality of oids, or of a name with a name or text: the comparisons that append_keyed_relations() can do by hashing.
bool is_key_equality(const OperatorDef* op) {
  if (op == nullptr || op->name != "=") return false;
  if (op->left == type_id::kOid && op->right == type_id::kOid) return true;
  return is_name(op->left) && is_name(op->right) && (op->left == type_id::kName || op->right == type_id::kName);
}

}  // namespace

CatalogLookup::CatalogLookup(const SystemScanNode& node) {
  if (!node.filter) return;
  const BoolExpr* all = try_as<BoolExpr>(node.filter);
  if (all == nullptr || all->op != BoolKind::kAnd) {
    consider(node, node.filter);
    return;
  }
  for (const ExprPtr& conjunct : all->args) {
    if (!usable()) consider(node, conjunct);
  }
}

void CatalogLookup::consider(const SystemScanNode& node, const ExprPtr& conjunct) {
  if (const auto* any = conjunct->kind == ExprKind::kScalarArrayOp ? &as<ScalarArrayOpExpr>(*conjunct) : nullptr) {
    if (any->use_or && is_key_equality(any->op)) consider_sides(node, any->left, any->array, true);
    return;
  }
  const auto* op = conjunct->kind == ExprKind::kOperator ? &as<OperatorExpr>(*conjunct) : nullptr;
  if (op == nullptr || op->args.size() != 2 || !is_key_equality(op->op)) return;
  consider_sides(node, op->args[0], op->args[1], false);
  if (!usable()) consider_sides(node, op->args[1], op->args[0], false);
}

void CatalogLookup::consider_sides(const SystemScanNode& node, const ExprPtr& column, const ExprPtr& value, bool array) {
  const InputExpr* input = try_as<InputExpr>(column);
  if (input == nullptr || static_cast<size_t>(input->index) >= node.fetch.size() || !is_row_independent(value)) return;
  key_ = find_lookup_key(*node.relation, node.fetch[static_cast<size_t>(input->index)]);
  if (key_ == nullptr) return;
  value_ = compile(value);
  array_ = array;
}

std::vector<RelationPtr> CatalogLookup::relations(RunState& run, const Catalog& catalog, Arena& arena) {
  std::vector<RelationPtr> found;
  const Datum value = evaluate_one(*value_, run, arena);
  if (value.is_null) return found;
  if (!array_) {
    append_keyed_relations(catalog, key_->kind, value, found);
    return found;
  }
  const ArrayView elements(value);
  for (size_t i = 0; i < elements.size(); ++i) {
    if (!elements.is_null(i)) append_keyed_relations(catalog, key_->kind, elements[i], found);
  }
  // In the order of a full scan, each once.
  auto by_oid = [](const RelationPtr& a, const RelationPtr& b) { return a->oid < b->oid; };
  std::sort(found.begin(), found.end(), by_oid);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace vecino::sql
