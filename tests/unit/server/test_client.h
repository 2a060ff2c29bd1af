#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "protocol/bytes.h"

namespace vecino::server {

// A blocking client that speaks raw messages.
class TestClient {
 public:
  explicit TestClient(uint16_t port) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    timeval timeout{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~TestClient() { disconnect(); }
  void disconnect() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  bool connected() const { return connected_; }

  static std::string message(char type, const std::string& payload) {
    std::string out(1, type);
    protocol::append_u32(out, static_cast<uint32_t>(payload.size() + 4));
    return out + payload;
  }
  static std::string query(const std::string& sql) { return message('Q', sql + '\0'); }
  static std::string startup(uint32_t code, const std::string& rest) {
    std::string out;
    protocol::append_u32(out, static_cast<uint32_t>(rest.size() + 8));
    protocol::append_u32(out, code);
    return out + rest;
  }
  void send(const std::string& bytes) {
    for (size_t at = 0; at < bytes.size();) {
      ssize_t sent = ::send(fd_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) return;
      at += static_cast<size_t>(sent);
    }
  }
  std::string read_exactly(size_t count) {
    while (buffer_.size() < count) {
      char piece[65536];
      ssize_t got = ::recv(fd_, piece, sizeof piece, 0);
      if (got <= 0) break;
      buffer_.append(piece, static_cast<size_t>(got));
    }
    std::string result = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return result;
  }
  // Types of the messages up to and including `last`; "-" at the end when the connection closes. The text of the last
  // error is in error().
  std::string read_until(char last) {
    std::string types;
    while (true) {
      std::string head = read_exactly(5);
      if (head.size() < 5) return types + "-";
      std::string payload = read_exactly(protocol::load_u32(head.data() + 1) - 4);
      types += head[0];
      if (head[0] == 'E') error_ = error_text(payload);
      if (head[0] == 'K') key_ = payload;
      if (head[0] == last) return types;
    }
  }
  void open() {
    send(startup(3 << 16, std::string("user\0u\0\0", 8)));
    read_until('Z');
  }
  const std::string& error() const { return error_; }
  const std::string& key() const { return key_; }

 private:
  static std::string error_text(const std::string& payload) {
    std::string severity, code, text;
    for (size_t at = 0; at < payload.size() && payload[at] != 0;) {
      char field = payload[at++];
      std::string value = payload.c_str() + at;
      at += value.size() + 1;
      if (field == 'S') severity = value;
      if (field == 'C') code = value;
      if (field == 'M') text = value;
    }
    return severity + " " + code + " " + text;
  }
  int fd_;
  bool connected_;
  std::string buffer_, error_, key_;
};

}  // namespace vecino::server
