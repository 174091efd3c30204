#include "application/job/submit_jobs.h"

#include <algorithm>
#include <iterator>

namespace orc {
namespace {

using Kind = SubmitFault::Kind;
using Step = std::expected<void, SubmitFault>;

// What an entry of a batch costs at each step beside its bytes, as bytes copied: about a microsecond.
constexpr std::size_t entry_cost = 2 * 1024;
// The same for what is looked up in a database: about ten.
constexpr std::size_t look_up_cost = 20 * 1024;
// Blobs that are looked up with one question, and those of one entry more.
constexpr std::size_t looked_up_at_once_min = 64;

std::unexpected<SubmitFault> refuse(Kind kind, Error error, std::size_t index) {
  return std::unexpected(SubmitFault{.kind = kind, .error = std::move(error), .index = index});
}

std::optional<UserId> owner_of(const Principal& who) { return who.is_operator() ? std::nullopt : std::optional(who.user); }

NewJob new_job(const JobRequest& request, const Plugin& plugin, const Principal& who, Payload input) {
  return {.owner = owner_of(who),
          .plugin = plugin.id,
          .version = plugin.current.id,
          .plugin_name = plugin.name,
          .input = std::move(input),
          .priority = request.priority,
          .share_key = request.share_key ? *request.share_key : "user:" + std::to_string(std::to_underlying(who.user)),
          .run_at = request.run_at,
          .timeout = request.timeout,
          .attempts_max = request.attempts_max.value_or(plugin.current.spec.retry.attempts_max),
          .labels = request.labels,
          .idempotency = request.idempotency,
          .blobs = request.blobs,
          .batch = {},
          .callback_url = request.callback ? std::optional(request.callback->text) : std::nullopt,
          .queue_time = plugin.current.spec.limits.queue};
}

// What the client sees of a job that was just made: everything is known without asking the store.
Job made_from(NewJob job, const SubmittedJob& submitted, const Plugin& plugin) {
  return {.id = submitted.id,
          .plugin = job.plugin,
          .version_id = job.version,
          .plugin_name = std::move(job.plugin_name),
          .plugin_version = plugin.current.version,
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
          .labels = std::move(job.labels),
          .progress = {},
          .callback_url = std::move(job.callback_url)};
}

// The same answer as the first time (attacks.md, R16), whatever has become of the job since. What the repeat itself says is the same as
// then, as both have the same bytes.
Job as_answered_first(Job job, JobRequest& repeat) {
  job.status = JobStatus::queued;
  job.input = {.text = std::move(repeat.input), .blob = {}};
  job.result.reset();
  job.error_message.reset();
  job.started_at.reset();
  job.completed_at.reset();
  job.run_at = repeat.run_at;
  job.attempts = 0;
  return job;
}

// The key of a request that has none of its own in a batch that has one. No client can send it: theirs hold no space.
std::string key_in_batch(const std::string& batch, std::size_t index) { return batch + " " + std::to_string(index); }

// A key that the client never sent is told as the one that it did.
std::unexpected<SubmitFault> refuse_key(const std::string& key, const std::optional<Idempotency>& batch, std::size_t index) {
  if (batch && key == key_in_batch(batch->key, index)) return refuse(Kind::batch_key_reused, key_reused(batch->key), index);
  return refuse(Kind::key_reused, key_reused(key), index);
}

// What changed after it had been looked at is told as if it had been so then.
std::unexpected<SubmitFault> fault_of(SubmitRefusal refusal, const JobRequest& request, const std::optional<Idempotency>& batch,
                                      std::size_t index) {
  using enum SubmitRefusal::Kind;
  switch (refusal.kind) {
    case owner_gone:
      return refuse(Kind::owner_gone, {ErrorCode::unauthenticated, "Could not validate credentials"}, index);
    case plugin_gone:
      return refuse(Kind::plugin_unknown, std::move(refusal.error), index);
    case upload_gone:
      return refuse(Kind::blob_unknown, {ErrorCode::invalid_argument, "input_data: " + refusal.error.message}, index);
    case key_reused:
      return refuse_key(request.idempotency->key, batch, index);
    case batch_key_reused:
      return refuse(Kind::batch_key_reused, std::move(refusal.error), index);
    case store:
      return refuse(Kind::store, std::move(refusal.error), index);
  }
  return refuse(Kind::store, std::move(refusal.error), index);
}

}  // namespace

boost::asio::awaitable<SubmitResult> SubmitJobs::run(Principal who, std::vector<JobRequest> requests, std::optional<Idempotency> batch) {
  if (batch) {
    if (auto good = co_await check_batch_key(who, *batch); !good) co_return std::unexpected(std::move(good).error());
    for (std::size_t i = 0; i < requests.size(); ++i)
      if (!requests[i].idempotency) requests[i].idempotency = Idempotency{.key = key_in_batch(batch->key, i), .request = batch->request};
  }
  auto answers = co_await find_repeats(who, requests, batch);
  if (!answers) co_return std::unexpected(std::move(answers).error());
  std::vector<Entry> entries;
  entries.reserve(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i)
    if (!(*answers)[i]) entries.push_back({.index = i, .request = std::move(requests[i])});

  const std::size_t made = entries.size();
  if (!entries.empty())
    if (auto good = co_await submit(who, std::move(entries), batch, *answers); !good) co_return std::unexpected(std::move(good).error());
  std::vector<Job> jobs;
  jobs.reserve(answers->size());
  for (std::optional<Job>& answer : *answers) jobs.push_back(std::move(*answer));
  co_return TakenJobs{.jobs = std::move(jobs), .made = made};
}

boost::asio::awaitable<Step> SubmitJobs::check_batch_key(const Principal& who, const Idempotency& batch) {
  auto found = co_await reader_.earlier_submissions(owner_of(who), {batch.key});
  if (!found) co_return refuse(Kind::store, std::move(found).error(), 0);
  const auto& earlier = found->front();
  if (earlier && earlier->request != batch.request) co_return refuse(Kind::batch_key_reused, key_reused(batch.key), 0);
  co_return Step{};
}

boost::asio::awaitable<std::expected<SubmitJobs::Answers, SubmitFault>> SubmitJobs::find_repeats(const Principal& who,
                                                                                                 std::vector<JobRequest>& requests,
                                                                                                 const std::optional<Idempotency>& batch) {
  Answers answers(requests.size());
  std::vector<std::string> keys;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (!requests[i].idempotency) continue;
    keys.push_back(requests[i].idempotency->key);
    places.push_back(i);
  }
  if (keys.empty()) co_return answers;

  auto found = co_await reader_.earlier_submissions(owner_of(who), std::move(keys));
  if (!found) co_return refuse(Kind::store, std::move(found).error(), places.front());
  for (std::size_t n = 0; n < places.size(); ++n) {
    if (!(*found)[n]) continue;
    EarlierSubmission& earlier = *(*found)[n];
    JobRequest& request = requests[places[n]];
    if (earlier.request != request.idempotency->request) co_return refuse_key(request.idempotency->key, batch, places[n]);
    answers[places[n]] = as_answered_first(std::move(earlier.job), request);
  }
  co_return answers;
}

boost::asio::awaitable<Step> SubmitJobs::submit(const Principal& who, std::vector<Entry> entries, const std::optional<Idempotency>& batch,
                                                Answers& answers) {
  Turns turns;
  Plugins plugins;
  if (auto good = check_callbacks(entries); !good) co_return good;
  if (auto good = co_await find_plugins(entries, plugins, turns); !good) co_return good;
  if (auto good = co_await check_inputs(entries); !good) co_return good;
  if (auto good = co_await check_blobs(entries, turns); !good) co_return good;
  auto jobs = co_await new_jobs(who, entries, turns);
  if (!jobs) co_return std::unexpected(std::move(jobs).error());

  jobs->front().batch = batch;

  auto stored = co_await store_.submit(std::move(*jobs));
  if (!stored) {
    const Entry& refused = entries[stored.error().index];
    co_return fault_of(std::move(stored).error(), refused.request, batch, refused.index);
  }
  signals_.work_arrived();

  for (std::size_t n = 0; n < entries.size(); ++n) {
    auto& [index, request, plugin] = entries[n];
    const SubmittedJob& submitted = (*stored)[n];
    if (submitted.is_repeat) {  // the first of them was stored after find_repeats() had looked
      auto job = co_await reader_.get(submitted.id);
      if (!job) co_return refuse(Kind::store, std::move(job).error(), index);
      answers[index] = as_answered_first(std::move(*job), request);
    } else {
      Payload input{.text = std::move(request.input), .blob = {}};
      answers[index] = made_from(new_job(request, *plugin, who, std::move(input)), submitted, *plugin);
    }
    co_await turns.spend(entry_cost);
  }
  co_return Step{};
}

Step SubmitJobs::check_callbacks(const std::vector<Entry>& entries) const {
  for (const auto& [index, request, plugin] : entries) {
    if (!request.callback || callback_origins_.allow(*request.callback)) continue;
    const std::string known = callback_origins_.list().empty() ? "none is allowed yet" : "only others are allowed";
    return refuse(
        Kind::callback_refused,
        {ErrorCode::invalid_argument, "callbacks may not go to " + request.callback->origin + ": " + known +
                                          "; whoever runs this server allows an origin with --callback-origins (ORC_CALLBACK_ORIGINS)"},
        index);
  }
  return Step{};
}

boost::asio::awaitable<Step> SubmitJobs::find_plugins(std::vector<Entry>& entries, Plugins& plugins, Turns& turns) {
  for (auto& [index, request, plugin] : entries) {
    auto known = plugins.find(request.plugin_name);
    if (known == plugins.end()) {
      auto found = co_await plugins_.by_name(request.plugin_name);
      if (!found) {
        const Kind kind = found.error().code == ErrorCode::not_found ? Kind::plugin_unknown : Kind::store;
        co_return refuse(kind, std::move(found).error(), index);
      }
      known = plugins.emplace(request.plugin_name, std::move(*found)).first;
      co_await turns.spend(look_up_cost);
    }
    plugin = &known->second;
    if (!plugin->is_active)
      co_return refuse(Kind::plugin_inactive,
                       {ErrorCode::conflict, "Plugin " + plugin->name + " is not active; an administrator can switch it on"}, index);
  }
  co_return Step{};
}

boost::asio::awaitable<Step> SubmitJobs::check_inputs(const std::vector<Entry>& entries) {
  std::vector<SchemaCheck> checks;
  std::vector<std::size_t> places;
  for (const auto& [index, request, plugin] : entries) {
    const auto& schema = plugin->current.spec.input_schema;
    if (!schema) continue;
    checks.push_back({.schema = *schema, .document = request.input});
    places.push_back(index);
  }
  if (checks.empty()) co_return Step{};
  auto fit = co_await schemas_.validate_all(std::move(checks));
  if (fit) co_return Step{};
  auto& [index, error] = fit.error();
  // Not looked at for now, which says nothing about the job.
  if (error.code != ErrorCode::invalid_argument) co_return refuse(Kind::store, std::move(error), places[index]);
  co_return refuse(Kind::input_mismatch, {error.code, "input_data " + error.message}, places[index]);
}

boost::asio::awaitable<Step> SubmitJobs::check_blobs(const std::vector<Entry>& entries, Turns& turns) {
  for (auto next = entries.begin(); next != entries.end();) {
    const auto first = next;
    std::vector<ContentHash> wanted;
    for (; next != entries.end() && wanted.size() < looked_up_at_once_min; ++next)
      wanted.insert(wanted.end(), next->request.blobs.begin(), next->request.blobs.end());
    if (wanted.empty()) continue;
    const std::size_t count = wanted.size();
    auto known = co_await catalog_.recorded(std::move(wanted));
    if (!known) co_return refuse(Kind::store, std::move(known).error(), first->index);
    co_await turns.spend(look_up_cost * count);
    std::ranges::sort(*known);
    for (auto entry = first; entry != next; ++entry)
      if (auto good = check_blobs_of(*entry, *known); !good) co_return good;
  }
  co_return Step{};
}

Step SubmitJobs::check_blobs_of(const Entry& entry, const std::vector<ContentHash>& known) {
  const auto unknown =
      std::ranges::find_if(entry.request.blobs, [&](const ContentHash& hash) { return !std::ranges::binary_search(known, hash); });
  if (unknown == entry.request.blobs.end()) return Step{};
  return refuse(Kind::blob_unknown,
                {ErrorCode::invalid_argument,
                 "input_data refers to blob sha256:" + to_hex(*unknown) + ", which was not uploaded: PUT /api/v1/blobs/{sha256} first"},
                entry.index);
}

// The requests keep their own copies until the answer is written, so that long inputs need not be read back.
boost::asio::awaitable<std::expected<std::vector<NewJob>, SubmitFault>> SubmitJobs::new_jobs(const Principal& who,
                                                                                             const std::vector<Entry>& entries,
                                                                                             Turns& turns) {
  std::vector<std::string_view> long_inputs;
  for (const auto& [index, request, plugin] : entries)
    if (Payloads::is_long(request.input)) long_inputs.emplace_back(request.input);
  const auto kept = co_await payloads_.keep_long(std::move(long_inputs));
  if (!kept) co_return refuse(Kind::store, kept.error(), entries.front().index);

  auto hash = kept->begin();
  std::vector<NewJob> jobs;
  jobs.reserve(entries.size());
  for (const auto& [index, request, plugin] : entries) {
    Payload input;
    if (Payloads::is_long(request.input))
      input.blob = *hash++;
    else
      input.text = request.input;
    const std::size_t copied = input.text.size();
    jobs.push_back(new_job(request, *plugin, who, std::move(input)));
    co_await turns.spend(copied + entry_cost);
  }
  co_return jobs;
}

}  // namespace orc
