// What deliberations cost without a store and a network of others:
//   orc_model_bench streams URL COUNT SECONDS   so many streams of `orc model-stub --stamps` at URL are read, and begun anew as they end,
//   by
//                                               one thread: how late each token came, and how much of a core that took
//   orc_model_bench engine AGENTS COUNT         so many deliberations of each kind are played, of so many agents: time of the engine for
//                                               each call, and for each piece of the work of comparing proposals
// One line of JSON on standard output.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <iostream>
#include <sys/resource.h>

#include "adapters/json/json_writer.h"
#include "adapters/openai/openai_model.h"
#include "adapters/system/asio_wake_ups.h"
#include "adapters/system/system_clock.h"
#include "adapters/system/system_random.h"
#include "domain/deliberation/deliberation_script.h"

namespace {

using Microseconds = std::chrono::microseconds;

Microseconds now() { return std::chrono::floor<Microseconds>(std::chrono::steady_clock::now().time_since_epoch()); }

double processor_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double percentile_ms(std::vector<Microseconds>& times, double share) {
  if (times.empty()) return 0;
  const auto place = std::min(times.size() - 1, static_cast<std::size_t>(share * static_cast<double>(times.size())));
  std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(place));
  return static_cast<double>(times[place].count()) / 1000;
}

// One stream's reader. Each delta is one stamp.
class Reader final : public orc::AnswerListener {
 public:
  explicit Reader(std::vector<Microseconds>& late) : late_(late) {}

  void wrote(std::string_view delta) override {
    std::int64_t due = 0;
    if (std::from_chars(delta.data(), delta.data() + delta.size(), due).ec == std::errc{}) late_.push_back(now() - Microseconds{due});
  }
  void restarted() override {}
  bool may_try_again() override { return true; }
  void was_in_vain(const orc::TokenUsage&) override {}

 private:
  std::vector<Microseconds>& late_;
};

struct StreamFigures {
  std::vector<Microseconds> late;
  int failed = 0;
};

boost::asio::awaitable<void> read_until(orc::OpenAiModel& model, std::string url, orc::SteadyTime end, StreamFigures& figures) {
  Reader reader(figures.late);
  while (std::chrono::steady_clock::now() < end) {
    const auto answer =
        co_await model.ask({.endpoint = url, .model = "m", .system = "", .user = "x", .answer_tokens_max = 1'000'000}, reader, {});
    if (!answer && ++figures.failed < 5) std::cerr << answer.error().message << '\n';
  }
}

// Short answers come first, so that the client knows what late is, as it does in a server that has been up for a minute.
void learn_what_late_is(boost::asio::io_context& io, orc::OpenAiModel& model, const std::string& url, StreamFigures& figures) {
  const auto ask = [&](auto&&) -> boost::asio::awaitable<void> {
    Reader reader(figures.late);
    const auto answer = co_await model.ask({.endpoint = url, .model = "m", .system = "", .user = "x", .answer_tokens_max = 1}, reader, {});
    if (!answer && ++figures.failed < 5) std::cerr << answer.error().message << '\n';
  };
  for (std::size_t i = 0; i < orc::StragglerWatch::samples_min + 5; ++i) boost::asio::co_spawn(io, ask(0), boost::asio::detached);
  io.run();
  io.restart();
}

void print(const std::function<void(orc::JsonWriter&)>& write) {
  std::string text;
  orc::JsonWriter json(text);
  json.begin_object();
  write(json);
  json.end_object();
  std::cout << text << std::endl;
}

int streams(const std::string& url, int count, int seconds) {
  boost::asio::io_context io{1};
  orc::SystemClock clock;
  orc::SystemRandom random;
  orc::AsioWakeUps wake_ups{io.get_executor()};
  auto origins = orc::ModelOrigins::create({}, {}).value();
  auto model = orc::OpenAiModel::create(io.get_executor(), {.origins = std::move(origins), .trust = {}, .replicas = {}, .times = {}},
                                        {.clock = clock, .random = random, .wake_ups = wake_ups});
  if (!model) {
    std::cerr << model.error().message << '\n';
    return 1;
  }
  StreamFigures figures;
  learn_what_late_is(io, **model, url, figures);
  figures.late.clear();
  const auto begun = std::chrono::steady_clock::now();
  const double used_before = processor_seconds();
  for (int i = 0; i < count; ++i)
    boost::asio::co_spawn(io, read_until(**model, url, begun + std::chrono::seconds{seconds}, figures), boost::asio::detached);
  io.run();
  const double passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  print([&](orc::JsonWriter& json) {
    json.member("tokens", figures.late.size());
    json.member("failed", figures.failed);
    json.member("late_p50_ms", percentile_ms(figures.late, 0.5));
    json.member("late_p99_ms", percentile_ms(figures.late, 0.99));
    json.member("late_max_ms", percentile_ms(figures.late, 1));
    json.member("core_share", (processor_seconds() - used_before) / passed);
  });
  return figures.failed == 0 ? 0 : 1;
}

struct EngineFigures {
  std::vector<Microseconds> calls;
  std::vector<Microseconds> pieces;
};

// Everything that the engine does for one call: the prompt, and what follows from the answer.
void play(const orc::DeliberationRequest& request, const orc::DeliberationPlan& plan, const std::string& answer, EngineFigures& figures) {
  orc::DeliberationProgress progress(request, plan, orc::DeliberationProgress::Scoring::by_and_by);
  while (!progress.end()) {
    const auto begun = now();
    const orc::CallName name = progress.wanted().front();
    if (progress.stage_of(name).kind != orc::StageKind::verify) progress.prompt_for(name);
    orc::FinishedCall call = orc::DeliberationScript::success(name, answer + std::to_string(name.agent));
    call.score = 0.5;
    progress.apply(call);
    figures.calls.push_back(now() - begun);
    while (progress.is_scoring()) {
      const auto piece = now();
      progress.score_some();
      figures.pieces.push_back(now() - piece);
    }
  }
}

int engine(std::size_t agents, int count) {
  std::string answer;
  for (int i = 0; i < 200; ++i) answer += "word" + std::to_string(i % 50) + " ";
  std::vector<orc::DeliberationPlan> plans;
  plans.push_back(orc::preset_plan("independent", {}).value());
  plans.push_back(orc::preset_plan("vote", {.samples = 2}).value());
  plans.push_back(orc::preset_plan("best_of_n", {.samples = 2, .verifier = "v"}).value());
  plans.push_back(orc::preset_plan("cascade", {.cheap = {"a", "b"}, .strong = {"c"}}).value());
  plans.push_back(orc::DeliberationPlan::create({.stages = {{.kind = orc::StageKind::propose},
                                                            {.kind = orc::StageKind::exchange},
                                                            {.kind = orc::StageKind::critique},
                                                            {.kind = orc::StageKind::revise},
                                                            {.kind = orc::StageKind::score}}})
                      .value());
  const orc::DeliberationRequest request = orc::DeliberationScript::request_for(agents);
  EngineFigures figures;
  for (int i = 0; i < count; ++i)
    for (const orc::DeliberationPlan& plan : plans) play(request, plan, answer, figures);
  print([&](orc::JsonWriter& json) {
    json.member("calls", figures.calls.size());
    json.member("engine_p50_ms", percentile_ms(figures.calls, 0.5));
    json.member("engine_p99_ms", percentile_ms(figures.calls, 0.99));
    json.member("engine_max_ms", percentile_ms(figures.calls, 1));
    json.member("pieces", figures.pieces.size());
    json.member("piece_p99_ms", percentile_ms(figures.pieces, 0.99));
    json.member("piece_max_ms", percentile_ms(figures.pieces, 1));
  });
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() == 4 && words[0] == "streams") return streams(words[1], std::stoi(words[2]), std::stoi(words[3]));
  if (words.size() == 3 && words[0] == "engine") return engine(std::stoul(words[1]), std::stoi(words[2]));
  std::cerr << "usage: orc_model_bench streams URL COUNT SECONDS | engine AGENTS COUNT\n";
  return 2;
}
