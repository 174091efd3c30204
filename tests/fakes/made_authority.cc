#include "tests/fakes/made_authority.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "domain/assert.h"

namespace orc {
namespace {

constexpr long day_seconds = 86'400;

std::string text_of(BIO* memory) {
  char* start = nullptr;
  const long size = BIO_get_mem_data(memory, &start);
  std::string text(start, static_cast<std::size_t>(size));
  BIO_free(memory);
  return text;
}

std::string pem_of(X509* certificate) {
  BIO* const memory = BIO_new(BIO_s_mem());
  ORC_ASSERT(PEM_write_bio_X509(memory, certificate) == 1);
  return text_of(memory);
}

std::string pem_of(EVP_PKEY* key) {
  BIO* const memory = BIO_new(BIO_s_mem());
  ORC_ASSERT(PEM_write_bio_PrivateKey(memory, key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(memory);
}

}  // namespace

void MadeAuthority::Deleter::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }
void MadeAuthority::Deleter::operator()(x509_st* certificate) const { X509_free(certificate); }

MadeAuthority::MadeAuthority(const std::string& name)
    : key_(EVP_EC_gen("P-256")), certificate_(make(name, key_.get(), nullptr, key_.get(), "basicConstraints", "critical,CA:TRUE", 2)) {}

MadeAuthority::Certificate MadeAuthority::make(const std::string& name, evp_pkey_st* key, x509_st* issuer, evp_pkey_st* issuer_key,
                                               const char* kind, const std::string& value, int days) {
  Certificate made(X509_new());
  X509* const certificate = made.get();
  X509* const vouches = issuer ? issuer : certificate;
  const auto* const words = reinterpret_cast<const unsigned char*>(name.c_str());
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), issuer ? 2 : 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -2 * day_seconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate), days * day_seconds);
  X509_set_pubkey(certificate, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, words, -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(vouches));
  X509V3_CTX context;
  X509V3_set_ctx(&context, vouches, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf(nullptr, &context, kind, value.c_str());
  ORC_ASSERT(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  ORC_ASSERT(X509_sign(certificate, issuer_key, EVP_sha256()) > 0);
  return made;
}

std::string MadeAuthority::certificate() const { return pem_of(certificate_.get()); }

std::string MadeAuthority::identity(const std::string& names, int days) const {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate made = make("server", key.get(), certificate_.get(), key_.get(), "subjectAltName", names, days);
  return pem_of(made.get()) + pem_of(key.get());
}

}  // namespace orc
