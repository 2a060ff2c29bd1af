#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/util/datum.h"

namespace vecino::sql {

// What the views about the running server show (manual 28.2 and 54). Times: microseconds since 2000-01-01 UTC, 0 = NULL.

struct SessionInfo {  // pg_stat_activity
  int32_t pid = 0;
  Oid database = kInvalidOid, user = kInvalidOid;
  std::string application_name, client_address, state, query, wait_event_type, wait_event;
  int client_port = 0;  // -1 = unix socket
  int64_t backend_start = 0, transaction_start = 0, query_start = 0, state_change = 0;
};

struct SessionLockInfo {  // pg_locks
  std::string lock_type;  // relation, tuple, transactionid, advisory, object
  Oid database = kInvalidOid, relation = kInvalidOid, object = kInvalidOid, class_id = kInvalidOid;
  int object_sub_id = 0;
  uint64_t transaction = 0;
  int32_t pid = 0;
  std::string mode;  // AccessShareLock ...
  bool granted = true;
};

// pg_stat_progress_create_index. The texts are literals.
struct IndexBuildInfo {
  int32_t pid = 0;
  Oid database = kInvalidOid, table = kInvalidOid, index = kInvalidOid;
  std::string_view command, phase = "initializing";
  int64_t lockers_total = 0, lockers_done = 0, locker_pid = 0;
  int64_t blocks_total = 0, blocks_done = 0, tuples_total = 0, tuples_done = 0;
};

struct PreparedStatementInfo {  // pg_prepared_statements
  std::string name, statement;
  int64_t prepare_time = 0;
  std::vector<Oid> parameter_types;
  bool from_sql = false;
  int64_t generic_plans = 0, custom_plans = 0;
};

struct CursorInfo {  // pg_cursors
  std::string name, statement;
  bool is_holdable = false, is_binary = false, is_scrollable = false;
  int64_t creation_time = 0;
};

struct SequenceState {
  int64_t last_value = 0;
  bool is_called = false;
};

}  // namespace vecino::sql
