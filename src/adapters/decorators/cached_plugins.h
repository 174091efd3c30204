#pragma once

#include <string>

#include "adapters/decorators/read_cache.h"
#include "ports/plugin_store.h"

namespace orc {

// What CachedPluginReader remembers and CachedPluginStore makes it forget. Made once, given to both.
struct PluginCache {
  static constexpr std::size_t bytes_max = std::size_t{16} << 20;  // of each; then it starts anew

  // `trust` must outlive it.
  explicit PluginCache(const CacheTrust& trust) : by_name(bytes_max, trust), by_id(bytes_max, trust), versions(bytes_max, trust) {}

  // Somebody else changed or removed a plugin.
  void forget() {
    by_name.forget();
    by_id.forget();
    versions.forget();
  }

  ReadCache<std::string, Plugin> by_name;
  ReadCache<PluginId, Plugin> by_id;
  ReadCache<PluginVersionId, PluginVersion> versions;
};

// CachedPluginReader answers by_name(), by_id() and version() from memory, so that neither a submission nor a claim costs a read of the
// database. Everything else passes through. Exact while all changes of plugins in this process go through a CachedPluginStore with the same
// cache, and those of others are told to the cache; only a version of a removed plugin may still be found after its last job is gone.
// Thread-safe.
class CachedPluginReader final : public PluginReader {
 public:
  CachedPluginReader(PluginReader& reader, PluginCache& cache) : reader_(reader), cache_(cache) {}

  Async<Plugin> by_name(std::string_view name) override;
  Async<Plugin> by_id(PluginId id) override;
  Async<PluginVersion> version(PluginVersionId id) override;
  Async<std::vector<PluginVersion>> versions(PluginId id) override { return reader_.versions(id); }
  Async<PluginPage> list(std::string_view name_part, Page page) override { return reader_.list(name_part, page); }

 private:
  PluginReader& reader_;
  PluginCache& cache_;
};

// CachedPluginStore passes everything through, and makes the cache forget what changes. Thread-safe.
class CachedPluginStore final : public PluginStore {
 public:
  CachedPluginStore(PluginStore& store, PluginCache& cache) : store_(store), cache_(cache) {}

  Async<Plugin> add(NewPlugin plugin) override;
  Async<Plugin> change(PluginId id, PluginChange change) override;
  Async<Plugin> make_current(PluginId id, PluginVersionId version) override;
  Async<void> erase(PluginId id) override;

 private:
  PluginStore& store_;
  PluginCache& cache_;
};

}  // namespace orc
