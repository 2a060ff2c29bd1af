#include <algorithm>
#include <optional>

#include "sqlfront/catalog/privileges.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {

std::vector<std::string> split_search_path(std::string_view setting) {
  std::vector<std::string> names;
  size_t i = 0;
  auto skip_blanks = [&] {
    while (i < setting.size() && (setting[i] == ' ' || setting[i] == '\t' || setting[i] == '\n')) ++i;
  };
  for (;;) {
    skip_blanks();
    if (i >= setting.size()) return names;
    std::string name;
    bool quoted = setting[i] == '"';
    if (quoted) {
      for (++i; i < setting.size(); ++i) {
        if (setting[i] == '"') {
          if (i + 1 >= setting.size() || setting[i + 1] != '"') break;
          ++i;
        }
        name.push_back(setting[i]);
      }
      if (i < setting.size()) ++i;
    } else {
      while (i < setting.size() && setting[i] != ',' && setting[i] != ' ') {
        char c = setting[i++];
        name.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
      }
    }
    if (quoted || !name.empty()) names.push_back(std::move(name));
    skip_blanks();
    if (i < setting.size() && setting[i] == ',') ++i;
  }
}

Oid temporary_schema(const Catalog& catalog, int32_t session_pid) {
  if (session_pid == 0) return kInvalidOid;
  SchemaPtr schema = catalog.find_schema("pg_temp_" + std::to_string(session_pid));
  return schema ? schema->oid : kInvalidOid;
}

std::vector<Oid> resolve_search_path(const Catalog& catalog, std::string_view setting, std::string_view user,
                                     int32_t session_pid) {
  std::vector<Oid> path;
  const Oid temporary = temporary_schema(catalog, session_pid);
  RolePtr role = user.empty() ? nullptr : catalog.find_role(user);
  std::optional<Privileges> privileges;
  if (role) privileges.emplace(catalog, role->oid);
  auto add = [&](Oid schema) {
    if (schema != kInvalidOid && std::find(path.begin(), path.end(), schema) == path.end()) path.push_back(schema);
  };
  for (const std::string& name : split_search_path(setting)) {
    if (name == "pg_temp") {
      add(temporary);
    } else if (SchemaPtr schema = catalog.find_schema(name == "$user" ? user : std::string_view(name))) {
      if (!privileges || (privileges->on_schema(*schema) & acl::kUsage)) add(schema->oid);
    }
  }
  auto missing = [&](Oid schema) { return std::find(path.begin(), path.end(), schema) == path.end(); };
  if (missing(well_known_oid::kPgCatalog)) path.insert(path.begin(), well_known_oid::kPgCatalog);
  if (temporary != kInvalidOid && missing(temporary)) path.insert(path.begin(), temporary);
  return path;
}

namespace {

bool is_temporary_schema(const Catalog& catalog, Oid oid) {
  SchemaPtr schema = catalog.find_schema(oid);
  return schema && schema->name.starts_with("pg_temp_");
}

}  // namespace

RelationPtr lookup_relation(const Catalog& catalog, std::span<const Oid> path, std::string_view schema,
                            std::string_view name) {
  if (schema.empty()) {
    for (Oid oid : path) {
      if (RelationPtr found = catalog.find_relation(oid, name)) return found;
    }
    return nullptr;
  }
  if (schema == "pg_temp") {
    for (Oid oid : path) {
      if (is_temporary_schema(catalog, oid)) return catalog.find_relation(oid, name);
    }
    return nullptr;
  }
  SchemaPtr found = catalog.find_schema(schema);
  return found ? catalog.find_relation(found->oid, name) : nullptr;
}

Oid creation_schema(const Catalog& catalog, std::span<const Oid> path) {
  // pg_catalog and the temporary schema are in the path by themselves, in front; an explicit mention cannot be told
  // apart and is never meant for CREATE without TEMP.
  for (Oid oid : path) {
    if (oid != well_known_oid::kPgCatalog && !is_temporary_schema(catalog, oid)) return oid;
  }
  throw SqlError(sqlstate::kInvalidSchemaName, "no schema has been selected to create in");
}

}  // namespace vecino::sql
