#include "storage/util/thread_start.h"

#include <cerrno>
#include <cstring>
#include <string>

#include "storage/util/sqlstate.h"

namespace vecino {

Status no_thread(int error) {
  return Status::error(sqlstate::kInsufficientResources,
                       std::string("could not start thread: ") + std::strerror(error == 0 ? EAGAIN : error));
}

}  // namespace vecino
