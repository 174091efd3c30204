#pragma once

#include <string>

#include "adapters/remote_registry/remote_plugins.h"
#include "adapters/rest/rest_ports.h"
#include "app/stores.h"

namespace orc {

// RegistryLink is what an API has of a plugin registry that is another process (PLUGIN_REGISTRY_URL): its plugins, for submissions, and its
// answers to requests about plugins. I/O thread only.
class RegistryLink {
 public:
  // All outlive it. Precondition: RegistryClient::check_url(url).
  RegistryLink(std::string url, Stores& stores, Clock& clock, EventLog& log)
      : client_(std::move(url)),
        plugins_({.registry = client_,
                  .plugins = stores.plugin_reader(),
                  .committed = stores.database().plugin_reader(),
                  .store = stores.plugins(),
                  .clock = clock,
                  .log = log}) {}

  PluginReader& plugins() { return plugins_; }
  ReadinessProbe& probe() { return plugins_; }
  RegistryElsewhere questions();

 private:
  Async<HttpReply> ask(RegistryQuestion question);

  RegistryClient client_;
  RemotePlugins plugins_;
};

}  // namespace orc
