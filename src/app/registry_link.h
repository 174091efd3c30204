#pragma once

#include <chrono>
#include <string>

#include "adapters/remote_registry/remote_plugins.h"
#include "adapters/rest/rest_ports.h"
#include "app/stores.h"
#include "ports/credentials.h"

namespace orc {

// RegistryLink is what an API has of a plugin registry that is another process (PLUGIN_REGISTRY_URL): its plugins, for submissions, and its
// answers to requests about plugins. No credentials of a client go there: a change is asked for with a token that is made for it, for the
// registry alone and for a minute, in the name of the user; or with a token that the operator has given for all requests
// (docs/decisions/registry_elsewhere.md). I/O thread only, but for stop().
class RegistryLink {
 public:
  struct Address {
    std::string url;
    std::optional<TlsTrust> trust;  // for a URL of https
    std::string token;              // said with every request, instead of one that is made; empty: none
  };
  static constexpr std::chrono::seconds token_lifetime{60};

  // All outlive it. `url` and `trust` are as TlsTrust::for_server() has them.
  RegistryLink(Address address, Stores& stores, TokenSigner& signer, Clock& clock, EventLog& log)
      : questions_(address.url, address.trust, address.token),
        handed_on_(address.url, address.trust, address.token),
        changes_(std::move(address.url), std::move(address.trust), address.token),
        has_token_(!address.token.empty()),
        users_(stores.users()),
        signer_(signer),
        clock_(clock),
        plugins_({.registry = questions_,
                  .plugins = stores.plugin_reader(),
                  .committed = stores.database().plugin_reader(),
                  .store = stores.plugins(),
                  .clock = clock,
                  .log = log}) {}

  PluginReader& plugins() { return plugins_; }
  ReadinessProbe& probe() { return plugins_; }
  RegistryElsewhere questions();

  // Hangs up on the registry: who waits for it is told so, and so is who comes later. Blocks, but not for an answer. From any thread but
  // that of the I/O loop. Safe twice.
  void stop();

 private:
  Async<HttpReply> ask(RegistryQuestion question);
  Async<HttpField> authorization_of(UserId asker);

  // Apart, so that whoever uploads packages to a registry that is silent, or asks it for its list, keeps no submission waiting.
  RegistryClient questions_;
  RegistryClient handed_on_;
  RegistryClient changes_;
  const bool has_token_;
  UserStore& users_;
  TokenSigner& signer_;
  Clock& clock_;
  RemotePlugins plugins_;
};

}  // namespace orc
