#include "protocol/saslprep.h"

#include <unicode/usprep.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace vecino::protocol {
namespace {

struct CloseProfile {
  void operator()(UStringPrepProfile* profile) const { usprep_close(profile); }
};
using Profile = std::unique_ptr<UStringPrepProfile, CloseProfile>;

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::optional<std::vector<UChar>> to_utf16(std::string_view text) {
  std::vector<UChar> out(text.size() + 1);
  UErrorCode error = U_ZERO_ERROR;
  int32_t length = 0;
  u_strFromUTF8(out.data(), static_cast<int32_t>(out.size()), &length, text.data(), static_cast<int32_t>(text.size()),
                &error);
  if (U_FAILURE(error)) return std::nullopt;
  out.resize(static_cast<size_t>(length));
  return out;
}

std::optional<std::string> to_utf8(const UChar* text, int32_t length) {
  std::string out(static_cast<size_t>(length) * 3, '\0');
  UErrorCode error = U_ZERO_ERROR;
  int32_t bytes = 0;
  u_strToUTF8(out.data(), static_cast<int32_t>(out.size()), &bytes, text, length, &error);
  if (U_FAILURE(error)) return std::nullopt;
  out.resize(static_cast<size_t>(bytes));
  return out;
}

}  // namespace

std::optional<std::string> saslprep(std::string_view text) {
  constexpr size_t kLongest = 64 * 1024;
  if (text.empty() || text.size() > kLongest) return std::nullopt;
  if (is_printable_ascii(text)) return std::string(text);
  std::optional<std::vector<UChar>> utf16 = to_utf16(text);
  if (!utf16) return std::nullopt;
  UErrorCode error = U_ZERO_ERROR;
  Profile profile(usprep_openByType(USPREP_RFC4013_SASLPREP, &error));
  if (U_FAILURE(error)) return std::nullopt;
  // NFKC makes at most eighteen code units out of one.
  std::vector<UChar> prepared(utf16->size() * 18 + 1);
  int32_t length = usprep_prepare(profile.get(), utf16->data(), static_cast<int32_t>(utf16->size()), prepared.data(),
                                  static_cast<int32_t>(prepared.size()), USPREP_DEFAULT, nullptr, &error);
  if (U_FAILURE(error) || length == 0) return std::nullopt;
  return to_utf8(prepared.data(), length);
}

}  // namespace vecino::protocol
