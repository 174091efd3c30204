#pragma once

#include <string>
#include <variant>

#include "application/actor.h"
#include "application/duties/end_orphans.h"
#include "ports/audit_log.h"
#include "ports/plugin_store.h"

namespace orc {

// RollBackPlugin makes an earlier version current again.
class RollBackPlugin {
 public:
  RollBackPlugin(PluginStore& plugins, PluginReader& reader, AuditLog& audit) : plugins_(plugins), reader_(reader), audit_(audit) {}

  // A number x.y.z means, of several versions that carry it, the newest that is not current; nothing changes if only the current one does.
  // Errors: unauthenticated and permission_denied unless an administrator, and one that has logged in if the version has the host's
  // network; not_found, saying which versions there are; unavailable.
  Async<Plugin> run(Actor actor, PluginId id, std::variant<std::string, PluginVersionId> version);

 private:
  PluginStore& plugins_;
  PluginReader& reader_;
  AuditLog& audit_;
};

// DeletePlugin removes a plugin; its queued jobs fail with a sentence, old jobs stay. Of very many queued jobs the last fail after the
// answer; none of them is started any more.
class DeletePlugin {
 public:
  DeletePlugin(PluginStore& plugins, EndOrphans& orphans, AuditLog& audit) : plugins_(plugins), orphans_(orphans), audit_(audit) {}

  // Errors: unauthenticated and permission_denied unless an administrator; not_found; unavailable.
  Async<void> run(Actor actor, PluginId id);

 private:
  PluginStore& plugins_;
  EndOrphans& orphans_;
  AuditLog& audit_;
};

}  // namespace orc
