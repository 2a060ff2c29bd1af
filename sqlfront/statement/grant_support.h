#pragma once

#include <string>
#include <vector>

#include "sqlfront/statement/ddl_privileges.h"

namespace vecino::sql {

// What GRANT and REVOKE have in common for every kind of object (PostgreSQL's aclchk.c).

// The object that privileges are granted on, as messages name it.
struct GrantObject {
  AclObject kind;
  Oid owner;
  std::string noun;    // "table"
  std::string name;
  std::string column;  // privileges on a column of `name`
};

class GrantWork {
 public:
  GrantWork(const ast::GrantStmt& statement, DdlContext& context);

  DdlContext& context() { return context_; }
  const ast::GrantStmt& statement() const { return statement_; }
  const std::vector<Oid>& grantees() const { return grantees_; }

  // The privileges asked for without those for columns; all = ALL PRIVILEGES. 0LP01 names what the kind does not have.
  struct Wanted {
    AclMode mode = 0;
    bool all = false;
  };
  Wanted wanted(AclMode allowed, std::string_view noun) const;

  // The list with the statement applied by the best grantor the current role can be. `seen` is the list the grantor is
  // chosen by (for columns: the table's and the column's).
  Acl merge(const Acl& items, const Acl& seen, const GrantObject& object, Wanted wanted);
  Acl merge(const Acl& items, const GrantObject& object, Wanted wanted) { return merge(items, items, object, wanted); }
  // By a given grantor, without asking what it may grant (ALTER DEFAULT PRIVILEGES).
  Acl merge_as(Acl items, Oid owner, Oid grantor, AclMode mode);

 private:
  const ast::GrantStmt& statement_;
  DdlContext& context_;
  std::vector<Oid> grantees_;
};

// Where lists without a descriptor of their own are kept: `change` turns the current items into the new ones.
void change_access_list(DdlContext& context, const AccessListDesc& key, const Acl& current, const Acl& changed);

// ALTER DEFAULT PRIVILEGES (ddl_default_privileges.cc).
std::string alter_default_privileges(const ast::GrantStmt& statement, DdlContext& context);
// Takes a role out of a default list; used by DROP OWNED.
void store_default_list(DdlContext& context, Oid role, Oid schema, char object_type, const Acl& items);
AclObject default_list_object(char object_type);

}  // namespace vecino::sql
