#pragma once

#include "application/deliberation/execute_deliberation.h"

namespace orc {

// ExecuteBacklogReviewDeliberation takes in a deliberation that reviews a story of a backlog: its task id names the ceremony, the story and
// the role, and its metadata carry the story.
class ExecuteBacklogReviewDeliberation {
 public:
  explicit ExecuteBacklogReviewDeliberation(ExecuteDeliberation& execute) : execute_(execute) {}

  // Errors: invalid_argument, if the task id has another form (is_backlog_review_task); those of ExecuteDeliberation::run().
  Async<TakenDeliberation> run(DeliberationInput input);

 private:
  ExecuteDeliberation& execute_;
};

}  // namespace orc
