#include "adapters/system/work_pool.h"

namespace orc {
namespace {

Error stopping() { return {ErrorCode::unavailable, "the service is stopping"}; }

}  // namespace

WorkPool::WorkPool(std::string name, WorkPoolSize size) : name_(std::move(name)), size_(size) {
  threads_.reserve(size_.threads);
  for (std::size_t i = 0; i < size_.threads; ++i) threads_.emplace_back([this] { work(); });
}

WorkPool::~WorkPool() { stop(); }

std::size_t WorkPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return tasks_.size();
}

bool WorkPool::take_place() {
  const std::lock_guard lock(mutex_);
  if (places_ >= size_.threads + size_.waiting_max) return false;
  ++places_;
  return true;
}

std::unexpected<Error> WorkPool::full() const {
  return fail(ErrorCode::resource_exhausted,
              "too many " + name_ + " are waiting (" + std::to_string(size_.waiting_max) + "); try again in a moment");
}

void WorkPool::submit(std::unique_ptr<Task> task) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      tasks_.push_back(std::move(task));
      changed_.notify_one();
      return;
    }
    --places_;
  }
  refuse(*task, stopping());
}

void WorkPool::refuse(Task& task, const Error& error) {
  task.refuse(error);
  task.go_on();
}

void WorkPool::refuse_late(SteadyTime moment, const Error& error) {
  std::deque<std::unique_ptr<Task>> late;
  {
    const std::lock_guard lock(mutex_);
    for (auto& task : tasks_)
      if (task->deadline < moment) late.push_back(std::move(task));
    std::erase(tasks_, nullptr);
    places_ -= late.size();
  }
  for (const auto& task : late) refuse(*task, error);
}

void WorkPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (stopping_) return;
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task->run();
    lock.lock();
    --places_;  // before anybody hears of the end, so that who asks again then finds the place free
    lock.unlock();
    task->go_on();
    task.reset();
    lock.lock();
  }
}

void WorkPool::stop() {
  std::deque<std::unique_ptr<Task>> left;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    left.swap(tasks_);
    places_ -= left.size();
  }
  changed_.notify_all();
  for (auto& task : left) refuse(*task, stopping());
  for (auto& thread : threads_)
    if (thread.joinable()) thread.join();
}

}  // namespace orc
