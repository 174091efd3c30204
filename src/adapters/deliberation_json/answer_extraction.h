#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/system/work_pool.h"
#include "domain/deliberation/deliberation_plan.h"
#include "ports/answer_extractor.h"

namespace orc {

// Only the end of a text is read, where answers stand.
inline constexpr std::size_t read_bytes_max = 2 * extracted_bytes_max;

// As the extraction says, out of the last read_bytes_max of the text, but the kind normalised_text, which gives nothing for a longer one.
// Pure. Takes a second at most, whatever the pattern and the text, and far less than a millisecond if the kind neither is pattern nor
// json_pointer.
std::optional<std::string> answer_in(const Extraction& extraction, std::string_view text);

// Each as Extraction::Kind says.

// "1,000.50" and "1000.5" give "1000.5"; a minus counts where no letter or digit stands before it.
std::optional<std::string> last_number_in(std::string_view text);

// A letter that no letter or digit touches. A and I are none where they may be words: before a space and a small letter.
std::optional<std::string> last_choice_in(std::string_view text);

// By RE2, whose time for one match is linear in the text whatever the pattern. All matches together would be quadratic where each looks at
// what follows up to the end; so once they have used up their steps, the last one is looked for in one pass. That pass ends early behind a
// match of nothing.
std::optional<std::string> last_match_in(std::string_view text, const std::string& pattern);

// Of a string its characters, of anything else its JSON without what only formats it.
std::optional<std::string> value_at_pointer(std::string_view text, const std::string& pointer);

// Errors: invalid_argument, saying what is wrong with the detail of `extraction`.
Result<void> check_extraction(const Extraction& extraction);

// TextAnswerExtractor looks for what may take long on a thread of the pool, which must outlive it.
class TextAnswerExtractor final : public AnswerExtractor {
 public:
  explicit TextAnswerExtractor(WorkPool& pool) : pool_(pool) {}

  boost::asio::awaitable<std::optional<std::string>> extract(const Extraction& extraction, std::string_view text) override;

 private:
  WorkPool& pool_;
};

}  // namespace orc
