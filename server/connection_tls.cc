// The encrypted side of a connection. Decryption happens on the I/O thread that reads, encryption with the owner who
// writes; until the handshake is over both are the I/O thread.
#include "server/connection.h"
#include "storage/util/log.h"

namespace vecino::server {
namespace {

constexpr char kHandshakeRecord = 0x16;
constexpr size_t kPiece = 64 * 1024;

}  // namespace

// A client that does not ask first: no startup packet begins with this byte, it would be hundreds of megabytes long.
void Connection::start_direct_tls(std::string_view bytes) {
  if (bytes.front() != kHandshakeRecord || client_.is_local) return;
  std::shared_ptr<const TlsContext> context = server_.current_tls();
  if (context) tls_ = std::make_unique<TlsSession>(std::move(context), TlsSession::Start::kDirect);
}

void Connection::receive_encrypted(std::string_view bytes) {
  bool was_established = tls_->is_established();
  io_.plain.clear();
  TlsSession::State state = tls_->receive(bytes, io_.plain);
  if (!was_established && (!tls_->is_established() || state == TlsSession::State::kFailed)) {
    return continue_handshake(state);
  }
  if (!was_established) {
    tls_->describe(client_);
    if (send() == Sent::kBlocked) return close();
  }
  if (state != TlsSession::State::kOpen) {
    // What came before the end is still worked on; nothing more is read.
    if (!io_.plain.empty()) receive(io_.plain);
    return on_gone();
  }
  if (io_.plain.empty()) return wait_readable();
  receive(io_.plain);
}

// Nobody but this thread knows the connection yet.
void Connection::continue_handshake(TlsSession::State state) {
  bool blocked = send() == Sent::kBlocked;
  if (state == TlsSession::State::kOpen && !blocked && !write_failed_) return wait_readable();
  if (!tls_->error().empty()) log::info("could not accept SSL connection: " + tls_->error());
  if (try_own()) close();
}

Connection::Sent Connection::send_encrypted() {
  tls_->take_output(encrypted_);
  while (true) {
    Sent outcome = send_raw(encrypted_.data(), encrypted_.size(), encrypted_sent_);
    if (outcome == Sent::kBlocked) return outcome;
    encrypted_.clear();
    encrypted_sent_ = 0;
    if (sink_.unsent() == 0) break;
    std::string_view piece(sink_.unsent_data(), std::min(sink_.unsent(), kPiece));
    if (!tls_->encrypt(piece, encrypted_)) {
      write_failed_ = true;
      cancel_.request(CancelReason::kClientGone);
    }
    sink_.mark_sent(piece.size());
  }
  if (encrypted_.capacity() > 4096) std::string().swap(encrypted_);
  return Sent::kAll;
}

// So that the client can tell an end from a cut. Not waited for.
void Connection::say_goodbye() {
  if (!tls_->is_established() || write_failed_) return;
  tls_->close();
  (void)send();
}

}  // namespace vecino::server
