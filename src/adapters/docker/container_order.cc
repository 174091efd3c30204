#include "adapters/docker/container_order.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "adapters/docker/engine_words.h"
#include "adapters/docker/seccomp_profile.h"
#include "adapters/json/json_writer.h"
#include "adapters/sandbox/plugin_environment.h"
#include "adapters/sandbox/plugin_input.h"

namespace orc {
namespace {

constexpr std::int64_t mebibyte = std::int64_t{1} << 20;
constexpr std::string_view user = "65534:65534";  // nobody, as Linux has it: root of no image and of no host
constexpr std::int64_t open_files_max = 1024;
constexpr std::size_t owner_in_name = 12;
constexpr std::string_view launcher_inside = "/.orc-launch";

template <typename Texts>
void write_texts(JsonWriter& json, std::string_view key, const Texts& texts) {
  json.key(key).begin_array();
  for (const auto& text : texts) json.value(text);
  json.end_array();
}

std::map<std::string, std::string> environment_of(const EngineImage& image) {
  std::map<std::string, std::string> environment;
  for (const std::string& entry : image.environment)
    if (const auto sign = entry.find('='); sign != std::string::npos)
      environment.insert_or_assign(entry.substr(0, sign), entry.substr(sign + 1));
  return environment;
}

bool is_absolute_path(const std::string& path) {
  return path.size() > 1 && path.size() < 4096 && path.front() == '/' && !path.contains(':') && !path.contains('\0') &&
         !path.contains("/../") && !path.ends_with("/..");
}

// Everything that may be written is memory with a size, which counts as the run's: the image's volumes too would otherwise be folders of
// the host without one.
std::set<std::string> writable_folders(const EngineImage& image) {
  std::set<std::string> folders(image.volumes.begin(), image.volumes.end());
  folders.insert({RunPlaces().scratch, RunPlaces().output});
  folders.erase(RunPlaces().input);
  return folders;
}

void write_limits(JsonWriter& json, const PluginLimits& limits, const ContainerGift& gift) {
  json.member("Memory", limits.memory_mb * mebibyte);
  json.member("MemorySwap", limits.memory_mb * mebibyte);                   // of both together: no swap
  json.member("PidsLimit", limits.pids + (gift.launcher.empty() ? 0 : 1));  // what is ours is not the plugin's
  json.member("NanoCpus", static_cast<std::int64_t>(limits.cpus * 1e9));
  json.key("Ulimits").begin_array();
  for (const auto& [name, most] : {std::pair("nofile", open_files_max), std::pair("core", std::int64_t{0})}) {
    json.begin_object();
    json.member("Name", name);
    json.member("Soft", most);
    json.member("Hard", most);
    json.end_object();
  }
  json.end_array();
}

// In Docker's words a "bind" is a file of the host's.
void write_launcher_mount(JsonWriter& json, const std::string& launcher) {
  json.begin_object();
  json.member("Type", "bind");
  json.member("Source", launcher);
  json.member("Target", launcher_inside);
  json.member("ReadOnly", true);
  json.end_object();
}

// A volume of this container alone: the one folder of a read-only container that the engine lets us put files into. Only root may write.
void write_input_mount(JsonWriter& json) {
  json.begin_object();
  json.member("Type", "volume");
  json.member("Target", RunPlaces().input);
  json.key("VolumeOptions").begin_object();
  json.member("NoCopy", true);
  json.end_object();
  json.end_object();
}

void write_folders(JsonWriter& json, const EngineImage& image, const PluginLimits& limits, const ContainerGift& gift) {
  // A size of 0 would be none to the kernel.
  const std::int64_t scratch = std::max<std::int64_t>(limits.scratch_mb * mebibyte, 4096);
  json.member("ReadonlyRootfs", true);
  json.member("ShmSize", scratch);
  json.key("Tmpfs").begin_object();
  for (const std::string& folder : writable_folders(image))
    json.member(folder, "rw,nosuid,nodev,exec,mode=1777,nr_inodes=65536,size=" + std::to_string(scratch));
  json.end_object();
  json.key("Mounts").begin_array();
  if (gift.files == InputFiles::some) write_input_mount(json);
  if (!gift.launcher.empty()) write_launcher_mount(json, gift.launcher);
  json.end_array();
}

void write_host_config(JsonWriter& json, const EngineImage& image, const PluginSpec& spec, const ContainerGift& gift) {
  json.key("HostConfig").begin_object();
  write_limits(json, spec.limits, gift);
  write_folders(json, image, spec.limits, gift);
  json.member("Init", false);  // an engine may put a process of its own in front by default
  json.member("NetworkMode", spec.network == NetworkAccess::none ? "none" : "host");
  json.member("IpcMode", "private");
  json.member("Privileged", false);
  json.key("CapDrop").begin_array();
  json.value("ALL");
  json.end_array();
  json.key("SecurityOpt").begin_array();
  json.value("no-new-privileges");
  json.value("seccomp=" + docker_seccomp_profile(spec.network));
  json.end_array();
  json.key("RestartPolicy").begin_object();
  json.member("Name", "no");
  json.end_object();
  // The engine would keep all that a plugin writes on its disk; we take it from the stream.
  json.key("LogConfig").begin_object();
  json.member("Type", "none");
  json.end_object();
  json.end_object();
}

void write_labels(JsonWriter& json, const PluginRun& run, const ContainerMark& mark) {
  json.key("Labels").begin_object();
  json.member("orc.service", std::to_string(run.service));
  json.member("orc.job", std::to_string(std::to_underlying(run.job)));
  json.member("orc.fence", std::to_string(std::to_underlying(run.fence)));
  json.member(owner_label, mark.owner);
  json.end_object();
}

}  // namespace

ContainerMark container_mark(const std::string& owner, const PluginRun& run) {
  return {.owner = owner,
          .name = "orc-" + owner.substr(0, owner_in_name) + "-" + std::to_string(std::to_underlying(run.job)) + "-" +
                  std::to_string(std::to_underlying(run.fence))};
}

Result<std::string> container_order(const PluginRun& run, const EngineImage& image, const ContainerMark& mark, const ContainerGift& gift,
                                    Timestamp now) {
  if (image.entrypoint.empty() && image.command.empty())
    return fail(ErrorCode::invalid_argument, "the image names no program: it has neither ENTRYPOINT nor CMD");
  for (const std::string& volume : image.volumes)
    if (!is_absolute_path(volume))
      return fail(ErrorCode::invalid_argument, "the image has a VOLUME that is no path: " + bounded_words(volume));
  // Contract section 2: with an ENTRYPOINT the document is its argument in place of CMD, otherwise it is appended to CMD. Both are said
  // here, since the engine would put the image's own CMD where it finds none.
  std::vector<std::string> program = image.entrypoint.empty() ? image.command : image.entrypoint;
  std::vector<std::string> arguments(program.begin() + 1, program.end());
  program.resize(1);
  if (gift.input.size() <= argument_bytes_max) arguments.emplace_back(gift.input);
  if (!gift.launcher.empty()) {
    arguments.insert(arguments.begin(), {"--inside", RunPlaces().output, program.front()});
    program.front() = launcher_inside;
  }
  std::vector<std::string> environment;
  for (const auto& [name, value] : plugin_environment(run, RunPlaces(), environment_of(image), now))
    environment.push_back(name + "=" + value);

  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("Image", image.id);
  write_texts(json, "Entrypoint", program);
  write_texts(json, "Cmd", arguments);
  write_texts(json, "Env", environment);
  json.member("User", user);
  json.member("Hostname", "plugin");
  for (const std::string_view wanted : {"OpenStdin", "StdinOnce", "AttachStdin", "AttachStdout", "AttachStderr"}) json.member(wanted, true);
  json.member("NetworkDisabled", run.version.spec.network == NetworkAccess::none);
  json.member("Tty", false);
  json.key("Healthcheck").begin_object();
  json.key("Test").begin_array();
  json.value("NONE");
  json.end_array();
  json.end_object();
  write_labels(json, run, mark);
  write_host_config(json, image, run.version.spec, gift);
  json.end_object();
  return body;
}

std::string order_that_asks_for(const std::string& file) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("Image", "sha256:" + std::string(64, '0'));
  json.key("HostConfig").begin_object();
  json.key("Mounts").begin_array();
  write_launcher_mount(json, file);
  json.end_array();
  json.end_object();
  json.end_object();
  return body;
}

}  // namespace orc
