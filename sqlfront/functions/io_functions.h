#pragma once

#include "sqlfront/functions/function.h"

namespace vecino::sql {

// Types' I/O routines as SQL-callable functions: name(cstring[, oid, typmod]) and the other three. They find the type
// through context.result_type (input, receive) or context.arg_types[0] (output, send).
Datum call_input(CallContext& context, const Datum* args);
Datum call_output(CallContext& context, const Datum* args);
Datum call_receive(CallContext& context, const Datum* args);  // 0A000: `internal` cannot come from SQL
Datum call_send(CallContext& context, const Datum* args);

// Text form of any value, and back. `out` is appended to.
void append_text_form(CallContext& context, Oid type, const Datum& value, std::string& out);
Datum value_from_text(CallContext& context, Oid type, std::string_view text);

}  // namespace vecino::sql
