#include "adapters/grpc/deliberation_answers.h"

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

proto::GetDeliberationStatusResponse answer_of(const Deliberation& deliberation) {
  proto::GetDeliberationStatusResponse message;
  message.set_status(word_of(deliberation.status()));
  if (!deliberation.end) return message;
  if (deliberation.end->decision) write_result(told_decision(deliberation), *message.mutable_result());
  message.set_error_message(deliberation.end->error);
  if (deliberation.end->together)
    for (const DeliberationResult& result : (*deliberation.end->together)->results) write_result(result, *message.add_results());
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
