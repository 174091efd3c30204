#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <string>

namespace orc {

// HttpBodySource gives the body of an answer part by part, for as long as it likes: server-sent events, for one. It is asked for a part
// only when the one before was handed to the kernel, so that a slow reader never holds more than one of them in memory; one that takes
// nothing is cut (HttpServerLimits::transfer_grace). I/O thread only.
class HttpBodySource {
 public:
  virtual ~HttpBodySource() = default;

  // The next part, at most about 64 KiB; an empty one ends the body. May take its time, but not once give_up() was called.
  // An exception ends the connection, so that the client knows of the missing end.
  virtual boost::asio::awaitable<std::string> next() = 0;

  // What it keeps in memory of what it gives later, for the ByteBudget: an answer for which there is no room is cut.
  virtual std::size_t kept_bytes() const { return 0; }

  // The client is gone, or the server stops: the present and every later call of next() returns within a second. May come more than once.
  virtual void give_up() = 0;
};

}  // namespace orc
