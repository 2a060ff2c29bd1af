#include "protocol/copy.h"

#include "tests/unit/catch.h"

using namespace vecino;
using namespace vecino::protocol;

namespace {

std::string show(const std::vector<CopyField>& fields) {
  std::string text;
  for (const CopyField& field : fields) text += "[" + (field.is_null ? "NULL" : std::string(field.bytes)) + "]";
  return text;
}

// Reads `data` cut into pieces of every size: the rows must not depend on the cuts.
std::string read_all(const CopyOptions& options, size_t columns, const std::string& data) {
  std::string first;
  for (size_t piece : {data.size() + 1, size_t{1}, size_t{2}, size_t{5}}) {
    auto reader = make_copy_reader(options, columns);
    std::string text;
    std::vector<CopyField> fields;
    auto drain = [&] {
      while (true) {
        Result<bool> row = reader->next(fields);
        if (!row.is_ok()) {
          text += "error " + std::string(row.status().info().code.view()) + " " + row.status().info().message;
          return false;
        }
        if (!*row) return true;
        text += std::to_string(reader->line_number()) + show(fields) + "\n";
      }
    };
    bool ok = true;
    for (size_t at = 0; ok && at < data.size(); at += piece) {
      reader->feed(std::string_view(data).substr(at, piece));
      ok = drain();
    }
    if (ok && reader->finish().is_ok()) drain();
    if (first.empty()) first = text;
    CHECK(text == first);
  }
  return first;
}

CopyOptions csv() {
  CopyOptions options;
  options.format = CopyFormat::kCsv;
  options.delimiter = ',';
  options.null_text = "";
  return options;
}

}  // namespace

TEST_CASE("COPY text") {
  CopyOptions text;
  CHECK(read_all(text, 2, "1\ta\n2\t\\N\n") == "1[1][a]\n2[2][NULL]\n");
  CHECK(read_all(text, 2, "1\t\\x41\\102\\t\\\\\\\n3\n4") == "1[1][AB\t\\\n3]\n2[4]\n");
  CHECK(read_all(text, 1, "\na\r\n") == "1[]\nerror 22P04 literal carriage return found in data");
  CHECK(read_all(text, 1, "a\r\nb\r\n\\.\r\nrest") == "1[a]\n2[b]\n");
  CHECK(read_all(text, 1, "a\rb\r") == "1[a]\n2[b]\n");
  CHECK(read_all(text, 1, "a\\.b\n") == "error 22P04 end-of-copy marker corrupt");
  CHECK(read_all(text, 1, "a\n\xff\n") == "1[a]\nerror 22021 invalid byte sequence for encoding \"UTF8\": 0xff");
  text.header = CopyHeader::kMatch;
  text.column_names = {"a", "b"};
  CHECK(read_all(text, 2, "a\tb\n1\t2\n") == "2[1][2]\n");
  CHECK(read_all(text, 2, "a\tc\n") ==
        "error 22P04 column name mismatch in header line field 2: got \"c\", expected \"b\"");
}

TEST_CASE("COPY csv") {
  CHECK(read_all(csv(), 3, "1,\"a\"\"b\n,c\",\n,\"\",x\n") == "1[1][a\"b\n,c][NULL]\n2[NULL][][x]\n");
  CHECK(read_all(csv(), 1, "\"\\.\"\n\\.\nx\n") == "1[\\.]\n");
  CHECK(read_all(csv(), 1, "\"abc\n") == "error 22P04 unterminated CSV quoted field");
  CopyOptions options = csv();
  options.escape = '\\';
  CHECK(read_all(options, 2, "\"a\\\"b\",\"\\\\\"\nx,y\n") == "1[a\"b][\\]\n2[x][y]\n");
  options = csv();
  options.force_null = {true, false};
  options.force_not_null = {false, true};
  CHECK(read_all(options, 2, "\"\",\n") == "1[NULL][]\n");
}

TEST_CASE("COPY binary reads what it writes") {
  CopyOptions options;
  options.format = CopyFormat::kBinary;
  auto writer = make_copy_writer(options, 2);
  std::string out;
  REQUIRE(writer->header(out).is_ok());
  std::vector<CopyField> row = {{false, "abc"}, {true, {}}};
  REQUIRE(writer->row(row, out).is_ok());
  REQUIRE(writer->row(row, out).is_ok());
  writer->trailer(out);
  CHECK(read_all(options, 2, out) == "1[abc][NULL]\n2[abc][NULL]\n");
  CHECK(read_all(options, 3, out) == "error 22P04 row field count is 2, expected 3");
  CHECK(read_all(options, 2, out.substr(0, out.size() - 5)) == "1[abc][NULL]\nerror 22P04 unexpected EOF in COPY data");
  CHECK(read_all(options, 2, out + "x").ends_with("error 22P04 received copy data after EOF marker"));
  CHECK(read_all(options, 2, "PGCOPX\n\377\r\n0123456789") == "error 22P04 COPY file signature not recognized");
}

TEST_CASE("COPY writers quote and escape") {
  std::string out;
  std::vector<CopyField> row = {{false, "a\tb\\c\nd"}, {true, {}}};
  REQUIRE(make_copy_writer(CopyOptions{}, 2)->row(row, out).is_ok());
  CHECK(out == "a\\tb\\\\c\\nd\t\\N\n");
  out.clear();
  row = {{false, "a\"b"}, {true, {}}, {false, ""}, {false, "x,y"}, {false, "\\."}};
  REQUIRE(make_copy_writer(csv(), 5)->row(row, out).is_ok());
  CHECK(out == "\"a\"\"b\",,\"\",\"x,y\",\\.\n");
  out.clear();
  row = {{false, "\\."}};
  REQUIRE(make_copy_writer(csv(), 1)->row(row, out).is_ok());
  CHECK(out == "\"\\.\"\n");
}
