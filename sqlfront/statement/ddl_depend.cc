#include "sqlfront/catalog/constraint_comments.h"
#include "sqlfront/statement/ddl_depend.h"

#include <algorithm>
#include <set>

#include "sqlfront/catalog/definition_text.h"
#include "sqlfront/catalog/name_scope.h"
#include "sqlfront/catalog/stored_expression.h"

namespace vecino::sql {

using Kind = ObjectRef::Kind;

namespace {

bool references(const RelationDesc& view, Oid relation, AttrNumber column) {
  return std::any_of(view.references.begin(), view.references.end(), [&](const auto& reference) {
    return reference.first == relation && (column == 0 || reference.second == column);
  });
}

void add_defaults(const RelationDesc& table, Oid relation, std::vector<ObjectRef>& out) {
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const ColumnDesc& column = table.columns[i];
    if (column.dropped || column.default_expr.empty()) continue;
    auto used = referenced_relations(column.default_expr);
    if (std::find(used.begin(), used.end(), relation) != used.end()) {
      out.push_back({Kind::kDefault, table.oid, static_cast<AttrNumber>(i + 1)});
    }
  }
}

// An index on a column goes with the column.
bool has_extension_expression(const IndexDesc& index) {
  return std::any_of(index.columns.begin(), index.columns.end(), [](const IndexColumnDesc& column) {
    return column.attr == 0 && (is_extension_object(column.opclass) || is_extension_object(column.type.id));
  });
}

// The index of a PRIMARY KEY or UNIQUE constraint.
Oid key_index(const Catalog& catalog, const ObjectRef& constraint) {
  RelationPtr table = catalog.find_relation(constraint.oid);
  if (!table) return kInvalidOid;
  for (Oid oid : table->indexes) {
    RelationPtr index = catalog.find_relation(oid);
    if (index && index->index->constraint == constraint.sub) return oid;
  }
  return kInvalidOid;
}

// Direct dependents that do not belong to the object.
std::vector<ObjectRef> direct_dependents(DdlContext& context, const ObjectRef& object) {
  std::vector<ObjectRef> out;
  const bool whole = object.kind == Kind::kRelation, column = object.kind == Kind::kColumn;
  for (const RelationPtr& other : context.catalog->relations()) {
    if (other->oid < well_known_oid::kFirstUserOid) continue;
    if (object.kind == Kind::kSchema && other->schema == object.oid && other->kind != 'i' &&
        !(other->sequence && other->sequence->owner_table != kInvalidOid)) {
      out.push_back({Kind::kRelation, other->oid});
    }
    if (object.kind == Kind::kExtension && other->index && has_extension_expression(*other->index)) {
      out.push_back({Kind::kRelation, other->oid});
    }
    if (object.kind == Kind::kExtension && other->kind == 'r') {
      for (size_t i = 0; i < other->columns.size(); ++i) {
        if (other->columns[i].dropped || !is_extension_object(other->columns[i].type.id)) continue;
        out.push_back({Kind::kColumn, other->oid, static_cast<AttrNumber>(i + 1)});
      }
    }
    if (!whole && !column && object.kind != Kind::kConstraint) continue;
    if (whole && other->kind == 'r') add_defaults(*other, object.oid, out);
    if ((whole || column) && other->kind == 'v' && references(*other, object.oid, object.column)) {
      out.push_back({Kind::kRelation, other->oid});
    }
    for (const ForeignKeyDesc& key : other->foreign_keys) {
      if (whole && key.referenced_index == object.oid) out.push_back({Kind::kConstraint, other->oid, 0, key.oid});
      if (key.referenced != object.oid || (whole && other->oid == object.oid)) continue;
      if (object.kind == Kind::kConstraint && key_index(*context.catalog, object) != key.referenced_index) continue;
      const auto& columns = key.referenced_columns;
      if (column && std::find(columns.begin(), columns.end(), object.column) == columns.end()) continue;
      if (object.kind == Kind::kConstraint && key.oid == object.sub) continue;
      out.push_back({Kind::kConstraint, other->oid, 0, key.oid});
    }
  }
  if (object.kind == Kind::kSchema) {
    for (const ExtensionPtr& extension : installed_extensions(*context.catalog)) {
      if (extension->schema == object.oid) out.push_back({Kind::kExtension, extension->oid});
    }
  }
  if (column) {
    RelationPtr table = reload(context, object.oid);
    for (size_t i = 0; i < table->columns.size(); ++i) {
      if (!table->columns[i].generated || table->columns[i].dropped) continue;
      auto used = columns_of_expression(context, *table, table->columns[i].default_expr);
      AttrNumber attr = static_cast<AttrNumber>(i + 1);
      if (attr != object.column && std::find(used.begin(), used.end(), object.column) != used.end()) {
        out.push_back({Kind::kColumn, table->oid, attr});
      }
    }
  }
  return out;
}

// A constraint of a dependency on a key exists only where the key is the one dropped.
bool is_key_constraint(const Catalog& catalog, const ObjectRef& object) {
  return object.kind != Kind::kConstraint || key_index(catalog, object) != kInvalidOid;
}

// Objects that go with `object` silently: a table's parts and its owned sequences.
void add_members(const Catalog& catalog, const ObjectRef& object, std::set<ObjectRef>& members) {
  members.insert(object);
  if (object.kind == Kind::kColumn) {
    members.insert({Kind::kDefault, object.oid, object.column});
    if (RelationPtr table = catalog.find_relation(object.oid)) {
      if (Oid sequence = table->columns[object.column - 1].sequence) members.insert({Kind::kRelation, sequence});
    }
    return;
  }
  if (object.kind != Kind::kRelation) return;
  RelationPtr relation = catalog.find_relation(object.oid);
  if (!relation) return;
  for (size_t i = 0; i < relation->columns.size(); ++i) {
    AttrNumber attr = static_cast<AttrNumber>(i + 1);
    members.insert({Kind::kDefault, relation->oid, attr});
    members.insert({Kind::kColumn, relation->oid, attr});
    if (Oid sequence = relation->columns[i].sequence) members.insert({Kind::kRelation, sequence});
  }
  for (const ForeignKeyDesc& key : relation->foreign_keys) members.insert({Kind::kConstraint, relation->oid, 0, key.oid});
  for (Oid index : relation->indexes) members.insert({Kind::kRelation, index});
}

struct Edge {
  ObjectRef dependent, on;
};

// Depth first, as PostgreSQL reports them: what an object's own sequences drag along comes before its other dependents.
class Closure {
 public:
  explicit Closure(DdlContext& context) : context_(context) {}
  std::vector<Edge> edges;

  void run(const std::vector<ObjectRef>& roots) {
    for (const ObjectRef& root : roots) add_members(*context_.catalog, root, seen_);
    for (const ObjectRef& root : roots) visit(root);
  }

 private:
  void visit(const ObjectRef& object) {
    std::vector<ObjectRef> sequences = owned_sequences(object), next = sequences;
    if (is_key_constraint(*context_.catalog, object)) {
      for (const ObjectRef& dependent : direct_dependents(context_, object)) {
        if (seen_.contains(dependent)) continue;
        add_members(*context_.catalog, dependent, seen_);
        next.push_back(dependent);
        // What lives in a schema depends on the schema before it depends on its neighbours.
        if (object.kind == Kind::kSchema) edges.push_back({dependent, object});
      }
    }
    std::stable_sort(next.begin(), next.end(), [](const ObjectRef& a, const ObjectRef& b) { return a.oid < b.oid; });
    for (const ObjectRef& dependent : next) {
      const bool own = std::find(sequences.begin(), sequences.end(), dependent) != sequences.end();
      if (!own && object.kind != Kind::kSchema) edges.push_back({dependent, object});
      visit(dependent);
    }
  }
  std::vector<ObjectRef> owned_sequences(const ObjectRef& object) {
    std::vector<ObjectRef> sequences;
    if (object.kind != Kind::kRelation && object.kind != Kind::kColumn) return sequences;
    RelationPtr relation = context_.catalog->find_relation(object.oid);
    if (!relation) return sequences;
    for (size_t i = 0; i < relation->columns.size(); ++i) {
      if (object.kind == Kind::kColumn && static_cast<AttrNumber>(i + 1) != object.column) continue;
      if (Oid sequence = relation->columns[i].sequence) sequences.push_back({Kind::kRelation, sequence});
    }
    return sequences;
  }
  DdlContext& context_;
  std::set<ObjectRef> seen_;
};

std::vector<Edge> closure(DdlContext& context, const std::vector<ObjectRef>& roots) {
  Closure result(context);
  result.run(roots);
  return std::move(result.edges);
}

std::string join_lines(const std::vector<std::string>& lines) {
  constexpr size_t kMaxLines = 100;
  std::string text;
  for (size_t i = 0; i < lines.size() && i < kMaxLines; ++i) text += (i ? "\n" : "") + lines[i];
  if (lines.size() > kMaxLines) {
    text += "\nand " + std::to_string(lines.size() - kMaxLines) + " other objects (see server log for list)";
  }
  return text;
}

// A row without a schema: the objects are gone. No row at all would mean that nobody has asked for them yet.
void leave_dropped_extension(DdlContext& context, Oid oid) {
  for (const ExtensionPtr& extension : installed_extensions(*context.catalog)) {
    if (extension->oid != oid) continue;
    auto dropped = std::make_shared<ExtensionDesc>(*extension);
    dropped->schema = kInvalidOid;
    dropped->owner = well_known_oid::kBootstrapRole;
    context.catalog->put_extension(std::move(dropped));
    return;
  }
}

void drop_one(DdlContext& context, const ObjectRef& object) {
  switch (object.kind) {
    case Kind::kRelation: {
      lock_relation(context, object.oid, storage::LockMode::kAccessExclusive);
      if (RelationPtr relation = context.catalog->find_relation(object.oid)) {
        refuse_pending_events(context, *relation, "DROP TABLE");
        drop_relation_storage(context, *relation);
      }
      break;
    }
    case Kind::kColumn:
      if (context.catalog->find_relation(object.oid)) {
        lock_relation(context, object.oid, storage::LockMode::kAccessExclusive);
        drop_column(context, object.oid, object.column);
      }
      break;
    case Kind::kDefault: {
      lock_relation(context, object.oid, storage::LockMode::kAccessExclusive);
      RelationPtr table = context.catalog->find_relation(object.oid);
      if (!table) break;
      auto changed = copy_relation(*table);
      changed->columns[object.column - 1].default_expr.clear();
      store(context, std::move(changed));
      break;
    }
    case Kind::kConstraint:
      if (context.catalog->find_relation(object.oid)) {
        lock_relation(context, object.oid, storage::LockMode::kAccessExclusive);
        drop_constraint(context, object.oid, object.sub);
      }
      break;
    case Kind::kSchema:
      for (const AccessListPtr& list : context.catalog->access_lists()) {
        if (list->kind == AccessListKind::kDefault && list->schema == object.oid) context.catalog->drop_access_list(*list);
      }
      context.catalog->drop_schema(object.oid);
      break;
    case Kind::kExtension: leave_dropped_extension(context, object.oid); break;
    case Kind::kType: break;
  }
}

std::string constraint_name(const Catalog& catalog, const RelationDesc& table, Oid constraint) {
  for (const auto& check : table.checks) {
    if (check.oid == constraint) return check.name;
  }
  for (const auto& key : table.foreign_keys) {
    if (key.oid == constraint) return key.name;
  }
  for (Oid oid : table.indexes) {
    RelationPtr index = catalog.find_relation(oid);
    if (index && index->index->constraint == constraint) return index->name;
  }
  return {};
}

}  // namespace

std::string describe(const Catalog& catalog, std::span<const Oid> path, const ObjectRef& object) {
  if (object.kind == Kind::kSchema) return "schema " + schema_name(catalog, object.oid);
  if (object.kind == Kind::kType) return "type " + format_type(object.sub, NameScope(catalog, path));
  if (object.kind == Kind::kExtension) {
    for (const ExtensionPtr& extension : installed_extensions(catalog)) {
      if (extension->oid == object.oid) return "extension " + extension->name;
    }
  }
  RelationPtr relation = catalog.find_relation(object.oid);
  if (!relation) return "object " + std::to_string(object.oid);
  std::string name = std::string(relation_kind_name(relation->kind)) + " " + relation_reference(catalog, path, *relation);
  switch (object.kind) {
    case Kind::kColumn: return "column " + relation->columns[object.column - 1].name + " of " + name;
    case Kind::kDefault: return "default value for column " + relation->columns[object.column - 1].name + " of " + name;
    case Kind::kConstraint: return "constraint " + constraint_name(catalog, *relation, object.sub) + " on " + name;
    default: return name;
  }
}

std::vector<AttrNumber> columns_of_expression(DdlContext& context, const RelationDesc& table, const std::string& sql) {
  if (sql.empty()) return {};
  return columns_used(bind_table_expression(sql, &table, {type_id::kUnknown, -1}, analyze_context(context), "expression"));
}

bool index_uses_column(DdlContext& context, const RelationDesc& table, const RelationDesc& index, AttrNumber column) {
  auto uses = [&](const std::string& sql) {
    auto used = columns_of_expression(context, table, sql);
    return std::find(used.begin(), used.end(), column) != used.end();
  };
  for (const IndexColumnDesc& key : index.index->columns) {
    if (key.attr == column || (key.attr == 0 && uses(key.expr))) return true;
  }
  const auto& include = index.index->include;
  return std::find(include.begin(), include.end(), column) != include.end() || uses(index.index->predicate);
}

void drop_with_dependents(DdlContext& context, std::vector<ObjectRef> objects, ast::DropBehavior behavior) {
  std::vector<Edge> edges = closure(context, objects);
  const auto path = analyze_context(context).search_path;
  std::vector<std::string> lines;
  if (behavior == ast::DropBehavior::kRestrict && !edges.empty()) {
    for (const Edge& edge : edges) {
      ObjectRef on = edge.on;
      // A foreign key depends on the index of the key.
      if (on.kind == Kind::kConstraint) on = {Kind::kRelation, key_index(*context.catalog, on)};
      if (on.kind == Kind::kExtension && edge.dependent.kind == Kind::kColumn) {
        RelationPtr table = reload(context, edge.dependent.oid);
        on = {Kind::kType, on.oid, 0, table->columns[edge.dependent.column - 1].type.id};
      }
      lines.push_back(describe(*context.catalog, path, edge.dependent) + " depends on " +
                      describe(*context.catalog, path, on));
    }
    std::string what = objects.size() == 1 ? describe(*context.catalog, path, objects[0]) : "desired object(s)";
    throw SqlError(sqlstate::kDependentObjectsStillExist,
                   "cannot drop " + what + " because other objects depend on " + (objects.size() == 1 ? "it" : "them"))
        .detail(join_lines(lines))
        .hint("Use DROP ... CASCADE to drop the dependent objects too.");
  }
  for (const Edge& edge : edges) lines.push_back("drop cascades to " + describe(*context.catalog, path, edge.dependent));
  if (lines.size() == 1) {
    notice(context, sqlstate::kSuccess, lines[0]);
  } else if (!lines.empty()) {
    notice(context, sqlstate::kSuccess, "drop cascades to " + std::to_string(lines.size()) + " other objects",
           join_lines(lines));
  }
  for (auto edge = edges.rbegin(); edge != edges.rend(); ++edge) drop_one(context, edge->dependent);
  for (const ObjectRef& object : objects) drop_one(context, object);
}

void drop_relation_storage(DdlContext& context, const RelationDesc& relation) {
  auto& tables = *context.exec.tables;
  if (relation.index) {
    if (RelationPtr table = context.catalog->find_relation(relation.index->table)) {
      context.exec.catalogs->open_index(relation, *table)->drop(*context.exec.txn);
    }
  } else if (relation.kind == 'r') {
    for (Oid oid : relation.indexes) {
      lock_relation(context, oid, storage::LockMode::kAccessExclusive);
      if (RelationPtr index = context.catalog->find_relation(oid)) drop_relation_storage(context, *index);
    }
    for (const ColumnDesc& column : relation.columns) {
      if (column.sequence == kInvalidOid) continue;
      if (RelationPtr sequence = context.catalog->find_relation(column.sequence)) {
        drop_relation_storage(context, *sequence);
      }
    }
    tables.drop(*context.exec.txn, relation.layout);
  }
  context.catalog->drop_relation(relation.oid);
  context.exec.txn->advance_command();
}

void drop_column(DdlContext& context, Oid table_oid, AttrNumber attr) {
  RelationPtr table = reload(context, table_oid);
  for (Oid oid : table->indexes) {
    RelationPtr index = context.catalog->find_relation(oid);
    if (!index || !index_uses_column(context, *table, *index, attr)) continue;
    lock_relation(context, oid, storage::LockMode::kAccessExclusive);
    drop_relation_storage(context, *index);
  }
  auto changed = copy_relation(*table);
  std::erase_if(changed->checks, [&](const CheckConstraintDesc& check) {
    auto used = columns_of_expression(context, *table, check.expr);
    return std::find(used.begin(), used.end(), attr) != used.end();
  });
  std::erase_if(changed->foreign_keys, [&](const ForeignKeyDesc& key) {
    return std::find(key.columns.begin(), key.columns.end(), attr) != key.columns.end();
  });
  ColumnDesc& column = changed->columns[attr - 1];
  Oid sequence_oid = column.sequence;
  column.dropped = true;
  column.not_null = false;
  column.default_expr.clear();
  column.identity = column.generated = 0;
  column.sequence = kInvalidOid;
  column.name = "........pg.dropped." + std::to_string(attr) + "........";
  changed->layout.columns[attr - 1].dropped = true;
  changed->comments.erase(attr);
  store(context, std::move(changed));
  if (sequence_oid != kInvalidOid) {
    if (RelationPtr sequence = context.catalog->find_relation(sequence_oid)) drop_relation_storage(context, *sequence);
  }
}

void drop_constraint(DdlContext& context, Oid table_oid, Oid constraint) {
  RelationPtr table = reload(context, table_oid);
  for (Oid oid : table->indexes) {
    RelationPtr index = context.catalog->find_relation(oid);
    if (!index || index->index->constraint != constraint) continue;
    lock_relation(context, oid, storage::LockMode::kAccessExclusive);
    drop_relation_storage(context, *index);
    return;
  }
  auto changed = copy_relation(*table);
  std::erase_if(changed->checks, [&](const auto& check) { return check.oid == constraint; });
  std::erase_if(changed->foreign_keys, [&](const auto& key) { return key.oid == constraint; });
  changed->comments.erase(constraint_comment_key(constraint));
  store(context, std::move(changed));
}

}  // namespace vecino::sql
