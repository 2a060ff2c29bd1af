#include "conf/session_settings.h"

#include <unordered_map>
#include <utility>

#include "conf/check_hooks.h"
#include "conf/operation_settings.h"
#include "conf/setting_value.h"

namespace vecino::conf {
namespace {

using ValuePtr = std::shared_ptr<const SettingValue>;
// Position in the table, or its size + position among the session's custom names.
using Slot = uint32_t;
constexpr Slot kTableSize = static_cast<Slot>(setting::kEnd);

// What one nesting level remembers of a setting; the states and their merging are those of PostgreSQL's GUC stack.
enum class LevelState : uint8_t { kSet, kLocal, kSetLocal };
struct Saved {
  LevelState state;
  ValuePtr prior;   // value before the level (null = the server's)
  ValuePtr masked;  // kSetLocal: what SET gave before SET LOCAL covered it
};
using Level = std::unordered_map<Slot, Saved>;

bool excluded_from_reset_all(SettingId id) {
  switch (id) {
    case SettingId::is_superuser:
    case SettingId::role:
    case SettingId::seed:
    case SettingId::session_authorization:
    case SettingId::transaction_deferrable:
    case SettingId::transaction_isolation:
    case SettingId::transaction_read_only:
      return true;
    default:
      return false;
  }
}

}  // namespace

struct SessionSettings::State {
  std::shared_ptr<const ServerSettings> server;
  std::unordered_map<Slot, ValuePtr> current;  // what differs from the server's value
  std::unordered_map<Slot, ValuePtr> reset;    // database, role and startup packet: what RESET returns to
  std::vector<std::string> custom_names;
  std::vector<Level> levels;
  std::function<void(const SettingInfo&, const std::string&)> report_hook;
  SettingGuard* guard = nullptr;

  ValuePtr value_of(Slot slot) const {
    auto found = current.find(slot);
    return found == current.end() ? nullptr : found->second;
  }
  ValuePtr reset_of(Slot slot) const {
    auto found = reset.find(slot);
    return found == reset.end() ? nullptr : found->second;
  }
  std::optional<Slot> find_custom(std::string_view name) const {
    for (size_t i = 0; i < custom_names.size(); ++i) {
      if (equals_ignoring_case(custom_names[i], name)) return kTableSize + static_cast<Slot>(i);
    }
    return std::nullopt;
  }
  Slot add_custom(std::string_view name) {
    if (std::optional<Slot> slot = find_custom(name)) return *slot;
    custom_names.emplace_back(name);
    return kTableSize + static_cast<Slot>(custom_names.size() - 1);
  }
  void remember(Slot slot, SettingScope scope) {
    auto [found, inserted] = levels.back().try_emplace(slot);
    Saved& saved = found->second;
    bool local = scope != SettingScope::kSession;
    if (inserted) {
      saved.state = local ? LevelState::kLocal : LevelState::kSet;
      saved.prior = value_of(slot);
    } else if (!local) {
      saved.state = LevelState::kSet;
      saved.masked = nullptr;
    } else if (saved.state == LevelState::kSet) {
      saved.masked = value_of(slot);
      saved.state = LevelState::kSetLocal;
    }
  }
};

SessionSettings::SessionSettings(std::shared_ptr<const ServerSettings> server) : state_(std::make_unique<State>()) {
  state_->server = std::move(server);
  values_.reserve(kTableSize);
  for (const SettingValue& value : state_->server->values_) values_.push_back(&value);
  for (const auto& [name, text] : state_->server->custom_) {
    auto value = std::make_shared<SettingValue>();
    value->text = text;
    value->source = SettingSource::kConfigFile;
    Slot slot = state_->add_custom(name);
    state_->reset[slot] = value;
    state_->current[slot] = value;
  }
}
SessionSettings::~SessionSettings() = default;

namespace {

// May a SET from this source touch this setting? `may_set` is asked where a superuser is needed.
template <typename MaySet>
Status check_context(const SettingInfo& info, SettingSource source, MaySet&& may_set) {
  if (source == SettingSource::kDefault) return Status::ok();
  std::string quoted = "parameter \"" + std::string(info.name) + "\"";
  switch (info.context) {
    case SettingContext::kInternal:
      return Status::error(sqlstate::kCantChangeRuntimeParam, quoted + " cannot be changed");
    case SettingContext::kPostmaster:
      return Status::error(sqlstate::kCantChangeRuntimeParam,
                           quoted + " cannot be changed without restarting the server");
    case SettingContext::kSighup:
      return Status::error(sqlstate::kCantChangeRuntimeParam, quoted + " cannot be changed now");
    case SettingContext::kSuperuserBackend:
    case SettingContext::kBackend:
      if (source != SettingSource::kClient) {
        return Status::error(sqlstate::kCantChangeRuntimeParam, quoted + " cannot be set after connection start");
      }
      if (info.context == SettingContext::kBackend || may_set()) return Status::ok();
      break;
    case SettingContext::kSuperuser:
      if ((source >= SettingSource::kGlobal && source <= SettingSource::kDatabaseUser) || may_set()) return Status::ok();
      break;
    case SettingContext::kUser:
      return Status::ok();
  }
  return Status::error(sqlstate::kInsufficientPrivilege, "permission denied to set " + quoted);
}

Result<SettingValue> parse_for_session(const SettingInfo& info, std::string_view text, const std::string& current,
                                       const std::string& reset) {
  if (info.id != SettingId::datestyle) return parse_setting(info, text);
  Result<std::string> merged = merge_datestyle(text, current, reset);
  if (merged.is_ok()) return parse_setting(info, *merged);
  merged.status().info().message =
      "invalid value for parameter \"" + std::string(info.name) + "\": \"" + std::string(text) + "\"";
  return merged.status();
}

}  // namespace

Status SessionSettings::check_permission(const SettingInfo& info, std::string_view value, SettingSource source) {
  SettingGuard* guard = state_->guard;
  RETURN_IF_ERROR(check_context(info, source, [&] {
    return guard != nullptr ? guard->may_set(info) : get_bool(SettingId::is_superuser);
  }));
  const bool names_role = info.id == SettingId::role || info.id == SettingId::session_authorization;
  return names_role && guard != nullptr ? guard->check_role(info.id, value, source) : Status::ok();
}

void SessionSettings::set_guard(SettingGuard* guard) {
  state_->guard = guard;
  follow_role();
}

// Not remembered by levels: it changes with what it follows, also when that is rolled back.
void SessionSettings::follow_role() {
  if (state_->guard == nullptr) return;
  auto value = std::make_shared<SettingValue>();
  value->number = state_->guard->is_superuser() ? 1 : 0;
  value->text = value->number ? "on" : "off";
  value->source = SettingSource::kDefault;
  if (values_[index(SettingId::is_superuser)]->number == value->number) return;
  take(static_cast<Slot>(SettingId::is_superuser), std::move(value));
}

void SessionSettings::take(uint32_t slot, std::shared_ptr<const SettingValue> value) {
  ++version_;
  ValuePtr before = state_->value_of(slot);  // keeps the old value alive for the comparison
  if (slot >= kTableSize) {
    state_->current[slot] = std::move(value);
    return;
  }
  const SettingValue* old = values_[slot];
  values_[slot] = value ? value.get() : &state_->server->values_[slot];
  if (value) {
    state_->current[slot] = std::move(value);
  } else {
    state_->current.erase(slot);
  }
  const SettingInfo& info = all_settings()[slot];
  if (info.report && state_->report_hook && old->text != values_[slot]->text)
    state_->report_hook(info, values_[slot]->text);
  if (info.id == SettingId::role || info.id == SettingId::session_authorization) follow_role();
}

Status SessionSettings::set(std::string_view name, std::string_view value, SettingSource source, SettingScope scope) {
  const SettingInfo* info = find_setting(name);
  auto parsed = std::make_shared<SettingValue>();
  Slot slot;
  if (info == nullptr) {
    RETURN_IF_ERROR(check_custom_name(name));
    slot = state_->add_custom(name);
    parsed->text = value;
  } else {
    slot = static_cast<Slot>(info->id);
    RETURN_IF_ERROR(check_permission(*info, value, source));
    ASSIGN_OR_RETURN(*parsed, parse_for_session(*info, value, values_[slot]->text, reset_value(info->id)));
  }
  parsed->source = source;
  bool session_source = source == SettingSource::kSession;
  if (!session_source) {
    // Start of the session (or the server's hand): the value also becomes what RESET returns to.
    if (source != SettingSource::kDefault && slot < kTableSize && source < values_[slot]->source) return Status::ok();
    state_->reset[slot] = parsed;
  } else if (!state_->levels.empty()) {
    state_->remember(slot, scope);
  } else if (scope != SettingScope::kSession) {
    return Status::ok();
  }
  take(slot, std::move(parsed));
  return Status::ok();
}

void SessionSettings::adopt(std::shared_ptr<const ServerSettings> server) {
  std::shared_ptr<const ServerSettings> before = std::exchange(state_->server, std::move(server));
  ++version_;
  for (const SettingInfo& info : all_settings()) {
    Slot slot = static_cast<Slot>(info.id);
    if (state_->current.contains(slot)) continue;
    const SettingValue* old = values_[slot];
    const SettingValue* fresh = &state_->server->values_[slot];
    bool fixed = info.context == SettingContext::kBackend || info.context == SettingContext::kSuperuserBackend;
    if (fixed && old->text != fresh->text) {
      auto kept = std::make_shared<const SettingValue>(*old);
      state_->reset[slot] = kept;
      values_[slot] = kept.get();
      state_->current[slot] = std::move(kept);
      continue;
    }
    values_[slot] = fresh;
    if (info.report && state_->report_hook && old->text != fresh->text) state_->report_hook(info, fresh->text);
  }
  adopt_custom(*before);
}

void SessionSettings::adopt_custom(const ServerSettings& before) {
  auto follow = [&](const std::string& name, ValuePtr value) {
    Slot slot = state_->add_custom(name);
    bool untouched = state_->value_of(slot) == state_->reset_of(slot);
    state_->reset[slot] = value;
    if (untouched) state_->current[slot] = std::move(value);
  };
  for (const auto& [name, text] : before.custom_) follow(name, nullptr);
  for (const auto& [name, text] : state_->server->custom_) {
    auto value = std::make_shared<SettingValue>();
    value->text = text;
    value->source = SettingSource::kConfigFile;
    follow(name, std::move(value));
  }
}

bool SessionSettings::pending_restart(SettingId id) const { return state_->server->pending_restart(id); }

Status SessionSettings::reset(std::string_view name) {
  const SettingInfo* info = find_setting(name);
  Slot slot;
  if (info != nullptr) {
    RETURN_IF_ERROR(check_permission(*info, reset_value(info->id), SettingSource::kSession));
    slot = static_cast<Slot>(info->id);
  } else {
    RETURN_IF_ERROR(check_custom_name(name));
    slot = state_->add_custom(name);
  }
  if (!state_->levels.empty()) state_->remember(slot, SettingScope::kSession);
  take(slot, state_->reset_of(slot));
  return Status::ok();
}

void SessionSettings::reset_all() {
  std::vector<Slot> changed;
  for (const auto& [slot, value] : state_->current) {
    if (value != state_->reset_of(slot)) changed.push_back(slot);
  }
  for (Slot slot : changed) {
    if (slot < kTableSize && excluded_from_reset_all(static_cast<SettingId>(slot))) continue;
    if (!state_->levels.empty()) state_->remember(slot, SettingScope::kSession);
    take(slot, state_->reset_of(slot));
  }
}

Result<std::string> SessionSettings::show(std::string_view name) const {
  if (const SettingInfo* info = find_setting(name)) return format_setting(*info, *values_[index(info->id)]);
  if (std::optional<std::string> value = lookup(name)) return *value;
  return Status::error(sqlstate::kUndefinedObject,
                       "unrecognized configuration parameter \"" + std::string(name) + "\"");
}

std::optional<std::string> SessionSettings::lookup(std::string_view name) const {
  if (const SettingInfo* info = find_setting(name)) return format_setting(*info, *values_[index(info->id)]);
  std::optional<Slot> slot = state_->find_custom(name);
  if (!slot) return std::nullopt;
  ValuePtr value = state_->value_of(*slot);
  return value ? value->text : std::string();
}

std::vector<std::pair<std::string, std::string>> SessionSettings::custom() const {
  std::vector<std::pair<std::string, std::string>> result;
  for (size_t i = 0; i < state_->custom_names.size(); ++i) {
    ValuePtr value = state_->value_of(kTableSize + static_cast<Slot>(i));
    result.emplace_back(state_->custom_names[i], value ? value->text : std::string());
  }
  return result;
}

SettingSource SessionSettings::source_of(SettingId id) const { return values_[index(id)]->source; }

std::string SessionSettings::reset_value(SettingId id) const {
  ValuePtr value = state_->reset_of(static_cast<Slot>(id));
  return value ? value->text : state_->server->values_[index(id)].text;
}

void SessionSettings::push_level() { state_->levels.emplace_back(); }

void SessionSettings::pop_level(bool commit) {
  if (state_->levels.empty()) return;
  Level level = std::move(state_->levels.back());
  state_->levels.pop_back();
  Level* outer = state_->levels.empty() ? nullptr : &state_->levels.back();
  for (auto& [slot, saved] : level) {
    if (!commit) {
      take(slot, std::move(saved.prior));
      continue;
    }
    if (outer == nullptr) {
      if (saved.state == LevelState::kLocal) take(slot, std::move(saved.prior));
      if (saved.state == LevelState::kSetLocal) take(slot, std::move(saved.masked));
      continue;
    }
    auto [found, inserted] = outer->try_emplace(slot, std::move(saved));
    if (inserted) continue;
    Saved& before = found->second;
    switch (saved.state) {
      case LevelState::kSet:
        before.masked = nullptr;
        before.state = LevelState::kSet;
        break;
      case LevelState::kLocal:
        if (before.state == LevelState::kSet) {
          before.masked = std::move(saved.prior);
          before.state = LevelState::kSetLocal;
        }
        break;
      case LevelState::kSetLocal:
        before.masked = std::move(saved.masked);
        before.state = LevelState::kSetLocal;
        break;
    }
  }
}

int SessionSettings::level() const { return static_cast<int>(state_->levels.size()); }

void SessionSettings::set_report_hook(std::function<void(const SettingInfo&, const std::string& value)> hook) {
  state_->report_hook = std::move(hook);
}

}  // namespace vecino::conf
