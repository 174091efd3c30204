#pragma once

#include <utility>

#include "ports/package_reader.h"

namespace orc {

// FakePackageReader finds in every tar what the test put there.
class FakePackageReader final : public PackageReader {
 public:
  Async<NewPlugin> read(std::string_view tar) override {
    if (tar.empty()) co_return fail(ErrorCode::invalid_argument, "the archive is empty");
    co_return content;
  }

  NewPlugin content;
};

}  // namespace orc
