#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/catalog/catalog.h"

namespace vecino::sql {

// Privileges as PostgreSQL keeps them (manual 5.7): a list of grantee=letters/grantor, where a letter followed by * may
// be granted on. The text form is that of aclitem[], e.g. {postgres=arwdDxt/postgres,=r/postgres}.

enum class AclObject : uint8_t { kTable, kSequence, kSchema, kDatabase, kFunction };

struct AclItem {
  std::string grantee;  // empty = PUBLIC
  std::string letters;  // in PostgreSQL's order, '*' after a grantable one
  std::string grantor;
};

// "select" -> 'r'; 0 = no such privilege of this kind of object.
char privilege_letter(std::string_view privilege, AclObject object);
std::string_view privilege_name(char letter);  // "SELECT"
std::string_view all_privileges(AclObject object);  // letters in order

std::vector<AclItem> parse_acl(std::string_view text);
std::string format_acl(const std::vector<AclItem>& items);
// What applies while nothing was granted or revoked.
std::vector<AclItem> default_acl(AclObject object, const std::string& owner);

enum class GrantOption : uint8_t { kNone, kWith };
void acl_grant(std::vector<AclItem>& items, const std::string& grantee, std::string_view letters, GrantOption option,
               const std::string& grantor);
// kWith: only the grant option is revoked.
void acl_revoke(std::vector<AclItem>& items, const std::string& grantee, std::string_view letters, GrantOption option);

}  // namespace vecino::sql
