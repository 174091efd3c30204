#pragma once

#include "domain/result.h"

namespace orc::postgres {

// libpq is loaded when a PostgreSQL database is opened, not when the program starts: with it come Kerberos, LDAP and a second TLS library,
// 3 MB that a server on SQLite would hold for nothing. libpq_on_demand.cc defines the functions of <libpq-fe.h> that we call; each passes
// its call on. One that we do not call yet does not link: add it there.
//
// Precondition of all of them: this succeeded once. Errors: unavailable, with what to install. Thread-safe; later calls cost nothing.
Result<void> load_libpq();

}  // namespace orc::postgres
