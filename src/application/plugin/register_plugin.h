#pragma once

#include <string>

#include "application/actor.h"
#include "ports/audit_log.h"
#include "ports/blob_store.h"
#include "ports/package_reader.h"
#include "ports/plugin_store.h"
#include "ports/schema_validator.h"

namespace orc {

// AddPlugin registers a plugin under a new name.
class AddPlugin {
 public:
  AddPlugin(PluginStore& plugins, SchemaValidator& schemas, AuditLog& audit) : plugins_(plugins), schemas_(schemas), audit_(audit) {}

  // Errors: unauthenticated and permission_denied unless an administrator; invalid_argument, naming the field; conflict ("Plugin with this
  // name already exists"); unavailable.
  Async<Plugin> run(Actor actor, NewPlugin plugin);

 private:
  PluginStore& plugins_;
  SchemaValidator& schemas_;
  AuditLog& audit_;
};

// ChangePlugin changes a plugin by adding a version, or switches it on and off.
class ChangePlugin {
 public:
  ChangePlugin(PluginStore& plugins, SchemaValidator& schemas, AuditLog& audit) : plugins_(plugins), schemas_(schemas), audit_(audit) {}

  // Errors: as AddPlugin, and not_found.
  Async<Plugin> run(Actor actor, PluginId id, PluginChange change);

 private:
  PluginStore& plugins_;
  SchemaValidator& schemas_;
  AuditLog& audit_;
};

struct UploadedPlugin {
  Plugin plugin;
  enum class Effect : std::uint8_t { added, changed } effect = Effect::added;
};

// UploadPackage registers the plugin of an uploaded folder, or a new version of it.
class UploadPackage {
 public:
  UploadPackage(AddPlugin& add, ChangePlugin& change, PluginReader& reader, PackageReader& packages, BlobStore& blobs)
      : add_(add), change_(change), reader_(reader), packages_(packages), blobs_(blobs) {}

  // `name` must be the one in the folder's plugin.json.
  // Errors: as AddPlugin but for conflict; invalid_argument also for what is wrong with the archive.
  Async<UploadedPlugin> run(Actor actor, std::string name, std::string tar);

 private:
  AddPlugin& add_;
  ChangePlugin& change_;
  PluginReader& reader_;
  PackageReader& packages_;
  BlobStore& blobs_;
};

}  // namespace orc
