#include "adapters/nats/nats_streams.h"

#include <algorithm>
#include <span>

namespace orc::nats {
namespace {

// What our stream has of all subjects of adapters/deliberation_json/event_subject.cc, and which of them are published.
struct SubjectGroup {
  const char* own;
  std::span<const std::string_view> published;
};
constexpr std::string_view streaming[] = {"vllm.streaming.*"};  // an id is one token
constexpr std::string_view ends[] = {"orchestration.deliberation.completed"};
constexpr std::string_view completed[] = {"agent.response.completed"};
constexpr std::string_view completed_of_tasks[] = {"agent.response.completed.task-extraction",
                                                   "agent.response.completed.backlog-review.role"};
constexpr std::string_view failed[] = {"agent.response.failed"};
constexpr SubjectGroup groups[] = {{"vllm.streaming.>", streaming},
                                   {"orchestration.deliberation.completed", ends},
                                   {"agent.response.completed", completed},
                                   {"agent.response.completed.>", completed_of_tasks},
                                   {"agent.response.failed", failed}};

std::string_view next_token(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('.'), rest.size());
  const std::string_view token = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return token;
}

bool is_covered(std::string_view subject, const std::vector<NatsLink::Stream>& streams) {
  return std::ranges::any_of(streams, [&](const NatsLink::Stream& stream) {
    return std::ranges::any_of(stream.subjects, [&](const std::string& pattern) { return covers(pattern, subject); });
  });
}

std::unexpected<Error> partly_kept(const SubjectGroup& group, const NatsLink::Stream& by) {
  std::string subjects;
  for (const std::string& one : by.subjects) subjects += (subjects.empty() ? "" : ", ") + one;
  return fail(ErrorCode::unavailable, "NATS: the stream " + by.name + " keeps only a part of " + group.own + " (its subjects: " + subjects +
                                          "), so the other part has no place; give it " + group.own +
                                          ", or take its subjects below that away and " + std::string(own_stream) + " keeps all");
}

// Of the subjects those that neither a stream of others keeps, nor ours already.
Result<std::vector<std::string>> without_stream(NatsLink& link, const std::vector<std::string>& ours) {
  std::vector<std::string> missing;
  for (const SubjectGroup& group : groups) {
    if (std::ranges::find(ours, group.own) != ours.end()) continue;
    const auto streams = link.streams_for(group.own);
    if (!streams) return std::unexpected(streams.error());
    if (streams->empty())
      missing.emplace_back(group.own);
    else if (!std::ranges::all_of(group.published, [&](std::string_view subject) { return is_covered(subject, *streams); }))
      return partly_kept(group, streams->front());
  }
  return missing;
}

}  // namespace

bool covers(std::string_view pattern, std::string_view wanted) {
  while (!pattern.empty() && !wanted.empty()) {
    const std::string_view one = next_token(pattern);
    const std::string_view other = next_token(wanted);
    if (one == ">") return true;
    if (one != "*" && one != other) return false;
  }
  return pattern.empty() && wanted.empty();
}

Result<PublishedBefore> find_streams(NatsLink& link) {
  auto own = link.stream(std::string(own_stream));
  if (!own) return pass_on(own);
  auto missing = without_stream(link, *own ? (*own)->subjects : std::vector<std::string>{});
  if (!missing) return pass_on(missing);
  if (missing->empty()) return PublishedBefore::kept;
  if (!*own) return PublishedBefore::lost;
  auto& ours = (*own)->subjects;
  ours.insert(ours.end(), missing->begin(), missing->end());
  if (auto done = link.change_stream(**own); !done) return pass_on(done);
  return PublishedBefore::kept;
}

Result<std::string> describe_streams(NatsLink& link) {
  const auto own = link.stream(std::string(own_stream));
  if (!own) return std::unexpected(own.error());
  const auto missing = without_stream(link, *own ? (*own)->subjects : std::vector<std::string>{});
  if (!missing) return std::unexpected(missing.error());
  if (!missing->empty() && !*own) return std::string(own_stream) + " is not there yet, and will be made";
  if (!*own) return "other streams keep all events";
  return std::string(own_stream) + " keeps what no other stream does, up to " + std::to_string((*own)->bytes_max >> 20) + " MB";
}

Result<void> make_own_stream(NatsLink& link, std::int64_t bytes_max) {
  auto missing = without_stream(link, {});
  if (!missing) return std::unexpected(missing.error());
  if (missing->empty()) return {};  // made meanwhile, by a process that this one replaces
  return link.make_stream({.name = std::string(own_stream), .subjects = std::move(*missing), .bytes_max = bytes_max});
}

}  // namespace orc::nats
