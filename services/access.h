// Who a caller is, and whether it may call a method: the gate of a server with identities.
//
// A certificate names its holder by its one URI; a token (metadata "authorization: Bearer …") names
// one of its issuer's subjects, and goes before the certificate. The web, acting for a person,
// presents that person's token besides (metadata "x-goodstanding-on-behalf-of: Bearer …").
#ifndef GOODSTANDING_SERVICES_ACCESS_H_
#define GOODSTANDING_SERVICES_ACCESS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "goodstanding/config/v1/config.pb.h"
#include "grpcpp/support/client_interceptor.h"
#include "services/principal.h"
#include "services/rights.h"

namespace goodstanding::services {

// An entry of the security log. Holds neither personal fields nor tokens.
struct SecurityEvent {
  // "denied", "read_personal_data", "operated" or "keys_not_taken".
  std::string kind;
  std::string method;
  // The reason of a denial, or what is wrong with keys.
  std::string reason;
  // Why a caller was not identified; nothing of what it presented.
  std::string detail;
  std::string peer;  // Where a denied call came from.
  // Issuer and subject; empty where nobody was identified.
  std::string issuer;
  std::string subject;
  std::string certificant_id;  // Of a request about one person who may be asked about.
};
using TellSecurity = std::function<void(const SecurityEvent&)>;

// What makes the calls of a channel those of the server itself: printable, of 32 random bytes.
std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> CarryingSecret(
    const std::string& secret);

// Who may do what, by configuration. Thread-safe.
class AccessGate final : public Gate {
 public:
  // The clock outlives the gate. `tell` must not block; may be empty. `own_secret` is what the
  // server's own calls carry (see CarryingSecret), known to nobody else. INVALID_ARGUMENT where a
  // key file cannot be read now.
  static absl::StatusOr<std::unique_ptr<AccessGate>> Create(const config::v1::AccessConfig& config,
                                                            const Clock& clock, TellSecurity tell,
                                                            const std::string& own_secret);
  ~AccessGate() override;

  absl::StatusOr<Principal> Admit(const grpc::ServerContext& context,
                                  const google::protobuf::MethodDescriptor& method,
                                  const google::protobuf::Message* request) const override;
  bool HasEnded(const Principal& principal) const override { return clock_.Now() >= principal.end; }

 private:
  class Issuer;
  // An identity with its rights.
  struct Known {
    std::string issuer;  // As the actor of events has it: "certificate", or "jwt:" and the token's.
    std::string subject;
    Roles roles = 0;
    bool backdate = false;
    std::string certificant_id;
    absl::Time end = absl::InfiniteFuture();  // As Principal.end.
  };

  AccessGate(const Clock& clock, TellSecurity tell, const std::string& own_secret);

  absl::StatusOr<Known> Identify(const grpc::ServerContext& context) const;
  absl::StatusOr<Known> FromCertificate(const grpc::ServerContext& context) const;
  absl::StatusOr<Known> FromToken(const grpc::ServerContext& context,
                                  absl::string_view header) const;
  absl::StatusOr<Principal> Decide(const MethodRight& right, const grpc::ServerContext& context,
                                   const google::protobuf::Message* request,
                                   const Known& caller) const;
  // Gives the identity the rights that it is bound to, if any.
  void Bind(const std::string& identity, Known& known) const;
  absl::Time ExpiryOf(absl::string_view pem) const;
  void Tell(SecurityEvent event) const;

  const Clock& clock_;
  const TellSecurity tell_;
  const std::string own_secret_;
  std::map<std::string, std::unique_ptr<Issuer>> issuers_;
  std::map<std::string, config::v1::Binding> bindings_;
  mutable Mutex mutex_;
  // By certificate: to read one costs more than a question.
  mutable std::map<std::string, absl::Time, std::less<>> expiries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_ACCESS_H_
