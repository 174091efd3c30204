#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ports/package_reader.h"

namespace orc {

// FakePackageReader finds in every tar what the test put there.
class FakePackageReader final : public PackageReader {
 public:
  Async<Draft<NewPlugin>> read(std::string_view tar) override {
    if (tar.empty()) co_return fail(ErrorCode::invalid_argument, "the archive is empty");
    co_return Draft<NewPlugin>{.content = content, .faults = faults, .sent_as = sent_as};
  }

  NewPlugin content;
  std::vector<FieldFault> faults;
  std::map<std::string, std::string> sent_as;
};

}  // namespace orc
