#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "conf/session_settings.h"
#include "sqlfront/catalog/catalog.h"

namespace vecino::sql::test {

// A few tables in schema public, without storage.
class FakeCatalog : public Catalog {
 public:
  FakeCatalog() {
    schema_ = make_schema(well_known_oid::kPublic, "public");
    pg_catalog_ = make_schema(well_known_oid::kPgCatalog, "pg_catalog");
    auto items = table("items", {{"id", type_id::kInt8}, {"name", type_id::kText}, {"price", type_id::kNumeric},
                                 {"embedding", type_id::kVector, 3}, {"tags", type_id::kTextArray}});
    items->columns[0].identity = 'a';
    items->columns[0].sequence = 30001;
    items->columns[1].default_expr = "'none'::text";
    primary_key(*items, {1});
    add(items);
    auto orders = table("orders", {{"id", type_id::kInt4}, {"item_id", type_id::kInt8}, {"amount", type_id::kInt4}});
    primary_key(*orders, {1});
    add(orders);
    auto view = table("cheap", {{"id", type_id::kInt8}, {"name", type_id::kText}});
    view->kind = 'v';
    view->view_sql = "SELECT items.id, items.name FROM items WHERE (items.price < (10)::numeric)";
    add(view);
  }

  uint64_t version() const override { return 1; }
  Oid database() const override { return 5; }
  RelationPtr find_relation(Oid schema, std::string_view name) const override {
    for (const auto& [oid, relation] : relations_) {
      if (relation->schema == schema && relation->name == name) return relation;
    }
    return nullptr;
  }
  RelationPtr find_relation(Oid oid) const override {
    auto found = relations_.find(oid);
    return found == relations_.end() ? nullptr : found->second;
  }
  SchemaPtr find_schema(std::string_view name) const override {
    return name == "public" ? schema_ : name == "pg_catalog" ? pg_catalog_ : nullptr;
  }
  SchemaPtr find_schema(Oid oid) const override {
    return oid == schema_->oid ? schema_ : oid == pg_catalog_->oid ? pg_catalog_ : nullptr;
  }
  RolePtr find_role(std::string_view) const override { return nullptr; }
  RolePtr find_role(Oid) const override { return nullptr; }
  DatabasePtr find_database(std::string_view) const override { return nullptr; }
  DatabasePtr find_database(Oid) const override { return nullptr; }
  ExtensionPtr find_extension(std::string_view) const override { return nullptr; }
  std::vector<RelationPtr> relations() const override { return {}; }
  std::vector<SchemaPtr> schemas() const override { return {schema_, pg_catalog_}; }
  std::vector<RolePtr> roles() const override { return {}; }
  std::vector<DatabasePtr> databases() const override { return {}; }
  std::vector<ExtensionPtr> extensions() const override { return {}; }

 private:
  struct Column {
    const char* name;
    TypeId type;
    int32_t typmod = -1;
  };
  static SchemaPtr make_schema(Oid oid, const char* name) {
    auto schema = std::make_shared<SchemaDesc>();
    schema->oid = oid;
    schema->name = name;
    return schema;
  }
  std::shared_ptr<RelationDesc> table(const char* name, std::vector<Column> columns) {
    auto out = std::make_shared<RelationDesc>();
    out->oid = next_oid_++;
    out->schema = well_known_oid::kPublic;
    out->name = name;
    for (const Column& column : columns) {
      ColumnDesc desc;
      desc.name = column.name;
      desc.type = {column.type, column.typmod};
      out->columns.push_back(desc);
    }
    return out;
  }
  void primary_key(RelationDesc& table, std::vector<AttrNumber> columns) {
    auto index = std::make_shared<RelationDesc>();
    index->oid = next_oid_++;
    index->schema = well_known_oid::kPublic;
    index->name = table.name + "_pkey";
    index->kind = 'i';
    index->index.emplace();
    index->index->table = table.oid;
    index->index->unique = index->index->primary = true;
    index->index->constraint = next_oid_++;
    for (AttrNumber attr : columns) {
      IndexColumnDesc column;
      column.attr = attr;
      index->index->columns.push_back(column);
    }
    table.indexes.push_back(index->oid);
    add(index);
  }
  void add(std::shared_ptr<RelationDesc> relation) { relations_[relation->oid] = std::move(relation); }

  Oid next_oid_ = 20500;
  std::map<Oid, RelationPtr> relations_;
  SchemaPtr schema_, pg_catalog_;
};

}  // namespace vecino::sql::test
