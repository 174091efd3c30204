#include "domain/placement/requirements.h"

namespace orc {

std::string_view to_word(Runtime runtime) {
  switch (runtime) {
    case Runtime::folder:
      return "folder";
    case Runtime::image:
      return "image";
  }
  return {};
}

std::optional<Runtime> runtime_from_word(std::string_view word) {
  for (const Runtime runtime : {Runtime::folder, Runtime::image})
    if (to_word(runtime) == word) return runtime;
  return {};
}

Requirements requirements_of(const PluginSpec& spec) {
  const PluginResources& declared = spec.resources;
  return {.isolation = spec.isolation.value_or(Isolation::none),
          .runtime = spec.docker_image_url ? Runtime::image : Runtime::folder,
          .resources = {.cpus = declared.cpus.value_or(0),
                        .memory_mb = declared.memory_mb.value_or(spec.limits.memory_mb),
                        .gpus = declared.gpus,
                        .custom = declared.custom},
          .worker_labels = spec.worker_labels};
}

}  // namespace orc
