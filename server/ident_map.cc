#include "server/ident_map.h"

#include <re2/re2.h>

namespace vecino::server {
namespace {

bool is_pattern(const conf::IdentMapping& mapping) {
  return !mapping.system_user.empty() && mapping.system_user[0] == '/';
}

re2::RE2::Options quiet() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  return options;
}

bool pattern_allows(const conf::IdentMapping& mapping, const std::string& role, const std::string& system_user) {
  re2::RE2 pattern(mapping.system_user.substr(1), quiet());
  if (!pattern.ok()) return false;
  re2::StringPiece groups[2];
  int wanted = std::min(pattern.NumberOfCapturingGroups(), 1) + 1;
  if (!pattern.Match(system_user, 0, system_user.size(), re2::RE2::UNANCHORED, groups, wanted)) return false;
  size_t at = mapping.role.find("\\1");
  if (at == std::string::npos) return mapping.role == role;
  if (wanted < 2) return false;
  std::string expected = mapping.role;
  return expected.replace(at, 2, std::string(groups[1].data(), groups[1].size())) == role;
}

}  // namespace

bool ident_allows(std::span<const conf::IdentMapping> mappings, const std::string& map, const std::string& role,
                  const std::string& system_user) {
  if (map.empty()) return role == system_user;
  for (const conf::IdentMapping& mapping : mappings) {
    if (mapping.map != map) continue;
    if (is_pattern(mapping) ? pattern_allows(mapping, role, system_user)
                            : mapping.system_user == system_user && mapping.role == role) {
      return true;
    }
  }
  return false;
}

Status check_ident_mapping(const conf::IdentMapping& mapping) {
  if (!is_pattern(mapping)) return Status::ok();
  re2::RE2 pattern(mapping.system_user.substr(1), quiet());
  if (pattern.ok()) return Status::ok();
  return Status::error(sqlstate::kConfigFileError,
                       "invalid regular expression \"" + mapping.system_user.substr(1) + "\": " + pattern.error());
}

}  // namespace vecino::server
