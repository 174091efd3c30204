#pragma once

#include <cstdint>

#include "adapters/rest/rest_request.h"
#include "application/deliberation/deliberation_access.h"

namespace orc {

// Takes the room of `request` for so many copies of what is read: those that are in memory at once until it is answered, which is what was
// read and the text that is written of it. `request` must outlive it.
inline TakeRoom room_for(RestRequest& request, std::uint64_t copies) {
  return [&http = request.http, copies](std::int64_t bytes) { return http.take_room(copies * static_cast<std::uint64_t>(bytes)); };
}

}  // namespace orc
