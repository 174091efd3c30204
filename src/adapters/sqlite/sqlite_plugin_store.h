#pragma once

#include "adapters/sqlite/plugin_writes.h"
#include "adapters/sqlite/readers.h"
#include "adapters/sqlite/writer.h"
#include "ports/plugin_store.h"

namespace orc::sqlite {

// SqlitePluginStore is a PluginStore in one SQLite file. Thread-safe. Borrows everything.
class SqlitePluginStore final : public PluginStore {
 public:
  SqlitePluginStore(Writer& writer, PluginWrites& writes) : writer_(writer), writes_(writes) {}

  Async<Plugin> add(NewPlugin plugin) override;
  Async<Plugin> change(PluginId id, PluginChange change) override;
  Async<Plugin> make_current(PluginId id, PluginVersionId version) override;
  Async<void> erase(PluginId id) override;

 private:
  Writer& writer_;
  PluginWrites& writes_;
};

// SqlitePluginReader is a PluginReader over one SQLite file; lists run on the readers' threads, the rest on the caller's. Thread-safe.
class SqlitePluginReader final : public PluginReader {
 public:
  explicit SqlitePluginReader(Readers& readers) : readers_(readers) {}

  Async<Plugin> by_name(std::string_view name) override;
  Async<Plugin> by_id(PluginId id) override;
  Async<PluginVersion> version(PluginVersionId id) override;
  Async<std::vector<PluginVersion>> versions(PluginId id) override;
  Async<PluginPage> list(std::string_view name_part, Page page) override;

 private:
  Readers& readers_;
};

}  // namespace orc::sqlite
