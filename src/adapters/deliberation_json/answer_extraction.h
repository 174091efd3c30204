#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/deliberation/deliberation_plan.h"
#include "ports/answer_extractor.h"

namespace orc {

// Each as Extraction::Kind says. Linear in the text.

// "1,000.50" and "1000.5" give "1000.5"; a minus counts where no letter or digit stands before it.
std::optional<std::string> last_number_in(std::string_view text);

// A letter that no letter or digit touches. A and I are none where they may be words: before a space and a small letter.
std::optional<std::string> last_choice_in(std::string_view text);

// By RE2, whose time is linear in the text whatever the pattern.
std::optional<std::string> last_match_in(std::string_view text, const std::string& pattern);

// Of a string its characters, of anything else its JSON without what only formats it.
std::optional<std::string> value_at_pointer(std::string_view text, const std::string& pointer);

// Errors: invalid_argument, saying what is wrong with the detail of `extraction`.
Result<void> check_extraction(const Extraction& extraction);

class TextAnswerExtractor final : public AnswerExtractor {
 public:
  std::optional<std::string> extract(const Extraction& extraction, std::string_view text) const override;
};

}  // namespace orc
