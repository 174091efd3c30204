#pragma once

#include "adapters/cli/api_client.h"
#include "adapters/cli/client_context.h"
#include "adapters/cli/plugin_folder.h"

namespace CLI {
class App;
}  // namespace CLI

namespace orc {

// The commands for who writes a plugin, each in its own file: below `orc plugin`.
void add_plugin_new(CLI::App& plugin, ClientContext& context);
void add_plugin_test(CLI::App& plugin, ClientContext& context);
void add_plugin_dev(CLI::App& plugin, ClientContext& context);

// Registers a packed plugin, or a new version of it. Fails as ApiClient::send().
Outcome<ApiReply> upload_plugin(ApiClient& client, const PackedPlugin& packed);

}  // namespace orc
