#include "adapters/openai/circuit_breaker.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace orc {

std::optional<CircuitBreaker::Ticket> CircuitBreaker::admit(SteadyTime now) {
  if (is_open_ && (now < until_ || is_probed())) return std::nullopt;
  const Ticket ticket{.number = ++calls_};
  if (is_open_) probe_ = ticket.number;
  silent_.insert(ticket.number);
  return ticket;
}

void CircuitBreaker::began(Ticket& ticket) {
  if (std::exchange(ticket.has_begun, true)) return;
  silent_.erase(ticket.number);
  writing_.insert(ticket.number);
  refused_ = {};
  // Where answers are broken off, that those under way begin is nothing new.
  if (ticket.number == probe_ || broken_off_.failures < failures_max) close();
}

void CircuitBreaker::succeeded(const Ticket& ticket) {
  forget(ticket);
  refused_ = {};
  broken_off_ = {};
  open_for_ = open_first;
  close();
}

void CircuitBreaker::failed(const Ticket& ticket, SteadyTime now) {
  forget(ticket);
  const bool was_probe = end_probe(ticket);
  Row& row = ticket.has_begun ? broken_off_ : refused_;
  ++row.failures;
  row.last = std::max(row.last, ticket.number);
  // Calls that were under way when it opened do not open it for longer.
  if (is_open_ ? was_probe : is_long_row()) open(now);
}

void CircuitBreaker::said_nothing(const Ticket& ticket) {
  forget(ticket);
  end_probe(ticket);
}

void CircuitBreaker::forget(const Ticket& ticket) { (ticket.has_begun ? writing_ : silent_).erase(ticket.number); }

bool CircuitBreaker::end_probe(const Ticket& ticket) {
  if (!is_probed() || ticket.number != probe_) return false;
  probe_ = 0;
  return true;
}

bool CircuitBreaker::is_long_row() const {
  const auto before = [](const std::set<std::uint64_t>& calls, const Row& row) {
    return std::distance(calls.begin(), calls.lower_bound(row.last));
  };
  if (refused_.failures >= failures_max && refused_.failures >= before(silent_, refused_)) return true;
  return broken_off_.failures >= failures_max && broken_off_.failures >= before(silent_, broken_off_) + before(writing_, broken_off_);
}

void CircuitBreaker::open(SteadyTime now) {
  is_open_ = true;
  until_ = now + open_for_;
  open_for_ = std::min(open_for_ * 2, open_max);
  ++openings_;
}

void CircuitBreaker::close() {
  is_open_ = false;
  probe_ = 0;
}

void RetryBudget::call_was_made() { tokens_ = std::min(most_, tokens_ + share_); }

bool RetryBudget::take() {
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

std::chrono::milliseconds retry_wait(int retries, double dice, std::chrono::milliseconds asked_for) {
  const auto most = std::min(retry_wait_max, retry_wait_first * (1 << std::min(retries, 16)));
  const auto jittered = std::chrono::milliseconds{static_cast<std::int64_t>(dice * static_cast<double>(most.count()))};
  return std::max(jittered, asked_for);
}

}  // namespace orc
