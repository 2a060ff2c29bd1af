#pragma once

#include "sqlfront/statement/copy_codec.h"

namespace vecino::server {

// protocol/'s COPY formats behind sqlfront's interface.
sql::CopyCodecs copy_codecs();

}  // namespace vecino::server
