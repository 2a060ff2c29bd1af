#include "sqlfront/catalog/system_rows.h"

#include "sqlfront/sql_error.h"
#include "sqlfront/types/acl_item.h"
#include "sqlfront/types/array.h"

namespace vecino::sql {
namespace {

bool counts_from_zero(TypeId type) { return type == type_id::kInt2Vector || type == type_id::kOidVector; }

}  // namespace

SystemRows::SystemRows(CallContext& context, const Catalog& catalog, SystemRowSink& sink, Oid relation)
    : context_(context), sink_(sink), holder_(catalog.find_relation(relation)), relation_(*holder_) {
  row_.reserve(relation_.columns.size());
}

SystemRows::SystemRows(CallContext& context, SystemRowSink& sink, const RelationDesc& relation)
    : context_(context), sink_(sink), relation_(relation) {}

const ColumnDesc& SystemRows::column() const {
  if (row_.size() >= relation_.columns.size()) {
    throw SqlError(sqlstate::kInternalError, "too many columns in a row of " + relation_.name);
  }
  return relation_.columns[row_.size()];
}

void SystemRows::add(const Datum& value) { row_.push_back(value); }

SystemRows& SystemRows::null() {
  column();
  add(Datum::null());
  return *this;
}

SystemRows& SystemRows::number(int64_t value) {
  switch (type_info(column().type.id).kind) {
    case PhysicalKind::kInt: add(Datum::from_int(value)); break;
    case PhysicalKind::kFloat: add(Datum::from_float(static_cast<double>(value))); break;
    case PhysicalKind::kBytes: parsed(std::to_string(value)); break;
  }
  return *this;
}

SystemRows& SystemRows::real(double value) {
  column();
  add(Datum::from_float(value));
  return *this;
}

SystemRows& SystemRows::boolean(bool value) {
  column();
  add(Datum::from_bool(value));
  return *this;
}

SystemRows& SystemRows::character(char value) {
  column();
  add(Datum::from_int(static_cast<signed char>(value)));
  return *this;
}

SystemRows& SystemRows::text(std::string_view value) {
  column();
  add(Datum::from_bytes(sink_.arena().copy(value)));
  return *this;
}

SystemRows& SystemRows::numbers(std::span<const int64_t> values) {
  TypeId type = column().type.id;
  std::vector<Datum> elements;
  elements.reserve(values.size());
  for (int64_t value : values) elements.push_back(Datum::from_int(value));
  add(make_array(sink_.arena(), type_info(type).element_id, elements, counts_from_zero(type) ? 0 : 1));
  return *this;
}

SystemRows& SystemRows::reals(std::span<const double> values) {
  TypeId type = column().type.id;
  std::vector<Datum> elements;
  elements.reserve(values.size());
  for (double value : values) elements.push_back(Datum::from_float(value));
  add(make_array(sink_.arena(), type_info(type).element_id, elements));
  return *this;
}

SystemRows& SystemRows::strings(std::span<const std::string> values) {
  TypeId element = type_info(column().type.id).element_id;
  std::vector<Datum> elements;
  elements.reserve(values.size());
  for (const std::string& value : values) elements.push_back(Datum::from_bytes(value));
  add(make_array(sink_.arena(), element, elements));
  return *this;
}

SystemRows& SystemRows::options(std::span<const std::pair<std::string, std::string>> values) {
  if (values.empty()) return null();
  std::vector<std::string> items;
  for (const auto& [name, value] : values) items.push_back(name + "=" + value);
  return strings(items);
}

SystemRows& SystemRows::parsed(std::string_view text) {
  if (text.empty()) return null();
  const TypeInfo& type = type_info(column().type.id);
  CallContext context = context_;
  context.arena = &sink_.arena();
  context.result_type = type.id;
  context.typmod = -1;
  add(type.input(context, sink_.arena().copy(text)));
  return *this;
}

SystemRows& SystemRows::access_list(const Acl& items) {
  column();
  add(pack_acl(sink_.arena(), items));
  return *this;
}

SystemRows& SystemRows::access_list(std::string_view stored) {
  return stored.empty() ? null() : access_list(parse_acl(stored));
}

void SystemRows::emit() {
  if (row_.size() != relation_.columns.size()) {
    throw SqlError(sqlstate::kInternalError, "row of " + relation_.name + " has " + std::to_string(row_.size()) +
                                                 " columns instead of " + std::to_string(relation_.columns.size()));
  }
  sink_.add(row_);
  row_.clear();
}

}  // namespace vecino::sql
