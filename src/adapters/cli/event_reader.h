#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace orc {

// One server-sent event (WHATWG HTML, section 9.2).
struct ServerEvent {
  std::string id;
  std::string kind;  // "message" if it has none
  std::string data;
};

// EventReader makes events of bytes as they come. What is no part of an event - comments, other fields - is passed over. Bounded: an event
// longer than event_bytes_max is dropped.
class EventReader {
 public:
  static constexpr std::size_t event_bytes_max = std::size_t{1} << 20;

  // Calls `take` with each event that `bytes` complete.
  void add(std::string_view bytes, const std::function<void(const ServerEvent&)>& take);

 private:
  void take_line(std::string_view line, const std::function<void(const ServerEvent&)>& take);

  std::string line_;  // the unfinished one
  ServerEvent event_;
  bool is_too_long_ = false;
};

}  // namespace orc
