#pragma once

#include <string>

#include "domain/payload.h"
#include "domain/time.h"
#include "ports/audit_log.h"

namespace orc {

// What the hash of an audit row is made over: the hash of the row before, and every column but `repeats`, each with its length, so that
// no two rows read the same.
std::string audit_row_text(const ContentHash& previous, const AuditEntry& entry, Timestamp at);

}  // namespace orc
