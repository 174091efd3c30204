#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "domain/result.h"

namespace re2 {
class RE2;
}

namespace orc {

// EcmaPattern is a regular expression as JSON Schema has them (ECMA-262 with Unicode meaning), compiled by RE2: matching time is linear in
// the text for every pattern, and the program has a size limit. Immutable after construction, thread-safe.
class EcmaPattern {
 public:
  // Errors: invalid_argument for what is no regular expression, what RE2 cannot express (look-around, backreferences) and what is too
  // large.
  static Result<EcmaPattern> compile(std::string_view pattern);

  EcmaPattern(EcmaPattern&&) noexcept;
  EcmaPattern& operator=(EcmaPattern&&) noexcept;
  ~EcmaPattern();

  // Whether the pattern matches anywhere in the text, which is well-formed UTF-8.
  bool matches(std::string_view text) const;

  // The pattern as it was written.
  const std::string& text() const { return text_; }
  // Instructions of the compiled program: the work per byte of text in the worst case.
  std::size_t program_size() const;
  // Bytes that the program and its cache of states may come to hold.
  std::size_t memory_max() const { return memory_; }

 private:
  EcmaPattern(std::string text, std::unique_ptr<const re2::RE2> program, std::size_t memory);

  std::string text_;
  std::unique_ptr<const re2::RE2> program_;
  std::size_t memory_;
};

// The same regular expression in RE2's syntax. Errors as above.
Result<std::string> translate_ecma_pattern(std::string_view pattern);

}  // namespace orc
