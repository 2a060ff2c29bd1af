#pragma once

#include <string_view>

namespace vecino::server {

// Tells systemd what the server does (sd_notify(3): datagrams to the socket that $NOTIFY_SOCKET names): "READY=1",
// "STOPPING=1", "RELOADING=1". Nothing happens when no one asked to be told.
void notify_service_manager(std::string_view state);

}  // namespace vecino::server
