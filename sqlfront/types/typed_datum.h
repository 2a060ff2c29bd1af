#pragma once

#include <span>
#include <string_view>

#include "sqlfront/functions/function.h"
#include "sqlfront/types/type.h"

namespace vecino::sql {

// In builds with assertions (kTypedDatums) values carry the family of their type: expressions and operators give it to what
// they compute and compare it with what is declared where a value is read. A difference is an error of ours (XX000), found
// before it becomes a wrong answer. In other builds nothing of this is called.

// Types of one family have values that stand for each other: binary-coercible ones, such as varchar and text, and arrays of
// them. 0 = anything goes (pseudo-types, row types).
uint16_t type_family(TypeId type);

// Each value is null, or of the type as far as it says. `where` names the reader.
void expect_type(const Datum* values, size_t count, TypeId type, std::string_view where);
// The same, and says so from now on.
void give_type(Datum* values, size_t count, TypeId type, std::string_view where);
// The arguments of a call are of the types that the function is declared with.
void expect_arguments(const FunctionDef& function, std::span<const TypeId> types);

}  // namespace vecino::sql
