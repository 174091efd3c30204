#include "adapters/sandbox/direct_command.h"

#include <array>
#include <string_view>
#include <unistd.h>

#include "adapters/sandbox/launch_words.h"

namespace orc {
namespace {

struct NamedFile {
  std::string_view path;
  std::string_view access;
};

// What a program needs of its host, and no more: nothing of /etc but how libraries are found, nothing of /proc but its own part.
constexpr std::array named_files = {
    NamedFile{"/usr", "read"},
    NamedFile{"/bin", "read"},
    NamedFile{"/sbin", "read"},
    NamedFile{"/lib", "read"},
    NamedFile{"/lib32", "read"},
    NamedFile{"/lib64", "read"},
    NamedFile{"/libx32", "read"},
    NamedFile{"/etc/ld.so.cache", "read"},
    NamedFile{"/etc/alternatives", "read"},
    NamedFile{"/proc/self", "read"},
    NamedFile{"/proc/cpuinfo", "read"},
    NamedFile{"/proc/meminfo", "read"},
    NamedFile{"/dev/null", "device"},
    NamedFile{"/dev/zero", "device"},
    NamedFile{"/dev/full", "device"},
    NamedFile{"/dev/random", "device"},
    NamedFile{"/dev/urandom", "device"},
};

void add_access(LaunchWords& words, const DirectPlan& plan) {
  const RunPlaces& places = plan.places;
  for (const NamedFile& file : named_files) words.add({"--access", file.path, file.access});
  if (plan.network == NetworkAccess::host) {
    words.add({"--host-network"});
    for (const std::string& file : network_file_names()) words.add({"--access", file, "read"});
  }
  for (const std::string* place : {&places.package, &places.input}) words.add({"--access", *place, "read"});
  for (const std::string* place : {&places.scratch, &places.output}) words.add({"--access", *place, "write"});
}

}  // namespace

LaunchCommand make_direct_command(const DirectPlan& plan) {
  LaunchWords words;
  words.add({plan.launcher.native(), "--parent", std::to_string(getpid())});
  for (const auto& file : plan.cgroup_files) words.add({"--cgroup", file.native()});
  if (!plan.memory_events.empty()) words.add({"--memory-events", plan.memory_events.native()});
  words.add_plain_limits(plan.scratch_mb);
  words.limit("data", plan.memory_mb * mebibyte);
  if (plan.own_id) words.limit("nproc", plan.pids);
  if (plan.own_id) words.add({"--id", std::to_string(*plan.own_id)});
  words.add({"--direct", plan.places.package});
  if (plan.group) words.add({"--group", std::to_string(*plan.group)});
  if (!plan.own_id) words.add({"--processes", std::to_string(plan.pids)});
  if (plan.only_named_files) add_access(words, plan);
  words.add({"--memory", std::to_string(plan.memory_mb * mebibyte)});
  for (const std::string* place : {&plan.places.scratch, &plan.places.output})
    words.add({"--scratch", *place, std::to_string(plan.scratch_mb * mebibyte)});
  words.add({"--collect", plan.places.output});
  words.add({"--"});
  words.list.insert(words.list.end(), plan.command.begin(), plan.command.end());
  std::string environment = "PWD=" + plan.places.package + '\0';
  for (const auto& [name, value] : plan.environment) environment.append(name).append("=").append(value).push_back('\0');
  return {.arguments = std::move(words.list), .sandbox_arguments = std::move(environment)};
}

}  // namespace orc
