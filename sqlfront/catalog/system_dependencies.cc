#include "index/api/access_method.h"
#include "sqlfront/catalog/constraint_comments.h"
#include "sqlfront/catalog/stored_expression.h"
#include "sqlfront/catalog/name_scope.h"
#include "sqlfront/catalog/privileges.h"
#include "sqlfront/catalog/system_producers.h"
#include "sqlfront/catalog/system_rows.h"
#include "sqlfront/functions/function.h"

namespace vecino::sql {
namespace {

constexpr std::string_view kVectorComment = "vector data type and ivfflat and hnsw access methods";

struct BuiltinComment {
  Oid class_id, object;
  std::string_view text;
};
constexpr BuiltinComment kBuiltinComments[] = {
    {catalog_oid::kLanguage, 12, "built-in functions"},
    {catalog_oid::kLanguage, 13, "dynamically-loaded C functions"},
    {catalog_oid::kLanguage, 14, "SQL-language functions"},
    {catalog_oid::kAm, 2, "heap table access method"},
    {catalog_oid::kAm, 403, "b-tree index access method"},
    {catalog_oid::kCollation, 100, "database's default collation"},
    {catalog_oid::kCollation, 950, "standard C collation"},
    {catalog_oid::kCollation, 951, "standard POSIX collation"},
};

class Dependencies {
 public:
  Dependencies(CallContext& context, const Catalog& catalog, SystemRowSink& sink)
      : catalog_(catalog), rows_(context, catalog, sink, catalog_oid::kDepend) {}

  void add(Oid class_id, Oid object, int sub, Oid ref_class, Oid ref_object, int ref_sub, char type) {
    rows_.oid(class_id).oid(object).number(sub).oid(ref_class).oid(ref_object).number(ref_sub).character(type).emit();
  }

  void relation(const RelationDesc& r) {
    using namespace catalog_oid;
    if (r.index) return index(r);
    add(kClass, r.oid, 0, kNamespace, r.schema, 0, 'n');
    if (r.row_type != kInvalidOid) add(kType, r.row_type, 0, kClass, r.oid, 0, 'i');
    if (r.sequence && r.sequence->owner_table != kInvalidOid) {
      add(kClass, r.oid, 0, kClass, r.sequence->owner_table, r.sequence->owner_column, r.sequence->owner_kind);
    }
    for (size_t i = 0; i < r.columns.size(); ++i) column(r, static_cast<int>(i + 1), r.columns[i]);
    for (const CheckConstraintDesc& check : r.checks) add(kConstraint, check.oid, 0, kClass, r.oid, 0, 'a');
    for (const ForeignKeyDesc& key : r.foreign_keys) {
      for (AttrNumber attr : key.columns) add(kConstraint, key.oid, 0, kClass, r.oid, attr, 'a');
      for (AttrNumber attr : key.referenced_columns) add(kConstraint, key.oid, 0, kClass, key.referenced, attr, 'n');
      add(kConstraint, key.oid, 0, kClass, key.referenced_index, 0, 'n');
    }
    if (r.kind == 'v') {
      add(kRewrite, rewrite_oid(r.oid), 0, kClass, r.oid, 0, 'i');
      for (const auto& [relation, attr] : r.references) {
        add(kRewrite, rewrite_oid(r.oid), 0, kClass, relation, attr, 'n');
      }
    }
  }

  void extension(const ExtensionDesc& e) {
    using namespace catalog_oid;
    add(kExtension, e.oid, 0, kNamespace, e.schema, 0, 'n');
    if (e.name != "vector") return;
    auto member = [&](Oid class_id, Oid object) { add(class_id, object, 0, kExtension, e.oid, 0, 'e'); };
    for (const TypeInfo& type : all_types()) {
      if (is_extension_object(type.id)) member(kType, type.id);
    }
    for (const FunctionDef* f : all_functions()) {
      if (f->schema == kExtensionSchema) member(kProc, f->oid);
    }
    for (const OperatorDef* op : all_operators()) {
      if (op->schema == kExtensionSchema) member(kOperator, op->oid);
    }
    for (const OpclassDef& c : all_opclasses()) {
      if (c.schema != kExtensionSchema || access_method_oid(c.access_method) == kInvalidOid) continue;
      member(kOpclass, c.oid);
      member(kOpfamily, c.family);
    }
    Oid cast = kExtensionCasts;
    for (const CastDef* row : all_casts()) {
      if (is_extension_cast(*row)) member(kCast, cast);
      ++cast;
    }
    for (const auto& method : index::access_methods()) {
      if (is_extension_object(method.oid)) member(kAm, method.oid);
    }
  }

 private:
  void column(const RelationDesc& r, int attr, const ColumnDesc& c) {
    using namespace catalog_oid;
    if (c.dropped) return;
    if (is_extension_object(c.type.id)) add(kClass, r.oid, attr, kType, c.type.id, 0, 'n');
    if (c.default_expr.empty()) return;
    Oid oid = attrdef_oid(r.oid, attr);
    add(kAttrdef, oid, 0, kClass, r.oid, attr, 'a');
    for (Oid used : referenced_relations(c.default_expr)) add(kAttrdef, oid, 0, kClass, used, 0, 'n');
  }

  void index(const RelationDesc& r) {
    using namespace catalog_oid;
    const IndexDesc& index = *r.index;
    if (index.constraint != kInvalidOid) add(kClass, r.oid, 0, kConstraint, index.constraint, 0, 'i');
    for (const IndexColumnDesc& key : index.columns) {
      if (index.constraint != kInvalidOid) {
        add(kConstraint, index.constraint, 0, kClass, index.table, key.attr, 'a');
      } else {
        add(kClass, r.oid, 0, kClass, index.table, key.attr, 'a');
      }
    }
  }

  const Catalog& catalog_;
  SystemRows rows_;
};

}  // namespace

void produce_depend(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  Dependencies dependencies(context, catalog, sink);
  for (const RelationPtr& relation : catalog.relations()) {
    if (relation->oid >= well_known_oid::kFirstUserOid) dependencies.relation(*relation);
  }
  for (const ExtensionPtr& extension : listed_extensions(catalog)) dependencies.extension(*extension);
}

void produce_description(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kDescription);
  auto add = [&](Oid object, Oid class_id, int sub, std::string_view text) {
    if (!text.empty()) rows.oid(object).oid(class_id).number(sub).text(text).emit();
  };
  for (const RelationPtr& relation : catalog.relations()) {
    for (const auto& [sub, text] : relation->comments) {
      if (sub >= 0) add(relation->oid, catalog_oid::kClass, sub, text);
      if (sub < 0 && relation->index) add(relation->index->constraint, catalog_oid::kConstraint, 0, text);
    }
    auto constraints = [&](const auto& list) {
      for (const auto& constraint : list) {
        auto found = relation->comments.find(constraint_comment_key(constraint.oid));
        if (found != relation->comments.end()) add(constraint.oid, catalog_oid::kConstraint, 0, found->second);
      }
    };
    constraints(relation->checks);
    constraints(relation->foreign_keys);
  }
  for (const SchemaPtr& schema : catalog.schemas()) add(schema->oid, catalog_oid::kNamespace, 0, schema->comment);
  for (const ExtensionPtr& extension : listed_extensions(catalog)) {
    if (extension->name == "vector") add(extension->oid, catalog_oid::kExtension, 0, kVectorComment);
  }
  for (const FunctionDef* f : all_functions()) add(f->oid, catalog_oid::kProc, 0, f->description);
  for (const BuiltinComment& comment : kBuiltinComments) add(comment.object, comment.class_id, 0, comment.text);
}

// pg_dump compares privileges with those the system started with.
void produce_init_privs(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  constexpr Oid kInitPrivs = 3394;
  SystemRows rows(context, catalog, sink, kInitPrivs);
  // Schemas: the owner everything, PUBLIC may look into them.
  for (const SchemaPtr& schema : catalog.schemas()) {
    if (schema->oid >= well_known_oid::kFirstUserOid || schema->oid == well_known_oid::kPgToast) continue;
    const Oid owner = schema->oid == well_known_oid::kPublic ? role_oid::kDatabaseOwner : well_known_oid::kBootstrapRole;
    Acl items = default_acl(AclObject::kSchema, owner);
    items.push_back({acl::kPublic, owner, acl::kUsage, 0});
    rows.oid(schema->oid).oid(catalog_oid::kNamespace).number(0).character('i').access_list(items).emit();
  }
  for (const RelationPtr& relation : catalog.relations()) {
    if (relation->oid >= well_known_oid::kFirstUserOid || relation->kind == 'i' || !has_initial_acl(*relation)) continue;
    rows.oid(relation->oid).oid(catalog_oid::kClass).number(0).character('i');
    rows.access_list(initial_relation_acl(*relation)).emit();
  }
  for (const FunctionDef* function : all_functions()) {
    if (!has_initial_acl(function->name)) continue;
    rows.oid(function->oid).oid(catalog_oid::kProc).number(0).character('i');
    rows.access_list(initial_function_acl(function->name)).emit();
  }
}

}  // namespace vecino::sql
