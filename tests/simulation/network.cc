#include "tests/simulation/network.h"

namespace orc::simulation {
namespace {

constexpr Span message_way_min{100};
constexpr Span message_way_max{2'000};
constexpr double late_messages = 0.02;  // a packet was lost and sent again
constexpr Span late_max = std::chrono::seconds{3};

}  // namespace

void Network::carry(const Host& from, const Host& to, double lost, const std::function<void()>& deliver) {
  if (is_faulty_ && dice_.chance(lost)) {
    time_.trace.note(time_.passed(), from, "a message is lost");
    return;
  }
  Span way = dice_.between(message_way_min, message_way_max);
  if (is_faulty_ && !plan_.is_calm() && dice_.chance(late_messages)) way += dice_.between(Span{0}, late_max);
  time_.after(way, [this, from, to, deliver] {
    if (!cut_off_.contains(from) && !cut_off_.contains(to)) deliver();
  });
}

void Network::carry_request(const Host& from, const Host& to, std::function<void()> deliver) {
  carry(from, to, plan_.lost_requests, deliver);
  if (is_faulty_ && dice_.chance(plan_.doubled_requests)) carry(from, to, plan_.lost_requests, deliver);
}

void Network::carry_answer(const Host& from, const Host& to, std::function<void()> deliver) {
  carry(from, to, plan_.lost_answers, deliver);
}

void Network::carry_hint(const Host& from, const Host& to, std::function<void()> deliver) { carry(from, to, plan_.lost_hints, deliver); }

void Network::heal() {
  is_faulty_ = false;
  cut_off_.clear();
}

}  // namespace orc::simulation
