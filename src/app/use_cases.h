#pragma once

#include "application/duties/end_orphans.h"
#include "application/job/await_job.h"
#include "application/job/change_job.h"
#include "application/job/drain_worker.h"
#include "application/job/explain_job.h"
#include "application/job/job_access.h"
#include "application/job/submit_jobs.h"
#include "application/job/upload_blob.h"
#include "application/job/work_desk.h"
#include "application/plugin/register_plugin.h"
#include "application/plugin/retire_plugin.h"
#include "application/user/api_keys.h"
#include "application/user/authenticate.h"
#include "application/user/change_user.h"
#include "application/user/delete_user.h"
#include "application/user/log_in.h"
#include "application/user/register_user.h"
#include "ports/event_log.h"
#include "ports/package_reader.h"

namespace orc {

// What the use cases stand on. All outlive them.
struct UseCasePorts {
  UserStore& users;
  ApiKeyStore& api_keys;
  PluginStore& plugins;
  PluginReader& plugin_reader;
  JobStore& jobs;
  JobReader& job_reader;
  BlobStore& blobs;
  BlobCatalog& blob_catalog;
  AuditLog& audit;
  SchemaValidator& schemas;
  SchemaValidator& output_schemas;  // apart, so that a flood of submissions never costs a finished run its result
  WorkerStore& workers;
  PackageReader& packages;
  PasswordHasher& passwords;
  TokenSigner& tokens;
  Digest& digest;
  JobSignals& signals;
  EventLog& log;
  Clock& clock;
  RandomSource& random;
};

// Every use case that somebody outside may ask for, each with what it needs. Construction order is dependency order.
struct UseCases {
  UseCases(const UseCasePorts& p, Registration registration, std::chrono::seconds token_lifetime, CallbackOrigins callback_origins,
           ContentHash operator_key, std::uint64_t service)
      : end_orphans(p.jobs, p.signals, p.log),
        register_user(p.users, p.passwords, p.audit, registration),
        log_in(p.users, p.passwords, p.tokens, p.clock, p.audit, token_lifetime),
        authenticate(p.users, p.api_keys, p.tokens, p.clock, p.digest, operator_key),
        change_user(p.users, p.passwords, p.audit),
        delete_user(p.users, end_orphans, p.audit),
        create_api_key(p.api_keys, p.random, p.digest, p.audit),
        delete_api_key(p.api_keys, p.audit),
        add_plugin(p.plugins, p.schemas, p.audit),
        change_plugin(p.plugins, p.schemas, p.audit),
        upload_package(add_plugin, change_plugin, p.plugin_reader, p.packages, p.schemas, p.blobs),
        roll_back_plugin(p.plugins, p.plugin_reader, p.audit),
        delete_plugin(p.plugins, end_orphans, p.audit),
        payloads(p.blobs),
        submit_jobs(p.jobs, p.job_reader, p.plugin_reader, p.schemas, payloads, p.blob_catalog, p.signals, std::move(callback_origins)),
        job_access(p.job_reader, payloads),
        explain_job(job_access, {.jobs = p.job_reader, .plugins = p.plugin_reader, .workers = p.workers, .clock = p.clock}),
        await_job(job_access, p.signals, p.clock),
        cancel_job(p.jobs, job_access, p.signals, p.audit),
        retry_job(p.jobs, job_access, p.plugin_reader, p.signals, p.audit),
        delete_job(p.jobs, job_access, p.signals, p.audit),
        upload_blob(p.blobs, p.blob_catalog),
        work_desk({.store = p.jobs,
                   .reader = p.job_reader,
                   .workers = p.workers,
                   .plugins = p.plugin_reader,
                   .schemas = p.output_schemas,
                   .signals = p.signals,
                   .random = p.random,
                   .clock = p.clock},
                  payloads, service),
        drain_worker(p.workers, p.signals, p.audit) {}

  UseCases(const UseCases&) = delete;
  UseCases& operator=(const UseCases&) = delete;

  EndOrphans end_orphans;  // also a duty

  RegisterUser register_user;
  LogIn log_in;
  Authenticate authenticate;
  ChangeUser change_user;
  DeleteUser delete_user;
  CreateApiKey create_api_key;
  DeleteApiKey delete_api_key;

  AddPlugin add_plugin;
  ChangePlugin change_plugin;
  UploadPackage upload_package;
  RollBackPlugin roll_back_plugin;
  DeletePlugin delete_plugin;

  Payloads payloads;
  SubmitJobs submit_jobs;
  JobAccess job_access;
  ExplainJob explain_job;
  AwaitJob await_job;
  CancelJob cancel_job;
  RetryJob retry_job;
  DeleteJob delete_job;
  UploadBlob upload_blob;
  WorkDesk work_desk;
  DrainWorker drain_worker;
};

}  // namespace orc
