#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/deliberation/deliberation_plan.h"
#include "domain/result.h"

namespace orc {

// AnswerExtractor finds the answer in what a model wrote. Pure: the same text gives the same answer. Thread-safe.
class AnswerExtractor {
 public:
  virtual ~AnswerExtractor() = default;

  // The answer, at most extracted_bytes_max long; nothing if there is none, or `extraction` is of the kind none.
  virtual std::optional<std::string> extract(const Extraction& extraction, std::string_view text) const = 0;
};

inline constexpr std::size_t extracted_bytes_max = 64 * 1024;  // a longer one is no answer

}  // namespace orc
