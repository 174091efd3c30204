#pragma once

#include "application/deliberation/cancel_deliberation.h"
#include "application/deliberation/execute_backlog_review_deliberation.h"
#include "application/deliberation/execute_deliberation.h"
#include "application/deliberation/get_active_jobs.h"
#include "application/deliberation/get_deliberation_status.h"
#include "application/deliberation/get_stats.h"

namespace orc {

// Every use case of deliberations that somebody outside may ask for.
struct DeliberationUseCases {
  DeliberationUseCases(const ExecuteDeliberation::Ports& p, std::optional<std::int64_t> user_tokens_per_day, AuditLog& audit)
      : execute(p, user_tokens_per_day),
        execute_review(execute),
        get_status(p.store),
        get_stats(p.store, p.clock),
        get_active_jobs(p.store, p.clock),
        access(p.store),
        cancel(p.store, access, p.signals, audit) {}

  DeliberationUseCases(const DeliberationUseCases&) = delete;
  DeliberationUseCases& operator=(const DeliberationUseCases&) = delete;

  ExecuteDeliberation execute;
  ExecuteBacklogReviewDeliberation execute_review;
  GetDeliberationStatus get_status;
  GetStats get_stats;
  GetActiveJobs get_active_jobs;
  DeliberationAccess access;
  CancelDeliberation cancel;
};

}  // namespace orc
