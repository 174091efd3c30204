#include "tests/simulation/world.h"

#include <algorithm>

#include "domain/deliberation/deliberation_script.h"
#include "tests/contract/run_async.h"

namespace orc::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int client_links = 3;
constexpr int tries_of_a_client = 40;
constexpr int deliberation_steps_max = 8;
constexpr Span answer_max = seconds{5};
constexpr double jobs_with_a_date = 0.1;
constexpr double jobs_with_a_callback = 0.6;
constexpr Span supervisor_pause = seconds{1};  // from the end of a process that broke down to its next life

NewPlugin plugin_of_scripts() {
  PluginSpec spec;
  spec.command = {"./run"};
  return {.name = "script", .version = "1.0.0", .description = "", .spec = spec};
}

}  // namespace

World::World(std::uint64_t seed, PlantedBug bug, Trace& trace)
    : time_(trace),
      dice_(seed),
      plan_(FaultPlan::drawn(dice_)),
      network_(time_, dice_, plan_),
      database_faults_{.refused_changes = plan_.refused_changes, .lost_commits = plan_.lost_commits, .slow_answers = plan_.slow_answers},
      database_host_(time_, dice_, new_wall(), "database"),
      database_(
          {.time = time_, .clock = database_host_, .ledger = ledger_, .lives = [this](const std::string& name) { return lives_[name]; }},
          bug),
      plugin_(ok(database_.plugin_store().add(plugin_of_scripts()))),
      servers_(static_cast<std::size_t>(plan_.servers)),
      workers_(static_cast<std::size_t>(plan_.workers)),
      clients_(time_, dice_, new_wall(), "clients"),
      submissions_left_(plan_.jobs),
      deliberations_left_(plan_.deliberations) {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    servers_[i].host = "server-" + std::to_string(i + 1);
    servers_[i].wall = plan_.is_sole_owner ? &walls_.front() : &new_wall();
  }
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    workers_[i].host = "worker-" + std::to_string(i + 1);
    workers_[i].wall = &new_wall();
  }
  const ServerLink::Ports ports{.time = time_, .network = network_, .servers = *this, .process = clients_, .host = clients_.name()};
  for (std::size_t i = 0; i < client_links; ++i) links_.push_back(std::make_unique<ServerLink>(ports, i));
}

World::~World() {
  for (auto& server : servers_)
    if (server.life) server.life->process().kill();
  for (auto& worker : workers_)
    if (worker.life) worker.life->process().kill();
  clients_.kill();
  database_host_.kill();
  time_.settle();
  time_.forget_all();
  time_.settle();
}

void World::begin() {
  for (std::size_t i = 0; i < servers_.size(); ++i) start_server(i);
  for (std::size_t i = 0; i < workers_.size(); ++i) start_worker(i);
  clients_.start(submit_all());
  for (int number = 1; number <= plan_.deliberations; ++number) clients_.start(deliberate(number));
}

void World::start_server(std::size_t index) {
  auto& host = servers_[index];
  const std::string name = host.host + "#" + std::to_string(++host.lives);
  lives_[name] = true;
  const auto break_down = [this, index] { time_.after(Span{0}, [this, index] { kill_server(index, supervisor_pause); }); };
  host.life = std::make_unique<SimulatedServer>(SimulatedServer::Place{.time = time_,
                                                                       .dice = dice_,
                                                                       .wall = *host.wall,
                                                                       .ledger = ledger_,
                                                                       .database = database_,
                                                                       .database_faults = database_faults_,
                                                                       .blobs = blobs_,
                                                                       .plan = plan_,
                                                                       .to_others = hints_of(index),
                                                                       .on_poison = break_down,
                                                                       .listeners = plan_.has_listeners ? &listeners_ : nullptr,
                                                                       .host = host.host},
                                                name);
  host.life->start();
}

void World::start_worker(std::size_t index) {
  auto& host = workers_[index];
  const std::string name = host.host + "#" + std::to_string(++host.lives);
  lives_[name] = true;
  const auto break_down = [this, index] { time_.after(Span{0}, [this, index] { kill_worker(index, supervisor_pause); }); };
  host.life = std::make_unique<SimulatedWorker>(SimulatedWorker::Place{.time = time_,
                                                                       .dice = dice_,
                                                                       .wall = *host.wall,
                                                                       .ledger = ledger_,
                                                                       .network = network_,
                                                                       .servers = *this,
                                                                       .blobs = blobs_,
                                                                       .host = host.host},
                                                name, static_cast<int>(dice_.between(1, 4)), break_down);
  host.life->start();
}

template <typename Life>
void World::bury(std::unique_ptr<Life>& life) {
  lives_[life->process().name()] = false;
  life->process().kill();
  time_.after(Span{0}, [dead = std::move(life)] {});
  life.reset();
}

void World::kill_server(std::size_t index, Span down) {
  if (!servers_[index].life) return;
  bury(servers_[index].life);
  time_.after(down, [this, index] { start_server(index); });
}

void World::kill_worker(std::size_t index, Span down) {
  if (!workers_[index].life) return;
  bury(workers_[index].life);
  time_.after(down, [this, index] { start_worker(index); });
}

void World::drain_worker(std::size_t index, Span grace, Span down) {
  if (!workers_[index].life) return;
  time_.trace.note(time_.passed(), workers_[index].host, "drains");
  const int life = workers_[index].lives;
  workers_[index].life->drain(grace, [this, index, life, down] {
    time_.after(Span{0}, [this, index, life, down] {
      if (workers_[index].lives == life) kill_worker(index, down);
    });
  });
}

void World::wipe_broker() {
  time_.trace.note(time_.passed(), broker_.host, "is wiped");
  broker_.wipe();
}

void World::heal() {
  time_.trace.note(time_.passed(), "world", "everything is healed");
  network_.heal();
  database_faults_ = {};
  receiver_.heal();
  for (auto& server : servers_)
    if (server.life && server.life->process().is_paused()) server.life->process().go_on();
  for (auto& worker : workers_)
    if (worker.life && worker.life->process().is_paused()) worker.life->process().go_on();
  for (WallClock& wall : walls_) wall.wrong_by = milliseconds{0};
}

bool World::is_over() const {
  const bool is_asked_for = submissions_left_ == 0 && deliberations_left_ == 0;
  return is_asked_for && ledger_.is_everything_over() && outbox_ledger_.is_over(database_.state());
}

Account World::close() {
  Account account = ledger_.close(database_.state(), !plan_.clock_jumps_by_days);
  outbox_ledger_.close(database_.state(), account);
  return account;
}

// A retry's pause, of a job or a callback, and a job's date are times of day: a clock that is set back makes them wait. That is no fault to
// be healed from.
bool World::wait_for_what_is_due() {
  const Timestamp now = database_host_.now();
  Timestamp last = now;
  for (const auto& [id, row] : database_.state().jobs) {
    if (row.job.status == JobStatus::queued && row.is_delayed) last = std::max(last, row.due);
    for (const CallbackDelivery& one : row.callbacks) last = std::max(last, one.next_try_at.value_or(now));
  }
  walls_.front().wrong_by += last - now;
  return last > now;
}

SimulatedSignals::ToOthers World::hints_of(std::size_t index) {
  return {.work_arrived = [this, index] { tell_others(index, [](SimulatedSignals& signals) { signals.hear_work_arrived(); }); },
          .job_ended = [this, index](JobId id) { tell_others(index, [id](SimulatedSignals& signals) { signals.hear_job_ended(id); }); }};
}

void World::tell_others(std::size_t from, const std::function<void(SimulatedSignals&)>& tell) {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (i == from) continue;
    network_.carry_hint(servers_[from].host, servers_[i].host, [this, i, tell] {
      if (SimulatedServer* const server = servers_[i].life.get())
        server->process().after(Span{0}, [server, tell] { tell(server->signals()); });
    });
  }
}

NewJob World::new_job(int number) {
  using enum JobScript::Ending;
  JobScript script{.ending = succeeds, .duration = dice_.between(milliseconds{5}, milliseconds{1'500})};
  if (dice_.chance(0.3)) script.duration = dice_.between(seconds{2}, seconds{14});  // also longer than a lease
  const double fate = dice_.dice();
  if (fate < plan_.poison_jobs) {
    script = {.ending = kills_its_worker, .duration = milliseconds{50}};
  } else if (fate > 0.97) {
    script.ending = fails_always;
  } else if (fate > 0.87) {
    script.ending = fails_once;
  } else if (fate > 0.85) {
    script.ending = has_bad_input;
  }
  std::optional<Timestamp> run_at;
  if (dice_.chance(jobs_with_a_date)) run_at = clients_.now() + milliseconds{dice_.between(0, 10'000)};
  std::optional<std::string> callback_url;
  if (plan_.has_listeners && dice_.chance(jobs_with_a_callback)) callback_url = std::string(Receiver::origin) + "/ends";
  std::optional<seconds> timeout;
  if (dice_.chance(0.1)) timeout = seconds{dice_.between(1, 10)};
  return {.plugin = plugin_.id,
          .version = plugin_.current.id,
          .plugin_name = plugin_.name,
          .input = {.text = script.text(), .blob = {}},
          .priority = static_cast<int>(dice_.between(job_priority_min, job_priority_max)),
          .share_key = "owner-" + std::to_string(dice_.between(1, 3)),
          .run_at = run_at,
          .timeout = timeout,
          .idempotency = Idempotency{.key = "key-" + std::to_string(number), .request = {}},
          .callback_url = callback_url};
}

boost::asio::awaitable<void> World::submit_all() {
  const Span apart = plan_.faulty_time / plan_.jobs;
  for (int number = 1; number <= plan_.jobs; ++number) {
    clients_.start(submit_one(number));
    co_await clients_.rest(dice_.between(Span{0}, apart * 8 / 5));
  }
}

// The same request again, with its key, until somebody answers.
boost::asio::awaitable<void> World::submit_one(int number) {
  ServerLink& link = *links_[static_cast<std::size_t>(number % client_links)];
  const NewJob job = new_job(number);
  const bool is_cancelled_later = dice_.chance(plan_.cancelled_jobs);
  const std::function<Async<JobId>(SimulatedServer&)> submit = [job](SimulatedServer& server) { return server.submit(job); };
  std::optional<JobId> id;
  for (int i = 0; i < tries_of_a_client && !id; ++i) {
    const auto answer = co_await link.ask<JobId>(submit, answer_max);
    if (answer)
      id = *answer;
    else
      co_await clients_.rest(dice_.between(milliseconds{500}, seconds{3}));
  }
  if (id) ledger_.acknowledged(*id);
  --submissions_left_;
  if (!id || !is_cancelled_later) co_return;
  co_await clients_.rest(dice_.about(seconds{2}));
  const std::function<Async<JobStatus>(SimulatedServer&)> cancel = [job_id = *id](SimulatedServer& server) {
    return server.cancel(job_id);
  };
  [[maybe_unused]] const auto before = co_await link.ask<JobStatus>(cancel, answer_max);  // an answer is not needed: the job tells
}

// Begins, says a few things and ends; what it has to say is what its events tell.
boost::asio::awaitable<void> World::deliberate(int number) {
  ServerLink& link = *links_[static_cast<std::size_t>(number % client_links)];
  const std::string id = "deliberation-" + std::to_string(number);
  const Span apart = plan_.faulty_time / deliberation_steps_max;
  co_await clients_.rest(dice_.between(Span{0}, apart * 2));
  co_await until_stored(link, [id](SimulatedServer& server) -> Async<void> {
    auto begun = co_await server.deliberations().add(
        {.id = id, .owner = {}, .request = DeliberationScript::request_for(1), .plan = preset_plan("independent", {}).value()});
    if (!begun) co_return std::unexpected(begun.error());
    co_return Result<void>{};
  });
  for (auto step = dice_.between(2, deliberation_steps_max); step > 0; --step) {
    co_await clients_.rest(dice_.between(Span{0}, apart * 2));
    co_await until_stored(link, [id](SimulatedServer& server) { return server.deliberations().tell(id, {{.kind = EventKind::phase}}); });
  }
  co_await until_stored(link, [id](SimulatedServer& server) {
    return server.deliberations().end(id, {.status = DeliberationStatus::failed, .decision = {}, .together = {}, .error = "it was enough"});
  });
  --deliberations_left_;
}

// A conflict tells that an earlier try has done it, though its answer got lost.
boost::asio::awaitable<void> World::until_stored(ServerLink& link, std::function<Async<void>(SimulatedServer&)> step) {
  for (int i = 0; i < tries_of_a_client; ++i) {
    const auto done = co_await link.ask<void>(step, answer_max);
    if (done || done.error().code == ErrorCode::conflict) co_return;
    co_await clients_.rest(dice_.between(milliseconds{500}, seconds{3}));
  }
}

}  // namespace orc::simulation
