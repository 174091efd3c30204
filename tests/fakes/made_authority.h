#pragma once

#include <memory>
#include <string>

struct evp_pkey_st;
struct x509_st;

namespace orc {

// MadeAuthority is a certificate authority that is made for a test, with the certificates that it vouches for. Keys are of P-256.
class MadeAuthority {
 public:
  explicit MadeAuthority(const std::string& name);

  // In PEM.
  std::string certificate() const;

  // A server's certificate and its key, in one PEM. `names` as in "DNS:localhost,IP:127.0.0.1"; valid from two days ago until in `days`.
  std::string identity(const std::string& names, int days) const;

 private:
  struct Deleter {
    void operator()(evp_pkey_st* key) const;
    void operator()(x509_st* certificate) const;
  };
  using Key = std::unique_ptr<evp_pkey_st, Deleter>;
  using Certificate = std::unique_ptr<x509_st, Deleter>;

  // Signed by `issuer_key`, for `issuer`, or by itself if that is null.
  static Certificate make(const std::string& name, evp_pkey_st* key, x509_st* issuer, evp_pkey_st* issuer_key, const char* kind,
                          const std::string& value, int days);

  const Key key_;
  const Certificate certificate_;
};

}  // namespace orc
