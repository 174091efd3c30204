#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "adapters/sqlite/statement_catalog.h"
#include "adapters/sqlite/transaction_part.h"
#include "domain/strong_id.h"

namespace orc::sqlite {

// LiveReferences remembers which plugin versions and users a new job may name, so that this is not asked for every job. Writer's thread
// only.
class LiveReferences final : public TransactionPart {
 public:
  LiveReferences(Connection& connection, const StatementCatalog& catalog)
      : live_version_(catalog.prepare(connection, "live_version")), user_exists_(catalog.prepare(connection, "user_exists")) {}

  struct LiveVersion {
    std::int64_t name = 0;  // row id of the plugin's name
    PlacementClassId of_class{};
  };

  // Nothing if the plugin is gone.
  std::optional<LiveVersion> find(PluginVersionId version);

  bool exists(UserId user);

  // A plugin or a user was removed.
  void forget() noexcept;

  void before_commit() override {}
  void rolled_back() noexcept override { forget(); }

 private:
  static constexpr std::size_t known_max = 1000;  // of each

  Statement live_version_;
  Statement user_exists_;
  std::map<PluginVersionId, LiveVersion> versions_;
  std::set<UserId> users_;
};

}  // namespace orc::sqlite
