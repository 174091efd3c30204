#pragma once

#include <string>
#include <vector>

#include "application/actor.h"
#include "ports/audit_log.h"
#include "ports/credentials.h"
#include "ports/random_source.h"
#include "ports/user_store.h"

namespace orc {

struct MadeApiKey {
  ApiKey key;
  std::string secret;  // shown this once
};

// CreateApiKey makes a key for its owner. The secret is kept only as a hash.
class CreateApiKey {
 public:
  CreateApiKey(ApiKeyStore& keys, RandomSource& random, Digest& digest, AuditLog& audit)
      : keys_(keys), random_(random), digest_(digest), audit_(audit) {}

  // Errors: invalid_argument for a name that is empty or above 100 bytes, or for no scope; permission_denied, if the actor lacks a scope
  // that the key would have, or if a `worker` or `admin` key is asked for by no administrator; unavailable.
  Async<MadeApiKey> run(Actor actor, std::string name, std::vector<Scope> scopes);

 private:
  ApiKeyStore& keys_;
  RandomSource& random_;
  Digest& digest_;
  AuditLog& audit_;
};

// DeleteApiKey ends a key of the actor's own at once.
class DeleteApiKey {
 public:
  DeleteApiKey(ApiKeyStore& keys, AuditLog& audit) : keys_(keys), audit_(audit) {}

  // Errors: not_found; unavailable.
  Async<void> run(Actor actor, ApiKeyId id);

 private:
  ApiKeyStore& keys_;
  AuditLog& audit_;
};

}  // namespace orc
