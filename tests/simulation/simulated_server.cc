#include "tests/simulation/simulated_server.h"

namespace orc::simulation {
namespace {

constexpr std::uint64_t service = 1;
constexpr Span start_again_after = std::chrono::seconds{1};

}  // namespace

SimulatedServer::SimulatedServer(Place place, std::string name)
    : place_(std::move(place)),
      process_(place_.time, place_.dice, place_.wall, std::move(name)),
      signals_(process_, place_.to_others),
      database_(place_.database, line()),
      log_(place_.time, process_),
      payloads_(place_.blobs),
      desk_({.store = database_,
             .reader = database_,
             .workers = database_,
             .plugins = database_,
             .schemas = schemas_,
             .signals = signals_,
             .random = place_.dice,
             .clock = process_},
            payloads_, service),
      sessions_({.desk = desk_, .workers = database_, .blobs = place_.blobs, .wake_ups = process_, .clock = process_}),
      rescue_({.workers = database_, .jobs = database_, .writes = database_, .signals = signals_, .clock = process_, .log = log_}),
      end_orphans_(database_, signals_, log_) {
  if (place_.listeners)
    outbox_.emplace(OutboxParts::Ports{.time = place_.time,
                                       .dice = place_.dice,
                                       .process = process_,
                                       .database = place_.database.outbox(),
                                       .line = line(),
                                       .listeners = *place_.listeners,
                                       .host = place_.host,
                                       .log = log_});
  if (place_.plan.slots_of_server == 0) return;
  const WorkerParts::Ports ports{.time = place_.time, .process = process_, .ledger = place_.ledger, .source = desk_, .blobs = place_.blobs};
  worker_.emplace(ports, place_.plan.slots_of_server, WorkerHome::this_process, place_.on_poison);
  rescue_.spare(worker_->registration());
}

DatabaseLine SimulatedServer::line() {
  return DatabaseLine({.time = place_.time, .dice = place_.dice, .faults = place_.database_faults, .process = process_});
}

boost::asio::awaitable<void> SimulatedServer::live() {
  // The product ends if this fails, and whoever watches over it starts it again.
  while (place_.plan.is_sole_owner && !co_await rescue_.take_over(std::nullopt)) co_await process_.rest(start_again_after);
  is_ready_ = true;
  process_.start(repeat(process_, rescue_));
  process_.start(repeat(process_, end_orphans_));
  if (outbox_) outbox_->start();
  if (worker_) process_.start(worker_->work());
}

Async<JobId> SimulatedServer::submit(NewJob job) {
  std::vector<NewJob> one;
  one.push_back(std::move(job));
  auto stored = co_await database_.submit(std::move(one));
  if (!stored) co_return std::unexpected(std::move(stored.error().error));
  signals_.work_arrived();
  co_return stored->front().id;
}

Async<JobStatus> SimulatedServer::cancel(JobId id) {
  auto before = co_await database_.cancel(id);
  if (before) signals_.job_ended(id);
  co_return before;
}

}  // namespace orc::simulation
