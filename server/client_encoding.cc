#include "server/client_encoding.h"

#include <algorithm>

namespace vecino::server {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

Result<std::string_view> convert(Transcoder& transcoder, std::string_view text, std::string& buffer) {
  buffer.clear();
  RETURN_IF_ERROR(transcoder.convert(text, buffer));
  RETURN_IF_ERROR(transcoder.finish(buffer));
  return std::string_view(buffer);
}

}  // namespace

void ClientEncoding::change(const conf::SessionSettings& settings) {
  settings_ = &settings;
  version_ = settings.version();
  const Encoding* utf8 = find_encoding("UTF8");
  const Encoding* wanted = find_encoding(settings.get_string(conf::SettingId::client_encoding));
  // SQL_ASCII is "as it is", and no client can choose what cannot be converted.
  if (wanted == utf8 || (wanted != nullptr && wanted->converter == nullptr)) wanted = nullptr;
  if (wanted == encoding_) return;
  encoding_ = wanted;
  from_client_.reset();
  to_client_.reset();
  if (wanted == nullptr) return;
  auto from = Transcoder::make(*wanted, *utf8), to = Transcoder::make(*utf8, *wanted);
  if (!from.is_ok() || !to.is_ok()) {
    encoding_ = nullptr;
    return;
  }
  from_client_ = std::move(*from);
  to_client_ = std::move(*to);
}

Result<std::string_view> ClientEncoding::from_client(std::string_view text, std::string& buffer) {
  if (from_client_ == nullptr || is_ascii(text)) return text;
  auto converted = convert(*from_client_, text, buffer);
  // What was left unfinished must not become part of the next text.
  if (!converted.is_ok()) from_client_ = std::move(*Transcoder::make(*encoding_, *find_encoding("UTF8")));
  return converted;
}

Result<std::string_view> ClientEncoding::to_client(std::string_view text, std::string& buffer) {
  if (to_client_ == nullptr || is_ascii(text)) return text;
  auto converted = convert(*to_client_, text, buffer);
  if (!converted.is_ok()) to_client_ = std::move(*Transcoder::make(*find_encoding("UTF8"), *encoding_));
  return converted;
}

std::string ClientEncoding::to_client_or_mark(std::string_view text) {
  std::string buffer, out;
  if (auto whole = to_client(text, buffer); whole.is_ok()) return std::string(*whole);
  while (!text.empty()) {
    size_t length = 1;
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) ++length;
    auto character = to_client(text.substr(0, length), buffer);
    if (character.is_ok()) {
      out += *character;
    } else {
      out += '?';
    }
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace vecino::server
