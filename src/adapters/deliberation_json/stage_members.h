#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/deliberation/deliberation_plan.h"

namespace orc {

// What a stage of this one's kind reads, as docs/deliberations.md tells: anything else in it would do nothing. A vote asks agents only
// where it is ranked, and reads what is of calls only then.
std::span<const std::string_view> members_read_by(const Stage& stage);

// "a stage verify", "a stage vote that is ranked".
std::string words_of_kind(const Stage& stage);

// The members that stand in this one as they do in a stage without them. A plan is written with every default, and what was written may
// be given again.
std::vector<std::string_view> members_by_default(const Stage& stage);

}  // namespace orc
