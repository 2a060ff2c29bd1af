#include "sqlfront/statement/transaction_block.h"

#include <cctype>
#include <chrono>

#include <utility>

#include "sqlfront/sql_error.h"

namespace vecino::sql {

using conf::SettingId;
using storage::IsolationLevel;

int64_t now_microseconds() {
  constexpr int64_t kPostgresEpoch = 946684800LL * 1000000;  // 2000-01-01 as Unix time
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count() - kPostgresEpoch;
}

namespace {

// SERIALIZABLE runs as REPEATABLE READ, READ UNCOMMITTED as READ COMMITTED (manual 13.2).
IsolationLevel isolation_from_text(const std::string& text) {
  return text == "repeatable read" || text == "serializable" ? IsolationLevel::kRepeatableRead
                                                             : IsolationLevel::kReadCommitted;
}

storage::Durability durability_of(const conf::SessionSettings& settings) {
  // Every level of synchronous_commit but `off` waits for the local disk; there are no standbys.
  auto value = settings.lookup("synchronous_commit");
  return value && (*value == "off" || *value == "false" || *value == "no" || *value == "0")
             ? storage::Durability::kNoSync
             : storage::Durability::kSync;
}

std::string text_of(const conf::SessionSettings& settings, std::string_view name) {
  return settings.lookup(name).value_or("");
}

}  // namespace

TransactionBlock::TransactionBlock(Instance& instance, conf::SessionSettings& settings, CancelState& cancel,
                                   int32_t pid, Oid database)
    : instance_(instance), settings_(settings), cancel_(cancel), pid_(pid), database_(database) {}

TransactionBlock::~TransactionBlock() {
  if (txn_) txn_->rollback();
}

// What transaction_isolation and its like say is the default unless the transaction has set them; kept in the session's values, so
// that only a change of a default is a change of settings.
void TransactionBlock::follow_defaults() {
  constexpr std::string_view kDefault = "default_";
  for (std::string_view name : {"default_transaction_isolation", "default_transaction_read_only", "default_transaction_deferrable"}) {
    const std::string value = text_of(settings_, name);
    const std::string_view own = name.substr(kDefault.size());
    if (text_of(settings_, own) == value) continue;
    throw_if_error(settings_.set(own, value, conf::SettingSource::kSession, conf::SettingScope::kSession));
  }
  default_level_ = isolation_from_text(text_of(settings_, "default_transaction_isolation"));
  durability_ = durability_of(settings_);
  defaults_version_ = settings_.version();
}

void TransactionBlock::warn_of_serializable(const std::string& isolation) {
  if (isolation != "serializable" || std::exchange(warned_of_serializable_, true) || !warn) return;
  warn(sqlstate::kWarning, "SERIALIZABLE transactions run as REPEATABLE READ: serialization anomalies are not detected");
}

void TransactionBlock::start(State state) {
  if (defaults_version_ != settings_.version()) follow_defaults();
  txn_ = instance_.transactions->begin(default_level_, cancel_, pid_);
  if (settings_.get_bool(SettingId::default_transaction_read_only)) txn_->set_read_only(true);
  settings_.push_level();
  apply_timeouts();
  if (!may_wait_) txn_->set_may_wait(false);
  start_time_us_ = now_microseconds();
  state_ = state;
  modes_ = {};
  if (default_level_ == IsolationLevel::kRepeatableRead) warn_of_serializable(text_of(settings_, "default_transaction_isolation"));
}

void TransactionBlock::ensure_started() {
  if (!txn_ && state_ != State::kFailed) start(State::kImplicit);
  if (txn_ && timeouts_version_ != settings_.version()) apply_timeouts();
}

void TransactionBlock::set_may_wait(bool may_wait) {
  may_wait_ = may_wait;
  if (txn_) txn_->set_may_wait(may_wait);
}

void TransactionBlock::apply_timeouts() {
  txn_->set_lock_timeout(std::chrono::milliseconds(settings_.get_int(SettingId::lock_timeout)));
  txn_->set_deadlock_timeout(std::chrono::milliseconds(settings_.get_int(SettingId::deadlock_timeout)));
  timeouts_version_ = settings_.version();
}

std::shared_ptr<const Catalog> TransactionBlock::catalog() {
  if (catalog_txn_) return catalog_txn_;
  return instance_.catalogs->committed(database_);
}

CatalogTransaction& TransactionBlock::writable_catalog() {
  if (!catalog_txn_) catalog_txn_ = instance_.catalogs->begin(database_, *txn_);
  return *catalog_txn_;
}

void TransactionBlock::apply_modes(const TransactionModes& modes) {
  auto set_local = [&](std::string_view name, std::string_view value) {
    throw_if_error(
        settings_.set(name, value, conf::SettingSource::kSession, conf::SettingScope::kTransaction));
  };
  if (modes.isolation) {
    IsolationLevel level = isolation_from_text(*modes.isolation);
    if (txn_->has_snapshot() && level != txn_->isolation()) {
      throw SqlError(sqlstate::kActiveSqlTransaction,
                     "SET TRANSACTION ISOLATION LEVEL must be called before any query");
    }
    if (!txn_->has_snapshot()) txn_->set_isolation(level);
    set_local("transaction_isolation", *modes.isolation);
    warn_of_serializable(*modes.isolation);
    modes_.isolation = modes.isolation;
  }
  if (modes.read_only) {
    if (!*modes.read_only && txn_->read_only() && txn_->has_snapshot()) {
      throw SqlError(sqlstate::kActiveSqlTransaction,
                     "transaction read-write mode must be set before any query");
    }
    txn_->set_read_only(*modes.read_only);
    set_local("transaction_read_only", *modes.read_only ? "on" : "off");
    modes_.read_only = modes.read_only;
  }
  if (modes.deferrable) {
    set_local("transaction_deferrable", *modes.deferrable ? "on" : "off");
    modes_.deferrable = modes.deferrable;
  }
}

void TransactionBlock::begin_block(const TransactionModes& modes) {
  if (state_ == State::kInBlock) {
    if (warn) warn(sqlstate::kActiveSqlTransaction, "there is already a transaction in progress");
  } else {
    if (!txn_) start(State::kInBlock);
    state_ = State::kInBlock;
  }
  apply_modes(modes);
}

void TransactionBlock::set_modes(const TransactionModes& modes) {
  if (state_ == State::kImplicit && warn) {
    warn(sqlstate::kNoActiveSqlTransaction, "SET TRANSACTION can only be used in transaction blocks");
  }
  apply_modes(modes);
}

std::string TransactionBlock::export_snapshot() {
  if (depth() > 0) {
    throw SqlError(sqlstate::kActiveSqlTransaction, "cannot export a snapshot from a subtransaction");
  }
  auto holder = instance_.exported_snapshots.add(txn_->id(), database_, txn_->snapshot());
  std::string name = holder->name();
  txn_->on_abort([holder] { (void)holder; });  // lives as long as the transaction
  return name;
}

void TransactionBlock::use_exported_snapshot(const std::string& name) {
  if (txn_->has_snapshot() || depth() > 0) {
    throw SqlError(sqlstate::kActiveSqlTransaction, "SET TRANSACTION SNAPSHOT must be called before any query");
  }
  if (txn_->isolation() != IsolationLevel::kRepeatableRead) {
    throw SqlError(sqlstate::kFeatureNotSupported,
                   "a snapshot-importing transaction must have isolation level SERIALIZABLE or REPEATABLE READ");
  }
  for (char c : name) {
    if (!std::isxdigit(static_cast<unsigned char>(c)) && c != '-') {
      throw SqlError(sqlstate::kInvalidParameterValue, "invalid snapshot identifier: \"" + name + "\"");
    }
  }
  ExportedSnapshots::Found found = instance_.exported_snapshots.find(name);
  if (!found.snapshot) {
    throw SqlError(sqlstate::kInvalidParameterValue, "invalid snapshot identifier: \"" + name + "\"");
  }
  if (found.database != database_) {
    throw SqlError(sqlstate::kFeatureNotSupported, "cannot import a snapshot from a different database");
  }
  storage::TransactionView view = txn_->view();
  view.snapshot = std::move(found.snapshot);
  txn_->use_view(view);
}

void TransactionBlock::commit() {
  if (before_commit) {
    try {
      before_commit();
    } catch (...) {  // nothing is left to roll back to
      end(false);
      throw;
    }
  }
  if (defaults_version_ != settings_.version()) durability_ = durability_of(settings_);
  Status status = txn_->commit(durability_);
  end(status.is_ok());
  throw_if_error(std::move(status));
}

void TransactionBlock::end(bool committed) {
  if (txn_ && !committed) txn_->rollback();
  catalog_txn_.reset();
  txn_.reset();
  for (size_t i = savepoints_.size(); i > 0; --i) settings_.pop_level(committed);
  savepoints_.clear();
  settings_.pop_level(committed);
  state_ = State::kIdle;
  if (after_level_end) after_level_end(0, committed);
}

std::string TransactionBlock::commit_block() {
  switch (state_) {
    case State::kFailed:
      end(false);
      return "ROLLBACK";
    case State::kInBlock:
      commit();
      return "COMMIT";
    case State::kImplicit:
    case State::kIdle:
      if (warn) warn(sqlstate::kNoActiveSqlTransaction, "there is no transaction in progress");
      if (txn_) commit();
      return "COMMIT";
  }
  return "COMMIT";
}

void TransactionBlock::rollback_block() {
  if (!in_block() && warn) warn(sqlstate::kNoActiveSqlTransaction, "there is no transaction in progress");
  if (state_ != State::kIdle) end(false);
}

void TransactionBlock::chain() {
  TransactionModes modes = modes_;
  start(State::kInBlock);
  apply_modes(modes);
}

void TransactionBlock::savepoint(const std::string& name) {
  savepoints_.push_back({name, txn_->savepoint(), txn_->read_only()});
  settings_.push_level();
}

size_t TransactionBlock::find_savepoint(const std::string& name) const {
  for (size_t i = savepoints_.size(); i > 0; --i) {
    if (savepoints_[i - 1].name == name) return i - 1;
  }
  throw SqlError(sqlstate::kInvalidSavepointSpecification, "savepoint \"" + name + "\" does not exist");
}

void TransactionBlock::release(const std::string& name) {
  size_t target = find_savepoint(name);
  txn_->release(savepoints_[target].id);
  for (size_t i = savepoints_.size(); i > target; --i) settings_.pop_level(true);
  restore_access_mode(savepoints_[target].read_only);
  savepoints_.resize(target);
  if (after_level_end) after_level_end(static_cast<int>(target) + 1, true);
}

void TransactionBlock::restore_access_mode(bool read_only) {
  if (txn_->read_only() == read_only) return;
  txn_->set_read_only(read_only);
  throw_if_error(settings_.set("transaction_read_only", read_only ? "on" : "off", conf::SettingSource::kSession,
                               conf::SettingScope::kTransaction));
}

void TransactionBlock::rollback_to(const std::string& name) {
  size_t target = find_savepoint(name);
  txn_->rollback_to(savepoints_[target].id);
  // The savepoint itself stays: pop the levels above and its own, then open its level again.
  for (size_t i = savepoints_.size(); i > target; --i) settings_.pop_level(false);
  restore_access_mode(savepoints_[target].read_only);
  settings_.push_level();
  savepoints_.resize(target + 1);
  state_ = State::kInBlock;
  if (after_level_end) after_level_end(static_cast<int>(target) + 1, false);
}

void TransactionBlock::finish_implicit() {
  if (state_ == State::kImplicit) commit();
}

void TransactionBlock::on_error() {
  switch (state_) {
    case State::kIdle:
    case State::kFailed:
      return;
    case State::kImplicit:
      end(false);
      return;
    case State::kInBlock:
      state_ = State::kFailed;
      // Give up locks and buffered writes at once; a savepoint may still be returned to.
      if (savepoints_.empty()) {
        catalog_txn_.reset();
        txn_->rollback();
      } else {
        txn_->rollback_to(savepoints_.back().id);
      }
      if (after_level_end) after_level_end(depth(), false);
      return;
  }
}

}  // namespace vecino::sql
