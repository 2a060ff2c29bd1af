#include "sqlfront/catalog/catalog.h"

#include <thread>

#include "sqlfront/catalog/codec.h"
#include "sqlfront/sql_error.h"
#include "storage/memory/memory_engine.h"
#include "tests/unit/catch.h"

using namespace vecino;
using namespace vecino::sql;
using storage::Durability;
using storage::IsolationLevel;

namespace {

struct Fixture {
  std::unique_ptr<storage::KvEngine> engine = storage::make_memory_engine();
  std::unique_ptr<storage::TransactionManager> transactions = storage::make_transaction_manager(*engine, 64 << 20);
  std::unique_ptr<storage::TableStore> tables = storage::make_table_store(*engine);
  std::unique_ptr<CatalogManager> catalogs = make_catalog_manager(*engine, *transactions, *tables);
  CancelState cancel;

  std::unique_ptr<storage::Transaction> begin() {
    return transactions->begin(IsolationLevel::kReadCommitted, cancel, 1);
  }
  static void commit(storage::Transaction& txn) { throw_if_error(txn.commit(Durability::kNoSync)); }
};

constexpr Oid kDatabase = well_known_oid::kPostgresDatabase;

std::shared_ptr<RelationDesc> table(CatalogTransaction& catalog, const std::string& name) {
  auto relation = std::make_shared<RelationDesc>();
  relation->oid = catalog.allocate_oid();
  relation->schema = well_known_oid::kPublic;
  relation->name = name;
  ColumnDesc column;
  column.name = "id";
  column.type = {type_id::kInt4, -1};
  column.not_null = true;
  column.default_expr = "1 + 2";
  relation->columns.push_back(column);
  storage::ColumnLayout layout;
  layout.kind = PhysicalKind::kBytes;
  layout.has_missing = true;
  layout.missing_bytes = std::make_shared<const std::string>("abc");
  layout.missing = Datum::from_bytes(*layout.missing_bytes);
  relation->layout.columns.push_back(layout);
  relation->comments[1] = "key";
  relation->statistics.row_count = 12.5;
  relation->statistics.columns[1].histogram_bounds = {"a", "b"};
  return relation;
}

std::shared_ptr<RelationDesc> index_on(CatalogTransaction& catalog, Oid table_oid, const std::string& name) {
  auto relation = std::make_shared<RelationDesc>();
  relation->oid = catalog.allocate_oid();
  relation->schema = well_known_oid::kPublic;
  relation->name = name;
  relation->kind = 'i';
  relation->index.emplace();
  relation->index->table = table_oid;
  relation->index->access_method = "btree";
  return relation;
}

}  // namespace

TEST_CASE("a new data directory has the initial objects") {
  Fixture f;
  auto catalog = f.catalogs->committed(kDatabase);
  REQUIRE(f.catalogs->find_database("postgres")->oid == kDatabase);
  REQUIRE(f.catalogs->find_database("template0")->allow_connections == false);
  REQUIRE(f.catalogs->find_role("postgres")->superuser);
  REQUIRE(catalog->find_schema("public")->oid == well_known_oid::kPublic);
  REQUIRE(catalog->find_relation(1259)->name == "pg_class");
  REQUIRE(catalog->find_relation(well_known_oid::kPgCatalog, "pg_attribute")->columns.size() == 26);
}

TEST_CASE("descriptors survive encoding") {
  Fixture f;
  auto txn = f.begin();
  auto catalog = f.catalogs->begin(kDatabase, *txn);
  auto relation = table(*catalog, "t");
  relation->sequence.emplace();
  relation->sequence->options.min = INT64_MIN;
  relation->options = {{"fillfactor", "70"}};
  auto decoded = decode_relation(encode(*relation));
  REQUIRE(decoded);
  REQUIRE(encode(*decoded) == encode(*relation));
  REQUIRE(decoded->layout.columns[0].missing.bytes() == "abc");
  REQUIRE(decoded->statistics.columns.at(1).histogram_bounds[1] == "b");
  std::string bytes = encode(*relation);
  for (size_t cut = 0; cut < bytes.size(); ++cut) REQUIRE_FALSE(decode_relation(bytes.substr(0, cut)));
}

TEST_CASE("changes are visible to the transaction at once and to others at commit") {
  Fixture f;
  auto txn = f.begin();
  auto catalog = f.catalogs->begin(kDatabase, *txn);
  uint64_t before = catalog->version();
  auto relation = table(*catalog, "t");
  Oid oid = relation->oid;
  catalog->put_relation(relation);
  REQUIRE(catalog->version() != before);
  REQUIRE(catalog->find_relation(well_known_oid::kPublic, "t")->oid == oid);
  REQUIRE_FALSE(f.catalogs->committed(kDatabase)->find_relation(oid));
  f.commit(*txn);
  REQUIRE(f.catalogs->committed(kDatabase)->find_relation(well_known_oid::kPublic, "t")->oid == oid);

  SECTION("and they are read back from the engine") {
    auto again = make_catalog_manager(*f.engine, *f.transactions, *f.tables);
    REQUIRE(again->committed(kDatabase)->find_relation(oid)->columns[0].default_expr == "1 + 2");
    auto other = f.begin();
    REQUIRE(again->begin(kDatabase, *other)->allocate_oid() > oid);
  }
}

TEST_CASE("rollback to a savepoint undoes catalog changes") {
  Fixture f;
  auto txn = f.begin();
  auto catalog = f.catalogs->begin(kDatabase, *txn);
  auto first = table(*catalog, "a");
  catalog->put_relation(first);
  auto savepoint = txn->savepoint();
  catalog->put_relation(table(*catalog, "b"));
  catalog->drop_relation(first->oid);
  REQUIRE_FALSE(catalog->find_relation(well_known_oid::kPublic, "a"));
  txn->rollback_to(savepoint);
  REQUIRE(catalog->find_relation(well_known_oid::kPublic, "a"));
  REQUIRE_FALSE(catalog->find_relation(well_known_oid::kPublic, "b"));
  catalog->put_relation(table(*catalog, "c"));
  f.commit(*txn);
  auto committed = f.catalogs->committed(kDatabase);
  REQUIRE(committed->find_relation(well_known_oid::kPublic, "a"));
  REQUIRE(committed->find_relation(well_known_oid::kPublic, "c"));
  REQUIRE_FALSE(committed->find_relation(well_known_oid::kPublic, "b"));
}

TEST_CASE("two transactions may add indexes to one table") {
  Fixture f;
  Oid table_oid;
  {
    auto txn = f.begin();
    auto catalog = f.catalogs->begin(kDatabase, *txn);
    auto relation = table(*catalog, "t");
    table_oid = relation->oid;
    catalog->put_relation(relation);
    f.commit(*txn);
  }
  auto one = f.begin(), two = f.begin();
  auto catalog_one = f.catalogs->begin(kDatabase, *one), catalog_two = f.catalogs->begin(kDatabase, *two);
  catalog_one->put_relation(index_on(*catalog_one, table_oid, "i1"));
  catalog_two->put_relation(index_on(*catalog_two, table_oid, "i2"));
  REQUIRE(catalog_two->find_relation(table_oid)->indexes.size() == 1);
  f.commit(*one);
  catalog_two->refresh();
  REQUIRE(catalog_two->find_relation(table_oid)->indexes.size() == 2);
  f.commit(*two);
  REQUIRE(f.catalogs->committed(kDatabase)->find_relation(table_oid)->indexes.size() == 2);
}

TEST_CASE("a name is unique even between concurrent transactions") {
  Fixture f;
  auto one = f.begin();
  auto catalog_one = f.catalogs->begin(kDatabase, *one);
  catalog_one->put_relation(table(*catalog_one, "t"));
  std::string code;
  std::thread other([&] {
    CancelState cancel;
    auto two = f.transactions->begin(IsolationLevel::kReadCommitted, cancel, 2);
    auto catalog_two = f.catalogs->begin(kDatabase, *two);
    try {
      catalog_two->put_relation(table(*catalog_two, "t"));
    } catch (const SqlError& error) {
      code = error.info().code.view();
    }
    two->rollback();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  f.commit(*one);
  other.join();
  REQUIRE(code == "42P07");
}

TEST_CASE("committed() never shows an older catalog than a finished commit") {
  Fixture f;
  std::atomic<bool> stop = false;
  std::atomic<Oid> newest = 0;
  std::thread reader([&] {
    while (!stop) {
      Oid expected = newest;
      auto catalog = f.catalogs->committed(kDatabase);
      if (expected != 0 && !catalog->find_relation(expected)) FAIL("commit is not visible");
    }
  });
  for (int i = 0; i < 200; ++i) {
    auto txn = f.begin();
    auto catalog = f.catalogs->begin(kDatabase, *txn);
    auto relation = table(*catalog, "t" + std::to_string(i));
    Oid oid = relation->oid;
    catalog->put_relation(relation);
    f.commit(*txn);
    newest = oid;
  }
  stop = true;
  reader.join();
}

TEST_CASE("search_path") {
  REQUIRE(split_search_path("\"$user\", public") == std::vector<std::string>{"$user", "public"});
  REQUIRE(split_search_path("a, \"B\"\"c\",D") == std::vector<std::string>{"a", "B\"c", "d"});
  REQUIRE(split_search_path("").empty());
  Fixture f;
  auto catalog = f.catalogs->committed(kDatabase);
  auto path = resolve_search_path(*catalog, "\"$user\", public", "postgres");
  REQUIRE(path == std::vector<Oid>{well_known_oid::kPgCatalog, well_known_oid::kPublic});
  REQUIRE(creation_schema(*catalog, path) == well_known_oid::kPublic);
  REQUIRE(lookup_relation(*catalog, path, "", "pg_class")->oid == 1259);
  REQUIRE_FALSE(lookup_relation(*catalog, path, "nope", "pg_class"));
  REQUIRE_THROWS_AS(creation_schema(*catalog, resolve_search_path(*catalog, "", "postgres")), SqlError);
}
