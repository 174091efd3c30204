#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace orc {

inline constexpr std::size_t image_reference_length_max = 512;

// The name of a container image as registries spell it: [HOST[:PORT]/]PATH[:TAG][@sha256:HEX], in the grammar of the distribution project
// (github.com/distribution/reference). Only what keeps to it is ever handed to a program, so that none can be an option.
struct ImageReference {
  std::string host;    // "docker.io" if none was named
  std::string path;    // lower case; "library/" before a single word of docker.io
  std::string tag;     // "latest" if neither tag nor digest was named; may be empty beside a digest
  std::string digest;  // "sha256:" and 64 hexadecimal digits; empty: whichever has the tag
  bool operator==(const ImageReference&) const = default;

  // As it is written out in full: two references to the same image read alike.
  std::string canonical() const;
  // The same without its digest: what an image is called.
  std::string name() const;
};

// Empty if the text is none.
std::optional<ImageReference> parse_image_reference(std::string_view text);

}  // namespace orc
