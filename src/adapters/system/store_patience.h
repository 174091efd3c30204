#pragma once

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "domain/time.h"

namespace orc {

// StorePatience is how long one request may wait for its database in all, however many questions it asks one after the other: with a time
// for each question alone, ten of them could take ten times as long. It travels with the coroutine, as its executor (PatientExecutor). On
// the thread of the I/O loop only.
//
// The time in which a request asks nothing is given back to it, so that who waits for a job and looks each second can go on. Questions side
// by side cost the time of one.
class StorePatience {
 public:
  static constexpr std::chrono::milliseconds most{1500};  // attacks.md, R10: an answer within two seconds

  // The next request begins.
  void renew(SteadyTime now) {
    left_ = most;
    since_ = now;
  }

  // A question is asked, and answered. One that has much to carry may take `longer`; what it has left of that is gone with its answer.
  void begin(SteadyTime now, std::chrono::milliseconds longer) {
    if (asking_++ == 0) {
      left_ = std::min<SteadyTime::duration>(most, left_ + (now - since_));
      since_ = now;
    }
    left_ += longer;
  }
  void end(SteadyTime now) {
    if (--asking_ > 0) return;
    left_ = std::min<SteadyTime::duration>(most, left_ - (now - since_));
    since_ = now;
  }

  // When the answer must be there. While a question is asked.
  SteadyTime deadline() const { return since_ + left_; }

 private:
  SteadyTime::duration left_ = most;  // as of since_
  SteadyTime since_{};                // when it last began to ask, or ended
  int asking_ = 0;                    // questions at present
};

// PatientExecutor runs what is spawned on it, and what that calls, on an I/O loop, and says how long it may wait for a database.
class PatientExecutor : public boost::asio::io_context::executor_type {
 public:
  PatientExecutor(boost::asio::io_context& io, std::shared_ptr<StorePatience> patience)
      : boost::asio::io_context::executor_type(io.get_executor()), patience_(std::move(patience)) {}

  const std::shared_ptr<StorePatience>& patience() const { return patience_; }

 private:
  std::shared_ptr<StorePatience> patience_;  // never nullptr
};

// Of the request that runs on this executor; nullptr for what is no request.
inline std::shared_ptr<StorePatience> patience_of(const boost::asio::any_io_executor& executor) {
  const auto* const patient = executor.target<PatientExecutor>();
  return patient ? patient->patience() : nullptr;
}

// StoreQuestion stands for one question to a database, from when it is asked until it is answered.
class StoreQuestion {
 public:
  // It may take up to `most`, and `longer`, as far as the patience of the request that asks goes.
  StoreQuestion(const boost::asio::any_io_executor& asker, std::chrono::milliseconds most, std::chrono::milliseconds longer)
      : patience_(patience_of(asker)) {
    const auto now = std::chrono::steady_clock::now();
    deadline_ = now + most + longer;
    if (!patience_) return;
    patience_->begin(now, longer);
    deadline_ = std::min(deadline_, patience_->deadline());
  }
  StoreQuestion(const StoreQuestion&) = delete;
  StoreQuestion& operator=(const StoreQuestion&) = delete;
  ~StoreQuestion() {
    if (patience_) patience_->end(std::chrono::steady_clock::now());
  }

  SteadyTime deadline() const { return deadline_; }

 private:
  const std::shared_ptr<StorePatience> patience_;
  SteadyTime deadline_;
};

}  // namespace orc
