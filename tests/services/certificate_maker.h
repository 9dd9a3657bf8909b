// Certificates of an authority that a test plays. No key of it is kept.
#ifndef GOODSTANDING_TESTS_SERVICES_CERTIFICATE_MAKER_H_
#define GOODSTANDING_TESTS_SERVICES_CERTIFICATE_MAKER_H_

#include <memory>
#include <string>

struct evp_pkey_st;
struct x509_st;

namespace goodstanding::services {

// A certificate and its key, in PEM.
struct MadeCertificate {
  std::string certificate;
  std::string key;
};

class CertificateMaker {
 public:
  CertificateMaker();

  // The authority's own certificate.
  const std::string& authority() const { return authority_; }

  // `names` as OpenSSL writes them, "URI:spiffe://board.example/web,IP:127.0.0.1"; empty: only the
  // common name "goodstanding". Valid from an hour ago for `seconds` from now on.
  MadeCertificate Make(const std::string& names, int seconds = 3600) const;

 private:
  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<x509_st> certificate_;
  std::string authority_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_TESTS_SERVICES_CERTIFICATE_MAKER_H_
