#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/catalog/descriptors.h"
#include "storage/util/sqlstate.h"

namespace vecino::sqlstate {

inline constexpr SqlState kWarningPrivilegeNotRevoked{"01006"}, kWarningPrivilegeNotGranted{"01007"},
    kInvalidGrantor{"0L000"}, kInvalidGrantOperation{"0LP01"};

}  // namespace vecino::sqlstate

namespace vecino::sql {

// Privileges as PostgreSQL keeps them (manual 5.7): lists of (grantee, privileges, grant options, grantor). The catalog
// stores a list as text with role oids, {16400=ar*w/10,=r/10}, so that renaming a role changes nothing; empty text = the
// defaults of the kind of object. What clients see (aclitem[]) has the roles' names instead.

enum class AclObject : uint8_t {
  kTable, kSequence, kColumn, kSchema, kDatabase, kFunction, kType, kLanguage, kTablespace, kForeignDataWrapper,
  kForeignServer, kParameter, kLargeObject
};

using AclMode = uint32_t;
namespace acl {
inline constexpr AclMode kInsert = 1 << 0, kSelect = 1 << 1, kUpdate = 1 << 2, kDelete = 1 << 3, kTruncate = 1 << 4,
                         kReferences = 1 << 5, kTrigger = 1 << 6, kExecute = 1 << 7, kUsage = 1 << 8, kCreate = 1 << 9,
                         kTemporary = 1 << 10, kConnect = 1 << 11, kSet = 1 << 12, kAlterSystem = 1 << 13;
inline constexpr int kCount = 14;
inline constexpr Oid kPublic = 0;  // as a grantee
}  // namespace acl

struct AclItem {
  Oid grantee = acl::kPublic, grantor = kInvalidOid;
  AclMode privileges = 0, grant_options = 0;
  bool operator==(const AclItem&) const = default;
};
using Acl = std::vector<AclItem>;

// "select" -> kSelect; 0 = no such privilege of any object.
AclMode privilege_mode(std::string_view privilege);
std::string_view privilege_name(AclMode single);  // "SELECT"
AclMode all_privileges(AclObject object);
AclMode privileges_of_letters(std::string_view letters, AclMode* grant_options);  // 0 and grant_options 0: unknown letter

// Stored text. REQUIRES: written by format_acl(), or one of the names form of older directories (see upgrade_acl).
Acl parse_acl(std::string_view text);
std::string format_acl(const Acl& items);
// What applies while nothing was granted or revoked.
Acl default_acl(AclObject object, Oid owner);
Acl acl_of(std::string_view stored, AclObject object, Oid owner);  // parse_acl, or the defaults when empty

// Names form, as aclitem prints it. `name_of` gives a role's name, empty when there is none.
using RoleNames = std::function<std::string(Oid)>;
std::string acl_item_text(const AclItem& item, const RoleNames& name_of);
// Formats 1 and 2 of the catalog stored names. Returns the text with oids; items of unknown roles are left out.
bool is_named_acl(std::string_view text);
std::string upgrade_acl(std::string_view text, const std::function<Oid(std::string_view)>& oid_of);
// Splits `grantee=letters/grantor`; false = malformed. Names are unquoted.
struct AclItemText {
  std::string grantee, letters, grantor;
};
bool split_acl_item(std::string_view text, AclItemText& out);

void acl_grant(Acl& items, Oid grantee, Oid grantor, AclMode privileges, AclMode grant_options);
// Takes privileges and grant options of what `grantor` granted to `grantee` away. Without cascade, privileges that others
// hold because of a lost grant option make it fail (false, nothing is said about the state of items); with it they go too.
enum class RevokeCascade : uint8_t { kRestrict, kCascade };
bool acl_revoke(Acl& items, Oid owner, Oid grantee, Oid grantor, AclMode privileges, AclMode grant_options,
                RevokeCascade behavior);
// A grant option may not come back to one of those it was derived from.
bool acl_grant_is_circular(const Acl& items, Oid owner, const AclItem& added);
// ALTER ... OWNER TO: what the old owner granted and held is the new owner's.
void acl_change_owner(Acl& items, Oid old_owner, Oid new_owner);
void acl_sort(Acl& items);  // by grantee, then grantor; lists that differ in order only are equal after it
// DROP OWNED: nothing remains of what the role was granted or has granted.
bool acl_mentions(const Acl& items, Oid role);

}  // namespace vecino::sql
