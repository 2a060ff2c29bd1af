#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sqlfront/types/type.h"

namespace vecino::sql {

// jsonb (manual 8.14). A value is u8 JsonbKind and, little-endian without alignment:
//   kNumber: a packed numeric (types/numeric.h), so numbers are exact and keep their scale
//   kString: the bytes
//   kArray:  u32 count | count x u32 end offset | the elements' values
//   kObject: u32 count | count x u32 key end | count x u32 value end | the keys' bytes | the members' values
// Members are unique and sorted by key length, then bytes (PostgreSQL's order, which shows in output).
enum class JsonbKind : uint8_t { kNull = 0, kFalse, kTrue, kNumber, kString, kArray, kObject };

class JsonbView {
 public:
  explicit JsonbView(std::string_view bytes) : bytes_(bytes) {}
  explicit JsonbView(const Datum& value) : bytes_(value.bytes()) {}
  std::string_view bytes() const { return bytes_; }
  JsonbKind kind() const { return static_cast<JsonbKind>(bytes_[0]); }
  bool is_array() const { return kind() == JsonbKind::kArray; }
  bool is_object() const { return kind() == JsonbKind::kObject; }
  bool is_scalar() const { return kind() < JsonbKind::kArray; }
  bool is_null() const { return kind() == JsonbKind::kNull; }
  bool is_bool() const { return kind() == JsonbKind::kFalse || kind() == JsonbKind::kTrue; }
  std::string_view payload() const { return bytes_.substr(1); }  // string bytes, packed numeric
  Datum number() const { return Datum::from_bytes(payload()); }

  uint32_t count() const;                      // arrays and objects
  JsonbView element(uint32_t i) const;         // arrays
  std::string_view key(uint32_t i) const;      // objects
  JsonbView value(uint32_t i) const;           // objects
  std::optional<uint32_t> find(std::string_view key) const;  // position of a member
  std::optional<JsonbView> get(std::string_view key) const;
  std::optional<JsonbView> get(int64_t index) const;  // arrays; negative counts from the end

 private:
  uint32_t offset(size_t i) const;
  std::string_view bytes_;
};

// Making values. Members may come in any order; of equal keys the last one stays.
using JsonbMember = std::pair<std::string, std::string>;  // key, encoded value
std::string jsonb_null();
std::string jsonb_bool(bool value);
std::string jsonb_string(std::string_view text);
std::string jsonb_number(const Datum& numeric);
std::string jsonb_array(std::span<const std::string> elements);
std::string jsonb_object(std::vector<JsonbMember> members);

std::string jsonb_parse(std::string_view text);  // errors as json
void jsonb_append_text(std::string& out, const JsonbView& value);
void jsonb_append_pretty(std::string& out, const JsonbView& value, int indent = 0);
const char* jsonb_type_name(const JsonbView& value);  // jsonb_typeof
// The value as ->> gives it: strings unquoted, null = nullopt.
std::optional<std::string> jsonb_as_text(const JsonbView& value);

int jsonb_compare(const Datum& left, const Datum& right);
uint64_t jsonb_hash(const Datum& value);
void jsonb_encode_key(const Datum& value, std::string& out);
bool jsonb_contains(const JsonbView& whole, const JsonbView& part);
bool jsonb_scalar_equal(const JsonbView& left, const JsonbView& right);

std::span<const TypeInfo> json_types();  // json, jsonb

}  // namespace vecino::sql
