#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/deliberation/deliberation_plan.h"
#include "domain/deliberation/deliberation_request.h"
#include "domain/strong_id.h"

namespace orc {

struct AgentInput {
  std::string id;
  std::string role;
  std::string model;
  std::string prompt_template;  // empty: none
};

struct ConstraintsInput {
  std::string story_id;
  std::string plan_id;
  std::int64_t timeout_seconds = 0;  // 0: the default
  std::int64_t max_retries = 0;      // 0: the default
  std::map<std::string, std::string> metadata;
};

// What a client asks for, as it came: nothing of it is checked yet.
struct DeliberationInput {
  std::string task_id;
  std::string task_description;
  std::string role;
  std::optional<ConstraintsInput> constraints;
  std::vector<AgentInput> agents;
  std::string vllm_url;
  std::string vllm_model;
  ModelChoice models = ModelChoice::of_request;
  std::optional<UserId> owner;  // nobody: it came over gRPC
  // How it is to go; nothing: the preset "independent". An edge reads it from its `preset` and `options` with
  // adapters/deliberation_json/plan_json.h.
  std::optional<DeliberationPlan> plan;
};

// A submission that was taken: it is durable, and runs.
struct TakenDeliberation {
  std::string task_id;
  std::string deliberation_id;
  std::string message;  // a sentence
};

}  // namespace orc
