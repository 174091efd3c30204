#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "adapters/cli/client_context.h"
#include "adapters/cli/exit_code.h"

namespace orc {

// Where the server is and what opens it.
struct ServerAddress {
  std::string url;
  std::string token;         // a JWT or an API key; may be empty
  std::string ca_file = {};  // of the authorities that vouch for a URL of https; empty: the host's
  enum class Source : std::uint8_t { flags, environment, login, data_dir } source = Source::flags;
  bool has_operator_key = false;  // `token` is the key in cli.json, which each start of the server makes anew
};

// The first that names a URL: --url, ORC_URL, cli.json of a data directory that --data-dir or ORC_DATA_DIR names, the file of `orc login`,
// cli.json of the default data directory. The token: --token, ORC_TOKEN, else the one kept for exactly that URL, first where the URL was
// found; a kept token never goes to another server. The authorities: --ca-file, ORC_CA_FILE, else those kept with that URL. Fails with
// unreachable, if nothing names a server; says what to do.
Outcome<ServerAddress> find_server(const ClientContext& context);

// $XDG_CONFIG_HOME/orc/credentials.json, else ~/.config/orc/credentials.json.
std::filesystem::path credentials_path(const ClientContext& context);

// Keeps what `orc login` learned, mode 0600 in a folder of mode 0700.
Result<void> keep_login(const ClientContext& context, const ServerAddress& server);

// The file of authorities that --ca-file or ORC_CA_FILE names; empty: none.
std::string named_ca_file(const ClientContext& context);

}  // namespace orc
