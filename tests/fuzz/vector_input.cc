// Text input of vector: never crashes; what it accepts prints to a text that reads back to the same bytes, in text and
// in binary.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "sqlfront/sql_error.h"
#include "sqlfront/types/vector.h"

using namespace vecino;
using namespace vecino::sql;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  Arena arena;
  CallContext context;
  context.arena = &arena;
  context.result_type = type_id::kVector;
  Datum value;
  try {
    value = vector_input(context, text);
  } catch (const SqlError&) {
    return 0;
  }
  const TypeInfo& type = vector_types()[0];
  std::string printed, sent;
  type.output(context, value, printed);
  type.send(context, value, sent);
  if (vector_input(context, printed).bytes() != value.bytes()) std::abort();
  if (type.receive(context, sent).bytes() != value.bytes()) std::abort();
  return 0;
}
