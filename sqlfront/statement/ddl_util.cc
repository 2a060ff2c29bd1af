#include "sqlfront/statement/ddl_util.h"

#include <algorithm>
#include <set>

#include "sqlfront/exec/modify/foreign_key_events.h"
#include "sqlfront/catalog/identifiers.h"
#include "sqlfront/catalog/stored_expression.h"
#include "sqlfront/parse/def_elem.h"
#include "sqlfront/statement/ddl_privileges.h"
#include "sqlfront/statement/vector_storages.h"

namespace vecino::sql {

using storage::LockMode;

void notice(DdlContext& context, SqlState code, std::string message, std::string detail) {
  ErrorInfo info;
  info.code = code;
  info.message = std::move(message);
  info.detail = std::move(detail);
  context.exec.env->notice(std::move(info));
}

storage::LockTag relation_lock_tag(const Catalog& catalog, Oid relation) {
  return {storage::LockSpace::kRelation, catalog.database(), relation, {}};
}

void lock_relation(DdlContext& context, Oid relation, LockMode mode) {
  value_or_throw(context.exec.txn->lock(relation_lock_tag(*context.catalog, relation), mode, storage::LockWait::kBlock));
  context.catalog->refresh();
}

std::string written_name(const ast::RangeVar& name) {
  return name.schema.empty() ? name.name : name.schema + "." + name.name;
}

ast::RangeVar range_var_of(const ast::Name& name, int location) {
  ast::RangeVar var;
  var.location = location;
  if (name.size() > 3) {
    std::string text;
    for (const auto& part : name) text += (text.empty() ? "" : ".") + part;
    throw SqlError(sqlstate::kSyntaxError, "improper relation name (too many dotted names): " + text);
  }
  var.name = name.back();
  if (name.size() > 1) var.schema = name[name.size() - 2];
  if (name.size() > 2) var.catalog = name[0];
  return var;
}

namespace {

void check_database(const Catalog& catalog, const ast::RangeVar& name) {
  if (name.catalog.empty()) return;
  DatabasePtr database = catalog.find_database(catalog.database());
  if (database && database->name == name.catalog) return;
  throw SqlError(sqlstate::kFeatureNotSupported, "cross-database references are not implemented: \"" + name.catalog +
                                                     "." + name.schema + "." + name.name + "\"");
}

RelationPtr lookup(DdlContext& context, const ast::RangeVar& name) {
  const auto& path = analyze_context(context).search_path;
  if (!name.schema.empty() && name.schema != "pg_temp") {
    SchemaPtr schema = context.catalog->find_schema(name.schema);
    if (!schema) return nullptr;
    require_schema_privilege(context, *schema, acl::kUsage);
  }
  return lookup_relation(*context.catalog, path, name.schema, name.name);
}

}  // namespace

RelationPtr open_relation(DdlContext& context, const ast::RangeVar& name, LockMode mode, OnMissing missing,
                          RelationCheck check) {
  check_database(*context.catalog, name);
  for (;;) {
    RelationPtr found = lookup(context, name);
    if (!found) {
      if (missing == OnMissing::kReturnNull) return nullptr;
      throw SqlError(sqlstate::kUndefinedTable, "relation \"" + written_name(name) + "\" does not exist");
    }
    if (check) check(context, *found);
    if (found->oid < well_known_oid::kFirstUserOid) return found;
    lock_relation(context, found->oid, mode);
    RelationPtr again = lookup(context, name);
    if (!again || again->oid != found->oid) continue;
    if (check) check(context, *again);
    return again;
  }
}

RelationPtr reload(DdlContext& context, Oid relation) {
  RelationPtr found = context.catalog->find_relation(relation);
  if (!found) {
    throw SqlError(sqlstate::kUndefinedTable, "relation with OID " + std::to_string(relation) + " does not exist");
  }
  return found;
}

void refuse_pending_events(const DdlContext& context, const RelationDesc& relation, const char* command) {
  if (context.deferred_events == nullptr || !context.deferred_events->concerns(relation.oid)) return;
  throw SqlError(sqlstate::kObjectInUse, std::string("cannot ") + command + " \"" + relation.name +
                                             "\" because it has pending trigger events");
}

std::shared_ptr<RelationDesc> copy_relation(const RelationDesc& relation) {
  return std::make_shared<RelationDesc>(relation);
}

void store(DdlContext& context, std::shared_ptr<RelationDesc> relation) {
  note_storage_change(context, context.catalog->find_relation(relation->oid).get(), *relation);
  context.catalog->put_relation(std::move(relation));
  context.exec.txn->advance_command();
}

SchemaPtr find_schema_or_throw(const Catalog& catalog, std::string_view name) {
  SchemaPtr schema = catalog.find_schema(name);
  if (!schema) throw SqlError(sqlstate::kInvalidSchemaName, "schema \"" + std::string(name) + "\" does not exist");
  return schema;
}

namespace {

Oid make_temporary_schema(DdlContext& context, int location) {
  const int32_t pid = context.exec.env->backend_pid();
  require_database_privilege(context, acl::kTemporary, location);
  if (Oid existing = temporary_schema(*context.catalog, pid)) return existing;
  auto schema = std::make_shared<SchemaDesc>();
  schema->oid = context.catalog->allocate_oid();
  schema->name = "pg_temp_" + std::to_string(pid);
  Oid oid = schema->oid;
  context.catalog->put_schema(std::move(schema));
  return oid;
}

}  // namespace

Oid target_schema(DdlContext& context, const ast::RangeVar& name, char& persistence, int location) {
  check_database(*context.catalog, name);
  if (name.schema == "pg_temp" || (name.schema.empty() && persistence == 't')) {
    persistence = 't';
    return make_temporary_schema(context, location);
  }
  if (persistence == 't') {
    throw SqlError(sqlstate::kInvalidTableDefinition, "cannot create temporary relation in non-temporary schema",
                   name.location);
  }
  Oid oid;
  if (name.schema.empty()) {
    oid = creation_schema(*context.catalog, analyze_context(context).search_path);
  } else {
    SchemaPtr schema = context.catalog->find_schema(name.schema);
    if (!schema) {
      throw SqlError(sqlstate::kInvalidSchemaName, "schema \"" + name.schema + "\" does not exist", name.location);
    }
    oid = schema->oid;
  }
  if (SchemaPtr schema = context.catalog->find_schema(oid)) {
    require_schema_privilege(context, *schema, acl::kCreate, location);
  }
  if (oid == well_known_oid::kPgCatalog || oid == well_known_oid::kInformationSchema) {
    throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied to create \"" + written_name(name) + "\"")
        .detail("System catalog modifications are currently disallowed.");
  }
  context.catalog->lock_object(oid, LockMode::kAccessShare);
  if (!context.catalog->find_schema(oid)) {
    throw SqlError(sqlstate::kInvalidSchemaName, "schema \"" + name.schema + "\" does not exist");
  }
  return oid;
}

void refuse_system_relation(DdlContext&, const RelationDesc& relation) {
  if (relation.oid >= well_known_oid::kFirstUserOid) return;
  throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied: \"" + relation.name + "\" is a system catalog");
}

std::string_view relation_kind_name(char kind) {
  switch (kind) {
    case 'i': return "index";
    case 'S': return "sequence";
    case 'v': return "view";
    default: return "table";
  }
}

std::string current_schema_user(DdlContext& context) {
  RolePtr acting = context.catalog->find_role(context.acting_role);
  return acting ? acting->name : context.exec.env->current_user();
}

Oid current_role(DdlContext& context) {
  return context.acting_role != kInvalidOid ? context.acting_role : context.exec.env->current_role();
}

Oid resolve_role(DdlContext& context, const ast::RoleSpec& spec) {
  std::string name;
  switch (spec.role) {
    case ast::RoleSpec::Role::kName: name = spec.name; break;
    case ast::RoleSpec::Role::kSessionUser: return context.exec.env->session_role();
    case ast::RoleSpec::Role::kPublic:
      throw SqlError(sqlstate::kUndefinedObject, "role \"public\" does not exist");
    default: return current_role(context);
  }
  RolePtr role = context.catalog->find_role(name);
  if (!role) throw SqlError(sqlstate::kUndefinedObject, "role \"" + name + "\" does not exist");
  return role->oid;
}

void refuse_in_transaction_block(const DdlContext& context, std::string_view statement) {
  if (!context.in_transaction_block) return;
  throw SqlError(sqlstate::kActiveSqlTransaction, std::string(statement) + " cannot run inside a transaction block");
}

std::string make_object_name(std::string_view first, std::string_view second, std::string_view label) {
  constexpr size_t kMaxLength = 63;
  size_t overhead = (second.empty() ? 0 : 1) + (label.empty() ? 0 : label.size() + 1);
  size_t first_length = first.size(), second_length = second.size();
  while (first_length + second_length > kMaxLength - overhead) {  // shorten the longer one
    --(first_length > second_length ? first_length : second_length);
  }
  auto clip = [](std::string_view text, size_t length) {  // not inside a UTF-8 character
    while (length > 0 && length < text.size() && (static_cast<uint8_t>(text[length]) & 0xC0) == 0x80) --length;
    return std::string(text.substr(0, length));
  };
  std::string name = clip(first, first_length);
  if (!second.empty()) name += "_" + clip(second, second_length);
  if (!label.empty()) name += "_" + std::string(label);
  return name;
}

std::string choose_relation_name(DdlContext& context, std::string_view first, std::string_view second,
                                 std::string_view label, Oid schema) {
  for (int pass = 0;; ++pass) {
    std::string numbered = std::string(label) + (pass ? std::to_string(pass) : "");
    std::string name = make_object_name(first, second, numbered);
    if (!context.catalog->find_relation(schema, name)) return name;
  }
}

bool constraint_exists(const RelationDesc& table, const Catalog& catalog, std::string_view name) {
  auto named = [&](const auto& constraint) { return constraint.name == name; };
  if (std::any_of(table.checks.begin(), table.checks.end(), named)) return true;
  if (std::any_of(table.foreign_keys.begin(), table.foreign_keys.end(), named)) return true;
  return std::any_of(table.indexes.begin(), table.indexes.end(), [&](Oid oid) {
    RelationPtr index = catalog.find_relation(oid);
    return index && index->index->constraint != kInvalidOid && index->name == name;
  });
}

std::string choose_constraint_name(const RelationDesc& table, const Catalog& catalog, std::string_view second,
                                   std::string_view label) {
  for (int pass = 0;; ++pass) {
    std::string name = make_object_name(table.name, second, std::string(label) + (pass ? std::to_string(pass) : ""));
    if (!constraint_exists(table, catalog, name)) return name;
  }
}

AttrNumber find_column(const RelationDesc& table, std::string_view name) {
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (!table.columns[i].dropped && table.columns[i].name == name) return static_cast<AttrNumber>(i + 1);
  }
  return 0;
}

AttrNumber require_column(const RelationDesc& table, std::string_view name, int location) {
  if (AttrNumber found = find_column(table, name)) return found;
  if (is_system_column_name(name)) {
    throw SqlError(sqlstate::kFeatureNotSupported, "cannot alter system column \"" + std::string(name) + "\"");
  }
  throw SqlError(sqlstate::kUndefinedColumn, "column \"" + std::string(name) + "\" of relation \"" + table.name +
                                                 "\" does not exist", location);
}

bool is_system_column_name(std::string_view name) {
  for (std::string_view system : {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"}) {
    if (name == system) return true;
  }
  return false;
}

storage::ColumnLayout column_layout(TypeRef type) {
  // A short vector is read faster with its row than looked up apart from it.
  constexpr int kShortVector = 64;
  storage::ColumnLayout layout;
  layout.kind = type_info(type.id).kind;
  bool vector = type.id == type_id::kVector || type.id == type_id::kHalfvec || type.id == type_id::kSparsevec;
  layout.large = vector && (type.typmod < 0 || type.typmod > kShortVector);
  return layout;
}

Volatility expression_volatility(const ExprPtr& expr) {
  Volatility worst = Volatility::kImmutable;
  auto take = [&](Volatility v) {
    if (v == Volatility::kVolatile || (v == Volatility::kStable && worst == Volatility::kImmutable)) worst = v;
  };
  if (const auto* call = try_as<FunctionExpr>(expr)) take(call->function->volatility);
  if (expr->kind == ExprKind::kOperator || expr->kind == ExprKind::kDistinct || expr->kind == ExprKind::kNullIf) {
    if (const auto* function = as<OperatorExpr>(*expr).function) take(function->volatility);
  }
  if (const auto* any = try_as<ScalarArrayOpExpr>(expr)) {
    if (any->function) take(any->function->volatility);
  }
  if (expr->kind == ExprKind::kSqlValue) take(Volatility::kStable);
  if (const auto* io = try_as<CoerceViaIOExpr>(expr)) {
    // Text forms of these depend on settings (DateStyle, TimeZone, search_path).
    auto depends = [](TypeId type) {
      return type == type_id::kDate || type == type_id::kTimestamp || type == type_id::kTimestamptz ||
             type == type_id::kInterval || type == type_id::kRegclass || type == type_id::kRegtype;
    };
    if (depends(io->type.id) || depends(io->arg->type.id)) take(Volatility::kStable);
  }
  for_each_child(*expr, [&](const ExprPtr& child) {
    if (child) take(expression_volatility(child));
  });
  return worst;
}

namespace {

void collect_inputs(const ExprPtr& expr, std::set<AttrNumber>& out) {
  if (const auto* input = try_as<InputExpr>(expr)) out.insert(static_cast<AttrNumber>(input->index + 1));
  for_each_child(*expr, [&](const ExprPtr& child) {
    if (child) collect_inputs(child, out);
  });
}

}  // namespace

std::vector<AttrNumber> columns_used(const ExprPtr& expr) {
  std::set<AttrNumber> used;
  collect_inputs(expr, used);
  return {used.begin(), used.end()};
}

int input_location(const ExprPtr& expr, AttrNumber attr) {
  if (const auto* input = try_as<InputExpr>(expr)) return input->index + 1 == attr ? input->location : -1;
  int found = -1;
  for_each_child(*expr, [&](const ExprPtr& child) {
    if (child && found < 0) found = input_location(child, attr);
  });
  return found;
}

std::string stored_expression(DdlContext& context, const ExprPtr& expr, const RelationDesc* table) {
  const auto& path = analyze_context(context).search_path;
  return names_to_oids(deparse_expr(expr, table, *context.catalog), *context.catalog, path);
}

AnalyzeContext& analyze_context(DdlContext& context) {
  EvalEnvironment& env = *context.exec.env;
  context.analyze.catalog = context.catalog;
  context.analyze.search_path =
      resolve_search_path(*context.catalog, context.analyze.settings->get_string(conf::SettingId::search_path),
                          current_schema_user(context), env.backend_pid());
  return context.analyze;
}

std::vector<std::pair<std::string, std::string>> option_pairs(const ast::DefList& options) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& option : options) {
    std::string name = option->name_space.empty() ? option->name : option->name_space + "." + option->name;
    if (std::any_of(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == name; })) {
      throw SqlError(sqlstate::kInvalidParameterValue, "parameter \"" + option->name + "\" specified more than once");
    }
    pairs.emplace_back(std::move(name), option->arg ? ast::def_string(*option) : "true");
  }
  return pairs;
}

}  // namespace vecino::sql
