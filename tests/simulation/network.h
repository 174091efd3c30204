#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/fault_plan.h"
#include "tests/simulation/simulated_time.h"

namespace orc::simulation {

// Network carries messages between hosts, late, now and then twice or not at all; two messages may overtake each other.
class Network {
 public:
  using Host = std::string;

  Network(SimulatedTime& time, Dice& dice, const FaultPlan& plan) : time_(time), dice_(dice), plan_(plan) {}

  // Each arrives with the world's shares of loss and doubling, as long as faults happen, and never across a cut.
  void carry_request(const Host& from, const Host& to, std::function<void()> deliver);
  void carry_answer(const Host& from, const Host& to, std::function<void()> deliver);
  void carry_hint(const Host& from, const Host& to, std::function<void()> deliver);

  // Nothing passes between this host and any other.
  void cut_off(const Host& host) { cut_off_.insert(host); }
  void join(const Host& host) { cut_off_.erase(host); }

  // From now on it is a good network.
  void heal();

 private:
  void carry(const Host& from, const Host& to, double lost, const std::function<void()>& deliver);

  SimulatedTime& time_;
  Dice& dice_;
  const FaultPlan& plan_;
  bool is_faulty_ = true;
  std::set<Host> cut_off_;
};

}  // namespace orc::simulation
