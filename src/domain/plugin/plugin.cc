#include "domain/plugin/plugin.h"

#include <algorithm>

#include "domain/number_range.h"
#include "domain/placement/resources.h"
#include "domain/plugin/image_reference.h"

namespace orc {
namespace {

bool is_number_part(std::string_view part) {
  if (part.empty() || part.size() > 9) return false;
  if (part.size() > 1 && part.front() == '0') return false;
  return std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_environment_name(std::string_view name) {
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9') && std::ranges::all_of(name, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// One of the two, and a word of a command line can be made of it.
void judge_program(const PluginSpec& spec, FaultList& faults) {
  const bool has_image = spec.docker_image_url.has_value();
  const bool has_command = !spec.command.empty();
  const bool both_are_read = faults.is_read({"docker_image_url"}) && faults.is_read({"command"});
  if (both_are_read && has_image && has_command) faults.add({"command"}, "a plugin has either docker_image_url or command, not both");
  if (both_are_read && !has_image && !has_command)
    faults.add({"docker_image_url"}, "a plugin needs either docker_image_url or command, and has neither");
  const auto image = has_image ? parse_image_reference(*spec.docker_image_url) : std::nullopt;
  if (has_image && !image)
    faults.add({"docker_image_url"},
               "is no image reference: [HOST[:PORT]/]path[:TAG][@sha256:DIGEST], the path in lower case, at most 512 bytes");
  // Or else whoever may push the tag decides what has the network that was permitted to something else.
  if (image && image->digest.empty() && spec.network == NetworkAccess::host)
    faults.add({"docker_image_url"}, "has no digest, but with network host a version names its image as path@sha256:DIGEST");
  if (spec.command.size() > 100)
    faults.add({"command"}, "has " + number_text(spec.command.size()) + " arguments, but may have at most 100");
  if (has_command && spec.command.front().empty()) faults.add({"command", 0}, "the name of the program is empty");
  for (std::size_t i = 0; i < spec.command.size(); ++i)
    if (spec.command[i].size() > 4096 || spec.command[i].contains('\0'))
      faults.add({"command", static_cast<std::int64_t>(i)}, "an argument holds no NUL and at most 4096 bytes");
}

void judge_limits(const PluginLimits& limits, FaultList& faults) {
  require_range<std::int64_t>(faults, {"limits", "timeout_seconds"}, limits.timeout.count(), 1, 86'400);
  require_range<std::int64_t>(faults, {"limits", "grace_seconds"}, limits.grace.count(), 0, 300);
  if (limits.queue)
    require_range<std::int64_t>(faults, {"limits", "queue_seconds"}, limits.queue->count(), 1, plugin_queue_time_max.count());
  require_range<std::int64_t>(faults, {"limits", "memory_mb"}, limits.memory_mb, 1, 1'048'576);
  require_range<double>(faults, {"limits", "cpus"}, limits.cpus, 0.01, 1024);
  require_range<int>(faults, {"limits", "pids"}, limits.pids, 1, 32'768);
  require_range<std::int64_t>(faults, {"limits", "output_kb"}, limits.output_kb, 1, 65'536);
  require_range<std::int64_t>(faults, {"limits", "scratch_mb"}, limits.scratch_mb, 0, 65'536);
}

void judge_retry(const RetryPolicy& retry, FaultList& faults) {
  const FieldPlace attempts{"retry", "max_attempts"};
  const FieldPlace backoff{"retry", "backoff_seconds"};
  const bool needs_backoff = faults.is_read(attempts) && retry.attempts_max > 1;
  require_range<int>(faults, attempts, retry.attempts_max, 1, 100);
  if (needs_backoff && retry.backoff.empty()) faults.add(backoff, "is empty, but retry.max_attempts allows a retry");
  if (retry.backoff.size() > 100) faults.add(backoff, "has " + number_text(retry.backoff.size()) + " entries, but may have at most 100");
  const auto is_wait = [](std::chrono::milliseconds wait) { return wait.count() >= 0 && wait.count() <= 86'400'000; };
  if (!std::ranges::all_of(retry.backoff, is_wait)) faults.add(backoff, "at most 100 numbers of seconds from 0 to 86400");
}

void judge_environment(const std::map<std::string, std::string>& env, FaultList& faults) {
  if (env.size() > plugin_environment_entries_max)
    faults.add({"env"}, "has " + number_text(env.size()) + " entries, but may have at most " + number_text(plugin_environment_entries_max));
  for (const auto& [name, value] : env) {
    if (!is_environment_name(name) || name.size() > 100) {
      faults.add({"env", name}, "is no name of a variable: letters, digits and _, no digit first, at most 100");
    } else if (name.starts_with("ORC_") || name == "TRACEPARENT" || name.starts_with("LD_")) {
      faults.add({"env", name}, "is reserved: ORC_*, TRACEPARENT and LD_* are set by the system");
    } else if (value.size() > 32'768 || value.contains('\0')) {
      faults.add({"env", name}, "the value of a variable holds no NUL and at most 32768 bytes");
    }
  }
}

constexpr auto name_rule = "is no name: 1 to 63 letters, digits and . _ - /, a letter or a digit first";

void judge_placement(const PluginSpec& spec, FaultList& faults) {
  const PluginResources& resources = spec.resources;
  if (resources.cpus) require_range<double>(faults, {"resources", "cpus"}, *resources.cpus, 0.01, placement_cpus_max);
  if (resources.memory_mb)
    require_range<std::int64_t>(faults, {"resources", "memory_mb"}, *resources.memory_mb, 0, placement_memory_mb_max);
  require_range<std::int64_t>(faults, {"resources", "gpus"}, resources.gpus, 0, placement_gpus_max);
  const auto too_many = [](std::size_t count) {
    return "has " + number_text(count) + " entries, but may have at most " + number_text(placement_names_max);
  };
  if (resources.custom.size() > placement_names_max) faults.add({"resources", "custom"}, too_many(resources.custom.size()));
  for (const auto& [name, amount] : resources.custom) {
    if (!is_placement_name(name)) faults.add({"resources", "custom", name}, name_rule);
    require_range<std::int64_t>(faults, {"resources", "custom", name}, amount, 1, placement_custom_amount_max);
  }
  if (spec.worker_labels.size() > placement_names_max) faults.add({"worker_labels"}, too_many(spec.worker_labels.size()));
  for (const auto& [name, value] : spec.worker_labels)
    if (!is_placement_name(name) || !is_placement_name(value)) faults.add({"worker_labels", name}, name_rule);
}

}  // namespace

bool is_plugin_name(std::string_view text) {
  return !text.empty() && text.size() <= plugin_name_length_max &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool is_plugin_version(std::string_view text) {
  const auto first = text.find('.');
  if (first == std::string_view::npos) return false;
  const auto second = text.find('.', first + 1);
  if (second == std::string_view::npos) return false;
  return is_number_part(text.substr(0, first)) && is_number_part(text.substr(first + 1, second - first - 1)) &&
         is_number_part(text.substr(second + 1));
}

void judge(const PluginSpec& spec, FaultList& faults) {
  judge_program(spec, faults);
  judge_limits(spec.limits, faults);
  judge_retry(spec.retry, faults);
  judge_environment(spec.env, faults);
  judge_placement(spec, faults);
  judge(spec.warm, faults);
}

}  // namespace orc
