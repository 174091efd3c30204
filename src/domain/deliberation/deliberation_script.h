#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "domain/deliberation/deliberation_progress.h"
#include "domain/deliberation/presets.h"

namespace orc {

// For tests: a deliberation of agents a, b, c …, each of which says what `says` makes of its call, in the order in which it is wanted
// unless `next` picks another of the wanted ones.
struct DeliberationScript {
  using Says = std::function<FinishedCall(CallName)>;

  // Of agents a, b … z, a1, b1 …
  static DeliberationRequest request_for(std::size_t agents) {
    constexpr std::size_t letters = 26;
    std::vector<AgentConfig> all;
    for (std::size_t i = 0; i < agents; ++i) {
      std::string id(1, static_cast<char>('a' + i % letters));
      if (i >= letters) id += std::to_string(i / letters);
      all.push_back(AgentConfig::create({.agent_id = std::move(id), .role = "DEV", .model = "m", .prompt_template = {}}).value());
    }
    return DeliberationRequest::create({.task_id = "t",
                                        .task_description = "Name a prime above 10.",
                                        .role = "DEV",
                                        .constraints = TaskConstraints::create({.story_id = "s", .plan_id = "", .metadata = {}}).value(),
                                        .agents = std::move(all),
                                        .vllm_url = "http://127.0.0.1:8000",
                                        .vllm_model = "m"})
        .value();
  }

  static FinishedCall success(CallName name, std::string text) {
    return {.name = name, .text = std::move(text), .answer = {}, .score = {}, .usage = {.in = 10, .out = 5}};
  }
  static FinishedCall failure(CallName name, std::string why = "it broke") {
    return {.name = name, .outcome = CallOutcome::failed, .text = std::move(why), .answer = {}, .score = {}};
  }

  DeliberationScript(std::size_t agents, DeliberationPlan its_plan) : request(request_for(agents)), plan(std::move(its_plan)) {}

  // Plays to the end, and gives it.
  DeliberationEnd play(const Says& says, const std::function<std::size_t(std::size_t)>& next = [](std::size_t) { return std::size_t{0}; }) {
    DeliberationProgress progress(request, plan);
    record.clear();
    while (!progress.end()) {
      record.push_back(says(progress.wanted().at(next(progress.wanted().size()))));
      progress.apply(record.back());
    }
    spent = progress.spent();
    return *progress.end();
  }

  DeliberationRequest request;
  DeliberationPlan plan;
  std::vector<FinishedCall> record;  // of the latest play
  Spending spent;
};

// Every agent says its line, whatever it is asked.
inline DeliberationScript::Says lines(std::vector<std::string> texts) {
  return [texts = std::move(texts)](CallName name) { return DeliberationScript::success(name, texts[name.agent]); };
}

inline DeliberationPlan plan_of(std::vector<Stage> stages, Budget budget = {}) {
  return DeliberationPlan::create({.preset = "custom", .stages = std::move(stages), .budget = budget}).value();
}

inline DeliberationPlan preset(std::string_view name, const PresetOptions& options = {}) { return preset_plan(name, options).value(); }

inline std::vector<double> scores_of(const DeliberationEnd& end) {
  std::vector<double> scores;
  for (const auto& one : (*end.together)->results) scores.push_back(one->score);
  return scores;
}

}  // namespace orc
