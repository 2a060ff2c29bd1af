#include "sqlfront/catalog/name_scope.h"
#include "sqlfront/catalog/privileges.h"
#include "sqlfront/catalog/system_producers.h"
#include "sqlfront/catalog/system_rows.h"
#include "sqlfront/functions/function.h"

namespace vecino::sql {

Oid type_collation(Oid type) {
  switch (type) {
    case type_id::kText:
    case type_id::kVarchar:
    case type_id::kBpchar:
    case type_id::kTextArray:
    case type_id::kVarcharArray:
    case type_id::kBpcharArray: return kDefaultCollation;
    case type_id::kName:
    case type_id::kNameArray: return kCCollation;
    default: return kInvalidOid;
  }
}

namespace {

Oid function_oid(std::string_view name) {
  auto found = functions_named(name);
  return found.empty() ? kInvalidOid : found.front()->oid;
}

struct IoNames {
  std::string input, output, receive, send;
};
IoNames io_names(const TypeInfo& type) {
  if (type.name[0] == '_' && type.input_name.empty()) return {"array_in", "array_out", "array_recv", "array_send"};
  auto named = [&](std::string_view given, const char* suffix) {
    return given.empty() ? std::string(type.name) + suffix : std::string(given);
  };
  IoNames names{named(type.input_name, "in"), named(type.output_name, "out"), named(type.receive_name, "recv"),
                named(type.send_name, "send")};
  if (function_oid(names.input) == kInvalidOid && type.input_name.empty()) {  // newer types write an underscore
    std::string prefix = std::string(type.name) + "_";
    if (function_oid(prefix + "in")) names = {prefix + "in", prefix + "out", prefix + "recv", prefix + "send"};
  }
  return names;
}

// The functions behind type modifiers follow the type's name.
Oid typmod_function(const TypeInfo& type, const char* suffix) {
  const TypeInfo* base = is_array_type(type) ? find_type(type.element_id) : &type;
  if (!base || !base->typmod_in) return kInvalidOid;
  std::string name(base->name);
  if (Oid oid = function_oid(name + suffix)) return oid;
  // Younger types write underscores: vector_typmod_in.
  const std::string_view direction = std::string_view(suffix).substr(std::string_view("typmod").size());
  return function_oid(name + "_typmod_" + std::string(direction));
}

Oid subscript_handler(const TypeInfo& type) {
  if (type.id == type_id::kJsonb) return function_oid("jsonb_subscript_handler");
  if (type.length > 0 && type.element_id != kInvalidOid) return function_oid("raw_array_subscript_handler");  // name
  return is_array_type(type) || type.name[0] == '_' ? function_oid("array_subscript_handler") : kInvalidOid;
}

void emit_type(SystemRows& rows, const Catalog& catalog, const TypeInfo& type, Oid schema) {
  IoNames io = io_names(type);
  rows.oid(type.id).text(type.name).oid(schema).oid(well_known_oid::kBootstrapRole);
  rows.number(type.length).boolean(type.by_value).character(type.type_class).character(type.category);
  rows.boolean(type.preferred).boolean(true).character(type.delimiter).oid(0);
  rows.oid(subscript_handler(type)).oid(type.element_id).oid(type.array_id);
  rows.oid(function_oid(io.input)).oid(function_oid(io.output)).oid(function_oid(io.receive)).oid(function_oid(io.send));
  rows.oid(typmod_function(type, "typmodin")).oid(typmod_function(type, "typmodout"));
  rows.oid(type.name[0] == '_' ? function_oid("array_typanalyze") : 0);
  rows.character(type.alignment).character(type.storage).boolean(false).oid(0).number(-1).number(0);
  AccessListPtr list = catalog.find_access_list(access_list_name(AccessListKind::kType, type.id));
  rows.oid(type_collation(type.id)).null().null().access_list(list ? list->access_control : std::string()).emit();
}

void emit_row_type(SystemRows& rows, const RelationDesc& relation) {
  rows.oid(relation.row_type).text(relation.name).oid(relation.schema).oid(relation.owner).number(-1).boolean(false);
  rows.character('c').character('C').boolean(false).boolean(true).character(',').oid(relation.oid).oid(0).oid(0).oid(0);
  rows.oid(function_oid("record_in")).oid(function_oid("record_out")).oid(function_oid("record_recv"));
  rows.oid(function_oid("record_send")).oid(0).oid(0).oid(0).character('d').character('x').boolean(false).oid(0);
  rows.number(-1).number(0).oid(0).null().null().null().emit();
}

}  // namespace

void produce_type(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kType);
  const ListedSchemas schemas(catalog);
  for (const TypeInfo& type : all_types()) emit_type(rows, catalog, type, schemas.of(type_schema(type.id)));
  for (const RelationPtr& relation : catalog.relations()) {
    if (relation->row_type != kInvalidOid) emit_row_type(rows, *relation);
  }
}

bool is_extension_cast(const CastDef& cast) {
  return is_extension_object(cast.source) || is_extension_object(cast.target);
}

void produce_cast(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kCast);
  // As PostgreSQL's own: what is not below 16384 is taken for a user's or an extension's, by pg_dump for one.
  const bool extension = !listed_extensions(catalog).empty();
  Oid number = 0;
  for (const CastDef* cast : all_casts()) {
    const Oid oid = (extension && is_extension_cast(*cast) ? kExtensionCasts : kSystemCasts) + number++;
    rows.oid(oid).oid(cast->source).oid(cast->target).oid(cast->function);
    rows.character(static_cast<char>(cast->context)).character(static_cast<char>(cast->method)).emit();
  }
}

namespace {

struct Collation {
  Oid oid;
  std::string_view name, locale;
  char provider;
  int encoding;
};
constexpr Collation kCollations[] = {
    {kDefaultCollation, "default", "", 'd', -1},
    {kCCollation, "C", "C", 'c', -1},
    {951, "POSIX", "POSIX", 'c', -1},
    {12340, "ucs_basic", "C", 'c', 6},
};

}  // namespace

void produce_collation(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kCollation);
  for (const Collation& c : kCollations) {
    rows.oid(c.oid).text(c.name).oid(well_known_oid::kPgCatalog).oid(well_known_oid::kBootstrapRole).character(c.provider);
    rows.boolean(true).number(c.encoding).text_or_null(c.locale).text_or_null(c.locale).null().null().emit();
  }
}

}  // namespace vecino::sql
