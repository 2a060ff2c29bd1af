#include "sqlfront/catalog/identifiers.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/io_functions.h"
#include "sqlfront/functions/parse_ident.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/scalar_text.h"
#include "sqlfront/types/type_helpers.h"
#include "sqlfront/types/value_size.h"

// Functions that take values of any type and make text of them: concat, format, ||, quote_* (manual 9.4).
namespace vecino::sql {
namespace {
using namespace tables;
using sv = std::string_view;

// The arguments of a VARIADIC "any" call from position `first`, spread out when an array was given explicitly.
class AnyArguments {
 public:
  AnyArguments(CallContext& context, const Datum* args, size_t first) : context_(context) {
    if (context.variadic_call) {
      const Datum& array = args[first];
      is_null_ = array.is_null;
      if (is_null_) return;
      ArrayView view(array);
      for (size_t i = 0; i < view.size(); ++i) {
        values_.push_back(view.is_null(i) ? Datum::null() : view[i]);
        types_.push_back(view.element_type());
      }
      return;
    }
    for (size_t i = first; i < context.arg_types.size(); ++i) {
      values_.push_back(args[i]);
      types_.push_back(context.arg_types[i]);
    }
  }
  bool array_is_null() const { return is_null_; }
  size_t size() const { return values_.size(); }
  const Datum& value(size_t i) const { return values_[i]; }
  Oid type(size_t i) const { return types_[i]; }
  void append(size_t i, std::string& out) const {
    check_for_interrupts();
    const size_t before = out.size();
    append_text_form(context_, types_[i], values_[i], out);
    check_enlarged(before, out.size() - before);
  }

 private:
  CallContext& context_;
  std::vector<Datum> values_;
  std::vector<Oid> types_;
  bool is_null_ = false;
};

Datum concat(CallContext& context, const Datum* args) {
  AnyArguments arguments(context, args, 0);
  if (arguments.array_is_null()) return Datum::null();
  std::string out;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments.value(i).is_null) arguments.append(i, out);
  }
  return context.text(out);
}

Datum concat_with_separator(CallContext& context, const Datum* args) {
  if (args[0].is_null) return Datum::null();
  AnyArguments arguments(context, args, 1);
  if (arguments.array_is_null()) return Datum::null();
  std::string out;
  bool first = true;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments.value(i).is_null) continue;
    if (!first) append_checked(out, args[0].bytes());
    arguments.append(i, out);
    first = false;
  }
  return context.text(out);
}

// format(): %[position$][flags][width]type.
class Formatter {
 public:
  Formatter(sv format, const AnyArguments* arguments) : format_(format), arguments_(arguments) {}

  std::string run() {
    while (at_ < format_.size()) {
      char c = format_[at_++];
      if (c != '%') {
        out_.push_back(c);
        continue;
      }
      if (next() == '%') {
        out_.push_back('%');
        ++at_;
      } else {
        specifier();
      }
    }
    return std::move(out_);
  }

 private:
  [[noreturn]] static void fail(std::string message) { throw SqlError(sqlstate::kInvalidParameterValue, std::move(message)); }
  [[noreturn]] static void fail_unterminated() {
    throw SqlError(sqlstate::kInvalidParameterValue, "unterminated format() type specifier")
        .hint("For a single \"%\" use \"%%\".");
  }
  char next() {
    if (at_ >= format_.size()) fail_unterminated();
    return format_[at_];
  }
  std::optional<int64_t> digits() {
    if (!is_digit(next())) return std::nullopt;
    int64_t value = 0;
    while (is_digit(next())) {
      value = value * 10 + (format_[at_++] - '0');
      if (value > 0x7fffffff) throw SqlError(sqlstate::kNumericValueOutOfRange, "number is out of range");
    }
    return value;
  }
  // Argument by 1-based position, or the next one.
  size_t argument(int64_t position) {
    size_t index = position > 0 ? static_cast<size_t>(position - 1) : used_;
    used_ = index + 1;
    if (arguments_ == nullptr || index >= arguments_->size()) fail("too few arguments for format()");
    return index;
  }

  void specifier() {
    int64_t position = 0, width = 0;
    bool minus = false;
    if (auto number = digits()) {
      if (next() == '$') {
        if (*number == 0) fail("format specifies argument 0, but arguments are numbered from 1");
        position = *number;
        ++at_;
      } else {
        width = *number;
      }
    }
    if (width == 0) {
      while (next() == '-') {
        minus = true;
        ++at_;
      }
      if (next() == '*') {
        ++at_;
        width = indirect_width();
      } else if (auto number = digits()) {
        width = *number;
      }
    }
    if (width < 0) {
      minus = true;
      width = -width;
    }
    char type = next();
    if (type != 's' && type != 'I' && type != 'L') {
      size_t size = 1;
      while (at_ + size < format_.size() && is_utf8_continuation(format_[at_ + size])) ++size;
      throw SqlError(sqlstate::kInvalidParameterValue,
                     "unrecognized format() type specifier \"" + std::string(format_.substr(at_, size)) + "\"")
          .hint("For a single \"%\" use \"%%\".");
    }
    ++at_;
    emit(render(argument(position), type), static_cast<size_t>(width), minus);
  }
  int64_t indirect_width() {
    int64_t position = 0;
    if (auto number = digits()) {
      if (*number == 0) fail("format specifies argument 0, but arguments are numbered from 1");
      if (next() != '$') fail("width argument position must be ended by \"$\"");
      ++at_;
      position = *number;
    }
    size_t index = argument(position);
    if (arguments_->value(index).is_null) return 0;
    std::string text;
    arguments_->append(index, text);
    return parse_int(text, -0x7fffffff - 1, 0x7fffffff, "integer");
  }
  std::string render(size_t index, char type) {
    if (arguments_->value(index).is_null) {
      if (type == 'I') throw SqlError(sqlstate::kNullValueNotAllowed, "null values cannot be formatted as an SQL identifier");
      return type == 'L' ? "NULL" : "";
    }
    std::string text;
    arguments_->append(index, text);
    return type == 's' ? text : type == 'I' ? quote_identifier(text) : quote_string_literal(text);
  }
  void emit(const std::string& text, size_t width, bool minus) {
    size_t length = utf8_length(text);
    size_t fill = width > length ? width - length : 0;
    if (!minus) append_checked(out_, fill, ' ');
    append_checked(out_, text);
    if (minus) append_checked(out_, fill, ' ');
  }

  sv format_;
  const AnyArguments* arguments_;
  std::string out_;
  size_t at_ = 0, used_ = 0;
};

Datum format(CallContext& context, const Datum* args) {
  if (args[0].is_null) return Datum::null();
  AnyArguments arguments(context, args, 1);
  return context.text(Formatter(args[0].bytes(), &arguments).run());
}
Datum format_alone(CallContext& context, const Datum* args) {
  if (args[0].is_null) return Datum::null();
  return context.text(Formatter(args[0].bytes(), nullptr).run());
}

Datum any_then_text(CallContext& context, const Datum* args) {
  std::string out;
  append_text_form(context, context.arg_types[0], args[0], out);
  check_value_size(out.size() + args[1].bytes().size());
  out += args[1].bytes();
  return context.text(out);
}
Datum text_then_any(CallContext& context, const Datum* args) {
  std::string out(args[0].bytes());
  append_text_form(context, context.arg_types[1], args[1], out);
  check_value_size(out.size());
  return context.text(out);
}

Datum parse_ident(CallContext& context, sv text, bool strict) {
  ArrayBuilder builder(type_id::kText);
  for (const std::string& name : parse_identifier(text, strict)) builder.add(Datum::from_bytes(name));
  return builder.finish(*context.arena);
}
Datum quote_ident(CallContext& context, sv text) { return context.text(quote_identifier(text)); }
// As if every character had to be doubled, which is what PostgreSQL reserves.
std::string quoted_literal(sv text) {
  check_value_size(text.size() * 2 + 3);
  return quote_string_literal(text);
}
Datum quote_literal(CallContext& context, sv text) { return context.text(quoted_literal(text)); }
Datum quote_literal_any(CallContext& context, const Datum* args) {
  std::string text;
  append_text_form(context, context.arg_types[0], args[0], text);
  return context.text(quoted_literal(text));
}
Datum quote_nullable(CallContext& context, const Datum* args) {
  if (args[0].is_null) return context.text("NULL");
  return context.text(quoted_literal(args[0].bytes()));
}
Datum quote_nullable_any(CallContext& context, const Datum* args) {
  return args[0].is_null ? context.text("NULL") : quote_literal_any(context, args);
}

int32_t count_matching(CallContext& context, const Datum* args, bool nulls, bool* is_null) {
  AnyArguments arguments(context, args, 0);
  *is_null = arguments.array_is_null();
  int32_t count = 0;
  for (size_t i = 0; i < arguments.size(); ++i) count += arguments.value(i).is_null == nulls ? 1 : 0;
  return count;
}
Datum count_nulls(CallContext& context, const Datum* args) {
  bool is_null = false;
  int32_t count = count_matching(context, args, true, &is_null);
  return is_null ? Datum::null() : Datum::from_int(count);
}
Datum count_values(CallContext& context, const Datum* args) {
  bool is_null = false;
  int32_t count = count_matching(context, args, false, &is_null);
  return is_null ? Datum::null() : Datum::from_int(count);
}

const FunctionDef kFunctions[] = {
    {.oid = 3058, .name = "concat", .arg_types = {kAny}, .result_type = kText, .volatility = kStable,
     .strict = kCalledOnNull, .row = row<concat>, .variadic = kAny},
    {.oid = 3059, .name = "concat_ws", .arg_types = {kText, kAny}, .result_type = kText, .volatility = kStable,
     .strict = kCalledOnNull, .row = row<concat_with_separator>, .variadic = kAny},
    {.oid = 3539, .name = "format", .arg_types = {kText, kAny}, .result_type = kText, .volatility = kStable,
     .strict = kCalledOnNull, .row = row<format>, .variadic = kAny},
    {3540, "format", {kText}, kText, kStable, kCalledOnNull, row<format_alone>},
    {2004, "anytextcat", {kAnyNonArray, kText}, kText, kStable, kStrict, row<any_then_text>},
    {2003, "textanycat", {kText, kAnyNonArray}, kText, kStable, kStrict, row<text_then_any>},
    {.oid = 1268, .name = "parse_ident", .arg_types = {kText, kBool}, .result_type = kTextArray, .row = row<parse_ident>,
     .defaults = {"true"}, .arg_names = {"str", "strict"}},
    {1282, "quote_ident", {kText}, kText, kImmutable, kStrict, row<quote_ident>},
    {1283, "quote_literal", {kText}, kText, kImmutable, kStrict, row<quote_literal>},
    {1285, "quote_literal", {kAnyElement}, kText, kStable, kStrict, row<quote_literal_any>},
    {1289, "quote_nullable", {kText}, kText, kImmutable, kCalledOnNull, row<quote_nullable>},
    {1290, "quote_nullable", {kAnyElement}, kText, kStable, kCalledOnNull, row<quote_nullable_any>},
    {.oid = 438, .name = "num_nulls", .arg_types = {kAny}, .result_type = kInt4, .volatility = kImmutable,
     .strict = kCalledOnNull, .row = row<count_nulls>, .variadic = kAny},
    {.oid = 440, .name = "num_nonnulls", .arg_types = {kAny}, .result_type = kInt4, .volatility = kImmutable,
     .strict = kCalledOnNull, .row = row<count_values>, .variadic = kAny},
};

}  // namespace

std::span<const FunctionDef> text_format_functions() { return kFunctions; }

}  // namespace vecino::sql
