#include "services/access.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "domain/refusal.h"
#include "domain/text.h"
#include "grpc/grpc_security_constants.h"
#include "services/call.h"
#include "services/jwt.h"
#include "services/tls.h"

namespace goodstanding::services {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kCertificateIssuer[] = "certificate";
constexpr char kSecretKey[] = "x-goodstanding-own-call";
constexpr size_t kMaxUriBytes = 512;

absl::Status NotIdentified(absl::string_view why) {
  return domain::Refuse("NOT_IDENTIFIED", absl::StrCat("The caller is not identified: ", why, "."));
}

absl::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

// The one value of a metadata key; nullopt where there is none.
absl::StatusOr<std::optional<absl::string_view>> Header(const grpc::ServerContext& context,
                                                        const char* key) {
  const auto [begin, end] = context.client_metadata().equal_range(key);
  if (begin == end) return std::nullopt;
  if (std::next(begin) != end) return NotIdentified(absl::StrCat(key, " is given twice"));
  return View(begin->second);
}

// Whether any certificant that the message names, at any depth, is this one.
bool Names(const Message& message, const std::string& certificant_id) {
  std::vector<const FieldDescriptor*> fields;
  const auto& reflection = *message.GetReflection();
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* const field : fields) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING && !field->is_repeated()) {
      const bool names = field->name() == "certificant_id" ||
                         field->name() == "merged_certificant_id" ||
                         field->name() == "to_certificant_id";
      if (names && reflection.GetString(message, field) == certificant_id) {
        return true;
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
      for (int i = 0; i < count; ++i) {
        const Message& part = field->is_repeated()
                                  ? reflection.GetRepeatedMessage(message, field, i)
                                  : reflection.GetMessage(message, field);
        if (Names(part, certificant_id)) return true;
      }
    }
  }
  return false;
}

// Whom the request is about; empty where it is about nobody or does not say by id.
std::string CertificantOf(const Message* request) {
  if (request == nullptr) return "";
  const FieldDescriptor* const field = request->GetDescriptor()->FindFieldByName("certificant_id");
  if (field == nullptr || field->is_repeated()) return "";
  return request->GetReflection()->GetString(*request, field);
}

// The same for the security log: nothing but an id.
std::string LoggedCertificant(const Message* request) {
  std::string id = CertificantOf(request);
  return domain::CheckId(id, "certificant_id").ok() ? id : "";
}

bool IsCommand(const MethodRight& right) {
  return absl::StartsWith(right.method, "CommandService.");
}

bool IsUri(absl::string_view text) {
  // Like no identity of a token: those are bound as "jwt:ISSUER#SUBJECT".
  return text.size() <= kMaxUriBytes && absl::StrContains(text, "://") &&
         !absl::StartsWith(text, "jwt:") &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

// Puts the server's secret on each call.
class SecretCarrier final : public grpc::experimental::Interceptor {
 public:
  explicit SecretCarrier(const std::string& secret) : secret_(secret) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    using grpc::experimental::InterceptionHookPoints;
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      methods->GetSendInitialMetadata()->emplace(kSecretKey, secret_);
    }
    methods->Proceed();
  }

 private:
  const std::string secret_;
};

class SecretCarriers final : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit SecretCarriers(const std::string& secret) : secret_(secret) {}

  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo* /*call*/) override {
    return new SecretCarrier(secret_);
  }

 private:
  const std::string secret_;
};

// Takes as long wherever they differ.
bool IsSame(absl::string_view a, const std::string& b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), b.size()) == 0;
}

// Whether a token that names this certificate, or none, counts on this connection.
absl::Status CheckBinding(const grpc::ServerContext& context, const std::string& digest,
                          bool required) {
  if (digest.empty()) {
    if (!required) return absl::OkStatus();
    return NotIdentified("the token is bound to no certificate");
  }
  const auto pem = context.auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (pem.size() == 1 && CertificateDigest(View(pem[0])) == digest) return absl::OkStatus();
  return NotIdentified("the token is bound to another certificate");
}

}  // namespace

// An issuer of tokens, with keys that follow their file.
class AccessGate::Issuer {
 public:
  explicit Issuer(const config::v1::TokenIssuer& config) : config_(config) {}

  const config::v1::TokenIssuer& config() const { return config_; }

  // Takes the keys of the file where it changed. Keys that cannot be read leave those that there
  // are. By its text: a time of change has steps of milliseconds, and two changes fit into one.
  absl::Status Load() {
    GS_ASSIGN_OR_RETURN(std::string text, ReadSmallFile(config_.key_file()));
    MutexLock lock(mutex_);
    if (text == text_) return absl::OkStatus();
    GS_ASSIGN_OR_RETURN(TokenKeys keys, TokenKeys::Parse(text));
    keys_ = std::make_shared<const TokenKeys>(std::move(keys));
    text_ = std::move(text);
    return absl::OkStatus();
  }

  // The same, once a second at most.
  absl::Status Follow(absl::Time now) {
    {
      MutexLock lock(mutex_);
      if (now >= looked_ && now - looked_ < absl::Seconds(1)) return absl::OkStatus();
      looked_ = now;
    }
    return Load();
  }

  std::shared_ptr<const TokenKeys> keys() const {
    MutexLock lock(mutex_);
    return keys_;
  }

 private:
  const config::v1::TokenIssuer config_;
  mutable Mutex mutex_;
  std::shared_ptr<const TokenKeys> keys_ ABSL_GUARDED_BY(mutex_);
  std::string text_ ABSL_GUARDED_BY(mutex_);  // Of the file that the keys are from.
  absl::Time looked_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> CarryingSecret(
    const std::string& secret) {
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> factories;
  factories.push_back(std::make_unique<SecretCarriers>(secret));
  return factories;
}

AccessGate::AccessGate(const Clock& clock, TellSecurity tell, const std::string& own_secret)
    : clock_(clock), tell_(std::move(tell)), own_secret_(own_secret) {}

AccessGate::~AccessGate() = default;

absl::StatusOr<std::unique_ptr<AccessGate>> AccessGate::Create(
    const config::v1::AccessConfig& config, const Clock& clock, TellSecurity tell,
    const std::string& own_secret) {
  std::unique_ptr<AccessGate> gate(new AccessGate(clock, std::move(tell), own_secret));
  for (const auto& issuer : config.token_issuers()) {
    auto added = std::make_unique<Issuer>(issuer);
    GS_RETURN_IF_ERROR(added->Load());
    gate->issuers_.emplace(issuer.issuer(), std::move(added));
  }
  for (const auto& binding : config.bindings()) {
    gate->bindings_.emplace(binding.identity(), binding);
  }
  return gate;
}

absl::StatusOr<Principal> AccessGate::Admit(const grpc::ServerContext& context,
                                            const google::protobuf::MethodDescriptor& method,
                                            const Message* request) const {
  const auto secret = context.client_metadata().find(kSecretKey);
  if (secret != context.client_metadata().end() && IsSame(View(secret->second), own_secret_)) {
    Principal server = Anonymous();
    server.actor.set_subject("server");
    return server;
  }
  const MethodRight* const right = FindRight(method.full_name());
  if (right != nullptr && right->open) return Principal{};
  absl::StatusOr<Known> caller = Identify(context);
  absl::StatusOr<Principal> principal =
      !caller.ok()       ? absl::StatusOr<Principal>(caller.status())
      : right == nullptr ? domain::Refuse("NOT_ALLOWED", "Nobody may call this method.")
                         : Decide(*right, context, request, *caller);
  SecurityEvent event;
  event.method = method.full_name();
  if (caller.ok()) {
    event.issuer = caller->issuer;
    event.subject = caller->subject;
  }
  if (!principal.ok()) {
    event.kind = "denied";
    event.reason = ReasonOf(principal.status());
    if (!caller.ok()) event.detail = std::string(caller.status().message());
    event.peer = context.peer();
    event.certificant_id = LoggedCertificant(request);
    Tell(std::move(event));
  } else if (!right->event.empty()) {
    event.kind = std::string(right->event);
    event.certificant_id = LoggedCertificant(request);
    Tell(std::move(event));
  }
  return principal;
}

absl::StatusOr<Principal> AccessGate::Decide(const MethodRight& right,
                                             const grpc::ServerContext& context,
                                             const Message* request, const Known& caller) const {
  constexpr Roles kWeb = RoleBit(config::v1::ROLE_WEB);
  constexpr Roles kCertificant = RoleBit(config::v1::ROLE_CERTIFICANT);
  constexpr Roles kEducation = RoleBit(config::v1::ROLE_EDUCATION_PLATFORM);
  constexpr Roles kStaff = RoleBit(config::v1::ROLE_STAFF);
  Principal principal;
  principal.may_backdate = caller.backdate;
  principal.end = caller.end;
  principal.actor.set_issuer(caller.issuer);
  principal.actor.set_subject(caller.subject);
  Roles roles = caller.roles;
  std::string own_id = caller.certificant_id;
  GS_ASSIGN_OR_RETURN(const auto person, Header(context, "x-goodstanding-on-behalf-of"));
  if (person) {
    GS_ASSIGN_OR_RETURN(const Known known, FromToken(context, *person));
    if ((roles & kWeb) == 0 || known.roles != kCertificant) {
      return domain::Refuse("NOT_ALLOWED", "The caller may not act for this person.");
    }
    principal.actor.set_on_behalf_of_issuer(known.issuer);
    principal.actor.set_on_behalf_of_subject(known.subject);
    principal.may_backdate = false;
    principal.end = std::min(caller.end, known.end);
    roles = kCertificant;
    own_id = known.certificant_id;
  }
  constexpr Roles kPastLetters = kStaff | RoleBit(config::v1::ROLE_AUDITOR);
  principal.may_ask_for_past_letters = (roles & kPastLetters) != 0;
  const Roles granted = roles & right.roles;
  principal.may_document = (granted & (kEducation | kStaff)) != 0;
  principal.may_post_for_board =
      (granted & kEducation) != 0 || ((granted & kStaff) != 0 && principal.may_backdate);
  if (granted == 0) {
    return domain::Refuse("NOT_ALLOWED", "The caller has no role that this method is for.");
  }
  if (granted == kCertificant) {
    // What is about nobody, the catalogue say, is for everybody.
    const bool of_a_person = request == nullptr ||
                             request->GetDescriptor()->FindFieldByName("certificant_id") != nullptr;
    if (of_a_person && CertificantOf(request) != own_id) {
      return domain::Refuse("NOT_ALLOWED", "A certificant acts on the own record alone.");
    }
  } else if (!own_id.empty() && IsCommand(right) &&
             (request == nullptr || Names(*request, own_id))) {
    return domain::Refuse("OWN_RECORD", "Nobody decides on their own record.");
  }
  return principal;
}

absl::StatusOr<AccessGate::Known> AccessGate::Identify(const grpc::ServerContext& context) const {
  GS_ASSIGN_OR_RETURN(const auto header, Header(context, "authorization"));
  if (header) return FromToken(context, *header);
  return FromCertificate(context);
}

absl::StatusOr<AccessGate::Known> AccessGate::FromCertificate(
    const grpc::ServerContext& context) const {
  const auto auth = context.auth_context();
  if (auth == nullptr || !auth->IsPeerAuthenticated()) {
    return NotIdentified("it presents neither a certificate nor a token");
  }
  const auto uris = auth->FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME);
  if (uris.size() != 1 || !IsUri(View(uris[0]))) {
    return NotIdentified("its certificate does not have exactly one URI as alternative name");
  }
  Known known;
  known.issuer = kCertificateIssuer;
  known.subject = std::string(View(uris[0]));
  const auto pem = auth->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  known.end = pem.size() == 1 ? ExpiryOf(View(pem[0])) : absl::InfinitePast();
  if (clock_.Now() >= known.end) return NotIdentified("its certificate has expired");
  Bind(known.subject, known);
  return known;
}

absl::StatusOr<AccessGate::Known> AccessGate::FromToken(const grpc::ServerContext& context,
                                                        absl::string_view header) const {
  if (!absl::ConsumePrefix(&header, "Bearer ")) return NotIdentified("no Bearer token is given");
  const auto claimed = ClaimedIssuer(header);
  if (!claimed.ok()) return NotIdentified(claimed.status().message());
  const auto found = issuers_.find(*claimed);
  if (found == issuers_.end()) return NotIdentified("the token's issuer is not known");
  Issuer& issuer = *found->second;
  const absl::Time now = clock_.Now();
  const absl::Status followed = issuer.Follow(now);
  if (!followed.ok()) {
    SecurityEvent event;
    event.kind = "keys_not_taken";
    event.reason = std::string(followed.message());
    event.issuer = *claimed;
    Tell(std::move(event));
  }
  const auto claims = VerifyToken(header, *issuer.keys(), issuer.config().issuer(),
                                  issuer.config().audience(), now);
  if (!claims.ok()) return NotIdentified(claims.status().message());
  GS_RETURN_IF_ERROR(CheckBinding(context, claims->certificate_digest,
                                  issuer.config().certificate_binding_required()));
  Known known;
  known.issuer = absl::StrCat("jwt:", claims->issuer);
  known.subject = claims->subject;
  known.end = claims->expiry + kTokenLeeway;
  if (issuer.config().subjects_are_certificants()) {
    known.roles = RoleBit(config::v1::ROLE_CERTIFICANT);
    known.certificant_id = known.subject;
    return known;
  }
  Bind(absl::StrCat(known.issuer, "#", known.subject), known);
  return known;
}

void AccessGate::Bind(const std::string& identity, Known& known) const {
  const auto binding = bindings_.find(identity);
  if (binding == bindings_.end()) return;
  for (const int role : binding->second.roles()) {
    known.roles |= RoleBit(static_cast<config::v1::Role>(role));
  }
  known.backdate = binding->second.backdate();
  known.certificant_id = binding->second.certificant_id();
}

absl::Time AccessGate::ExpiryOf(absl::string_view pem) const {
  constexpr size_t kMaxKnown = 1000;
  MutexLock lock(mutex_);
  const auto known = expiries_.find(pem);
  if (known != expiries_.end()) return known->second;
  if (expiries_.size() >= kMaxKnown) expiries_.clear();
  return expiries_.emplace(std::string(pem), CertificateExpiry(pem)).first->second;
}

void AccessGate::Tell(SecurityEvent event) const {
  if (tell_) tell_(event);
}

}  // namespace goodstanding::services
