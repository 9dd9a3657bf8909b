// Certificates of the server.
#ifndef GOODSTANDING_SERVICES_TLS_H_
#define GOODSTANDING_SERVICES_TLS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "goodstanding/config/v1/config.pb.h"
#include "grpcpp/security/server_credentials.h"

namespace goodstanding::services {

// The bytes of a small file; INVALID_ARGUMENT where it cannot be read.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path);

// Whether the file holds one or more certificates in PEM.
absl::Status CheckCertificates(const std::string& path);
// Whether the key in the file is that of the first certificate in the other one.
absl::Status CheckKey(const std::string& key_file, const std::string& certificate_file);

// Credentials that follow their files: connections made after a change get the new certificate,
// open ones go on. INVALID_ARGUMENT where the files do not fit now. While
// they do not fit later, new connections fail, until the next look after they do.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> TlsCredentials(
    const config::v1::TlsConfig& config);

// First moment at which a certificate in PEM has expired; the infinite past where it is none.
absl::Time CertificateExpiry(absl::string_view pem);

// SHA-256 of a certificate in PEM, over its DER; empty where it is none.
std::string CertificateDigest(absl::string_view pem);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_TLS_H_
