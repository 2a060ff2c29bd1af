#include "server/control_socket.h"
#include "storage/util/thread_start.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace vecino::server {
namespace {

constexpr const char* kName = "vecinod.ctl";
constexpr size_t kLongestRequest = 8192;

// The name of a socket has room for about a hundred bytes, data directories have longer paths.
sockaddr_un address_in(int directory) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", directory, kName);
  return address;
}

Status failure(const std::string& what) {
  return Status::error(sqlstate::kConnectionFailure, what + ": " + std::strerror(errno));
}

bool send_all(int fd, std::string_view text) {
  while (!text.empty()) {
    ssize_t count = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

// Up to the end of a line, or of the stream.
std::string receive_line(int fd) {
  std::string line;
  char buffer[1024];
  while (line.size() < kLongestRequest) {
    ssize_t count = ::recv(fd, buffer, sizeof buffer, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    line.append(buffer, static_cast<size_t>(count));
    size_t end = line.find('\n');
    if (end != std::string::npos) return line.substr(0, end);
  }
  return line;
}

// Answers are single lines.
std::string flat(std::string text) {
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

SqlState known_state(std::string_view code) {
  for (SqlState state : {sqlstate::kDiskFull, sqlstate::kObjectInUse, sqlstate::kObjectNotInPrerequisiteState,
                         sqlstate::kInsufficientPrivilege, sqlstate::kUndefinedFile, sqlstate::kInsufficientResources}) {
    if (state.view() == code) return state;
  }
  return sqlstate::kIoError;
}

}  // namespace

Status ControlSocket::start(const std::string& data_directory, Handler handler) {
  handler_ = std::move(handler);
  directory_fd_ = ::open(data_directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory_fd_ < 0) return failure("could not open directory \"" + data_directory + "\"");
  path_ = data_directory + "/" + kName;
  ::unlink(path_.c_str());  // of a server that was killed: its lock on the directory is ours
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = address_in(directory_fd_);
  if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path_.c_str(), 0600) != 0 || ::listen(listener_, 4) != 0 || ::pipe2(wake_, O_CLOEXEC) != 0) {
    return failure("could not create socket \"" + path_ + "\"");
  }
  ASSIGN_OR_RETURN(thread_, start_thread([this] { serve(); }));
  return Status::ok();
}

ControlSocket::~ControlSocket() {
  if (thread_.joinable()) {
    [[maybe_unused]] ssize_t ignored = ::write(wake_[1], "x", 1);
    thread_.join();
    ::unlink(path_.c_str());
  }
  for (int fd : {listener_, directory_fd_, wake_[0], wake_[1]}) {
    if (fd >= 0) ::close(fd);
  }
}

void ControlSocket::serve() {
  pthread_setname_np(pthread_self(), "control");
  for (;;) {
    pollfd events[2] = {{listener_, POLLIN, 0}, {wake_[0], POLLIN, 0}};
    if (::poll(events, 2, -1) < 0 && errno != EINTR) return;
    if (events[1].revents != 0) return;
    if (events[0].revents == 0) continue;
    int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) {
      ::usleep(100'000);  // out of file descriptors or the like
      continue;
    }
    answer(client);
    ::close(client);
  }
}

void ControlSocket::answer(int client) {
  timeval patience{10, 0};
  ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  Result<std::string> result = handler_(receive_line(client));
  if (result.is_ok()) {
    send_all(client, "ok " + flat(*result) + "\n");
    return;
  }
  const ErrorInfo& error = result.status().info();
  std::string text = error.message;
  if (!error.detail.empty()) text += " (" + error.detail + ")";
  send_all(client, "error " + std::string(error.code.view()) + " " + flat(text) + "\n");
}

Result<std::string> ask_server(const std::string& data_directory, const std::string& request) {
  struct Descriptors {
    int directory = -1, socket = -1;
    ~Descriptors() {
      if (directory >= 0) ::close(directory);
      if (socket >= 0) ::close(socket);
    }
  } open;
  open.directory = ::open(data_directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (open.directory < 0) return failure("could not open directory \"" + data_directory + "\"");
  open.socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = address_in(open.directory);
  if (open.socket < 0 || ::connect(open.socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return failure("no server listens in \"" + data_directory + "\"");
  }
  if (!send_all(open.socket, request + "\n")) return failure("could not send to the server");
  std::string answer = receive_line(open.socket);
  if (answer.starts_with("ok ")) return answer.substr(3);
  if (answer.starts_with("error ") && answer.size() > 12) {
    return Status::error(known_state(answer.substr(6, 5)), answer.substr(12));
  }
  return Status::error(sqlstate::kIoError, "the server went away before it answered");
}

}  // namespace vecino::server
