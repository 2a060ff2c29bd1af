#pragma once

#include "conf/session_settings.h"
#include "storage/util/status.h"

namespace vecino::server {

// Makes the log what the settings of "Reporting and Logging" say. 58030 when log files cannot be written; it stays as it was.
Status configure_log(const conf::ServerSettings& settings);

}  // namespace vecino::server
