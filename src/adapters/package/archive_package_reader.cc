#include "adapters/package/archive_package_reader.h"

#include "adapters/package/package_scan.h"
#include "adapters/package/packed_plugin.h"

namespace orc {

Async<Draft<NewPlugin>> ArchivePackageReader::read(std::string_view tar) {
  if (tar.size() > plugin_package_bytes_max) co_return fail(ErrorCode::invalid_argument, "the package has more than 64 MiB");
  auto work = [tar]() -> Result<Draft<NewPlugin>> {
    auto scan = scan_package(tar);
    if (!scan) return pass_on(scan);
    return read_packed_plugin(*scan);
  };
  co_return co_await pool_.run(work);
}

}  // namespace orc
