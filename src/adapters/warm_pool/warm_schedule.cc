#include "adapters/warm_pool/warm_schedule.h"

#include <algorithm>

#include "domain/assert.h"

namespace orc {

std::string_view to_word(WarmEnd reason) {
  switch (reason) {
    case WarmEnd::idle:
      return "idle";
    case WarmEnd::requests:
      return "requests";
    case WarmEnd::age:
      return "age";
    case WarmEnd::memory:
      return "memory";
    case WarmEnd::make_room:
      return "make_room";
    case WarmEnd::fault:
      return "fault";
    case WarmEnd::start_failed:
      return "start_failed";
    case WarmEnd::stop:
      return "stop";
  }
  return {};
}

void WarmSchedule::wait(WarmRequestId request, const WarmPoolName& name, const Declared& declared, Company company) {
  Pool& pool = pools_.try_emplace(name, Pool{.declared = declared}).first->second;
  const Waiting waiting{.request = request, .company = company};
  const auto behind_those_alone = std::ranges::find(pool.waiting, Company::any, &Waiting::company);
  company == Company::any ? pool.waiting.push_back(waiting) : void(pool.waiting.insert(behind_those_alone, waiting));
}

bool WarmSchedule::withdraw(WarmRequestId request, const WarmPoolName& name) {
  const auto pool = pools_.find(name);
  if (pool == pools_.end()) return false;
  const bool waited = std::erase_if(pool->second.waiting, [&](const Waiting& one) { return one.request == request; }) > 0;
  forget_if_unused(name);
  return waited;
}

std::vector<WarmProcessId> WarmSchedule::give_up_starts(const WarmPoolName& name, SteadyTime now) {
  std::vector<WarmProcessId> unwanted;
  const auto pool = pools_.find(name);
  if (pool == pools_.end() || !pool->second.waiting.empty()) return unwanted;
  for (auto& [id, process] : processes_) {
    if (process.pool != name || process.phase != Phase::starting || process.retired) continue;
    retire(process, WarmEnd::idle, now);
    unwanted.push_back(id);
  }
  return unwanted;
}

std::vector<WarmRequestId> WarmSchedule::withdraw_all() {
  std::vector<WarmRequestId> all;
  for (auto& [name, pool] : pools_) {
    for (const Waiting& one : pool.waiting) all.push_back(one.request);
    pool.waiting.clear();
  }
  return all;
}

std::optional<WarmSchedule::Act> WarmSchedule::next(SteadyTime now) {
  for (auto& [id, process] : processes_)
    if (process.phase == Phase::ready && now - process.ready_at >= warm_age_max) retire(process, WarmEnd::age, now);
  // Each pool once, from behind the one that had something last.
  auto pool = pools_.upper_bound(last_served_);
  for (std::size_t i = 0; i < pools_.size(); ++i, ++pool) {
    if (pool == pools_.end()) pool = pools_.begin();
    auto act = dispatch_from(pool->first, pool->second, now);
    if (!act) act = start_for(pool->first, pool->second, now);
    if (!act && make_way_for_a_new_one(pool->first, pool->second, now)) act = start_for(pool->first, pool->second, now);
    if (!act) continue;
    last_served_ = pool->first;
    return act;
  }
  free_memory(0, now);
  return end_one(now);
}

// The first one only: who must be alone is not overtaken, so that a process comes to rest for it. Who waits for a new process is, as it can
// have none of those that are there.
std::optional<WarmSchedule::Act> WarmSchedule::dispatch_from(const WarmPoolName& name, Pool& pool, SteadyTime now) {
  for (auto waiting = pool.waiting.begin(); waiting != pool.waiting.end(); ++waiting) {
    const Waiting first = *waiting;
    const auto best = process_for(first.company, name, pool);
    if (best == processes_.end()) {
      if (first.company == Company::none_ever) continue;
      return {};
    }
    pool.waiting.erase(waiting);
    Process& process = best->second;
    process.in_flight.insert(first.request);
    process.alone = first.company != Company::any;
    if (++process.served >= pool.declared.terms.requests_max) retire(process, WarmEnd::requests, now);
    return Dispatch{.process = best->first, .request = first.request};
  }
  return {};
}

std::map<WarmProcessId, WarmSchedule::Process>::iterator WarmSchedule::process_for(Company company, const WarmPoolName& name,
                                                                                   const Pool& pool) {
  const std::size_t room = company == Company::any ? static_cast<std::size_t>(pool.declared.terms.in_flight) : 1;
  auto best = processes_.end();
  for (auto process = processes_.begin(); process != processes_.end(); ++process) {
    const Process& one = process->second;
    if (one.pool != name || one.phase != Phase::ready || one.retired || one.alone || one.in_flight.size() >= room) continue;
    if (company == Company::none_ever && one.served > 0) continue;
    if (best == processes_.end() || one.in_flight.size() < best->second.in_flight.size()) best = process;
  }
  return best;
}

// Where one waits for a new process and none can be started: of those that have served, one with the fewest requests goes.
bool WarmSchedule::make_way_for_a_new_one(const WarmPoolName& name, const Pool& pool, SteadyTime now) {
  const bool is_wanted = std::ranges::find(pool.waiting, Company::none_ever, &Waiting::company) != pool.waiting.end();
  if (!is_wanted || now < pool.no_start_before) return false;
  std::optional<WarmProcessId> chosen;
  for (const auto& [id, one] : processes_) {
    if (one.pool != name) continue;
    if (one.phase != Phase::ready || one.retired) return false;  // another one comes, or its place becomes free
    if (!chosen || one.in_flight.size() < processes_.at(*chosen).in_flight.size()) chosen = id;
  }
  if (chosen) retire(*chosen, WarmEnd::make_room, now);
  return chosen.has_value();
}

// More wait than those that are being started will serve.
bool WarmSchedule::wants_process(const WarmPoolName& name, const Pool& pool, SteadyTime now) const {
  if (pool.waiting.empty() || now < pool.no_start_before) return false;
  std::size_t own = 0, coming = 0;
  for (const auto& [id, process] : processes_) {
    if (process.pool != name || process.phase == Phase::ending) continue;
    // One that is about to end has given its place away already.
    if (process.retired) continue;
    ++own;
    if (process.phase == Phase::starting) coming += static_cast<std::size_t>(pool.declared.terms.in_flight);
  }
  return own < static_cast<std::size_t>(pool.declared.terms.processes_max) && pool.waiting.size() > coming;
}

std::optional<WarmSchedule::Act> WarmSchedule::start_for(const WarmPoolName& name, const Pool& pool, SteadyTime now) {
  if (!wants_process(name, pool, now)) return {};
  // Where there are places for several, one plugin leaves one to others; its owners then take turns among themselves.
  const bool has_its_share = processes_max_ > 1 && processes_of(pool.declared.plugin) >= processes_max_ - 1;
  if (has_its_share || std::ssize(processes_) >= processes_max_) {
    make_room(name, has_its_share ? std::optional(pool.declared.plugin) : std::nullopt, now);
    return {};
  }
  free_memory(pool.declared.memory_mb, now);
  const auto leaves = [](const auto& entry) { return is_leaving(entry.second); };
  if (lacks_memory(pool.declared.memory_mb, Leaving::counts) && std::ranges::any_of(processes_, leaves)) return {};
  const WarmProcessId id{++last_process_};
  processes_.emplace(id, Process{.pool = name});
  return Start{.process = id, .pool = name};
}

int WarmSchedule::processes_of(PluginId plugin) const {
  return static_cast<int>(
      std::ranges::count_if(processes_, [&](const auto& entry) { return pools_.at(entry.second.pool).declared.plugin == plugin; }));
}

// Only for a pool that has nothing: whoever serves already waits for what it has. First goes who has been idle for longest; then, of the
// plugins that have several, and then of any, who has served long enough and longest. One at a time.
void WarmSchedule::make_room(const WarmPoolName& name, std::optional<PluginId> among, SteadyTime now) {
  const auto is_of_use = [&](const Process& one) { return !among || pools_.at(one.pool).declared.plugin == *among; };
  // One with a fault serves nobody any more and may take its whole grace; one that serves out may take a whole request.
  const auto comes_free = [&](const auto& entry) {
    const Process& one = entry.second;
    if (!is_of_use(one)) return false;
    if (!one.retired) return one.pool == name;
    if (one.phase != Phase::ending && one.retired == WarmEnd::fault) return false;
    const bool ends_now = one.phase == Phase::ready && one.in_flight.empty();
    return ends_now || now - one.leaving_since < warm_end_soon;
  };
  if (std::ranges::any_of(processes_, comes_free)) return;
  Process* chosen = nullptr;
  const auto rank = [&](const Process& one) {
    return std::pair(one.in_flight.empty()                                   ? 0
                     : processes_of(pools_.at(one.pool).declared.plugin) > 1 ? 1
                                                                             : 2,
                     one.in_flight.empty() ? one.idle_since : one.ready_at);
  };
  for (auto& [id, one] : processes_) {
    if (one.phase != Phase::ready || one.retired || !is_of_use(one)) continue;
    const bool may_go = one.in_flight.empty() || now - one.ready_at >= warm_turn_min;
    if (may_go && (!chosen || rank(one) < rank(*chosen))) chosen = &one;
  }
  if (!chosen) return;
  // Those that serve out do not keep an idle one in its place.
  const auto was_asked = [&](const auto& entry) {
    const Process& one = entry.second;
    return one.retired == WarmEnd::make_room && is_of_use(one) && (one.in_flight.empty() || !chosen->in_flight.empty());
  };
  if (std::ranges::count_if(processes_, was_asked) < warm_ends_at_once_max) retire(*chosen, WarmEnd::make_room, now);
}

bool WarmSchedule::is_leaving(const Process& process) {
  return process.in_flight.empty() && (process.retired || process.phase == Phase::ending);
}

bool WarmSchedule::lacks_memory(std::int64_t wanted_mb, Leaving leaving) const {
  if (!memory_mb_) return false;
  std::int64_t held = others_mb_ + wanted_mb;
  for (const auto& [id, process] : processes_)
    if (leaving == Leaving::counts || !is_leaving(process)) held += pools_.at(process.pool).declared.memory_mb;
  return held > *memory_mb_;
}

bool WarmSchedule::is_making_room() const {
  return lacks_memory(0, Leaving::counts) && std::ranges::any_of(processes_, [](const auto& entry) { return is_leaving(entry.second); });
}

// Who serves nothing and will be given nothing at once.
void WarmSchedule::free_memory(std::int64_t wanted_mb, SteadyTime now) {
  while (lacks_memory(wanted_mb, Leaving::is_gone)) {
    Process* longest = nullptr;
    for (auto& [id, one] : processes_) {
      const bool may_go = one.phase == Phase::ready && one.in_flight.empty() && !one.retired && pools_.at(one.pool).waiting.empty();
      if (may_go && (!longest || one.idle_since < longest->idle_since)) longest = &one;
    }
    if (!longest) return;
    retire(*longest, WarmEnd::make_room, now);
  }
}

std::optional<WarmSchedule::Act> WarmSchedule::end_one(SteadyTime now) {
  for (auto& [id, process] : processes_) {
    if (process.phase != Phase::ready) continue;
    if (!process.in_flight.empty()) continue;
    if (now - process.idle_since >= pools_.at(process.pool).declared.terms.idle) retire(process, WarmEnd::idle, now);
    if (!process.retired) continue;
    process.phase = Phase::ending;
    process.leaving_since = now;
    return End{.process = id, .reason = *process.retired};
  }
  return {};
}

void WarmSchedule::ready(WarmProcessId id, SteadyTime now) {
  Process& process = processes_.at(id);
  process.phase = Phase::ready;
  process.ready_at = process.idle_since = now;
  pools_.at(process.pool).failed_starts = 0;
}

void WarmSchedule::answered(WarmProcessId id, WarmRequestId request, SteadyTime now) {
  Process& process = processes_.at(id);
  process.in_flight.erase(request);
  if (!process.in_flight.empty()) return;
  process.alone = false;
  process.idle_since = now;
}

void WarmSchedule::retire(WarmProcessId id, WarmEnd reason, SteadyTime now) { retire(processes_.at(id), reason, now); }

void WarmSchedule::retire(Process& process, WarmEnd reason, SteadyTime now) {
  if (process.retired && reason != WarmEnd::fault) return;
  process.retired = reason;
  process.leaving_since = now;
}

void WarmSchedule::gone(WarmProcessId id) {
  const auto process = processes_.find(id);
  ORC_ASSERT(process != processes_.end());
  const WarmPoolName name = process->second.pool;
  processes_.erase(process);
  if (!has_process(name)) pools_.at(name).no_start_before = {};
  forget_if_unused(name);
}

std::vector<WarmRequestId> WarmSchedule::start_failed(WarmProcessId id, SteadyTime now) {
  const WarmPoolName name = processes_.at(id).pool;
  Pool& pool = pools_.at(name);
  if (processes_.at(id).retired) {
    gone(id);
    return {};
  }
  const bool others_serve =
      std::ranges::any_of(processes_, [&](const auto& entry) { return entry.second.pool == name && entry.second.phase == Phase::ready; });
  std::vector<WarmRequestId> payers;
  if (others_serve) {
    pool.no_start_before = now + warm_pause_after_failed_start;
  } else {
    const bool all_pay = ++pool.failed_starts >= warm_failed_starts_max;
    while (!pool.waiting.empty() && (all_pay || payers.empty())) {
      payers.push_back(pool.waiting.front().request);
      pool.waiting.pop_front();
    }
  }
  gone(id);
  return payers;
}

bool WarmSchedule::has_process(const WarmPoolName& name) const {
  return std::ranges::any_of(processes_, [&](const auto& entry) { return entry.second.pool == name; });
}

void WarmSchedule::forget_if_unused(const WarmPoolName& name) {
  const auto pool = pools_.find(name);
  if (pool == pools_.end() || !pool->second.waiting.empty()) return;
  if (!has_process(name)) pools_.erase(pool);
}

WarmSchedule::Counts WarmSchedule::counts() const {
  Counts counts;
  for (const auto& [name, pool] : pools_) counts.waiting += std::ssize(pool.waiting);
  for (const auto& [id, process] : processes_) {
    counts.in_flight += std::ssize(process.in_flight);
    if (process.phase == Phase::starting) ++counts.starting;
    if (process.phase == Phase::ending) ++counts.ending;
    if (process.phase == Phase::ready) ++(process.in_flight.empty() ? counts.idle : counts.busy);
  }
  return counts;
}

}  // namespace orc
