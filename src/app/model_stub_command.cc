#include "app/model_stub_command.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <iostream>
#include <sys/resource.h>
#include <thread>

#include "adapters/cli/exit_code.h"
#include "adapters/http/http_server.h"
#include "adapters/model_stub/model_stub.h"
#include "adapters/system/file_text.h"
#include "adapters/system/system_clock.h"
#include "app/settings.h"
#include "app/stop_signals.h"

namespace orc {
namespace {

constexpr std::size_t record_bytes_max = std::size_t{64} << 20;
constexpr std::size_t connections_max = 60'000;
constexpr std::chrono::seconds stop_time_max{5};

// Counts are asked for, see GET /counts.
class NoObserver final : public HttpObserver {
 public:
  void request_finished(const FinishedRequest&) override {}
  void connections_changed(std::size_t) override {}
  void connection_cut(HttpCut, std::string_view) override {}
  void handler_failed(std::string_view, std::string_view) override {}
};

Result<RecordedAnswers> read_record(const std::string& path) {
  if (path.empty()) return RecordedAnswers{};
  auto text = read_file(path, record_bytes_max);
  if (!text) return fail(ErrorCode::invalid_argument, "--record: " + text.error().message);
  auto recorded = RecordedAnswers::parse(*text);
  if (!recorded) return fail(ErrorCode::invalid_argument, "--record: " + path + ": " + recorded.error().message);
  return recorded;
}

// As many connections as the system allows this user.
void raise_descriptor_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &files) != 0) std::cerr << "orc model-stub: the limit of open files stays as it is\n";
}

StubSettings settings_of(const RawModelStub& raw) {
  StubSettings settings = raw.settings;
  settings.first_token = std::chrono::milliseconds{raw.first_token_ms};
  if (raw.retry_after_seconds >= 0) settings.retry_after = std::chrono::seconds{raw.retry_after_seconds};
  settings.kind = raw.stamps ? StubSettings::Tokens::stamps : StubSettings::Tokens::words;
  return settings;
}

int leave(ExitCode exit_code, const std::string& sentence) {
  std::cerr << "orc model-stub: " << sentence << '\n';
  return static_cast<int>(exit_code);
}

void add_fault_flags(CLI::App& command, RawModelStub& raw) {
  const std::string group = "Faults";
  StubSettings& settings = raw.settings;
  command.add_option("--stragglers", settings.stragglers, "Share of answers that are slow")->check(CLI::Range(0.0, 1.0))->group(group);
  command.add_option("--straggler-factor", settings.straggler_factor, "How many times as slow they are")
      ->check(CLI::Range(1.0, 1000.0))
      ->capture_default_str()
      ->group(group);
  command.add_option("--errors", settings.errors, "Share of requests that are refused")->check(CLI::Range(0.0, 1.0))->group(group);
  command.add_option("--error-status", settings.error_status, "Status of a refusal")
      ->check(CLI::Range(400, 599))
      ->capture_default_str()
      ->group(group);
  command.add_option("--retry-after", raw.retry_after_seconds, "Seconds that a refusal asks to wait; default: it does not say")
      ->check(CLI::Range(0, 86'400))
      ->group(group);
  command.add_option("--breaks", settings.breaks, "Share of answers that break off in their midst; one that is not streamed gets 502")
      ->check(CLI::Range(0.0, 1.0))
      ->group(group);
  command.add_option("--seed", settings.seed, "What decides which requests are struck, and which words are made up")
      ->capture_default_str()
      ->group(group);
}

}  // namespace

CLI::App* add_model_stub_command(CLI::App& app, RawModelStub& raw) {
  CLI::App* const command =
      app.add_subcommand("model-stub", "A model server without a model: made-up or recorded answers, over OpenAI's API");
  command->add_option("--listen", raw.listen, "host:port; port 0 for any free one")->capture_default_str();
  command->add_option("--model", raw.settings.models, "A model that it has; may be repeated; default: it answers for every name");
  command->add_option("--record", raw.record, "File of answers: JSON lines, of which the first that fits a question counts")
      ->type_name("FILE");
  command->add_option("--tokens", raw.settings.tokens, "Words of an answer that no record gives")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  command->add_option("--first-token", raw.first_token_ms, "Milliseconds until an answer begins")
      ->check(CLI::Range(0, 86'400'000))
      ->capture_default_str();
  command->add_option("--tokens-per-second", raw.settings.tokens_per_second, "How fast it goes on then; 0: all at once")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  command->add_flag("--stamps", raw.stamps,
                    "Each streamed token is the moment at which it was due, in microseconds of this host's steady clock: for measurements");
  add_fault_flags(*command, raw);
  command->footer(
      "A line of the record: {\"match\": \"capital of France\", \"model\": \"small\", \"answer\": \"Paris\"}. `match` has to occur in one "
      "of "
      "the\nquestion's messages; both it and `model` may be left out. Of several, \"answers\": [\"heads\", \"tails\"], one is drawn.\n\n"
      "The same request gets the same answer and the same fate for the same --seed, whatever came before; its repetition has luck of its "
      "own.\n"
      "GET /counts says what it has done so far: asked, open, open_max, answered, refused, broken, abandoned, tokens.\n\n"
      "Examples:\n  orc model-stub --first-token 200 --tokens-per-second 20\n  orc model-stub --listen 127.0.0.1:0 --stragglers 0.05 "
      "--errors "
      "0.01 --error-status 429 --retry-after 1\n  orc model-stub --record answers.jsonl --model small --model large");
  return command;
}

int run_model_stub(const RawModelStub& raw) {
  const auto listen = parse_listen("--listen", raw.listen);
  if (!listen) return leave(ExitCode::usage, listen.error().message);
  if (!*listen) return leave(ExitCode::usage, "--listen off: there is nothing else that it could do");
  auto recorded = read_record(raw.record);
  if (!recorded) return leave(ExitCode::usage, recorded.error().message);

  const StopSignals signals;
  raise_descriptor_limit();
  boost::asio::io_context io{1};
  SystemClock clock;
  NoObserver observer;
  HttpServerLimits limits;
  limits.connections_max = connections_max;
  ByteBudget budget(limits.held_bytes_max, limits.held_bytes_allowance);
  ModelStub stub(io.get_executor(), settings_of(raw), std::move(*recorded), clock);
  HttpServer server(io, limits, budget, stub, observer);
  const auto endpoint = server.start((*listen)->host, (*listen)->port);
  if (!endpoint) return leave(failure_of(endpoint.error()).code, endpoint.error().message);
  const bool is_v6 = endpoint->address.contains(':');
  std::cout << "orc model-stub answers at http://" << (is_v6 ? "[" + endpoint->address + "]" : endpoint->address) << ":" << endpoint->port
            << std::endl;

  std::jthread loop([&] { io.run(); });
  signals.wait();
  boost::asio::post(io, [&] { stub.hurry(); });
  server.wait(std::chrono::steady_clock::now() + stop_time_max);
  return 0;
}

}  // namespace orc
