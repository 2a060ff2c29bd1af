// jsonb_path_* functions and the operators @? and @@ (manual 9.16.2).
#include "sqlfront/functions/io_functions.h"
#include "sqlfront/functions/jsonpath_exec.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {
namespace {

bool is_suppressible(const SqlError& error) {
  std::string_view code = error.info().code.view();
  return code.starts_with("2203") || code == "22012" || code == "22003";
}

// What a query found, and whether an error that `silent` hides ended it.
struct Outcome {
  JsonSequence items;
  bool failed = false;
};

enum class Need { kAll, kAny };  // kAny: in lax mode the first item settles the matter

Outcome query(CallContext& context, const Datum* args, const JsonbView& vars, bool silent, Need need = Need::kAll) {
  if (!vars.is_object()) {
    throw SqlError(sqlstate::kInvalidParameterValue, "\"vars\" argument is not an object")
        .detail("Jsonpath parameters should be encoded as key-value pairs of \"vars\" object.");
  }
  auto path = compiled_jsonpath(args[1].bytes());
  Outcome outcome;
  try {
    query_jsonpath(context, *path, JsonbView(args[0]), vars, outcome.items);
  } catch (const SqlError& error) {
    bool settled = need == Need::kAny && !path->strict && !outcome.items.empty();
    if (!is_suppressible(error) || (!silent && !settled)) throw;
    outcome.failed = !settled;
  }
  return outcome;
}
Outcome query(CallContext& context, const Datum* args, Need need = Need::kAll) {
  return query(context, args, JsonbView(args[2]), args[3].boolean(), need);
}

Datum first_boolean(const Outcome& outcome, bool silent) {
  if (outcome.failed) return Datum::null();
  if (outcome.items.size() == 1) {
    const JsonbView& item = outcome.items[0];
    if (item.is_bool()) return Datum::from_bool(item.kind() == JsonbKind::kTrue);
    if (item.is_null()) return Datum::null();
  }
  if (silent) return Datum::null();
  throw SqlError(SqlState("22038"), "single boolean result is expected");
}
Datum any_item(const Outcome& outcome) {
  return outcome.failed ? Datum::null() : Datum::from_bool(!outcome.items.empty());
}

Datum jsonb_path_exists(CallContext& context, const Datum* args) {
  return any_item(query(context, args, Need::kAny));
}
Datum jsonb_path_match(CallContext& context, const Datum* args) {
  return first_boolean(query(context, args), args[3].boolean());
}
Datum jsonb_path_exists_opr(CallContext& context, const Datum* args) {
  std::string no_vars = jsonb_object({});
  return any_item(query(context, args, JsonbView(no_vars), true, Need::kAny));
}
Datum jsonb_path_match_opr(CallContext& context, const Datum* args) {
  std::string no_vars = jsonb_object({});
  return first_boolean(query(context, args, JsonbView(no_vars), true), true);
}
Datum jsonb_path_query_first(CallContext& context, const Datum* args) {
  Outcome outcome = query(context, args);
  return outcome.items.empty() ? Datum::null() : context.text(outcome.items.front().bytes());
}
std::vector<std::string> copies(const Outcome& outcome) {
  std::vector<std::string> items;
  for (const JsonbView& item : outcome.items) items.emplace_back(item.bytes());
  return items;
}
Datum jsonb_path_query_array(CallContext& context, const Datum* args) {
  return context.text(jsonb_array(copies(query(context, args))));
}

class QueryProducer : public RowProducer {
 public:
  explicit QueryProducer(std::vector<std::string> items) : items_(std::move(items)) {}
  bool next(CallContext& context, std::span<Datum> out) override {
    if (at_ == items_.size()) return false;
    out[0] = context.text(items_[at_++]);
    return true;
  }

 private:
  std::vector<std::string> items_;
  size_t at_ = 0;
};
std::unique_ptr<RowProducer> jsonb_path_query(CallContext& context, const Datum* args) {
  return std::make_unique<QueryProducer>(copies(query(context, args)));
}

using namespace type_id;

const FunctionDef kFunctions[] = {
    {.oid = 1177, .name = "jsonb_path_exists_tz", .arg_types = {kJsonb, 4072, kJsonb, kBool}, .result_type = kBool,
     .volatility = Volatility::kStable, .row = jsonb_path_exists, .defaults = {"'{}'::jsonb", "false"},
     .arg_names = {"target", "path", "vars", "silent"}},
    {.oid = 1179, .name = "jsonb_path_query_tz", .arg_types = {kJsonb, 4072, kJsonb, kBool}, .result_type = kJsonb,
     .volatility = Volatility::kStable, .defaults = {"'{}'::jsonb", "false"}, .set = jsonb_path_query,
     .arg_names = {"target", "path", "vars", "silent"}},
    {.oid = 1180, .name = "jsonb_path_query_array_tz", .arg_types = {kJsonb, 4072, kJsonb, kBool},
     .result_type = kJsonb, .volatility = Volatility::kStable, .row = jsonb_path_query_array,
     .defaults = {"'{}'::jsonb", "false"}, .arg_names = {"target", "path", "vars", "silent"}},
    {.oid = 2023, .name = "jsonb_path_query_first_tz", .arg_types = {kJsonb, 4072, kJsonb, kBool},
     .result_type = kJsonb, .volatility = Volatility::kStable, .row = jsonb_path_query_first,
     .defaults = {"'{}'::jsonb", "false"}, .arg_names = {"target", "path", "vars", "silent"}},
    {.oid = 2030, .name = "jsonb_path_match_tz", .arg_types = {kJsonb, 4072, kJsonb, kBool}, .result_type = kBool,
     .volatility = Volatility::kStable, .row = jsonb_path_match, .defaults = {"'{}'::jsonb", "false"},
     .arg_names = {"target", "path", "vars", "silent"}},
    {.oid = 4001, .name = "jsonpath_in", .arg_types = {kCstring}, .result_type = 4072, .row = call_input},
    {.oid = 4002, .name = "jsonpath_recv", .arg_types = {kInternal}, .result_type = 4072, .row = call_receive},
    {.oid = 4003, .name = "jsonpath_out", .arg_types = {4072}, .result_type = kCstring, .row = call_output},
    {.oid = 4004, .name = "jsonpath_send", .arg_types = {4072}, .result_type = kBytea, .row = call_send},
    {.oid = 4005, .name = "jsonb_path_exists", .arg_types = {kJsonb, 4072, kJsonb, kBool}, .result_type = kBool,
     .row = jsonb_path_exists, .defaults = {"'{}'::jsonb", "false"},
     .arg_names = {"target", "path", "vars", "silent"}},
    {.oid = 4006, .name = "jsonb_path_query", .arg_types = {kJsonb, 4072, kJsonb, kBool}, .result_type = kJsonb,
     .defaults = {"'{}'::jsonb", "false"}, .set = jsonb_path_query,
     .arg_names = {"target", "path", "vars", "silent"}},
    {.oid = 4007, .name = "jsonb_path_query_array", .arg_types = {kJsonb, 4072, kJsonb, kBool}, .result_type = kJsonb,
     .row = jsonb_path_query_array, .defaults = {"'{}'::jsonb", "false"},
     .arg_names = {"target", "path", "vars", "silent"}},
    {.oid = 4008, .name = "jsonb_path_query_first", .arg_types = {kJsonb, 4072, kJsonb, kBool}, .result_type = kJsonb,
     .row = jsonb_path_query_first, .defaults = {"'{}'::jsonb", "false"},
     .arg_names = {"target", "path", "vars", "silent"}},
    {.oid = 4009, .name = "jsonb_path_match", .arg_types = {kJsonb, 4072, kJsonb, kBool}, .result_type = kBool,
     .row = jsonb_path_match, .defaults = {"'{}'::jsonb", "false"},
     .arg_names = {"target", "path", "vars", "silent"}},
    {.oid = 4010, .name = "jsonb_path_exists_opr", .arg_types = {kJsonb, 4072}, .result_type = kBool,
     .row = jsonb_path_exists_opr},
    {.oid = 4011, .name = "jsonb_path_match_opr", .arg_types = {kJsonb, 4072}, .result_type = kBool,
     .row = jsonb_path_match_opr},
};

const OperatorDef kOperators[] = {
    {.oid = 4012, .name = "@?", .left = kJsonb, .right = 4072, .result = kBool, .function = 4010,
     .selectivity = Selectivity::kContains},
    {.oid = 4013, .name = "@@", .left = kJsonb, .right = 4072, .result = kBool, .function = 4011,
     .selectivity = Selectivity::kContains},
};

}  // namespace

std::span<const FunctionDef> jsonpath_functions() { return kFunctions; }
std::span<const OperatorDef> jsonpath_operators() { return kOperators; }

}  // namespace vecino::sql
