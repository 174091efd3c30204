#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/plugin/plugin.h"
#include "ports/async.h"
#include "ports/job_reader.h"

namespace orc {

struct NewPlugin {
  std::string name;
  std::string version;
  std::string description;
  PluginSpec spec;
};

// PluginStore keeps plugins and their immutable versions. Thread-safe; each method is one durable transaction.
// Every method: unavailable, if the store cannot be written. Every implementation passes tests/contract/plugin_store_contract.cc.
class PluginStore {
 public:
  virtual ~PluginStore() = default;

  // Errors: conflict, if a plugin of this name exists.
  virtual Async<Plugin> add(NewPlugin plugin) = 0;

  // Adds a version and makes it current if the change touches version, description or spec; else only sets is_active.
  // A change that leaves everything as it is adds nothing.
  // Errors: not_found; conflict, if `change.based_on` is not the current version: read again, and make the change from that.
  virtual Async<Plugin> change(PluginId id, PluginChange change) = 0;

  // Makes an earlier version current again.
  // Errors: not_found, if there is no such plugin, or the version is not one of its own.
  virtual Async<Plugin> make_current(PluginId id, PluginVersionId version) = 0;

  // Removes the plugin; its name is free again. However many jobs wait for it, this is short: from now on none of them is claimed, and
  // JobStore::end_orphans() makes them fail. Its processing and ended jobs stay as they are.
  // Errors: not_found.
  virtual Async<void> erase(PluginId id) = 0;
};

struct PluginPage {
  std::int64_t total = 0;
  std::vector<Plugin> items;  // by rising id
};

// PluginReader answers questions about plugins. Thread-safe; sees everything committed before the call.
class PluginReader {
 public:
  virtual ~PluginReader() = default;

  // Errors: not_found ("Plugin not found").
  virtual Async<Plugin> by_name(std::string_view name) = 0;
  virtual Async<Plugin> by_id(PluginId id) = 0;

  // Also of a plugin that was removed, as long as a job is pinned to it.
  // Errors: not_found.
  virtual Async<PluginVersion> version(PluginVersionId id) = 0;

  // Newest first.
  // Errors: not_found, if there is no such plugin.
  virtual Async<std::vector<PluginVersion>> versions(PluginId id) = 0;

  // `name_part` matches as a literal substring, case and all; empty matches all.
  virtual Async<PluginPage> list(std::string_view name_part, Page page) = 0;
};

}  // namespace orc
