#include "adapters/sandbox/collected_files.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace orc {
namespace {

// As launch/collection.h has them; that program is built without us.
struct Header {
  std::uint64_t bytes;
  std::uint64_t name_bytes;
};
constexpr std::uint64_t no_name = ~std::uint64_t{0};
constexpr std::uint64_t file_name_bytes_max = 255;  // NAME_MAX

}  // namespace

bool CollectedFiles::gather(std::string& to, std::string_view& bytes, std::uint64_t wanted) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(wanted - to.size(), bytes.size()));
  to.append(bytes.substr(0, count));
  bytes.remove_prefix(count);
  return to.size() == wanted;
}

// A header that breaks a rule is none of orc-launch's: nothing more is read.
void CollectedFiles::read_header() {
  Header header{};
  std::memcpy(&header, header_.data(), sizeof header);
  header_.clear();
  if (header.name_bytes == no_name) {
    left_out_ += header.bytes;
    stage_ = Stage::peak;
  } else if (header.name_bytes > file_name_bytes_max || header.bytes > static_cast<std::uint64_t>(artifact_bytes_max)) {
    ++left_out_;
    stage_ = Stage::complete;
  } else {
    name_bytes_ = header.name_bytes;
    bytes_ = header.bytes;
    stage_ = Stage::name;
  }
}

void CollectedFiles::read_peak() {
  std::memcpy(&peak_bytes_, header_.data(), sizeof peak_bytes_);
  peak_bytes_ = std::max<std::int64_t>(peak_bytes_, 0);
  stage_ = Stage::complete;
}

std::optional<CollectedFiles::File> CollectedFiles::finish() {
  stage_ = Stage::header;
  return std::exchange(file_, {});
}

std::optional<CollectedFiles::File> CollectedFiles::take(std::string_view& bytes) {
  while (!bytes.empty()) {
    switch (stage_) {
      case Stage::before:
        bytes.remove_prefix(1);
        stage_ = Stage::header;
        break;
      case Stage::header:
        if (gather(header_, bytes, sizeof(Header))) read_header();
        break;
      case Stage::name:
        if (!gather(file_.name, bytes, name_bytes_)) break;
        stage_ = Stage::content;
        if (bytes_ == 0) return finish();
        break;
      case Stage::content:
        if (gather(file_.bytes, bytes, bytes_)) return finish();
        break;
      case Stage::peak:
        if (gather(header_, bytes, sizeof peak_bytes_)) read_peak();
        break;
      case Stage::complete:
        bytes = {};
        break;
    }
  }
  return {};
}

}  // namespace orc
