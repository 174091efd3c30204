// Every preset, from its request to its decision, held against a text that people have read: tests/golden/deliberations/NAME.jsonl, where
// each line is the request, the plan, one call or the end. ORC_REWRITE_GOLDEN=1 in the environment writes them instead.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

#include "adapters/deliberation_json/answer_extraction.h"
#include "adapters/deliberation_json/deliberation_text.h"
#include "adapters/deliberation_json/plan_json.h"
#include "domain/deliberation/deliberation_progress.h"
#include "domain/deliberation/deliberation_script.h"

namespace orc {
namespace {

// What the models and the verifier of one transcript say, by agent and sample.
struct Transcript {
  const char* name;
  const char* preset;
  const char* options;
  std::size_t agents;
  std::map<CallName, const char*> says;  // what is not here fails
  std::map<CallName, double> scores = {};
};

// The order in which the calls of these end is the one in which they are wanted, but where `options` has a stage stop early, the rest of
// its calls is never made.
const Transcript transcripts[] = {
    {.name = "independent",
     .preset = "",
     .options = "{}",
     .agents = 3,
     .says = {{{0, 0, 0}, "Eleven is a prime."}, {{0, 1, 0}, "eleven is a prime"}, {{0, 2, 0}, "It is 13, I think."}}},
    {.name = "independent_with_a_failure",
     .preset = "independent",
     .options = R"({"extract":{"kind":"number"},"prices":{"m":{"in":1,"out":2}}})",
     .agents = 3,
     .says = {{{0, 0, 0}, "I take 13."}, {{0, 2, 0}, "Say 13"}}},
    {.name = "vote",
     .preset = "vote",
     .options = R"({"extract":{"kind":"number"}})",
     .agents = 5,
     .says = {{{0, 0, 0}, "11"},
              {{0, 1, 0}, "That would be 13."},
              {{0, 2, 0}, "11, of course"},
              {{0, 3, 0}, "11"},
              {{0, 4, 0}, "never asked"}}},
    {.name = "vote_ranked",
     .preset = "vote",
     .options = R"({"rule":"ranked","extract":{"kind":"number"}})",
     .agents = 5,
     .says = {{{0, 0, 0}, "11"},
              {{0, 1, 0}, "11"},
              {{0, 2, 0}, "11"},
              {{0, 3, 0}, "13"},
              {{0, 4, 0}, "17, if I must"},
              {{1, 0, 0}, "A > B > C"},
              {{1, 1, 0}, "B > A > C"},
              {{1, 2, 0}, "I would not rank them."},
              {{1, 3, 0}, "B is best.\nB > A"},
              {{1, 4, 0}, "C > B"}}},
    {.name = "vote_weighted",
     .preset = "vote",
     .options = R"({"rule":"weighted","extract":{"kind":"number"},"agents":{"c":{"weight":2.5}}})",
     .agents = 4,
     .says = {{{0, 0, 0}, "11"}, {{0, 1, 0}, "11"}, {{0, 2, 0}, "13"}, {{0, 3, 0}, "I do not know."}}},
    {.name = "vote_without_a_majority",
     .preset = "vote",
     .options = "{}",
     .agents = 3,
     .says = {{{0, 0, 0}, "Eleven."}, {{0, 1, 0}, "I would say 11."}, {{0, 2, 0}, "Take 13!"}}},
    {.name = "best_of_n",
     .preset = "best_of_n",
     .options = R"({"samples":2,"verifier":"is-prime"})",
     .agents = 2,
     .says = {{{0, 0, 0}, "12"}, {{0, 1, 0}, "15"}, {{0, 0, 1}, "13"}, {{0, 1, 1}, "17"}},
     .scores = {{{1, 0, 0}, 0}, {{1, 1, 0}, 0.25}, {{1, 0, 1}, 1}, {{1, 1, 1}, 1}}},
    {.name = "cascade_that_agrees",
     .preset = "cascade",
     .options = R"({"cheap":["a","b"],"strong":["c"],"extract":{"kind":"number"}})",
     .agents = 3,
     .says = {{{0, 0, 0}, "11"}, {{0, 1, 0}, "11."}, {{3, 2, 0}, "never asked"}}},
    {.name = "cascade_that_escalates",
     .preset = "cascade",
     .options = R"({"cheap":["a","b"],"strong":["c"],"extract":{"kind":"number"}})",
     .agents = 3,
     .says = {{{0, 0, 0}, "11"}, {{0, 1, 0}, "15"}, {{3, 2, 0}, "15 is 3 times 5, so it is 11"}}},
    {.name = "cascade_without_its_strong_agent",
     .preset = "cascade",
     .options = R"({"cheap":["a","b"],"strong":["c"],"extract":{"kind":"number"}})",
     .agents = 3,
     .says = {{{0, 0, 0}, "11"}, {{0, 1, 0}, "15"}}},
};

FinishedCall finished(const Transcript& transcript, const DeliberationPlan& plan, CallName name) {
  if (const auto score = transcript.scores.find(name); score != transcript.scores.end()) return {.name = name, .score = score->second};
  const auto text = transcript.says.find(name);
  if (text == transcript.says.end()) return DeliberationScript::failure(name, "the model server answered 500");
  FinishedCall call = DeliberationScript::success(name, text->second);
  call.answer = answer_in(plan->extraction, call.text);
  return call;
}

void write_call(JsonWriter& json, const DeliberationProgress& progress, const FinishedCall& call) {
  const StageKind kind = progress.stage_of(call.name).kind;
  json.begin_object();
  json.member("stage", call.name.stage);
  json.member("kind", to_word(kind));
  json.member("agent", progress.agent_of(call.name)->agent_id);
  json.member("sample", call.name.sample);
  if (kind == StageKind::verify) {
    json.member("proposal", progress.proposal_for(call.name));
    json.member("score", call.score);
  } else {
    const Prompt prompt = progress.prompt_for(call.name);
    json.member("system", prompt.system);
    json.member("user", prompt.user);
    json.member(call.outcome == CallOutcome::succeeded ? "text" : "failure", call.text);
    json.member("answer", call.answer);
  }
  json.end_object();
}

std::string line_of(std::string_view name, const std::function<void(JsonWriter&)>& write) {
  std::string line;
  JsonWriter json(line);
  json.begin_object();
  json.key(name);
  write(json);
  json.end_object();
  return line + "\n";
}

std::string played(const Transcript& transcript) {
  const DeliberationRequest request = DeliberationScript::request_for(transcript.agents);
  const DeliberationPlan plan = plan_from_options(transcript.preset, transcript.options).value();
  std::string text = line_of("request", [&](JsonWriter& json) { write_request(json, request, Texts::whole); }) +
                     line_of("plan", [&](JsonWriter& json) { write_plan(json, plan); });
  DeliberationProgress progress(request, plan);
  while (!progress.end()) {
    const FinishedCall call = finished(transcript, plan, progress.wanted().front());
    text += line_of("call", [&](JsonWriter& json) { write_call(json, progress, call); });
    progress.apply(call);
  }
  return text + line_of("end", [&](JsonWriter& json) { write_end(json, *progress.end(), Texts::whole); });
}

class golden_transcripts : public testing::TestWithParam<Transcript> {};

TEST_P(golden_transcripts, a_preset_goes_from_its_request_to_its_decision_as_was_read) {
  const std::filesystem::path path = std::filesystem::path(ORC_GOLDEN_FOLDER) / (std::string(GetParam().name) + ".jsonl");
  const std::string text = played(GetParam());
  if (std::getenv("ORC_REWRITE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
    return;
  }
  std::ifstream file(path);
  const std::string wanted{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text, wanted) << path << " (ORC_REWRITE_GOLDEN=1 rewrites it)";
}

INSTANTIATE_TEST_SUITE_P(presets, golden_transcripts, testing::ValuesIn(transcripts),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(golden_transcripts_together, show_every_preset) {
  for (const std::string_view preset : preset_names)
    EXPECT_TRUE(std::ranges::any_of(transcripts, [&](const Transcript& one) { return std::string_view(one.name).starts_with(preset); }))
        << preset;
}

}  // namespace
}  // namespace orc
