#include "sqlfront/catalog/catalog_statistics.h"

#include "sqlfront/catalog/relation_index.h"
#include "sqlfront/catalog/system_producers.h"
#include "sqlfront/functions/function.h"

namespace vecino::sql {
namespace {

// Not counted: few rows, or rows that statements seldom read.
constexpr double kOtherRows = 20, kFixedDependencies = 300;

}  // namespace

double catalog_rows(const Catalog& catalog, const RelationDesc& relation) {
  const auto index = relation_index(catalog);
  switch (relation.oid) {
    case catalog_oid::kClass: return index->relations;
    case catalog_oid::kAttribute: return index->attributes;
    case catalog_oid::kAttrdef: return index->defaults;
    case catalog_oid::kIndex: return index->indexes;
    case catalog_oid::kConstraint: return index->constraints;
    case catalog_oid::kRewrite: return index->views;
    case catalog_oid::kSequence: return index->sequences;
    case catalog_oid::kDepend: return index->dependencies + index->defaults + index->constraints + kFixedDependencies;
    case catalog_oid::kType: return static_cast<double>(all_types().size()) + index->row_types;
    case catalog_oid::kDescription: return static_cast<double>(all_functions().size()) + index->comments;
    case catalog_oid::kProc: return static_cast<double>(all_functions().size());
    case catalog_oid::kOperator: return static_cast<double>(all_operators().size());
    case catalog_oid::kCast: return static_cast<double>(all_casts().size());
    case catalog_oid::kOpclass: return static_cast<double>(all_opclasses().size());
    case catalog_oid::kNamespace: return static_cast<double>(catalog.schemas().size());
    case catalog_oid::kAuthid: return static_cast<double>(catalog.roles().size());
    case catalog_oid::kDatabase: return static_cast<double>(catalog.databases().size());
    default: break;
  }
  // The views of statistics have a row for each table, index or sequence.
  if (relation.name.starts_with("pg_stat")) {
    if (relation.name.ends_with("_tables")) return index->tables;
    if (relation.name.ends_with("_indexes")) return index->indexes;
    if (relation.name.ends_with("_sequences")) return index->sequences;
  }
  return kOtherRows;
}

std::optional<double> catalog_distinct(const Catalog& catalog, const RelationDesc& relation, AttrNumber column) {
  if (column < 1 || static_cast<size_t>(column) > relation.columns.size()) return std::nullopt;
  const std::string& name = relation.columns[column - 1].name;
  const double rows = catalog_rows(catalog, relation);
  if (name == "oid" || name == "indexrelid" || name == "seqrelid" || name == "relname" || name == "typname") return rows;
  const auto index = relation_index(catalog);
  if (name == "attrelid") return index->relations;
  if (name == "indrelid" || name == "conrelid" || name == "adrelid" || name == "ev_class") return index->tables;
  if (name == "typrelid") return index->row_types;
  if (name.ends_with("namespace")) return static_cast<double>(catalog.schemas().size());
  if (name.ends_with("owner")) return static_cast<double>(catalog.roles().size());
  // Kinds and classes: a few values each.
  if (name.ends_with("kind") || name.ends_with("type") || name.ends_with("classid") || name == "classid") {
    constexpr double kKinds = 5;
    return name == "atttypid" ? std::nullopt : std::optional(kKinds);
  }
  if (name == "attnum" || name == "refobjsubid" || name == "objsubid" || name == "adnum") return 10;
  if (relation.oid == catalog_oid::kDepend && (name == "objid" || name == "refobjid")) return index->relations;
  return std::nullopt;
}

}  // namespace vecino::sql
