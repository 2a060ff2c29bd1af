#include "storage/util/encoding.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

namespace vecino {
namespace {

constexpr auto kSingle = Encoding::Shape::kSingleByte, kUnix = Encoding::Shape::kExtendedUnix,
               kDouble = Encoding::Shape::kDoubleByte, kUtf8 = Encoding::Shape::kUtf8;

constexpr Encoding kEncodings[] = {
    {"SQL_ASCII", nullptr, kSingle},
    {"EUC_JP", "EUC-JP", kUnix},
    {"EUC_CN", "EUC-CN", kUnix},
    {"EUC_KR", "EUC-KR", kUnix},
    {"EUC_TW", "EUC-TW", kUnix},
    {"EUC_JIS_2004", "EUC-JISX0213", kUnix},
    {"UTF8", "UTF-8", kUtf8},
    {"MULE_INTERNAL", nullptr, kSingle},
    {"LATIN1", "ISO-8859-1", kSingle},
    {"LATIN2", "ISO-8859-2", kSingle},
    {"LATIN3", "ISO-8859-3", kSingle},
    {"LATIN4", "ISO-8859-4", kSingle},
    {"LATIN5", "ISO-8859-9", kSingle},
    {"LATIN6", "ISO-8859-10", kSingle},
    {"LATIN7", "ISO-8859-13", kSingle},
    {"LATIN8", "ISO-8859-14", kSingle},
    {"LATIN9", "ISO-8859-15", kSingle},
    {"LATIN10", "ISO-8859-16", kSingle},
    {"WIN1256", "CP1256", kSingle},
    {"WIN1258", "CP1258", kSingle},
    {"WIN866", "CP866", kSingle},
    {"WIN874", "CP874", kSingle},
    {"KOI8R", "KOI8-R", kSingle},
    {"WIN1251", "CP1251", kSingle},
    {"WIN1252", "CP1252", kSingle},
    {"ISO_8859_5", "ISO-8859-5", kSingle},
    {"ISO_8859_6", "ISO-8859-6", kSingle},
    {"ISO_8859_7", "ISO-8859-7", kSingle},
    {"ISO_8859_8", "ISO-8859-8", kSingle},
    {"WIN1250", "CP1250", kSingle},
    {"WIN1253", "CP1253", kSingle},
    {"WIN1254", "CP1254", kSingle},
    {"WIN1255", "CP1255", kSingle},
    {"WIN1257", "CP1257", kSingle},
    {"KOI8U", "KOI8-U", kSingle},
    {"SJIS", "CP932", kDouble},
    {"BIG5", "CP950", kDouble},
    {"GBK", "CP936", kDouble},
    {"UHC", "CP949", kDouble},
    {"GB18030", "GB18030", kDouble},
    {"JOHAB", "JOHAB", kDouble},
    {"SHIFT_JIS_2004", "SHIFT_JISX0213", kDouble},
};

struct Alias {
  std::string_view plain, name;
};
constexpr Alias kAliases[] = {
    {"abc", "WIN1258"},        {"alt", "WIN866"},          {"iso88591", "LATIN1"},    {"iso885910", "LATIN6"},
    {"iso885913", "LATIN7"},   {"iso885914", "LATIN8"},    {"iso885915", "LATIN9"},   {"iso885916", "LATIN10"},
    {"iso88592", "LATIN2"},    {"iso88593", "LATIN3"},     {"iso88594", "LATIN4"},    {"iso88599", "LATIN5"},
    {"koi8", "KOI8R"},         {"mskanji", "SJIS"},        {"shiftjis", "SJIS"},      {"tcvn", "WIN1258"},
    {"tcvn5712", "WIN1258"},   {"unicode", "UTF8"},        {"vscii", "WIN1258"},      {"win", "WIN1251"},
    {"win932", "SJIS"},        {"win936", "GBK"},          {"win949", "UHC"},         {"win950", "BIG5"},
    {"windows932", "SJIS"},    {"windows936", "GBK"},      {"windows949", "UHC"},     {"windows950", "BIG5"},
    {"windows866", "WIN866"},  {"windows874", "WIN874"},   {"windows1250", "WIN1250"}, {"windows1251", "WIN1251"},
    {"windows1252", "WIN1252"}, {"windows1253", "WIN1253"}, {"windows1254", "WIN1254"}, {"windows1255", "WIN1255"},
    {"windows1256", "WIN1256"}, {"windows1257", "WIN1257"}, {"windows1258", "WIN1258"},
};

std::string plain_name(std::string_view name) {
  std::string plain;
  for (char c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) plain += c;
  }
  return plain;
}

std::string hexadecimal(std::string_view bytes) {
  std::string text;
  for (unsigned char byte : bytes) {
    char buffer[8];
    std::snprintf(buffer, sizeof buffer, "%s0x%02x", text.empty() ? "" : " ", byte);
    text += buffer;
  }
  return text;
}

// How many bytes the first one announces.
size_t announced_length(Encoding::Shape shape, std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
  const int first = byte(0);
  switch (shape) {
    case kSingle: return 1;
    case kUnix: return first == 0x8f ? 3 : first == 0x8e && byte(1) >= 0xa1 && byte(1) <= 0xb0 ? 4 : first >= 0x80 ? 2 : 1;
    case kDouble: return first < 0x80 ? 1 : byte(1) >= 0x30 && byte(1) <= 0x39 ? 4 : 2;
    case kUtf8: return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  }
  return 1;
}

// Has a character these bytes, whatever it is?
bool is_well_formed(Encoding::Shape shape, std::string_view character, size_t length) {
  if (character.size() < length || character[0] == '\0') return false;
  if (shape == kSingle) return true;
  if (length == 1) return false;  // one that cannot be converted is no ASCII
  const unsigned char least = shape == kUnix ? 0xa1 : shape == kDouble ? 0x30 : 0x80;
  return std::all_of(character.begin() + 1, character.end(), [&](unsigned char c) { return c >= least && c != 0xff; });
}

}  // namespace

const Encoding* find_encoding(std::string_view name) {
  std::string plain = plain_name(name);
  for (const Alias& alias : kAliases) {
    if (alias.plain == plain) plain = plain_name(alias.name);
  }
  for (const Encoding& encoding : kEncodings) {
    if (plain_name(encoding.name) == plain) return &encoding;
  }
  return nullptr;
}

Result<std::unique_ptr<Transcoder>> Transcoder::make(const Encoding& from, const Encoding& to) {
  iconv_t converter = reinterpret_cast<iconv_t>(-1);
  if (from.converter != nullptr && to.converter != nullptr) converter = iconv_open(to.converter, from.converter);
  if (converter == reinterpret_cast<iconv_t>(-1)) {
    return Status::error(sqlstate::kUndefinedFunction, "default conversion function for encoding \"" + std::string(from.name) +
                                                           "\" to \"" + std::string(to.name) + "\" does not exist");
  }
  return std::unique_ptr<Transcoder>(new Transcoder(from, to, converter));
}

Transcoder::~Transcoder() { iconv_close(converter_); }

Status Transcoder::convert(std::string_view bytes, std::string& out) {
  std::string joined;
  if (!unfinished_.empty()) {
    joined = std::move(unfinished_);
    joined += bytes;
    bytes = joined;
    unfinished_.clear();
  }
  // Not a character anywhere, though iconv takes it.
  const size_t nul = bytes.find('\0');
  std::string_view usable = bytes.substr(0, nul);
  while (!usable.empty() && unfinished_.empty()) RETURN_IF_ERROR(convert_piece(usable, out));
  return nul == std::string_view::npos ? Status::ok()
                                       : refuse(bytes.substr(nul - unfinished_.size(), unfinished_.size() + 1));
}

// Takes from the front of `bytes` what fits into a buffer.
Status Transcoder::convert_piece(std::string_view& bytes, std::string& out) {
  std::array<char, 16384> buffer;
  char* in = const_cast<char*>(bytes.data());
  char* to = buffer.data();
  size_t in_left = bytes.size(), to_left = buffer.size();
  const size_t result = iconv(converter_, &in, &in_left, &to, &to_left);
  const int error = result == static_cast<size_t>(-1) ? errno : 0;
  out.append(buffer.data(), buffer.size() - to_left);
  bytes.remove_prefix(bytes.size() - in_left);
  // What is wrong is told with all its bytes.
  if (error == EINVAL || (error == EILSEQ && bytes.size() < announced_length(from_.shape, bytes))) {
    unfinished_ = bytes;
  } else if (error != 0 && error != E2BIG) {
    return refuse(bytes);
  }
  return Status::ok();
}

Status Transcoder::finish(std::string& out) {
  if (!unfinished_.empty()) return refuse(unfinished_);
  std::array<char, 64> buffer;
  char* to = buffer.data();
  size_t to_left = buffer.size();
  (void)iconv(converter_, nullptr, nullptr, &to, &to_left);
  out.append(buffer.data(), buffer.size() - to_left);
  return Status::ok();
}

// PostgreSQL tells apart what is no character and what the other encoding does not have.
Status Transcoder::refuse(std::string_view rest) const {
  const size_t length = announced_length(from_.shape, rest);
  std::string_view character = rest.substr(0, length);
  if (!is_well_formed(from_.shape, character, length)) {
    return Status::error(sqlstate::kCharacterNotInRepertoire, "invalid byte sequence for encoding \"" +
                                                                  std::string(from_.name) + "\": " + hexadecimal(character));
  }
  return Status::error(sqlstate::kUntranslatableCharacter,
                       "character with byte sequence " + hexadecimal(character) + " in encoding \"" +
                           std::string(from_.name) + "\" has no equivalent in encoding \"" + std::string(to_.name) + "\"");
}

}  // namespace vecino
