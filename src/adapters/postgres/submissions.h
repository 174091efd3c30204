#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "adapters/postgres/share_lines.h"
#include "adapters/postgres/writer.h"
#include "ports/job_store.h"

namespace orc::postgres {

using VersionClasses = std::map<PluginVersionId, PlacementClassId>;

// SubmissionKind stores new jobs: those of many submissions in one transaction and a handful of statements. Requests are
// std::vector<NewJob>, outcomes SubmitOutcome, as JobStore::submit. On the thread of one writer only.
class SubmissionKind final : public Writer::Kind {
 public:
  // One that carries the key of a batch is stored alone: what becomes of the key depends on what becomes of its job.
  enum class Sharing : std::uint8_t { together, alone };

  explicit SubmissionKind(Sharing sharing) : sharing_(sharing) {}

  bool is_shared() const override { return sharing_ == Sharing::together; }
  void run(Transaction& transaction, std::span<Writer::Waiting* const> operations, Timestamp now) override;

 private:
  const Sharing sharing_;
  VersionClasses classes_;       // of versions that were met so far; they never change
  Timestamp last_created_at_{};  // times do not fall as ids rise, even if the clock does; the table has those of other processes and starts
};

// One transaction's worth of it.
class SubmissionBatch {
 public:
  // Adds the versions that it meets to `classes`.
  SubmissionBatch(std::vector<const NewJob*> jobs, Timestamp now, Timestamp created_at, VersionClasses& classes)
      : jobs_(std::move(jobs)), now_(now), created_at_(created_at), classes_(classes), plans_(jobs_.size()) {}

  // What became of each, in the order given; or why nothing was stored: the transaction is to be rolled back then.
  SubmitOutcome store(Transaction& transaction);

  // When its jobs were made, by the latest of the clocks that have made any.
  Timestamp created_at() const { return created_at_; }

 private:
  struct Plan {
    JobId id{};                               // reserved for it
    std::optional<SubmittedJob> earlier;      // made by another submission
    std::optional<std::size_t> earlier_here;  // place of the same one in this batch
    bool is_new() const { return !earlier && !earlier_here; }
  };

  static std::int64_t owner_of(const NewJob& job) { return std::to_underlying(job.owner.value_or(UserId{})); }
  bool is_delayed(const NewJob& job) const { return job.run_at && *job.run_at > now_; }

  void look_up(Transaction& transaction);
  // Asks for the lines of those jobs whose class is known. Gives whether that is all of them.
  bool need_lines();
  void take_keys(Transaction& transaction);
  void take_batch_key(Transaction& transaction, std::size_t place);
  void check_references();
  void refuse(SubmitRefusal::Kind kind, std::size_t place, Error error);
  void write(Transaction& transaction);
  void write_blobs(Transaction& transaction) const;

  const std::vector<const NewJob*> jobs_;
  const Timestamp now_;
  Timestamp created_at_;
  VersionClasses& classes_;
  std::vector<Plan> plans_;
  ShareLines lines_;
  std::set<PluginVersionId> live_versions_;
  std::set<UserId> live_users_;
  std::set<ContentHash> live_uploads_;
  std::optional<SubmitRefusal> refusal_;  // of the first job that is refused
};

}  // namespace orc::postgres
