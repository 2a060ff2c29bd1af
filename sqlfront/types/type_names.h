#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/catalog/name_scope.h"
#include "sqlfront/types/type.h"

namespace vecino::sql {

// A type as SQL spells it: "character varying(10)", "int4[]", "pg_catalog.text". The modifier is applied through the
// type's typmod_in. nullopt = no such type; 42601 `invalid type name "..."` for text that is none.
std::optional<TypeRef> parse_type_name(std::string_view text, const NameScope& names = {});

// Splits a possibly qualified, possibly quoted name: a."B".c -> {a, B, c}; unquoted parts are folded to lower case.
// 42602 `invalid name syntax`.
std::vector<std::string> split_qualified_name(std::string_view text);

}  // namespace vecino::sql
