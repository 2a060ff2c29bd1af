#include "sqlfront/statement/ddl_sequence.h"

#include <charconv>
#include <climits>
#include <optional>

#include "sqlfront/catalog/system_relation.h"
#include "sqlfront/parse/def_elem.h"
#include "sqlfront/statement/ddl_privileges.h"

namespace vecino::sql {

using storage::LockMode;

namespace {

[[noreturn]] void invalid(std::string message) {
  throw SqlError(sqlstate::kInvalidParameterValue, std::move(message));
}

struct TypeRange {
  int64_t min, max;
};
TypeRange range_of(TypeId type) {
  if (type == type_id::kInt2) return {INT16_MIN, INT16_MAX};
  if (type == type_id::kInt4) return {INT32_MIN, INT32_MAX};
  return {INT64_MIN, INT64_MAX};
}

struct SequenceChange {
  std::optional<int64_t> restart;
  bool do_restart = false;
  const ast::Node* owned_by = nullptr;
};

// Integers beyond int4 come as numeric literals.
int64_t option_value(const ast::DefElem& option) {
  if (const auto* text = ast::try_as<ast::FloatNode>(option.arg)) {
    int64_t value = 0;
    auto [end, error] = std::from_chars(text->value.data(), text->value.data() + text->value.size(), value);
    if (error != std::errc() || end != text->value.data() + text->value.size()) {
      throw SqlError(sqlstate::kNumericValueOutOfRange,
                     "value \"" + text->value + "\" is out of range for type bigint");
    }
    return value;
  }
  return ast::def_int(option);
}

const ast::DefElem* unique_option(const ast::DefList& options, std::string_view name) {
  const ast::DefElem* found = nullptr;
  for (const auto& option : options) {
    if (option->name != name) continue;
    if (found) throw SqlError(sqlstate::kSyntaxError, "conflicting or redundant options", option->location);
    found = option.get();
  }
  return found;
}

TypeId sequence_type(DdlContext& context, const ast::DefElem& option) {
  TypeId type = resolve_type_name(*option.arg, analyze_context(context)).id;
  if (type != type_id::kInt2 && type != type_id::kInt4 && type != type_id::kInt8) {
    invalid("sequence type must be smallint, integer, or bigint");
  }
  return type;
}

void check_range(const char* what, int64_t value, TypeId type) {
  TypeRange range = range_of(type);
  if (value >= range.min && value <= range.max) return;
  invalid(std::string(what) + " (" + std::to_string(value) + ") is out of range for sequence data type " +
          format_type(type));
}

void check_within(const char* what, int64_t value, const storage::SequenceOptions& options) {
  std::string head = std::string(what) + " value (" + std::to_string(value) + ") cannot be ";
  if (value < options.min) invalid(head + "less than MINVALUE (" + std::to_string(options.min) + ")");
  if (value > options.max) invalid(head + "greater than MAXVALUE (" + std::to_string(options.max) + ")");
}

// Applies CREATE/ALTER SEQUENCE options (PostgreSQL's init_params). `is_new`: defaults for what is not given.
SequenceChange apply_options(DdlContext& context, const ast::DefList& options, bool is_new, SequenceDesc& sequence) {
  SequenceChange change;
  storage::SequenceOptions& o = sequence.options;
  bool reset_max = is_new, reset_min = is_new;
  if (const auto* as = unique_option(options, "as")) {
    TypeId type = sequence_type(context, *as);
    if (!is_new) {  // limits that were the old type's become the new type's
      TypeRange old = range_of(sequence.type);
      if (o.max == old.max) reset_max = o.increment > 0;
      if (o.min == old.min) reset_min = o.increment < 0;
    }
    sequence.type = type;
  }
  if (const auto* increment = unique_option(options, "increment")) {
    o.increment = option_value(*increment);
    if (o.increment == 0) invalid("INCREMENT must not be zero");
  }
  if (const auto* cycle = unique_option(options, "cycle")) o.cycle = ast::def_bool(*cycle);
  TypeRange range = range_of(sequence.type);
  const auto* max = unique_option(options, "maxvalue");
  if (max && max->arg) {
    o.max = option_value(*max);
  } else if (max || reset_max) {
    o.max = o.increment > 0 ? range.max : -1;
  }
  check_range("MAXVALUE", o.max, sequence.type);
  const auto* min = unique_option(options, "minvalue");
  if (min && min->arg) {
    o.min = option_value(*min);
  } else if (min || reset_min) {
    o.min = o.increment < 0 ? range.min : 1;
  }
  check_range("MINVALUE", o.min, sequence.type);
  if (o.min >= o.max) {
    invalid("MINVALUE (" + std::to_string(o.min) + ") must be less than MAXVALUE (" + std::to_string(o.max) + ")");
  }
  if (const auto* start = unique_option(options, "start")) {
    o.start = option_value(*start);
  } else if (is_new) {
    o.start = o.increment > 0 ? o.min : o.max;
  }
  check_within("START", o.start, o);
  if (const auto* restart = unique_option(options, "restart")) {
    change.do_restart = true;
    change.restart = restart->arg ? option_value(*restart) : o.start;
    check_within("RESTART", *change.restart, o);
  }
  if (const auto* cache = unique_option(options, "cache")) {
    o.cache = option_value(*cache);
    if (o.cache <= 0) invalid("CACHE (" + std::to_string(o.cache) + ") must be greater than zero");
  }
  if (const auto* owned = unique_option(options, "owned_by")) change.owned_by = owned->arg.get();
  return change;
}

ast::Name name_parts(const ast::Node& node) {
  if (const auto* object = ast::try_as<ast::ObjectName>(&node)) return object->name;
  ast::Name name;
  if (const auto* list = ast::try_as<ast::ListNode>(&node)) {
    for (const auto& item : list->items) {
      if (const auto* text = ast::try_as<ast::StringNode>(item)) name.push_back(text->value);
    }
  } else if (const auto* text = ast::try_as<ast::StringNode>(&node)) {
    name.push_back(text->value);
  }
  return name;
}

// Makes the column know its sequence (DROP COLUMN, pg_get_serial_sequence) and forget the former one.
void link_owner(DdlContext& context, Oid table_oid, AttrNumber attr, Oid sequence) {
  RelationPtr table = context.catalog->find_relation(table_oid);
  if (!table || attr < 1 || attr > static_cast<int>(table->columns.size())) return;
  auto changed = copy_relation(*table);
  changed->columns[attr - 1].sequence = sequence;
  store(context, std::move(changed));
}

void set_owner(DdlContext& context, RelationDesc& relation, const ast::Node& node) {
  SequenceDesc& sequence = *relation.sequence;
  ast::Name name = name_parts(node);
  if (sequence.owner_kind == 'i' && sequence.owner_table != kInvalidOid) {
    throw SqlError(sqlstate::kFeatureNotSupported, "cannot change ownership of identity sequence")
        .detail("Sequence \"" + relation.name + "\" is linked to table \"" +
                reload(context, sequence.owner_table)->name + "\".");
  }
  if (name.size() < 2) {
    if (name.empty() || name[0] != "none") {
      throw SqlError(sqlstate::kSyntaxError, "invalid OWNED BY option").hint(
          "Specify OWNED BY table.column or OWNED BY NONE.");
    }
    if (sequence.owner_table != kInvalidOid) {
      link_owner(context, sequence.owner_table, sequence.owner_column, kInvalidOid);
    }
    sequence.owner_table = kInvalidOid;
    sequence.owner_column = 0;
    return;
  }
  std::string column = name.back();
  name.pop_back();
  RelationPtr table = open_relation(context, range_var_of(name, node.location), LockMode::kAccessShare);
  if (table->kind != 'r') {
    throw SqlError(sqlstate::kWrongObjectType, "sequence cannot be owned by relation \"" + table->name + "\"");
  }
  if (table->owner != relation.owner) {
    throw SqlError(sqlstate::kObjectNotInPrerequisiteState, "sequence must have same owner as table it is linked to");
  }
  if (table->schema != relation.schema) {
    throw SqlError(sqlstate::kObjectNotInPrerequisiteState, "sequence must be in same schema as table it is linked to");
  }
  AttrNumber attr = find_column(*table, column);
  if (attr == 0) {
    throw SqlError(sqlstate::kUndefinedColumn, "column \"" + column + "\" of relation \"" + table->name +
                                                   "\" does not exist");
  }
  if (sequence.owner_table != kInvalidOid) link_owner(context, sequence.owner_table, sequence.owner_column, kInvalidOid);
  sequence.owner_table = table->oid;
  sequence.owner_column = attr;
  sequence.owner_kind = 'a';
  link_owner(context, table->oid, attr, relation.oid);
}

std::shared_ptr<RelationDesc> new_sequence(DdlContext& context, Oid schema, const std::string& name,
                                           char persistence) {
  auto relation = std::make_shared<RelationDesc>();
  relation->oid = context.catalog->allocate_oid();
  relation->schema = schema;
  relation->name = name;
  relation->kind = 'S';
  relation->persistence = persistence;
  relation->owner = current_role(context);
  relation->access_control = initial_access_control(context, AclObject::kSequence, relation->owner, schema);
  relation->layout.storage_id = value_or_throw(context.exec.tables->allocate_storage_id());
  relation->sequence.emplace();
  relation->system = &kSequenceRelation;
  for (auto [column_name, type] : {std::pair<const char*, TypeId>{"last_value", type_id::kInt8},
                                   {"log_cnt", type_id::kInt8}, {"is_called", type_id::kBool}}) {
    ColumnDesc column;
    column.name = column_name;
    column.type = {type, -1};
    column.not_null = true;
    relation->columns.push_back(std::move(column));
  }
  return relation;
}

}  // namespace

std::string create_sequence(const ast::CreateSequenceStmt& statement, DdlContext& context) {
  const ast::RangeVar& name = *statement.sequence;
  char persistence = name.persistence;
  Oid schema = target_schema(context, name, persistence);
  context.catalog->lock_relation_name(schema, name.name);
  if (context.catalog->find_relation(schema, name.name)) {
    if (!statement.if_not_exists) {
      throw SqlError(sqlstate::kDuplicateTable, "relation \"" + name.name + "\" already exists");
    }
    notice(context, sqlstate::kDuplicateTable, "relation \"" + name.name + "\" already exists, skipping");
    return "CREATE SEQUENCE";
  }
  auto relation = new_sequence(context, schema, name.name, persistence);
  SequenceChange change = apply_options(context, statement.options, true, *relation->sequence);
  if (change.owned_by) set_owner(context, *relation, *change.owned_by);
  store(context, std::move(relation));
  return "CREATE SEQUENCE";
}

RelationPtr create_owned_sequence(DdlContext& context, const RelationDesc& table, const PendingSequence& pending) {
  const std::string& column = table.columns[pending.column - 1].name;
  static const ast::DefList kNoOptions;
  const ast::DefList& options = pending.options ? *pending.options : kNoOptions;
  std::string name;
  if (const auto* given = ast::find_def(options, "sequence_name")) {
    if (const auto* var = ast::try_as<ast::RangeVar>(given->arg)) {
      name = var->name;
    } else if (given->arg) {
      ast::Name parts = name_parts(*given->arg);
      if (!parts.empty()) name = parts.back();
    }
  }
  if (name.empty()) name = choose_relation_name(context, table.name, column, "seq", table.schema);
  auto relation = new_sequence(context, table.schema, name, table.persistence);
  relation->owner = table.owner;
  relation->access_control = initial_access_control(context, AclObject::kSequence, table.owner, table.schema);
  relation->sequence->type = pending.type;
  apply_options(context, options, true, *relation->sequence);
  relation->sequence->owner_table = table.oid;
  relation->sequence->owner_column = pending.column;
  relation->sequence->owner_kind = pending.identity ? 'i' : 'a';
  Oid oid = relation->oid;
  store(context, std::move(relation));
  return reload(context, oid);
}

void check_identity_type(TypeId type) {
  if (type == type_id::kInt2 || type == type_id::kInt4 || type == type_id::kInt8) return;
  throw SqlError(sqlstate::kInvalidParameterValue, "identity column type must be smallint, integer, or bigint");
}

void alter_sequence_options(DdlContext& context, const RelationDesc& sequence, const ast::DefList& options) {
  auto relation = copy_relation(sequence);
  SequenceChange change = apply_options(context, options, false, *relation->sequence);
  if (change.owned_by) set_owner(context, *relation, *change.owned_by);
  if (change.do_restart) {
    relation->layout.storage_id = value_or_throw(context.exec.tables->allocate_storage_id());
    throw_if_error(context.instance->sequences->setval(relation->layout.storage_id, *change.restart, false));
  } else if (auto state = context.exec.env->sequence_state(sequence.oid)) {
    check_within("RESTART", state->last_value, relation->sequence->options);
  }
  store(context, std::move(relation));
}

void restart_sequence(DdlContext& context, const RelationDesc& sequence) {
  auto relation = copy_relation(sequence);
  relation->layout.storage_id = value_or_throw(context.exec.tables->allocate_storage_id());
  store(context, std::move(relation));
}

std::string alter_sequence(const ast::AlterSequenceStmt& statement, DdlContext& context) {
  RelationPtr sequence = open_relation(context, *statement.sequence, LockMode::kShareRowExclusive,
                                       statement.if_exists ? OnMissing::kReturnNull : OnMissing::kFail,
                                       &require_relation_owner);
  if (!sequence) {
    notice(context, sqlstate::kSuccess,
           "relation \"" + written_name(*statement.sequence) + "\" does not exist, skipping");
    return "ALTER SEQUENCE";
  }
  if (!sequence->sequence) throw SqlError(sqlstate::kWrongObjectType, "\"" + sequence->name + "\" is not a sequence");
  alter_sequence_options(context, *sequence, statement.options);
  return "ALTER SEQUENCE";
}

}  // namespace vecino::sql
