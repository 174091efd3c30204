#pragma once

#include <optional>
#include <string>

#include "domain/strong_id.h"
#include "ports/async.h"

namespace orc {

// Who did what to what, from where, and how it went. Never holds a secret.
struct AuditEntry {
  std::optional<UserId> actor;  // empty: nobody that we know
  std::string action;           // "user.login", "plugin.add": noun and verb
  std::string subject;          // what it was done to: "user 3", "plugin example-classifier"
  std::string from;             // address of the peer; empty inside the process
  bool succeeded = true;
};

// AuditLog keeps acts on logins, users, keys, plugins and other people's jobs (design.md, State). Each row carries the hash of the one
// before it, so that a change of an old row shows. Thread-safe.
class AuditLog {
 public:
  virtual ~AuditLog() = default;

  // Durable when it returns. Errors: unavailable.
  virtual Async<void> append(AuditEntry entry) = 0;
};

}  // namespace orc
