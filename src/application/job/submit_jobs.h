#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "application/job/payloads.h"
#include "application/turns.h"
#include "domain/callback/callback_url.h"
#include "domain/user/user.h"
#include "ports/blob_store.h"
#include "ports/job_reader.h"
#include "ports/job_signals.h"
#include "ports/job_store.h"
#include "ports/plugin_store.h"
#include "ports/schema_validator.h"

namespace orc {

// One job as a client asks for it; the form is checked, the meaning not yet.
struct JobRequest {
  std::string plugin_name;
  std::string input = "{}";  // a JSON object, the bytes as they came
  int priority = job_priority_default;
  std::optional<std::string> share_key;  // empty: the owner's
  std::optional<Timestamp> run_at;
  std::optional<std::chrono::seconds> timeout;
  std::optional<int> attempts_max;
  Labels labels;
  std::optional<Idempotency> idempotency;  // its `request` covers all that the client sent of this job
  std::vector<ContentHash> blobs;          // that the input refers to, each once
  std::optional<CallbackUrl> callback;     // to be told of its end
};

// Why a submission was refused; nothing was stored.
struct SubmitFault {
  enum class Kind : std::uint8_t {
    plugin_unknown,    // no plugin has that name
    plugin_inactive,   // it is there, but takes no jobs
    input_mismatch,    // not what input_schema says; the message names the JSON pointer
    blob_unknown,      // refers to a blob that was never uploaded, or was swept
    key_reused,        // the idempotency key came before with another request
    batch_key_reused,  // the key of the whole batch did
    callback_refused,  // its origin is none of those that callbacks may go to
    owner_gone,        // the account was removed while this went on
    store,             // nothing about the job: the code of `error` says what
  };
  Kind kind;
  Error error;
  std::size_t index;  // of the job in the submission
};

struct TakenJobs {
  std::vector<Job> jobs;
  std::size_t made;  // so many of them are new; the others were found by their keys
};

using SubmitResult = std::expected<TakenJobs, SubmitFault>;

// SubmitJobs takes jobs in: when it returns they are durable, and nothing else has to succeed for them to run.
class SubmitJobs {
 public:
  SubmitJobs(JobStore& store, JobReader& reader, PluginReader& plugins, SchemaValidator& schemas, Payloads& payloads, BlobCatalog& catalog,
             JobSignals& signals, CallbackOrigins callback_origins)
      : store_(store),
        reader_(reader),
        plugins_(plugins),
        schemas_(schemas),
        payloads_(payloads),
        catalog_(catalog),
        signals_(signals),
        callback_origins_(std::move(callback_origins)) {}

  // Takes 1..job_batch_max requests, all or none. The jobs stand in the same order, with their payloads' bytes. An idempotency key comes
  // first: a request whose key came before is answered with the earlier job as it was answered then, however that job and its plugin or
  // uploads have changed since; only the others are judged. Deleting the job frees its key, whoever deletes it: a person, or the retention
  // of ended jobs, which therefore shortens the life of keys if it is shorter than idempotency_lifetime. Of several faults one is told.
  // `batch` is the key of the whole, and covers every request that has none of its own; none has it as its own.
  boost::asio::awaitable<SubmitResult> run(Principal who, std::vector<JobRequest> requests, std::optional<Idempotency> batch);

 private:
  // One request that makes a job.
  struct Entry {
    std::size_t index;  // in the submission
    JobRequest request;
    const Plugin* plugin = nullptr;
  };
  using Plugins = std::map<std::string, Plugin>;
  using Answers = std::vector<std::optional<Job>>;
  using Step = std::expected<void, SubmitFault>;

  // Whether the key of the batch is new, or comes with the same request as before.
  boost::asio::awaitable<Step> check_batch_key(const Principal& who, const Idempotency& batch);

  // The earlier jobs of requests whose keys came before. Asks the store only if there is a key.
  boost::asio::awaitable<std::expected<Answers, SubmitFault>> find_repeats(const Principal& who, std::vector<JobRequest>& requests,
                                                                           const std::optional<Idempotency>& batch);

  // What a new job has to be: for an active plugin, of the form that it wants, naming blobs that are there.
  Step check_callbacks(const std::vector<Entry>& entries) const;
  boost::asio::awaitable<Step> find_plugins(std::vector<Entry>& entries, Plugins& plugins, Turns& turns);
  boost::asio::awaitable<Step> check_inputs(const std::vector<Entry>& entries);
  boost::asio::awaitable<Step> check_blobs(const std::vector<Entry>& entries, Turns& turns);
  // `known`: those of its blobs that were uploaded, sorted, with others.
  static Step check_blobs_of(const Entry& entry, const std::vector<ContentHash>& known);

  // Puts long inputs into the blob store.
  boost::asio::awaitable<std::expected<std::vector<NewJob>, SubmitFault>> new_jobs(const Principal& who, const std::vector<Entry>& entries,
                                                                                   Turns& turns);
  // Stores `entries` and fills in their answers.
  boost::asio::awaitable<Step> submit(const Principal& who, std::vector<Entry> entries, const std::optional<Idempotency>& batch,
                                      Answers& answers);

  JobStore& store_;
  JobReader& reader_;
  PluginReader& plugins_;
  SchemaValidator& schemas_;
  Payloads& payloads_;
  BlobCatalog& catalog_;
  JobSignals& signals_;
  const CallbackOrigins callback_origins_;
};

}  // namespace orc
