#include "domain/job/artifact.h"

#include <algorithm>
#include <utility>

namespace orc {
namespace {

bool is_plain(unsigned char c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  const bool is_digit = c >= '0' && c <= '9';
  return is_letter || is_digit || std::string_view("._-+=@, ").contains(static_cast<char>(c));
}

// The size of the well-formed UTF-8 character of two to four bytes at the start of `text` (RFC 3629), or 0. Controls (C1) are none.
std::size_t long_character(std::string_view text) {
  const auto at = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto goes_on = [&](std::size_t i) { return (at(i) & 0xC0U) == 0x80U; };
  const unsigned lead = at(0);
  if (lead >= 0xC2 && lead <= 0xDF && goes_on(1)) return lead == 0xC2 && at(1) < 0xA0 ? 0 : 2;
  if (lead >= 0xE0 && lead <= 0xEF && goes_on(1) && goes_on(2)) {
    const bool is_overlong = lead == 0xE0 && at(1) < 0xA0;
    const bool is_surrogate = lead == 0xED && at(1) > 0x9F;
    return is_overlong || is_surrogate ? 0 : 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4 && goes_on(1) && goes_on(2) && goes_on(3)) {
    const bool is_overlong = lead == 0xF0 && at(1) < 0x90;
    const bool is_beyond = lead == 0xF4 && at(1) > 0x8F;
    return is_overlong || is_beyond ? 0 : 4;
  }
  return 0;
}

std::string cleaned(std::string_view text, std::size_t bytes_max) {
  std::string clean;
  while (!text.empty()) {
    const bool plain = is_plain(static_cast<unsigned char>(text.front()));
    const std::size_t size = plain ? 1 : std::max<std::size_t>(long_character(text), 1);
    if (clean.size() + size > bytes_max) break;
    if (plain || size > 1)
      clean.append(text.substr(0, size));
    else
      clean += '_';
    text.remove_prefix(size);
  }
  return clean.empty() || clean == "." || clean == ".." ? "_" : clean;
}

}  // namespace

bool is_artifact_name(std::string_view name) {
  return !name.empty() && name.size() <= artifact_name_bytes_max && cleaned(name, artifact_name_bytes_max) == name;
}

std::string artifact_name(std::string_view file_name, const std::vector<Artifact>& taken) {
  constexpr std::size_t room_for_number = 8;
  std::string name = cleaned(file_name, artifact_name_bytes_max);
  const std::string stem = cleaned(name, artifact_name_bytes_max - room_for_number);
  for (int number = 2; std::ranges::find(taken, name, &Artifact::name) != taken.end(); ++number) name = stem + "-" + std::to_string(number);
  return name;
}

std::vector<RenamedFile> rename_files(std::vector<Artifact>& artifacts) {
  std::vector<RenamedFile> renamed;
  for (Artifact& artifact : artifacts) {
    if (is_artifact_name(artifact.name)) continue;
    const std::string file_name = std::exchange(artifact.name, {});
    artifact.name = artifact_name(file_name, artifacts);
    renamed.push_back({.file_name = file_name, .name = artifact.name});
  }
  return renamed;
}

}  // namespace orc
