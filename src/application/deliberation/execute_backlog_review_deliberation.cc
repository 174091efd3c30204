#include "application/deliberation/execute_backlog_review_deliberation.h"

namespace orc {

Async<TakenDeliberation> ExecuteBacklogReviewDeliberation::run(DeliberationInput input) {
  if (!is_backlog_review_task(input.task_id))
    co_return fail(ErrorCode::invalid_argument,
                   "task_id must look like ceremony-{id}:story-{id}:role-{role}, but is '" + input.task_id.substr(0, 100) + "'");
  if (input.constraints) input.constraints->metadata["story_id"] = input.constraints->story_id;
  co_return co_await execute_.run(std::move(input));
}

}  // namespace orc
