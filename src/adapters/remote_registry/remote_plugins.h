#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "adapters/remote_registry/registry_client.h"
#include "domain/time.h"
#include "ports/clock.h"
#include "ports/event_log.h"
#include "ports/plugin_store.h"
#include "ports/readiness.h"

namespace orc {

// RemotePlugins finds plugins by name at a registry that is another process. What the registry names is then taken from our own database:
// - where the two share one, the row that the registry speaks of;
// - else a copy, which is made or brought up to date from the answer. Such a registry can give images only: a folder's program and what a
//   plugin's environment holds are not in its answers, so the first is refused and the second is empty. The host's network is refused too:
//   it is for an administrator of this database to permit.
//
// An answer counts for `fresh`; while it is asked for anew the one before goes on. When the registry is away, or answers with a fault of
// its own, the last good answer counts for `stale_max` more, and a name that was not asked for within that time gets unavailable, both at
// once: one question at a time looks whether it is back. Everything but by_name() is read from our own database. I/O thread only.
class RemotePlugins final : public PluginReader, public ReadinessProbe {
 public:
  static constexpr std::chrono::seconds fresh{1};
  static constexpr std::chrono::minutes stale_max{5};
  static constexpr std::size_t names_max = 10'000;  // remembered; then the memory starts anew

  // All outlive it. `registry` is asked through HTTP, the rest is ours. `plugins` may remember what it read; `committed` never does: the
  // registry's word may come before ours that a row has changed.
  struct Ports {
    RegistryClient& registry;
    PluginReader& plugins;
    PluginReader& committed;
    PluginStore& store;
    Clock& clock;
    EventLog& log;
  };

  explicit RemotePlugins(Ports ports) : ports_(ports) {}

  Async<Plugin> by_name(std::string_view name) override;
  Async<Plugin> by_id(PluginId id) override { return ports_.plugins.by_id(id); }
  Async<PluginVersion> version(PluginVersionId id) override { return ports_.plugins.version(id); }
  Async<std::vector<PluginVersion>> versions(PluginId id) override { return ports_.plugins.versions(id); }
  Async<PluginPage> list(std::string_view name_part, Page page) override { return ports_.plugins.list(name_part, page); }

  // Somebody has just changed plugins through us: asks anew, and what is being answered just now is remembered no more.
  void forget() {
    known_.clear();
    ++changes_;
  }

  // For whoever else asks the registry: what to say instead while it is away and nobody needs to look whether it is back. Nothing: ask it,
  // and tell heard() what came.
  std::optional<Error> refusal();
  void heard(const Result<HttpReply>& reply);

  std::string_view name() const override { return "registry"; }
  // Asks it. A registry that is away is told, but is no reason to send nobody here: what is known goes on.
  Async<std::string> check() override;

 private:
  // The registry's last good word about a name.
  struct Known {
    std::optional<Plugin> plugin;  // nothing: it has none of this name
    SteadyTime at{};
  };
  // What an answer says about a plugin.
  struct Told {
    NewPlugin plugin;
    bool is_active = true;
    std::optional<PluginVersionId> version;  // in the registry's database
    bool has_package = false;
  };

  Async<Plugin> ask_and_remember(std::string name, SteadyTime now);
  Async<std::optional<Told>> ask(std::string_view name);
  static Result<Told> read(std::string_view body);
  Async<Plugin> ours(Told told);
  Async<std::optional<Plugin>> shared_row(const Told& told);
  Async<Plugin> copy(Told told);
  Result<Plugin> answer(const Known& known) const;
  // `fault`: why nothing good was heard; nullptr: it was.
  void note(const Error* fault);

  const Ports ports_;
  std::map<std::string, Known, std::less<>> known_;
  std::uint64_t changes_ = 0;                  // of plugins through us
  std::set<std::string, std::less<>> asking_;  // names that are asked for just now
  struct Away {
    SteadyTime since{};
    SteadyTime look_again_at{};
    Error reason;  // of the last question
  };
  std::optional<Away> away_;
};

}  // namespace orc
