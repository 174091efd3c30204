#include "adapters/cli/deliberation_question.h"

#include <CLI/CLI.hpp>
#include <iterator>
#include <set>

#include "adapters/cli/client_commands.h"
#include "adapters/json/json_document.h"
#include "adapters/json/json_writer.h"
#include "adapters/system/file_text.h"

namespace orc {
namespace {

constexpr std::size_t question_bytes_max = std::size_t{1} << 20;

std::string agent_id(int number) { return "agent-" + std::to_string(number + 1); }

Outcome<std::string> read_text_argument(ClientContext& context, const std::string& argument) {
  std::string text = argument;
  if (argument == "-") {
    text.assign(std::istreambuf_iterator<char>(context.in), {});
  } else if (argument.starts_with('@')) {
    auto read = read_file(argument.substr(1), question_bytes_max);
    if (!read) return stop_with(ExitCode::usage, read.error().message);
    text = std::move(*read);
  }
  if (text.find_first_not_of(" \t\r\n") == std::string::npos)
    return stop_with(ExitCode::usage, "there is no question: give it as one argument, as @FILE, or as - for the standard input");
  return text;
}

void write_ids(JsonWriter& json, std::string_view name, int from, int to) {
  json.key(name).begin_array();
  for (int i = from; i < to; ++i) json.value(agent_id(i));
  json.end_array();
}

// Writes what the flags say, of what `given` does not say already.
class OptionWriter {
 public:
  OptionWriter(JsonWriter& json, std::optional<JsonValue> given) : json_(json) {
    if (!given) return;
    for (const auto& member : given->members()) {
      if (member.value.is_null()) continue;  // as if it were not there
      names_.insert(member.key.string());
      json_.key(member.key.string()).raw(member.value.raw());
    }
  }

  template <typename T>
  void add(std::string_view name, const std::optional<T>& value) {
    if (value && is_free(name)) json_.member(name, *value);
  }
  void add_object(std::string_view name, std::string_view member, const auto& value) {
    if (!is_free(name)) return;
    json_.key(name).begin_object();
    json_.member(member, value);
    json_.end_object();
  }
  // All but the first, if there are any.
  void add_others(std::string_view name, const std::vector<std::string>& values) {
    if (values.size() < 2 || !is_free(name)) return;
    json_.key(name).begin_array();
    for (std::size_t i = 1; i < values.size(); ++i) json_.value(values[i]);
    json_.end_array();
  }
  void add_ids(std::string_view name, int from, int to) {
    if (is_free(name)) write_ids(json_, name, from, to);
  }

 private:
  bool is_free(std::string_view name) const { return !names_.contains(std::string(name)); }

  JsonWriter& json_;
  std::set<std::string> names_;
};

int strong_of(const DeliberationQuestion& question) { return question.strong.value_or(1); }

void write_options(JsonWriter& json, const DeliberationQuestion& question, std::optional<JsonValue> given) {
  json.begin_object();
  OptionWriter options(json, given);
  options.add("samples", question.samples);
  options.add_others("endpoints", question.endpoints);
  options.add("temperature", question.temperature);
  options.add("max_tokens", question.max_tokens);
  options.add("seed", question.seed);
  if (!question.verifier.empty()) options.add("verifier", std::optional(question.verifier));
  if (!question.extract.empty()) options.add_object("extract", "kind", question.extract);
  if (question.money) options.add_object("budget", "money", *question.money);
  if (question.preset == "cascade") {
    options.add_ids("cheap", 0, question.agents - strong_of(question));
    options.add_ids("strong", question.agents - strong_of(question), question.agents);
  }
  json.end_object();
}

void write_agents(JsonWriter& json, const DeliberationQuestion& question) {
  json.key("agents").begin_array();
  for (int i = 0; i < question.agents; ++i) {
    json.begin_object();
    json.member("id", agent_id(i));
    json.member("role", question.role);
    json.member("model", question.models[static_cast<std::size_t>(i) % question.models.size()]);
    json.end_object();
  }
  json.end_array();
}

bool gives(JsonValue options, std::string_view name) {
  const auto value = options.find(name);
  return value && !value->is_null();
}

// A flag that is a part of what --options give whole: neither may be dropped in silence, above all no cap on money.
std::optional<Failure> what_is_given_twice(const DeliberationQuestion& question, JsonValue options) {
  if (question.money && gives(options, "budget"))
    return Failure{ExitCode::usage, R"(--money and --options both give a budget: put it there, as {"budget": {"money": …}})"};
  if (!question.extract.empty() && gives(options, "extract"))
    return Failure{ExitCode::usage, "--extract and --options both say what of an answer counts: give one of them"};
  if (question.preset && gives(options, "stages"))
    return Failure{ExitCode::usage, "--preset and the stages among --options say how it is to go: give one of them"};
  return {};
}

std::optional<Failure> what_is_missing(const DeliberationQuestion& question) {
  if (question.models.empty()) return Failure{ExitCode::usage, "no model is named: give --model NAME, or set VLLM_MODEL"};
  if (question.endpoints.empty()) return Failure{ExitCode::usage, "no model server is named: give --endpoint URL, or set VLLM_URL"};
  if (question.preset == "best_of_n" && question.verifier.empty() && question.options.empty())
    return Failure{ExitCode::usage, "the preset best_of_n needs --verifier PLUGIN, which scores the answers; see: orc plugin list"};
  if (question.strong && question.preset != "cascade")
    return Failure{ExitCode::usage,
                   "--strong is of the preset cascade alone, where some agents are asked first: give --preset cascade too"};
  if (question.preset == "cascade" && strong_of(question) >= question.agents)
    return Failure{ExitCode::usage, "--strong " + std::to_string(strong_of(question)) + " leaves none of the " +
                                        std::to_string(question.agents) + " agents to be asked first: raise --agents"};
  return {};
}

}  // namespace

void add_question_options(CLI::App& command, DeliberationQuestion& question) {
  command.add_option("QUESTION", question.question, "The question: its text, @FILE, or - for the standard input")->required();
  command.add_option("--agents", question.agents, "How many are asked")->check(CLI::Range(1, 1000))->capture_default_str();
  command.add_option("--preset", question.preset, "independent (the default), vote, best_of_n or cascade")
      ->check(CLI::IsMember({"independent", "vote", "best_of_n", "cascade"}));
  command.add_option("--model", question.models, "Model; with several, agent by agent in turn")->envname("VLLM_MODEL");
  command
      .add_option("--endpoint", question.endpoints,
                  "Where the models are served, such as http://127.0.0.1:8000; several that serve the same ones may be named")
      ->allow_extra_args(false)
      ->envname("VLLM_URL")
      ->type_name("URL");
  command.add_option("--role", question.role, "Role of the agents, which their prompt names")->capture_default_str();
  command.add_option("--samples", question.samples, "Answers of each agent")->check(CLI::Range(1, 64));
  command.add_option("--verifier", question.verifier, "best_of_n: the plugin that scores each answer")->type_name("PLUGIN");
  command
      .add_option("--strong", question.strong, "cascade: so many of the agents, the last ones, are asked only if the others disagree (1)")
      ->check(CLI::Range(1, 999));
  command
      .add_option("--extract", question.extract, "What of an answer counts, so that two can be equal: number, choice or normalised_text")
      ->check(CLI::IsMember({"number", "choice", "normalised_text"}));
  command.add_option("--temperature", question.temperature, "Temperature of the models")->check(CLI::Range(0.0, 2.0));
  command.add_option("--max-tokens", question.max_tokens, "Tokens of one answer at most")->check(CLI::Range(1, 1'000'000));
  command.add_option("--seed", question.seed, "Seed for the models")->check(CLI::NonNegativeNumber);
  command.add_option("--money", question.money, "What it may cost at most, by the prices among --options")->check(CLI::NonNegativeNumber);
  command.add_option("--options", question.options, "Everything else, as JSON, @FILE or -: see docs/deliberations.md")->type_name("JSON");
  command.add_option("--timeout", question.timeout_seconds, "Seconds that it may take")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str();
  command.add_option("--task-id", question.task_id, "Name of the task, which becomes part of the deliberation's id")->capture_default_str();
}

Outcome<std::string> deliberation_body(ClientContext& context, const DeliberationQuestion& question) {
  if (auto missing = what_is_missing(question)) return std::unexpected(std::move(*missing));
  const auto text = read_text_argument(context, question.question);
  if (!text) return std::unexpected(text.error());
  std::string options_text;
  std::optional<JsonDocument> options;
  if (!question.options.empty()) {
    auto read = read_json_argument(context, question.options);
    if (!read) return std::unexpected(read.error());
    options_text = std::move(*read);
    options = JsonDocument::parse(options_text).value();
    if (!options->root().is_object()) return stop_with(ExitCode::usage, "--options is no JSON object, such as '{\"temperature\": 0}'");
    if (auto twice = what_is_given_twice(question, options->root())) return std::unexpected(std::move(*twice));
  }
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("task_id", question.task_id);
  json.member("task_description", *text);
  json.member("role", question.role);
  json.key("constraints").begin_object();
  json.member("story_id", question.task_id);
  json.member("timeout_seconds", question.timeout_seconds);
  json.end_object();
  write_agents(json, question);
  json.member("vllm_url", question.endpoints.front());
  json.member("vllm_model", question.models.front());
  json.member("per_agent_models", question.models.size() > 1);
  if (!options || !gives(options->root(), "stages")) json.member("preset", question.preset.value_or("independent"));
  json.key("options");
  write_options(json, question, options ? std::optional(options->root()) : std::nullopt);
  json.end_object();
  return body;
}

}  // namespace orc
