#pragma once

#include <optional>
#include <string>
#include <utility>

#include "domain/result.h"

namespace orc {

// A value of `Fields` that was judged once, when it was made, and does not change afterwards.
// `std::optional<std::string> fault_of(const Fields&)` judges: a sentence that names the field at fault, or nothing.
template <typename Fields>
class Checked {
 public:
  // Errors: invalid_argument, with the sentence of fault_of().
  static Result<Checked> create(Fields fields) {
    if (auto fault = fault_of(fields)) return fail(ErrorCode::invalid_argument, std::move(*fault));
    return Checked(std::move(fields));
  }

  const Fields& operator*() const { return fields_; }
  const Fields* operator->() const { return &fields_; }
  bool operator==(const Checked&) const = default;

 private:
  explicit Checked(Fields fields) : fields_(std::move(fields)) {}
  Fields fields_;
};

}  // namespace orc
