#include <algorithm>
#include <map>
#include <set>

#include "index/api/access_method.h"
#include "sqlfront/catalog/name_scope.h"
#include "sqlfront/catalog/privileges.h"
#include "sqlfront/catalog/system_producers.h"
#include "sqlfront/catalog/system_rows.h"
#include "sqlfront/functions/function.h"
#include "sqlfront/functions/registry_entries.h"

namespace vecino::sql {
namespace {

constexpr Oid kIndexAmHandler = 325;
constexpr Oid kInternalLanguage = 12, kCLanguage = 13, kSqlLanguage = 14;

std::vector<int64_t> widen(std::initializer_list<Oid> oids) { return {oids.begin(), oids.end()}; }

// Access methods' handlers are called by name only.
bool is_handler(const FunctionDef& f) { return f.result_type == kIndexAmHandler; }

bool has_out_columns(const FunctionDef& f) { return f.columns.size() > 0; }

void emit_arguments(SystemRows& rows, const FunctionDef& f) {
  rows.numbers(widen(f.arg_types));
  const bool variadic = f.variadic != kInvalidOid;
  if (!has_out_columns(f) && !variadic) {
    rows.null().null();
  } else {
    std::vector<int64_t> types = widen(f.arg_types);
    std::vector<std::string> modes(types.size(), "i");
    if (variadic && !modes.empty()) modes.back() = "v";
    for (const OutputColumn& column : f.columns) {
      types.push_back(column.type);
      modes.emplace_back("o");
    }
    rows.numbers(types);
    std::string text = "{";
    for (const std::string& mode : modes) text += (text.size() > 1 ? "," : "") + mode;
    rows.parsed(text + "}");
  }
  if (!has_out_columns(f) && f.arg_names.size() == 0) {
    rows.null();
    return;
  }
  std::vector<std::string> names(f.arg_types.size());
  std::copy(f.arg_names.begin(), f.arg_names.end(), names.begin());
  for (const OutputColumn& column : f.columns) names.emplace_back(column.name);
  rows.strings(names);
}

}  // namespace

void produce_proc(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kProc);
  const ListedSchemas schemas(catalog);
  for (const FunctionDef* f : all_functions()) {
    const bool aggregate = f->kind == FunctionKind::kAggregate;
    const bool extension = f->schema == kExtensionSchema && !aggregate;  // of a library
    rows.oid(f->oid).text(f->name).oid(schemas.of(f->schema)).oid(well_known_oid::kBootstrapRole);
    rows.oid(extension ? kCLanguage : kInternalLanguage).real(f->cost).real(f->set ? 1000 : 0).oid(f->variadic).oid(0);
    rows.character(static_cast<char>(f->kind)).boolean(false).boolean(f->leakproof);
    rows.boolean(f->strict && !aggregate).boolean(f->set != nullptr).character(static_cast<char>(f->volatility));
    rows.character(extension && is_handler(*f) ? 'u' : 's');
    rows.number(static_cast<int64_t>(f->arg_types.size())).number(static_cast<int64_t>(f->defaults.size()));
    rows.oid(f->result_type);
    emit_arguments(rows, *f);
    std::string defaults;
    for (std::string_view text : f->defaults) (defaults += defaults.empty() ? "" : ", ") += text;
    rows.text_or_null(defaults).null().text(aggregate ? "aggregate_dummy" : f->name).text_or_null(extension ? "$libdir/vector" : "");
    rows.null().null();
    const bool listed = catalog.find_access_list(access_list_name(AccessListKind::kFunction, f->oid)) != nullptr;
    if (listed || has_initial_acl(f->name)) {
      rows.access_list(function_acl(catalog, f->oid)).emit();
    } else {
      rows.null().emit();
    }
  }
}

namespace {

Oid function_of(std::string_view name, Oid first_argument) {
  for (const FunctionDef* f : functions_named(name)) {
    if (f->arg_types.size() > 0 && *f->arg_types.begin() == first_argument) return f->oid;
  }
  return kInvalidOid;
}

// Aggregates of the extension as its own script declares them. Those of the system are kernels, which are no functions.
struct DeclaredAggregate {
  std::string_view name;
  std::string_view transition, final, combine;
  Oid state;
  std::string_view initial;
};
constexpr DeclaredAggregate kVectorAggregates[] = {
    {"avg", "vector_accum", "vector_avg", "vector_combine", type_id::kFloat8Array, "{0}"},
    {"sum", "vector_add", "", "vector_add", type_id::kVector, ""},
};

const DeclaredAggregate* declared_aggregate(const FunctionDef& f) {
  if (f.schema != kExtensionSchema) return nullptr;
  for (const DeclaredAggregate& aggregate : kVectorAggregates) {
    if (aggregate.name == f.name) return &aggregate;
  }
  return nullptr;
}

}  // namespace

void produce_aggregate(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kAggregate);
  for (const FunctionDef* f : all_functions()) {
    if (f->kind != FunctionKind::kAggregate) continue;
    const DeclaredAggregate* declared = declared_aggregate(*f);
    auto support = [&](std::string_view name) {
      return declared && !name.empty() ? function_of(name, declared->state) : kInvalidOid;
    };
    rows.oid(f->oid).character('n').number(0);
    rows.oid(support(declared ? declared->transition : "")).oid(support(declared ? declared->final : ""));
    rows.oid(support(declared ? declared->combine : ""));
    for (int i = 0; i < 5; ++i) rows.oid(0);  // serial, deserial, the moving kind
    rows.boolean(false).boolean(false).character('r').character('r').oid(0);
    rows.oid(declared ? declared->state : type_id::kInternal).number(0).oid(0).number(0);
    rows.text_or_null(declared ? declared->initial : "").null().emit();
  }
}

namespace {

// The estimators of selectivity that PostgreSQL and pgvector name for operators of these kinds.
struct Estimators {
  std::string_view restriction, join;
};
Estimators estimators(const OperatorDef& op) {
  const bool or_equal = op.name.ends_with("=");
  switch (op.selectivity) {
    case Selectivity::kEqual: return {"eqsel", "eqjoinsel"};
    case Selectivity::kNotEqual:
      if (op.schema == kExtensionSchema) return {"eqsel", "eqjoinsel"};  // as pgvector has it
      return {"neqsel", "neqjoinsel"};
    case Selectivity::kLess:
      return or_equal ? Estimators{"scalarlesel", "scalarlejoinsel"} : Estimators{"scalarltsel", "scalarltjoinsel"};
    case Selectivity::kGreater:
      return or_equal ? Estimators{"scalargesel", "scalargejoinsel"} : Estimators{"scalargtsel", "scalargtjoinsel"};
    default: return {};
  }
}

Oid estimator_oid(std::string_view name) { return name.empty() ? kInvalidOid : function_of(name, type_id::kInternal); }

}  // namespace

void produce_operator(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kOperator);
  const ListedSchemas schemas(catalog);
  for (const OperatorDef* op : all_operators()) {
    rows.oid(op->oid).text(op->name).oid(schemas.of(op->schema)).oid(well_known_oid::kBootstrapRole);
    rows.character(op->left == kInvalidOid ? 'l' : 'b').boolean(op->can_merge).boolean(op->can_hash);
    rows.oid(op->left).oid(op->right).oid(op->result).oid(op->commutator).oid(op->negator).oid(op->function);
    const Estimators names = estimators(*op);
    rows.oid(estimator_oid(names.restriction)).oid(estimator_oid(names.join)).emit();
  }
}

void produce_language(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kLanguage);
  const std::pair<Oid, std::string_view> languages[] = {
      {kInternalLanguage, "internal"}, {kCLanguage, "c"}, {kSqlLanguage, "sql"}};
  for (const auto& [oid, name] : languages) {
    rows.oid(oid).text(name).oid(well_known_oid::kBootstrapRole).boolean(false).boolean(name == "sql");
    AccessListPtr list = catalog.find_access_list(access_list_name(AccessListKind::kLanguage, oid));
    rows.oid(0).oid(0).oid(0).access_list(list ? list->access_control : std::string()).emit();
  }
}

Oid access_method_oid(std::string_view name) {
  const auto* method = index::find_access_method(name);
  return method ? method->oid : kInvalidOid;
}

void produce_am(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  constexpr Oid kHeapHandler = 3;
  SystemRows rows(context, catalog, sink, catalog_oid::kAm);
  rows.oid(kHeapAm).text("heap").oid(kHeapHandler).character('t').emit();
  const bool extension = !listed_extensions(catalog).empty();
  for (const auto& method : index::access_methods()) {
    if (is_extension_object(method.oid) && !extension) continue;
    rows.oid(method.oid).text(method.name).oid(method.handler_oid).character('i').emit();
  }
}

void produce_opclass(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kOpclass);
  const ListedSchemas schemas(catalog);
  for (const OpclassDef& c : all_opclasses()) {
    Oid method = access_method_oid(c.access_method);
    if (method == kInvalidOid) continue;
    rows.oid(c.oid).oid(method).text(c.name).oid(schemas.of(c.schema)).oid(well_known_oid::kBootstrapRole);
    rows.oid(c.family).oid(c.input_type).boolean(c.is_default).oid(0).emit();
  }
}

void produce_opfamily(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kOpfamily);
  const ListedSchemas schemas(catalog);
  std::set<Oid> seen;
  for (const OpclassDef& c : all_opclasses()) {
    Oid method = access_method_oid(c.access_method);
    if (method == kInvalidOid || !seen.insert(c.family).second) continue;
    rows.oid(c.family).oid(method).text(c.family_name).oid(schemas.of(c.schema));
    rows.oid(well_known_oid::kBootstrapRole).emit();
  }
}

namespace {

struct FamilyMember {
  Oid family, op, sort_family;
  int strategy;
};

// Operators of btree families, and the distance operators that vector classes serve.
std::vector<FamilyMember> family_members() {
  std::vector<FamilyMember> members;
#define VECINO_ADD(name)                                                                                     \
  for (const BtreeOperators& row : name()) {                                                                 \
    int strategy = 0;                                                                                        \
    for (Oid op : {row.less, row.less_equal, row.equal, row.greater_equal, row.greater}) {                   \
      members.push_back({row.family, op, kInvalidOid, ++strategy});                                          \
    }                                                                                                        \
  }
  VECINO_BTREE_SPANS(VECINO_ADD)
#undef VECINO_ADD
  Oid float_family = kInvalidOid;
  for (const OpclassDef& c : all_opclasses()) {
    if (c.access_method == "btree" && c.input_type == type_id::kFloat8 && c.is_default) float_family = c.family;
  }
  for (const OpclassDef& c : all_opclasses()) {
    if (c.order_by_operator != kInvalidOid) members.push_back({c.family, c.order_by_operator, float_family, 1});
  }
  return members;
}

std::map<Oid, Oid> family_methods() {
  std::map<Oid, Oid> methods;
  for (const OpclassDef& c : all_opclasses()) {
    if (Oid method = access_method_oid(c.access_method)) methods[c.family] = method;
  }
  return methods;
}

}  // namespace

void produce_amop(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kAmop);
  auto methods = family_methods();
  Oid oid = kDerivedOidBase | 0x71000000;
  for (const FamilyMember& member : family_members()) {
    const OperatorDef* op = find_operator(member.op);
    auto method = methods.find(member.family);
    if (!op || method == methods.end()) continue;
    const bool ordering = op->result == type_id::kFloat8;
    rows.oid(oid++).oid(member.family).oid(op->left).oid(op->right).number(member.strategy);
    rows.character(ordering ? 'o' : 's').oid(op->oid).oid(method->second).oid(member.sort_family).emit();
  }
}

namespace {

// Support functions of the vector classes, as pgvector's script declares them.
struct VectorSupport {
  std::string_view method;
  index::Metric metric;
  int number;
  std::string_view function;
};
constexpr VectorSupport kVectorSupport[] = {
    {"hnsw", index::Metric::kL2, 1, "vector_l2_squared_distance"},
    {"hnsw", index::Metric::kInnerProduct, 1, "vector_negative_inner_product"},
    {"hnsw", index::Metric::kCosine, 1, "vector_negative_inner_product"},
    {"hnsw", index::Metric::kCosine, 2, "vector_norm"},
    {"hnsw", index::Metric::kL1, 1, "l1_distance"},
    {"ivfflat", index::Metric::kL2, 1, "vector_l2_squared_distance"},
    {"ivfflat", index::Metric::kL2, 3, "l2_distance"},
    {"ivfflat", index::Metric::kInnerProduct, 1, "vector_negative_inner_product"},
    {"ivfflat", index::Metric::kInnerProduct, 3, "vector_spherical_distance"},
    {"ivfflat", index::Metric::kInnerProduct, 4, "vector_norm"},
    {"ivfflat", index::Metric::kCosine, 1, "vector_negative_inner_product"},
    {"ivfflat", index::Metric::kCosine, 2, "vector_norm"},
    {"ivfflat", index::Metric::kCosine, 3, "vector_spherical_distance"},
    {"ivfflat", index::Metric::kCosine, 4, "vector_norm"},
};

// bt<type>cmp, or <type>_cmp where types are younger.
Oid comparison_function(const TypeInfo& type) {
  const std::string name(type.name);
  for (const std::string& candidate : {"bt" + name + "cmp", name + "_cmp"}) {
    auto found = functions_named(candidate);
    if (!found.empty()) return found.front()->oid;
  }
  return kInvalidOid;
}

}  // namespace

void produce_amproc(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  SystemRows rows(context, catalog, sink, catalog_oid::kAmproc);
  Oid oid = kDerivedOidBase | 0x72000000;
  auto add = [&](const OpclassDef& c, int number, Oid function) {
    if (function == kInvalidOid) return;
    rows.oid(oid++).oid(c.family).oid(c.input_type).oid(c.input_type).number(number).oid(function).emit();
  };
  for (const OpclassDef& c : all_opclasses()) {
    const TypeInfo* type = find_type(c.input_type);
    if (type && c.access_method == "btree") add(c, 1, comparison_function(*type));
    for (const VectorSupport& support : kVectorSupport) {
      if (support.method != c.access_method || support.metric != c.metric) continue;
      add(c, support.number, function_of(support.function, c.input_type));
    }
  }
}

}  // namespace vecino::sql
