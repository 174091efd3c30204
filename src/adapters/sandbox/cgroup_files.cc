#include "adapters/sandbox/cgroup_files.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace orc {

std::string read_kernel_file(const std::filesystem::path& file) {
  const FileDescriptor descriptor(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!descriptor.is_open()) return text;
  std::array<char, 4096> part;
  for (;;) {
    const ssize_t size = read(descriptor.get(), part.data(), part.size());
    if (size <= 0) return text;
    text.append(part.data(), static_cast<std::size_t>(size));
  }
}

FileDescriptor open_counter(const std::filesystem::path& file) {
  FileDescriptor counter(open(file.c_str(), O_RDWR | O_CLOEXEC));
  return counter.is_open() ? std::move(counter) : FileDescriptor(open(file.c_str(), O_RDONLY | O_CLOEXEC));
}

std::string read_counter(const FileDescriptor& counter) {
  std::array<char, 2048> text;
  const ssize_t size = pread(counter.get(), text.data(), text.size(), 0);
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

bool reset_counter(const FileDescriptor& counter) { return pwrite(counter.get(), "0", 1, 0) == 1; }

Result<void> write_kernel_file(const std::filesystem::path& file, std::string_view text) {
  const FileDescriptor descriptor(open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (descriptor.is_open() && write(descriptor.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())) return {};
  return fail(ErrorCode::unavailable, "cannot write " + std::string(text) + " to " + file.string() + ": " + std::strerror(errno));
}

std::optional<std::int64_t> leading_number(std::string_view text) {
  std::int64_t number = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc{}) return {};
  return number;
}

std::optional<std::int64_t> number_behind(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ' ') continue;
    std::int64_t number = 0;
    if (std::from_chars(line.data() + key.size() + 1, line.data() + line.size(), number).ec == std::errc{}) return number;
  }
  return {};
}

bool kill_members(const std::filesystem::path& folder) {
  const std::string text = read_kernel_file(folder / "cgroup.procs");
  const char* next = text.data();
  const char* end = text.data() + text.size();
  while (next < end) {
    pid_t process = 0;
    const auto number = std::from_chars(next, end, process);
    if (number.ec == std::errc{} && process > 1) kill(process, SIGKILL);
    next = number.ptr + 1;
  }
  return text.empty();
}

bool remove_cgroup(const std::filesystem::path& folder) {
  std::error_code ignored;
  std::vector<std::filesystem::path> inner;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
    if (entry.is_directory(ignored)) inner.push_back(entry.path());
  for (const auto& path : inner) remove_cgroup(path);
  kill_members(folder);
  return rmdir(folder.c_str()) == 0 || errno == ENOENT;
}

}  // namespace orc
