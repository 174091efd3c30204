#include "adapters/grpc/deliberation_answers.h"

#include "domain/whole_characters.h"

namespace orc {

namespace proto = fleet::ray_executor::v1;

namespace {

const char* word_of(DeliberationStatus status) {
  switch (status) {
    case DeliberationStatus::running:
      return "running";
    case DeliberationStatus::completed:
      return "completed";
    case DeliberationStatus::failed:
    case DeliberationStatus::cancelled:
      return "failed";
  }
}

void write_result(const DeliberationResult& result, proto::DeliberationResult& message) {
  message.set_agent_id(result->agent_id);
  message.set_proposal(result->proposal);
  message.set_reasoning(result->reasoning);
  message.set_score(static_cast<float>(result->score));
  message.mutable_metadata()->insert(result->metadata.begin(), result->metadata.end());
}

constexpr std::size_t frame_bytes_max = 1024;   // of an answer beside its results
constexpr std::size_t result_frame_bytes = 16;  // of each of several beside its members

// Makes `message` no larger than `bytes_max`: its reasoning goes first, then what was found in the proposal, then the end of that.
void cut_to(std::size_t bytes_max, proto::DeliberationResult& message) {
  if (message.ByteSizeLong() <= bytes_max) return;
  message.clear_reasoning();
  auto& metadata = *message.mutable_metadata();
  metadata["truncated"] = "true";
  if (const auto answer = metadata.find("answer"); answer != metadata.end() && message.ByteSizeLong() > bytes_max) metadata.erase(answer);
  const std::size_t size = message.ByteSizeLong();
  if (size <= bytes_max) return;
  const std::string_view proposal = message.proposal();
  const std::size_t over = size - bytes_max;
  message.set_proposal(std::string(whole_characters(proposal, proposal.size() - std::min(over, proposal.size()))));
}

void write_error(const std::string& error, std::size_t bytes_max, proto::GetDeliberationStatusResponse& message) {
  message.set_error_message(std::string(whole_characters(error, bytes_max)));
}

void write_results(const MultiAgentDeliberationResult& together, std::size_t bytes_max, proto::GetDeliberationStatusResponse& message) {
  std::size_t bytes = message.ByteSizeLong() + frame_bytes_max;
  std::size_t left_out = 0;
  for (const DeliberationResult& result : together->results) {
    proto::DeliberationResult one;
    if (left_out == 0) write_result(result, one);
    bytes += one.ByteSizeLong() + result_frame_bytes;
    if (left_out > 0 || bytes > bytes_max)
      ++left_out;
    else
      *message.add_results() = std::move(one);
  }
  if (left_out > 0) (*message.mutable_result()->mutable_metadata())["results_left_out"] = std::to_string(left_out);
}

void write_job(const JobInfo& job, proto::JobInfo& message) {
  message.set_job_id(job->job_id);
  message.set_name(job->name);
  message.set_status(std::string(to_word(job->status)));
  message.set_submission_id(job->submission_id);
  message.set_role(job->role);
  message.set_task_id(job->task_id);
  message.mutable_start_time()->set_seconds(job->start_time_seconds);
  if (job->end_time_seconds) message.mutable_end_time()->set_seconds(*job->end_time_seconds);
  message.set_runtime(job->runtime);
}

}  // namespace

proto::ExecuteDeliberationResponse answer_of(const TakenDeliberation& taken) {
  proto::ExecuteDeliberationResponse message;
  message.set_task_id(taken.task_id);
  message.set_deliberation_id(taken.deliberation_id);
  message.set_status("submitted");
  message.set_message(taken.message);
  return message;
}

proto::ExecuteDeliberationResponse failed_answer(const std::string& task_id, const Error& why) {
  proto::ExecuteDeliberationResponse message;
  message.set_task_id(task_id);
  message.set_status("failed");
  message.set_message(why.message);
  return message;
}

proto::GetDeliberationStatusResponse answer_of(const Deliberation& deliberation, std::size_t bytes_max) {
  proto::GetDeliberationStatusResponse message;
  message.set_status(word_of(deliberation.status()));
  if (!deliberation.end) return message;
  if (deliberation.end->decision) {
    write_result(told_decision(deliberation), *message.mutable_result());
    cut_to(bytes_max - frame_bytes_max, *message.mutable_result());
  }
  write_error(deliberation.end->error, bytes_max / 4, message);
  if (deliberation.end->together) write_results(*deliberation.end->together, bytes_max, message);
  return message;
}

proto::GetDeliberationStatusResponse unknown_deliberation(const std::string& sentence) {
  proto::GetDeliberationStatusResponse message;
  message.set_status("not_found");
  message.set_error_message(sentence);
  return message;
}

proto::GetStatusResponse answer_of(const ExecutorState& state) {
  proto::GetStatusResponse message;
  message.set_status(std::string(to_word(state.health)));
  message.set_uptime_seconds(state.uptime.count());
  proto::RayExecutorStats& stats = *message.mutable_stats();
  stats.set_total_deliberations(state.stats->total);
  stats.set_active_deliberations(state.stats->active);
  stats.set_completed_deliberations(state.stats->completed);
  stats.set_failed_deliberations(state.stats->failed);
  stats.set_average_execution_time_ms(static_cast<float>(state.stats->average_time_ms));
  const Account& used = state.stats->used;
  stats.set_calls(used.spent.calls);
  stats.set_failed_calls(used.failed);
  stats.set_tokens_in(used.spent.usage.in);
  stats.set_tokens_out(used.spent.usage.out);
  stats.set_tokens_cached(used.spent.usage.cached);
  stats.set_money(static_cast<double>(used.spent.cost_micros) / 1e6);
  stats.set_call_seconds(static_cast<double>(used.time.count()) / 1000);
  return message;
}

proto::GetStatusResponse unhealthy_answer() {
  proto::GetStatusResponse message;
  message.set_status(std::string(to_word(ExecutorHealth::unhealthy)));
  message.mutable_stats();
  return message;
}

proto::GetActiveJobsResponse answer_of(const ActiveJobs& active) {
  proto::GetActiveJobsResponse message;
  for (const JobInfo& job : active.jobs) write_job(job, *message.add_jobs());
  message.set_total(active.total);
  return message;
}

}  // namespace orc
