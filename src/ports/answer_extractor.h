#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/deliberation/deliberation_plan.h"
#include "ports/async.h"

namespace orc {

// AnswerExtractor finds the answer in what a model wrote: the same text gives the same answer. It may take long, and holds nobody up
// meanwhile. On the thread of the executor.
class AnswerExtractor {
 public:
  virtual ~AnswerExtractor() = default;

  // The answer, at most extracted_bytes_max long; nothing if there is none, or `extraction` is of the kind none. Both must outlive the
  // call.
  virtual boost::asio::awaitable<std::optional<std::string>> extract(const Extraction& extraction, std::string_view text) = 0;
};

inline constexpr std::size_t extracted_bytes_max = 64 * 1024;  // a longer one is no answer

}  // namespace orc
