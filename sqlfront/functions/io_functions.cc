#include "sqlfront/functions/io_functions.h"

#include <string>

#include "sqlfront/sql_error.h"
#include "sqlfront/types/type.h"

namespace vecino::sql {

namespace {

// Pseudo types have no values that SQL could write or read.
[[noreturn]] void refuse(std::string_view what, const TypeInfo& type) {
  throw SqlError(sqlstate::kFeatureNotSupported, std::string(what) + std::string(type.name));
}

}  // namespace

Datum call_input(CallContext& context, const Datum* args) {
  const TypeInfo& type = type_info(context.result_type);
  if (type.input == nullptr) refuse("cannot accept a value of type ", type);
  CallContext inner = context;
  inner.typmod = context.arg_types.size() > 2 && !args[2].is_null ? static_cast<int32_t>(args[2].i64) : -1;
  return type.input(inner, args[0].bytes());
}

Datum call_output(CallContext& context, const Datum* args) {
  std::string out;
  append_text_form(context, context.arg_types[0], args[0], out);
  return context.text(out);
}

Datum call_receive(CallContext&, const Datum*) {
  throw SqlError(sqlstate::kFeatureNotSupported, "receive functions cannot be called from SQL");
}

Datum call_send(CallContext& context, const Datum* args) {
  const TypeInfo& type = type_info(context.arg_types[0]);
  if (type.send == nullptr) refuse("cannot display a value of type ", type);
  CallContext inner = context;
  inner.result_type = type.id;
  std::string out;
  type.send(inner, args[0], out);
  return context.text(out);
}

void append_text_form(CallContext& context, Oid type, const Datum& value, std::string& out) {
  CallContext inner = context;
  inner.result_type = type;
  const TypeInfo& info = type_info(type);
  if (info.output == nullptr) refuse("cannot display a value of type ", info);
  info.output(inner, value, out);
}

Datum value_from_text(CallContext& context, Oid type, std::string_view text) {
  CallContext inner = context;
  inner.result_type = type;
  inner.typmod = -1;
  return type_info(type).input(inner, text);
}

}  // namespace vecino::sql
