#include "adapters/sandbox/plugin_environment.h"

#include <array>
#include <chrono>
#include <string_view>
#include <utility>

#include "adapters/json/json_writer.h"

namespace orc {
namespace {

std::string hexadecimal(std::uint64_t number) {
  std::string digits(16, '0');
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, number >>= 4) *digit = "0123456789abcdef"[number & 15U];
  return digits;
}

std::map<std::string, std::string> lasting_variables(const PluginSpec& spec, const RunPlaces& places,
                                                     const std::map<std::string, std::string>& of_image) {
  std::map<std::string, std::string> environment = {
      {"PATH", "/usr/local/bin:/usr/bin:/bin"},
      {"HOME", places.scratch},
      {"LANG", "C.UTF-8"},
      {"TMPDIR", places.scratch},
  };
  for (const auto& [name, value] : of_image) environment.insert_or_assign(name, value);
  for (const auto& [name, value] : spec.env) environment.insert_or_assign(name, value);
  return environment;
}

using RunVariables = std::array<std::pair<std::string_view, std::string>, 5>;

RunVariables variables_of(const PluginRun& run, Timestamp now) {
  const auto job = std::to_underlying(run.job);
  const auto fence = static_cast<std::uint64_t>(std::to_underlying(run.fence));
  const auto deadline = std::chrono::floor<std::chrono::seconds>(now + run.timeout).time_since_epoch().count();
  const std::string service = hexadecimal(run.service);
  return {{{"ORC_JOB_ID", std::to_string(job)},
           {"ORC_ATTEMPT", std::to_string(run.attempt)},
           {"ORC_IDEMPOTENCY_KEY", "orc-" + service + "-" + std::to_string(job)},
           {"ORC_DEADLINE", std::to_string(deadline)},
           // W3C Trace Context, version 00: one trace for a job, one span for each claim of it. Neither may be all zeros.
           {"TRACEPARENT", "00-" + service + hexadecimal(static_cast<std::uint64_t>(job)) + "-" + hexadecimal(fence + 1) + "-01"}}};
}

}  // namespace

std::map<std::string, std::string> plugin_environment(const PluginRun& run, const RunPlaces& places,
                                                      const std::map<std::string, std::string>& of_image, Timestamp now) {
  std::map<std::string, std::string> environment = lasting_variables(run.version.spec, places, of_image);
  for (auto& [name, value] : variables_of(run, now)) environment.insert_or_assign(std::string(name), std::move(value));
  environment.insert_or_assign("ORC_OUTPUT_DIR", places.output);
  environment.insert_or_assign("ORC_INPUT_DIR", places.input);
  return environment;
}

std::map<std::string, std::string> warm_environment(const PluginSpec& spec, const RunPlaces& places,
                                                    const std::map<std::string, std::string>& of_image) {
  std::map<std::string, std::string> environment = lasting_variables(spec, places, of_image);
  environment.insert_or_assign("ORC_MODE", "warm");
  return environment;
}

std::string run_context(const PluginRun& run, const RequestPlaces& places, Timestamp now) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  for (const auto& [name, value] : variables_of(run, now)) json.member(name, value);
  if (!places.input.empty()) json.member("ORC_INPUT_DIR", places.input);
  if (!places.output.empty()) json.member("ORC_OUTPUT_DIR", places.output);
  json.end_object();
  return text;
}

}  // namespace orc
