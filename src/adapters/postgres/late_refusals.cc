#include "adapters/postgres/late_refusals.h"

#include <chrono>
#include <utility>

namespace orc::postgres {
namespace {

// How late somebody is told at most.
constexpr std::chrono::milliseconds look_every{100};

}  // namespace

LateRefusals::LateRefusals(std::function<void()> refuse) : refuse_(std::move(refuse)), thread_([this] { work(); }) {}

LateRefusals::~LateRefusals() { stop(); }

void LateRefusals::work() {
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, look_every, [this] { return stopping_; })) {
    lock.unlock();
    refuse_();
    lock.lock();
  }
}

void LateRefusals::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace orc::postgres
