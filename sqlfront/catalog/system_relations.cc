#include "sqlfront/catalog/row_security.h"
#include "sqlfront/catalog/privileges.h"
#include "sqlfront/catalog/stored_expression.h"
#include "sqlfront/catalog/system_producers.h"
#include "sqlfront/catalog/system_rows.h"
#include "sqlfront/functions/function.h"

namespace vecino::sql {
namespace {

bool is_user_relation(const RelationDesc& relation) { return relation.oid >= well_known_oid::kFirstUserOid; }

Oid relation_am(const RelationDesc& relation) {
  if (relation.kind == 'r') return kHeapAm;
  return relation.index ? access_method_oid(relation.index->access_method) : kInvalidOid;
}

// relacl; what the system's own relations start with is there from the beginning.
void emit_access(SystemRows& rows, const Catalog& catalog, const RelationDesc& relation) {
  if (is_user_relation(relation)) {
    rows.access_list(relation.access_control);
  } else if (has_initial_acl(relation) ||
             catalog.find_access_list(access_list_name(AccessListKind::kSystemRelation, relation.oid))) {
    rows.access_list(relation_acl(catalog, relation));
  } else {
    rows.null();
  }
}

}  // namespace

void produce_class(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kClass);
  for (const RelationPtr& r : catalog.relations()) {
    const bool has_storage = r->kind == 'r' || r->kind == 'i' || r->kind == 'S';
    const bool is_table = r->kind == 'r';
    double tuples = r->kind == 'S' ? 1 : r->kind == 'v' ? 0 : is_user_relation(*r) ? r->statistics.row_count : -1;
    rows.oid(r->oid).text(r->name).oid(r->schema).oid(r->row_type).oid(0).oid(r->owner).oid(relation_am(*r));
    rows.oid(has_storage ? (is_user_relation(*r) ? r->layout.storage_id : r->oid) : 0).oid(0);  // filenode, tablespace
    rows.number(r->kind == 'S' ? 1 : r->statistics.pages).real(tuples).number(0);               // pages, tuples, visible
    rows.oid(0).boolean(!r->indexes.empty()).boolean(false).character(r->persistence).character(r->kind);
    rows.number(static_cast<int64_t>(r->columns.size())).number(static_cast<int64_t>(r->checks.size()));
    // psql looks for foreign keys only where this says that there are triggers: PostgreSQL enforces them by triggers.
    const bool has_triggers = !r->foreign_keys.empty() || !catalog.referencing_tables(r->oid).empty();
    rows.boolean(r->kind == 'v').boolean(has_triggers).boolean(false).boolean(has_row_security(*r));
    rows.boolean(forces_row_security(*r)).boolean(true);
    rows.character(is_table && is_user_relation(*r) ? 'd' : 'n').boolean(false).oid(0);
    rows.number(is_table ? 3 : 0).number(is_table ? 1 : 0);  // frozenxid, minmxid
    emit_access(rows, catalog, *r);
    rows.options(written_options(*r)).null().emit();
  }
}

namespace {

struct SystemColumn {
  std::string_view name;
  TypeId type;
  AttrNumber attr;
};
constexpr SystemColumn kSystemColumns[] = {
    {"tableoid", type_id::kOid, system_attr::kTableoid}, {"cmax", type_id::kCid, system_attr::kCmax},
    {"xmax", type_id::kXid, system_attr::kXmax},         {"cmin", type_id::kCid, system_attr::kCmin},
    {"xmin", type_id::kXid, system_attr::kXmin},         {"ctid", type_id::kTid, system_attr::kCtid},
};

void emit_attribute(SystemRows& rows, const RelationDesc& relation, AttrNumber attr, const ColumnDesc& column) {
  const TypeInfo* type = column.dropped ? nullptr : find_type(column.type.id);
  const bool in_index = relation.kind == 'i';
  rows.oid(relation.oid).text(column.name).oid(column.dropped ? 0 : column.type.id).number(column.statistics_target);
  rows.number(type ? type->length : 4).number(attr);
  rows.number(type && is_array_type(*type) && !in_index ? 1 : 0).number(-1).number(column.type.typmod);
  rows.boolean(type ? type->by_value : false).character(type ? type->alignment : 'i');
  rows.character(column.storage ? column.storage : type ? type->storage : 'p').character(0).boolean(column.not_null);
  const bool has_missing = attr > 0 && static_cast<size_t>(attr) <= relation.layout.columns.size() &&
                           relation.layout.columns[attr - 1].has_missing;
  rows.boolean(!column.default_expr.empty()).boolean(has_missing);
  rows.character(column.identity).character(column.generated).boolean(column.dropped).boolean(true).number(0);
  rows.oid(column.dropped ? 0 : column.collation ? column.collation : type_collation(column.type.id));
  rows.access_list(column.access_control).null().null().null().emit();
}

}  // namespace

void produce_attribute(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kAttribute);
  for (const RelationPtr& relation : catalog.relations()) {
    if (relation->kind == 'r' || relation->kind == 'S') {
      for (const SystemColumn& system : kSystemColumns) {
        if (!find_type(system.type)) continue;
        ColumnDesc column;
        column.name = system.name;
        column.type = {system.type, -1};
        column.not_null = true;
        column.statistics_target = 0;
        emit_attribute(rows, *relation, system.attr, column);
      }
    }
    for (size_t i = 0; i < relation->columns.size(); ++i) {
      emit_attribute(rows, *relation, static_cast<AttrNumber>(i + 1), relation->columns[i]);
    }
  }
}

void produce_attrdef(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kAttrdef);
  for (const RelationPtr& relation : catalog.relations()) {
    for (size_t i = 0; i < relation->columns.size(); ++i) {
      const ColumnDesc& column = relation->columns[i];
      if (column.default_expr.empty()) continue;
      int attr = static_cast<int>(i + 1);
      rows.oid(attrdef_oid(relation->oid, attr)).oid(relation->oid).number(attr).text(column.default_expr).emit();
    }
  }
}

void produce_index(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kIndex);
  for (const RelationPtr& relation : catalog.relations()) {
    if (!relation->index) continue;
    const IndexDesc& index = *relation->index;
    std::vector<int64_t> keys, collations, classes, flags;
    std::string expressions;
    RelationPtr table = catalog.find_relation(index.table);
    for (const IndexColumnDesc& column : index.columns) {
      keys.push_back(column.attr);
      Oid collation = table && column.attr > 0 ? table->columns[column.attr - 1].collation : kInvalidOid;
      collations.push_back(collation ? collation : type_collation(column.type.id));
      classes.push_back(column.opclass);
      flags.push_back((column.descending ? 1 : 0) | (column.nulls_first ? 2 : 0));
      if (column.attr != 0) continue;
      if (!expressions.empty()) expressions += ", ";
      expressions += column.expr;
    }
    for (AttrNumber attr : index.include) keys.push_back(attr);
    rows.oid(relation->oid).oid(index.table).number(static_cast<int64_t>(keys.size()));
    rows.number(static_cast<int64_t>(index.columns.size())).boolean(index.unique).boolean(index.nulls_not_distinct);
    rows.boolean(index.primary).boolean(false).boolean(index.immediate).boolean(false).boolean(index.valid);
    rows.boolean(false).boolean(true).boolean(true).boolean(false);  // checkxmin, ready, live, replident
    rows.numbers(keys).numbers(collations).numbers(classes).numbers(flags);
    rows.text_or_null(expressions).text_or_null(index.predicate).emit();
  }
}

void produce_sequence(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kSequence);
  for (const RelationPtr& relation : catalog.relations()) {
    if (!relation->sequence) continue;
    const storage::SequenceOptions& o = relation->sequence->options;
    rows.oid(relation->oid).oid(relation->sequence->type).number(o.start).number(o.increment).number(o.max);
    rows.number(o.min).number(o.cache).boolean(o.cycle).emit();
  }
}

void produce_rewrite(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kRewrite);
  for (const RelationPtr& relation : catalog.relations()) {
    if (relation->kind != 'v' || relation->oid < well_known_oid::kFirstUserOid) continue;
    rows.oid(rewrite_oid(relation->oid)).text("_RETURN").oid(relation->oid).character('1').character('O').boolean(true);
    rows.text("<>").text(relation->view_sql).emit();
  }
}

namespace {

void emit_constraint_head(SystemRows& rows, Oid oid, const std::string& name, const RelationDesc& table, char type) {
  rows.oid(oid).text(name).oid(table.schema).character(type);
}

std::vector<int64_t> widen(const std::vector<AttrNumber>& attrs) { return {attrs.begin(), attrs.end()}; }

void emit_index_constraint(SystemRows& rows, const RelationDesc& table, const RelationDesc& index) {
  emit_constraint_head(rows, index.index->constraint, index.name, table, index.index->primary ? 'p' : 'u');
  std::vector<int64_t> keys;
  for (const IndexColumnDesc& column : index.index->columns) keys.push_back(column.attr);
  rows.boolean(!index.index->immediate).boolean(false).boolean(true).oid(table.oid).oid(0).oid(index.oid).oid(0).oid(0);
  rows.character(' ').character(' ').character(' ').boolean(true).number(0).boolean(true);
  rows.numbers(keys).null().null().null().null().null().null().null().emit();
}

void emit_check(SystemRows& rows, const RelationDesc& table, const CheckConstraintDesc& check,
                const std::vector<int64_t>& keys) {
  emit_constraint_head(rows, check.oid, check.name, table, 'c');
  rows.boolean(false).boolean(false).boolean(check.validated).oid(table.oid).oid(0).oid(0).oid(0).oid(0);
  rows.character(' ').character(' ').character(' ').boolean(true).number(0).boolean(check.no_inherit);
  rows.numbers(keys).null().null().null().null().null().null().text(check.expr).emit();
}

void emit_foreign_key(SystemRows& rows, const RelationDesc& table, const ForeignKeyDesc& key) {
  emit_constraint_head(rows, key.oid, key.name, table, 'f');
  rows.boolean(key.deferrable).boolean(key.initially_deferred).boolean(key.validated).oid(table.oid).oid(0);
  rows.oid(key.referenced_index).oid(0);
  rows.oid(key.referenced).character(key.on_update).character(key.on_delete).character(key.match).boolean(true);
  rows.number(0).boolean(true).numbers(widen(key.columns)).numbers(widen(key.referenced_columns));
  rows.null().null().null().null().null().null().emit();
}

// Columns that a stored expression names: identifiers of the text that are columns of the table.
std::vector<int64_t> named_columns(const RelationDesc& table, std::string_view expression) {
  std::vector<int64_t> keys;
  auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c < 0; };
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].dropped) continue;
    const std::string& name = table.columns[c].name;
    bool found = false;
    bool in_literal = false;
    for (size_t at = 0; at < expression.size() && !found; ++at) {
      if (expression[at] == '\'') in_literal = !in_literal;
      if (in_literal || !expression.substr(at).starts_with(name)) continue;
      char before = at > 0 ? expression[at - 1] : ' ';
      char after = at + name.size() < expression.size() ? expression[at + name.size()] : ' ';
      found = !is_word(before) && !is_word(after) && after != '(' && before != ':' && before != '.';
    }
    if (found) keys.push_back(static_cast<int64_t>(c + 1));
  }
  return keys;
}

}  // namespace

void produce_constraint(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kConstraint);
  for (const RelationPtr& table : catalog.relations()) {
    if (table->kind != 'r') continue;
    for (Oid oid : table->indexes) {
      RelationPtr index = catalog.find_relation(oid);
      if (index && index->index->constraint != kInvalidOid) emit_index_constraint(rows, *table, *index);
    }
    for (const CheckConstraintDesc& check : table->checks) {
      emit_check(rows, *table, check, named_columns(*table, check.expr));
    }
    for (const ForeignKeyDesc& key : table->foreign_keys) emit_foreign_key(rows, *table, key);
  }
}

}  // namespace vecino::sql
