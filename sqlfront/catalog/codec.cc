#include "sqlfront/catalog/codec.h"

#include <bit>
#include <cstring>
#include <type_traits>

#include "sqlfront/catalog/system_relation.h"

namespace vecino::sql {
namespace {

constexpr std::string_view kPrefix = "catalog/";
// 2: column collations, more about foreign keys. 3: privileges on columns, who granted memberships.
constexpr uint8_t kFormat = 3;

void append_be32(std::string& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

uint32_t read_be32(std::string_view bytes) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

// One description of each object's fields serves both directions: Archive is Writer or Reader.
class Writer {
 public:
  static constexpr bool kReading = false;
  static constexpr uint8_t format() { return kFormat; }
  std::string out;

  template <typename T>
    requires std::is_arithmetic_v<T>
  void field(const T& value) {
    if constexpr (std::is_same_v<T, double>) {
      put64(std::bit_cast<uint64_t>(value));
    } else if constexpr (sizeof(T) == 1) {
      out.push_back(static_cast<char>(value));
    } else {
      put64(static_cast<uint64_t>(static_cast<int64_t>(value)));
    }
  }
  void field(const std::string& value) {
    size(value.size());
    out += value;
  }
  size_t size(size_t value) {
    put_varint(value);
    return value;
  }

 private:
  void put64(uint64_t value) {  // zigzag varint: most numbers are small
    put_varint(value << 1 ^ static_cast<uint64_t>(static_cast<int64_t>(value) >> 63));
  }
  void put_varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
    out.push_back(static_cast<char>(value));
  }
};

class Reader {
 public:
  static constexpr bool kReading = true;
  Reader(std::string_view bytes, uint8_t format) : in_(bytes), format_(format) {}
  uint8_t format() const { return format_; }
  bool ok() const { return ok_ && in_.empty(); }

  template <typename T>
    requires std::is_arithmetic_v<T>
  void field(T& value) {
    if constexpr (std::is_same_v<T, double>) {
      value = std::bit_cast<double>(get64());
    } else if constexpr (sizeof(T) == 1) {
      value = static_cast<T>(byte());
    } else {
      value = static_cast<T>(static_cast<int64_t>(get64()));
    }
  }
  void field(std::string& value) {
    size_t length = size(0);
    value.assign(in_.substr(0, length));
    in_.remove_prefix(length);
  }
  // A count or length; never more than what is left, so that damaged bytes cannot ask for much memory.
  size_t size(size_t) {
    uint64_t value = get_varint();
    if (value > in_.size()) ok_ = false;
    return ok_ ? value : 0;
  }

 private:
  uint8_t byte() {
    if (in_.empty()) {
      ok_ = false;
      return 0;
    }
    uint8_t value = static_cast<uint8_t>(in_.front());
    in_.remove_prefix(1);
    return value;
  }
  uint64_t get64() {
    uint64_t raw = get_varint();
    return raw >> 1 ^ (~(raw & 1) + 1);
  }
  uint64_t get_varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      uint8_t b = byte();
      value |= uint64_t{b & 0x7Fu} << shift;
      if (b < 0x80) return value;
    }
    ok_ = false;
    return 0;
  }
  std::string_view in_;
  uint8_t format_;
  bool ok_ = true;
};

template <typename T>
using Fields = std::remove_const_t<T>;
template <typename T>
inline constexpr bool kIsVector = false;
template <typename T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <typename T>
inline constexpr bool kIsMap = false;
template <typename K, typename V>
inline constexpr bool kIsMap<std::map<K, V>> = true;
template <typename T>
inline constexpr bool kIsOptional = false;
template <typename T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <typename A, typename T>
  requires std::is_arithmetic_v<std::remove_const_t<T>>
void serialize(A& archive, T& value) {
  archive.field(value);
}
template <typename A>
void serialize(A& archive, std::string& value) {
  archive.field(value);
}
template <typename A>
void serialize(A& archive, const std::string& value) {
  archive.field(value);
}

// `T` is const when writing. Each overload names the fields in stored order; what a later format added is read only from
// objects of that format on.
template <typename A, typename T, typename... Rest>
void all(A& archive, T& first, Rest&... rest) {
  serialize(archive, first);
  if constexpr (sizeof...(rest) > 0) all(archive, rest...);
}

template <typename A, typename T>
  requires std::is_same_v<Fields<T>, TypeRef>
void serialize(A& a, T& v) { all(a, v.id, v.typmod); }

template <typename A, typename First, typename Second>
void serialize_pair(A& a, First& first, Second& second) { all(a, first, second); }

template <typename A, typename T>
  requires kIsVector<Fields<T>>
void serialize(A& a, T& v) {
  size_t count = a.size(v.size());
  if constexpr (A::kReading) v.resize(count);
  for (auto& element : v) {
    if constexpr (requires { element.first; }) {
      serialize_pair(a, element.first, element.second);
    } else {
      serialize(a, element);
    }
  }
}
template <typename A, typename T>
  requires kIsMap<Fields<T>>
void serialize(A& a, T& v) {
  size_t count = a.size(v.size());
  if constexpr (A::kReading) {
    for (size_t i = 0; i < count; ++i) {
      typename T::key_type key{};
      serialize(a, key);
      serialize(a, v[key]);
    }
  } else {
    for (auto& [key, value] : v) all(a, key, value);
  }
}
template <typename A, typename T>
  requires kIsOptional<Fields<T>>
void serialize(A& a, T& v) {
  bool present = v.has_value();
  serialize(a, present);
  if constexpr (A::kReading) {
    if (present) v.emplace();
  }
  if (present) serialize(a, *v);
}

template <typename A, typename T>
  requires std::is_same_v<Fields<T>, ColumnDesc>
void serialize(A& a, T& v) {
  all(a, v.name, v.type, v.not_null, v.dropped, v.default_expr, v.identity, v.generated, v.storage,
      v.statistics_target, v.sequence);
  if (a.format() >= 2) all(a, v.collation);
  if (a.format() >= 3) all(a, v.access_control);
}
template <typename A, typename T>
  requires std::is_same_v<Fields<T>, CheckConstraintDesc>
void serialize(A& a, T& v) { all(a, v.oid, v.name, v.expr, v.validated, v.no_inherit); }

template <typename A, typename T>
  requires std::is_same_v<Fields<T>, ForeignKeyDesc>
void serialize(A& a, T& v) {
  all(a, v.oid, v.name, v.columns, v.referenced, v.referenced_columns, v.on_update, v.on_delete, v.match,
      v.deferrable, v.initially_deferred);
  if (a.format() >= 2) all(a, v.validated, v.referenced_index, v.delete_set_columns);
}
template <typename A, typename T>
  requires std::is_same_v<Fields<T>, IndexColumnDesc>
void serialize(A& a, T& v) { all(a, v.attr, v.expr, v.type, v.opclass, v.descending, v.nulls_first); }

template <typename A, typename T>
  requires std::is_same_v<Fields<T>, ColumnStatistics>
void serialize(A& a, T& v) {
  all(a, v.null_fraction, v.average_width, v.distinct, v.correlation, v.most_common_values, v.most_common_freqs,
      v.histogram_bounds);
}
template <typename A, typename T>
  requires std::is_same_v<Fields<T>, TableStatistics>
void serialize(A& a, T& v) { all(a, v.row_count, v.pages, v.columns); }

template <typename A, typename T>
  requires std::is_same_v<Fields<T>, storage::SequenceOptions>
void serialize(A& a, T& v) { all(a, v.start, v.increment, v.min, v.max, v.cache, v.cycle); }

template <typename A, typename T>
  requires std::is_same_v<Fields<T>, SequenceDesc>
void serialize(A& a, T& v) { all(a, v.type, v.options, v.owner_table, v.owner_column, v.owner_kind); }

template <typename A, typename T>
  requires std::is_same_v<Fields<T>, IndexDesc>
void serialize(A& a, T& v) {
  all(a, v.table, v.access_method, v.columns, v.unique, v.primary, v.nulls_not_distinct, v.valid, v.immediate,
      v.constraint, v.predicate, v.options, v.include);
}
template <typename A, typename T>
  requires std::is_same_v<Fields<T>, storage::ColumnLayout>
void serialize(A& a, T& v) {
  uint8_t kind = static_cast<uint8_t>(v.kind);
  bool null = v.missing.is_null;
  int64_t number = v.kind == PhysicalKind::kBytes ? 0 : v.missing.i64;
  std::string bytes = v.missing_bytes ? *v.missing_bytes : std::string();
  all(a, kind, v.large, v.dropped, v.has_missing, null, number, bytes);
  if constexpr (A::kReading) {
    v.kind = static_cast<PhysicalKind>(kind);
    if (!v.has_missing || null) return;
    if (v.kind == PhysicalKind::kBytes) {
      v.missing_bytes = std::make_shared<const std::string>(std::move(bytes));
      v.missing = Datum::from_bytes(*v.missing_bytes);
    } else {
      v.missing = Datum::from_int(number);  // the same eight bytes for kFloat
    }
  }
}
template <typename A, typename T>
  requires std::is_same_v<Fields<T>, storage::TableLayout>
void serialize(A& a, T& v) { all(a, v.storage_id, v.columns); }

template <typename A, typename T>
  requires std::is_same_v<Fields<T>, RelationDesc>
void serialize(A& a, T& v) {
  all(a, v.oid, v.schema, v.name, v.kind, v.persistence, v.owner, v.row_type, v.columns, v.layout, v.checks,
      v.foreign_keys, v.options, v.index, v.sequence, v.view_sql, v.access_control, v.statistics, v.comments,
      v.references);
}
template <typename A, typename T>
  requires std::is_same_v<Fields<T>, SchemaDesc>
void serialize(A& a, T& v) { all(a, v.oid, v.name, v.owner, v.comment, v.access_control); }

template <typename A, typename T>
  requires std::is_same_v<Fields<T>, DatabaseDesc>
void serialize(A& a, T& v) {
  all(a, v.oid, v.name, v.owner, v.is_template, v.allow_connections, v.connection_limit, v.comment, v.settings,
      v.access_control);
}
template <typename A, typename T>
  requires std::is_same_v<Fields<T>, RoleDesc>
void serialize(A& a, T& v) {
  all(a, v.oid, v.name, v.superuser, v.inherit, v.create_role, v.create_db, v.can_login, v.replication,
      v.bypass_rls, v.connection_limit, v.password, v.valid_until, v.comment, v.settings, v.member_of);
  if (a.format() >= 3) all(a, v.granted_by);
}
template <typename A, typename T>
  requires std::is_same_v<Fields<T>, AccessListDesc>
void serialize(A& a, T& v) {
  char kind = static_cast<char>(v.kind);
  all(a, v.oid, v.name, kind, v.object, v.role, v.schema, v.object_type, v.parameter, v.access_control);
  if constexpr (A::kReading) v.kind = static_cast<AccessListKind>(kind);
}
template <typename A, typename T>
  requires std::is_same_v<Fields<T>, RoleSettingDesc>
void serialize(A& a, T& v) { all(a, v.oid, v.name, v.database, v.role, v.settings); }

template <typename A, typename T>
  requires std::is_same_v<Fields<T>, ExtensionDesc>
void serialize(A& a, T& v) { all(a, v.oid, v.name, v.version, v.schema, v.owner, v.relocatable); }

template <typename T>
std::string encode_object(const T& object) {
  Writer writer;
  writer.out.push_back(static_cast<char>(kFormat));
  serialize(writer, object);
  return std::move(writer.out);
}

template <typename T>
std::shared_ptr<T> decode_object(std::string_view bytes) {
  uint8_t format = bytes.empty() ? 0 : static_cast<uint8_t>(bytes[0]);
  if (format == 0 || format > kFormat) return nullptr;
  Reader reader(bytes.substr(1), format);
  auto object = std::make_shared<T>();
  serialize(reader, *object);
  return reader.ok() ? object : nullptr;
}

}  // namespace

std::string catalog_prefix() { return std::string(kPrefix); }

std::string catalog_prefix(Oid database) {
  std::string key(kPrefix);
  append_be32(key, database);
  return key;
}

std::string catalog_key(Oid database, ObjectKind kind, Oid oid) {
  std::string key = catalog_prefix(database);
  key.push_back(static_cast<char>(kind));
  append_be32(key, oid);
  return key;
}

bool parse_catalog_key(std::string_view key, CatalogKey& out) {
  if (key.size() != kPrefix.size() + 9 || !key.starts_with(kPrefix)) return false;
  key.remove_prefix(kPrefix.size());
  out = {read_be32(key), static_cast<ObjectKind>(key[4]), read_be32(key.substr(5))};
  return true;
}

std::string encode(const RelationDesc& relation) { return encode_object(relation); }
std::string encode(const SchemaDesc& schema) { return encode_object(schema); }
std::string encode(const RoleDesc& role) { return encode_object(role); }
std::string encode(const DatabaseDesc& database) { return encode_object(database); }
std::string encode(const ExtensionDesc& extension) { return encode_object(extension); }
std::string encode(const AccessListDesc& list) { return encode_object(list); }
std::string encode(const RoleSettingDesc& setting) { return encode_object(setting); }

std::shared_ptr<RelationDesc> decode_relation(std::string_view bytes) {
  auto relation = decode_object<RelationDesc>(bytes);
  if (relation && relation->sequence) relation->system = &kSequenceRelation;
  return relation;
}
std::shared_ptr<SchemaDesc> decode_schema(std::string_view bytes) { return decode_object<SchemaDesc>(bytes); }
std::shared_ptr<RoleDesc> decode_role(std::string_view bytes) { return decode_object<RoleDesc>(bytes); }
std::shared_ptr<DatabaseDesc> decode_database(std::string_view bytes) { return decode_object<DatabaseDesc>(bytes); }
std::shared_ptr<ExtensionDesc> decode_extension(std::string_view bytes) { return decode_object<ExtensionDesc>(bytes); }
std::shared_ptr<AccessListDesc> decode_access_list(std::string_view bytes) {
  return decode_object<AccessListDesc>(bytes);
}
std::shared_ptr<RoleSettingDesc> decode_role_setting(std::string_view bytes) {
  return decode_object<RoleSettingDesc>(bytes);
}

}  // namespace vecino::sql
