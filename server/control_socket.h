#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "storage/util/status.h"

namespace vecino::server {

// A Unix-domain socket in the data directory on which vecinod's own commands ask the running server for something. Who may
// enter the directory may ask: it is the owner's alone. One request per connection, one at a time: a line, answered by
// "ok TEXT" or "error SQLSTATE TEXT".
class ControlSocket {
 public:
  using Handler = std::function<Result<std::string>(const std::string& request)>;
  // Errors when the socket cannot be made.
  Status start(const std::string& data_directory, Handler handler);
  ~ControlSocket();

 private:
  void serve();
  void answer(int client);
  Handler handler_;
  std::string path_;
  int directory_fd_ = -1, listener_ = -1, wake_[2] = {-1, -1};
  std::thread thread_;
};

// 08006 when no server listens there; else what it answered.
Result<std::string> ask_server(const std::string& data_directory, const std::string& request);

}  // namespace vecino::server
