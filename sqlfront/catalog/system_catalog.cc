#include "sqlfront/catalog/system_catalog.h"

#include <algorithm>

namespace vecino::sql {
namespace {

// Types of PostgreSQL's catalogs that may be missing here, by what stands in for them.
TypeId column_type(std::string_view name) {
  if (const TypeInfo* type = find_type_by_name(name)) return type->id;
  return name.starts_with('_') ? type_id::kTextArray : type_id::kText;
}

std::vector<ColumnDesc> parse_columns(std::string_view text) {
  std::vector<ColumnDesc> columns;
  while (!text.empty()) {
    size_t comma = text.find(", ");
    std::string_view item = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 2);
    size_t space = item.find(' ');
    ColumnDesc column;
    column.name = item.substr(0, space);
    std::string_view type = item.substr(space + 1);
    column.not_null = type.ends_with('!');
    if (column.not_null) type.remove_suffix(1);
    column.type = {column_type(type), -1};
    columns.push_back(std::move(column));
  }
  return columns;
}

void produce_nothing(CallContext&, const Catalog&, SystemRowSink&) {}
constexpr SystemRelation kEmptyRelation{&produce_nothing};

std::shared_ptr<RelationDesc> make_relation(Oid oid, Oid schema, std::string_view name, char kind,
                                            std::string_view columns) {
  auto relation = std::make_shared<RelationDesc>();
  relation->oid = oid;
  relation->schema = schema;
  relation->name = name;
  relation->kind = kind;
  relation->columns = parse_columns(columns);
  return relation;
}

}  // namespace

std::shared_ptr<const SystemCatalog> SystemCatalog::make() {
  auto catalog = std::make_shared<SystemCatalog>();
  // Producers need static storage: one SystemRelation per definition.
  static const std::vector<SystemRelation> producers = [] {
    std::vector<SystemRelation> all;
    for (const auto& definition : system_table_definitions()) {
      all.push_back({definition.produce ? definition.produce : &produce_nothing});
    }
    return all;
  }();
  size_t i = 0;
  for (const auto& definition : system_table_definitions()) {
    auto relation = make_relation(definition.oid, well_known_oid::kPgCatalog, definition.name, 'r', definition.columns);
    relation->system = &producers[i++];
    catalog->add(std::move(relation));
  }
  auto add_views = [&](std::span<const SystemViewDefinition> definitions, Oid schema) {
    for (const auto& definition : definitions) {
      auto relation = make_relation(definition.oid, schema, definition.name, 'v', definition.columns);
      relation->view_sql = definition.sql;
      relation->system = definition.native;
      if (definition.sql.empty() && !definition.native) relation->system = &kEmptyRelation;
      catalog->add(std::move(relation));
    }
  };
  add_views(system_view_definitions(), well_known_oid::kPgCatalog);
  add_views(statistics_view_definitions(), well_known_oid::kPgCatalog);
  add_views(information_schema_definitions(), well_known_oid::kInformationSchema);
  std::sort(catalog->sorted_.begin(), catalog->sorted_.end(),
            [](const auto& a, const auto& b) { return a->oid < b->oid; });
  return catalog;
}

void SystemCatalog::add(std::shared_ptr<RelationDesc> relation) {
  RelationPtr shared = std::move(relation);
  by_oid_.emplace(shared->oid, shared);
  by_name_.emplace(QualifiedName{shared->schema, shared->name}, shared);
  sorted_.push_back(std::move(shared));
}

RelationPtr SystemCatalog::find(Oid oid) const {
  auto found = by_oid_.find(oid);
  return found == by_oid_.end() ? nullptr : found->second;
}

RelationPtr SystemCatalog::find(Oid schema, std::string_view name) const {
  if (schema != well_known_oid::kPgCatalog && schema != well_known_oid::kInformationSchema) return nullptr;
  auto found = by_name_.find(QualifiedNameView{schema, name});
  return found == by_name_.end() ? nullptr : found->second;
}

}  // namespace vecino::sql
