#include "sqlfront/catalog/name_scope.h"
#include "sqlfront/catalog/role_dependencies.h"
#include "sqlfront/catalog/system_producers.h"
#include "sqlfront/catalog/system_rows.h"

namespace vecino::sql {

void produce_namespace(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kNamespace);
  for (const SchemaPtr& schema : catalog.schemas()) {
    rows.oid(schema->oid).text(schema->name).oid(schema->owner).access_list(schema->access_control).emit();
  }
}

void produce_database(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  constexpr int kUtf8 = 6;
  constexpr Oid kDefaultTablespace = 1663;
  SystemRows rows(context, catalog, sink, catalog_oid::kDatabase);
  for (const DatabasePtr& database : catalog.databases()) {
    rows.oid(database->oid).text(database->name).oid(database->owner).number(kUtf8).character('c');
    rows.boolean(database->is_template).boolean(database->allow_connections).number(database->connection_limit);
    rows.number(3).number(1).oid(kDefaultTablespace);
    // Text sorts by code point: byte order of UTF-8.
    rows.text("C.UTF-8").text("C.UTF-8").null().null().access_list(database->access_control).emit();
  }
}

void produce_authid(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kAuthid);
  for (const RolePtr& role : catalog.roles()) {
    rows.oid(role->oid).text(role->name).boolean(role->superuser).boolean(role->inherit).boolean(role->create_role);
    rows.boolean(role->create_db).boolean(role->can_login).boolean(role->replication).boolean(role->bypass_rls);
    rows.number(role->connection_limit).text_or_null(role->password).parsed(role->valid_until).emit();
  }
}

void produce_auth_members(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kAuthMembers);
  for (const RolePtr& role : catalog.roles()) {
    for (const auto& [group, admin] : role->member_of) {
      auto grantor = role->granted_by.find(group);
      rows.oid(group).oid(role->oid);
      rows.oid(grantor == role->granted_by.end() ? well_known_oid::kBootstrapRole : grantor->second).boolean(admin).emit();
    }
  }
}

void produce_tablespace(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kTablespace);
  rows.oid(1663).text("pg_default").oid(well_known_oid::kBootstrapRole).null().null().emit();
  rows.oid(1664).text("pg_global").oid(well_known_oid::kBootstrapRole).null().null().emit();
}

void produce_db_role_setting(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kDbRoleSetting);
  for (const DatabasePtr& database : catalog.databases()) {
    if (!database->settings.empty()) rows.oid(database->oid).oid(0).strings(database->settings).emit();
  }
  for (const RolePtr& role : catalog.roles()) {
    if (!role->settings.empty()) rows.oid(0).oid(role->oid).strings(role->settings).emit();
  }
  for (const RoleSettingPtr& both : catalog.role_settings()) {
    rows.oid(both->database).oid(both->role).strings(both->settings).emit();
  }
}

void produce_shdescription(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kShDescription);
  for (const DatabasePtr& database : catalog.databases()) {
    if (!database->comment.empty()) rows.oid(database->oid).oid(catalog_oid::kDatabase).text(database->comment).emit();
  }
  for (const RolePtr& role : catalog.roles()) {
    if (!role->comment.empty()) rows.oid(role->oid).oid(catalog_oid::kAuthid).text(role->comment).emit();
  }
}

void produce_extension(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kExtension);
  for (const ExtensionPtr& e : listed_extensions(catalog)) {
    rows.oid(e->oid).text(e->name).oid(e->owner).oid(e->schema).boolean(e->relocatable).text(e->version).null().null();
    rows.emit();
  }
}

void produce_shdepend(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kShDepend);
  auto emit = [&](Oid database, const RoleDependency& dependency) {
    rows.oid(database).oid(dependency.class_id).oid(dependency.object).number(dependency.sub);
    rows.oid(catalog_oid::kAuthid).oid(dependency.role).character(dependency.type).emit();
  };
  for (const RoleDependency& dependency : shared_role_dependencies(catalog)) emit(0, dependency);
  for (const RoleDependency& dependency : role_dependencies(catalog)) emit(catalog.database(), dependency);
}

void produce_default_acl(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, dependency_class::kDefaultAcl);
  for (const AccessListPtr& list : catalog.access_lists()) {
    if (list->kind != AccessListKind::kDefault) continue;
    rows.oid(list->oid).oid(list->role).oid(list->schema).character(list->object_type);
    rows.access_list(list->access_control).emit();
  }
}

void produce_parameter_acl(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, dependency_class::kParameterAcl);
  for (const AccessListPtr& list : catalog.access_lists()) {
    if (list->kind != AccessListKind::kParameter) continue;
    rows.oid(list->oid).text(list->parameter).access_list(list->access_control).emit();
  }
}

}  // namespace vecino::sql
