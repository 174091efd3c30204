#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "domain/field_fault.h"

namespace orc {

// FaultList collects the faults of one description: first those of reading it, then the broken rules. What could not be read is not judged,
// so that one mistake is told once, and a value that stands in for an unread one never counts. Not thread-safe.
class FaultList {
 public:
  // `unread` were found by reading.
  explicit FaultList(std::vector<FieldFault> unread) : faults_(std::move(unread)), unread_count_(faults_.size()) {}

  // Whether reading found no fault at `place`, in it, or in a whole that holds it.
  bool is_read(const FieldPlace& place) const;

  // A rule is broken at `place`. Left away if the place was not read.
  void add(FieldPlace place, std::string msg);

  const std::vector<FieldFault>& faults() const { return faults_; }
  std::vector<FieldFault> take() && { return std::move(faults_); }

 private:
  std::vector<FieldFault> faults_;  // in the order found
  const std::size_t unread_count_;  // of the first of them
};

}  // namespace orc
