#pragma once

#include "ports/plugin_store.h"
#include "tests/fakes/memory_state.h"

namespace orc {

class MemoryPluginStore final : public PluginStore {
 public:
  explicit MemoryPluginStore(MemoryState& state) : state_(state) {}

  Async<Plugin> add(NewPlugin plugin) override;
  Async<Plugin> change(PluginId id, PluginChange change) override;
  Async<Plugin> make_current(PluginId id, PluginVersionId version) override;
  Async<void> erase(PluginId id) override;

 private:
  PluginVersion add_version(PluginVersion version);

  MemoryState& state_;
};

class MemoryPluginReader final : public PluginReader {
 public:
  explicit MemoryPluginReader(MemoryState& state) : state_(state) {}

  Async<Plugin> by_name(std::string_view name) override;
  Async<Plugin> by_id(PluginId id) override;
  Async<PluginVersion> version(PluginVersionId id) override;
  Async<std::vector<PluginVersion>> versions(PluginId id) override;
  Async<PluginPage> list(std::string_view name_part, Page page) override;

 private:
  MemoryState& state_;
};

}  // namespace orc
