#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "conf/config_files.h"
#include "conf/operation_settings.h"
#include "conf/reload.h"
#include "index/distance/distance.h"
#include "server/auth_files.h"
#include "server/authentication.h"
#include "server/backup.h"
#include "server/check_command.h"
#include "server/command_line.h"
#include "server/control_socket.h"
#include "server/copy_adapter.h"
#include "server/dump_check.h"
#include "server/http_server.h"
#include "server/init_command.h"
#include "server/log_settings.h"
#include "server/metrics.h"
#include "server/password_storage.h"
#include "server/repair_command.h"
#include "server/server.h"
#include "server/service_manager.h"
#include "server/tls_context.h"
#include "sqlfront/exec/knn/vector_cache.h"
#include "sqlfront/catalog/catalog.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/statement/index_recovery.h"
#include "sqlfront/statement/instance.h"
#include "sqlfront/statement/vector_storages.h"
#include "sqlfront/types/datetime_settings.h"
#include "storage/memory/memory_engine.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/row_group/row_group_engine.h"
#include "storage/util/available_memory.h"
#include "storage/util/log.h"
#include "storage/util/memory_budget.h"
#include "storage/util/stack_depth.h"
#include "storage/util/thread_pool.h"

namespace vecino::server {
namespace {

using conf::SettingId;

size_t processors() { return std::max(1u, std::thread::hardware_concurrency()); }

size_t count_or(int64_t setting, size_t automatic) { return setting > 0 ? static_cast<size_t>(setting) : automatic; }

// Less would not do for the server itself.
constexpr uint64_t kLeastMemory = uint64_t{64} << 20;

void limit_memory(const conf::ServerSettings& settings) {
  int64_t kilobytes = settings.get_int(conf::setting::vecino_memory_limit);
  uint64_t bytes = kilobytes >= 0 ? static_cast<uint64_t>(kilobytes) * 1024 : automatic_memory_limit();
  bytes = std::max(bytes, kLeastMemory);
  process_memory().set_limit(bytes);
  log::debug("the server may use " + std::to_string(bytes >> 20) + " MB of memory");
}

size_t block_cache_bytes(const conf::ServerSettings& settings) {
  int64_t kilobytes = settings.get_int(SettingId::vecino_block_cache_size);
  return kilobytes >= 0 ? static_cast<size_t>(kilobytes) * 1024 : process_memory().limit() / 4;
}

size_t row_cache_bytes(const conf::ServerSettings& settings) {
  int64_t kilobytes = settings.get_int(SettingId::vecino_row_cache_size);
  return kilobytes >= 0 ? static_cast<size_t>(kilobytes) * 1024 : process_memory().limit() / 32;
}

// What grows without a reservation shows only when somebody looks.
class MemoryWatch {
 public:
  MemoryWatch() : thread_([this] { run(); }) {}
  ~MemoryWatch() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

 private:
  static constexpr std::chrono::milliseconds kInterval{500};
  void run() {
    pthread_setname_np(pthread_self(), "memory-watch");
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, kInterval, [this] { return stopping_; })) process_memory().measure();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

// Microseconds since 2000-01-01 UTC, as SQL's timestamps count.
int64_t now_us() {
  constexpr int64_t kUnixToPostgres = 946684800000000;
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count() - kUnixToPostgres;
}

Status load_settings(const CommandLine& arguments, conf::ServerSettings& settings) {
  for (const auto& [name, value] : arguments.settings) {
    RETURN_IF_ERROR(settings.set(name, value, conf::SettingSource::kCommandLine));
  }
  std::error_code error;
  std::string directory = std::filesystem::absolute(arguments.data_directory, error).lexically_normal().string();
  if (directory.size() > 1 && directory.ends_with("/")) directory.pop_back();
  RETURN_IF_ERROR(settings.set("data_directory", directory, conf::SettingSource::kDefault));
  RETURN_IF_ERROR(settings.set("config_file", directory + "/postgresql.conf", conf::SettingSource::kDefault));
  RETURN_IF_ERROR(settings.set("hba_file", directory + "/pg_hba.conf", conf::SettingSource::kDefault));
  RETURN_IF_ERROR(settings.set("ident_file", directory + "/pg_ident.conf", conf::SettingSource::kDefault));
  RETURN_IF_ERROR(settings.set("unix_socket_directories", "/tmp", conf::SettingSource::kDefault));
  const std::string& config_file = settings.get_string(SettingId::config_file);
  std::vector<std::string> messages;
  Status status = conf::load_configuration(conf::configuration_files(directory, config_file),
                                           conf::main_configuration_file(directory, config_file), settings, messages);
  for (const std::string& message : messages) log::info(message);
  return status;
}

size_t max_message_bytes(const conf::ServerSettings& settings) {
  return static_cast<size_t>(settings.get_int(SettingId::vecino_max_message_size)) * 1024;
}

ServerLimits server_limits(const conf::ServerSettings& settings) {
  ServerLimits limits;
  limits.max_message_size = max_message_bytes(settings);
  limits.inline_short_statements = settings.get_bool(SettingId::vecino_inline_short_statements);
  limits.authentication_timeout = std::chrono::seconds(settings.get_int(SettingId::authentication_timeout));
  limits.auth_delay = std::chrono::milliseconds(settings.get_int(conf::setting::auth_delay_milliseconds));
  limits.log_connections = settings.get_bool(SettingId::log_connections);
  return limits;
}

ServerOptions server_options(const conf::ServerSettings& settings) {
  ServerOptions options;
  options.listen_addresses = settings.get_string(SettingId::listen_addresses);
  options.port = static_cast<uint16_t>(settings.get_int(SettingId::port));
  // Short statements run where their bytes arrive, so these threads do real work.
  size_t io_threads = std::clamp<size_t>(processors(), 1, 4);
  options.io_threads = count_or(settings.get_int(SettingId::vecino_io_threads), io_threads);
  options.max_connections = static_cast<size_t>(settings.get_int(SettingId::max_connections));
  options.superuser_reserved_connections =
      static_cast<size_t>(settings.get_int(SettingId::superuser_reserved_connections));
  options.unix_socket_directories = settings.get_string(SettingId::unix_socket_directories);
  options.unix_socket_group = settings.get_string(SettingId::unix_socket_group);
  options.unix_socket_permissions = static_cast<unsigned>(settings.get_int(SettingId::unix_socket_permissions));
  options.data_directory = settings.get_string(SettingId::data_directory);
  options.limits = server_limits(settings);
  return options;
}

Status check_connection_limits(const ServerOptions& options) {
  if (options.superuser_reserved_connections < options.max_connections) return Status::ok();
  return Status::error(sqlstate::kInvalidParameterValue,
                       "superuser_reserved_connections (" + std::to_string(options.superuser_reserved_connections) +
                           ") must be less than max_connections (" + std::to_string(options.max_connections) + ")");
}

// Each connection is an open file; the files of the storage engine come on top.
void raise_file_limit(size_t connections) {
  rlimit limit{};
  rlim_t wanted = 2 * connections + 4096;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

// The storage layers and what sits on them, in the order in which they depend on each other.
struct Database {
  std::unique_ptr<storage::KvEngine> engine;
  std::unique_ptr<storage::TransactionManager> transactions;
  std::unique_ptr<storage::TableStore> stored_tables;
  std::unique_ptr<sql::VectorCache> vectors;
  std::unique_ptr<storage::TableStore> tables;  // stored_tables, with writes reported to `vectors`
  MemoryReservation row_cache{MemoryPart::kRowCache};
  std::unique_ptr<ThreadPool> workers;
  std::unique_ptr<storage::SequenceStore> sequences;
  std::unique_ptr<sql::CatalogManager> catalogs;
  sql::Instance instance;
};

Result<std::unique_ptr<storage::KvEngine>> open_engine(const conf::ServerSettings& settings) {
  if (settings.get_string(SettingId::vecino_storage_engine) == "memory") {
    log::info("data is kept in memory only and lost when the server stops (vecino.storage_engine = memory)");
    return storage::with_row_groups(storage::make_memory_engine());
  }
  storage::RocksdbOptions options;
  options.block_cache_bytes = block_cache_bytes(settings);
  options.write_buffer_bytes = std::min<size_t>(options.write_buffer_bytes, process_memory().limit() / 8);
  options.budget = &process_memory();
  size_t automatic = std::max<size_t>(2, processors() / 2);
  options.background_jobs =
      static_cast<int>(count_or(settings.get_int(SettingId::vecino_maintenance_threads), automatic));
  ASSIGN_OR_RETURN(auto engine, storage::open_rocksdb_engine(settings.get_string(SettingId::data_directory), options));
  return storage::with_row_groups(std::move(engine));
}

Status select_kernels(const conf::ServerSettings& settings) {
  ASSIGN_OR_RETURN(index::Isa isa, index::select_isa(settings.get_string(SettingId::vecino_force_isa)));
  index::use_isa(isa);
  log::debug("distance kernels: " + std::string(index::kernels().name));
  return Status::ok();
}

Status open_database(std::shared_ptr<const conf::ServerSettings> settings, Database& database) {
  RETURN_IF_ERROR(select_kernels(*settings));
  limit_memory(*settings);
  ASSIGN_OR_RETURN(database.engine, open_engine(*settings));
  const size_t row_cache = row_cache_bytes(*settings);
  RETURN_IF_ERROR(database.row_cache.resize(row_cache));
  size_t write_set_limit = static_cast<size_t>(settings->get_int(SettingId::vecino_write_set_limit)) * 1024;
  database.transactions = storage::make_transaction_manager(*database.engine, write_set_limit, row_cache);
  database.transactions->set_blocking_hooks(&ThreadPool::enter_blocking, &ThreadPool::leave_blocking);
  database.stored_tables = storage::make_table_store(*database.engine);
  database.vectors = std::make_unique<sql::VectorCache>(*database.transactions, *database.stored_tables,
                                                        sql::VectorCache::Options{});
  database.tables = sql::make_tracking_store(*database.stored_tables, *database.vectors);
  ThreadPool::Options worker_options;
  worker_options.threads = std::max<size_t>(1, processors());
  database.workers = std::make_unique<ThreadPool>(worker_options);
  database.sequences = storage::make_sequence_store(*database.engine);
  database.catalogs = sql::make_catalog_manager(*database.engine, *database.transactions, *database.tables);
  sql::Instance& instance = database.instance;
  instance.engine = database.engine.get();
  instance.transactions = database.transactions.get();
  instance.tables = database.tables.get();
  instance.vectors = database.vectors.get();
  instance.workers = database.workers.get();
  instance.sequences = database.sequences.get();
  instance.catalogs = database.catalogs.get();
  instance.settings = std::move(settings);
  instance.copy_codecs = copy_codecs();
  instance.start_time_us = now_us();
  sql::track_vector_storages(instance);
  return Status::ok();
}

sigset_t shutdown_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

// Null when `ssl` is off.
Result<std::shared_ptr<const TlsContext>> load_tls(const conf::ServerSettings& settings) {
  if (!settings.get_bool(SettingId::ssl)) return std::shared_ptr<const TlsContext>();
  return TlsContext::load(settings);
}

// The files of authentication, made when they have never been there; the secret among them.
Result<std::string> prepare_auth_files(const conf::ServerSettings& settings) {
  const std::string& directory = settings.get_string(SettingId::data_directory);
  std::error_code ignored;
  std::filesystem::create_directories(directory, ignored);
  RETURN_IF_ERROR(ensure_auth_files(directory));
  return read_auth_secret(directory);
}

// What the role and the database of a new session allow.
ConnectionClaim connection_claim(const sql::Instance& instance, const sql::StartupParameters& startup) {
  ConnectionClaim claim;
  claim.role = startup.user;
  claim.database = startup.database;
  if (sql::RolePtr role = instance.catalogs->find_role(startup.user)) {
    claim.role_limit = role->connection_limit;
    claim.is_superuser = role->superuser;
  }
  if (sql::DatabasePtr database = instance.catalogs->find_database(startup.database)) {
    claim.database_limit = database->connection_limit;
  }
  return claim;
}

// Reads the configuration files again, for SIGHUP and pg_reload_conf(). Sessions follow at their next message.
class Reloader {
 public:
  Reloader(conf::CurrentSettings& settings, std::atomic<int64_t>& load_time_us, Server& server,
           Authentication& authentication, std::shared_ptr<const TlsContext> tls)
      : settings_(settings), load_time_us_(load_time_us), server_(server), authentication_(authentication),
        tls_(std::move(tls)) {}

  // Thread-safe.
  void reload() {
    std::lock_guard lock(mutex_);
    log::info("received SIGHUP, reloading configuration files");
    notify_service_manager("RELOADING=1");
    read_again();
    notify_service_manager("READY=1");
  }

 private:
  void read_again() {
    std::shared_ptr<const conf::ServerSettings> current = settings_.get();
    const std::string& directory = current->get_string(SettingId::data_directory);
    conf::ReloadOutcome outcome =
        conf::reload_settings(*current, conf::configuration_files(*current),
                              conf::main_configuration_file(directory, current->get_string(SettingId::config_file)));
    for (const std::string& message : outcome.messages) log::info(message);
    if (!outcome.settings) outcome.settings = current;
    Status log_status = configure_log(*outcome.settings);
    if (!log_status.is_ok()) log::info(log_status.info().message);
    load_time_us_ = now_us();
    if (!authentication_.load(*outcome.settings).is_ok()) log::info("pg_hba.conf was not reloaded");
    reload_tls(*outcome.settings);
    server_.set_limits(server_limits(*outcome.settings), tls_);
    if (outcome.settings != current) settings_.replace(std::move(outcome.settings));
  }

  // Certificates may have been renewed. What cannot be loaded leaves the old ones.
  void reload_tls(const conf::ServerSettings& settings) {
    Result<std::shared_ptr<const TlsContext>> loaded = load_tls(settings);
    if (loaded.is_ok()) {
      tls_ = std::move(*loaded);
      return;
    }
    log::info(loaded.status().info().message);
    if (!loaded.status().info().detail.empty()) log::info("DETAIL:  " + loaded.status().info().detail);
    log::info("SSL configuration was not reloaded");
  }

  std::mutex mutex_;
  conf::CurrentSettings& settings_;
  std::atomic<int64_t>& load_time_us_;
  Server& server_;
  Authentication& authentication_;
  std::shared_ptr<const TlsContext> tls_;
};

// Turns signals into requests until the server is down. A graver signal hurries a shutdown that waits.
class SignalWatcher {
 public:
  SignalWatcher(Server& server, Reloader& reloader, std::atomic<bool>& stopping)
      : server_(server), reloader_(reloader), stopping_(stopping), thread_([this] { watch(); }) {}
  ~SignalWatcher() {
    done_ = true;
    pthread_kill(thread_.native_handle(), SIGHUP);
    thread_.join();
  }

 private:
  void watch() {
    sigset_t set = shutdown_signals();
    while (!done_) {
      int signal = 0;
      if (sigwait(&set, &signal) != 0 || done_) continue;
      if (signal != SIGHUP && !stopping_.exchange(true)) notify_service_manager("STOPPING=1");
      switch (signal) {
        case SIGTERM:
          log::info("received smart shutdown request");
          server_.shutdown(ShutdownMode::kSmart);
          break;
        case SIGINT:
          log::info("received fast shutdown request");
          server_.shutdown(ShutdownMode::kFast);
          break;
        case SIGQUIT:
          log::info("received immediate shutdown request");
          server_.shutdown(ShutdownMode::kImmediate);
          break;
        default:
          reloader_.reload();
          break;
      }
    }
  }

  Server& server_;
  Reloader& reloader_;
  std::atomic<bool>& stopping_;
  std::atomic<bool> done_{false};
  std::thread thread_;
};

// Backups of this server, for SQL and for `vecinod backup`. One at a time.
class BackupMaker {
 public:
  BackupMaker(std::string data_directory, storage::EngineMaintenance& engine)
      : data_directory_(std::move(data_directory)), engine_(engine) {}

  // Thread-safe; takes as long as copying the data does.
  Result<std::string> make(const std::string& target) {
    if (!target.starts_with("/")) {
      return Status::error(sqlstate::kInvalidName, "relative path not allowed for a backup");
    }
    ThreadPool::BlockingScope blocking;
    std::lock_guard lock(mutex_);
    log::info("backup to \"" + target + "\" starts");
    Result<std::string> report = make_backup(data_directory_, engine_, target);
    log::info(report.is_ok() ? "backup complete: " + *report : "backup failed: " + report.status().info().message);
    return report;
  }
  // What comes through the control socket.
  Result<std::string> answer(const std::string& request) {
    constexpr std::string_view kBackup = "backup ";
    if (request.starts_with(kBackup)) return make(request.substr(kBackup.size()));
    return Status::error(sqlstate::kProtocolViolation, "unknown request");
  }

 private:
  const std::string data_directory_;
  storage::EngineMaintenance& engine_;
  std::mutex mutex_;
};

// For those who look for the server by its data directory (check_command.cc): below the process id and the path, the start
// time, the port, the directory of the socket, the address, and a role that exists.
void complete_lock_file(const conf::ServerSettings& settings, uint16_t port, const std::string& superuser) {
  std::ofstream file(settings.get_string(SettingId::data_directory) + "/vecinod.pid", std::ios::app);
  std::string sockets = settings.get_string(SettingId::unix_socket_directories);
  file << std::time(nullptr) << '\n' << port << '\n' << sockets.substr(0, sockets.find(',')) << '\n'
       << settings.get_string(SettingId::listen_addresses) << '\n'
       << superuser << '\n';
}

HttpServer::Response answer_http(const std::string& path, sql::Instance& instance, Server& server,
                                 const sql::IndexRecovery& recovery, const std::atomic<bool>& stopping) {
  if (path == "/metrics") return {200, metrics_text(instance, server), "text/plain; version=0.0.4; charset=utf-8"};
  if (path == "/health") return {200, "ok\n"};
  if (path == "/ready") {
    if (stopping) return {503, "shutting down\n"};
    // Queries are answered meanwhile, from the tables.
    const std::string loading = recovery.progress();
    return {200, loading.empty() ? "ready\n" : "ready, " + loading + "\n"};
  }
  return {404, "not found\n"};
}

Status start_http(HttpServer& http, sql::Instance& instance, Server& server, const sql::IndexRecovery& recovery,
                  const std::atomic<bool>& stopping) {
  std::shared_ptr<const conf::ServerSettings> settings = instance.settings.get();
  const auto port = static_cast<uint16_t>(settings->get_int(conf::setting::vecino_http_port));
  if (port == 0) return Status::ok();
  const std::string& address = settings->get_string(conf::setting::vecino_http_address);
  RETURN_IF_ERROR(http.start(address, port, [&](const std::string& path) {
    return answer_http(path, instance, server, recovery, stopping);
  }));
  log::info("serving metrics and health checks on \"" + address + "\", port " + std::to_string(http.port()));
  return Status::ok();
}

Status serve(std::shared_ptr<const conf::ServerSettings> settings) {
  raise_file_limit(static_cast<size_t>(settings->get_int(SettingId::max_connections)));
  remove_backup_leftovers(settings->get_string(SettingId::data_directory));
  Database database;
  RETURN_IF_ERROR(open_database(settings, database));
  MemoryWatch memory_watch;
  ThreadPool::Options pool_options;
  pool_options.threads = count_or(settings->get_int(SettingId::vecino_executor_threads), processors());
  pool_options.max_threads = static_cast<size_t>(settings->get_int(SettingId::vecino_max_executor_threads));
  pool_options.name = "executor";
  ThreadPool executor(pool_options);
  sql::Instance& instance = database.instance;
  instance.password_verifier = &stored_password;
  ASSIGN_OR_RETURN(std::string secret, prepare_auth_files(*settings));
  Authentication authentication(instance, std::move(secret));
  RETURN_IF_ERROR(authentication.load(*settings));
  ServerOptions options = server_options(*settings);
  RETURN_IF_ERROR(check_connection_limits(options));
  ASSIGN_OR_RETURN(options.tls, load_tls(*settings));
  std::shared_ptr<const TlsContext> tls = options.tls;
  Server* counter = nullptr;
  SessionFactory factory = [&instance, &counter](sql::StartupParameters startup,
                                                 CancelState& cancel) -> Result<std::unique_ptr<sql::Session>> {
    ConnectionClaim claim = connection_claim(instance, startup);
    int32_t pid = startup.pid;
    ASSIGN_OR_RETURN(auto session, sql::Session::open(instance, std::move(startup), cancel));
    RETURN_IF_ERROR(counter->claim_connection(pid, claim));
    return session;
  };
  Server server(std::move(options), std::move(factory), executor, authentication);
  counter = &server;
  instance.signal_session = [&server](int32_t pid, CancelReason reason) { return server.signal_session(pid, reason); };
  std::atomic<bool> stopping{false};
  Reloader reloader(instance.settings, instance.configuration_time_us, server, authentication, std::move(tls));
  instance.reload_configuration = [&reloader] { return reloader.reload(), true; };
  instance.for_each_session = [&server](const std::function<void(int32_t, const sql::Session&)>& visit) {
    server.for_each_session(visit);
  };
  std::unique_ptr<BackupMaker> backups;
  ControlSocket control;
  if (storage::EngineMaintenance* engine = database.engine->maintenance()) {
    const std::string& directory = settings->get_string(SettingId::data_directory);
    backups = std::make_unique<BackupMaker>(directory, *engine);
    instance.backup = [&backups](const std::string& target) { return backups->make(target); };
    Status started = control.start(directory, [&backups](const std::string& r) { return backups->answer(r); });
    // Some file systems have no sockets: then `vecinod backup` cannot ask, and SQL still can.
    if (!started.is_ok()) log::warning(started.info().message);
  }
  sql::IndexRecovery recovery(instance);
  HttpServer http;
  RETURN_IF_ERROR(server.start());
  RETURN_IF_ERROR(start_http(http, instance, server, recovery, stopping));
  if (backups) {
    auto catalog = instance.catalogs->committed(sql::well_known_oid::kTemplate1);
    complete_lock_file(*settings, server.port(), catalog->find_role(sql::well_known_oid::kBootstrapRole)->name);
  }
  log::info("database system is ready to accept connections");
  {
    SignalWatcher watcher(server, reloader, stopping);
    notify_service_manager("READY=1");
    server.wait();
  }
  // The log has everything: who cannot wait for a checkpoint waits for the log's replay at the next start.
  if (server.shutdown_mode() == ShutdownMode::kImmediate) return Status::ok();
  log::info("shutting down");
  return database.engine->flush();
}

// Whatever is written is for the owner; its group may read where the data directory lets it in, as with PostgreSQL.
void allow_own_files_only(const std::string& data_directory) {
  struct stat status {};
  const bool group = ::stat(data_directory.c_str(), &status) == 0 && (status.st_mode & S_IRWXO) == 0 &&
                     (status.st_mode & (S_IRGRP | S_IXGRP)) == (S_IRGRP | S_IXGRP);
  ::umask(group ? S_IWGRP | S_IRWXO : S_IRWXG | S_IRWXO);
}

int fail(const ErrorInfo& error) {
  if (!error.detail.empty()) log::info("DETAIL:  " + error.detail);
  if (!error.hint.empty()) log::info("HINT:  " + error.hint);
  log::fatal(error.message);
  return 1;
}

int run(int argc, const char* const* argv) {
  Result<CommandLine> arguments = parse_command_line(argc, argv);
  if (!arguments.is_ok()) return fail(arguments.status().info());
  if (arguments->help) return std::fputs(usage_text(), stdout), 0;
  if (arguments->version) return std::puts("vecinod (Vecino) " VECINO_VERSION), 0;
  if (arguments->data_directory.empty()) {
    std::fprintf(stderr, "vecinod: no data directory given: use -D DIR or set PGDATA\n");
    return 1;
  }
  allow_own_files_only(arguments->data_directory);
  // Before any thread exists, so that all inherit it: signals come to the watcher only.
  sigset_t set = shutdown_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  set_thread_stack_size(kThreadStackSize);
  signal(SIGPIPE, SIG_IGN);
  conf::SessionSettings::set_check_hook(SettingId::timezone, &sql::check_timezone_setting);
  conf::SessionSettings::set_check_hook(SettingId::log_timezone, &sql::check_timezone_setting);
  auto settings = std::make_shared<conf::ServerSettings>();
  Status status = load_settings(*arguments, *settings);
  if (!status.is_ok()) return fail(status.info());
  if (arguments->check_config) return std::puts("configuration is valid"), 0;
  status = configure_log(*settings);
  if (!status.is_ok()) return fail(status.info());
  log::info("starting Vecino " VECINO_VERSION);
  status = serve(settings);
  if (!status.is_ok()) return fail(status.info());
  log::info("database system is shut down");
  return 0;
}

// `vecinod check-dump`: a server in memory that nobody connects to.
int run_check_dump(int argc, const char* const* argv) {
  const std::string name = argc > 2 ? argv[2] : "-";
  if (argc > 3 || name == "--help") return std::fputs(check_dump_usage(), argc > 3 ? stderr : stdout), argc > 3 ? 2 : 0;
  std::ifstream file(name == "-" ? "/dev/stdin" : name);
  if (!file) return std::fprintf(stderr, "vecinod: could not open file \"%s\"\n", name.c_str()), 2;
  if (name != "-") {
    const std::string_view custom = "PGDMP";
    std::string head(custom.size(), '\0');
    if (file.read(head.data(), static_cast<std::streamsize>(head.size())) && head == custom) {
      return std::fprintf(stderr, "vecinod: \"%s\" is an archive: make a script of it with pg_restore -f\n", name.c_str()), 2;
    }
    file.clear();
    file.seekg(0);
  }
  conf::SessionSettings::set_check_hook(SettingId::timezone, &sql::check_timezone_setting);
  conf::SessionSettings::set_check_hook(SettingId::log_timezone, &sql::check_timezone_setting);
  auto settings = std::make_shared<conf::ServerSettings>();
  for (auto [setting, value] : {std::pair{"vecino.storage_engine", "memory"}, {"log_min_messages", "panic"}}) {
    if (Status status = settings->set(setting, value, conf::SettingSource::kCommandLine); !status.is_ok()) return fail(status.info());
  }
  if (Status status = configure_log(*settings); !status.is_ok()) return fail(status.info());
  Database database;
  if (Status status = open_database(settings, database); !status.is_ok()) return fail(status.info());
  database.instance.password_verifier = &stored_password;
  std::ofstream out("/dev/stdout", std::ios::app);
  return check_dump(database.instance, file, name, out);
}

}  // namespace
}  // namespace vecino::server

int main(int argc, char** argv) {
  try {
    int status = 0;
    if (argc > 1 && std::string_view(argv[1]) == "--init") {
      ::umask(S_IRWXG | S_IRWXO);
      return vecino::server::run_init_command(argc, argv);
    }
    if (argc > 1 && argv[1] == vecino::server::kCheckDumpCommand) return vecino::server::run_check_dump(argc, argv);
    if (vecino::server::run_repair_command(argc, argv, status)) return status;
    if (vecino::server::run_check_command(argc, argv, status)) return status;
    if (vecino::server::run_backup_command(argc, argv, status)) return status;
    return vecino::server::run(argc, argv);
  } catch (const vecino::SqlError& error) {
    return vecino::server::fail(error.info());
  } catch (const std::exception& error) {
    vecino::log::fatal(error.what());
    return 1;
  }
}
