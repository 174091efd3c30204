#pragma once

#include <filesystem>
#include <memory>

#include "adapters/cli/client_context.h"

namespace orc {

// `orc user ...` on a data folder that no server owns.
// The database is the one that `orc serve` with this folder would use: DATABASE_URL counts.
// Errors: conflict, if one does; invalid_argument, for a DATABASE_URL that is none; unavailable.
Result<std::unique_ptr<OfflineUsers>> open_offline_users(const std::filesystem::path& data_dir);

}  // namespace orc
