#include "sqlfront/types/acl_item.h"

#include "sqlfront/catalog/catalog.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/registry_entries.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {

Datum pack_acl_item(Arena& arena, const AclItem& item) {
  const uint32_t words[3] = {item.grantee, item.grantor, item.privileges | item.grant_options << 16};
  return Datum::from_bytes(arena.copy({reinterpret_cast<const char*>(words), sizeof words}));
}

AclItem unpack_acl_item(const Datum& value) {
  std::string_view bytes = value.bytes();
  if (bytes.size() != 12) throw SqlError(sqlstate::kInternalError, "aclitem has the wrong length");
  const uint32_t rights = load<uint32_t>(bytes.data() + 8);
  return {load<uint32_t>(bytes.data()), load<uint32_t>(bytes.data() + 4), rights & 0xFFFF, rights >> 16};
}

Datum pack_acl(Arena& arena, const Acl& items) {
  std::vector<Datum> elements;
  for (const AclItem& item : items) elements.push_back(pack_acl_item(arena, item));
  return make_array(arena, type_id::kAclItem, elements);
}

Acl unpack_acl(const Datum& array) {
  Acl items;
  ArrayView view(array);
  for (size_t i = 0; i < view.size(); ++i) {
    if (!view.is_null(i)) items.push_back(unpack_acl_item(view[i]));
  }
  return items;
}

namespace {

Oid role_named(CallContext& context, const std::string& name) {
  RolePtr role = context.env ? context.env->catalog().find_role(name) : nullptr;
  if (!role) throw SqlError(sqlstate::kUndefinedObject, "role \"" + name + "\" does not exist");
  return role->oid;
}

// A word that no = follows must be group or user; the name comes after it.
std::string_view after_key_word(std::string_view text) {
  size_t end = 0;
  while (end < text.size() && (is_alpha(text[end]) || is_digit(text[end]) || text[end] == '_')) ++end;
  std::string_view rest = trim_spaces(text.substr(end));
  if (end == 0 || rest.starts_with("=") || rest.starts_with("\"")) return text;
  std::string_view word = text.substr(0, end);
  if (word == "group" || word == "user") return rest;
  throw std::move(SqlError(sqlstate::kInvalidTextRepresentation, "unrecognized key word: \"" + std::string(word) + "\""))
      .hint("ACL key word must be \"group\" or \"user\".");
}

// grantee=letters/grantor; the word group or user may come first.
Datum acl_item_input(CallContext& context, std::string_view text) {
  std::string_view rest = after_key_word(trim_spaces(text));
  AclItemText parts;
  if (!split_acl_item(rest, parts)) {
    if (rest.find('=') == std::string_view::npos) {
      throw SqlError(sqlstate::kInvalidTextRepresentation, "missing \"=\" sign");
    }
    throw SqlError(sqlstate::kInvalidTextRepresentation, "a name must follow the \"/\" sign");
  }
  AclItem item;
  item.privileges = privileges_of_letters(trim_spaces(parts.letters), &item.grant_options);
  if (item.privileges == 0 && !trim_spaces(parts.letters).empty()) {
    throw SqlError(sqlstate::kInvalidTextRepresentation,
                   "invalid mode character: must be one of \"arwdDxtXUCTcsA\"");
  }
  if (!parts.grantee.empty()) item.grantee = role_named(context, parts.grantee);
  item.grantor = well_known_oid::kBootstrapRole;
  if (!parts.grantor.empty()) {
    item.grantor = role_named(context, parts.grantor);
  } else if (context.env) {
    ErrorInfo warning;
    warning.code = sqlstate::kInvalidGrantor;
    warning.message = "defaulting grantor to user ID 10";
    context.env->warning(std::move(warning));
  }
  return pack_acl_item(*context.arena, item);
}

void acl_item_output(CallContext& context, const Datum& value, std::string& out) {
  out += acl_item_text(unpack_acl_item(value), [&](Oid role) {
    RolePtr found = context.env ? context.env->catalog().find_role(role) : nullptr;
    return found ? found->name : std::string();
  });
}

constexpr TypeInfo kTypes[] = {
    {type_id::kAclItem, "aclitem", type_id::kAclItemArray, kInvalidOid, PhysicalKind::kBytes, 12, 'b', 'U', false, false,
     'i', 'p', ',', acl_item_input, acl_item_output, nullptr, nullptr, nullptr, hash_plain_bytes, {}, nullptr, nullptr,
     "aclitemin", "aclitemout", "", ""},
};

}  // namespace

std::span<const TypeInfo> acl_item_types() { return kTypes; }

}  // namespace vecino::sql
