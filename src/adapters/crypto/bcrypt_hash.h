#pragma once

#include <string>
#include <string_view>

#include "domain/result.h"

namespace orc {

// The two forms of password hashes that we make and verify, both known to passlib (attacks.md, E2):
//   $2b$12$<22 salt><31 checksum>                         up to 71 bytes of password; $2a$ and $2y$ are read too
//   $bcrypt-sha256$v=2,t=2b,r=12$<22 salt>$<31 checksum>  longer ones: bcrypt of base64(HMAC-SHA-256(key = salt, password));
//                                                         version 1 ($bcrypt-sha256$2b,12$…, plain SHA-256) is read too
// Pure computing, 0.2 s at cost 12: never on the I/O thread.

// bcrypt looks at 72 bytes, the NUL behind a shorter password among them. With that NUL inside, no longer password has the same hash;
// with 72 bytes of password every continuation of it would.
inline constexpr std::size_t bcrypt_password_bytes_max = 71;

// Preconditions: `cost` is 4 to 31, `password` holds no NUL. Errors: internal.
Result<std::string> make_bcrypt_hash(const std::string& password, int cost);

// False as well for a hash of another kind and for a password with a NUL, which bcrypt would cut off there.
bool matches_bcrypt_hash(const std::string& password, std::string_view hash);

// A hash that no password has and that costs as much to check as a real one.
std::string unmatchable_bcrypt_hash(int cost);

}  // namespace orc
