#pragma once

#include <string>

#include "application/actor.h"
#include "application/plugin/judge_plugin.h"
#include "ports/audit_log.h"
#include "ports/blob_store.h"
#include "ports/package_reader.h"
#include "ports/plugin_store.h"

namespace orc {

// AddPlugin registers a plugin under a new name.
class AddPlugin {
 public:
  AddPlugin(PluginStore& plugins, SchemaValidator& schemas, AuditLog& audit) : plugins_(plugins), schemas_(schemas), audit_(audit) {}

  // Refusals: unauthenticated and permission_denied unless an administrator, and, of a plugin with the host's network, unless one that has
  // logged in (application/actor.h); invalid_argument, with every fault; conflict ("Plugin with
  // this name already exists"); unavailable; resource_exhausted, if too many schemas wait to be checked.
  boost::asio::awaitable<PluginResult<Plugin>> run(Actor actor, Draft<NewPlugin> plugin);

 private:
  PluginStore& plugins_;
  SchemaValidator& schemas_;
  AuditLog& audit_;
};

// ChangePlugin changes a plugin by adding a version, or switches it on and off.
class ChangePlugin {
 public:
  ChangePlugin(PluginStore& plugins, SchemaValidator& schemas, AuditLog& audit) : plugins_(plugins), schemas_(schemas), audit_(audit) {}

  // Refusals: as AddPlugin, but conflict if another version than `change.based_on` is current by now: read again, and change that;
  // not_found.
  boost::asio::awaitable<PluginResult<Plugin>> run(Actor actor, PluginId id, Draft<PluginChange> change);

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
  UploadPackage(AddPlugin& add, ChangePlugin& change, PluginReader& reader, PackageReader& packages, SchemaValidator& schemas,
                BlobStore& blobs)
      : add_(add), change_(change), reader_(reader), packages_(packages), schemas_(schemas), blobs_(blobs) {}

  // `name` must be the one in the folder's plugin.json.
  // Refusals: as AddPlugin but for conflict; the faults are those of plugin.json. What is wrong with the archive is invalid_argument
  // without faults.
  boost::asio::awaitable<PluginResult<UploadedPlugin>> run(Actor actor, std::string name, std::string tar);

 private:
  AddPlugin& add_;
  ChangePlugin& change_;
  PluginReader& reader_;
  PackageReader& packages_;
  SchemaValidator& schemas_;
  BlobStore& blobs_;
};

}  // namespace orc
