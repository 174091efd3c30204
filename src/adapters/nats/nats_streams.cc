#include "adapters/nats/nats_streams.h"

#include <algorithm>
#include <array>

namespace orc::nats {
namespace {

// All subjects of adapters/deliberation_json/event_subject.cc.
constexpr std::array<const char*, 5> all_subjects = {"vllm.streaming.>", "orchestration.deliberation.completed", "agent.response.completed",
                                                     "agent.response.completed.>", "agent.response.failed"};

// Of the subjects those that neither a stream of others keeps, nor ours already.
Result<std::vector<std::string>> without_stream(NatsLink& link, const std::vector<std::string>& ours) {
  std::vector<std::string> missing;
  for (const char* subject : all_subjects) {
    if (std::ranges::find(ours, subject) != ours.end()) continue;
    const auto is_kept = link.has_stream_for(subject);
    if (!is_kept) return std::unexpected(is_kept.error());
    if (!*is_kept) missing.emplace_back(subject);
  }
  return missing;
}

}  // namespace

Result<PublishedBefore> find_streams(NatsLink& link) {
  const std::string name(own_stream);
  auto own = link.stream(name);
  if (!own) return pass_on(own);
  std::vector<std::string> ours = *own ? (*own)->subjects : std::vector<std::string>{};
  auto missing = without_stream(link, ours);
  if (!missing) return pass_on(missing);
  if (missing->empty()) return PublishedBefore::kept;
  if (!*own) return PublishedBefore::lost;
  ours.insert(ours.end(), missing->begin(), missing->end());
  if (auto done = link.change_stream(name, ours); !done) return pass_on(done);
  return PublishedBefore::kept;
}

Result<void> make_own_stream(NatsLink& link) {
  const auto missing = without_stream(link, {});
  if (!missing) return std::unexpected(missing.error());
  if (missing->empty()) return {};  // made meanwhile, by a process that this one replaces
  return link.make_stream(std::string(own_stream), *missing);
}

}  // namespace orc::nats
