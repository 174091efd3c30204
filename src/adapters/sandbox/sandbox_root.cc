#include "adapters/sandbox/sandbox_root.h"

#include <array>
#include <fstream>

#include "adapters/sandbox/run_places.h"

namespace orc {
namespace {

namespace fs = std::filesystem;

struct EtcFile {
  const char* name;
  const char* text;
};

constexpr std::array etc_files = {
    EtcFile{"passwd", "plugin:x:1000:1000:plugin:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n"},
    EtcFile{"group", "plugin:x:1000:\nnogroup:x:65534:\n"},
    EtcFile{"hosts", "127.0.0.1 localhost\n::1 localhost\n"},
    EtcFile{"nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"},
};

// In place of the one above where names are asked for over the network. It has a name of its own in the root, to be mounted from there.
constexpr EtcFile networked_names{.name = "nsswitch.network", .text = "passwd: files\ngroup: files\nhosts: files dns\n"};
constexpr const char* names_file = "/etc/nsswitch.conf";

constexpr std::array resolver_files = {"/etc/resolv.conf", "/etc/hosts"};
// Where the distributions keep what is trusted; never a folder that holds private keys too.
constexpr std::array certificate_folders = {"/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted",
                                            "/etc/ca-certificates/extracted"};

// On a host with a merged /usr these are links; on others, folders.
constexpr std::array system_folders = {"bin", "sbin", "lib", "lib32", "lib64", "libx32"};
constexpr std::array devices = {"null", "zero", "full", "random", "urandom"};

void write_file(const fs::path& file, const char* text) {
  std::ofstream out(file);
  out << text;
  out.close();
  if (!out) throw fs::filesystem_error("cannot write", file, std::make_error_code(std::errc::io_error));
}

void make_devices(const fs::path& folder, std::vector<SandboxMount>& mounts) {
  const fs::path dev = folder / "dev";
  fs::create_directory(dev);
  for (const char* name : devices) {
    write_file(dev / name, "");
    mounts.push_back({fs::path("/dev") / name, std::string("/dev/") + name, MountKind::device});
  }
  fs::create_symlink("/proc/self/fd", dev / "fd");
  fs::create_symlink("/proc/self/fd/0", dev / "stdin");
  fs::create_symlink("/proc/self/fd/1", dev / "stdout");
  fs::create_symlink("/proc/self/fd/2", dev / "stderr");
  fs::create_symlink("/tmp", dev / "shm");  // shared memory counts as scratch space
}

void make_system_folders(const fs::path& folder, std::vector<SandboxMount>& mounts) {
  fs::create_directory(folder / "usr");
  mounts.push_back({"/usr", "/usr", MountKind::read_only});
  for (const char* name : system_folders) {
    const fs::path of_host = fs::path("/") / name;
    if (fs::is_symlink(of_host)) {
      fs::create_symlink(fs::read_symlink(of_host), folder / name);
    } else if (fs::is_directory(of_host)) {
      fs::create_directory(folder / name);
      mounts.push_back({of_host, of_host.string(), MountKind::read_only});
    }
  }
}

void make_etc(const fs::path& folder, std::vector<SandboxMount>& mounts) {
  const fs::path etc = folder / "etc";
  fs::create_directory(etc);
  for (const EtcFile& file : etc_files) write_file(etc / file.name, file.text);
  write_file(etc / networked_names.name, networked_names.text);
  write_file(etc / "resolv.conf", "");
  for (const char* place : certificate_folders) fs::create_directories(folder / (place + 1));
  if (fs::exists("/etc/ld.so.cache")) {
    write_file(etc / "ld.so.cache", "");
    mounts.push_back({"/etc/ld.so.cache", "/etc/ld.so.cache", MountKind::read_only});
  }
  if (fs::is_directory("/etc/alternatives")) {
    fs::create_directory(etc / "alternatives");
    mounts.push_back({"/etc/alternatives", "/etc/alternatives", MountKind::read_only});
  }
}

// Runs are others than who made it, whatever the umask is.
void open_to_everybody(const fs::path& folder) {
  fs::permissions(folder, fs::perms(0755));
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (!entry.is_symlink()) fs::permissions(entry.path(), entry.is_directory() ? fs::perms(0755) : fs::perms(0644));
}

void add_if_there(const char* name, std::vector<SandboxMount>& mounts) {
  std::error_code ignored;
  if (fs::exists(name, ignored)) mounts.push_back({name, name, MountKind::read_only});
}

}  // namespace

std::vector<std::string> network_file_names() {
  std::vector<std::string> names(resolver_files.begin(), resolver_files.end());
  names.emplace_back(names_file);
  names.insert(names.end(), certificate_folders.begin(), certificate_folders.end());
  return names;
}

std::vector<SandboxMount> network_files(const fs::path& root) {
  std::vector<SandboxMount> mounts = {{root / "etc" / networked_names.name, names_file, MountKind::read_only}};
  for (const char* name : resolver_files) add_if_there(name, mounts);
  for (const char* name : certificate_folders) add_if_there(name, mounts);
  return mounts;
}

// Only on what is a real file in a real folder: on a link something of the host would be covered.
std::vector<SandboxMount> network_files_of_image(const fs::path& root) {
  std::vector<SandboxMount> mounts;
  std::error_code ignored;
  if (fs::symlink_status(root / "etc", ignored).type() != fs::file_type::directory) return mounts;
  for (const char* name : resolver_files)
    if (fs::symlink_status(root / (name + 1), ignored).type() == fs::file_type::regular) add_if_there(name, mounts);
  return mounts;
}

Result<std::vector<SandboxMount>> make_sandbox_root(const fs::path& folder) {
  try {
    fs::remove_all(folder);
    fs::create_directories(folder);
    std::vector<SandboxMount> mounts = {{folder, "/", MountKind::read_only}};
    fs::create_directory(folder / "proc");
    const RunPlaces places;
    for (const std::string* place : {&places.package, &places.input, &places.output, &places.scratch})
      fs::create_directory(folder / place->substr(1));
    make_system_folders(folder, mounts);
    make_etc(folder, mounts);
    make_devices(folder, mounts);
    open_to_everybody(folder);
    return mounts;
  } catch (const fs::filesystem_error& error) {
    return fail(ErrorCode::unavailable, std::string("cannot make the root of the sandboxes: ") + error.what());
  }
}

}  // namespace orc
