#pragma once

#include "tests/contract/store_fixture.h"

namespace orc {

class JobStoreContract : public StoreContract {
 protected:
  static Idempotency key(std::string name, std::uint8_t request = 1) {
    Idempotency made{.key = std::move(name), .request = {}};
    made.request.bytes.fill(request);
    return made;
  }

  NewJob job_with_key(Idempotency idempotency) const {
    NewJob made = job();
    made.idempotency = std::move(idempotency);
    return made;
  }

  NewJob job_of_share(std::string share_key, int priority = job_priority_default) const {
    NewJob made = job();
    made.share_key = std::move(share_key);
    made.priority = priority;
    return made;
  }

  NewJob job_due_at(Timestamp run_at) const {
    NewJob made = job();
    made.run_at = run_at;
    return made;
  }

  // What a person may ask of a job.
  Result<void> ask(JobTrigger trigger, JobId id) {
    if (trigger == JobTrigger::retry_asked) return run(db.jobs.retry(id));
    auto cancelled = run(db.jobs.cancel(id));
    if (!cancelled) return pass_on(cancelled);
    return {};
  }

  std::int64_t count_of(JobStatus status) { return ok(db.reader.counts({})).at(std::to_underlying(status)); }
  std::int64_t dead_letter_count() { return ok(db.reader.dead_letters({})).total; }
};

}  // namespace orc
