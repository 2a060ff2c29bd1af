#include "storage/util/encoding.h"

#include "tests/unit/catch.h"

using namespace vecino;

namespace {

// Converted in pieces of every size: the result must not depend on the cuts.
std::string convert(std::string_view from, std::string_view to, std::string_view text) {
  std::string first;
  for (size_t piece : {text.size() + 1, size_t{1}, size_t{3}}) {
    auto made = Transcoder::make(*find_encoding(from), *find_encoding(to));
    REQUIRE(made.is_ok());
    std::string out;
    Status status;
    for (size_t at = 0; status.is_ok() && at < text.size(); at += piece) status = (*made)->convert(text.substr(at, piece), out);
    if (status.is_ok()) status = (*made)->finish(out);
    if (!status.is_ok()) out += "|" + std::string(status.info().code.view()) + " " + status.info().message;
    if (piece > text.size()) first = out;
    CHECK(out == first);
  }
  return first;
}

}  // namespace

TEST_CASE("encodings are found by all their names") {
  for (std::string_view name : {"latin1", "LATIN-1", "iso-8859-1", "ISO_8859_1", "iso88591"}) {
    REQUIRE(find_encoding(name) != nullptr);
    CHECK(find_encoding(name)->name == "LATIN1");
  }
  CHECK(find_encoding("Windows-1252")->name == "WIN1252");
  CHECK(find_encoding("unicode")->name == "UTF8");
  CHECK(find_encoding("alt")->name == "WIN866");
  CHECK(find_encoding("mskanji")->name == "SJIS");
  CHECK(find_encoding("utf-16") == nullptr);
  CHECK(find_encoding("") == nullptr);
}

TEST_CASE("every encoding but two has a converter here") {
  for (std::string_view name : {"EUC_JP", "EUC_CN", "EUC_KR", "EUC_TW", "EUC_JIS_2004", "LATIN1", "LATIN2", "LATIN3", "LATIN4",
                                "LATIN5", "LATIN6", "LATIN7", "LATIN8", "LATIN9", "LATIN10", "WIN866", "WIN874", "WIN1250",
                                "WIN1251", "WIN1252", "WIN1253", "WIN1254", "WIN1255", "WIN1256", "WIN1257", "WIN1258", "KOI8R",
                                "KOI8U", "ISO_8859_5", "ISO_8859_6", "ISO_8859_7", "ISO_8859_8", "SJIS", "BIG5", "GBK", "UHC",
                                "GB18030", "JOHAB", "SHIFT_JIS_2004"}) {
    INFO(name);
    REQUIRE(find_encoding(name) != nullptr);
    CHECK(convert(name, "UTF8", "plain") == "plain");
    CHECK(convert("UTF8", name, "plain") == "plain");
  }
  auto none = Transcoder::make(*find_encoding("UTF8"), *find_encoding("MULE_INTERNAL"));
  REQUIRE_FALSE(none.is_ok());
  CHECK(none.status().info().code == sqlstate::kUndefinedFunction);
}

TEST_CASE("conversion, and what it refuses") {
  CHECK(convert("LATIN1", "UTF8", "gr\xfc\xdf") == "grüß");
  CHECK(convert("UTF8", "LATIN1", "grüß") == "gr\xfc\xdf");
  CHECK(convert("EUC_JP", "UTF8", "\xc6\xfc\xcb\xdc") == "日本");
  CHECK(convert("UTF8", "SJIS", "日本") == "\x93\xfa\x96\x7b");
  CHECK(convert("WIN1252", "UTF8", "a\x81") ==
        "a|22P05 character with byte sequence 0x81 in encoding \"WIN1252\" has no equivalent in encoding \"UTF8\"");
  CHECK(convert("UTF8", "LATIN1", "5 €!") ==
        "5 |22P05 character with byte sequence 0xe2 0x82 0xac in encoding \"UTF8\" has no equivalent in encoding \"LATIN1\"");
  CHECK(convert("EUC_JP", "UTF8", "x\xa4\xff") == "x|22021 invalid byte sequence for encoding \"EUC_JP\": 0xa4 0xff");
  CHECK(convert("EUC_JP", "UTF8", "x\xa4") == "x|22021 invalid byte sequence for encoding \"EUC_JP\": 0xa4");
  CHECK(convert("LATIN1", "UTF8", std::string_view("a\0b", 3)) == "a|22021 invalid byte sequence for encoding \"LATIN1\": 0x00");
  std::string much(100000, '\xe9');
  CHECK(convert("LATIN1", "UTF8", much).size() == 200000);
}
