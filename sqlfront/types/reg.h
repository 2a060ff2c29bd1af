#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sqlfront/catalog/name_scope.h"
#include "sqlfront/functions/call_context.h"

namespace vecino::sql {

struct FunctionDef;

// The object identifier types (manual 8.19): names <-> OIDs as the session's search path sees them. find_* return nullopt
// for names that do not exist (to_regclass() & co); the types' input raises the error.
enum class RegKind : uint8_t {
  kClass, kType, kProc, kProcedure, kOper, kOperator, kNamespace, kRole, kCollation, kConfig, kDictionary
};

std::optional<Oid> find_reg(CallContext& context, RegKind kind, std::string_view name);
// "-" and numbers are accepted too. 42P01, 42704, 42883, 3F000 ...
Oid parse_reg(CallContext& context, RegKind kind, std::string_view text);
void append_reg(CallContext& context, RegKind kind, Oid oid, std::string& out);

// name(type, type) of a function, as regprocedure shows it.
std::string function_signature(const FunctionDef& function, const NameScope& names);

}  // namespace vecino::sql
