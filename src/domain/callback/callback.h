#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/job/job.h"
#include "domain/strong_id.h"
#include "domain/time.h"

namespace orc {

enum class CallbackState : std::uint8_t {
  waiting,    // for its first try, or for another one
  delivered,  // the receiver has taken it
  given_up,   // no try is left, or none would help
};

std::string_view to_word(CallbackState state);

// How one try ended.
struct CallbackAnswer {
  enum class Kind : std::uint8_t {
    taken,      // 2xx
    gone,       // 410: the receiver wants nothing more (Standard Webhooks, "Disabling endpoints")
    not_taken,  // everything else that the receiver or the way to it caused
    cut,        // we broke it off, as this process ends
  };
  Kind kind = Kind::not_taken;
  std::optional<int> status;          // of HTTP, if one came
  std::string reason;                 // if not taken: one sentence
  std::chrono::seconds asked_for{0};  // how long the receiver asked us to wait, if it did
};

// One end of a job as it is told to its callback_url, as the world sees it.
struct CallbackDelivery {
  CallbackId id{};
  JobId job{};
  std::string url;
  JobStatus status = JobStatus::completed;  // that the job ended with
  Timestamp ended_at{};                     // when it did
  CallbackState state = CallbackState::waiting;
  int tries = 0;  // begun so far
  std::optional<Timestamp> tried_at;
  std::optional<Timestamp> next_try_at;  // while it waits
  std::optional<int> answer_status;      // of the last try that ended
  std::string reason;                    // why that one was not taken
};

// The name by which a receiver knows a repeat: the same for all tries (webhook-id of Standard Webhooks).
std::string webhook_id(CallbackId id, JobId job, Timestamp ended_at);

// A delivery that is to be tried now.
struct DueCallback {
  CallbackId id{};
  int number = 1;  // of this try
  JobId job{};
  UserId owner{};  // whose secret signs it; 0: the operator
  std::string url;
  std::string plugin_name;
  std::string plugin_version;
  JobStatus status = JobStatus::completed;
  std::optional<std::string> error_message;
  Labels labels;
  Timestamp created_at{};  // of the job
  Timestamp ended_at{};
};

// How a try ended, and what comes next.
struct CallbackTry {
  CallbackId id{};
  int number = 1;
  CallbackState state = CallbackState::waiting;
  std::optional<std::chrono::milliseconds> wait;  // until the next try, if it waits
  CallbackAnswer answer;
};

// After nine tries over about ten hours nobody is expected to come back.
inline constexpr int callback_tries_max = 9;

// What `answer` to try number `number` (from 1) means. `dice` is uniform in [0, 1). A receiver that asks for a longer wait than the
// schedule's gets it, up to the longest of the schedule.
CallbackTry judge_callback(CallbackId id, int number, CallbackAnswer answer, double dice);

}  // namespace orc
