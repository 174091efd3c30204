#include "domain/placement/host_promises.h"

#include <gtest/gtest.h>
#include <vector>

namespace orc {
namespace {

Equipment worker(std::string host, std::optional<std::int64_t> memory_mb, std::int64_t host_memory_mb) {
  return {.memory_mb = memory_mb, .host = std::move(host), .host_memory_mb = host_memory_mb};
}

TEST(host_promises, are_too_many_if_workers_of_one_host_promise_more_than_it_has) {
  const struct {
    std::string what;
    std::vector<Equipment> workers;
    std::optional<Overcommitment> of_first;
  } cases[] = {
      {"two that each take the host for theirs",
       {worker("a", 21'600, 24'000), worker("a", 21'600, 24'000)},
       Overcommitment{.workers = 2, .promised_mb = 43'200, .host_memory_mb = 24'000}},
      {"two that share it", {worker("a", 12'000, 24'000), worker("a", 12'000, 24'000)}, {}},
      {"on two hosts", {worker("a", 21'600, 24'000), worker("b", 21'600, 24'000)}, {}},
      {"one alone was told so", {worker("a", 48'000, 24'000)}, {}},
      {"of older releases nothing is known", {worker("", 21'600, 0), worker("", 21'600, 0)}, {}},
      {"what is not said counts for nothing", {worker("a", {}, 24'000), worker("a", 21'600, 24'000)}, {}},
      {"a host whose memory is not known", {worker("a", 21'600, 0), worker("a", 21'600, 0)}, {}},
  };
  for (const auto& [what, workers, of_first] : cases) {
    HostPromises promises;
    for (const Equipment& one : workers) promises.add(one);
    EXPECT_EQ(promises.over(workers.front()), of_first) << what;
  }
}

TEST(host_promises, say_in_words_which_setting_mends_it) {
  const std::string words = Overcommitment{.workers = 2, .promised_mb = 43'200, .host_memory_mb = 24'000}.sentence();
  for (const char* part : {"2 workers", "43200 MB", "24000 MB", "--worker-memory-mb", "--memory-mb"})
    EXPECT_NE(words.find(part), std::string::npos) << words;
}

}  // namespace
}  // namespace orc
