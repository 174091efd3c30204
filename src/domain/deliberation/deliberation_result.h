#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/checked.h"

namespace orc {

// What one agent gave.
struct ResultFields {
  std::string agent_id;
  std::string proposal;
  std::string reasoning;
  double score = 0;  // 0 to 1
  std::map<std::string, std::string> metadata;
  bool operator==(const ResultFields&) const = default;
};
std::optional<std::string> fault_of(const ResultFields& result);
using DeliberationResult = Checked<ResultFields>;

// What all agents of a deliberation gave together.
struct MultiAgentFields {
  std::vector<DeliberationResult> results;  // of the completed ones, in the order of the request
  std::size_t total_agents = 0;
  std::size_t completed_agents = 0;
  std::size_t failed_agents = 0;
  bool operator==(const MultiAgentFields&) const = default;
};
std::optional<std::string> fault_of(const MultiAgentFields& together);
using MultiAgentDeliberationResult = Checked<MultiAgentFields>;

// The result with the highest score, of equal ones the first of the request; null where there is none. Lives as long as `together`.
const DeliberationResult* best_of(const MultiAgentDeliberationResult& together);

// Of the results' scores; 0 where there is none.
double average_score(const MultiAgentDeliberationResult& together);

}  // namespace orc
