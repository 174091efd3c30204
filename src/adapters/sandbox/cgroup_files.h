#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/system/file_descriptor.h"
#include "domain/result.h"

namespace orc {

// The whole of a small kernel file; empty if it cannot be read.
std::string read_kernel_file(const std::filesystem::path& file);

// One that is read again and again, or set back, kept open: a fraction of the cost. Not open, if it is not there.
FileDescriptor open_counter(const std::filesystem::path& file);
// What it says now; as much as a small buffer holds. Empty if it cannot be read.
std::string read_counter(const FileDescriptor& counter);
// False if this kernel does not let anybody set it back.
bool reset_counter(const FileDescriptor& counter);

// Errors: unavailable, naming the file, what was written and why it was refused.
Result<void> write_kernel_file(const std::filesystem::path& file, std::string_view text);

// The number that a text begins with.
std::optional<std::int64_t> leading_number(std::string_view text);

// The number behind `key` in a file of "key number" lines, such as memory.oom_control.
std::optional<std::int64_t> number_behind(std::string_view text, std::string_view key);

// Sends SIGKILL to every process of `folder`/cgroup.procs; true if there was none.
bool kill_members(const std::filesystem::path& folder);

// Removes a cgroup with those inside it, killing what is left there. False if some of it stays.
bool remove_cgroup(const std::filesystem::path& folder);

}  // namespace orc
