#include "application/job/explain_job.h"

#include <algorithm>
#include <cstdlib>

namespace orc {
namespace {

std::string counted(std::int64_t count, std::string_view one, std::string_view many) {
  const bool is_cut = count >= waiting_count_max;
  return (is_cut ? "at least " : "") + std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

std::string words_of(const Unmet& unmet) {
  const std::string name(to_word(unmet.need));
  if (unmet.need == Need::worker_label)
    return "label " + unmet.name + "=" + unmet.wanted + (unmet.offered.empty() ? ", which none carries" : ", but it is " + unmet.offered);
  if (unmet.need == Need::network)
    return "network " + unmet.wanted +
           ", which a worker gives if it was started with --host-network or --worker-host-network, and "
           "to images in Docker where that has a seccomp profile";
  if (unmet.need == Need::runtime && unmet.wanted == to_word(Runtime::image))
    return "runtime " + unmet.wanted + ", which a worker has that runs at isolation strict, or was started with --runtime docker";
  if (unmet.need == Need::warm_requests && unmet.offered == "0")
    return "a sandbox for what stays up (warm_requests), which for an image is of isolation strict";
  const std::string what = unmet.need == Need::custom ? unmet.name : name;
  return what + " " + unmet.wanted + ", of " + (unmet.offered.empty() ? "none" : unmet.offered);
}

std::string words_of(const std::vector<Unmet>& unmet) {
  std::string words;
  for (const Unmet& one : unmet) words += (words.empty() ? "" : "; ") + words_of(one);
  return words;
}

bool is_same(const Unmet& one, const Unmet& other) { return one.need == other.need && one.name == other.name; }

// Whether `offer` is more than `other`: numbers by value, isolation by strength.
bool is_more(Need need, const std::string& offer, const std::string& other) {
  if (need == Need::isolation) return isolation_from_word(offer) > isolation_from_word(other);
  return std::strtod(offer.c_str(), nullptr) > std::strtod(other.c_str(), nullptr);
}

// What stands unmet, for good, at every worker.
std::vector<Unmet> met_by_nobody(const std::vector<WorkerView>& workers) {
  std::vector<Unmet> nobody;
  for (const Unmet& candidate : workers.front().unmet) {
    if (candidate.is_busy()) continue;
    Unmet best = candidate;
    const bool everywhere = std::ranges::all_of(workers, [&](const WorkerView& view) {
      const auto found = std::ranges::find_if(view.unmet, [&](const Unmet& one) { return !one.is_busy() && is_same(one, candidate); });
      if (found == view.unmet.end()) return false;
      if (is_more(best.need, found->offered, best.offered)) best.offered = found->offered;
      return true;
    });
    if (everywhere) nobody.push_back(std::move(best));
  }
  return nobody;
}

WorkerView view_of(const Worker& worker, const std::vector<WorkerLoad>& loads, const Requirements& wanted) {
  Room room(worker.isolation, worker.equipment);
  WorkerView view{.worker = worker};
  std::int64_t held_places = 0;
  if (const auto load = std::ranges::find(loads, worker.id, &WorkerLoad::worker); load != loads.end()) {
    view.runs = load->runs;
    held_places = wanted.warm ? load->warm_runs : load->runs - load->warm_runs;
    room.take({.isolation = Isolation::none, .runtime = Runtime::folder, .resources = load->held, .worker_labels = {}, .warm = {}});
  }
  view.fit = room.fit(wanted);
  view.unmet = room.missing(wanted);
  if (worker.intake == WorkerIntake::draining && view.fit == Fit::now) view.fit = Fit::later;
  const std::int64_t places = wanted.warm ? std::min(worker.equipment.warm_requests, wanted.warm->requests_max) : worker.slots;
  if (places > 0 && held_places >= places) {
    if (view.fit == Fit::now) view.fit = Fit::later;
    view.unmet.push_back({.need = wanted.warm ? Need::warm_requests : Need::slots,
                          .name = {},
                          .wanted = "1",
                          .offered = std::to_string(places),
                          .free = "0"});
  }
  return view;
}

// The one that lacks least.
const WorkerView& nearest(const std::vector<WorkerView>& workers) {
  return *std::ranges::min_element(workers, {}, [](const WorkerView& view) { return view.unmet.size(); });
}

std::string unplaceable_sentence(const JobExplanation& explanation) {
  if (!explanation.nobody_meets.empty()) return "no worker that is present has what it needs: " + words_of(explanation.nobody_meets);
  return "no worker that is present has all that it needs at once; the nearest lacks " + words_of(nearest(explanation.workers).unmet);
}

std::string turn_sentence(const WaitingBefore& before) {
  if (before.higher_priority == 0 && before.same_key == 0) return "it is next in its line; other share keys may come first";
  return "it waits its turn behind " + counted(before.higher_priority, "job", "jobs") + " of higher priority and " +
         counted(before.same_key, "earlier one", "earlier ones") + " of its share key; other share keys take turns with it";
}

// Of those that could run it.
std::string draining_words(const std::vector<WorkerView>& workers) {
  const auto count = std::ranges::count_if(
      workers, [](const WorkerView& view) { return view.fit == Fit::later && view.worker.intake == WorkerIntake::draining; });
  if (count == 0) return {};
  return " or draining (" + std::to_string(count) + " of them: `orc worker resume`)";
}

void conclude(JobExplanation& explanation) {
  const auto count = [&](Fit fit) { return std::ranges::count(explanation.workers, fit, &WorkerView::fit); };
  if (explanation.workers.empty()) {
    explanation.reason = WaitReason::no_worker;
    explanation.message = "no worker is present: start one, or look at /health/ready and the server's log if its own should be";
  } else if (count(Fit::now) > 0) {
    explanation.reason = WaitReason::its_turn;
    explanation.message = turn_sentence(explanation.before);
  } else if (count(Fit::later) > 0) {
    explanation.reason = WaitReason::no_room;
    explanation.message = counted(count(Fit::later), "worker that could run it is", "workers that could run it are") + " busy" +
                          draining_words(explanation.workers) + "; " + turn_sentence(explanation.before);
  } else {
    explanation.nobody_meets = met_by_nobody(explanation.workers);
    explanation.reason = WaitReason::unplaceable;
    explanation.message = unplaceable_sentence(explanation);
  }
}

}  // namespace

std::string_view to_word(WaitReason reason) {
  switch (reason) {
    case WaitReason::not_queued:
      return "not_queued";
    case WaitReason::delayed:
      return "delayed";
    case WaitReason::plugin_removed:
      return "plugin_removed";
    case WaitReason::no_worker:
      return "no_worker";
    case WaitReason::unplaceable:
      return "unplaceable";
    case WaitReason::no_room:
      return "no_room";
    case WaitReason::its_turn:
      return "its_turn";
  }
  return {};
}

Async<JobExplanation> ExplainJob::run(const Principal& who, JobId id) {
  auto job = co_await access_.without_payloads(who, id);
  if (!job) co_return pass_on(job);
  JobExplanation explanation{.job = std::move(*job)};
  if (explanation.job.status != JobStatus::queued) {
    const bool runs = explanation.job.status == JobStatus::processing;
    explanation.message = runs ? "it runs" : "it has ended: " + std::string(to_word(explanation.job.status));
    co_return explanation;
  }
  const auto plugin = co_await ports_.plugins.by_id(explanation.job.plugin);
  auto version =
      plugin ? co_await ports_.plugins.version(explanation.job.version_id) : Result<PluginVersion>(std::unexpected(plugin.error()));
  if (!version && version.error().code != ErrorCode::not_found) co_return pass_on(version);
  if (!version) {
    explanation.reason = WaitReason::plugin_removed;
    explanation.message = "plugin " + explanation.job.plugin_name + " was removed; the job fails within seconds";
    co_return explanation;
  }
  explanation.requirements = requirements_of(version->spec);
  auto before = co_await ports_.jobs.waiting_before(id);
  if (!before) co_return pass_on(before);
  explanation.before = *before;
  if (auto looked = co_await look_at_workers(explanation); !looked) co_return pass_on(looked);
  conclude(explanation);
  if (explanation.job.run_at && *explanation.job.run_at > ports_.clock.now()) {
    const std::string then = explanation.reason == WaitReason::its_turn ? std::string() : "; besides, " + explanation.message;
    explanation.reason = WaitReason::delayed;
    explanation.message = "it does not start before its time, run_at" + then;
  }
  co_return explanation;
}

Async<void> ExplainJob::look_at_workers(JobExplanation& explanation) {
  const auto workers = co_await ports_.workers.list();
  if (!workers) co_return std::unexpected(workers.error());
  const auto loads = co_await ports_.jobs.worker_loads();
  if (!loads) co_return std::unexpected(loads.error());
  for (const Worker& worker : *workers) explanation.workers.push_back(view_of(worker, *loads, explanation.requirements));
  co_return Result<void>{};
}

}  // namespace orc
