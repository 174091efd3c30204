#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/rest/keys_in_flight.h"
#include "adapters/rest/rest_ports.h"
#include "adapters/rest/rest_request.h"
#include "adapters/rest/submission_reader.h"

namespace orc {

// How faults of a submission are told: as a sentence, or as a list that names the entry.
enum class FaultForm : std::uint8_t { sentence, list };

// Submissions is what single jobs and batches have in common: reading the body where it does not hold up others, idempotency, and
// taking the jobs in. I/O thread only.
class Submissions {
 public:
  Submissions(const RestUseCases& use_cases, const RestPorts& ports)
      : submit_jobs_(use_cases.submit_jobs),
        parsing_(ports.parsing),
        digest_(ports.digest),
        rate_(ports.submissions),
        log_(ports.access_log) {}

  using Reader = ReadSubmissions (*)(std::string_view body, std::string_view header_key, Digest& digest);

  // The jobs, durable. The error is the answer to give.
  boost::asio::awaitable<std::expected<std::vector<Job>, HttpResponse>> take(RestRequest& request, Reader reader, FaultForm form);

 private:
  SubmitJobs& submit_jobs_;
  WorkPool& parsing_;
  Digest& digest_;
  RateLimiter& rate_;
  AccessLog& log_;
  KeysInFlight keys_;
};

}  // namespace orc
