#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/payload.h"

namespace orc {

inline constexpr std::size_t artifacts_max = 100;                             // of one run
inline constexpr std::int64_t artifact_bytes_max = std::int64_t{64} << 20;    // of one: as an upload
inline constexpr std::int64_t artifacts_bytes_max = std::int64_t{256} << 20;  // of one run, together
inline constexpr std::size_t artifact_name_bytes_max = 200;

// A file that a run left in its output folder, kept in the blob store.
struct Artifact {
  std::string name;
  std::int64_t bytes = 0;
  ContentHash hash;
  bool operator==(const Artifact&) const = default;
};

// Whether `name` is one that artifact_name() gives.
bool is_artifact_name(std::string_view name);

// The name under which a file is kept: letters, digits and "._-+=@, " as they are, also beyond ASCII; for everything else "_". Never empty,
// never
// "." or "..", at most artifact_name_bytes_max. One that is in `taken` already gets a number behind it.
std::string artifact_name(std::string_view file_name, const std::vector<Artifact>& taken);

struct RenamedFile {
  std::string file_name;
  std::string name;
  bool operator==(const RenamedFile&) const = default;
};

// Gives artifacts that have the different names of a run's files the names under which these are kept. A name that may stay is that file's,
// whatever others become. Which have another one now, in their order.
std::vector<RenamedFile> rename_files(std::vector<Artifact>& artifacts);

}  // namespace orc
