#pragma once

#include <memory>

#include "sqlfront/functions/function.h"

namespace vecino::sql {

std::unique_ptr<RowProducer> hba_file_rules(CallContext& context, const Datum* args);
std::unique_ptr<RowProducer> ident_file_mappings(CallContext& context, const Datum* args);

}  // namespace vecino::sql
