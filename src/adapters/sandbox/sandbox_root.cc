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
  if (fs::exists("/etc/ld.so.cache")) {
    write_file(etc / "ld.so.cache", "");
    mounts.push_back({"/etc/ld.so.cache", "/etc/ld.so.cache", MountKind::read_only});
  }
  if (fs::is_directory("/etc/alternatives")) {
    fs::create_directory(etc / "alternatives");
    mounts.push_back({"/etc/alternatives", "/etc/alternatives", MountKind::read_only});
  }
}

}  // namespace

Result<std::vector<SandboxMount>> make_sandbox_root(const fs::path& folder) {
  try {
    fs::remove_all(folder);
    fs::create_directories(folder);
    fs::permissions(folder, fs::perms(0755));
    std::vector<SandboxMount> mounts = {{folder, "/", MountKind::read_only}};
    fs::create_directory(folder / "proc");
    const RunPlaces places;
    for (const std::string* place : {&places.package, &places.input, &places.output, &places.scratch})
      fs::create_directory(folder / place->substr(1));
    make_system_folders(folder, mounts);
    make_etc(folder, mounts);
    make_devices(folder, mounts);
    return mounts;
  } catch (const fs::filesystem_error& error) {
    return fail(ErrorCode::unavailable, std::string("cannot make the root of the sandboxes: ") + error.what());
  }
}

}  // namespace orc
