#include "sqlfront/catalog/access_control.h"

#include <algorithm>

#include "sqlfront/catalog/identifiers.h"

namespace vecino::sql {
namespace {

struct Privilege {
  char letter;
  std::string_view name;
};
// In the order aclitem prints them.
constexpr Privilege kPrivileges[] = {
    {'a', "INSERT"},  {'r', "SELECT"},  {'w', "UPDATE"},  {'d', "DELETE"},    {'D', "TRUNCATE"}, {'x', "REFERENCES"},
    {'t', "TRIGGER"}, {'X', "EXECUTE"}, {'U', "USAGE"},   {'C', "CREATE"},    {'T', "TEMPORARY"}, {'c', "CONNECT"},
};

size_t order_of(char letter) {
  for (size_t i = 0; i < std::size(kPrivileges); ++i) {
    if (kPrivileges[i].letter == letter) return i;
  }
  return std::size(kPrivileges);
}

struct Flags {
  bool granted[std::size(kPrivileges)] = {}, grantable[std::size(kPrivileges)] = {};
};
Flags flags_of(std::string_view letters) {
  Flags flags;
  for (size_t i = 0; i < letters.size(); ++i) {
    size_t order = order_of(letters[i]);
    if (order == std::size(kPrivileges)) continue;
    flags.granted[order] = true;
    flags.grantable[order] = i + 1 < letters.size() && letters[i + 1] == '*';
  }
  return flags;
}
std::string letters_of(const Flags& flags) {
  std::string letters;
  for (size_t i = 0; i < std::size(kPrivileges); ++i) {
    if (!flags.granted[i]) continue;
    letters += kPrivileges[i].letter;
    if (flags.grantable[i]) letters += '*';
  }
  return letters;
}

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
  if (at < text.size()) ++at;
  return name;
}

}  // namespace

char privilege_letter(std::string_view privilege, AclObject object) {
  std::string upper(privilege);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  if (upper == "TEMP") upper = "TEMPORARY";
  for (const Privilege& known : kPrivileges) {
    if (known.name != upper) continue;
    return all_privileges(object).find(known.letter) == std::string_view::npos ? 0 : known.letter;
  }
  return 0;
}

std::string_view privilege_name(char letter) {
  size_t order = order_of(letter);
  return order < std::size(kPrivileges) ? kPrivileges[order].name : std::string_view();
}

std::string_view all_privileges(AclObject object) {
  switch (object) {
    case AclObject::kTable: return "arwdDxt";
    case AclObject::kSequence: return "rwU";
    case AclObject::kSchema: return "UC";
    case AclObject::kDatabase: return "CTc";
    case AclObject::kFunction: return "X";
  }
  return {};
}

std::vector<AclItem> parse_acl(std::string_view text) {
  std::vector<AclItem> items;
  if (text.size() < 2) return items;
  text = text.substr(1, text.size() - 2);
  for (size_t at = 0; at < text.size();) {
    AclItem item;
    item.grantee = read_name(text, at, '=');
    item.letters = read_name(text, at, '/');
    item.grantor = read_name(text, at, ',');
    items.push_back(std::move(item));
  }
  return items;
}

std::string format_acl(const std::vector<AclItem>& items) {
  std::string text = "{";
  for (const AclItem& item : items) {
    if (text.size() > 1) text += ',';
    if (!item.grantee.empty()) append_identifier(text, item.grantee);
    text += '=' + item.letters + '/';
    append_identifier(text, item.grantor);
  }
  return text + "}";
}

std::vector<AclItem> default_acl(AclObject object, const std::string& owner) {
  std::vector<AclItem> items;
  if (object == AclObject::kDatabase) items.push_back({"", "Tc", owner});
  if (object == AclObject::kFunction) items.push_back({"", "X", owner});
  items.push_back({owner, std::string(all_privileges(object)), owner});
  return items;
}

void acl_grant(std::vector<AclItem>& items, const std::string& grantee, std::string_view letters, GrantOption option,
               const std::string& grantor) {
  auto found = std::find_if(items.begin(), items.end(), [&](const AclItem& item) {
    return item.grantee == grantee && item.grantor == grantor;
  });
  if (found == items.end()) found = items.insert(items.end(), {grantee, "", grantor});
  Flags flags = flags_of(found->letters);
  for (char letter : letters) {
    size_t order = order_of(letter);
    flags.granted[order] = true;
    flags.grantable[order] |= option == GrantOption::kWith;
  }
  found->letters = letters_of(flags);
}

void acl_revoke(std::vector<AclItem>& items, const std::string& grantee, std::string_view letters, GrantOption option) {
  for (AclItem& item : items) {
    if (item.grantee != grantee) continue;
    Flags flags = flags_of(item.letters);
    for (char letter : letters) {
      size_t order = order_of(letter);
      flags.grantable[order] = false;
      if (option == GrantOption::kNone) flags.granted[order] = false;
    }
    item.letters = letters_of(flags);
  }
  std::erase_if(items, [](const AclItem& item) { return item.letters.empty(); });
}

}  // namespace vecino::sql
