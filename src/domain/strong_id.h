#pragma once

#include <cstdint>
#include <utility>

namespace orc {

// Row ids are positive integers that rise with creation (contract: ids are integers). Distinct types, so that none is taken for another.
enum class JobId : std::int64_t {};
enum class UserId : std::int64_t {};
enum class PluginId : std::int64_t {};
enum class PluginVersionId : std::int64_t {};
enum class WorkerId : std::int64_t {};
enum class ApiKeyId : std::int64_t {};
enum class PlacementClassId : std::int64_t {};
enum class CallbackId : std::int64_t {};

// Rises with every claim of a job; a write that carries an older one is refused.
enum class Fence : std::int64_t {};

}  // namespace orc
