#include "adapters/crypto/tls_session.h"

#include <array>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <utility>

#include "domain/assert.h"

namespace orc {
namespace {

constexpr std::size_t step_max = std::size_t{16} * 1024;  // of one TLS record

std::string last_fault() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

// `wanted` is in the form of ALPN: a length and a name.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered, unsigned int offered_size,
                    void* wanted) {
  const std::string& ours = *static_cast<const std::string*>(wanted);
  unsigned char* place = nullptr;
  const int outcome = SSL_select_next_proto(&place, size, reinterpret_cast<const unsigned char*>(ours.data()),
                                            static_cast<unsigned>(ours.size()), offered, offered_size);
  *chosen = place;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// The name of the protocol lives as long as the context.
void free_protocol(void*, void* name, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<std::string*>(name); }

int protocol_slot() {
  static const int slot = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, &free_protocol);
  return slot;
}

}  // namespace

void TlsIdentity::Deleter::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void TlsSession::Deleter::operator()(ssl_st* session) const { SSL_free(session); }

Result<TlsIdentity> TlsIdentity::load(const std::string& certificate_file, const std::string& key_file, std::string_view protocol) {
  TlsIdentity identity(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = identity.context();
  ORC_ASSERT(context != nullptr);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1)
    return fail(ErrorCode::invalid_argument, "cannot use the certificate in " + certificate_file + ": " + last_fault());
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(context) != 1)
    return fail(ErrorCode::invalid_argument, "cannot use the key in " + key_file + ": " + last_fault());
  auto name = std::make_unique<std::string>(1, static_cast<char>(protocol.size()));
  name->append(protocol);
  SSL_CTX_set_alpn_select_cb(context, &choose_protocol, name.get());
  ORC_ASSERT(SSL_CTX_set_ex_data(context, protocol_slot(), name.get()) == 1);
  name.release();  // free_protocol() deletes it
  return identity;
}

TlsSession::TlsSession(const TlsIdentity& identity) : session_(SSL_new(identity.context())) {
  ORC_ASSERT(session_ != nullptr);
  SSL_set_bio(session_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));  // the session owns both
  SSL_set_accept_state(session_.get());
}

Result<void> TlsSession::take(std::string_view bytes, std::string& plain) {
  BIO_write(SSL_get_rbio(session_.get()), bytes.data(), static_cast<int>(bytes.size()));
  std::array<char, step_max> step;
  ERR_clear_error();
  int size = 0;
  while ((size = SSL_read(session_.get(), step.data(), static_cast<int>(step.size()))) > 0)
    plain.append(step.data(), static_cast<std::size_t>(size));
  const int error = SSL_get_error(session_.get(), size);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_ZERO_RETURN) return {};
  return fail(ErrorCode::invalid_argument, "no TLS that we take: " + last_fault());
}

void TlsSession::give(std::string_view plain) {
  while (!plain.empty()) {
    const int size = SSL_write(session_.get(), plain.data(), static_cast<int>(plain.size()));
    if (size <= 0) return;  // closed by an alert: nobody reads any more
    plain.remove_prefix(static_cast<std::size_t>(size));
  }
}

void TlsSession::drain(std::string& bytes) {
  BIO* out = SSL_get_wbio(session_.get());
  const char* start = nullptr;
  const long size = BIO_get_mem_data(out, &start);
  if (size <= 0) return;
  bytes.append(start, static_cast<std::size_t>(size));
  ORC_ASSERT(BIO_reset(out) == 1);
}

bool TlsSession::is_open() const { return SSL_is_init_finished(session_.get()) == 1; }

}  // namespace orc
