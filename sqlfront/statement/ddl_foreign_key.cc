#include "sqlfront/statement/ddl_foreign_key.h"

namespace vecino::sql {

// A constraint that is recorded but not enforced would be a wrong answer waiting to happen.
void refuse_foreign_key(const ast::Constraint& constraint) {
  throw SqlError(sqlstate::kFeatureNotSupported, "FOREIGN KEY constraints are not supported yet", constraint.location);
}

void add_foreign_keys(DdlContext&, TableWork& work) {
  for (const PendingConstraint& pending : work.constraints) {
    if (pending.constraint->constraint == ast::ConstraintKind::kForeign) refuse_foreign_key(*pending.constraint);
  }
}

}  // namespace vecino::sql
