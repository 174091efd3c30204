#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sqlite/statement_catalog.h"
#include "adapters/sqlite/transaction_part.h"
#include "domain/job/job.h"

namespace orc::sqlite {

// ShareTurns decides whose waiting job runs next: the highest priority first; within it the share keys take turns, job by job; within a key
// the oldest. It is stride scheduling with equal weights over the table `shares` (docs/decisions/fair_shares.md): each key has a pass,
// the lowest is next, being served adds one. A key costs a row while it has jobs, and nothing afterwards. Writer's thread only.
class ShareTurns final : public TransactionPart {
 public:
  ShareTurns(Connection& connection, const StatementCatalog& catalog);

  // A job of this key may run now. Cheap when the key is known to have others.
  void join(int priority, std::string_view share_key);

  // Hands jobs to `claim` in the order of their turns, until it has accepted `count` of them. `claim` must take the job out of the queue,
  // and gives whether it accepts it: one that it does not costs its key no turn. Ends early after passed_over_max of those.
  void take(std::size_t count, const std::function<bool(JobId)>& claim);

  void before_commit() override {}
  void rolled_back() noexcept override { forget(); }

 private:
  struct Share {
    std::int64_t id;
    int priority;
    std::int64_t pass;
    std::string key;
  };

  struct Served {
    std::size_t accepted = 0;
    std::size_t passed_over = 0;
    Served& operator+=(const Served& more);
  };

  // Bounds how long a call takes that meets nothing but orphans.
  static constexpr std::size_t passed_over_max = 500;

  // Keys that are known to have a row; saves asking for every job.
  static constexpr std::size_t known_max = 10'000;

  std::vector<Share> next_shares(std::size_t count);
  Served serve(const Share& share, std::size_t count, const std::function<bool(JobId)>& claim);
  void forget() noexcept;

  Statement exists_;
  Statement add_;
  Statement next_;
  Statement pass_turn_;
  Statement remove_;
  Statement oldest_;
  std::array<std::set<std::string, std::less<>>, job_priority_max + 1> known_;  // by priority
  std::size_t known_count_ = 0;
};

}  // namespace orc::sqlite
