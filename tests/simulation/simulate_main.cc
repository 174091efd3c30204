// orc_simulate [--seeds N] [--seed FIRST] [--threads N]: runs simulated worlds, shows how far it is, and ends with the account of all of
// them. One seed alone is told event by event. Ends with 1 at the first broken promise, after its history, and when many seeds took longer
// than they may (pace.h).
#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "tests/simulation/pace.h"
#include "tests/simulation/simulation.h"

namespace orc::simulation {
namespace {

struct Options {
  std::uint64_t seeds = 10'000;
  std::uint64_t first = std::random_device{}();
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
};

std::optional<Options> read(int count, char** words) {
  Options options;
  for (int i = 1; i < count; i += 2) {
    const std::string_view name = words[i];
    const std::string_view text = i + 1 < count ? words[i + 1] : "";
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return {};
    if (name == "--seeds")
      options.seeds = number;
    else if (name == "--seed")
      options.first = number;
    else if (name == "--threads" && number >= 1 && number <= 64)
      options.threads = static_cast<unsigned>(number);
    else
      return {};
  }
  return options;
}

// An assertion of the product that fails in a simulation must still name its seed.
thread_local std::uint64_t seed_at_work = 0;

void say_seed_and_die(int) {
  std::string line = "orc_simulate: aborted in seed " + std::to_string(seed_at_work) + "\n";
  [[maybe_unused]] const auto written = write(2, line.data(), line.size());
  std::signal(SIGABRT, SIG_DFL);
  std::abort();
}

// What all threads share.
class Campaign {
 public:
  explicit Campaign(const Options& options) : options_(options) {}

  int run() {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < options_.threads; ++i) threads.emplace_back([this] { work(); });
    threads.clear();
    const double wall = seconds_so_far();
    const double hours = std::chrono::duration<double, std::ratio<3600>>(simulated_).count();
    std::cout << '\n' << (broken_ ? report(*broken_, PlantedBug::none) : account_.line() + "\n");
    std::printf("seeds %llu to %llu, %.0f s, %.0f seeds/s, %.1f simulated hours in a second\n",
                static_cast<unsigned long long>(options_.first), static_cast<unsigned long long>(options_.first + done_ - 1), wall,
                static_cast<double>(done_) / wall, hours / wall);
    std::fflush(stdout);
    const auto slow = too_slow(done_, simulated_, std::chrono::duration<double>(wall));
    if (slow) std::cerr << *slow;
    return broken_ || slow ? 1 : 0;
  }

 private:
  void work() {
    for (;;) {
      const std::uint64_t number = next_++;
      if (number >= options_.seeds || is_over_) return;
      seed_at_work = options_.first + number;
      const Outcome outcome = simulate(seed_at_work, PlantedBug::none, Trace::Text::none);
      const std::lock_guard lock(mutex_);
      ++done_;
      simulated_ += outcome.simulated;
      account_.add(outcome.account);
      if (outcome.broken && !broken_) broken_ = seed_at_work;
      if (outcome.broken) is_over_ = true;
      if (shows_progress_ && done_ % progress_step == 0) {
        std::printf("\r%llu of %llu worlds, %.0f s", static_cast<unsigned long long>(done_),
                    static_cast<unsigned long long>(options_.seeds), seconds_so_far());
        std::fflush(stdout);
      }
    }
  }

  double seconds_so_far() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

  static constexpr std::uint64_t progress_step = 100;

  const Options options_;
  const bool shows_progress_ = isatty(STDOUT_FILENO) == 1;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::atomic<std::uint64_t> next_ = 0;
  std::atomic<bool> is_over_ = false;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::uint64_t done_ = 0;
  std::chrono::milliseconds simulated_{0};
  Account account_;
  std::optional<std::uint64_t> broken_;
};

int run(int count, char** words) {
  const auto options = read(count, words);
  if (!options) {
    std::cerr << "usage: orc_simulate [--seeds N] [--seed FIRST] [--threads N]\n";
    return 2;
  }
  std::signal(SIGABRT, say_seed_and_die);
  if (options->seeds == 1) {
    std::cout << report(options->first, PlantedBug::none);
    return simulate(options->first, PlantedBug::none, Trace::Text::none).broken ? 1 : 0;
  }
  return Campaign(*options).run();
}

}  // namespace
}  // namespace orc::simulation

int main(int count, char** words) { return orc::simulation::run(count, words); }
