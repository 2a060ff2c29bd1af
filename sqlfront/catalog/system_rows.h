#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/catalog/access_control.h"
#include "sqlfront/catalog/system_relation.h"

namespace vecino::sql {

// Builds the rows of one system relation, column by column in the relation's order. A value is stored the way the
// column's type wants it, so that a column whose PostgreSQL type is missing here (and shows as text) still works.
class SystemRows {
 public:
  SystemRows(CallContext& context, const Catalog& catalog, SystemRowSink& sink, Oid relation);
  SystemRows(CallContext& context, SystemRowSink& sink, const RelationDesc& relation);

  SystemRows& null();
  SystemRows& number(int64_t value);  // integers, oid, reg*, xid
  SystemRows& oid(Oid value) { return number(value); }
  SystemRows& real(double value);     // float4, float8
  SystemRows& boolean(bool value);
  SystemRows& character(char value);  // "char"; 0 = empty
  SystemRows& text(std::string_view value);
  SystemRows& text_or_null(std::string_view value) { return value.empty() ? null() : text(value); }
  SystemRows& timestamp(int64_t microseconds) { return microseconds == 0 ? null() : number(microseconds); }
  SystemRows& numbers(std::span<const int64_t> values);  // int2vector, oidvector (from 0), int2[], oid[] (from 1)
  SystemRows& reals(std::span<const double> values);
  SystemRows& strings(std::span<const std::string> values);
  SystemRows& options(std::span<const std::pair<std::string, std::string>> values);  // name=value; empty = NULL
  SystemRows& parsed(std::string_view text);              // through the type's input function; empty = NULL
  SystemRows& access_list(const Acl& items);              // aclitem[]
  SystemRows& access_list(std::string_view stored);       // catalog text; empty = NULL
  void emit();

 private:
  const ColumnDesc& column() const;  // the one to fill next
  void add(const Datum& value);
  CallContext& context_;
  SystemRowSink& sink_;
  RelationPtr holder_;
  const RelationDesc& relation_;
  std::vector<Datum> row_;
};

}  // namespace vecino::sql
