#include "application/job/submit_jobs.h"

#include <algorithm>
#include <map>

namespace orc {
namespace {

using Kind = SubmitFault::Kind;

std::unexpected<SubmitFault> refuse(Kind kind, Error error, std::size_t index) {
  return std::unexpected(SubmitFault{.kind = kind, .error = std::move(error), .index = index});
}

// What the client sees of a job that was just made: everything is known without asking the store.
Job made_from(NewJob job, const SubmittedJob& submitted, const std::string& plugin_version) {
  return Job{.id = submitted.id,
             .plugin = job.plugin,
             .version_id = job.version,
             .plugin_name = std::move(job.plugin_name),
             .plugin_version = plugin_version,
             .status = JobStatus::queued,
             .input = std::move(job.input),
             .result = {},
             .error_message = {},
             .owner = job.owner,
             .created_at = submitted.created_at,
             .started_at = {},
             .completed_at = {},
             .priority = job.priority,
             .share_key = std::move(job.share_key),
             .run_at = job.run_at,
             .timeout = job.timeout,
             .attempts = 0,
             .attempts_max = job.attempts_max,
             .labels = std::move(job.labels)};
}

}  // namespace

boost::asio::awaitable<SubmitResult> SubmitJobs::run(Principal who, std::vector<JobRequest> requests) {
  std::map<std::string, Plugin> plugins;
  std::vector<NewJob> jobs;
  jobs.reserve(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    auto known = plugins.find(requests[i].plugin_name);
    if (known == plugins.end()) {
      auto plugin = co_await plugins_.by_name(requests[i].plugin_name);
      if (!plugin) co_return refuse(plugin.error().code == ErrorCode::not_found ? Kind::plugin_unknown : Kind::store, plugin.error(), i);
      known = plugins.emplace(requests[i].plugin_name, std::move(*plugin)).first;
    }
    auto job = co_await prepare(who, known->second, requests[i], i);
    if (!job) co_return std::unexpected(std::move(job).error());
    jobs.push_back(std::move(*job));
  }

  auto stored = co_await store_.submit(jobs);
  if (!stored) co_return refuse(stored.error().code == ErrorCode::invalid_argument ? Kind::key_reused : Kind::store, stored.error(), 0);
  signals_.work_arrived();

  std::vector<Job> answer;
  answer.reserve(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const SubmittedJob& submitted = (*stored)[i];
    if (submitted.is_repeat) {
      auto job = co_await earlier(submitted.id, i);
      if (!job) co_return std::unexpected(std::move(job).error());
      answer.push_back(std::move(*job));
      continue;
    }
    if (jobs[i].input.blob) jobs[i].input = {.text = std::move(requests[i].input), .blob = {}};
    const std::string& version = plugins.at(jobs[i].plugin_name).current.version;
    answer.push_back(made_from(std::move(jobs[i]), submitted, version));
  }
  co_return answer;
}

boost::asio::awaitable<std::expected<NewJob, SubmitFault>> SubmitJobs::prepare(const Principal& who, const Plugin& plugin,
                                                                               JobRequest& request, std::size_t index) {
  if (!plugin.is_active)
    co_return refuse(Kind::plugin_inactive,
                     {ErrorCode::conflict, "Plugin " + plugin.name + " is not active; an administrator can switch it on"}, index);
  const PluginSpec& spec = plugin.current.spec;
  if (spec.input_schema)
    if (auto fits = co_await schemas_.validate(spec.input_schema, request.input); !fits)
      co_return refuse(Kind::input_mismatch, {fits.error().code, "input_data " + fits.error().message}, index);
  if (!request.blobs.empty()) {
    auto known = co_await catalog_.recorded(request.blobs);
    if (!known) co_return refuse(Kind::store, known.error(), index);
    for (const ContentHash& hash : request.blobs)
      if (std::ranges::find(*known, hash) == known->end())
        co_return refuse(Kind::blob_unknown,
                         {ErrorCode::invalid_argument, "input_data refers to blob sha256:" + to_hex(hash) +
                                                           ", which was not uploaded: PUT /api/v1/blobs/{sha256} first"},
                         index);
  }

  // A copy is kept until the answer is written, so that a long input need not be read back.
  Payload input{.text = request.input, .blob = {}};
  if (request.input.size() > Payload::inline_bytes_max) {
    auto kept = co_await payloads_.keep(std::move(input.text));
    if (!kept) co_return refuse(Kind::store, kept.error(), index);
    input = std::move(*kept);
  }
  NewJob job{.owner = who.is_operator() ? std::nullopt : std::optional(who.user),
             .plugin = plugin.id,
             .version = plugin.current.id,
             .plugin_name = plugin.name,
             .input = std::move(input),
             .priority = request.priority,
             .share_key = request.share_key ? std::move(*request.share_key) : "user:" + std::to_string(std::to_underlying(who.user)),
             .run_at = request.run_at,
             .timeout = request.timeout,
             .attempts_max = request.attempts_max.value_or(spec.retry.attempts_max),
             .labels = std::move(request.labels),
             .idempotency = {},
             .blobs = std::move(request.blobs)};
  if (request.idempotency_key)
    job.idempotency = Idempotency{.key = std::move(*request.idempotency_key), .request = digest_.sha256(request.request_bytes)};
  co_return job;
}

boost::asio::awaitable<std::expected<Job, SubmitFault>> SubmitJobs::earlier(JobId id, std::size_t index) {
  auto job = co_await reader_.get(id);
  if (!job) co_return refuse(Kind::store, job.error(), index);
  if (auto resolved = co_await payloads_.resolve(*job); !resolved) co_return refuse(Kind::store, resolved.error(), index);
  // The same answer as the first time (attacks.md, R16), whatever has become of the job since.
  job->status = JobStatus::queued;
  job->result.reset();
  job->error_message.reset();
  job->started_at.reset();
  job->completed_at.reset();
  job->attempts = 0;
  co_return std::move(*job);
}

}  // namespace orc
