#include "adapters/grpc/ray_executor_service.h"

#include <utility>

#include "adapters/grpc/deliberation_answers.h"
#include "adapters/grpc/deliberation_requests.h"
#include "adapters/grpc/message_bytes.h"
#include "generated/fleet/ray_executor/v1/ray_executor.pb.h"

namespace orc {

namespace proto = fleet::ray_executor::v1;

namespace {

// What clients of gRPC take unless they are told otherwise.
constexpr std::size_t answer_bytes_max = std::size_t{4} * 1024 * 1024;

// As it is stored, and as it is understood.
constexpr std::size_t copies_while_read = 2;

// Whether the caller must change something before it may ask again. Else the contract has the status "failed" for it.
bool is_callers_fault(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::unauthenticated:
    case ErrorCode::permission_denied:
      return true;
    case ErrorCode::not_found:
    case ErrorCode::conflict:
    case ErrorCode::resource_exhausted:
    case ErrorCode::unavailable:
    case ErrorCode::internal:
      return false;
  }
}

template <typename Request, typename UseCase>
boost::asio::awaitable<GrpcResult<std::string>> take_in(std::string message, UseCase& use_case) {
  auto request = message_from<Request>(message);
  if (!request) co_return std::unexpected(std::move(request).error());
  const std::string task_id = request->task_id();
  auto input = input_from(std::move(*request));
  if (!input) co_return std::unexpected(status_of(input.error()));
  const auto taken = co_await use_case.run(std::move(*input));
  if (taken) co_return bytes_of(answer_of(*taken));
  if (is_callers_fault(taken.error().code)) co_return std::unexpected(status_of(taken.error()));
  co_return bytes_of(failed_answer(task_id, taken.error()));
}

}  // namespace

void RayExecutorService::add_to(MethodTable& methods) {
  const auto add = [&](const char* method, UnaryHandler handler) {
    methods.add({.path = "/" + std::string(name) + "/" + method, .access = GrpcAccess::token, .handler = std::move(handler)});
  };
  const auto add_plain = [&](const char* method, Answer (RayExecutorService::*answer)(std::string)) {
    add(method, [this, answer](GrpcCall&, std::string message) { return (this->*answer)(std::move(message)); });
  };
  add_plain("ExecuteDeliberation", &RayExecutorService::execute);
  add_plain("ExecuteBacklogReviewDeliberation", &RayExecutorService::execute_review);
  add("GetDeliberationStatus", [this](GrpcCall& call, std::string message) { return tell_deliberation(call, std::move(message)); });
  add_plain("GetStatus", &RayExecutorService::tell_service);
  add_plain("GetActiveJobs", &RayExecutorService::list_jobs);
}

RayExecutorService::Answer RayExecutorService::execute(std::string message) {
  return take_in<proto::ExecuteDeliberationRequest>(std::move(message), use_cases_.execute);
}

RayExecutorService::Answer RayExecutorService::execute_review(std::string message) {
  return take_in<proto::ExecuteBacklogReviewDeliberationRequest>(std::move(message), use_cases_.execute_review);
}

RayExecutorService::Answer RayExecutorService::tell_deliberation(GrpcCall& call, std::string message) {
  const auto request = message_from<proto::GetDeliberationStatusRequest>(message);
  if (!request) co_return std::unexpected(request.error());
  const auto take_room = [&call](std::int64_t bytes) { return call.take_room(copies_while_read * static_cast<std::size_t>(bytes)); };
  const auto found = co_await use_cases_.get_status.run(request->deliberation_id(), take_room);
  if (found) co_return bytes_of(answer_of(*found, answer_bytes_max));
  if (found.error().code != ErrorCode::not_found) co_return std::unexpected(status_of(found.error()));
  co_return bytes_of(unknown_deliberation(found.error().message));
}

RayExecutorService::Answer RayExecutorService::tell_service(std::string message) {
  const auto request = message_from<proto::GetStatusRequest>(message);
  if (!request) co_return std::unexpected(request.error());
  const auto state = co_await use_cases_.get_stats.run();
  co_return bytes_of(state ? answer_of(*state) : unhealthy_answer());
}

RayExecutorService::Answer RayExecutorService::list_jobs(std::string message) {
  const auto request = message_from<proto::GetActiveJobsRequest>(message);
  if (!request) co_return std::unexpected(request.error());
  const auto jobs = co_await use_cases_.get_active_jobs.run(answer_bytes_max);
  if (!jobs) co_return std::unexpected(status_of(jobs.error()));
  co_return bytes_of(answer_of(*jobs));
}

}  // namespace orc
