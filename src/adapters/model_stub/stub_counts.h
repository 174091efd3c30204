#pragma once

#include <cstdint>

namespace orc {

// What a ModelStub has done so far.
struct StubCounts {
  std::int64_t asked = 0;      // questions that were understood
  std::int64_t open = 0;       // answers that are being given now
  std::int64_t open_max = 0;   // ever
  std::int64_t answered = 0;   // to the end
  std::int64_t refused = 0;    // as the share of errors has it
  std::int64_t broken = 0;     // left in their midst, as the share of breaks has it
  std::int64_t abandoned = 0;  // streams whose reader left first
  std::int64_t tokens = 0;     // given

  void began() { open_max = ++open > open_max ? open : open_max; }
};

}  // namespace orc
