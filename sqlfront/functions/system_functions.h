#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/catalog/catalog.h"
#include "sqlfront/catalog/definition_text.h"
#include "sqlfront/catalog/name_scope.h"
#include "sqlfront/functions/function.h"
#include "sqlfront/functions/row_adapters.h"

namespace vecino::sql {

// Shared by the catalog functions (functions/system_*.cc).

// Rows collected up front by a set-returning function.
class RowList final : public RowProducer {
 public:
  explicit RowList(std::vector<Oid> column_types);
  // Cells in column order; row() starts the next row.
  RowList& row() { return *this; }
  RowList& null();
  RowList& number(int64_t value);
  RowList& boolean(bool value) { return number(value ? 1 : 0); }
  RowList& real(double value);
  RowList& text(std::string_view value);
  RowList& text_or_null(std::string_view value) { return value.empty() ? null() : text(value); }
  RowList& timestamp(int64_t value) { return value == 0 ? null() : number(value); }
  RowList& datum(const Datum& value);  // bytes are copied
  RowList& strings(std::span<const std::string> values);
  RowList& oids(Oid element_type, std::span<const Oid> values);
  bool next(CallContext& context, std::span<Datum> out) override;

 private:
  std::vector<PhysicalKind> kinds_;
  std::vector<Datum> cells_;
  Arena arena_;
  size_t position_ = 0;
};

Datum text_or_null(CallContext& context, const std::optional<std::string>& text);

// The table (or other relation) that has the constraint.
struct ConstraintOwner {
  RelationPtr table, index;  // index: of a key constraint
  const CheckConstraintDesc* check = nullptr;
  const ForeignKeyDesc* foreign_key = nullptr;
};
std::optional<ConstraintOwner> find_constraint(const Catalog& catalog, Oid constraint);

// Text of an object's comment; empty = none.
std::string object_comment(const Catalog& catalog, Oid class_id, Oid object, int sub);
// "type vector", "function f(integer)" (pg_describe_object); nullopt = no such object.
std::optional<std::string> describe_object(CallContext& context, Oid class_id, Oid object, int sub);
// "relname" of a catalog -> its oid.
Oid catalog_class(const Catalog& catalog, std::string_view name);

// A stored expression as the session sees it: names with the schemas that its search path makes necessary.
std::string shown_expression(CallContext& context, std::string_view expression, const RelationDesc* table,
                             TextStyle style);

std::string function_arguments(const FunctionDef& function, bool with_defaults, const NameScope& names);
std::string function_result(const FunctionDef& function, const NameScope& names);

}  // namespace vecino::sql
