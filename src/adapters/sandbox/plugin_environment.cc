#include "adapters/sandbox/plugin_environment.h"

#include <chrono>
#include <iomanip>
#include <sstream>
#include <utility>

#include "adapters/sandbox/plugin_input.h"

namespace orc {
namespace {

std::string hexadecimal(std::uint64_t number) {
  std::ostringstream text;
  text << std::hex << std::setw(16) << std::setfill('0') << number;
  return text.str();
}

}  // namespace

std::map<std::string, std::string> plugin_environment(const PluginRun& run, Timestamp now) {
  const auto job = std::to_underlying(run.job);
  const auto fence = static_cast<std::uint64_t>(std::to_underlying(run.fence));
  const auto deadline = std::chrono::floor<std::chrono::seconds>(now + run.timeout).time_since_epoch().count();
  std::map<std::string, std::string> environment = {
      {"PATH", "/usr/local/bin:/usr/bin:/bin"},
      {"HOME", "/tmp"},
      {"LANG", "C.UTF-8"},
      {"TMPDIR", "/tmp"},
  };
  for (const auto& [name, value] : run.version.spec.env) environment.insert_or_assign(name, value);
  environment.insert_or_assign("ORC_JOB_ID", std::to_string(job));
  environment.insert_or_assign("ORC_ATTEMPT", std::to_string(run.attempt));
  environment.insert_or_assign("ORC_IDEMPOTENCY_KEY", "orc-" + hexadecimal(run.service) + "-" + std::to_string(job));
  environment.insert_or_assign("ORC_DEADLINE", std::to_string(deadline));
  environment.insert_or_assign("ORC_OUTPUT_DIR", std::string(output_folder));
  environment.insert_or_assign("ORC_INPUT_DIR", std::string(input_folder));
  // W3C Trace Context, version 00: one trace for a job, one span for each claim of it. Neither may be all zeros.
  environment.insert_or_assign("TRACEPARENT", "00-" + hexadecimal(run.service) + hexadecimal(static_cast<std::uint64_t>(job)) + "-" +
                                                  hexadecimal(fence + 1) + "-01");
  return environment;
}

}  // namespace orc
