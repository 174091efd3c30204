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

// What a plugin's program is: a folder that was uploaded, or a container image.
enum class Runtime : std::uint8_t { folder, image };

std::string_view to_word(Runtime runtime);
std::optional<Runtime> runtime_from_word(std::string_view word);

// What a run needs of the worker that it goes to. Jobs with equal requirements are of one placement class.
struct Requirements {
  Isolation isolation = Isolation::none;  // at least
  Runtime runtime = Runtime::folder;
  Resources resources;                               // for as long as it runs
  std::map<std::string, std::string> worker_labels;  // that the worker must carry, each with this value
  bool operator==(const Requirements&) const = default;
};

// What follows from a plugin's spec (docs/placement.md): memory is what a run may use unless said otherwise; cpus count only if declared,
// since a time share can be shared.
Requirements requirements_of(const PluginSpec& spec);

}  // namespace orc
