#pragma once

#include <any>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/time.h"

namespace orc {

// The header fields of one message, in the order they came. A value; copying copies the text.
// Views that it hands out live until the object is changed, assigned to or destroyed.
class HttpHeaders {
 public:
  struct Field {
    std::string_view name;  // as it was spelled
    std::string_view value;
  };

  // The value of the first field of this name in any spelling of case; nothing if there is none.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  // The same, with an empty text for an absent field.
  [[nodiscard]] std::string_view value_of(std::string_view name) const { return find(name).value_or(std::string_view{}); }
  [[nodiscard]] std::size_t count(std::string_view name) const;

  [[nodiscard]] std::size_t size() const { return spans_.size(); }
  // Precondition: index < size().
  [[nodiscard]] Field at(std::size_t index) const;

  void add(std::string_view name, std::string_view value);
  void clear();

 private:
  // Positions in text_, so that copies and moves need no repair.
  struct Span {
    std::uint32_t name_begin, name_size, value_size;  // the value follows the name
  };
  std::string text_;
  std::vector<Span> spans_;
};

// `name=value` of a query or a form, percent-decoded, '+' read as a space.
struct HttpParameter {
  std::string name;
  std::string value;
  bool operator==(const HttpParameter&) const = default;
};

// A request as far as its header block. Everything in it has passed the strict grammar of RFC 9112; what fails it never reaches a handler.
struct HttpRequestHead {
  std::string method;  // a token as it came, such as "GET"; may be one that nobody knows
  std::string target;  // as it came, for logs
  // Percent-decoded once. Begins with '/' (or is "*" of OPTIONS); valid UTF-8 without control characters; no segment is "." or "..".
  // '/' always separates segments: an encoded one (%2F) is refused, as are %5C, '\' and a raw ';'.
  std::string path;
  std::string query;                            // raw, without the '?'
  std::vector<HttpParameter> query_parameters;  // in order; a name that came twice stands here twice
  HttpHeaders headers;
  int minor_version = 1;     // HTTP/1.0 or HTTP/1.1
  std::string peer_address;  // of the socket, numeric; forwarded-for fields are never believed
  std::uint16_t peer_port = 0;
  std::string request_id;  // hexadecimal, unique while this process lives, not secret
  SteadyTime received{};   // when the header block was complete
  std::any context;        // before_body() may leave something here for handle(), such as who is calling

  // The first query parameter of this name.
  [[nodiscard]] std::optional<std::string_view> query_value(std::string_view name) const;
  // The media type of Content-Type in lower case without its parameters; empty if there is none.
  [[nodiscard]] std::string media_type() const;
};

// Destroyed, it ends what it stands for.
using ClientWatch = std::shared_ptr<void>;

struct HttpRequest : HttpRequestHead {
  std::string body;  // framing removed

  // Calls `gone`, until the watch is destroyed, once the client has closed its side or the connection is cut: nobody reads the answer any
  // more. For a handler that waits; one watch at a time. A client that has sent more than this request meanwhile is not seen to go.
  std::function<ClientWatch(std::function<void()> gone)> watch_client = [](const std::function<void()>&) { return ClientWatch(); };

  // Takes room of the ByteBudget for so many bytes that the handler is about to hold, its answer included, in place of what it took before;
  // it is given back once the answer is there. False, and nothing is taken, if there is none just now.
  std::function<bool(std::uint64_t bytes)> take_room = [](std::uint64_t) { return true; };
};

struct HttpField {
  std::string name;
  std::string value;
  bool operator==(const HttpField&) const = default;
};

class HttpBodySource;

// An answer. The server adds Date, Content-Length, Content-Type and Connection, and leaves the body away for HEAD, 204 and 304.
struct HttpResponse {
  int status = 200;
  std::string content_type;        // no such field is sent if empty
  std::vector<HttpField> headers;  // more fields; a name or value that could break the framing turns the answer into a 500
  std::string body;
  std::string_view constant_body;          // sent instead of `body` unless empty; must outlive the server (embedded files)
  std::shared_ptr<HttpBodySource> source;  // gives the body instead of both; the connection closes after it
  bool close = false;                      // close the connection after this answer
  std::string_view route;                  // pattern for metrics, such as "/api/v1/jobs/{id}"; must outlive the server; empty: unmatched

  [[nodiscard]] std::string_view content() const { return constant_body.empty() ? std::string_view{body} : constant_body; }
};

// {"detail": "<sentence>"}, the form of every error that this layer answers with.
HttpResponse http_problem(int status, std::string_view sentence);

// "Not Found" for 404; "Unknown" for what is not registered.
std::string_view http_reason(int status);

// Compares without regard to the case of ASCII letters.
bool same_ignoring_case(std::string_view a, std::string_view b);
// With its ASCII letters in lower case.
std::string lower_case(std::string_view text);

}  // namespace orc
