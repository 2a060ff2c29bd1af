#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "index/api/access_method.h"
#include "sqlfront/types/type.h"
#include "storage/api/table_store.h"

namespace vecino::sql {

// Catalog objects: immutable once published, shared by pointer, replaced as a whole by DDL. Expressions are kept as SQL
// text in PostgreSQL's deparsed spelling (what pg_get_expr prints) and bound again on use.

using AttrNumber = int16_t;  // 1-based; system columns are negative

namespace system_attr {
inline constexpr AttrNumber kCtid = -1, kXmin = -2, kCmin = -3, kXmax = -4, kCmax = -5, kTableoid = -6;
}

struct ColumnDesc {
  std::string name;
  TypeRef type;
  bool not_null = false;
  bool dropped = false;
  std::string default_expr;  // empty = none
  char identity = 0;         // 'a' always, 'd' by default, 0 = none
  char generated = 0;        // 's' stored
  char storage = 0;          // 0 = the type's
  int statistics_target = -1;
  Oid sequence = kInvalidOid;  // owned sequence of identity / serial
  Oid collation = kInvalidOid;  // COLLATE; kInvalidOid = the type's
  std::string access_control;   // attacl text (catalog/access_control.h), empty = none
};

struct CheckConstraintDesc {
  Oid oid;
  std::string name;
  std::string expr;
  bool validated = true, no_inherit = false;
};

struct ForeignKeyDesc {
  Oid oid;
  std::string name;
  std::vector<AttrNumber> columns;
  Oid referenced;
  std::vector<AttrNumber> referenced_columns;
  char on_update = 'a', on_delete = 'a', match = 's';
  bool deferrable = false, initially_deferred = false;
  bool validated = true;
  Oid referenced_index = kInvalidOid;           // the unique index that the referenced columns are the key of
  std::vector<AttrNumber> delete_set_columns;  // ON DELETE SET NULL (columns); empty = all
};

struct IndexColumnDesc {
  AttrNumber attr = 0;       // 0 = expression
  std::string expr;          // set when attr == 0
  TypeRef type;
  Oid opclass = kInvalidOid;
  bool descending = false, nulls_first = false;
};

// Statistics of one column, from ANALYZE (pg_stats). Values are in text form.
struct ColumnStatistics {
  double null_fraction = 0, average_width = 0;
  double distinct = 0;  // > 0 count, < 0 fraction of rows (pg_stats.n_distinct)
  double correlation = 0;
  std::vector<std::string> most_common_values;
  std::vector<double> most_common_freqs;
  std::vector<std::string> histogram_bounds;
};

struct TableStatistics {
  double row_count = -1;  // -1 = never analyzed
  int64_t pages = 0;      // in 8 kB units
  std::map<AttrNumber, ColumnStatistics> columns;
};

struct SequenceDesc {
  TypeId type = type_id::kInt8;
  storage::SequenceOptions options;
  Oid owner_table = kInvalidOid;  // OWNED BY
  AttrNumber owner_column = 0;
  char owner_kind = 'a';          // pg_depend.deptype: 'a' serial, 'i' identity
};

struct IndexDesc {
  Oid table = kInvalidOid;
  std::string access_method;
  std::vector<IndexColumnDesc> columns;
  bool unique = false, primary = false, nulls_not_distinct = false, valid = true, immediate = true;
  Oid constraint = kInvalidOid;        // oid of the PRIMARY KEY / UNIQUE constraint it implements
  std::string predicate;               // partial index; empty = none
  std::vector<std::pair<std::string, std::string>> options;
  std::vector<AttrNumber> include;     // not supported by now; kept for the format
};

struct SystemRelation;  // native producer of a pg_catalog relation (catalog/system_relation.h)

struct RelationDesc {
  Oid oid = kInvalidOid;
  Oid schema = kInvalidOid;
  std::string name;
  char kind = 'r';  // r table, i index, S sequence, v view
  char persistence = 'p';
  Oid owner = 10;
  Oid row_type = kInvalidOid;
  std::vector<ColumnDesc> columns;  // column i is attnum i+1
  storage::TableLayout layout;      // tables, indexes (storage_id only), sequences (storage_id only)
  std::vector<Oid> indexes;         // of a table, in oid order
  std::vector<CheckConstraintDesc> checks;
  std::vector<ForeignKeyDesc> foreign_keys;
  std::vector<std::pair<std::string, std::string>> options;  // WITH (...)
  std::optional<IndexDesc> index;
  std::optional<SequenceDesc> sequence;
  std::string view_sql;  // views: the SELECT
  // Views: the relations (attribute 0) and columns that the SELECT names.
  std::vector<std::pair<Oid, AttrNumber>> references;
  std::string access_control;  // relacl text (catalog/access_control.h), empty = default
  // Set = virtual relation served by a producer, whatever `kind` says (tables and some views of pg_catalog, sequences).
  const SystemRelation* system = nullptr;
  TableStatistics statistics;
  std::map<int, std::string> comments;  // 0 = object, n = column n
  bool is_temporary() const { return persistence == 't'; }
};
using RelationPtr = std::shared_ptr<const RelationDesc>;

struct SchemaDesc {
  Oid oid = kInvalidOid;
  std::string name;
  Oid owner = 10;
  std::string comment, access_control;
};
using SchemaPtr = std::shared_ptr<const SchemaDesc>;

struct DatabaseDesc {
  Oid oid = kInvalidOid;
  std::string name;
  Oid owner = 10;
  bool is_template = false, allow_connections = true;
  int connection_limit = -1;
  std::string comment;
  std::vector<std::string> settings;  // ALTER DATABASE ... SET, "name=value"
  std::string access_control;
};
using DatabasePtr = std::shared_ptr<const DatabaseDesc>;

struct RoleDesc {
  Oid oid = kInvalidOid;
  std::string name;
  bool superuser = false, inherit = true, create_role = false, create_db = false, can_login = false,
       replication = false, bypass_rls = false;
  int connection_limit = -1;
  std::string password, valid_until, comment;
  std::vector<std::string> settings;
  std::map<Oid, bool> member_of;  // role -> WITH ADMIN OPTION
  std::map<Oid, Oid> granted_by;  // role -> who made this one a member; missing = the bootstrap role
};
using RolePtr = std::shared_ptr<const RoleDesc>;

// What ALTER ROLE ... IN DATABASE ... SET and ALTER ROLE ALL SET keep: settings of a role in one database, or (both oids
// zero) of everybody everywhere. Those of a role or a database alone are in its own descriptor.
struct RoleSettingDesc {
  Oid oid = kInvalidOid;
  std::string name;  // key, see role_setting_name()
  Oid database = kInvalidOid, role = kInvalidOid;
  std::vector<std::string> settings;  // "name=value"
};
using RoleSettingPtr = std::shared_ptr<const RoleSettingDesc>;
inline std::string role_setting_name(Oid database, Oid role) { return std::to_string(database) + "/" + std::to_string(role); }

// Privileges on what has no descriptor to keep them: functions, types, languages, system relations, settings, and what
// ALTER DEFAULT PRIVILEGES asked for.
enum class AccessListKind : char {
  kFunction = 'f', kType = 't', kLanguage = 'l', kSystemRelation = 'c', kDefault = 'd', kParameter = 'p'
};
struct AccessListDesc {
  Oid oid = kInvalidOid;
  std::string name;  // key, see access_list_name()
  AccessListKind kind = AccessListKind::kFunction;
  Oid object = kInvalidOid;                            // all but kDefault and kParameter
  Oid role = kInvalidOid, schema = kInvalidOid;        // kDefault
  char object_type = 0;                                // kDefault: pg_default_acl.defaclobjtype
  std::string parameter;                               // kParameter
  std::string access_control;
};
using AccessListPtr = std::shared_ptr<const AccessListDesc>;
// Parameters' lists are shared by all databases.
inline bool is_shared(AccessListKind kind) { return kind == AccessListKind::kParameter; }

struct ExtensionDesc {
  Oid oid = kInvalidOid;
  std::string name, version;
  Oid schema = kInvalidOid, owner = 10;
  bool relocatable = true;
};
using ExtensionPtr = std::shared_ptr<const ExtensionDesc>;

namespace well_known_oid {
inline constexpr Oid kPgCatalog = 11, kPublic = 2200, kInformationSchema = 13000, kPgToast = 99,
                     kBootstrapRole = 10, kPostgresDatabase = 5, kTemplate1 = 1, kTemplate0 = 4,
                     kFirstUserOid = 16384 + 4096;
}

}  // namespace vecino::sql
