#pragma once

#include <string>

#include "application/actor.h"
#include "ports/audit_log.h"
#include "ports/job_signals.h"
#include "ports/plugin_store.h"

namespace orc {

// RollBackPlugin makes an earlier version current again.
class RollBackPlugin {
 public:
  RollBackPlugin(PluginStore& plugins, PluginReader& reader, AuditLog& audit) : plugins_(plugins), reader_(reader), audit_(audit) {}

  // `version` as x.y.z; of several that carry it, the newest that is not current; nothing changes if only the current one does.
  // Errors: unauthenticated and permission_denied unless an administrator; not_found, saying which versions there are; unavailable.
  Async<Plugin> run(Actor actor, PluginId id, std::string version);

 private:
  PluginStore& plugins_;
  PluginReader& reader_;
  AuditLog& audit_;
};

// DeletePlugin removes a plugin; its queued jobs fail with a sentence, old jobs stay.
class DeletePlugin {
 public:
  DeletePlugin(PluginStore& plugins, JobSignals& signals, AuditLog& audit) : plugins_(plugins), signals_(signals), audit_(audit) {}

  // Errors: unauthenticated and permission_denied unless an administrator; not_found; unavailable.
  Async<void> run(Actor actor, PluginId id);

 private:
  PluginStore& plugins_;
  JobSignals& signals_;
  AuditLog& audit_;
};

}  // namespace orc
