#include "sqlfront/catalog/role_dependencies.h"

#include <algorithm>
#include <set>

#include "sqlfront/catalog/access_control.h"
#include "sqlfront/catalog/name_scope.h"
#include "sqlfront/catalog/system_producers.h"

namespace vecino::sql {
namespace {

class Collector {
 public:
  void owner(Oid role, Oid class_id, Oid object) {
    if (role >= well_known_oid::kFirstUserOid) found_.push_back({role, class_id, object, 0, 'o'});
  }
  // The owner's own privileges do not count.
  void privileges(const std::string& list, Oid owner, Oid class_id, Oid object, int sub = 0) {
    if (list.empty()) return;
    std::set<Oid> roles;
    for (const AclItem& item : parse_acl(list)) {
      roles.insert(item.grantee);
      roles.insert(item.grantor);
    }
    for (Oid role : roles) {
      if (role != owner && role >= well_known_oid::kFirstUserOid) found_.push_back({role, class_id, object, sub, 'a'});
    }
  }
  std::vector<RoleDependency> take() {
    std::stable_sort(found_.begin(), found_.end(), [](const RoleDependency& a, const RoleDependency& b) {
      return a.object != b.object ? a.object < b.object : a.sub < b.sub;
    });
    return std::move(found_);
  }

 private:
  std::vector<RoleDependency> found_;
};

Oid list_class(AccessListKind kind) {
  switch (kind) {
    case AccessListKind::kFunction: return catalog_oid::kProc;
    case AccessListKind::kType: return catalog_oid::kType;
    case AccessListKind::kLanguage: return catalog_oid::kLanguage;
    case AccessListKind::kSystemRelation: return catalog_oid::kClass;
    case AccessListKind::kDefault: return dependency_class::kDefaultAcl;
    case AccessListKind::kParameter: return dependency_class::kParameterAcl;
  }
  return kInvalidOid;
}

void add_list(Collector& collector, const AccessListDesc& list) {
  const Oid class_id = list_class(list.kind);
  if (list.kind == AccessListKind::kDefault) {
    collector.owner(list.role, class_id, list.oid);
    collector.privileges(list.access_control, list.role, class_id, list.oid);
  } else {
    const Oid object = list.kind == AccessListKind::kParameter ? list.oid : list.object;
    collector.privileges(list.access_control, well_known_oid::kBootstrapRole, class_id, object);
  }
}

}  // namespace

std::vector<RoleDependency> shared_role_dependencies(const Catalog& catalog) {
  Collector collector;
  for (const DatabasePtr& database : catalog.databases()) {
    collector.owner(database->owner, catalog_oid::kDatabase, database->oid);
    collector.privileges(database->access_control, database->owner, catalog_oid::kDatabase, database->oid);
  }
  for (const AccessListPtr& list : catalog.access_lists()) {
    if (is_shared(list->kind)) add_list(collector, *list);
  }
  return collector.take();
}

std::vector<RoleDependency> role_dependencies(const Catalog& catalog) {
  Collector collector;
  for (const SchemaPtr& schema : catalog.schemas()) {
    collector.owner(schema->owner, catalog_oid::kNamespace, schema->oid);
    collector.privileges(schema->access_control, schema->owner, catalog_oid::kNamespace, schema->oid);
  }
  for (const ExtensionPtr& extension : installed_extensions(catalog)) {
    collector.owner(extension->owner, catalog_oid::kExtension, extension->oid);
  }
  for (const RelationPtr& relation : catalog.relations()) {
    if (relation->oid < well_known_oid::kFirstUserOid || relation->kind == 'i') continue;
    collector.owner(relation->owner, catalog_oid::kClass, relation->oid);
    collector.privileges(relation->access_control, relation->owner, catalog_oid::kClass, relation->oid);
    for (size_t i = 0; i < relation->columns.size(); ++i) {
      collector.privileges(relation->columns[i].access_control, relation->owner, catalog_oid::kClass, relation->oid,
                           static_cast<int>(i + 1));
    }
  }
  for (const AccessListPtr& list : catalog.access_lists()) {
    if (!is_shared(list->kind)) add_list(collector, *list);
  }
  return collector.take();
}

}  // namespace vecino::sql
