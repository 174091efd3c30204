#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "domain/result.h"

namespace orc {

// RecordedAnswers says what a ModelStub answers to which question: JSON lines, of which the first that fits counts.
//
//   {"match": "capital of France", "answer": "Paris"}
//   {"match": "toss", "model": "small", "answers": ["heads", "tails"]}
//
// `match` has to occur in one of the question's messages, and `model` to be its model; without them a line fits every question. Of several
// `answers` one is drawn. Other members, and both of the last two together, are a fault: a line with "modle" would fit every model.
// Immutable.
class RecordedAnswers {
 public:
  static constexpr std::size_t lines_max = 10'000;

  // None: nothing fits.
  RecordedAnswers() = default;

  // Lines that are empty or begin with '#' are passed over. Errors: invalid_argument, naming the line.
  static Result<RecordedAnswers> parse(std::string_view text);

  // What may be answered; empty if no line fits.
  const std::vector<std::string>& find(std::string_view model, const std::vector<std::string>& messages) const;

 private:
  struct Line {
    std::string match;
    std::string model;
    std::vector<std::string> answers;  // at least one
  };
  static Result<Line> parse_line(std::string_view text);

  std::vector<Line> lines_;
  std::vector<std::string> nothing_;
};

}  // namespace orc
