#pragma once

#include <string>
#include <string_view>

#include "adapters/http/http_message.h"
#include "domain/time.h"

namespace orc {

// The Date field's line, formed at most once a second. Not thread-safe.
class DateLine {
 public:
  // "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"; valid until the next call.
  std::string_view at(Timestamp now);

 private:
  std::int64_t second_ = -1;
  std::string line_;
};

enum class ConnectionField { none, close, keep_alive };  // keep_alive is said to HTTP/1.0 clients only
enum class BodyBytes {
  sent,
  left_away,    // for HEAD
  in_chunks,    // by append_part()
  until_close,  // likewise, for HTTP/1.0
};

// True if the fields of the answer can be sent without breaking its framing: names are tokens, values without control characters,
// and none of them is one that the server itself writes.
bool fields_are_sound(const HttpResponse& response);

// Appends the status line, the fields and the body. Precondition: fields_are_sound(response).
void append_response(std::string& out, const HttpResponse& response, std::string_view date_line, ConnectionField connection,
                     BodyBytes body);

// Appends a part of a body that comes by and by; an empty one ends it. `body` is in_chunks or until_close.
void append_part(std::string& out, std::string_view part, BodyBytes body);

}  // namespace orc
