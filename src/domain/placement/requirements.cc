#include "domain/placement/requirements.h"

#include <algorithm>

namespace orc {
namespace {

// One plugin never takes more than half of what a worker holds for all warm ones.
constexpr std::int64_t warm_requests_of_one_max = worker_warm_requests / 2;

// FNV-1a: short, and the same everywhere and for ever.
class Fingerprint {
 public:
  void add(std::string_view bytes) {
    for (const char byte : bytes) hash_ = (hash_ ^ static_cast<unsigned char>(byte)) * 1099511628211U;
    hash_ = (hash_ ^ 0x100U) * 1099511628211U;  // so that where one ends counts
  }
  std::string text() const {
    std::string digits;
    for (int shift = 60; shift >= 0; shift -= 4) digits += "0123456789abcdef"[hash_ >> shift & 15U];
    return digits;
  }

 private:
  std::uint64_t hash_ = 14695981039346656037U;
};

std::string pool_of(const PluginSpec& spec) {
  Fingerprint print;
  print.add(spec.package ? to_hex(*spec.package) : std::string());
  print.add(spec.docker_image_url.value_or(""));
  for (const std::string& word : spec.command) print.add(word);
  return print.text();
}

// As many as its processes serve at once, and as many again that wait, so that none of them runs dry.
WarmNeeds warm_needs_of(const PluginSpec& spec) {
  const std::int64_t served = std::int64_t{spec.warm.processes_max} * spec.warm.in_flight;
  return {.pool = pool_of(spec), .requests_max = std::min(2 * served, warm_requests_of_one_max)};
}

}  // namespace

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

std::int64_t declared_memory_mb(const PluginSpec& spec) { return spec.resources.memory_mb.value_or(spec.limits.memory_mb); }

Requirements requirements_of(const PluginSpec& spec) {
  const PluginResources& declared = spec.resources;
  const int shared_by = spec.mode == PluginMode::warm ? spec.warm.in_flight : 1;
  const std::int64_t memory_mb = declared_memory_mb(spec);
  return {.isolation = spec.isolation.value_or(Isolation::none),
          .runtime = spec.docker_image_url ? Runtime::image : Runtime::folder,
          .resources = {.cpus = declared.cpus.value_or(0) / shared_by,
                        .memory_mb = (memory_mb + shared_by - 1) / shared_by,
                        .gpus = declared.gpus,
                        .custom = declared.custom},
          .worker_labels = spec.worker_labels,
          .warm = spec.mode == PluginMode::warm ? std::optional(warm_needs_of(spec)) : std::nullopt,
          .network = spec.network};
}

}  // namespace orc
