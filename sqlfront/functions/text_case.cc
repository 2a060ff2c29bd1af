#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/scalar_text.h"
#include "sqlfront/types/type_helpers.h"

// Upper and lower case by Unicode's simple mappings, character by character; initcap; normalization.
namespace vecino::sql {
namespace {
using namespace tables;
using sv = std::string_view;

template <typename Map>
void map_characters(sv text, std::string& out, Map map) {
  const auto length = static_cast<int32_t>(text.size());
  const char* p = text.data();
  for (int32_t i = 0; i < length;) {
    UChar32 c;
    U8_NEXT(p, i, length, c);
    append_utf8(out, static_cast<uint32_t>(map(c < 0 ? 0xFFFD : c)));
  }
}
bool is_ascii(sv text) {
  for (char c : text) {
    if (static_cast<uint8_t>(c) >= 0x80) return false;
  }
  return true;
}
template <char (*kAscii)(char), UChar32 (*kUnicode)(UChar32)>
Datum convert(CallContext& context, sv text) {
  if (is_ascii(text)) {
    char* out = context.arena->allocate(text.size(), 1);
    for (size_t i = 0; i < text.size(); ++i) out[i] = kAscii(text[i]);
    return Datum::from_bytes({out, text.size()});
  }
  std::string out;
  map_characters(text, out, kUnicode);
  return context.text(out);
}
char ascii_upper(char c) { return to_upper(c); }
char ascii_lower(char c) { return to_lower(c); }
UChar32 unicode_upper(UChar32 c) { return u_toupper(c); }
UChar32 unicode_lower(UChar32 c) { return u_tolower(c); }

// A word is a run of letters and digits.
Datum initcap(CallContext& context, sv text) {
  std::string out;
  bool inside = false;
  map_characters(text, out, [&](UChar32 c) {
    UChar32 mapped = inside ? u_tolower(c) : u_toupper(c);
    inside = u_isalnum(c);
    return mapped;
  });
  return context.text(out);
}

const icu::Normalizer2& normalizer(sv form) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* found = nullptr;
  if (equals_ignore_case(form, "NFC")) found = icu::Normalizer2::getNFCInstance(error);
  if (equals_ignore_case(form, "NFD")) found = icu::Normalizer2::getNFDInstance(error);
  if (equals_ignore_case(form, "NFKC")) found = icu::Normalizer2::getNFKCInstance(error);
  if (equals_ignore_case(form, "NFKD")) found = icu::Normalizer2::getNFKDInstance(error);
  if (found == nullptr || U_FAILURE(error)) {
    throw SqlError(sqlstate::kInvalidParameterValue, "invalid normalization form: " + std::string(form));
  }
  return *found;
}
icu::UnicodeString from_utf8(sv text) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
}
Datum normalize(CallContext& context, sv text, sv form) {
  UErrorCode error = U_ZERO_ERROR;
  std::string out;
  normalizer(form).normalize(from_utf8(text), error).toUTF8String(out);
  return context.text(out);
}
bool is_normalized(sv text, sv form) {
  UErrorCode error = U_ZERO_ERROR;
  return normalizer(form).isNormalized(from_utf8(text), error) != 0;
}

const FunctionDef kFunctions[] = {
    {871, "upper", {kText}, kText, kImmutable, kStrict, row<convert<ascii_upper, unicode_upper>>},
    {870, "lower", {kText}, kText, kImmutable, kStrict, row<convert<ascii_lower, unicode_lower>>},
    {872, "initcap", {kText}, kText, kImmutable, kStrict, row<initcap>},
    {.oid = 4350, .name = "normalize", .arg_types = {kText, kText}, .result_type = kText, .volatility = kImmutable,
     .strict = kStrict, .row = row<normalize>, .defaults = {"'NFC'::text"}},
    {.oid = 4351, .name = "is_normalized", .arg_types = {kText, kText}, .result_type = kBool, .volatility = kImmutable,
     .strict = kStrict, .row = row<is_normalized>, .defaults = {"'NFC'::text"}},
};

}  // namespace

std::span<const FunctionDef> text_case_functions() { return kFunctions; }

}  // namespace vecino::sql
