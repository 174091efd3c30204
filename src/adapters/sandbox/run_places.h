#pragma once

#include <string>

namespace orc {

// Where a plugin finds what is its own, as it sees the file system. The defaults hold at isolation `strict`, where it has a root of its
// own.
struct RunPlaces {
  std::string package = "/plugin";  // it starts there
  std::string input = "/input";     // the files of its input, under their hash in hexadecimal
  std::string output = "/output";   // may be written
  std::string scratch = "/tmp";     // likewise
  bool operator==(const RunPlaces&) const = default;
};

}  // namespace orc
