#include "sqlfront/catalog/access_control.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "sqlfront/catalog/identifiers.h"

namespace vecino::sql {
namespace {

struct Privilege {
  char letter;
  std::string_view name;
};
// By bit; also the order in which aclitem prints them.
constexpr Privilege kPrivileges[acl::kCount] = {
    {'a', "INSERT"},  {'r', "SELECT"},    {'w', "UPDATE"}, {'d', "DELETE"}, {'D', "TRUNCATE"},
    {'x', "REFERENCES"}, {'t', "TRIGGER"}, {'X', "EXECUTE"}, {'U', "USAGE"},  {'C', "CREATE"},
    {'T', "TEMPORARY"}, {'c', "CONNECT"}, {'s', "SET"},    {'A', "ALTER SYSTEM"},
};

std::string letters_of(AclMode privileges, AclMode grant_options) {
  std::string letters;
  for (int bit = 0; bit < acl::kCount; ++bit) {
    if (!(privileges >> bit & 1)) continue;
    letters += kPrivileges[bit].letter;
    if (grant_options >> bit & 1) letters += '*';
  }
  return letters;
}

// A name up to `stop` outside of quotes, which are taken off.
std::string read_name(std::string_view text, size_t& at, char stop) {
  std::string name;
  bool quoted = false;
  for (; at < text.size(); ++at) {
    char c = text[at];
    if (c == '"') {
      if (quoted && at + 1 < text.size() && text[at + 1] == '"') {
        name += text[++at];
      } else {
        quoted = !quoted;
      }
    } else if (c == stop && !quoted) {
      break;
    } else {
      name += c;
    }
  }
  return name;
}

Oid read_oid(std::string_view digits) {
  Oid oid = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), oid);
  return oid;
}

std::vector<AclItemText> split_acl(std::string_view text) {
  std::vector<AclItemText> items;
  if (text.size() < 2) return items;
  text = text.substr(1, text.size() - 2);
  for (size_t at = 0; at < text.size(); ++at) {
    AclItemText item;
    item.grantee = read_name(text, at, '=');
    item.letters = read_name(text, ++at, '/');
    item.grantor = read_name(text, ++at, ',');
    items.push_back(std::move(item));
  }
  return items;
}

// Who holds grant options on an object: the owner all of them, others what the list says.
AclMode grant_options_of(const Acl& items, Oid owner, Oid role, AclMode mask) {
  if (role == owner) return mask;
  AclMode held = 0;
  for (const AclItem& item : items) {
    if (item.grantee == role) held |= item.grant_options;
  }
  return held & mask;
}

bool revoke_item(Acl& items, Oid owner, size_t at, AclMode privileges, AclMode grant_options, RevokeCascade behavior);

// After `grantee` lost grant options: what it granted and can no longer grant goes too, or refuses.
bool revoke_dependents(Acl& items, Oid owner, Oid grantee, AclMode lost, RevokeCascade behavior) {
  if (grantee == owner) return true;
  lost &= ~grant_options_of(items, owner, grantee, lost);  // still granted by somebody else
  for (bool again = lost != 0; again;) {
    again = false;
    for (size_t i = 0; i < items.size(); ++i) {
      if (items[i].grantor != grantee || !(items[i].privileges & lost)) continue;
      if (behavior == RevokeCascade::kRestrict) return false;
      if (!revoke_item(items, owner, i, lost, lost, behavior)) return false;
      again = true;
      break;
    }
  }
  return true;
}

bool revoke_item(Acl& items, Oid owner, size_t at, AclMode privileges, AclMode grant_options, RevokeCascade behavior) {
  AclItem& item = items[at];
  const AclMode lost = item.grant_options & (grant_options | privileges);
  item.grant_options &= ~lost;
  item.privileges &= ~privileges;
  const Oid grantee = item.grantee;
  if (item.privileges == 0) items.erase(items.begin() + static_cast<ptrdiff_t>(at));
  return lost == 0 || revoke_dependents(items, owner, grantee, lost, behavior);
}

}  // namespace

AclMode privilege_mode(std::string_view privilege) {
  std::string upper(privilege);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  if (upper == "TEMP") upper = "TEMPORARY";
  if (upper == "RULE") return 0;
  for (int bit = 0; bit < acl::kCount; ++bit) {
    if (kPrivileges[bit].name == upper) return AclMode{1} << bit;
  }
  return 0;
}

std::string_view privilege_name(AclMode single) {
  for (int bit = 0; bit < acl::kCount; ++bit) {
    if (single == AclMode{1} << bit) return kPrivileges[bit].name;
  }
  return {};
}

AclMode all_privileges(AclObject object) {
  using namespace acl;
  switch (object) {
    case AclObject::kTable: return kInsert | kSelect | kUpdate | kDelete | kTruncate | kReferences | kTrigger;
    case AclObject::kColumn: return kInsert | kSelect | kUpdate | kReferences;
    case AclObject::kSequence: return kUsage | kSelect | kUpdate;
    case AclObject::kSchema: return kUsage | kCreate;
    case AclObject::kDatabase: return kCreate | kTemporary | kConnect;
    case AclObject::kFunction: return kExecute;
    case AclObject::kType:
    case AclObject::kLanguage:
    case AclObject::kForeignDataWrapper:
    case AclObject::kForeignServer: return kUsage;
    case AclObject::kTablespace: return kCreate;
    case AclObject::kParameter: return kSet | kAlterSystem;
    case AclObject::kLargeObject: return kSelect | kUpdate;
  }
  return 0;
}

AclMode privileges_of_letters(std::string_view letters, AclMode* grant_options) {
  AclMode privileges = 0;
  *grant_options = 0;
  for (size_t i = 0; i < letters.size(); ++i) {
    int bit = 0;
    while (bit < acl::kCount && kPrivileges[bit].letter != letters[i]) ++bit;
    if (bit == acl::kCount) {
      *grant_options = 0;
      return 0;
    }
    privileges |= AclMode{1} << bit;
    if (i + 1 < letters.size() && letters[i + 1] == '*') {
      *grant_options |= AclMode{1} << bit;
      ++i;
    }
  }
  return privileges;
}

Acl parse_acl(std::string_view text) {
  Acl items;
  for (const AclItemText& part : split_acl(text)) {
    AclItem item;
    item.grantee = read_oid(part.grantee);
    item.grantor = read_oid(part.grantor);
    item.privileges = privileges_of_letters(part.letters, &item.grant_options);
    items.push_back(item);
  }
  return items;
}

std::string format_acl(const Acl& items) {
  std::string text = "{";
  for (const AclItem& item : items) {
    if (text.size() > 1) text += ',';
    if (item.grantee != acl::kPublic) text += std::to_string(item.grantee);
    text += '=' + letters_of(item.privileges, item.grant_options) + '/' + std::to_string(item.grantor);
  }
  return text + "}";
}

Acl default_acl(AclObject object, Oid owner) {
  Acl items;
  AclMode everybody = 0;
  switch (object) {
    case AclObject::kColumn: return items;
    case AclObject::kDatabase: everybody = acl::kTemporary | acl::kConnect; break;
    case AclObject::kFunction: everybody = acl::kExecute; break;
    case AclObject::kType:
    case AclObject::kLanguage: everybody = acl::kUsage; break;
    default: break;
  }
  if (everybody) items.push_back({acl::kPublic, owner, everybody, 0});
  if (object != AclObject::kParameter) items.push_back({owner, owner, all_privileges(object), 0});
  return items;
}

Acl acl_of(std::string_view stored, AclObject object, Oid owner) {
  return stored.empty() ? default_acl(object, owner) : parse_acl(stored);
}

std::string acl_item_text(const AclItem& item, const RoleNames& name_of) {
  // aclitem quotes whatever is not a plain word, without regard to keywords and case.
  auto append = [&](std::string& out, Oid role) {
    std::string name = name_of(role);
    if (name.empty()) name = std::to_string(role);
    bool safe = std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
    if (safe) {
      out += name;
      return;
    }
    out += '"';
    for (char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    out += '"';
  };
  std::string text;
  if (item.grantee != acl::kPublic) append(text, item.grantee);
  text += '=' + letters_of(item.privileges, item.grant_options) + '/';
  append(text, item.grantor);
  return text;
}

bool is_named_acl(std::string_view text) {
  if (text.find('"') != std::string_view::npos) return true;
  auto is_number = [](const std::string& name) {
    return std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c); });
  };
  for (const AclItemText& item : split_acl(text)) {
    if (!is_number(item.grantee) || !is_number(item.grantor)) return true;
  }
  return false;
}

std::string upgrade_acl(std::string_view text, const std::function<Oid(std::string_view)>& oid_of) {
  Acl items;
  for (const AclItemText& part : split_acl(text)) {
    AclItem item;
    item.privileges = privileges_of_letters(part.letters, &item.grant_options);
    item.grantor = oid_of(part.grantor);
    if (!part.grantee.empty()) {
      item.grantee = oid_of(part.grantee);
      if (item.grantee == kInvalidOid) continue;
    }
    if (item.grantor == kInvalidOid) item.grantor = well_known_oid::kBootstrapRole;
    items.push_back(item);
  }
  return format_acl(items);
}

bool split_acl_item(std::string_view text, AclItemText& out) {
  size_t at = 0;
  out.grantee = read_name(text, at, '=');
  if (at >= text.size()) return false;
  out.letters = read_name(text, ++at, '/');
  if (at >= text.size()) {
    out.grantor.clear();
    return true;
  }
  out.grantor = read_name(text, ++at, '\0');
  return !out.grantor.empty();
}

void acl_grant(Acl& items, Oid grantee, Oid grantor, AclMode privileges, AclMode grant_options) {
  auto found = std::find_if(items.begin(), items.end(), [&](const AclItem& item) {
    return item.grantee == grantee && item.grantor == grantor;
  });
  if (found == items.end()) found = items.insert(items.end(), {grantee, grantor, 0, 0});
  found->privileges |= privileges;
  found->grant_options |= grant_options;
}

bool acl_revoke(Acl& items, Oid owner, Oid grantee, Oid grantor, AclMode privileges, AclMode grant_options,
                RevokeCascade behavior) {
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].grantee != grantee || items[i].grantor != grantor) continue;
    return revoke_item(items, owner, i, privileges, grant_options, behavior);
  }
  return true;
}

bool acl_grant_is_circular(const Acl& items, Oid owner, const AclItem& added) {
  if (added.grantor == owner) return false;
  // Without what the grantee has granted on, does the grantor still hold the option?
  Acl rest = items;
  for (bool again = true; again;) {
    again = false;
    for (size_t i = 0; i < rest.size(); ++i) {
      if (rest[i].grantee != added.grantee || rest[i].grant_options == 0) continue;
      (void)revoke_item(rest, owner, i, rest[i].grant_options, rest[i].grant_options, RevokeCascade::kCascade);
      again = true;
      break;
    }
  }
  const AclMode held = grant_options_of(rest, owner, added.grantor, added.grant_options);
  return (added.grant_options & ~held) != 0;
}

void acl_change_owner(Acl& items, Oid old_owner, Oid new_owner) {
  Acl merged;
  for (AclItem item : items) {
    if (item.grantor == old_owner) item.grantor = new_owner;
    if (item.grantee == old_owner) item.grantee = new_owner;
    auto same = std::find_if(merged.begin(), merged.end(), [&](const AclItem& other) {
      return other.grantee == item.grantee && other.grantor == item.grantor;
    });
    if (same == merged.end()) {
      merged.push_back(item);
    } else {
      same->privileges |= item.privileges;
      same->grant_options |= item.grant_options;
    }
  }
  items = std::move(merged);
}

void acl_sort(Acl& items) {
  std::sort(items.begin(), items.end(), [](const AclItem& a, const AclItem& b) {
    return std::tie(a.grantee, a.grantor, a.privileges, a.grant_options) <
           std::tie(b.grantee, b.grantor, b.privileges, b.grant_options);
  });
}

bool acl_mentions(const Acl& items, Oid role) {
  return std::any_of(items.begin(), items.end(),
                     [&](const AclItem& item) { return item.grantee == role || item.grantor == role; });
}

}  // namespace vecino::sql
