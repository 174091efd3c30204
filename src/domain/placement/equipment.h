#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "domain/placement/requirements.h"

namespace orc {

// What images get from a worker that runs those of mode once somewhere else than folders: at a Docker Engine.
struct ImageTerms {
  Isolation isolation = Isolation::none;        // of mode once
  NetworkAccess network = NetworkAccess::none;  // of mode once, the most
  bool warm = false;                            // whether those of mode warm run too, with what folders get
  bool operator==(const ImageTerms&) const = default;
};

// What a worker says that it has, when it signs on, beside its isolation and its slots. A worker of an older release says nothing: then its
// runtimes, cpus and memory bound nothing, and it has no gpus, no custom resources, no labels and no network to give.
struct Equipment {
  std::set<Runtime> runtimes;             // empty: not said
  std::optional<double> cpus;             // empty: not said
  std::optional<std::int64_t> memory_mb;  // for runs; empty: not said
  std::int64_t gpus = 0;
  std::map<std::string, std::int64_t> custom;
  std::map<std::string, std::string> labels;
  std::int64_t warm_requests = 0;               // requests to warm processes that it holds at once, running and waiting; 0: it has none
  std::string host;                             // the same for all workers of one host, and no other; empty: not said
  std::int64_t host_memory_mb = 0;              // that all of them share; 0: not said
  std::string release;                          // of its program, for people; empty: not said
  NetworkAccess network = NetworkAccess::none;  // the most that it gives a run
  std::optional<ImageTerms> images = {};        // empty: images get what folders get
  bool operator==(const Equipment&) const = default;
};

}  // namespace orc
