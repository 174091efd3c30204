#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "domain/result.h"

struct ssl_st;
struct ssl_ctx_st;

namespace orc {

// TlsIdentity is a server's certificate with its key, and how it speaks TLS: 1.2 or newer, one application protocol (ALPN, RFC 7301).
// Constant after construction; any thread.
class TlsIdentity {
 public:
  // Reads PEM files: the certificate with those that lead to its issuer, and its key. `protocol` such as "h2": a client that offers others
  // only is refused. invalid_argument: a file cannot be read, or key and certificate do not belong together; the message names the file.
  static Result<TlsIdentity> load(const std::string& certificate_file, const std::string& key_file, std::string_view protocol);

  [[nodiscard]] ssl_ctx_st* context() const { return context_.get(); }

 private:
  struct Deleter {
    void operator()(ssl_ctx_st* context) const;
  };
  explicit TlsIdentity(ssl_ctx_st* context) : context_(context) {}

  std::unique_ptr<ssl_ctx_st, Deleter> context_;
};

// TlsSession is the server's end of one TLS connection without its socket: bytes in, bytes out. Not thread-safe.
class TlsSession {
 public:
  // `identity` must outlive it.
  explicit TlsSession(const TlsIdentity& identity);

  // Takes what came from the client and appends what it says to `plain`. invalid_argument: it speaks no TLS, or none that we take;
  // then drain() may still have a word for it.
  Result<void> take(std::string_view bytes, std::string& plain);
  // Wraps `plain`. Precondition: take() has given something already, or is_open().
  void give(std::string_view plain);
  // Appends what is to be sent to the client.
  void drain(std::string& bytes);

  // Whether the handshake is done.
  [[nodiscard]] bool is_open() const;

 private:
  struct Deleter {
    void operator()(ssl_st* session) const;
  };
  std::unique_ptr<ssl_st, Deleter> session_;
};

}  // namespace orc
