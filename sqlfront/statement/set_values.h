#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sqlfront/parse/ast.h"
#include "sqlfront/statement/transaction_block.h"

namespace vecino::sql {

// The value of SET name = ... as one text: lists are joined with ", ", elements of list settings quoted as identifiers;
// SET TIME ZONE INTERVAL gives the offset. Throws SqlError.
std::string set_value_text(const ast::VariableSetStmt& statement);

TransactionModes transaction_modes(const ast::DefList& options);
TransactionModes transaction_modes(const ast::NodeList& options);
// What SET transaction_isolation, transaction_read_only or transaction_deferrable has just set; nullopt = another setting.
std::optional<TransactionModes> modes_of_setting(const std::string& name, const conf::SessionSettings& settings);
// SET SESSION CHARACTERISTICS AS TRANSACTION ...: the default_transaction_* settings to change.
std::vector<std::pair<std::string, std::string>> session_characteristics(const ast::NodeList& options);

}  // namespace vecino::sql
