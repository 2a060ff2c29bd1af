#include "sqlfront/catalog/definition_text.h"
#include "sqlfront/catalog/privileges.h"
#include "sqlfront/catalog/system_producers.h"
#include "sqlfront/catalog/system_rows.h"

namespace vecino::sql {
namespace {

constexpr Oid kStatsView = 12053;

// Elements of an array literal, quoted so that any text comes back.
std::string array_literal(const std::vector<std::string>& values) {
  std::string text = "{";
  for (const std::string& value : values) {
    if (text.size() > 1) text += ',';
    text += '"';
    for (char c : value) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + "}";
}

// anyarray columns show an array's text here; a column of text[] takes it as it is.
void emit_values(SystemRows& rows, const std::vector<std::string>& values, bool as_text) {
  if (values.empty()) {
    rows.null();
  } else if (as_text) {
    rows.text(array_literal(values));
  } else {
    rows.strings(values);
  }
}

}  // namespace

void produce_stats(CallContext& context, const Catalog& catalog, SystemRowSink& sink) {
  RelationPtr view = catalog.find_relation(kStatsView);
  const TypeInfo* values_type = find_type(view->columns[7].type.id);
  const bool as_text = !values_type || values_type->element_id == kInvalidOid;
  SystemRows rows(context, catalog, sink, kStatsView);
  // Values of columns are shown to who may read them.
  Privileges mine(catalog, context.env->current_role());
  for (const RelationPtr& table : catalog.relations()) {
    for (const auto& [attr, s] : table->statistics.columns) {
      if (attr < 1 || static_cast<size_t>(attr) > table->columns.size() || table->columns[attr - 1].dropped) continue;
      if (!((mine.on_relation(*table) | mine.on_column(*table, attr)) & acl::kSelect)) continue;
      rows.text(schema_name(catalog, table->schema)).text(table->name).text(table->columns[attr - 1].name);
      rows.boolean(false).real(s.null_fraction).number(static_cast<int64_t>(s.average_width)).real(s.distinct);
      emit_values(rows, s.most_common_values, as_text);
      s.most_common_freqs.empty() ? rows.null() : rows.reals(s.most_common_freqs);
      emit_values(rows, s.histogram_bounds, as_text);
      rows.real(s.correlation).null().null().null().emit();
    }
  }
}

}  // namespace vecino::sql
