#include "adapters/postgres/late_refusals.h"

#include <chrono>

namespace orc::postgres {
namespace {

// How late somebody is told at most.
constexpr std::chrono::milliseconds look_every{100};

}  // namespace

// Either the thread sees the one that begins before it rests, or that one sees that it rests.
LateRefusals::Asking::Asking(const LateRefusals& late_refusals) : shared_(late_refusals.shared_) {
  if (shared_->asking++ > 0 || !shared_->rests) return;
  { const std::lock_guard lock(shared_->mutex); }  // it waits now, if it still rests
  shared_->changed.notify_all();
}

LateRefusals::Asking::~Asking() { --shared_->asking; }

LateRefusals::LateRefusals() : shared_(std::make_shared<Shared>()) {}

LateRefusals::~LateRefusals() { stop(); }

void LateRefusals::start(std::function<void()> refuse) {
  thread_ = std::thread([this, refuse = std::move(refuse)] { work(refuse); });
}

void LateRefusals::work(const std::function<void()>& refuse) {
  std::unique_lock lock(shared_->mutex);
  for (;;) {
    shared_->rests = true;
    shared_->changed.wait(lock, [this] { return shared_->is_stopping || shared_->asking > 0; });
    shared_->rests = false;
    if (shared_->changed.wait_for(lock, look_every, [this] { return shared_->is_stopping; })) return;
    lock.unlock();
    refuse();
    lock.lock();
  }
}

void LateRefusals::stop() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->is_stopping = true;
  }
  shared_->changed.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace orc::postgres
