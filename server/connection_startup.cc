#include <strings.h>
#include <unistd.h>

#include <ctime>

#include "server/connection.h"
#include "storage/util/log_output.h"

namespace vecino::server {
namespace {

constexpr size_t kMaxNameLength = 63;

Status fatal_status(SqlState code, std::string message) { return Status::error(code, std::move(message)); }

// Value of the startup parameter `replication`: a boolean, or "database".
bool asks_for_replication(const std::string& value) {
  for (const char* word : {"false", "off", "no", "0"}) {
    if (strcasecmp(value.c_str(), word) == 0) return false;
  }
  return true;
}

}  // namespace

// Handles the startup packets that are complete. False = the connection was closed or handed to an executor thread: it
// must not be touched any more.
bool Connection::startup_bytes() {
  while (true) {
    std::string_view bytes = std::string_view(in_).substr(in_used_);
    Result<size_t> size = protocol::startup_packet_size(bytes);
    // Whatever this is, it is no PostgreSQL client: no answer.
    if (!size.is_ok()) return close(), false;
    if (*size == 0 || bytes.size() < *size) return true;
    std::string packet(bytes.substr(4, *size - 4));
    in_used_ += *size;
    Result<protocol::StartupPacket> decoded = protocol::decode_startup(packet);
    if (!decoded.is_ok()) {
      bool old = static_cast<unsigned char>(packet[1]) < 3 && packet[0] == 0;
      return old ? refuse_old_protocol(decoded.status()) : refuse(decoded.status());
    }
    if (!std::visit([this](const auto& message) { return handle(message); }, *decoded)) return false;
  }
}

// What is logged before there is a session to do it.
void Connection::log_entry(log::Level level, const ErrorInfo& info) const {
  log::Session labels;
  if (startup_) {
    labels.user = startup_->user;
    labels.database = startup_->database;
  }
  labels.remote_host = client_.is_local ? "[local]" : client_.address_text();
  if (client_.port > 0) labels.remote_port = std::to_string(client_.port);
  labels.pid = pid_ != 0 ? pid_ : static_cast<int32_t>(::getpid());
  labels.start_us = std::time(nullptr) * int64_t{1000000};
  log::Entry entry;
  entry.level = level;
  entry.session = &labels;
  entry.sqlstate = info.code.view();
  entry.message = info.message;
  entry.detail = info.detail;
  entry.hint = info.hint;
  log::emit(entry);
}

void Connection::log_received() const {
  if (!server_.current_limits().log_connections) return;
  ErrorInfo line;
  line.code = sqlstate::kSuccess;
  line.message = "connection received: host=" + (client_.is_local ? "[local]" : client_.address_text());
  if (client_.port > 0) line.message += " port=" + std::to_string(client_.port);
  log_entry(log::Level::kInfo, line);
}

void Connection::log_authenticated() const {
  if (auth_->admission().empty() || !server_.current_limits().log_connections) return;
  ErrorInfo line;
  line.code = sqlstate::kSuccess;
  line.message = "connection authenticated: " + auth_->admission();
  log_entry(log::Level::kInfo, line);
}

// Sends a FATAL error and closes: false.
bool Connection::refuse(const Status& status, const std::string& log_detail) {
  ErrorInfo logged = status.info();
  if (!log_detail.empty()) logged.detail = log_detail;  // more than the client is told
  log_entry(log::Level::kFatal, logged);
  sink_.fatal(status.info());
  send();
  close();
  return false;
}

// Before protocol 3 an error was a plain string.
bool Connection::refuse_old_protocol(const Status& status) {
  sink_.buffer() += "EFATAL:  " + status.info().message + "\n";
  sink_.buffer() += '\0';
  send();
  close();
  return false;
}

bool Connection::handle(const protocol::SslRequest&) {
  if (tls_) {  // an answer in clear would be a lie, and there is nothing to ask for
    return refuse(fatal_status(sqlstate::kFeatureNotSupported,
                               "unsupported frontend protocol 1234.5679: server supports 3.0 to 3.0"));
  }
  if (in_used_ < in_.size()) {
    sink_.buffer() += 'N';
    Status status = fatal_status(sqlstate::kProtocolViolation, "received unencrypted data after SSL request");
    status.info().detail =
        "This could be either a client-software bug or evidence of an attempted man-in-the-middle attack.";
    return refuse(status);
  }
  std::shared_ptr<const TlsContext> context = client_.is_local ? nullptr : server_.current_tls();
  sink_.buffer() += context ? 'S' : 'N';
  if (!context) return true;
  // The last bytes in clear; nothing of the client may be left that came in clear.
  if (send() == Sent::kBlocked || write_failed_) return close(), false;
  tls_ = std::make_unique<TlsSession>(std::move(context), TlsSession::Start::kAsked);
  return true;
}

bool Connection::handle(const protocol::GssEncRequest&) {
  sink_.buffer() += 'N';
  return true;
}

// Never answered, so that nobody learns whether the key was right.
bool Connection::handle(const protocol::CancelRequest& request) {
  if (std::shared_ptr<Connection> target = server_.registry.find(request.pid, request.secret)) target->request_cancel();
  close();
  return false;
}

Result<sql::StartupParameters> Connection::startup_parameters(const protocol::StartupMessage& message) const {
  sql::StartupParameters result;
  for (const auto& [name, value] : message.parameters) {
    if (name == "user") {
      result.user = value.substr(0, kMaxNameLength);
    } else if (name == "database") {
      result.database = value.substr(0, kMaxNameLength);
    } else if (name == "replication") {
      if (asks_for_replication(value)) {
        return Status::error(sqlstate::kFeatureNotSupported, "replication connections are not supported");
      }
    } else if (name == "options") {
      ASSIGN_OR_RETURN(auto options, protocol::parse_options(value));
      // The other parameters of the packet are applied after them.
      result.settings.insert(result.settings.begin(), options.begin(), options.end());
    } else if (name == "application_name") {
      result.application_name = value;
    } else {
      result.settings.emplace_back(name, value);
    }
  }
  if (result.user.empty()) {
    return Status::error(sqlstate::kInvalidAuthorizationSpecification,
                         "no PostgreSQL user name specified in startup packet");
  }
  if (result.database.empty()) result.database = result.user;
  result.client_address = client_.address_text();
  result.client_port = client_.port;
  if (tls_) result.tls = tls_->info();
  return result;
}

bool Connection::handle(const protocol::StartupMessage& message) {
  Result<sql::StartupParameters> parameters = startup_parameters(message);
  if (!parameters.is_ok()) return refuse(parameters.status());
  if (server_.shutdown_mode.load() != ShutdownMode::kNone) {
    return refuse(fatal_status(sqlstate::kCannotConnectNow, "the database system is shutting down"));
  }
  if (server_.registry.size() >= server_.options.max_connections) {
    return refuse(fatal_status(sqlstate::kTooManyConnections, "sorry, too many clients already"));
  }
  if (message.needs_negotiation()) {
    protocol::negotiate_protocol_version(sink_.buffer(), message.unknown_protocol_options);
  }
  startup_ = std::move(*parameters);
  auth_ = server_.auth.start(client_, *startup_);
  begin_authentication();
  return false;
}

// False: there is no room, and the connection was closed.
bool Connection::register_session() {
  switch (server_.registry.add(shared_from_this(), server_.options.max_connections, pid_, secret_)) {
    case ConnectionRegistry::Added::kYes:
      break;
    case ConnectionRegistry::Added::kFull:
      return refuse(fatal_status(sqlstate::kTooManyConnections, "sorry, too many clients already"));
    case ConnectionRegistry::Added::kClosed:
      return refuse(fatal_status(sqlstate::kCannotConnectNow, "the database system is shutting down"));
  }
  registered_ = true;
  post([](Connection& c) { c.io_.starting.erase(&c); });
  startup_->pid = pid_;
  return true;
}

// On an executor thread.
void Connection::open_session() {
  protocol::authentication_ok(sink_.buffer());
  Result<std::unique_ptr<sql::Session>> session = server_.factory(*startup_, cancel_);
  if (!session.is_ok()) {
    refuse(session.status());
    return;
  }
  startup_.reset();
  session_ = std::move(*session);
  server_.registry.publish_session(pid_, session_.get());
  session_->send_parameters(sink_);
  protocol::backend_key_data(sink_.buffer(), pid_, secret_);
  sink_.ready_for_query(session_->transaction_status());
  sink_.take_ready();
  ServerLimits current = server_.current_limits();
  MessageProcessor::Limits limits{current.max_message_size, current.inline_short_statements};
  processor_.emplace(*session_, sink_, limits, [this](bool running) { statement_clock(running); });
  phase_ = Phase::kRunning;
  work(MessageProcessor::Where::kExecutor);
}

}  // namespace vecino::server
