#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/job/job.h"
#include "domain/user/user.h"

namespace orc {

// Why a job needs a blob; the numbers are those of the column job_blobs.role.
enum class BlobRole : std::uint8_t { named_by_input, input, result, artifact };

// Values that stand in one column as JSON text, so that people and SQL can read them. What is read back is what this program wrote:
// anything else is damage, and asserts. Thread-safe.
std::optional<std::string> labels_to_text(const Labels& labels);  // nothing for none
Labels labels_from_text(std::string_view text);                   // empty text: none

std::string strings_to_text(const std::vector<std::string>& strings);
std::vector<std::string> strings_from_text(std::string_view text);

std::string string_map_to_text(const std::map<std::string, std::string>& map);
std::map<std::string, std::string> string_map_from_text(std::string_view text);

std::string durations_to_text(const std::vector<std::chrono::milliseconds>& durations);
std::vector<std::chrono::milliseconds> durations_from_text(std::string_view text);

std::string scopes_to_text(const std::vector<Scope>& scopes);
std::vector<Scope> scopes_from_text(std::string_view text);

}  // namespace orc
