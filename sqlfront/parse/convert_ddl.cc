#include "sqlfront/parse/convert.h"

namespace vecino::sql::parse {

using namespace ast;

ObjectType object_type(PgQuery__ObjectType type) {
  switch (type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_ACCESS_METHOD: return ObjectType::kAccessMethod;
    case PG_QUERY__OBJECT_TYPE__OBJECT_AGGREGATE: return ObjectType::kAggregate;
    case PG_QUERY__OBJECT_TYPE__OBJECT_ATTRIBUTE: return ObjectType::kAttribute;
    case PG_QUERY__OBJECT_TYPE__OBJECT_CAST: return ObjectType::kCast;
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN: return ObjectType::kColumn;
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLLATION: return ObjectType::kCollation;
    case PG_QUERY__OBJECT_TYPE__OBJECT_CONVERSION: return ObjectType::kConversion;
    case PG_QUERY__OBJECT_TYPE__OBJECT_DATABASE: return ObjectType::kDatabase;
    case PG_QUERY__OBJECT_TYPE__OBJECT_DEFAULT: return ObjectType::kDefault;
    case PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN: return ObjectType::kDomain;
    case PG_QUERY__OBJECT_TYPE__OBJECT_DOMCONSTRAINT: return ObjectType::kDomainConstraint;
    case PG_QUERY__OBJECT_TYPE__OBJECT_EVENT_TRIGGER: return ObjectType::kEventTrigger;
    case PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION: return ObjectType::kExtension;
    case PG_QUERY__OBJECT_TYPE__OBJECT_FDW: return ObjectType::kForeignDataWrapper;
    case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_SERVER: return ObjectType::kForeignServer;
    case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE: return ObjectType::kForeignTable;
    case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION: return ObjectType::kFunction;
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX: return ObjectType::kIndex;
    case PG_QUERY__OBJECT_TYPE__OBJECT_LANGUAGE: return ObjectType::kLanguage;
    case PG_QUERY__OBJECT_TYPE__OBJECT_LARGEOBJECT: return ObjectType::kLargeObject;
    case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW: return ObjectType::kMaterializedView;
    case PG_QUERY__OBJECT_TYPE__OBJECT_OPCLASS: return ObjectType::kOpclass;
    case PG_QUERY__OBJECT_TYPE__OBJECT_OPERATOR: return ObjectType::kOperator;
    case PG_QUERY__OBJECT_TYPE__OBJECT_OPFAMILY: return ObjectType::kOpfamily;
    case PG_QUERY__OBJECT_TYPE__OBJECT_PARAMETER_ACL: return ObjectType::kParameter;
    case PG_QUERY__OBJECT_TYPE__OBJECT_POLICY: return ObjectType::kPolicy;
    case PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE: return ObjectType::kProcedure;
    case PG_QUERY__OBJECT_TYPE__OBJECT_PUBLICATION: return ObjectType::kPublication;
    case PG_QUERY__OBJECT_TYPE__OBJECT_ROLE: return ObjectType::kRole;
    case PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE: return ObjectType::kRoutine;
    case PG_QUERY__OBJECT_TYPE__OBJECT_RULE: return ObjectType::kRule;
    case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA: return ObjectType::kSchema;
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE: return ObjectType::kSequence;
    case PG_QUERY__OBJECT_TYPE__OBJECT_SUBSCRIPTION: return ObjectType::kSubscription;
    case PG_QUERY__OBJECT_TYPE__OBJECT_STATISTIC_EXT: return ObjectType::kStatistics;
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT: return ObjectType::kTableConstraint;
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE: return ObjectType::kTable;
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLESPACE: return ObjectType::kTablespace;
    case PG_QUERY__OBJECT_TYPE__OBJECT_TRANSFORM: return ObjectType::kTransform;
    case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER: return ObjectType::kTrigger;
    case PG_QUERY__OBJECT_TYPE__OBJECT_TSCONFIGURATION: return ObjectType::kTextSearchConfiguration;
    case PG_QUERY__OBJECT_TYPE__OBJECT_TSDICTIONARY: return ObjectType::kTextSearchDictionary;
    case PG_QUERY__OBJECT_TYPE__OBJECT_TSPARSER: return ObjectType::kTextSearchParser;
    case PG_QUERY__OBJECT_TYPE__OBJECT_TSTEMPLATE: return ObjectType::kTextSearchTemplate;
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE: return ObjectType::kType;
    case PG_QUERY__OBJECT_TYPE__OBJECT_USER_MAPPING: return ObjectType::kUserMapping;
    case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW: return ObjectType::kView;
    default: return ObjectType::kUnknown;
  }
}

std::unique_ptr<RoleSpec> Converter::role_spec(const PgQuery__RoleSpec* in) {
  if (in == nullptr) return nullptr;
  auto out = std::make_unique<RoleSpec>();
  out->location = in->location;
  out->role = same_order<RoleSpec::Role>(in->roletype);
  out->name = text(in->rolename);
  return out;
}

std::vector<std::unique_ptr<RoleSpec>> Converter::role_specs(size_t count, PgQuery__Node* const* nodes) {
  std::vector<std::unique_ptr<RoleSpec>> out;
  for (size_t i = 0; i < count; ++i) out.push_back(role_spec(nodes[i]->role_spec));
  return out;
}

std::unique_ptr<DefElem> Converter::def_elem(const PgQuery__DefElem& in) {
  auto out = std::make_unique<DefElem>();
  out->location = in.location;
  out->name_space = text(in.defnamespace);
  out->name = text(in.defname);
  out->arg = expr(in.arg);
  out->action = same_order<DefElem::Action>(in.defaction);
  return out;
}

DefList Converter::def_list(size_t count, PgQuery__Node* const* nodes) {
  DefList out;
  for (size_t i = 0; i < count; ++i) {
    if (nodes[i]->node_case == PG_QUERY__NODE__NODE_DEF_ELEM) out.push_back(def_elem(*nodes[i]->def_elem));
  }
  return out;
}

std::unique_ptr<ObjectName> Converter::object_name(const PgQuery__Node* node) {
  auto out = std::make_unique<ObjectName>();
  if (node == nullptr) return out;
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_STRING: out->name = {text(node->string->sval)}; break;
    case PG_QUERY__NODE__NODE_LIST:
      for (size_t i = 0; i < node->list->n_items; ++i) {
        const PgQuery__Node& item = *node->list->items[i];
        if (item.node_case == PG_QUERY__NODE__NODE_STRING) out->name.push_back(text(item.string->sval));
        if (item.node_case == PG_QUERY__NODE__NODE_TYPE_NAME) out->arguments.push_back(type_name(item.type_name));
      }
      break;
    case PG_QUERY__NODE__NODE_RANGE_VAR:
      out->location = node->range_var->location;
      for (const char* part : {node->range_var->catalogname, node->range_var->schemaname, node->range_var->relname}) {
        if (part != nullptr && part[0] != 0) out->name.push_back(part);
      }
      break;
    case PG_QUERY__NODE__NODE_TYPE_NAME:
      out->type = type_name(node->type_name);
      out->location = out->type->location;
      out->name = out->type->names;
      break;
    case PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS: {
      const PgQuery__ObjectWithArgs& in = *node->object_with_args;
      out->name = strings(in.n_objname, in.objname);
      out->has_arguments = !in.args_unspecified;
      for (size_t i = 0; i < in.n_objargs; ++i) {
        bool is_type = in.objargs[i]->node_case == PG_QUERY__NODE__NODE_TYPE_NAME;
        out->arguments.push_back(is_type ? type_name(in.objargs[i]->type_name) : nullptr);
      }
      break;
    }
    default: break;
  }
  return out;
}

std::unique_ptr<Constraint> Converter::constraint(const PgQuery__Constraint& in) {
  auto out = std::make_unique<Constraint>();
  out->location = in.location;
  out->constraint = same_order<ConstraintKind>(in.contype);
  out->name = text(in.conname);
  out->deferrable = in.deferrable;
  out->initially_deferred = in.initdeferred;
  out->no_inherit = in.is_no_inherit;
  out->not_valid = in.skip_validation;
  out->expr = expr(in.raw_expr);
  if (in.generated_when != nullptr) out->generated_when = in.generated_when[0];
  out->options = def_list(in.n_options, in.options);
  out->nulls_not_distinct = in.nulls_not_distinct;
  out->keys = strings(in.n_keys, in.keys);
  out->including = strings(in.n_including, in.including);
  out->index_name = text(in.indexname);
  out->index_tablespace = text(in.indexspace);
  out->access_method = text(in.access_method);
  out->where = expr(in.where_clause);
  out->referenced = range_var(in.pktable);
  out->columns = strings(in.n_fk_attrs, in.fk_attrs);
  out->referenced_columns = strings(in.n_pk_attrs, in.pk_attrs);
  auto code = [](const char* value, char fallback) { return value != nullptr && value[0] != 0 ? value[0] : fallback; };
  out->match = code(in.fk_matchtype, 's');
  out->on_update = code(in.fk_upd_action, 'a');
  out->on_delete = code(in.fk_del_action, 'a');
  out->on_delete_set_columns = strings(in.n_fk_del_set_cols, in.fk_del_set_cols);
  return out;
}

namespace {

// In a column definition DEFERRABLE and the like are items of their own. Those that stand wrongly are refused by the analysis.
void apply_constraint_attributes(std::vector<std::unique_ptr<Constraint>>& constraints) {
  Constraint* last = nullptr;
  bool saw_deferrable = false;
  for (const auto& item : constraints) {
    switch (item->constraint) {
      case ConstraintKind::kAttrDeferrable:
      case ConstraintKind::kAttrNotDeferrable:
        saw_deferrable = true;
        if (last != nullptr) last->deferrable = item->constraint == ConstraintKind::kAttrDeferrable;
        break;
      case ConstraintKind::kAttrDeferred:
        if (last == nullptr) break;
        last->initially_deferred = true;
        if (!saw_deferrable) last->deferrable = true;
        break;
      case ConstraintKind::kAttrImmediate:
        if (last != nullptr) last->initially_deferred = false;
        break;
      default:
        last = item.get();
        saw_deferrable = false;
    }
  }
}

}  // namespace

std::unique_ptr<ColumnDef> Converter::column_def(const PgQuery__ColumnDef& in) {
  auto out = std::make_unique<ColumnDef>();
  out->location = in.location;
  out->name = text(in.colname);
  out->type = type_name(in.type_name);
  out->compression = text(in.compression);
  if (in.storage != nullptr) out->storage = in.storage[0];
  if (in.coll_clause != nullptr) out->collation = strings(in.coll_clause->n_collname, in.coll_clause->collname);
  for (size_t i = 0; i < in.n_constraints; ++i) {
    if (in.constraints[i]->node_case == PG_QUERY__NODE__NODE_CONSTRAINT) {
      out->constraints.push_back(constraint(*in.constraints[i]->constraint));
    }
  }
  apply_constraint_attributes(out->constraints);
  out->using_expr = expr(in.raw_default);
  out->has_fdw_options = in.n_fdwoptions > 0;
  return out;
}

std::unique_ptr<CreateTableStmt> Converter::create_table(const PgQuery__CreateStmt& in) {
  auto out = std::make_unique<CreateTableStmt>();
  out->relation = range_var(in.relation);
  for (size_t i = 0; i < in.n_table_elts; ++i) {
    const PgQuery__Node& element = *in.table_elts[i];
    if (element.node_case == PG_QUERY__NODE__NODE_COLUMN_DEF) {
      out->elements.push_back(column_def(*element.column_def));
    } else if (element.node_case == PG_QUERY__NODE__NODE_CONSTRAINT) {
      out->elements.push_back(constraint(*element.constraint));
    } else if (element.node_case == PG_QUERY__NODE__NODE_TABLE_LIKE_CLAUSE) {
      auto like = std::make_unique<TableLikeClause>();
      like->relation = range_var(element.table_like_clause->relation);
      like->location = like->relation->location;
      like->options = element.table_like_clause->options;
      out->elements.push_back(std::move(like));
    }
  }
  for (size_t i = 0; i < in.n_constraints; ++i) {
    out->elements.push_back(constraint(*in.constraints[i]->constraint));
  }
  out->inherits = range_vars(in.n_inh_relations, in.inh_relations);
  out->has_partition_by = in.partspec != nullptr;
  out->has_partition_bound = in.partbound != nullptr;
  if (in.partspec != nullptr) out->partition_location = in.partspec->location;
  if (in.partbound != nullptr) out->partition_location = in.partbound->location;
  out->has_of_type = in.of_typename != nullptr;
  out->options = def_list(in.n_options, in.options);
  out->on_commit = same_order<OnCommit>(in.oncommit);
  out->tablespace = text(in.tablespacename);
  out->access_method = text(in.access_method);
  out->if_not_exists = in.if_not_exists;
  return out;
}

NodePtr Converter::create_table_as(const PgQuery__CreateTableAsStmt& in) {
  auto out = std::make_unique<CreateTableAsStmt>();
  if (in.query != nullptr) out->query = statement(*in.query);
  if (auto clause = into(in.into)) out->into = std::move(*clause);
  out->materialized_view = in.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW;
  out->if_not_exists = in.if_not_exists;
  out->select_into = in.is_select_into;
  return out;
}

std::unique_ptr<IndexElem> Converter::index_elem(const PgQuery__IndexElem& in) {
  auto out = std::make_unique<IndexElem>();
  out->column = text(in.name);
  out->expr = expr(in.expr);
  if (out->expr != nullptr) out->location = out->expr->location;
  out->collation = strings(in.n_collation, in.collation);
  out->opclass = strings(in.n_opclass, in.opclass);
  out->opclass_options = def_list(in.n_opclassopts, in.opclassopts);
  out->direction = same_order<SortDirection>(in.ordering);
  out->nulls = same_order<NullsOrder>(in.nulls_ordering);
  return out;
}

NodePtr Converter::index(const PgQuery__IndexStmt& in) {
  auto out = std::make_unique<IndexStmt>();
  out->name = text(in.idxname);
  out->relation = range_var(in.relation);
  out->access_method = text(in.access_method);
  out->tablespace = text(in.table_space);
  for (size_t i = 0; i < in.n_index_params; ++i) {
    out->elements.push_back(index_elem(*in.index_params[i]->index_elem));
  }
  for (size_t i = 0; i < in.n_index_including_params; ++i) {
    out->including.push_back(index_elem(*in.index_including_params[i]->index_elem));
  }
  out->options = def_list(in.n_options, in.options);
  out->where = expr(in.where_clause);
  out->unique = in.unique;
  out->nulls_not_distinct = in.nulls_not_distinct;
  out->concurrently = in.concurrent;
  out->if_not_exists = in.if_not_exists;
  return out;
}

NodePtr Converter::drop(const PgQuery__DropStmt& in) {
  auto out = std::make_unique<DropStmt>();
  out->object_type = object_type(in.remove_type);
  for (size_t i = 0; i < in.n_objects; ++i) out->objects.push_back(object_name(in.objects[i]));
  out->behavior = drop_behavior(in.behavior);
  out->if_exists = in.missing_ok;
  out->concurrently = in.concurrent;
  return out;
}

NodePtr Converter::rename(const PgQuery__RenameStmt& in) {
  auto out = std::make_unique<RenameStmt>();
  out->object_type = object_type(in.rename_type);
  out->relation_type = object_type(in.relation_type);
  out->relation = range_var(in.relation);
  if (in.object != nullptr) out->object = object_name(in.object);
  out->old_name = text(in.subname);
  out->new_name = text(in.newname);
  out->behavior = drop_behavior(in.behavior);
  out->if_exists = in.missing_ok;
  return out;
}

NodePtr Converter::grant(const PgQuery__GrantStmt& in) {
  auto out = std::make_unique<GrantStmt>();
  out->is_grant = in.is_grant;
  out->target = same_order<GrantTarget>(in.targtype);
  out->object_type = object_type(in.objtype);
  for (size_t i = 0; i < in.n_objects; ++i) out->objects.push_back(object_name(in.objects[i]));
  for (size_t i = 0; i < in.n_privileges; ++i) {
    const PgQuery__AccessPriv& privilege = *in.privileges[i]->access_priv;
    auto item = std::make_unique<AccessPriv>();
    item->name = text(privilege.priv_name);
    item->columns = strings(privilege.n_cols, privilege.cols);
    out->privileges.push_back(std::move(item));
  }
  out->grantees = role_specs(in.n_grantees, in.grantees);
  out->grant_option = in.grant_option;
  out->grantor = role_spec(in.grantor);
  out->behavior = drop_behavior(in.behavior);
  return out;
}

NodePtr Converter::default_privileges(const PgQuery__AlterDefaultPrivilegesStmt& in) {
  NodePtr out = grant(*in.action);
  auto& statement = static_cast<GrantStmt&>(*out);
  statement.target = GrantTarget::kDefaults;
  for (size_t i = 0; i < in.n_options; ++i) {
    const PgQuery__DefElem& option = *in.options[i]->def_elem;
    if (option.arg == nullptr || option.arg->node_case != PG_QUERY__NODE__NODE_LIST) continue;
    const PgQuery__List& list = *option.arg->list;
    if (text(option.defname) == "roles") {
      statement.for_roles = role_specs(list.n_items, list.items);
    } else {
      statement.in_schemas = strings(list.n_items, list.items);
    }
  }
  return out;
}

NodePtr Converter::grant_role(const PgQuery__GrantRoleStmt& in) {
  auto out = std::make_unique<GrantRoleStmt>();
  out->is_grant = in.is_grant;
#if PG_VERSION_NUM >= 160000
  for (size_t i = 0; i < in.n_opt; ++i) {
    const PgQuery__DefElem& option = *in.opt[i]->def_elem;
    if (text(option.defname) == "admin") {
      out->admin_option = option.arg != nullptr && option.arg->node_case == PG_QUERY__NODE__NODE_BOOLEAN &&
                          option.arg->boolean->boolval;
    }
  }
#else
  out->admin_option = in.admin_opt;
#endif
  for (size_t i = 0; i < in.n_granted_roles; ++i) {
    out->roles.push_back(text(in.granted_roles[i]->access_priv->priv_name));
    out->has_columns |= in.granted_roles[i]->access_priv->n_cols > 0;
  }
  out->grantees = role_specs(in.n_grantee_roles, in.grantee_roles);
  out->grantor = role_spec(in.grantor);
  out->behavior = drop_behavior(in.behavior);
  return out;
}

}  // namespace vecino::sql::parse
