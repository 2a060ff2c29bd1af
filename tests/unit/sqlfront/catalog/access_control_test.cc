#include "sqlfront/catalog/access_control.h"

#include "sqlfront/catalog/bootstrap.h"
#include "sqlfront/catalog/codec.h"
#include "sqlfront/catalog/privileges.h"
#include "sqlfront/sql_error.h"
#include "storage/memory/memory_engine.h"
#include "tests/unit/catch.h"

using namespace vecino;
using namespace vecino::sql;

namespace {

constexpr Oid kOwner = 100, kAnn = 101, kBen = 102, kCas = 103;

Acl owned() { return default_acl(AclObject::kTable, kOwner); }

}  // namespace

TEST_CASE("access lists come back as they were stored") {
  for (const char* text : {"{}", "{10=arwdDxt/10}", "{10=arwdDxt/10,=r/10,16400=a*r*w/10,16401=r/16400}"}) {
    CHECK(format_acl(parse_acl(text)) == text);
  }
  CHECK(parse_acl("{=U/10}")[0].grantee == acl::kPublic);
  CHECK(acl_of("", AclObject::kFunction, kOwner).size() == 2);
  CHECK(acl_of("{}", AclObject::kFunction, kOwner).empty());
}

TEST_CASE("names of older directories become oids") {
  CHECK(is_named_acl("{postgres=UC/postgres,=U/postgres}"));
  CHECK(is_named_acl("{\"17\"=r/postgres}"));
  CHECK_FALSE(is_named_acl("{10=UC/10,=U/10}"));
  CHECK_FALSE(is_named_acl("{}"));
  auto oid_of = [](std::string_view name) -> Oid {
    return name == "postgres" ? 10 : name == "a \"b\"" ? 16400 : kInvalidOid;
  };
  CHECK(upgrade_acl("{postgres=UC/postgres,=U/postgres,\"a \"\"b\"\"\"=U*/postgres,gone=U/postgres}", oid_of) ==
        "{10=UC/10,=U/10,16400=U*/10}");
}

TEST_CASE("revoking a grant option reaches what was granted with it") {
  Acl items = owned();
  acl_grant(items, kAnn, kOwner, acl::kSelect | acl::kInsert, acl::kSelect);
  acl_grant(items, kBen, kAnn, acl::kSelect, acl::kSelect);
  acl_grant(items, kCas, kBen, acl::kSelect, 0);
  Acl restricted = items;
  CHECK_FALSE(acl_revoke(restricted, kOwner, kAnn, kOwner, acl::kSelect, acl::kSelect, RevokeCascade::kRestrict));
  CHECK(acl_revoke(items, kOwner, kAnn, kOwner, acl::kSelect, acl::kSelect, RevokeCascade::kCascade));
  CHECK(format_acl(items) == "{100=arwdDxt/100,101=a/100}");
}

TEST_CASE("a grant option held from two keeps what depends on it") {
  Acl items = owned();
  acl_grant(items, kAnn, kOwner, acl::kSelect, acl::kSelect);
  acl_grant(items, kBen, kOwner, acl::kSelect, acl::kSelect);
  acl_grant(items, kBen, kAnn, acl::kSelect, acl::kSelect);
  acl_grant(items, kCas, kBen, acl::kSelect, 0);
  CHECK(acl_revoke(items, kOwner, kBen, kAnn, acl::kSelect, acl::kSelect, RevokeCascade::kRestrict));
  CHECK(parse_acl(format_acl(items)).size() == 4);
}

TEST_CASE("grant options cannot go round in a circle") {
  Acl items = owned();
  acl_grant(items, kAnn, kOwner, acl::kSelect, acl::kSelect);
  acl_grant(items, kBen, kAnn, acl::kSelect, acl::kSelect);
  CHECK(acl_grant_is_circular(items, kOwner, {kAnn, kBen, acl::kSelect, acl::kSelect}));
  CHECK_FALSE(acl_grant_is_circular(items, kOwner, {kCas, kBen, acl::kSelect, acl::kSelect}));
}

TEST_CASE("a new owner takes over the old one's items") {
  Acl items = owned();
  acl_grant(items, kAnn, kOwner, acl::kSelect, 0);
  acl_change_owner(items, kOwner, kAnn);
  CHECK(format_acl(items) == "{101=arwdDxt/101}");
}

TEST_CASE("malformed access items are told apart") {
  AclItemText parts;
  CHECK(split_acl_item("a=r/b", parts));
  CHECK((parts.grantee == "a" && parts.letters == "r" && parts.grantor == "b"));
  CHECK(split_acl_item("\"x=y\"=r/\"p/q\"", parts));
  CHECK((parts.grantee == "x=y" && parts.grantor == "p/q"));
  CHECK_FALSE(split_acl_item("a", parts));
  CHECK_FALSE(split_acl_item("a=r/", parts));
  AclMode options;
  CHECK(privileges_of_letters("r*w", &options) == (acl::kSelect | acl::kUpdate));
  CHECK(options == acl::kSelect);
  CHECK(privileges_of_letters("q", &options) == 0);
  for (const char* text : {"{", "}", "{=", "{=/", "{\"", "{a=r/b,", "", "{=r/10"}) (void)parse_acl(text);
}

TEST_CASE("a directory with names in its lists opens, and memberships decide") {
  auto engine = storage::make_memory_engine();
  auto transactions = storage::make_transaction_manager(*engine, 64 << 20);
  auto tables = storage::make_table_store(*engine);
  write_initial_catalog(*engine);
  auto batch = engine->new_batch();
  auto add_role = [&](Oid oid, const char* name, bool inherit, Oid group) {
    RoleDesc role;
    role.oid = oid;
    role.name = name;
    role.inherit = inherit;
    if (group) role.member_of[group] = false;
    batch->put(storage::Family::kMeta, catalog_key(0, ObjectKind::kRole, oid), encode(role));
  };
  add_role(30000, "group", true, kInvalidOid);
  add_role(30001, "heir", true, 30000);
  add_role(30002, "stranger", false, 30000);
  SchemaDesc schema;
  schema.oid = 30003;
  schema.name = "s";
  schema.access_control = "{postgres=UC/postgres,group=U/postgres}";
  const Oid database = well_known_oid::kPostgresDatabase;
  batch->put(storage::Family::kMeta, catalog_key(database, ObjectKind::kSchema, schema.oid), encode(schema));
  throw_if_error(engine->write(*batch, storage::Durability::kNoSync));

  auto catalogs = make_catalog_manager(*engine, *transactions, *tables);
  auto catalog = catalogs->committed(database);
  SchemaPtr found = catalog->find_schema("s");
  CHECK(found->access_control == "{10=UC/10,30000=U/10}");
  CHECK(Privileges(*catalog, 30000).on_schema(*found) == acl::kUsage);
  CHECK(Privileges(*catalog, 30001).on_schema(*found) == acl::kUsage);
  CHECK(Privileges(*catalog, 30002).on_schema(*found) == 0);
  CHECK(Privileges(*catalog, 10).on_schema(*found) == ~AclMode{0});
  CHECK(is_member(*catalog, 30002, 30000));
  CHECK_FALSE(is_admin_of(*catalog, 30001, 30000));
  CHECK(Privileges(*catalog, 10).acts_as(30002));
  // The owner of the database is pg_database_owner.
  CHECK_FALSE(Privileges(*catalog, 30001).acts_as(role_oid::kDatabaseOwner));
  CHECK(is_member(*catalog, role_oid::kMonitor, role_oid::kReadAllStats));
}
