#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "conf/session_settings.h"
#include "storage/util/encoding.h"

namespace vecino::server {

// Between the client's text (client_encoding) and the server's, which is UTF8. All encodings agree with ASCII in what is below 0x80,
// so that such text is passed as it is. One per connection; used by one thread at a time.
class ClientEncoding {
 public:
  void follow(const conf::SessionSettings& settings) {
    if (settings_ == &settings && version_ == settings.version()) return;
    change(settings);
  }
  bool is_utf8() const { return to_client_ == nullptr; }

  // `text` or what is put into `buffer`. 22021, 22P05.
  Result<std::string_view> from_client(std::string_view text, std::string& buffer);
  Result<std::string_view> to_client(std::string_view text, std::string& buffer);
  // For messages, which must not fail: a question mark for what the client does not have.
  std::string to_client_or_mark(std::string_view text);

 private:
  void change(const conf::SessionSettings& settings);

  const conf::SessionSettings* settings_ = nullptr;
  uint64_t version_ = 0;
  const Encoding* encoding_ = nullptr;  // nullptr = UTF8
  std::unique_ptr<Transcoder> from_client_, to_client_;
};

}  // namespace vecino::server
