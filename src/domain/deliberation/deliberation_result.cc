#include "domain/deliberation/deliberation_result.h"

#include <algorithm>

namespace orc {

std::optional<std::string> fault_of(const ResultFields& result) {
  if (result.agent_id.empty()) return "agent_id must not be empty";
  if (!(result.score >= 0.0 && result.score <= 1.0)) return "score must be from 0 to 1, not " + std::to_string(result.score);
  return {};
}

std::optional<std::string> fault_of(const MultiAgentFields& together) {
  if (together.completed_agents > together.total_agents || together.failed_agents > together.total_agents - together.completed_agents)
    return "completed_agents " + std::to_string(together.completed_agents) + " and failed_agents " +
           std::to_string(together.failed_agents) + " are more than total_agents " + std::to_string(together.total_agents);
  if (together.results.size() != together.completed_agents)
    return "results holds " + std::to_string(together.results.size()) + ", but completed_agents is " +
           std::to_string(together.completed_agents);
  return {};
}

const DeliberationResult* best_of(const MultiAgentDeliberationResult& together) {
  const auto& results = together->results;
  const auto best = std::ranges::max_element(results, {}, [](const DeliberationResult& result) { return result->score; });
  return best == results.end() ? nullptr : &*best;
}

double average_score(const MultiAgentDeliberationResult& together) {
  if (together->results.empty()) return 0;
  double sum = 0;
  for (const DeliberationResult& result : together->results) sum += result->score;
  return sum / static_cast<double>(together->results.size());
}

}  // namespace orc
