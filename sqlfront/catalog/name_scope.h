#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/catalog/catalog.h"

namespace vecino::sql {

// The extension whose types, functions, operators, operator classes and access methods are rows of static tables. The
// rows say kExtensionSchema; which schema that is, a database's catalog decides:
// - the one of CREATE EXTENSION or ALTER EXTENSION SET SCHEMA;
// - public as long as nobody created the extension, because drivers look for the type as soon as they connect;
// - none after DROP EXTENSION.
inline constexpr std::string_view kVectorExtension = "vector";
inline constexpr std::string_view kVectorVersion = "0.8.6";
inline constexpr std::string_view kExtensionSchema = "public";

ExtensionPtr installed_extension(const Catalog& catalog, std::string_view name);  // nullptr = not, or not any more
std::vector<ExtensionPtr> installed_extensions(const Catalog& catalog);
Oid extension_schema(const Catalog& catalog);  // kInvalidOid = dropped
bool is_extension_object(Oid oid);             // of the rows of static tables
// Where the catalogs list a row of the static tables. Before CREATE EXTENSION, and while no table uses the extension, its
// objects are listed in pg_catalog: they are part of the system then, and no dump may carry them.
class ListedSchemas {
 public:
  explicit ListedSchemas(const Catalog& catalog);
  Oid of(std::string_view row_schema) const;

 private:
  Oid of_extension_;
};
// The extension without CREATE EXTENSION: a relation uses it. Then it is listed as if it had been created in public.
bool uses_extension(const Catalog& catalog);
bool uses_extension(const RelationDesc& relation);  // its columns' types, its keys' operator classes
// What pg_extension shows.
std::vector<ExtensionPtr> listed_extensions(const Catalog& catalog);

// Which rows of the static tables a name can mean, and which need their schema's name to be found. A value: cheap to make.
class NameScope {
 public:
  // Stored texts, and the server's own statements: bare names mean every object wherever it lives, so that neither the
  // session's search path nor ALTER EXTENSION SET SCHEMA changes what they say.
  NameScope() = default;
  explicit NameScope(const Catalog* catalog) : catalog_(catalog) {}
  NameScope(const Catalog& catalog, std::span<const Oid> path);

  // `written` empty: along the path. `row_schema`: FunctionDef::schema and the like.
  bool finds(std::string_view written, std::string_view row_schema) const;
  bool visible(std::string_view row_schema) const { return finds({}, row_schema); }
  // The schema to write before a name; empty = none is needed.
  std::string qualifier(std::string_view row_schema) const;
  std::string qualified(std::string_view row_schema, std::string_view name) const;  // quoted
  // Scopes that are equal here give equal answers for names without a schema.
  int visibility() const { return (extension_visible_ ? 1 : 0) | (information_schema_visible_ ? 2 : 0); }
  const Catalog* catalog() const { return catalog_; }

 private:
  const Catalog* catalog_ = nullptr;  // null: rows are where they say
  bool extension_visible_ = true, information_schema_visible_ = true;
};

std::string_view type_schema(TypeId type);  // as the static tables say it
// format_type() with the schema of a type that the scope does not see.
std::string format_type(TypeRef type, const NameScope& names);
inline std::string format_type(TypeId type, const NameScope& names) { return format_type(TypeRef{type, -1}, names); }

}  // namespace vecino::sql
