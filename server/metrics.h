#pragma once

#include <string>

#include "sqlfront/statement/instance.h"

namespace vecino::server {

class Server;

// What the server has done and holds, in Prometheus' text format (version 0.0.4).
std::string metrics_text(sql::Instance& instance, Server& server);

}  // namespace vecino::server
