#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "conf/reload.h"
#include "sqlfront/catalog/catalog.h"
#include "sqlfront/statement/copy_codec.h"
#include "sqlfront/statement/exported_snapshots.h"
#include "sqlfront/statistics/statistics.h"
#include "storage/api/table_store.h"
#include "storage/api/transaction.h"

namespace vecino {
class ThreadPool;
}

namespace vecino::sql {

class Session;
class VectorCache;

// Everything sessions share; created once by server/ (or a test) and passed down. Members outlive all sessions.
struct Instance {
  storage::KvEngine* engine = nullptr;
  storage::TransactionManager* transactions = nullptr;
  storage::TableStore* tables = nullptr;
  storage::SequenceStore* sequences = nullptr;
  CatalogManager* catalogs = nullptr;
  conf::CurrentSettings settings;
  CopyCodecs copy_codecs;
  ThreadPool* workers = nullptr;    // parallel query workers; may be null
  VectorCache* vectors = nullptr;   // `tables` reports writes to it; may be null
  int64_t start_time_us = 0;      // pg_postmaster_start_time
  std::atomic<int64_t> configuration_time_us{0};  // pg_conf_load_time
  Statistics statistics;
  ExportedSnapshots exported_snapshots;
  std::mutex auto_configuration;  // held while ALTER SYSTEM writes its file
  // Makes a backup in a directory (storage stays in use) and returns its name; empty = this server cannot.
  std::function<Result<std::string>(const std::string& directory)> backup;
  // Cancels or terminates another session; false = no such pid.
  std::function<bool(int32_t pid, CancelReason reason)> signal_session;
  // Re-reads the configuration files (pg_reload_conf).
  std::function<bool()> reload_configuration;
  // The password of CREATE ROLE -> what is stored: a SCRAM-SHA-256 verifier, which may also be what was given. protocol/
  // has it, server/ hands it in.
  std::function<Result<std::string>(std::string_view password, const conf::SessionSettings& settings)> password_verifier;
  // Visits live sessions (pg_stat_activity). `session` stays valid during the call.
  std::function<void(const std::function<void(int32_t pid, const Session& session)>&)> for_each_session;
};

}  // namespace vecino::sql
