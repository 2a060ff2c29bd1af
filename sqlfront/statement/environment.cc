#include "sqlfront/statement/environment.h"

#include <bit>
#include <chrono>
#include <random>
#include <thread>

#include "sqlfront/sql_error.h"
#include "storage/util/datum.h"

namespace vecino::sql {

using conf::SettingId;
using storage::LockMode;
using storage::LockTag;
using storage::LockWait;

SessionEnvironment::SessionEnvironment(Instance& instance, const StartupParameters& startup,
                                       conf::SessionSettings& settings, CancelState& cancel,
                                       TransactionBlock& block)
    : instance_(instance), startup_(startup), settings_(settings), cancel_(cancel), block_(block) {
  std::random_device device;
  for (uint64_t& word : random_state_) word = (uint64_t{device()} << 32 | device()) | 1;
}

SessionEnvironment::~SessionEnvironment() {
  if (advisory_holder_) advisory_holder_->rollback();
}

void SessionEnvironment::begin_statement(std::shared_ptr<const Catalog> catalog) { catalog_ = std::move(catalog); }

std::vector<Oid> SessionEnvironment::search_path() {
  if (path_settings_version_ != settings_.version() || path_catalog_version_ != catalog_->version()) {
    search_path_ = resolve_search_path(*catalog_, settings_.get_string(SettingId::search_path), current_user(),
                                       startup_.pid);
    path_settings_version_ = settings_.version();
    path_catalog_version_ = catalog_->version();
  }
  return search_path_;
}

// Before the first statement and for checks of settings there is no statement's catalog.
const std::shared_ptr<const Catalog>& SessionEnvironment::shared_catalog() {
  if (!catalog_) {
    DatabasePtr database = instance_.catalogs->find_database(startup_.database);
    catalog_ = instance_.catalogs->committed(database ? database->oid : well_known_oid::kTemplate1);
  }
  return catalog_;
}

Oid SessionEnvironment::role_named(const std::string& name) {
  auto known = role_oids_.find(name);
  if (known != role_oids_.end()) return known->second;
  RolePtr role = newest_catalog().find_role(name);
  if (!role) return kInvalidOid;
  role_oids_[name] = role->oid;
  return role->oid;
}

const SessionEnvironment::Identity& SessionEnvironment::identity() {
  if (!identity_ || identity_version_ != settings_.version()) {
    Identity identity{authenticated_role_, authenticated_role_};
    const std::string& session = settings_.get_string(SettingId::session_authorization);
    if (!session.empty() && session != startup_.user) identity.session = role_named(session);
    const std::string& role = settings_.get_string(SettingId::role);
    identity.current = role == "none" ? identity.session : role_named(role);
    if (!identity_ || identity_->current != identity.current) privileges_.reset();
    identity_ = identity;
    identity_version_ = settings_.version();
  }
  return *identity_;
}

Oid SessionEnvironment::current_role() { return identity().current; }
Oid SessionEnvironment::session_role() { return identity().session; }

std::string SessionEnvironment::current_user() {
  RolePtr role = newest_catalog().find_role(current_role());
  return role ? role->name : startup_.user;
}

std::string SessionEnvironment::session_user() {
  RolePtr role = newest_catalog().find_role(session_role());
  return role ? role->name : startup_.user;
}

const Privileges& SessionEnvironment::privileges() {
  const Oid role = current_role();
  // A transaction's own catalog stays the same object while it changes.
  if (!privileges_ || privileges_catalog_ != shared_catalog() ||
      privileges_version_ != privileges_catalog_->version()) {
    privileges_catalog_ = shared_catalog();
    privileges_version_ = privileges_catalog_->version();
    privileges_.emplace(*privileges_catalog_, role);
    sequence_modes_.clear();
  }
  return *privileges_;
}

bool SessionEnvironment::may_set(const conf::SettingInfo& info) {
  Privileges mine(newest_catalog(), current_role());
  return mine.superuser() || (mine.on_parameter(info.name) & acl::kSet);
}

Status SessionEnvironment::check_role(conf::SettingId id, std::string_view value, conf::SettingSource source) {
  const Catalog& catalog = newest_catalog();
  const std::string name(value);
  if (source == conf::SettingSource::kDefault || (id == SettingId::role && name == "none")) return Status::ok();
  if (id == SettingId::session_authorization && name == startup_.user) return Status::ok();
  RolePtr role = catalog.find_role(name);
  if (!role) return Status::error(sqlstate::kInvalidParameterValue, "role \"" + name + "\" does not exist");
  if (id == SettingId::session_authorization) {
    if (role->oid != authenticated_role_ && !sql::is_superuser(catalog, authenticated_role_)) {
      return Status::error(sqlstate::kInsufficientPrivilege, "permission denied to set session authorization");
    }
  } else if (!is_member(catalog, session_role(), role->oid)) {
    return Status::error(sqlstate::kInsufficientPrivilege, "permission denied to set role \"" + name + "\"");
  }
  role_oids_[name] = role->oid;
  return Status::ok();
}

// xoroshiro128++ (Blackman & Vigna), as PostgreSQL's random() since 15.
double SessionEnvironment::random() {
  uint64_t s0 = random_state_[0], s1 = random_state_[1];
  uint64_t value = std::rotl(s0 + s1, 17) + s0;
  s1 ^= s0;
  random_state_[0] = std::rotl(s0, 49) ^ s1 ^ (s1 << 21);
  random_state_[1] = std::rotl(s1, 28);
  return static_cast<double>(value >> 11) * 0x1.0p-53;
}

void SessionEnvironment::set_seed(double seed) {
  uint64_t bits = std::bit_cast<uint64_t>(seed);
  for (uint64_t& word : random_state_) {  // splitmix64 spreads the seed
    bits += 0x9e3779b97f4a7c15;
    uint64_t z = bits;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    word = z ^ (z >> 31);
  }
}

RelationPtr SessionEnvironment::sequence_relation(Oid oid) const {
  RelationPtr relation = catalog_->find_relation(oid);
  if (!relation) {
    throw SqlError(sqlstate::kUndefinedTable, "could not open relation with OID " + std::to_string(oid));
  }
  if (relation->kind != 'S') {
    throw SqlError(sqlstate::kWrongObjectType, "\"" + relation->name + "\" is not a sequence");
  }
  return relation;
}

RelationPtr SessionEnvironment::permitted_sequence(Oid oid, AclMode any_of) {
  RelationPtr relation = sequence_relation(oid);
  const Privileges& mine = privileges();
  if (mine.superuser()) return relation;
  auto known = sequence_modes_.find(oid);
  if (known == sequence_modes_.end()) known = sequence_modes_.emplace(oid, mine.on_relation(*relation)).first;
  if (known->second & any_of) return relation;
  throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied for sequence " + relation->name);
}

int64_t SessionEnvironment::advance(const RelationDesc& relation) {
  if (block_.txn().read_only() && !relation.is_temporary()) {
    throw SqlError(sqlstate::kReadOnlySqlTransaction, "cannot execute nextval() in a read-only transaction");
  }
  int64_t value = value_or_throw(
      instance_.sequences->nextval(relation.layout.storage_id, relation.sequence->options, relation.name));
  sequence_values_[relation.oid] = value;
  last_sequence_ = relation.oid;
  return value;
}

int64_t SessionEnvironment::nextval(Oid sequence) {
  return advance(*permitted_sequence(sequence, acl::kUsage | acl::kUpdate));
}

int64_t SessionEnvironment::identity_nextval(Oid sequence) { return advance(*sequence_relation(sequence)); }

int64_t SessionEnvironment::currval(Oid sequence) {
  RelationPtr relation = permitted_sequence(sequence, acl::kUsage | acl::kSelect);
  auto found = sequence_values_.find(sequence);
  if (found == sequence_values_.end()) {
    throw SqlError(sqlstate::kObjectNotInPrerequisiteState,
                   "currval of sequence \"" + relation->name + "\" is not yet defined in this session");
  }
  return found->second;
}

int64_t SessionEnvironment::lastval() {
  auto found = sequence_values_.find(last_sequence_);
  if (found == sequence_values_.end() || !catalog_->find_relation(last_sequence_)) {
    throw SqlError(sqlstate::kObjectNotInPrerequisiteState, "lastval is not yet defined in this session");
  }
  (void)permitted_sequence(last_sequence_, acl::kUsage | acl::kSelect);
  return found->second;
}

void SessionEnvironment::setval(Oid sequence, int64_t value, bool is_called) {
  RelationPtr relation = permitted_sequence(sequence, acl::kUpdate);
  if (block_.txn().read_only() && !relation->is_temporary()) {
    throw SqlError(sqlstate::kReadOnlySqlTransaction, "cannot execute setval() in a read-only transaction");
  }
  const storage::SequenceOptions& options = relation->sequence->options;
  if (value < options.min || value > options.max) {
    throw SqlError(sqlstate::kNumericValueOutOfRange,
                   "setval: value " + std::to_string(value) + " is out of bounds for sequence \"" + relation->name +
                       "\" (" + std::to_string(options.min) + ".." + std::to_string(options.max) + ")");
  }
  throw_if_error(instance_.sequences->setval(relation->layout.storage_id, value, is_called));
  if (is_called) sequence_values_[sequence] = value;
}

namespace {

LockTag advisory_tag(int64_t key, bool two_keys, Oid database) {
  LockTag tag{storage::LockSpace::kAdvisory, database, two_keys ? 2u : 1u, {}};
  tag.key.assign(reinterpret_cast<const char*>(&key), sizeof key);
  return tag;
}

}  // namespace

bool SessionEnvironment::advisory_lock(int64_t key, bool two_keys, bool shared, bool session_level, bool wait) {
  LockTag tag = advisory_tag(key, two_keys, catalog_->database());
  LockMode mode = shared ? LockMode::kShare : LockMode::kExclusive;
  LockWait policy = wait ? LockWait::kBlock : LockWait::kSkip;
  if (!session_level) return value_or_throw(block_.txn().lock(tag, mode, policy));
  if (!advisory_holder_) {
    advisory_holder_ =
        instance_.transactions->begin(storage::IsolationLevel::kReadCommitted, cancel_, startup_.pid);
  }
  advisory_holder_->set_lock_timeout(std::chrono::milliseconds(settings_.get_int(SettingId::lock_timeout)));
  HeldLock held{tag, mode};
  auto count = advisory_counts_.find(held);
  if (count == advisory_counts_.end()) {
    if (!value_or_throw(advisory_holder_->lock(tag, mode, policy))) return false;
    count = advisory_counts_.emplace(held, 0).first;
  }
  ++count->second;
  return true;
}

bool SessionEnvironment::advisory_unlock(int64_t key, bool two_keys, bool shared) {
  LockTag tag = advisory_tag(key, two_keys, catalog_->database());
  LockMode mode = shared ? LockMode::kShare : LockMode::kExclusive;
  auto count = advisory_counts_.find(HeldLock{tag, mode});
  if (count == advisory_counts_.end()) {
    ErrorInfo warning;
    warning.code = sqlstate::kWarning;
    warning.message = std::string("you don't own a lock of type ") + (shared ? "ShareLock" : "ExclusiveLock");
    if (notice_hook) notice_hook(warning, "WARNING");
    return false;
  }
  if (--count->second == 0) {
    advisory_counts_.erase(count);
    advisory_holder_->unlock(tag, mode);
  }
  return true;
}

void SessionEnvironment::advisory_unlock_all() {
  if (advisory_holder_) advisory_holder_->rollback();
  advisory_holder_.reset();
  advisory_counts_.clear();
}

std::optional<SequenceState> SessionEnvironment::sequence_state(Oid sequence) {
  RelationPtr relation = sequence_relation(sequence);
  storage::SequenceStore::State state =
      value_or_throw(instance_.sequences->state(relation->layout.storage_id, relation->sequence->options));
  return SequenceState{state.last_value, state.is_called};
}

void SessionEnvironment::check_may_signal(int32_t pid, bool terminate) {
  for (const SessionInfo& session : sessions()) {
    if (session.pid != pid || session.user == kInvalidOid) continue;
    const Privileges& mine = privileges();
    if (mine.superuser()) return;
    if (sql::is_superuser(newest_catalog(), session.user)) {
      throw SqlError(sqlstate::kInsufficientPrivilege, terminate ? "must be a superuser to terminate superuser process"
                                                                 : "must be a superuser to cancel superuser query");
    }
    if (mine.acts_as(session.user) || mine.acts_as(role_oid::kSignalBackend)) return;
    throw SqlError(sqlstate::kInsufficientPrivilege,
                   std::string("must be a member of the role whose ") +
                       (terminate ? "process is being terminated" : "query is being canceled") +
                       " or member of pg_signal_backend");
  }
}

bool SessionEnvironment::cancel_backend(int32_t pid) {
  check_may_signal(pid, false);
  return instance_.signal_session && instance_.signal_session(pid, CancelReason::kUserRequest);
}

bool SessionEnvironment::terminate_backend(int32_t pid) {
  check_may_signal(pid, true);
  return instance_.signal_session && instance_.signal_session(pid, CancelReason::kAdminShutdown);
}

std::vector<conf::FileSetting> SessionEnvironment::file_settings() {
  std::shared_ptr<const conf::ServerSettings> running = instance_.settings.get();
  return conf::file_settings(conf::configuration_files(*running), *running);
}

int64_t SessionEnvironment::configuration_load_time() {
  int64_t time = instance_.configuration_time_us.load();
  return time != 0 ? time : instance_.start_time_us;
}

std::string SessionEnvironment::backup(const std::string& directory) {
  if (!instance_.backup) {
    throw SqlError(sqlstate::kFeatureNotSupported, "this server keeps nothing on disk that could be backed up");
  }
  return value_or_throw(instance_.backup(directory));
}

void SessionEnvironment::sleep(double seconds) {
  struct Waiting {
    explicit Waiting(std::atomic<const char*>& event) : event(event) { event.store("PgSleep"); }
    ~Waiting() { event.store(nullptr); }
    std::atomic<const char*>& event;
  } waiting(wait_event_);
  auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  constexpr auto kPoll = std::chrono::milliseconds(10);
  while (true) {
    throw_if_error(cancel_.check());
    auto left = deadline - std::chrono::steady_clock::now();
    if (left <= left.zero()) return;
    std::this_thread::sleep_for(std::min<std::chrono::duration<double>>(left, kPoll));
  }
}

void SessionEnvironment::notice(ErrorInfo notice) {
  if (notice_hook) notice_hook(notice, "NOTICE");
}

uint64_t SessionEnvironment::relation_size(Oid oid) {
  RelationPtr relation = catalog_->find_relation(oid);
  if (!relation || relation->system) return 0;
  if (relation->kind == 'r') return instance_.tables->approximate_bytes(relation->layout);
  if (relation->kind == 'i') {
    RelationPtr table = catalog_->find_relation(relation->index->table);
    return table ? instance_.catalogs->open_index(*relation, *table)->approximate_bytes() : 0;
  }
  return relation->kind == 'S' ? 8192 : 0;
}

}  // namespace vecino::sql
