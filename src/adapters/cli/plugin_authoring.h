#pragma once

#include <filesystem>

#include "adapters/cli/api_client.h"
#include "adapters/cli/client_context.h"

namespace CLI {
class App;
}  // namespace CLI

namespace orc {

// The commands for who writes a plugin, each in its own file: below `orc plugin`.
void add_plugin_new(CLI::App& plugin, ClientContext& context);
void add_plugin_test(CLI::App& plugin, ClientContext& context);
void add_plugin_dev(CLI::App& plugin, ClientContext& context);

// Registers the plugin in the folder, or a new version of it. It is judged on this host first, so that a fault is told without sending
// 64 MiB. Fails as pack_plugin() and ApiClient::send().
Outcome<ApiReply> upload_plugin(ApiClient& client, const std::filesystem::path& folder);

}  // namespace orc
