#include "domain/placement/host_promises.h"

#include <algorithm>

namespace orc {

std::string Overcommitment::sentence() const {
  return std::to_string(workers) + " workers on one host promise " + std::to_string(promised_mb) + " MB to runs, and it has " +
         std::to_string(host_memory_mb) + " MB: give each its part with --worker-memory-mb (orc serve) or --memory-mb (orc runner)";
}

void HostPromises::add(const Equipment& equipment) {
  if (equipment.host.empty()) return;
  Overcommitment& host = hosts_[equipment.host];
  ++host.workers;
  host.promised_mb += equipment.memory_mb.value_or(0);
  host.host_memory_mb = std::max(host.host_memory_mb, equipment.host_memory_mb);
}

std::optional<Overcommitment> HostPromises::over(const Equipment& equipment) const {
  const auto found = hosts_.find(equipment.host);
  if (found == hosts_.end()) return std::nullopt;
  const Overcommitment& host = found->second;
  // A single worker that is told to promise more than its host has was told so on purpose.
  if (host.workers < 2 || host.host_memory_mb == 0 || host.promised_mb <= host.host_memory_mb) return std::nullopt;
  return host;
}

}  // namespace orc
