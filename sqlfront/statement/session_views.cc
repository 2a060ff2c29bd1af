// What pg_stat_activity, pg_locks, pg_prepared_statements and pg_cursors show, asked through the environment.
#include "sqlfront/statement/session_impl.h"

namespace vecino::sql {

namespace {

const char* lock_mode_name(storage::LockMode mode) {
  switch (mode) {
    case storage::LockMode::kAccessShare: return "AccessShareLock";
    case storage::LockMode::kRowShare: return "RowShareLock";
    case storage::LockMode::kRowExclusive: return "RowExclusiveLock";
    case storage::LockMode::kShareUpdateExclusive: return "ShareUpdateExclusiveLock";
    case storage::LockMode::kShare: return "ShareLock";
    case storage::LockMode::kShareRowExclusive: return "ShareRowExclusiveLock";
    case storage::LockMode::kExclusive: return "ExclusiveLock";
    case storage::LockMode::kAccessExclusive: return "AccessExclusiveLock";
  }
  return "";
}

const char* lock_space_name(storage::LockSpace space) {
  switch (space) {
    case storage::LockSpace::kRelation: return "relation";
    case storage::LockSpace::kRow: return "tuple";
    case storage::LockSpace::kUniqueKey: return "object";
    case storage::LockSpace::kObject: return "object";
    case storage::LockSpace::kAdvisory: return "advisory";
    case storage::LockSpace::kTransaction: return "transactionid";
  }
  return "";
}

SessionLockInfo lock_row(const storage::LockInfo& lock) {
  SessionLockInfo row;
  row.lock_type = lock_space_name(lock.tag.space);
  row.mode = lock_mode_name(lock.mode);
  row.granted = lock.granted;
  row.pid = lock.session_pid;
  row.database = lock.tag.database;
  switch (lock.tag.space) {
    case storage::LockSpace::kRelation: row.relation = lock.tag.id; break;
    case storage::LockSpace::kTransaction: row.transaction = lock.transaction; break;
    case storage::LockSpace::kRow:
    case storage::LockSpace::kUniqueKey:
      // The key tells rows apart (pg_blocking_pids); without an object it is not shown.
      row.relation = lock.tag.id;
      row.object_sub_id = static_cast<int>(std::hash<std::string>()(lock.tag.key));
      break;
    case storage::LockSpace::kAdvisory: {
      int64_t key = 0;
      std::memcpy(&key, lock.tag.key.data(), std::min(sizeof key, lock.tag.key.size()));
      row.class_id = static_cast<Oid>(static_cast<uint64_t>(key) >> 32);
      row.object = static_cast<Oid>(key);
      row.object_sub_id = static_cast<int>(lock.tag.id);
      break;
    }
    default: row.object = lock.tag.id; break;
  }
  return row;
}

}  // namespace

std::vector<SessionInfo> SessionImpl::list_sessions() {
  std::vector<SessionInfo> rows;
  if (!instance_.for_each_session) return rows;
  const Catalog& catalog = env_.catalog();
  instance_.for_each_session([&](int32_t pid, const Session& session) {
    Activity activity = session.activity();
    SessionInfo row;
    row.pid = pid;
    if (DatabasePtr database = catalog.find_database(activity.database)) row.database = database->oid;
    if (RolePtr role = catalog.find_role(activity.user)) row.user = role->oid;
    row.application_name = activity.application_name;
    row.client_address = activity.client_address;
    row.client_port = activity.client_address.empty() ? -1 : activity.client_port;
    row.state = activity.state;
    row.query = activity.query;
    row.backend_start = activity.backend_start_us;
    row.transaction_start = activity.transaction_start_us;
    row.query_start = activity.query_start_us;
    row.state_change = activity.state_change_us;
    if (row.state != "active") row.wait_event_type = "Client", row.wait_event = "ClientRead";
    rows.push_back(std::move(row));
  });
  return rows;
}

std::vector<SessionDetail> SessionImpl::list_session_details() {
  std::vector<SessionDetail> rows;
  if (!instance_.for_each_session) return rows;
  // Who waits for which kind of lock.
  std::map<int32_t, const char*> waiting;
  for (const storage::LockInfo& lock : instance_.transactions->locks()) {
    if (!lock.granted) waiting[lock.session_pid] = lock_space_name(lock.tag.space);
  }
  const Privileges& mine = env_.privileges();
  const bool sees_all = mine.acts_as(role_oid::kReadAllStats);
  const size_t longest = static_cast<size_t>(settings_.get_int(conf::SettingId::track_activity_query_size)) - 1;
  const Catalog& catalog = env_.catalog();
  instance_.for_each_session([&](int32_t pid, const Session& session) {
    Activity activity = session.activity();
    SessionDetail row;
    row.pid = pid;
    if (DatabasePtr database = catalog.find_database(activity.database)) row.database = database->oid;
    if (RolePtr role = catalog.find_role(activity.user)) row.user = role->oid;
    row.application_name = activity.application_name;
    row.backend_start = activity.backend_start_us;
    if (!sees_all && !mine.acts_as(row.user)) {
      row.query = "<insufficient privilege>";
      rows.push_back(std::move(row));
      return;
    }
    row.client_address = activity.client_address;
    row.client_port = activity.client_address.empty() ? -1 : activity.client_port;
    row.state = activity.state;
    row.query = activity.query.substr(0, longest);
    // Not in the middle of a character.
    while (row.query.size() == longest && longest < activity.query.size() && !row.query.empty() &&
           (static_cast<unsigned char>(activity.query[row.query.size()]) & 0xc0) == 0x80) {
      row.query.pop_back();
    }
    row.transaction_start = activity.transaction_start_us;
    row.query_start = activity.query_start_us;
    row.state_change = activity.state_change_us;
    row.query_id = activity.query_id;
    row.transaction = activity.transaction;
    row.tls = activity.tls;
    if (row.state != "active") {
      row.wait_event_type = "Client", row.wait_event = "ClientRead";
    } else if (auto lock = waiting.find(pid); lock != waiting.end()) {
      row.wait_event_type = "Lock", row.wait_event = lock->second;
    } else if (activity.wait_event != nullptr) {
      row.wait_event_type = "Timeout", row.wait_event = activity.wait_event;
    }
    rows.push_back(std::move(row));
  });
  return rows;
}

std::vector<IndexBuildInfo> SessionImpl::list_index_builds() {
  std::vector<IndexBuildInfo> rows;
  if (!instance_.for_each_session) return rows;
  const Catalog& catalog = env_.catalog();
  instance_.for_each_session([&](int32_t pid, const Session& session) {
    Activity activity = session.activity();
    if (!activity.index_build) return;
    rows.push_back(*activity.index_build);
    rows.back().pid = pid;
    if (DatabasePtr database = catalog.find_database(activity.database)) rows.back().database = database->oid;
  });
  return rows;
}

std::vector<SessionLockInfo> SessionImpl::list_locks() {
  std::vector<SessionLockInfo> rows;
  for (const storage::LockInfo& lock : instance_.transactions->locks()) rows.push_back(lock_row(lock));
  return rows;
}

std::vector<PreparedStatementInfo> SessionImpl::list_prepared_statements() {
  std::vector<PreparedStatementInfo> rows;
  for (const auto& [name, statement] : statements_) {
    if (name.empty()) continue;
    PreparedStatementInfo row;
    row.name = name;
    row.statement = statement->from_sql ? std::string(statement->text()) + ";" : *statement->source;
    row.prepare_time = statement->prepared_at_us;
    row.parameter_types = statement->parameter_types;
    row.from_sql = statement->from_sql;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<CursorInfo> SessionImpl::list_cursors() {
  std::vector<CursorInfo> rows;
  for (const auto& [name, portal] : portals_) {
    if (name.empty() && !portal->is_cursor) continue;
    CursorInfo row;
    row.name = name;
    row.statement = portal->is_cursor ? std::string(portal->statement->text()) + ";" : *portal->statement->source;
    row.is_holdable = portal->hold;
    row.is_binary = portal->binary;
    row.is_scrollable = portal->scroll || portal->opened_at.has_value();
    row.creation_time = portal->created_at_us;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace vecino::sql
