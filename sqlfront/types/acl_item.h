#pragma once

#include <string_view>

#include "sqlfront/catalog/access_control.h"
#include "storage/util/arena.h"
#include "storage/util/datum.h"

namespace vecino::sql {

// The type aclitem: grantee, grantor, privileges and grant options in 12 bytes, as PostgreSQL 15 packs them.
Datum pack_acl_item(Arena& arena, const AclItem& item);
AclItem unpack_acl_item(const Datum& value);
Datum pack_acl(Arena& arena, const Acl& items);  // aclitem[]
Acl unpack_acl(const Datum& array);              // NULL elements are left out

}  // namespace vecino::sql
