#include "adapters/package/plugin_limits_reader.h"

#include <cmath>

namespace orc {
namespace {

template <typename Number>
void set(Number& limit, std::optional<std::int64_t> value) {
  if (value) limit = static_cast<Number>(*value);
}

void set(std::chrono::seconds& limit, std::optional<std::int64_t> value) {
  if (value) limit = std::chrono::seconds{*value};
}

std::optional<std::vector<std::chrono::milliseconds>> read_backoff(FieldReader& fields) {
  const auto list = fields.optional_array("backoff_seconds");
  if (!list) return std::nullopt;
  std::vector<std::chrono::milliseconds> backoff;
  for (const auto wait : list->elements()) {
    const auto seconds = wait.as_double();
    if (!seconds || *seconds < 0 || *seconds > 86'400 || backoff.size() == 100) {
      fields.add_fault("backoff_seconds", "at most 100 numbers of seconds from 0 to 86400");
      return std::nullopt;
    }
    backoff.emplace_back(std::llround(*seconds * 1000));
  }
  return backoff;
}

}  // namespace

void read_plugin_limits(FieldReader& body, PluginLimits& limits, std::vector<FieldFault>& faults) {
  const auto object = body.optional_object("limits");
  if (!object) return;
  FieldReader fields(*object, {"limits"});
  set(limits.timeout, fields.optional_integer("timeout_seconds", {.min = 1, .max = 86'400}));
  set(limits.grace, fields.optional_integer("grace_seconds", {.min = 0, .max = 300}));
  set(limits.memory_mb, fields.optional_integer("memory_mb", {.min = 1, .max = 1'048'576}));
  if (const auto cpus = fields.optional_number("cpus", 0.01, 1024)) limits.cpus = *cpus;
  set(limits.pids, fields.optional_integer("pids", {.min = 1, .max = 32'768}));
  set(limits.output_kb, fields.optional_integer("output_kb", {.min = 1, .max = 65'536}));
  set(limits.scratch_mb, fields.optional_integer("scratch_mb", {.min = 0, .max = 65'536}));
  if (fields.is_null("queue_seconds")) limits.queue.reset();
  if (const auto seconds = fields.optional_integer("queue_seconds", {.min = 1, .max = plugin_queue_time_max.count()}))
    limits.queue = std::chrono::seconds{*seconds};
  fields.move_faults_to(faults);
}

void read_retry_policy(FieldReader& body, RetryPolicy& retry, std::vector<FieldFault>& faults) {
  const auto object = body.optional_object("retry");
  if (!object) return;
  FieldReader fields(*object, {"retry"});
  set(retry.attempts_max, fields.optional_integer("max_attempts", {.min = 1, .max = 100}));
  if (auto backoff = read_backoff(fields)) retry.backoff = std::move(*backoff);
  fields.move_faults_to(faults);
}

}  // namespace orc
