#include "services/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <ctime>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"

namespace goodstanding::services {
namespace {

constexpr int kDefaultReloadSeconds = 10;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

Owned<BIO> Source(absl::string_view text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// The first certificate of a PEM text; nullptr where there is none.
Owned<X509> ReadCertificate(absl::string_view pem) {
  Owned<X509> certificate(PEM_read_bio_X509(Source(pem).get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return certificate;
}

// A key that asks for a password is none.
int NoPassword(char*, int, int, void*) { return -1; }

}  // namespace

absl::StatusOr<std::string> ReadSmallFile(const std::string& path) {
  constexpr size_t kMaxBytes = 1 << 20;
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  if (!file || !(text << file.rdbuf()) || text.view().size() > kMaxBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " cannot be read, is empty or larger than 1 MiB"));
  }
  return text.str();
}

absl::Status CheckCertificates(const std::string& path) {
  GS_ASSIGN_OR_RETURN(const std::string pem, ReadSmallFile(path));
  if (ReadCertificate(pem) != nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(path, " holds no certificate in PEM"));
}

absl::Status CheckKey(const std::string& key_file, const std::string& certificate_file) {
  GS_ASSIGN_OR_RETURN(const std::string key_text, ReadSmallFile(key_file));
  GS_ASSIGN_OR_RETURN(const std::string pem, ReadSmallFile(certificate_file));
  const Owned<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(Source(key_text).get(), nullptr, &NoPassword, nullptr));
  const Owned<X509> certificate = ReadCertificate(pem);
  const bool fits = key != nullptr && certificate != nullptr &&
                    X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (fits) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      key_file, " is not the private key, in PEM without password, of the certificate in ",
      certificate_file));
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> TlsCredentials(
    const config::v1::TlsConfig& config) {
  namespace tls = grpc::experimental;
  GS_RETURN_IF_ERROR(CheckCertificates(config.certificate_file()));
  GS_RETURN_IF_ERROR(CheckKey(config.key_file(), config.certificate_file()));
  const bool ask = !config.client_ca_file().empty();
  if (ask) GS_RETURN_IF_ERROR(CheckCertificates(config.client_ca_file()));
  const auto seconds = static_cast<unsigned int>(
      config.has_reload_seconds() ? config.reload_seconds() : kDefaultReloadSeconds);
  tls::TlsServerCredentialsOptions options(std::make_shared<tls::FileWatcherCertificateProvider>(
      config.key_file(), config.certificate_file(), config.client_ca_file(), seconds));
  options.watch_identity_key_cert_pairs();
  if (ask) options.watch_root_certs();
  options.set_cert_request_type(!ask ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                : config.client_certificate_required()
                                    ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                    : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  return tls::TlsServerCredentials(options);
}

absl::Time CertificateExpiry(absl::string_view pem) {
  const Owned<X509> certificate = ReadCertificate(pem);
  std::tm last = {};  // In UTC; the certificate counts through it.
  if (certificate == nullptr ||
      ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &last) != 1) {
    return absl::InfinitePast();
  }
  return absl::FromTM(last, absl::UTCTimeZone()) + absl::Seconds(1);
}

std::string CertificateDigest(absl::string_view pem) {
  const Owned<X509> certificate = ReadCertificate(pem);
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  unsigned int size = 0;
  if (certificate == nullptr ||
      X509_digest(certificate.get(), EVP_sha256(), reinterpret_cast<unsigned char*>(digest.data()),
                  &size) != 1) {
    return "";
  }
  return digest;
}

}  // namespace goodstanding::services
