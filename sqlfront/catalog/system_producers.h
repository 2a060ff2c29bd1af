#pragma once

#include "sqlfront/catalog/system_relation.h"

namespace vecino::sql {

// Producers of pg_catalog's tables, one per relation that has rows (system_tables.cc lists them).
#define VECINO_PRODUCER(name) void produce_##name(CallContext& context, const Catalog& catalog, SystemRowSink& sink)

// system_relations.cc, system_constraints.cc
VECINO_PRODUCER(class);
VECINO_PRODUCER(attribute);
VECINO_PRODUCER(attrdef);
VECINO_PRODUCER(index);
VECINO_PRODUCER(constraint);
VECINO_PRODUCER(sequence);
VECINO_PRODUCER(rewrite);
// system_types.cc
VECINO_PRODUCER(type);
VECINO_PRODUCER(cast);
VECINO_PRODUCER(collation);
// system_routines.cc
VECINO_PRODUCER(proc);
VECINO_PRODUCER(aggregate);
VECINO_PRODUCER(operator);
VECINO_PRODUCER(language);
VECINO_PRODUCER(am);
VECINO_PRODUCER(opclass);
VECINO_PRODUCER(opfamily);
VECINO_PRODUCER(amop);
VECINO_PRODUCER(amproc);
// system_shared.cc
VECINO_PRODUCER(namespace);
VECINO_PRODUCER(database);
VECINO_PRODUCER(authid);
VECINO_PRODUCER(auth_members);
VECINO_PRODUCER(tablespace);
VECINO_PRODUCER(db_role_setting);
VECINO_PRODUCER(shdescription);
VECINO_PRODUCER(extension);
VECINO_PRODUCER(shdepend);
VECINO_PRODUCER(default_acl);
VECINO_PRODUCER(parameter_acl);
// system_dependencies.cc
VECINO_PRODUCER(description);
VECINO_PRODUCER(depend);
VECINO_PRODUCER(init_privs);
// system_statistics.cc: the view pg_stats
VECINO_PRODUCER(stats);
// system_progress.cc: the views pg_stat_progress_create_index and pg_stat_progress_copy
VECINO_PRODUCER(progress_create_index);
VECINO_PRODUCER(progress_copy);

#undef VECINO_PRODUCER

// The catalogs' own oids, as classoid columns hold them.
namespace catalog_oid {
inline constexpr Oid kType = 1247, kAttribute = 1249, kProc = 1255, kClass = 1259, kAuthid = 1260, kAuthMembers = 1261,
                     kDatabase = 1262, kTablespace = 1213, kShDepend = 1214, kSequence = 2224, kShDescription = 2396,
                     kAggregate = 2600, kAm = 2601, kAmop = 2602, kAmproc = 2603, kAttrdef = 2604, kCast = 2605,
                     kConstraint = 2606, kDepend = 2608, kDescription = 2609, kIndex = 2610, kLanguage = 2612,
                     kNamespace = 2615, kOpclass = 2616, kOperator = 2617, kRewrite = 2618, kOpfamily = 2753,
                     kDbRoleSetting = 2964, kExtension = 3079, kCollation = 3456;
}

// Oids of objects that follow from others and are not stored (defaults, rules): the same at every look, and far above
// what allocation reaches.
inline constexpr Oid kDerivedOidBase = 0x80000000;
inline Oid attrdef_oid(Oid relation, int attribute) {
  return kDerivedOidBase | ((relation * 2048 + static_cast<Oid>(attribute)) & ~kDerivedOidBase);
}
inline Oid rewrite_oid(Oid view) { return attrdef_oid(view, 2047); }

// pg_cast: from here on in the order of all_casts().
inline constexpr Oid kSystemCasts = 10000, kExtensionCasts = 16384 + 1800;
bool is_extension_cast(const struct CastDef& cast);

inline constexpr Oid kDefaultCollation = 100, kCCollation = 950;
Oid type_collation(Oid type);         // pg_type.typcollation
Oid access_method_oid(std::string_view name);
inline constexpr Oid kHeapAm = 2;

}  // namespace vecino::sql
