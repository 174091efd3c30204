#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "application/job/payloads.h"
#include "domain/user/user.h"
#include "ports/blob_store.h"
#include "ports/credentials.h"
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
  std::optional<std::string> idempotency_key;
  std::string request_bytes;       // only with idempotency_key: what a repeat has to equal
  std::vector<ContentHash> blobs;  // that the input refers to
};

// Why a submission was refused; nothing was stored.
struct SubmitFault {
  enum class Kind : std::uint8_t {
    plugin_unknown,   // 404
    plugin_inactive,  // 409
    input_mismatch,   // 400: not what input_schema says; the message names the JSON pointer
    blob_unknown,     // 400: refers to a blob that was never uploaded
    key_reused,       // 422: the idempotency key came before with another request
    store,            // as the code of `error` says
  };
  Kind kind;
  Error error;
  std::size_t index;  // of the job in the submission
};

using SubmitResult = std::expected<std::vector<Job>, SubmitFault>;

// SubmitJobs takes jobs in: when it returns they are durable, and nothing else has to succeed for them to run.
class SubmitJobs {
 public:
  SubmitJobs(JobStore& store, JobReader& reader, PluginReader& plugins, SchemaValidator& schemas, Payloads& payloads, BlobCatalog& catalog,
             Digest& digest, JobSignals& signals)
      : store_(store),
        reader_(reader),
        plugins_(plugins),
        schemas_(schemas),
        payloads_(payloads),
        catalog_(catalog),
        digest_(digest),
        signals_(signals) {}

  // Takes 1..job_batch_max requests, all or none. The jobs stand in the same order, with their payloads' bytes; one whose idempotency key
  // came before is the earlier job as it was answered then.
  boost::asio::awaitable<SubmitResult> run(Principal who, std::vector<JobRequest> requests);

 private:
  boost::asio::awaitable<std::expected<NewJob, SubmitFault>> prepare(const Principal& who, const Plugin& plugin, JobRequest& request,
                                                                     std::size_t index);
  boost::asio::awaitable<std::expected<Job, SubmitFault>> earlier(JobId id, std::size_t index);

  JobStore& store_;
  JobReader& reader_;
  PluginReader& plugins_;
  SchemaValidator& schemas_;
  Payloads& payloads_;
  BlobCatalog& catalog_;
  Digest& digest_;
  JobSignals& signals_;
};

}  // namespace orc
