#include "application/deliberation/execute_deliberation.h"

#include <algorithm>

#include "application/deliberation/request_of.h"
#include "domain/deliberation/presets.h"

namespace orc {
namespace {

// Twenty thousand of one task in a second find one of their four random bytes taken about every twentieth second.
constexpr int id_tries_max = 8;

Result<DeliberationPlan> with_token_budget(const DeliberationPlan& plan, std::int64_t tokens) {
  PlanFields fields = *plan;
  fields.budget.tokens = tokens;
  return DeliberationPlan::create(std::move(fields));
}

// The task id as a part of an id that stands in paths: these separate segments there however they are encoded.
std::string in_one_segment(std::string text) {
  std::ranges::replace_if(text, [](char c) { return c == '/' || c == '\\'; }, '_');
  return text;
}

}  // namespace

Async<TakenDeliberation> ExecuteDeliberation::run(DeliberationInput input) {
  const auto owner = input.owner;
  auto plan = input.plan ? Result<DeliberationPlan>(std::move(*input.plan)) : preset_plan("independent", {});
  if (!plan) co_return pass_on(plan);
  auto request = request_of(std::move(input));
  if (!request) co_return pass_on(request);
  if (auto faults = misfits(*plan, *request); !faults.empty()) co_return fail(ErrorCode::invalid_argument, std::move(faults.front().msg));
  std::vector<FieldFault> told;
  if (auto admitted = admit_endpoints((*request)->vllm_url, *plan, told); !admitted) co_return pass_on(admitted);
  judge_budget(owner, *plan, told);
  if (auto looked_up = co_await look_up_verifiers(*plan, told); !looked_up) co_return pass_on(looked_up);
  if (!told.empty()) co_return fail(ErrorCode::invalid_argument, std::move(told.front().msg));

  std::optional<Promise> promise;
  if (owner && user_tokens_per_day_) {
    if (!(*plan)->budget.tokens) plan = with_token_budget(*plan, std::max<std::int64_t>(1, *user_tokens_per_day_ / part_of_day));
    if (!plan) co_return pass_on(plan);
    const std::int64_t wanted = *(*plan)->budget.tokens;
    promise.emplace(promised_, *owner, wanted);
    auto left = co_await check_tokens_left(*owner, wanted, promised_[*owner]);
    if (!left) co_return pass_on(left);
  }

  const auto seconds = std::chrono::floor<std::chrono::seconds>(ports_.clock.now()).time_since_epoch().count();
  const std::string task_id = (*request)->task_id;
  const std::string prefix = "deliberation-" + in_one_segment(task_id) + "-" + std::to_string(seconds) + "-";
  NewDeliberation made{.id = {}, .owner = owner, .request = std::move(*request), .plan = std::move(*plan)};
  for (int tries = 1;; ++tries) {
    made.id = prefix + ports_.random.token(4);
    auto stored = co_await ports_.store.add(made);
    if (stored) break;
    if (stored.error().code != ErrorCode::conflict || tries == id_tries_max) co_return pass_on(stored);
  }
  ports_.signals.submitted(made.id);
  co_return TakenDeliberation{.task_id = task_id, .deliberation_id = std::move(made.id), .message = "Deliberation submitted"};
}

Async<void> ExecuteDeliberation::check_tokens_left(UserId user, std::int64_t wanted, std::int64_t promised) const {
  auto used = co_await ports_.store.tokens_since(user, ports_.clock.now() - std::chrono::days{1});
  if (!used) co_return pass_on(used);
  const std::int64_t taken = *used + (promised - wanted);
  if (taken <= *user_tokens_per_day_ - wanted) co_return Result<void>{};
  co_return fail(ErrorCode::resource_exhausted, "user budget: of " + std::to_string(*user_tokens_per_day_) + " tokens a day " +
                                                    std::to_string(taken) + " are used or promised to what runs, and this one may use " +
                                                    std::to_string(wanted) + ": wait, or give it a smaller budget of tokens");
}

Async<std::vector<FieldFault>> ExecuteDeliberation::faults_of(const DeliberationInput& input) const {
  auto all = orc::faults_of(input);
  const auto plan = input.plan ? *input.plan : preset_plan("independent", {}).value();
  const bool has_url = std::ranges::none_of(all, [](const FieldFault& fault) { return fault.loc == FieldPlace{"vllm_url"}; });
  if (has_url) static_cast<void>(admit_endpoints(input.vllm_url, plan, all));
  // How the plan fits can be judged only of a request that there could be.
  if (const auto request = request_of(input))
    for (FieldFault& fault : misfits(plan, *request)) all.push_back(std::move(fault));
  judge_budget(input.owner, plan, all);
  if (auto looked_up = co_await look_up_verifiers(plan, all); !looked_up) co_return pass_on(looked_up);
  co_return all;
}

Result<void> ExecuteDeliberation::admit_endpoints(const std::string& vllm_url, const DeliberationPlan& plan,
                                                  std::vector<FieldFault>& faults) const {
  Result<void> first;
  const auto judge = [&](const std::string& endpoint, FieldPlace place) {
    auto admitted = ports_.model.admit(endpoint);
    if (admitted) return;
    const Error error{admitted.error().code, text_of(place) + " " + admitted.error().message};
    if (error.code == ErrorCode::invalid_argument) faults.push_back({.loc = std::move(place), .msg = error.message, .type = "value_error"});
    if (first) first = std::unexpected(error);
  };
  judge(vllm_url, {"vllm_url"});
  for (std::size_t i = 0; i < plan->endpoints.size(); ++i)
    judge(plan->endpoints[i], {"options", "endpoints", static_cast<std::int64_t>(i)});
  for (const auto& [agent, options] : plan->agents)
    if (options.endpoint) judge(*options.endpoint, {"options", "agents", agent, "endpoint"});
  return first;
}

void ExecuteDeliberation::judge_budget(std::optional<UserId> owner, const DeliberationPlan& plan, std::vector<FieldFault>& faults) const {
  const auto& tokens = plan->budget.tokens;
  if (!owner || !user_tokens_per_day_ || !tokens || *tokens <= *user_tokens_per_day_) return;
  FieldPlace place = {"options", "budget", "tokens"};
  std::string sentence = text_of(place) + " is " + std::to_string(*tokens) + ", but the deliberations of an account may use " +
                         std::to_string(*user_tokens_per_day_) + " together in a day (--user-tokens-per-day)";
  faults.push_back({.loc = std::move(place), .msg = std::move(sentence), .type = "value_error"});
}

Async<void> ExecuteDeliberation::look_up_verifiers(const DeliberationPlan& plan, std::vector<FieldFault>& faults) const {
  for (std::size_t i = 0; i < plan->stages.size(); ++i) {
    const Stage& stage = plan->stages[i];
    if (stage.kind != StageKind::verify) continue;
    auto plugin = co_await ports_.plugins.by_name(stage.plugin);
    if (!plugin && plugin.error().code != ErrorCode::not_found) co_return pass_on(plugin);
    if (plugin && plugin->is_active) continue;
    auto place = place_of_option(*plan, i, "verifier", "plugin");
    auto sentence = text_of(place) + " is the plugin '" + stage.plugin +
                    (plugin ? "', which is not active: it takes no jobs" : "', which there is not");
    faults.push_back({.loc = std::move(place), .msg = std::move(sentence), .type = "value_error"});
  }
  co_return Result<void>{};
}

}  // namespace orc
