#pragma once

#include "application/actor.h"
#include "application/job/payloads.h"
#include "ports/job_reader.h"

namespace orc {

// JobAccess reads jobs on somebody's behalf: a job is its owner's and the administrators' business.
class JobAccess {
 public:
  JobAccess(JobReader& reader, Payloads& payloads) : reader_(reader), payloads_(payloads) {}

  // The job with its payloads' bytes.
  // Errors: not_found ("Job not found"); permission_denied ("Not authorized to access this job"); unavailable.
  Async<Job> get(const Principal& who, JobId id);

  // The same checks for those who need no payload: attempts, log, cancel and so on.
  Async<Job> without_payloads(const Principal& who, JobId id);

  // How many bytes of payloads one page may hold; a memory bound, far above what a screen shows.
  static constexpr std::size_t page_payload_bytes_max = std::size_t{64} * 1024 * 1024;

  // Jobs with their payloads' bytes. Errors also: invalid_argument, if the page would hold more than page_payload_bytes_max. `filter.owner`
  // is the caller's affair: permission_denied, if it is not the caller and the caller is no administrator.
  Async<JobPage> list(const Principal& who, JobFilter filter, Page page);

 private:
  JobReader& reader_;
  Payloads& payloads_;
};

}  // namespace orc
