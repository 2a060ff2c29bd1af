#include "sqlfront/catalog/name_scope.h"

#include <algorithm>

#include "sqlfront/catalog/identifiers.h"
#include "sqlfront/catalog/relation_index.h"
#include "sqlfront/functions/function.h"

namespace vecino::sql {
namespace {

constexpr std::string_view kInformationSchemaName = "information_schema";
// The oid of an extension that nobody created: below all that are given out, above the static rows'.
constexpr Oid kImplicitExtension = 16384 + 4095;

// DROP EXTENSION leaves a row without a schema, which says that the objects are gone; without any row they are in public.
bool is_dropped(const ExtensionDesc& extension) { return extension.schema == kInvalidOid; }

bool in(std::span<const Oid> path, Oid schema) { return std::find(path.begin(), path.end(), schema) != path.end(); }

}  // namespace

ExtensionPtr installed_extension(const Catalog& catalog, std::string_view name) {
  ExtensionPtr found = catalog.find_extension(name);
  return found && !is_dropped(*found) ? found : nullptr;
}

std::vector<ExtensionPtr> installed_extensions(const Catalog& catalog) {
  std::vector<ExtensionPtr> all = catalog.extensions();
  std::erase_if(all, [](const ExtensionPtr& extension) { return is_dropped(*extension); });
  return all;
}

Oid extension_schema(const Catalog& catalog) {
  ExtensionPtr extension = catalog.find_extension(kVectorExtension);
  return extension ? extension->schema : well_known_oid::kPublic;
}

bool is_extension_object(Oid oid) { return oid >= 16384 && oid < well_known_oid::kFirstUserOid; }

bool uses_extension(const RelationDesc& relation) {
  if (relation.index && relation.index->access_method != "btree") {
    for (const IndexColumnDesc& column : relation.index->columns) {
      if (is_extension_object(column.opclass)) return true;
    }
  }
  return std::any_of(relation.columns.begin(), relation.columns.end(), [](const ColumnDesc& column) {
    return !column.dropped && is_extension_object(column.type.id);
  });
}

bool uses_extension(const Catalog& catalog) { return relation_index(catalog)->uses_extension; }

ListedSchemas::ListedSchemas(const Catalog& catalog) {
  if (ExtensionPtr extension = installed_extension(catalog, kVectorExtension)) {
    of_extension_ = extension->schema;
  } else {
    of_extension_ = uses_extension(catalog) ? well_known_oid::kPublic : well_known_oid::kPgCatalog;
  }
}

Oid ListedSchemas::of(std::string_view row_schema) const {
  if (row_schema == kExtensionSchema) return of_extension_;
  return row_schema == kInformationSchemaName ? well_known_oid::kInformationSchema : well_known_oid::kPgCatalog;
}

std::vector<ExtensionPtr> listed_extensions(const Catalog& catalog) {
  std::vector<ExtensionPtr> all = installed_extensions(catalog);
  if (!catalog.find_extension(kVectorExtension) && uses_extension(catalog)) {
    auto implicit = std::make_shared<ExtensionDesc>();
    implicit->oid = kImplicitExtension;
    implicit->name = kVectorExtension;
    implicit->version = kVectorVersion;
    implicit->schema = well_known_oid::kPublic;
    all.push_back(std::move(implicit));
  }
  return all;
}

NameScope::NameScope(const Catalog& catalog, std::span<const Oid> path)
    : catalog_(&catalog), information_schema_visible_(in(path, well_known_oid::kInformationSchema)) {
  ExtensionPtr extension = catalog.find_extension(kVectorExtension);
  extension_visible_ = in(path, extension ? extension->schema : well_known_oid::kPublic);
}

bool NameScope::finds(std::string_view written, std::string_view row_schema) const {
  const bool extension = row_schema == kExtensionSchema;
  if (written.empty()) {
    if (extension) return extension_visible_;
    return row_schema != kInformationSchemaName || information_schema_visible_;
  }
  if (!extension || catalog_ == nullptr) return written == row_schema;
  SchemaPtr schema = catalog_->find_schema(written);
  return schema && schema->oid == extension_schema(*catalog_);
}

std::string NameScope::qualifier(std::string_view row_schema) const {
  if (visible(row_schema)) return {};
  if (row_schema != kExtensionSchema) return std::string(row_schema);
  SchemaPtr schema = catalog_->find_schema(extension_schema(*catalog_));
  return schema ? schema->name : std::string();
}

std::string NameScope::qualified(std::string_view row_schema, std::string_view name) const {
  return quote_qualified(qualifier(row_schema), name);
}

std::string_view type_schema(TypeId type) { return is_extension_object(type) ? kExtensionSchema : "pg_catalog"; }

std::string format_type(TypeRef type, const NameScope& names) {
  std::string text = format_type(type);
  if (!find_type(type.id)) return text;
  std::string schema = names.qualifier(type_schema(type.id));
  return schema.empty() ? text : quote_identifier(schema) + "." + text;
}

}  // namespace vecino::sql
