#pragma once

#include <array>
#include <memory>
#include <string_view>

// OpenSSL's context, told here so that no header of this folder shows OpenSSL.
struct evp_mac_ctx_st;

namespace orc {

using HmacTag = std::array<unsigned char, 32>;

// HmacSha256 makes tags under one key (RFC 2104), which it sets up once: each tag costs a copy of the keyed state, not two blocks more.
// Thread-safe.
class HmacSha256 {
 public:
  // `key` is not empty.
  explicit HmacSha256(std::string_view key);

  HmacTag tag(std::string_view message) const;

  // Whether `claimed` is the tag of `message`; takes the same time wherever they differ.
  bool matches(std::string_view message, std::string_view claimed) const;

 private:
  struct Free {
    void operator()(evp_mac_ctx_st* context) const;
  };
  using Context = std::unique_ptr<evp_mac_ctx_st, Free>;
  Context keyed_;  // constant after construction
};

}  // namespace orc
