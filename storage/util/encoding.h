#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "storage/util/status.h"

namespace vecino {

// A character encoding that PostgreSQL knows (manual 24.3.1).
struct Encoding {
  std::string_view name;  // as PostgreSQL writes it
  const char* converter;  // its name for iconv(3); nullptr = cannot be converted
  enum class Shape : uint8_t { kSingleByte, kExtendedUnix, kDoubleByte, kUtf8 } shape;
};

// By any of PostgreSQL's names; case and punctuation do not matter. nullptr = unknown.
const Encoding* find_encoding(std::string_view name);

// Between UTF8 and another encoding, piece by piece. Not thread-safe.
class Transcoder {
 public:
  // 42883 when there is no conversion.
  static Result<std::unique_ptr<Transcoder>> make(const Encoding& from, const Encoding& to);
  ~Transcoder();
  Transcoder(const Transcoder&) = delete;

  // Appends `bytes` converted. What is left of an unfinished character waits for more. An error, with everything before it in
  // `out`: 22021, 22P05.
  Status convert(std::string_view bytes, std::string& out);
  // No more will come for now: some converters hold a character back, to which the next may belong. An unfinished one is 22021.
  Status finish(std::string& out);

 private:
  Transcoder(const Encoding& from, const Encoding& to, void* converter)
      : from_(from), to_(to), converter_(converter) {}
  Status convert_piece(std::string_view& bytes, std::string& out);
  Status refuse(std::string_view rest) const;

  const Encoding& from_;
  const Encoding& to_;
  void* converter_;
  std::string unfinished_;
};

}  // namespace vecino
