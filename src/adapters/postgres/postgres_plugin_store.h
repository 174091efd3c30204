#pragma once

#include "adapters/postgres/readers.h"
#include "adapters/postgres/writer.h"
#include "ports/plugin_store.h"

namespace orc::postgres {

// PostgresPluginStore is a PluginStore in a PostgreSQL database. Thread-safe. Borrows everything.
class PostgresPluginStore final : public PluginStore {
 public:
  explicit PostgresPluginStore(Writer& writer) : writer_(writer) {}

  Async<Plugin> add(NewPlugin plugin) override;
  Async<Plugin> change(PluginId id, PluginChange change) override;
  Async<Plugin> make_current(PluginId id, PluginVersionId version) override;
  Async<void> erase(PluginId id) override;

 private:
  Writer& writer_;
};

// PostgresPluginReader is a PluginReader over a PostgreSQL database. Thread-safe.
class PostgresPluginReader final : public PluginReader {
 public:
  explicit PostgresPluginReader(Readers& readers) : readers_(readers) {}

  Async<Plugin> by_name(std::string_view name) override;
  Async<Plugin> by_id(PluginId id) override;
  Async<PluginVersion> version(PluginVersionId id) override;
  Async<std::vector<PluginVersion>> versions(PluginId id) override;
  Async<PluginPage> list(std::string_view name_part, Page page) override;

 private:
  Readers& readers_;
};

}  // namespace orc::postgres
