#include "sqlfront/statement/ddl_like.h"

#include "sqlfront/statement/ddl_index.h"
#include "sqlfront/statement/ddl_privileges.h"

namespace vecino::sql {

namespace opt = ast::like_option;

namespace {

// Column references are names in the text, and LIKE keeps the names: the text can be taken as it is.
void copy_column(TableWork& work, const RelationDesc& source, const ColumnDesc& from, uint32_t options) {
  ColumnDesc column;
  column.name = from.name;
  column.type = from.type;
  column.collation = from.collation;
  column.not_null = from.not_null;
  if (options & opt::kStorage) column.storage = from.storage;
  AttrNumber attr = static_cast<AttrNumber>(work.table->columns.size() + 1);
  if (from.generated) {
    if (options & opt::kGenerated) {
      column.generated = from.generated;
      column.default_expr = from.default_expr;
    }
  } else if (options & opt::kDefaults) {
    column.default_expr = from.default_expr;
  }
  if (from.identity && (options & opt::kIdentity)) {
    column.identity = from.identity;
    work.sequences.push_back({attr, from.identity, from.type.id, nullptr});
  }
  if (options & opt::kComments) {
    auto comment = source.comments.find(&from - source.columns.data() + 1);
    if (comment != source.comments.end()) work.table->comments[attr] = comment->second;
  }
  append_column(*work.table, std::move(column));
}

}  // namespace

LikeSource copy_like_columns(DdlContext& context, TableWork& work, const ast::TableLikeClause& like) {
  LikeSource source;
  source.table = open_relation(context, *like.relation, storage::LockMode::kAccessShare, OnMissing::kReturnNull);
  if (!source.table) {
    throw SqlError(sqlstate::kUndefinedTable, "relation \"" + written_name(*like.relation) + "\" does not exist",
                   like.relation->location);
  }
  require_relation_privilege(context, *source.table, acl::kSelect);
  source.options = like.options;
  if (source.table->kind != 'r' && source.table->kind != 'v') {
    throw SqlError(sqlstate::kWrongObjectType, "relation \"" + source.table->name + "\" is invalid in LIKE clause",
                   like.relation->location)
        .detail("This operation is not supported for " + std::string(relation_kind_name(source.table->kind)) + "s.");
  }
  for (const ColumnDesc& column : source.table->columns) {
    if (column.dropped) {
      source.attribute_map.push_back(0);
      continue;
    }
    if (find_column(*work.table, column.name)) {
      throw SqlError(sqlstate::kDuplicateColumn, "column \"" + column.name + "\" specified more than once");
    }
    copy_column(work, *source.table, column, like.options);
    source.attribute_map.push_back(static_cast<AttrNumber>(work.table->columns.size()));
  }
  if (like.options & opt::kConstraints) {
    for (CheckConstraintDesc check : source.table->checks) {
      check.oid = context.catalog->allocate_oid();
      work.table->checks.push_back(std::move(check));
    }
  }
  return source;
}

void copy_like_indexes(DdlContext& context, TableWork& work, const LikeSource& source) {
  if (!(source.options & opt::kIndexes)) return;
  for (Oid oid : source.table->indexes) {
    RelationPtr index = context.catalog->find_relation(oid);
    if (!index) continue;
    IndexRequest request;
    request.desc = *index->index;
    request.is_constraint = index->index->constraint != kInvalidOid;
    for (IndexColumnDesc& column : request.desc.columns) {
      if (column.attr != 0) column.attr = source.attribute_map[column.attr - 1];
    }
    for (AttrNumber& attr : request.desc.include) attr = source.attribute_map[attr - 1];
    for (const ColumnDesc& column : index->columns) request.column_names.push_back(column.name);
    create_index(context, *reload(context, work.table->oid), std::move(request), IndexContents::kEmptyTable);
  }
}

}  // namespace vecino::sql
