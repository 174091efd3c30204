#pragma once

#include <CLI/CLI.hpp>
#include <charconv>
#include <string>

namespace orc {

// Refuses what cannot be a job's id, in words for a person.
inline CLI::Validator job_id() {
  return CLI::Validator(
      [](const std::string& text) -> std::string {
        std::int64_t id = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
        const bool is_id = error == std::errc{} && end == text.data() + text.size() && id > 0;
        return is_id ? "" : "'" + text + "' is no job's id: those are whole numbers from 1 up; see: orc job list";
      },
      "ID", "job id");
}

}  // namespace orc
