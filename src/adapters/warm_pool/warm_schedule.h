#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "adapters/warm_pool/warm_lines.h"
#include "domain/plugin/plugin.h"
#include "domain/time.h"

namespace orc {

enum class WarmProcessId : std::int64_t {};

// Those who may share a process: jobs of one plugin version, and of one owner unless the plugin is shared by all.
struct WarmPoolName {
  PluginVersionId version{};
  WarmShare share = WarmShare::owner;
  std::optional<UserId> owner;  // with share all: empty
  auto operator<=>(const WarmPoolName&) const = default;
};

// Who may be in a process beside a request: any others; none; or none now, and none before.
enum class Company : std::uint8_t { any, none, none_ever };

// Why a process is ended or has ended.
enum class WarmEnd : std::uint8_t { idle, requests, age, memory, make_room, fault, start_failed, stop };

std::string_view to_word(WarmEnd reason);
inline constexpr int warm_end_count = 8;

inline constexpr std::chrono::hours warm_age_max{6};
// A process that serves is not ended for others who wait for a place before it has served for so long.
inline constexpr std::chrono::seconds warm_turn_min{10};
// Who waits for a place counts on one that is being ended, or serves out, for so long; then another one must give its place as well.
inline constexpr std::chrono::seconds warm_end_soon{1};
// While so many that were to make room do not end, no further one is asked to: they have loaded what others will want again. For one
// that serves nothing, only those count that serve nothing either.
inline constexpr int warm_ends_at_once_max = 2;
// So many starts in a row may fail before everybody who waits pays for it, and not only who is first.
inline constexpr int warm_failed_starts_max = 3;
// After a start that failed where others serve, no further one is tried for so long, unless all of them go.
inline constexpr std::chrono::seconds warm_pause_after_failed_start{30};

// WarmSchedule decides which warm process gets which request, when one is started and when one is ended. It starts and ends nothing itself:
// next() says what to do, and whoever does it tells what came of it. Pure, but for what it was told. Not thread-safe.
class WarmSchedule {
 public:
  // Of all pools together, and with what other runs hold.
  struct Bounds {
    int processes_max = 1;
    std::optional<std::int64_t> memory_mb;  // as plugins declare it; empty: not counted
  };
  explicit WarmSchedule(const Bounds& bounds) : processes_max_(bounds.processes_max), memory_mb_(bounds.memory_mb) {}

  // A process of this pool must be started; begun as `process`.
  struct Start {
    WarmProcessId process;
    WarmPoolName pool;
  };
  // The process gets the request.
  struct Dispatch {
    WarmProcessId process;
    WarmRequestId request;
  };
  // The process, which serves nothing, must be ended.
  struct End {
    WarmProcessId process;
    WarmEnd reason;
  };
  using Act = std::variant<Start, Dispatch, End>;

  // The next thing to do now, taken as done from here on; nothing: wait for something to happen, or for time to pass.
  std::optional<Act> next(SteadyTime now);

  // What a pool's plugin has declared.
  struct Declared {
    PluginId plugin{};
    WarmTerms terms;
    std::int64_t memory_mb = 0;  // of each process
  };

  // A request waits. One that wants no company goes before the others. For one that wants none_ever a process of its pool gives way, if
  // need be.
  void wait(WarmRequestId request, const WarmPoolName& pool, const Declared& declared, Company company);
  // It does not wait any more. False: it did not.
  bool withdraw(WarmRequestId request, const WarmPoolName& pool);

  // Those of this pool that are being started while nobody waits for them (any more). From here on they get nothing, and whoever asked ends
  // them; that they never become ready is nobody's fault.
  std::vector<WarmProcessId> give_up_starts(const WarmPoolName& pool, SteadyTime now);

  // Other runs of this worker hold so much memory now, or wait for it. Processes that serve nothing give way, whoever has done so for
  // longest first; those that serve stay.
  void others_hold(std::int64_t memory_mb) { others_mb_ = memory_mb; }
  // Whether there will be more room for them as soon as some process has gone.
  bool is_making_room() const;

  void ready(WarmProcessId process, SteadyTime now);
  void answered(WarmProcessId process, WarmRequestId request, SteadyTime now);
  // It gets nothing more, and is ended once it serves nothing.
  void retire(WarmProcessId process, WarmEnd reason, SteadyTime now);
  // It is gone; what it served does not wait again by this.
  void gone(WarmProcessId process);
  // It is gone before it was ready: those who pay for it, waiting no more.
  std::vector<WarmRequestId> start_failed(WarmProcessId process, SteadyTime now);
  // Nobody waits any more: those who did.
  std::vector<WarmRequestId> withdraw_all();

  struct Counts {
    std::int64_t starting = 0, idle = 0, busy = 0, ending = 0, in_flight = 0, waiting = 0;
  };
  Counts counts() const;

 private:
  enum class Phase : std::uint8_t { starting, ready, ending };

  struct Process {
    WarmPoolName pool;
    Phase phase = Phase::starting;
    std::set<WarmRequestId> in_flight;
    bool alone = false;  // with one that wants no company
    std::int64_t served = 0;
    SteadyTime ready_at{};
    SteadyTime idle_since{};
    std::optional<WarmEnd> retired;
    SteadyTime leaving_since{};  // first retired, then told to end
  };

  struct Waiting {
    WarmRequestId request;
    Company company;
  };

  struct Pool {
    Declared declared;
    std::deque<Waiting> waiting;
    int failed_starts = 0;
    SteadyTime no_start_before{};  // only while it has a process: whoever waits without one would wait for nothing
  };

  std::optional<Act> dispatch_from(const WarmPoolName& name, Pool& pool, SteadyTime now);
  bool make_way_for_a_new_one(const WarmPoolName& name, const Pool& pool, SteadyTime now);
  std::map<WarmProcessId, Process>::iterator process_for(Company company, const WarmPoolName& name, const Pool& pool);
  std::optional<Act> start_for(const WarmPoolName& name, const Pool& pool, SteadyTime now);
  std::optional<Act> end_one(SteadyTime now);
  static void retire(Process& process, WarmEnd reason, SteadyTime now);
  static bool is_leaving(const Process& process);
  // Whether those that are about to go are in the sum.
  enum class Leaving : std::uint8_t { counts, is_gone };
  bool lacks_memory(std::int64_t wanted_mb, Leaving leaving) const;
  void free_memory(std::int64_t wanted_mb, SteadyTime now);
  void make_room(const WarmPoolName& name, std::optional<PluginId> among, SteadyTime now);
  bool wants_process(const WarmPoolName& name, const Pool& pool, SteadyTime now) const;
  int processes_of(PluginId plugin) const;
  bool has_process(const WarmPoolName& name) const;
  void forget_if_unused(const WarmPoolName& name);

  const int processes_max_;
  const std::optional<std::int64_t> memory_mb_;
  std::int64_t others_mb_ = 0;
  std::map<WarmPoolName, Pool> pools_;
  std::map<WarmProcessId, Process> processes_;
  WarmPoolName last_served_;  // pools take turns from behind this one
  std::int64_t last_process_ = 0;
};

}  // namespace orc
