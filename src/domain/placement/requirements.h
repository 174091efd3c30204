#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "domain/job/attempt.h"
#include "domain/placement/resources.h"
#include "domain/plugin/plugin.h"

namespace orc {

// How many requests to warm processes a worker holds at most: enough to keep any process busy over the time of a commit, and few enough
// that their inputs are no burden.
inline constexpr std::int64_t worker_warm_requests = 512;

// What a plugin's program is: a folder that was uploaded, or a container image.
enum class Runtime : std::uint8_t { folder, image };

std::string_view to_word(Runtime runtime);
std::optional<Runtime> runtime_from_word(std::string_view word);

// Of a run of mode `warm`: which processes could serve it, and how many such runs one worker may hold, running and waiting for a process.
struct WarmNeeds {
  std::string pool;  // the same for the runs that one program serves
  std::int64_t requests_max = 1;
  bool operator==(const WarmNeeds&) const = default;
};

// What a run needs of the worker that it goes to. Jobs with equal requirements are of one placement class.
struct Requirements {
  Isolation isolation = Isolation::none;  // at least
  Runtime runtime = Runtime::folder;
  Resources resources;                               // for as long as it runs
  std::map<std::string, std::string> worker_labels;  // that the worker must carry, each with this value
  std::optional<WarmNeeds> warm;                     // empty: it has a process of its own, and takes up a slot
  NetworkAccess network = NetworkAccess::none;       // that the worker must give
  bool operator==(const Requirements&) const = default;
};

// What follows from a plugin's spec (docs/placement.md): memory is what a run may use unless said otherwise; cpus count only if declared,
// since a time share can be shared. Of a warm process each of the requests that it serves at once takes up its part.
Requirements requirements_of(const PluginSpec& spec);

// What one of its processes takes up of a worker's memory.
std::int64_t declared_memory_mb(const PluginSpec& spec);

}  // namespace orc
