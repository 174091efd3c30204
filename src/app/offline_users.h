#pragma once

#include <filesystem>
#include <memory>

#include "adapters/cli/client_context.h"

namespace orc {

// `orc user ...` on a data folder that no server owns.
// Errors: conflict, if one does; unavailable.
Result<std::unique_ptr<OfflineUsers>> open_offline_users(const std::filesystem::path& data_dir);

}  // namespace orc
