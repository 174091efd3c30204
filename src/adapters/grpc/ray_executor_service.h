#pragma once

#include <string>

#include "adapters/grpc/method_table.h"
#include "application/deliberation/execute_backlog_review_deliberation.h"
#include "application/deliberation/execute_deliberation.h"
#include "application/deliberation/get_active_jobs.h"
#include "application/deliberation/get_deliberation_status.h"
#include "application/deliberation/get_stats.h"

namespace orc {

// RayExecutorService answers fleet.ray_executor.v1.RayExecutorService (proto/fleet/ray_executor/v1/ray_executor.proto): from messages to
// use cases and back. I/O thread only, but for add_to().
class RayExecutorService {
 public:
  static constexpr const char* name = "fleet.ray_executor.v1.RayExecutorService";

  // All outlive the service.
  struct UseCases {
    ExecuteDeliberation& execute;
    ExecuteBacklogReviewDeliberation& execute_review;
    GetDeliberationStatus& get_status;
    GetStats& get_stats;
    GetActiveJobs& get_active_jobs;
  };

  explicit RayExecutorService(UseCases use_cases) : use_cases_(use_cases) {}

  // Outlives the server of `methods`.
  void add_to(MethodTable& methods);

 private:
  using Answer = boost::asio::awaitable<GrpcResult<std::string>>;

  Answer execute(std::string message);
  Answer execute_review(std::string message);
  Answer tell_deliberation(GrpcCall& call, std::string message);
  Answer tell_service(std::string message);
  Answer list_jobs(std::string message);

  const UseCases use_cases_;
};

}  // namespace orc
