// Array functions that make new arrays (manual 9.19): concatenation, filling, removing, replacing, trimming, splitting.
#include <algorithm>

#include "sqlfront/functions/array_support.h"
#include "sqlfront/functions/io_functions.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/types/scalar_text.h"
#include "sqlfront/types/value_size.h"

namespace vecino::sql {
namespace {

void add_all(ArrayBuilder& builder, const ArrayView& array) {
  for (size_t i = 0; i < array.size(); ++i) builder.add(array[i]);
}

// The array with one element more at either end; NULL and empty arrays count as one-dimensional.
Datum extend(CallContext& context, const Datum& array, const Datum& element, bool at_end) {
  ArrayBuilder builder(element_type_of(context.result_type));
  if (array.is_null) {
    builder.add(element);
    return builder.finish(*context.arena);
  }
  ArrayView view(array);
  if (view.ndim() > 1) {
    throw SqlError(sqlstate::kDataException, "argument must be empty or one-dimensional array");
  }
  if (!at_end) builder.add(element);
  add_all(builder, view);
  if (at_end) builder.add(element);
  return builder.finish(*context.arena, view.ndim() == 1 ? view.lower(0) : 1);
}
Datum array_append(CallContext& context, const Datum* args) { return extend(context, args[0], args[1], true); }
Datum array_prepend(CallContext& context, const Datum* args) { return extend(context, args[1], args[0], false); }

[[noreturn]] void incompatible(std::string detail) {
  throw SqlError(sqlstate::kArraySubscriptError, "cannot concatenate incompatible arrays").detail(std::move(detail));
}

Datum array_cat(CallContext& context, const Datum* args) {
  if (args[0].is_null) return args[1];
  if (args[1].is_null) return args[0];
  ArrayView a(args[0]), b(args[1]);
  if (a.ndim() == 0) return args[1];
  if (b.ndim() == 0) return args[0];
  if (std::abs(a.ndim() - b.ndim()) > 1) {
    incompatible("Arrays of " + std::to_string(a.ndim()) + " and " + std::to_string(b.ndim()) +
                 " dimensions are not compatible for concatenation.");
  }
  // The one with more dimensions gives the shape; the other is one or several of its outer slices.
  const ArrayView& outer = a.ndim() >= b.ndim() ? a : b;
  std::vector<int> lengths(outer.lengths().begin(), outer.lengths().end());
  std::vector<int> lowers(outer.lowers().begin(), outer.lowers().end());
  const ArrayView& other = &outer == &a ? b : a;
  size_t skip = a.ndim() == b.ndim() ? 1 : 0;
  for (size_t i = 1; i < lengths.size(); ++i) {
    size_t j = i - 1 + skip;
    if (other.lengths()[j] != lengths[i] || other.lowers()[j] != lowers[i]) {
      incompatible(skip == 1 ? "Arrays with differing element dimensions are not compatible for concatenation."
                             : "Arrays with differing dimensions are not compatible for concatenation.");
    }
  }
  lengths[0] += skip == 1 ? other.length(0) : 1;
  ArrayBuilder builder(a.element_type());
  add_all(builder, a);
  add_all(builder, b);
  checked_element_count(lengths);
  return builder.finish(*context.arena, lengths, lowers);
}

Datum fill(CallContext& context, const Datum& value, const Datum& dimensions, const Datum* bounds) {
  if (dimensions.is_null || (bounds != nullptr && bounds->is_null)) {
    throw SqlError(sqlstate::kNullValueNotAllowed, "dimension array or low bound array cannot be null");
  }
  ArrayView lengths_view(dimensions);
  if (lengths_view.ndim() > 1) {
    throw_array_subscript("wrong number of array subscripts", "Dimension array must be one dimensional.");
  }
  if (lengths_view.has_nulls()) throw SqlError(sqlstate::kNullValueNotAllowed, "dimension values cannot be null");
  std::vector<int> lengths, lowers;
  for (size_t i = 0; i < lengths_view.size(); ++i) lengths.push_back(static_cast<int>(lengths_view[i].i64));
  if (lengths.size() > kMaxArrayDimensions) {
    throw SqlError(sqlstate::kProgramLimitExceeded,
                   "number of array dimensions (" + std::to_string(lengths.size()) +
                       ") exceeds the maximum allowed (" + std::to_string(kMaxArrayDimensions) + ")");
  }
  lowers.assign(lengths.size(), 1);
  if (bounds != nullptr) {
    ArrayView lowers_view(*bounds);
    if (lowers_view.ndim() > 1) {
      throw_array_subscript("wrong number of array subscripts", "Dimension array must be one dimensional.");
    }
    if (lowers_view.size() != lengths.size()) {
      throw_array_subscript("wrong number of array subscripts",
                            "Low bound array has different size than dimensions array.");
    }
    if (lowers_view.has_nulls()) throw SqlError(sqlstate::kNullValueNotAllowed, "dimension values cannot be null");
    for (size_t i = 0; i < lowers.size(); ++i) lowers[i] = static_cast<int>(lowers_view[i].i64);
  }
  ArrayBuilder builder(element_type_of(context.result_type));
  size_t count = checked_element_count(lengths);
  for (size_t i = 0; i < count; ++i) builder.add(value);
  if (count == 0) return builder.finish(*context.arena);
  return builder.finish(*context.arena, lengths, lowers);
}
Datum array_fill(CallContext& context, const Datum* args) { return fill(context, args[0], args[1], nullptr); }
Datum array_fill_with_lower_bounds(CallContext& context, const Datum* args) {
  return fill(context, args[0], args[1], &args[2]);
}

bool matches(const ElementEquality& equal, const ArrayView& array, size_t i, const Datum& wanted) {
  if (array.is_null(i) || wanted.is_null) return array.is_null(i) && wanted.is_null;
  return equal(array[i], wanted);
}

Datum array_remove(CallContext& context, const Datum* args) {
  if (args[0].is_null) return Datum::null();
  ArrayView view(args[0]);
  if (view.ndim() > 1) {
    throw SqlError(sqlstate::kFeatureNotSupported,
                   "removing elements from multidimensional arrays is not supported");
  }
  ElementEquality equal(view.element_type());
  ArrayBuilder builder(view.element_type());
  for (size_t i = 0; i < view.size(); ++i) {
    if (!matches(equal, view, i, args[1])) builder.add(view[i]);
  }
  if (builder.size() == view.size()) return args[0];
  return builder.finish(*context.arena, view.lower(0));
}

Datum array_replace(CallContext& context, const Datum* args) {
  if (args[0].is_null) return Datum::null();
  ArrayView view(args[0]);
  ElementEquality equal(view.element_type());
  ArrayBuilder builder(view.element_type());
  for (size_t i = 0; i < view.size(); ++i) builder.add(matches(equal, view, i, args[1]) ? args[2] : view[i]);
  return builder.finish(*context.arena, view.lengths(), view.lowers());
}

Datum trim_array(CallContext& context, const Datum* args) {
  ArrayView view(args[0]);
  int64_t length = view.ndim() > 0 ? view.length(0) : 0, count = args[1].i64;
  if (count < 0 || count > length) {
    throw SqlError(sqlstate::kArraySubscriptError,
                   "number of elements to trim must be between 0 and " + std::to_string(length));
  }
  if (length == 0) return args[0];
  SliceBound lower{false, 0}, upper{true, static_cast<int>(view.upper(0) - count)};
  return array_get_slice(*context.arena, args[0], {&lower, 1}, {&upper, 1});
}

// --- text ---
void append_joined(CallContext& context, const ArrayView& array, std::string_view separator, const Datum* null_text,
                   std::string& out) {
  bool first = true;
  for (size_t i = 0; i < array.size(); ++i) {
    if (array.is_null(i) && (null_text == nullptr || null_text->is_null)) continue;
    if (!first) append_checked(out, separator);
    first = false;
    if (array.is_null(i)) {
      append_checked(out, null_text->bytes());
    } else {
      append_text_form(context, array.element_type(), array[i], out);
      append_checked(out, {});
    }
  }
}
Datum array_to_text(CallContext& context, const Datum* args) {
  std::string out;
  append_joined(context, ArrayView(args[0]), args[1].bytes(), nullptr, out);
  return context.text(out);
}
Datum array_to_text_null(CallContext& context, const Datum* args) {
  if (args[0].is_null || args[1].is_null) return Datum::null();
  std::string out;
  append_joined(context, ArrayView(args[0]), args[1].bytes(), &args[2], out);
  return context.text(out);
}

// Pieces of string_to_array: NULL separator = characters, empty separator = the whole.
std::vector<std::string_view> split_text(std::string_view text, const Datum& separator) {
  std::vector<std::string_view> pieces;
  if (text.empty()) return pieces;
  if (separator.is_null) {
    for (size_t at = 0; at < text.size();) {
      check_for_interrupts();
      size_t end = at + 1;
      while (end < text.size() && is_utf8_continuation(text[end])) ++end;
      pieces.push_back(text.substr(at, end - at));
      at = end;
    }
    return pieces;
  }
  if (separator.len == 0) return {text};
  for (size_t at = 0;;) {
    check_for_interrupts();
    size_t found = text.find(separator.bytes(), at);
    pieces.push_back(text.substr(at, found == std::string_view::npos ? found : found - at));
    if (found == std::string_view::npos) return pieces;
    at = found + separator.len;
  }
}

Datum piece_or_null(std::string_view piece, const Datum* null_text) {
  bool is_null = null_text != nullptr && !null_text->is_null && piece == null_text->bytes();
  return is_null ? Datum::null() : Datum::from_bytes(piece);
}

Datum split_to_array(CallContext& context, const Datum* args, const Datum* null_text) {
  if (args[0].is_null) return Datum::null();
  ArrayBuilder builder(type_id::kText);
  for (std::string_view piece : split_text(args[0].bytes(), args[1])) builder.add(piece_or_null(piece, null_text));
  return builder.finish(*context.arena);
}
Datum text_to_array(CallContext& context, const Datum* args) { return split_to_array(context, args, nullptr); }
Datum text_to_array_null(CallContext& context, const Datum* args) { return split_to_array(context, args, &args[2]); }

class PieceProducer : public RowProducer {
 public:
  PieceProducer(const Datum* args, const Datum* null_text) {
    if (args[0].is_null) return;
    text_ = args[0].bytes();
    if (null_text != nullptr && !null_text->is_null) null_text_ = null_text->bytes();
    has_null_text_ = null_text != nullptr && !null_text->is_null;
    pieces_ = split_text(text_, args[1]);
  }
  bool next(CallContext& context, std::span<Datum> out) override {
    if (at_ == pieces_.size()) return false;
    std::string_view piece = pieces_[at_++];
    out[0] = has_null_text_ && piece == null_text_ ? Datum::null() : context.text(piece);
    return true;
  }

 private:
  std::string text_, null_text_;
  bool has_null_text_ = false;
  std::vector<std::string_view> pieces_;
  size_t at_ = 0;
};
std::unique_ptr<RowProducer> text_to_table(CallContext&, const Datum* args) {
  return std::make_unique<PieceProducer>(args, nullptr);
}
std::unique_ptr<RowProducer> text_to_table_null(CallContext&, const Datum* args) {
  return std::make_unique<PieceProducer>(args, &args[2]);
}

using namespace type_id;

const FunctionDef kFunctions[] = {
    {.oid = 376, .name = "string_to_array", .arg_types = {kText, kText, kText}, .result_type = kTextArray,
     .strict = false, .row = text_to_array_null},
    {.oid = 378, .name = "array_append", .arg_types = {kAnyCompatibleArray, kAnyCompatible},
     .result_type = kAnyCompatibleArray, .strict = false, .row = array_append},
    {.oid = 379, .name = "array_prepend", .arg_types = {kAnyCompatible, kAnyCompatibleArray},
     .result_type = kAnyCompatibleArray, .strict = false, .row = array_prepend},
    {.oid = 383, .name = "array_cat", .arg_types = {kAnyCompatibleArray, kAnyCompatibleArray},
     .result_type = kAnyCompatibleArray, .strict = false, .row = array_cat},
    {.oid = 384, .name = "array_to_string", .arg_types = {kAnyArray, kText, kText}, .result_type = kText,
     .volatility = Volatility::kStable, .strict = false, .row = array_to_text_null},
    {.oid = 394, .name = "string_to_array", .arg_types = {kText, kText}, .result_type = kTextArray, .strict = false,
     .row = text_to_array},
    {.oid = 395, .name = "array_to_string", .arg_types = {kAnyArray, kText}, .result_type = kText,
     .volatility = Volatility::kStable, .row = array_to_text},
    {.oid = 1193, .name = "array_fill", .arg_types = {kAnyElement, kInt4Array}, .result_type = kAnyArray,
     .strict = false, .row = array_fill},
    {.oid = 1286, .name = "array_fill", .arg_types = {kAnyElement, kInt4Array, kInt4Array}, .result_type = kAnyArray,
     .strict = false, .row = array_fill_with_lower_bounds},
    {.oid = 3167, .name = "array_remove", .arg_types = {kAnyCompatibleArray, kAnyCompatible},
     .result_type = kAnyCompatibleArray, .strict = false, .row = array_remove},
    {.oid = 3168, .name = "array_replace", .arg_types = {kAnyCompatibleArray, kAnyCompatible, kAnyCompatible},
     .result_type = kAnyCompatibleArray, .strict = false, .row = array_replace},
    {.oid = 6160, .name = "string_to_table", .arg_types = {kText, kText}, .result_type = kText, .strict = false,
     .set = text_to_table},
    {.oid = 6161, .name = "string_to_table", .arg_types = {kText, kText, kText}, .result_type = kText,
     .strict = false, .set = text_to_table_null},
    {.oid = 6172, .name = "trim_array", .arg_types = {kAnyArray, kInt4}, .result_type = kAnyArray, .row = trim_array},
};

const OperatorDef kOperators[] = {
    {.oid = 349, .name = "||", .left = kAnyCompatibleArray, .right = kAnyCompatible, .result = kAnyCompatibleArray,
     .function = 378},
    {.oid = 374, .name = "||", .left = kAnyCompatible, .right = kAnyCompatibleArray, .result = kAnyCompatibleArray,
     .function = 379},
    {.oid = 375, .name = "||", .left = kAnyCompatibleArray, .right = kAnyCompatibleArray,
     .result = kAnyCompatibleArray, .function = 383},
};

}  // namespace

std::span<const FunctionDef> array_build_functions() { return kFunctions; }
std::span<const OperatorDef> array_build_operators() { return kOperators; }

}  // namespace vecino::sql
