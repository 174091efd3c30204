#include "adapters/crypto/bcrypt_hash.h"

#include <algorithm>
#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace orc {
namespace {

using namespace std::string_literals;

struct Vector {
  std::string password;
  std::string_view hash;
};

const std::string seventy_one = std::string(71, 'x');
const std::string seventy_two = std::string(72, 'x');
const std::string seventy_three = std::string(73, 'a');

// Made with passlib 1.7.4 and bcrypt 4.0.1.
const std::vector<Vector> passlib = {
    {"password123", "$2b$04$fOIwecVtst81mS5/CLRGsuWG/MvEscKSnw/0c906oIBVSG1A1tNNu"},
    {"pässwörd ☃", "$2b$04$E4oHva/ydBJPvVMVFfOP1.KfsDSC0p049hO71F63HKMriCVTp1gRK"},
    {seventy_two, "$2b$04$phAkx1qZdNMOtaz93dIKN.fgLh/O/Rvm0H8GBG8eQCzlGkTY2Dv2K"},
    {"ÿ£ÿ wörter", "$2b$04$XOnk/Jko5gexUEE83frefec5MZ6HaHoJrCtIiAVF7RuSvsnLvZuSK"},
    {"password123", "$2a$04$3MXC7CgOx1cnXZATN75K5OjvuRPPYuoHryFCOn0zD/ZB4jAmCDDXK"},
    {"ÿ£ÿ wörter", "$2a$04$oqFUr4VqHeiFy/tOVf3CFumsc56cCm9xBkdN/0iKZGw/bjyqT88lq"},
    {"pässwörd ☃", "$2y$04$1Enx6ZjrnnuCW.cv9XQIhepgZLJd1aWQ.OfWKD2Fw8yvoKTrarS1O"},
    {seventy_two, "$2y$04$lueYpYjWFkElJ6yY9h4h6udh3C4dpyV5Vt88wkbRRtNl5QZ.Zg1Hi"},
    {seventy_three, "$2b$04$HvxBOLUpZZB9flu4K4iBEO8oPQQ6Uz6uz6q0eFjdy5B/x47k6KAPu"},
    {"password123", "$bcrypt-sha256$v=2,t=2b,r=4$cpVrqTLzW9CTnLfEux6Ev.$XMEgSUHGGJE8P76qEkT.lZNZCVnYSJa"},
    {"pässwörd ☃", "$bcrypt-sha256$v=2,t=2b,r=4$Cqr6TDF1VCkE5cddtzZrwe$WeeSI9JaLolP3CkHritofZMcOHPf3Tm"},
    {seventy_two, "$bcrypt-sha256$v=2,t=2b,r=4$IELjthi7wiubKS.g98tixe$ofM2Y89rEJuQpuldvwT25Fyhe9i2hdG"},
    {seventy_three, "$bcrypt-sha256$v=2,t=2b,r=4$VEBN0ES1noMxcUZ7.ewNXe$u/nR0s4HsiDMNZVz1YiIUhx4jtCV/au"},
    {"ÿ£ÿ wörter", "$bcrypt-sha256$v=2,t=2b,r=4$BjFN74AU6ugdv7wBCc0hQO$BQw7DAwpUv0s96B44TR0BP0AO/kH6cu"},
    {seventy_three, "$bcrypt-sha256$2b,4$pQzl.7W4OYesLSeYEn16c.$wz.GhelveFqHTjg2tNa9Ht8CRr7N4xi"},
    {"correct horse battery staple", "$2b$12$WgkHrhGTJ82V5BSkYWUo4OSu7JmIGCZnNHZ7qq4CfvzXnGGtI9xEK"},
};

TEST(BcryptHash, hashes_of_passlib_verify) {
  for (const auto& [password, hash] : passlib) {
    EXPECT_TRUE(matches_bcrypt_hash(password, hash)) << hash;
    EXPECT_FALSE(matches_bcrypt_hash("X" + password.substr(1), hash)) << hash;
    EXPECT_FALSE(matches_bcrypt_hash("", hash)) << hash;
  }
}

TEST(BcryptHash, up_to_71_bytes_the_form_is_2b_and_every_longer_password_differs) {
  for (const auto& password : {"12345678"s, seventy_one}) {
    const auto hash = make_bcrypt_hash(password, 4);
    ASSERT_TRUE(hash);
    EXPECT_TRUE(hash->starts_with("$2b$04$")) << *hash;
    EXPECT_EQ(hash->size(), 60U);
    EXPECT_TRUE(matches_bcrypt_hash(password, *hash));
    EXPECT_FALSE(matches_bcrypt_hash(password + "x", *hash));
  }
}

TEST(BcryptHash, from_72_bytes_every_byte_counts) {
  const std::string longest(1024, 'p');
  for (const auto& password : {seventy_two, seventy_three, longest}) {
    const auto hash = make_bcrypt_hash(password, 4);
    ASSERT_TRUE(hash);
    EXPECT_TRUE(hash->starts_with("$bcrypt-sha256$v=2,t=2b,r=4$")) << *hash;
    EXPECT_TRUE(matches_bcrypt_hash(password, *hash));
    std::string other = password;
    other.back() = '!';
    EXPECT_FALSE(matches_bcrypt_hash(other, *hash));
    EXPECT_FALSE(matches_bcrypt_hash(password + "x", *hash));
    EXPECT_FALSE(matches_bcrypt_hash(password.substr(0, 71), *hash));
  }
}

TEST(BcryptHash, two_hashes_of_one_password_differ) { EXPECT_NE(make_bcrypt_hash("password123", 4), make_bcrypt_hash("password123", 4)); }

TEST(BcryptHash, a_password_with_a_nul_never_matches) {
  const auto hash = make_bcrypt_hash("password", 4);
  ASSERT_TRUE(hash);
  EXPECT_FALSE(matches_bcrypt_hash("password\0more"s, *hash));
  EXPECT_FALSE(matches_bcrypt_hash("password\0"s, *hash));
}

TEST(BcryptHash, what_is_no_such_hash_never_matches) {
  for (const auto* hash :
       {"", "$2b$", "$1$abc$def", "password", "$2b$04$", "$2b$99$fOIwecVtst81mS5/CLRGsuWG/MvEscKSnw/0c906oIBVSG1A1tNNu",
        "$2x$04$fOIwecVtst81mS5/CLRGsuWG/MvEscKSnw/0c906oIBVSG1A1tNNu", "$2b$04$fOIwecVtst81mS5/CLRGsuWG/MvEscKSnw/0c906oIBVSG1A1tNN",
        "$2b$04$!!!!ecVtst81mS5/CLRGsuWG/MvEscKSnw/0c906oIBVSG1A1tNNu", "$bcrypt-sha256$", "$bcrypt-sha256$v=3,t=2b,r=4$a$b",
        "$bcrypt-sha256$v=2,t=2b,r=4$cpVrqTLzW9CTnLfEux6Ev.",
        "$bcrypt-sha256$v=2,t=2b,r=x$cpVrqTLzW9CTnLfEux6Ev.$XMEgSUHGGJE8P76qEkT.lZNZCVnYSJa"})
    EXPECT_FALSE(matches_bcrypt_hash("password123", hash)) << hash;
}

TEST(BcryptHash, nobodys_hash_matches_nothing_and_costs_the_same) {
  const auto nobodys = unmatchable_bcrypt_hash(8);
  const auto somebodys = make_bcrypt_hash("password123", 8);
  ASSERT_TRUE(somebodys);
  const auto time = [](std::string_view hash) {
    auto best = std::chrono::steady_clock::duration::max();
    for (int i = 0; i < 5; ++i) {
      const auto start = std::chrono::steady_clock::now();
      EXPECT_FALSE(matches_bcrypt_hash("another one", hash));
      best = std::min(best, std::chrono::steady_clock::now() - start);
    }
    return std::chrono::duration<double>(best).count();
  };
  const double ratio = time(nobodys) / time(*somebodys);
  EXPECT_GT(ratio, 0.5);
  EXPECT_LT(ratio, 2.0);
}

}  // namespace
}  // namespace orc
