#include "adapters/openai/circuit_breaker.h"

#include <algorithm>

namespace orc {

std::optional<CircuitBreaker::Ticket> CircuitBreaker::admit(SteadyTime now) {
  if (failures_ < failures_max) return Ticket{};
  if (now < until_ || probe_ != 0) return std::nullopt;
  probe_ = ++probes_;
  return Ticket{.probe = probe_};
}

bool CircuitBreaker::end_probe(Ticket ticket) {
  if (ticket.probe == 0 || ticket.probe != probe_) return false;
  probe_ = 0;
  return true;
}

void CircuitBreaker::succeeded() {
  failures_ = 0;
  open_for_ = open_first;
  probe_ = 0;
}

void CircuitBreaker::failed(Ticket ticket, SteadyTime now) {
  const bool was_probe = end_probe(ticket);
  if (++failures_ < failures_max) return;
  // Calls that were under way when it opened do not open it for longer.
  if (failures_ > failures_max && !was_probe) return;
  if (was_probe) open_for_ = std::min(open_for_ * 2, open_max);
  until_ = now + open_for_;
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
