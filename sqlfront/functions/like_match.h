#pragma once

#include <string>
#include <string_view>

namespace vecino::sql {

// LIKE patterns (manual 9.7.1): % any sequence, _ one character, backslash quotes.
enum class LikeCase : bool { kSensitive, kInsensitive };
enum class LikeUnit : bool { kCharacter, kByte };  // what _ stands for

// 22025 `LIKE pattern must not end with escape character`
bool like_match(std::string_view text, std::string_view pattern, LikeUnit unit);
bool like_match(std::string_view text, std::string_view pattern, LikeCase letter_case);
// LIKE ... ESCAPE: the same pattern with backslash as the escape. 22025
std::string like_with_escape(std::string_view pattern, std::string_view escape);
// SIMILAR TO: the pattern as an ARE anchored at both ends (manual 9.7.2). `escape` empty = none.
std::string similar_to_regex(std::string_view pattern, std::string_view escape);
// Unicode lower case, character by character.
std::string lower_unicode(std::string_view text);

}  // namespace vecino::sql
