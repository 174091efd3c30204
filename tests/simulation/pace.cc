#include "tests/simulation/pace.h"

#include <sstream>

namespace orc::simulation {

std::optional<std::string> too_slow(std::uint64_t worlds, std::chrono::milliseconds simulated, std::chrono::duration<double> wall) {
  if (worlds == 0) return {};
  const double worlds_per_second = static_cast<double>(worlds) / wall.count();
  const double hours_per_second = std::chrono::duration<double, std::ratio<3600>>(simulated).count() / wall.count();
  std::ostringstream faults;
  if (worlds_per_second < worlds_per_second_min)
    faults << "too slow: " << worlds_per_second << " worlds in a second; 10,000 in five minutes are " << worlds_per_second_min << '\n';
  if (hours_per_second < simulated_hours_per_second_min)
    faults << "too slow: " << hours_per_second << " simulated hours in a second, not " << simulated_hours_per_second_min << '\n';
  if (faults.view().empty()) return {};
  return std::move(faults).str();
}

}  // namespace orc::simulation
