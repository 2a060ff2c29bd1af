#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/catalog/catalog.h"

namespace vecino::sql {

// Expressions in descriptors name relations by oid inside regclass constants ('20481'::regclass), which regclass input
// reads back, so that renaming or moving the relation or another search_path does not change their meaning.

// 'public.s'::regclass -> '20481'::regclass. Unknown names stay.
std::string names_to_oids(std::string_view expression, const Catalog& catalog, std::span<const Oid> path);
// For display: the name as regclass output prints it along the path. Empty path: always qualified.
std::string oids_to_names(std::string_view expression, const Catalog& catalog, std::span<const Oid> path);
// Relations that regclass constants of a stored expression name.
std::vector<Oid> referenced_relations(std::string_view expression);

}  // namespace vecino::sql
