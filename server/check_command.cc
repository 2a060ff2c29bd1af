#include "server/check_command.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>

namespace vecino::server {
namespace {

enum Outcome : int { kAccepting = 0, kRejecting = 1, kNoResponse = 2, kNoAttempt = 3 };

constexpr const char* kUsage = R"(vecinod --check tells whether a server accepts connections.

Usage:
  vecinod --check [-h HOST] [-p PORT] [-D DIR]

Options:
  -h HOST     server host or directory of its socket (default: $PGHOST, else as the server of -D or $PGDATA listens)
  -p PORT     server port (default: $PGPORT, else the port of the server of -D or $PGDATA, else 5432)
  -D DIR      data directory of a server on this machine
  -t SECONDS  how long to wait (default: 3)

Exit status: 0 accepting connections, 1 rejecting them, 2 no response, 3 no attempt was made.
)";

struct Target {
  std::string host, port, data_directory;
  std::string user = "postgres";
  int timeout_ms = 3000;
  bool help = false;
};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// What a running server has written beside its process id (main.cc): start time, port, socket directory, address, superuser.
void complete_from_data_directory(Target& target) {
  std::ifstream file(target.data_directory + "/vecinod.pid");
  std::string pid, path, time, port, socket, address, role;
  if (!std::getline(file, pid) || !std::getline(file, path) || !std::getline(file, time) || !std::getline(file, port)) {
    return;
  }
  std::getline(file, socket);
  std::getline(file, address);
  if (std::getline(file, role) && !role.empty()) target.user = role;
  if (target.port.empty()) target.port = port;
  if (!target.host.empty()) return;
  bool everywhere = address == "*" || address == "0.0.0.0" || address == "::";
  target.host = !socket.empty() ? socket : everywhere ? "localhost" : address.substr(0, address.find(','));
}

bool parse(int argc, const char* const* argv, Target& target) {
  for (int i = 2; i < argc; ++i) {
    std::string_view argument = argv[i];
    if (argument == "--help" || argument == "-?") return target.help = true;
    if (argument.size() < 2 || argument[0] != '-' || std::strchr("hpDt", argument[1]) == nullptr) return false;
    std::string value(argument.substr(2));
    if (value.empty()) {
      if (++i >= argc) return false;
      value = argv[i];
    }
    switch (argument[1]) {
      case 'h': target.host = value; break;
      case 'p': target.port = value; break;
      case 'D': target.data_directory = value; break;
      default: target.timeout_ms = std::atoi(value.c_str()) * 1000; break;
    }
  }
  return true;
}

// Whether the descriptor became ready in time.
bool wait_for(int fd, short events, int timeout_ms) {
  pollfd event{fd, events, 0};
  int ready;
  do {
    ready = ::poll(&event, 1, timeout_ms);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

bool connect_in_time(int fd, const sockaddr* address, socklen_t size, int timeout_ms) {
  if (::connect(fd, address, size) == 0) return true;
  if (errno != EINPROGRESS || !wait_for(fd, POLLOUT, timeout_ms)) return false;
  int error = 0;
  socklen_t length = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0;
}

int open_socket(const Target& target) {
  if (target.host.starts_with("/")) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string path = target.host + "/.s.PGSQL." + target.port;
    if (path.size() >= sizeof address.sun_path) return -1;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect_in_time(fd, reinterpret_cast<sockaddr*>(&address), sizeof address, target.timeout_ms)) return fd;
    if (fd >= 0) ::close(fd);
    return -1;
  }
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (::getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &found) != 0) return -1;
  int result = -1;
  for (addrinfo* at = found; at != nullptr && result < 0; at = at->ai_next) {
    int fd = ::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, at->ai_protocol);
    if (fd >= 0 && connect_in_time(fd, at->ai_addr, at->ai_addrlen, target.timeout_ms)) result = fd;
    if (fd >= 0 && result < 0) ::close(fd);
  }
  ::freeaddrinfo(found);
  return result;
}

void append_be32(std::string& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

// A startup packet; whatever the server asks or refuses next tells enough, no password is needed.
std::string startup_packet(std::string user) {
  if (std::string given = environment("PGUSER"); !given.empty()) user = given;
  std::string body;
  append_be32(body, 3 << 16);
  for (std::string_view text : {std::string_view("user"), std::string_view(user), std::string_view("database"),
                                std::string_view("postgres"), std::string_view("application_name"), std::string_view("vecinod --check")}) {
    body += text;
    body += '\0';
  }
  body += '\0';
  std::string packet;
  append_be32(packet, static_cast<uint32_t>(body.size()) + 4);
  return packet + body;
}

// SQLSTATE of an ErrorResponse.
std::string_view error_code(std::string_view message) {
  size_t at = 5;
  while (at < message.size() && message[at] != 0) {
    size_t end = message.find('\0', at);
    if (end == std::string_view::npos) break;
    if (message[at] == 'C') return message.substr(at + 1, end - at - 1);
    at = end + 1;
  }
  return {};
}

Outcome ask(const Target& target) {
  int fd = open_socket(target);
  if (fd < 0) return kNoResponse;
  std::string packet = startup_packet(target.user);
  Outcome outcome = kNoResponse;
  if (::send(fd, packet.data(), packet.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(packet.size())) {
    std::string answer;
    char buffer[512];
    while (outcome == kNoResponse && wait_for(fd, POLLIN, target.timeout_ms)) {
      ssize_t count = ::recv(fd, buffer, sizeof buffer, 0);
      if (count <= 0) break;
      answer.append(buffer, static_cast<size_t>(count));
      if (answer[0] == 'R') outcome = kAccepting;
      // Any other error is a server at work that does not like the question.
      if (answer[0] == 'E') outcome = error_code(answer) == "57P03" ? kRejecting : kAccepting;
    }
  }
  constexpr char kTerminate[] = {'X', 0, 0, 0, 4};
  [[maybe_unused]] ssize_t ignored = ::send(fd, kTerminate, sizeof kTerminate, MSG_NOSIGNAL);
  ::close(fd);
  return outcome;
}

}  // namespace

bool run_check_command(int argc, const char* const* argv, int& status) {
  if (argc < 2 || std::string_view(argv[1]) != "--check") return false;
  Target target{environment("PGHOST"), environment("PGPORT"), environment("PGDATA")};
  if (!parse(argc, argv, target)) {
    std::fprintf(stderr, "vecinod: bad arguments\nTry \"vecinod --check --help\" for more information.\n");
    status = kNoAttempt;
    return true;
  }
  if (target.help) {
    std::fputs(kUsage, stdout);
    status = 0;
    return true;
  }
  if (!target.data_directory.empty()) complete_from_data_directory(target);
  if (target.host.empty()) target.host = "localhost";
  if (target.port.empty()) target.port = "5432";
  status = ask(target);
  constexpr const char* kTexts[] = {"accepting connections", "rejecting connections", "no response", "no attempt"};
  std::printf("%s:%s - %s\n", target.host.c_str(), target.port.c_str(), kTexts[status]);
  return true;
}

}  // namespace vecino::server
