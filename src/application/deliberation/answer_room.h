#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "domain/result.h"

namespace orc {

struct FinishedCall;

// AnswerRoom bounds what the answers of deliberations that run hold: those of one, and of all of them together. An answer for which there
// is no room is given up, and its call fails in a sentence that says so. Whatever the others hold, each deliberation has a little of its
// own, so that large ones spoil none with answers of an ordinary size. On the thread of the executor.
class AnswerRoom {
 public:
  struct Limits {
    std::size_t bytes_of_one_max;
    std::size_t bytes_of_one_own;  // that one has in any case
    std::size_t bytes_max;         // of all, beside what each has of its own
  };
  struct Figures {
    std::size_t bytes = 0;      // held now
    std::uint64_t refused = 0;  // answers, since the start
  };

  // Share is what one deliberation has of it.
  class Share {
   public:
    // `room` must outlive it.
    explicit Share(AnswerRoom& room) : room_(room) {}
    ~Share();
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // What is recorded already: it counts, and is refused never.
    void keep(std::size_t bytes);
    // Errors: resource_exhausted.
    Result<void> take(std::size_t bytes);
    void give_back(std::size_t bytes);

   private:
    AnswerRoom& room_;
    std::size_t bytes_ = 0;
  };

  explicit AnswerRoom(Limits limits) : limits_(limits) {}
  AnswerRoom(const AnswerRoom&) = delete;
  AnswerRoom& operator=(const AnswerRoom&) = delete;

  const Figures& figures() const { return figures_; }
  bool is_full() const { return figures_.bytes >= limits_.bytes_max; }

 private:
  const Limits limits_;
  Figures figures_;
};

// What a call holds of what was answered.
std::size_t answer_bytes_of(const FinishedCall& call);

// Makes it one that failed, with that reason in the place of its answer; what it has used stays.
void give_up_answer(FinishedCall& call, std::string why);

}  // namespace orc
