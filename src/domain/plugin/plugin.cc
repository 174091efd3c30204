#include "domain/plugin/plugin.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace orc {
namespace {

bool is_number_part(std::string_view part) {
  if (part.empty() || part.size() > 9) return false;
  if (part.size() > 1 && part.front() == '0') return false;
  return std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
}

template <typename T>
std::string number(T value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.begin(), text.end(), value).ptr};
}

template <typename T>
Result<void> in_range(std::string_view field, T value, T low, T high) {
  if (value >= low && value <= high) return {};
  return fail(ErrorCode::invalid_argument,
              std::string(field) + " is " + number(value) + ", but must be from " + number(low) + " to " + number(high));
}

bool is_environment_name(std::string_view name) {
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9') && std::ranges::all_of(name, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// An image reference as registries spell it, without anything that a command line could take for an option.
bool is_image_reference(std::string_view text) {
  if (text.empty() || text.size() > 512 || text.front() == '-' || text.front() == '/' || text.front() == '.') return false;
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("._-/:@").contains(c);
  });
}

Result<void> check_limits(const PluginLimits& limits) {
  const Result<void> checks[] = {
      in_range<std::int64_t>("limits.timeout_seconds", limits.timeout.count(), 1, 86'400),
      in_range<std::int64_t>("limits.grace_seconds", limits.grace.count(), 0, 300),
      in_range<std::int64_t>("limits.memory_mb", limits.memory_mb, 1, 1'048'576),
      in_range<double>("limits.cpus", limits.cpus, 0.01, 1024),
      in_range<int>("limits.pids", limits.pids, 1, 32'768),
      in_range<std::int64_t>("limits.output_kb", limits.output_kb, 1, 65'536),
      in_range<std::int64_t>("limits.scratch_mb", limits.scratch_mb, 0, 65'536),
  };
  for (const auto& result : checks)
    if (!result) return result;
  return {};
}

Result<void> check_retry(const RetryPolicy& retry) {
  if (auto good = in_range<int>("retry.max_attempts", retry.attempts_max, 1, 100); !good) return good;
  if (retry.backoff.size() > 100) return fail(ErrorCode::invalid_argument, "retry.backoff_seconds has more than 100 entries");
  for (const auto wait : retry.backoff)
    if (auto good = in_range<std::int64_t>("retry.backoff_seconds (in milliseconds)", wait.count(), 0, 86'400'000); !good) return good;
  if (retry.attempts_max > 1 && retry.backoff.empty())
    return fail(ErrorCode::invalid_argument, "retry.backoff_seconds is empty, but retry.max_attempts allows a retry");
  return {};
}

Result<void> check_environment(const std::map<std::string, std::string>& env) {
  if (env.size() > 100) return fail(ErrorCode::invalid_argument, "env has more than 100 entries");
  for (const auto& [name, value] : env) {
    if (!is_environment_name(name) || name.size() > 100)
      return fail(ErrorCode::invalid_argument, "env has \"" + name.substr(0, 100) + "\", which is no name of a variable");
    if (name.starts_with("ORC_") || name == "TRACEPARENT" || name.starts_with("LD_"))
      return fail(ErrorCode::invalid_argument, "env." + name + " is reserved: ORC_*, TRACEPARENT and LD_* are set by the system");
    if (value.size() > 32'768 || value.contains('\0'))
      return fail(ErrorCode::invalid_argument, "env." + name + " holds a NUL or more than 32768 bytes");
  }
  return {};
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

Result<void> check(const PluginSpec& spec) {
  const bool has_image = spec.docker_image_url.has_value();
  if (has_image == !spec.command.empty())
    return fail(ErrorCode::invalid_argument, "a plugin needs either docker_image_url or command, not both and not neither");
  if (has_image && !is_image_reference(*spec.docker_image_url))
    return fail(ErrorCode::invalid_argument, "docker_image_url is no image reference: letters, digits and . _ - / : @ only, at most 512");
  if (spec.command.size() > 100) return fail(ErrorCode::invalid_argument, "command has more than 100 arguments");
  for (const auto& argument : spec.command)
    if (argument.size() > 4096 || argument.contains('\0'))
      return fail(ErrorCode::invalid_argument, "command has an argument with a NUL or more than 4096 bytes");
  if (!spec.command.empty() && spec.command.front().empty())
    return fail(ErrorCode::invalid_argument, "command starts with an empty argument");
  if (auto good = check_limits(spec.limits); !good) return good;
  if (auto good = check_retry(spec.retry); !good) return good;
  return check_environment(spec.env);
}

}  // namespace orc
