#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>

#include "adapters/cli/bench_load.h"
#include "adapters/cli/bench_scenario.h"
#include "adapters/cli/client_commands.h"
#include "adapters/json/json_writer.h"

namespace orc {
namespace {

struct BenchOptions {
  ScenarioOptions scenario;
  int connections = 64;
  double seconds = 5;
  double rate = 0;
};

std::string rounded(double number) {
  char text[32];
  std::snprintf(text, sizeof text, number < 100 ? "%.2f" : "%.0f", number);
  return text;
}

void print_figures(ClientContext& context, const BenchOptions& options, const LoadFigures& figures, double jobs_per_second) {
  if (!context.flags.as_json) {
    context.out << options.scenario.name << ": " << rounded(jobs_per_second) << "/s, p50 " << rounded(figures.percentile_ms(0.5))
                << " ms, p99 " << rounded(figures.percentile_ms(0.99)) << " ms, " << figures.refusals << " refused\n";
    return;
  }
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("scenario", options.scenario.name);
  json.member("connections", options.connections);
  json.member("rate", options.rate);
  json.member("seconds", figures.seconds);
  json.member("answers", figures.answers);
  json.member("refusals", figures.refusals);
  json.member("per_second", jobs_per_second);
  json.member("p50_ms", figures.percentile_ms(0.5));
  json.member("p99_ms", figures.percentile_ms(0.99));
  json.member("max_ms", figures.percentile_ms(1));
  json.end_object();
  context.out << text << "\n";
}

Outcome<ExitCode> measure(ClientContext& context, ApiClient& client, const BenchOptions& options) {
  const auto server = host_and_port(client.server().url);
  if (!server) return std::unexpected(server.error());
  auto scenario = prepare_scenario(client, options.scenario);
  if (!scenario) return std::unexpected(scenario.error());
  const LoadPlan plan{.host = server->host,
                      .port = server->port,
                      .requests = std::move(scenario->requests),
                      .connections = options.connections,
                      .duration = std::chrono::milliseconds(static_cast<std::int64_t>(options.seconds * 1000)),
                      .rate = options.rate};
  const auto figures = run_load(plan);
  if (!figures) return std::unexpected(failure_of(figures.error()));
  print_figures(context, options, *figures, figures->per_second() * scenario->jobs_per_answer);
  if (figures->first_refusal) {
    const auto& [status, body] = *figures->first_refusal;
    context.err << coloured(context.terminal, Colour::red, "the first refusal: ") << status << " " << failure_of_reply(status, body).message
                << "\n";
  }
  return figures->refusals == 0 ? ExitCode::ok : ExitCode::negative;
}

}  // namespace

void add_bench_command(CLI::App& app, ClientContext& context) {
  auto* command = app.add_subcommand("bench", "Put load on a running server and print its figures");
  const auto options = std::make_shared<BenchOptions>();
  command->add_option("SCENARIO", options->scenario.name, "submit, batch, get, list or health")
      ->required()
      ->check(CLI::IsMember(scenario_names()));
  command->add_option("--plugin", options->scenario.plugin, "Plugin of the submitted jobs");
  command->add_option("--input", options->scenario.input, "Their input, JSON");
  command->add_option("--batch", options->scenario.batch, "Jobs in one request of batch (100)")->check(CLI::Range(1, 1000));
  command->add_option("--query", options->scenario.query, "More of the query of list, such as status=completed");
  command->add_option("--connections", options->connections, "Connections at once (64)")->check(CLI::Range(1, 10'000));
  command->add_option("--seconds", options->seconds, "How long (5)")->type_name("SECONDS")->check(CLI::Range(0.1, 3600.0));
  command->add_option("--rate", options->rate, "Requests a second on a timetable; 0: as fast as answers come (0)")
      ->check(CLI::Range(0.0, 1'000'000.0));
  add_client_options(*command, context);
  command->footer(
      "With --rate, latencies count from the moment on the timetable. The generator runs on one core of the same host.\n"
      "Submitted jobs are real: they are run and stay in the list.\n\nExamples:\n"
      "  orc bench submit --plugin example-classifier\n  orc bench submit --plugin example-classifier --rate 5000 --seconds 10 --json");
  command->callback(
      [&context, options] { run_with_server(context, [&](ApiClient& client) { return measure(context, client, *options); }); });
}

}  // namespace orc
