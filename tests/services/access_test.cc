// Who is let in, as whom, and to which methods: over TLS, as callers come.
#include "services/access.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "services/jwt.h"
#include "services/tls.h"
#include "tests/services/certificate_maker.h"
#include "tests/services/service_fixture.h"
#include "tests/services/token_maker.h"

namespace goodstanding::services {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr char kServices[][48] = {
    "goodstanding.api.v1.CommandService",    "goodstanding.api.v1.QueryService",
    "goodstanding.api.v1.HistoryService",    "goodstanding.api.v1.EvidenceService",
    "goodstanding.api.v1.LogService",        "goodstanding.api.v1.RulebookService",
    "goodstanding.api.v1.OperationsService", "grpc.health.v1.Health",
};

std::vector<const MethodDescriptor*> AllMethods() {
  std::vector<const MethodDescriptor*> methods;
  for (const char* const name : kServices) {
    const auto* const service = DescriptorPool::generated_pool()->FindServiceByName(name);
    for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i));
  }
  return methods;
}

// "authorization" and the like.
using Headers = std::map<std::string, std::string>;

class AccessTest : public ServiceTest {
 protected:
  AccessTest() {
    WriteFile("ca.pem", authority_.authority());
    WriteServerCertificate(authority_);
    WriteFile("staff.jwks", issuer_.Jwks());
    WriteFile("people.jwks", people_.Jwks());
    AddIssuer("https://staff.example", "staff.jwks")->set_certificate_binding_required(false);
    AddIssuer("https://people.example", "people.jwks")->set_subjects_are_certificants(true);
    for (int role = config::v1::ROLE_EDUCATION_PLATFORM; role <= config::v1::ROLE_OPERATOR;
         ++role) {
      auto* const binding = access_.add_bindings();
      binding->set_identity(absl::StrCat("jwt:https://staff.example#role-", role));
      binding->add_roles(static_cast<config::v1::Role>(role));
      binding->set_backdate(role == config::v1::ROLE_STAFF);
    }
    auto* const web = access_.add_bindings();
    web->set_identity("spiffe://board.example/web");
    web->add_roles(config::v1::ROLE_WEB);
    auto* const member = access_.add_bindings();
    member->set_identity("jwt:https://staff.example#zoe");
    member->add_roles(config::v1::ROLE_STAFF);
    member->set_certificant_id("zoe");
  }

  ~AccessTest() override { secure_.reset(); }

  std::string Path(const std::string& name) const { return absl::StrCat(folder(), "/", name); }
  void WriteFile(const std::string& name, const std::string& text) {
    const std::string path = Path(name);
    std::ofstream(absl::StrCat(path, ".new")) << text;
    std::filesystem::rename(absl::StrCat(path, ".new"), path);
  }
  void WriteServerCertificate(const CertificateMaker& by) {
    const MadeCertificate made = by.Make("IP:127.0.0.1");
    WriteFile("server.key", made.key);
    WriteFile("server.pem", made.certificate);
  }
  config::v1::TokenIssuer* AddIssuer(const std::string& name, const std::string& file) {
    auto* const issuer = access_.add_token_issuers();
    issuer->set_issuer(name);
    issuer->set_audience("goodstanding");
    issuer->set_key_file(Path(file));
    return issuer;
  }

  // Serves the folder over TLS, with the identities.
  void Serve() {
    StopServer();
    ServerOptions with = options();
    with.listen_address = "127.0.0.1:0";
    with.clock = &now_;
    with.access = access_;
    with.tls.emplace();
    with.tls->set_certificate_file(Path("server.pem"));
    with.tls->set_key_file(Path("server.key"));
    with.tls->set_client_ca_file(Path("ca.pem"));
    with.tls->set_reload_seconds(1);
    with.tell_security = [this](const SecurityEvent& event) {
      MutexLock lock(mutex_);
      told_.push_back(absl::StrCat(event.kind, " ", event.method, " ", event.reason, " ",
                                   event.issuer, " ", event.subject, " ", event.certificant_id));
    };
    auto server = Server::Start(with);
    ASSERT_TRUE(server.ok()) << server.status();
    secure_ = *std::move(server);
  }

  // A connection of its own each time.
  std::shared_ptr<grpc::Channel> Connect(const std::optional<MadeCertificate>& own = {},
                                         const std::string& authority = "") const {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = authority.empty() ? authority_.authority() : authority;
    if (own) {
      options.pem_cert_chain = own->certificate;
      options.pem_private_key = own->key;
    }
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", secure_->port()),
                                     grpc::SslCredentials(options), arguments);
  }

  // Calls a method and leaves after its first answer.
  static grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel,
                           const MethodDescriptor& method, const std::string& request,
                           const Headers& headers) {
    grpc::ClientContext context;
    for (const auto& [key, value] : headers) context.AddMetadata(key, value);
    context.set_deadline(
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(20, GPR_TIMESPAN)));
    grpc::CompletionQueue queue;
    grpc::GenericStub stub(channel);
    const grpc::Slice slice(request);
    grpc::ByteBuffer sent(&slice, 1);
    grpc::ByteBuffer received;
    grpc::Status status;
    const auto call = stub.PrepareUnaryCall(
        &context, absl::StrCat("/", method.service()->full_name(), "/", method.name()), sent,
        &queue);
    call->StartCall();
    call->Finish(&received, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status;
  }

  static grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel, const Message& request,
                           const Headers& headers = {}) {
    for (const MethodDescriptor* const method : AllMethods()) {
      if (method->input_type() != request.GetDescriptor()) continue;
      return Call(channel, *method, request.SerializeAsString(), headers);
    }
    return grpc::Status(grpc::StatusCode::UNKNOWN, "no such method");
  }
  static std::string Reason(const grpc::Status& status) {
    return status.ok() ? "OK" : ReasonOf(status);
  }

  // Claims of this moment of the server's clock.
  std::string Claims(const std::string& issuer, const std::string& subject,
                     const std::string& more = "") const {
    const int64_t now = absl::ToUnixSeconds(Noon("2025-09-15"));
    return absl::StrCat("{\"iss\":\"", issuer, "\",\"aud\":\"goodstanding\",\"sub\":\"", subject,
                        "\",\"iat\":", now, ",\"exp\":", now + 300, more, "}");
  }
  Headers As(const std::string& subject) const {
    return {{"authorization",
             absl::StrCat("Bearer ", issuer_.Sign(Claims("https://staff.example", subject)))}};
  }
  std::string PersonToken(const std::string& id) const {
    return absl::StrCat("Bearer ", people_.Sign(Claims("https://people.example", id)));
  }
  Headers AsRole(config::v1::Role role) const {
    if (role == config::v1::ROLE_CERTIFICANT) return {{"authorization", PersonToken("ana")}};
    return As(absl::StrCat("role-", static_cast<int>(role)));
  }

  std::vector<std::string> Told() {
    MutexLock lock(mutex_);
    return told_;
  }

  const CertificateMaker authority_;
  const TokenMaker issuer_{"ES256", "s1"};
  const TokenMaker people_{"EdDSA", "p1"};
  config::v1::AccessConfig access_;
  ManualClock now_{Noon("2025-09-15")};
  std::unique_ptr<Server> secure_;
  Mutex mutex_;
  std::vector<std::string> told_ ABSL_GUARDED_BY(mutex_);
};

// A request that names ana, where it can name anybody.
std::string AboutAna(const MethodDescriptor& method) {
  const std::unique_ptr<Message> request(
      MessageFactory::generated_factory()->GetPrototype(method.input_type())->New());
  const auto* const id = method.input_type()->FindFieldByName("certificant_id");
  if (id != nullptr) request->GetReflection()->SetString(request.get(), id, "ana");
  return request->SerializeAsString();
}

TEST_F(AccessTest, EachMethodHasARowAndEachRowAMethod) {
  std::set<const MethodRight*> used;
  for (const MethodDescriptor* const method : AllMethods()) {
    const MethodRight* const right = FindRight(method->full_name());
    ASSERT_NE(right, nullptr) << method->full_name() << " needs a row in services/rights.cc";
    EXPECT_NE(right->roles, 0U) << method->full_name();
    used.insert(right);
  }
  EXPECT_EQ(used.size() + 2, MethodRights().size());  // Reflection has two more.
  EXPECT_EQ(FindRight("goodstanding.api.v1.CommandService.EraseEverything"), nullptr);
}

TEST_F(AccessTest, EachRoleIsAdmittedToItsMethodsAlone) {
  Serve();
  const auto channel = Connect();
  for (const MethodDescriptor* const method : AllMethods()) {
    const MethodRight& right = *FindRight(method->full_name());
    const std::string request = AboutAna(*method);
    if (!right.open) {
      EXPECT_EQ(Reason(Call(channel, *method, request, {})), "NOT_IDENTIFIED")
          << method->full_name();
      EXPECT_EQ(Reason(Call(channel, *method, request, As("nobody"))), "NOT_ALLOWED")
          << method->full_name();
    }
    for (int i = 1; i <= config::v1::ROLE_CERTIFICANT; ++i) {
      const auto role = static_cast<config::v1::Role>(i);
      const bool allowed = right.open || (right.roles & RoleBit(role)) != 0;
      // Of what is allowed, streams would go on; restores and the like would begin.
      if (allowed && (method->client_streaming() || method->server_streaming() ||
                      method->service()->name() == "OperationsService")) {
        continue;
      }
      const std::string reason = Reason(Call(channel, *method, request, AsRole(role)));
      EXPECT_EQ(reason == "NOT_ALLOWED", !allowed)
          << method->full_name() << " for " << config::v1::Role_Name(role) << ": " << reason;
      EXPECT_NE(reason, "NOT_IDENTIFIED") << method->full_name();
    }
  }
}

TEST_F(AccessTest, PermissionGoesBeforeExistenceAndForm) {
  Certify("ana");
  Serve();
  const auto channel = Connect();
  const Headers platform = AsRole(config::v1::ROLE_EDUCATION_PLATFORM);
  for (const char* const id : {"ana", "nobody", "", "not an id!"}) {
    EXPECT_EQ(Reason(Call(channel,
                          *RequestOf("GetCertificant", absl::StrCat("certificant_id: '", id, "'")),
                          platform)),
              "NOT_ALLOWED")
        << id;
  }
  EXPECT_THAT(Told(), Contains("denied goodstanding.api.v1.QueryService.GetCertificant NOT_ALLOWED "
                               "jwt:https://staff.example role-1 "));
  EXPECT_EQ(Reason(Call(channel, *RequestOf("GetCertificant", "certificant_id: 'ana'"),
                        AsRole(config::v1::ROLE_AUDITOR))),
            "OK");
  EXPECT_THAT(Told(),
              Contains("read_personal_data goodstanding.api.v1.QueryService.GetCertificant  "
                       "jwt:https://staff.example role-7 ana"));
}

TEST_F(AccessTest, ACertificateNamesItsHolderByItsOneUri) {
  Serve();
  const auto request = RequestOf("ListGoodStanding", "");
  const CertificateMaker stranger;
  const struct {
    const char* why;
    std::optional<MadeCertificate> own;
    const char* reason;  // Empty: no connection.
  } cases[] = {
      {"its URI", authority_.Make("URI:spiffe://board.example/web"), "OK"},
      {"a URI among other names", authority_.Make("DNS:web,URI:spiffe://board.example/web"), "OK"},
      {"a URI without a role", authority_.Make("URI:spiffe://board.example/other"), "NOT_ALLOWED"},
      {"two URIs", authority_.Make("URI:spiffe://board.example/web,URI:spiffe://board.example/x"),
       "NOT_IDENTIFIED"},
      {"a common name alone", authority_.Make(""), "NOT_IDENTIFIED"},
      {"a URI like the name of a token's subject",
       authority_.Make("URI:jwt:https://staff.example#role-7"), "NOT_IDENTIFIED"},
      {"a URI without an authority", authority_.Make("URI:urn:web"), "NOT_IDENTIFIED"},
      {"the URI as a DNS name", authority_.Make("DNS:spiffe.board.example"), "NOT_IDENTIFIED"},
      {"no certificate", std::nullopt, "NOT_IDENTIFIED"},
      {"another authority", stranger.Make("URI:spiffe://board.example/web"), ""},
      {"expired", authority_.Make("URI:spiffe://board.example/web", -60), ""},
  };
  for (const auto& test : cases) {
    const grpc::Status status = Call(Connect(test.own), *request);
    if (*test.reason == '\0') {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << test.why;
    } else {
      EXPECT_EQ(Reason(status), test.reason) << test.why << ": " << status.error_message();
    }
  }
}

TEST_F(AccessTest, AServerTurnsToItsNewCertificateWhileItServes) {
  Serve();
  const auto web = authority_.Make("URI:spiffe://board.example/web");
  const auto request = RequestOf("ListGoodStanding", "");
  const auto before = Connect(web);
  ASSERT_EQ(Reason(Call(before, *request)), "OK");
  const CertificateMaker next;
  const auto trusts_next = [&] { return Connect(web, next.authority()); };
  EXPECT_EQ(Call(trusts_next(), *request).error_code(), grpc::StatusCode::UNAVAILABLE);
  WriteServerCertificate(next);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!Call(trusts_next(), *request).ok() && std::chrono::steady_clock::now() < deadline) {
  }
  EXPECT_EQ(Reason(Call(trusts_next(), *request)), "OK");
  EXPECT_EQ(Reason(Call(before, *request)), "OK");
}

TEST_F(AccessTest, ATokenIsBoundToItsCertificate) {
  access_.mutable_token_issuers(0)->set_certificate_binding_required(true);
  Serve();
  const auto own = authority_.Make("URI:spiffe://board.example/staff");
  const auto other = authority_.Make("URI:spiffe://board.example/web");
  const Headers bound = {
      {"authorization",
       absl::StrCat("Bearer ",
                    issuer_.Sign(Claims(
                        "https://staff.example", "role-6",
                        absl::StrCat(",\"cnf\":{\"x5t#S256\":\"",
                                     absl::WebSafeBase64Escape(CertificateDigest(own.certificate)),
                                     "\"}"))))}};
  const auto request = RequestOf("ListDue", "year: 2025");
  EXPECT_EQ(Reason(Call(Connect(own), *request, bound)), "OK");
  EXPECT_EQ(Reason(Call(Connect(other), *request, bound)), "NOT_IDENTIFIED");
  EXPECT_EQ(Reason(Call(Connect(), *request, bound)), "NOT_IDENTIFIED");
  EXPECT_EQ(Reason(Call(Connect(own), *request, As("role-6"))), "NOT_IDENTIFIED");
}

TEST_F(AccessTest, FollowsItsIssuersKeys) {
  Serve();
  const auto channel = Connect();
  const auto request = RequestOf("ListDue", "year: 2025");
  EXPECT_EQ(Reason(Call(channel, *request, As("role-6"))), "OK");
  const TokenMaker next("ES256", "s2");
  const Headers with_next = {
      {"authorization",
       absl::StrCat("Bearer ", next.Sign(Claims("https://staff.example", "role-6")))}};
  EXPECT_EQ(Reason(Call(channel, *request, with_next)), "NOT_IDENTIFIED");
  WriteFile("staff.jwks", next.Jwks());
  now_.Set(Noon("2025-09-15") + absl::Seconds(2));  // It looks once a second.
  EXPECT_EQ(Reason(Call(channel, *request, with_next)), "OK");
  EXPECT_EQ(Reason(Call(channel, *request, As("role-6"))), "NOT_IDENTIFIED");
  WriteFile("staff.jwks", "broken");
  now_.Set(Noon("2025-09-15") + absl::Seconds(4));
  EXPECT_EQ(Reason(Call(channel, *request, with_next)), "OK");
  EXPECT_THAT(Told(), Contains(HasSubstr("keys_not_taken")));
}

TEST_F(AccessTest, ACertificateThatExpiredHasNoRightsOnItsOpenConnection) {
  Serve();
  const auto web = Connect(authority_.Make("URI:spiffe://board.example/web"));
  const auto request = RequestOf("ListGoodStanding", "");
  EXPECT_EQ(Reason(Call(web, *request)), "OK");
  now_.Set(Noon("2125-01-01"));
  EXPECT_EQ(Reason(Call(web, *request)), "NOT_IDENTIFIED");
}

TEST_F(AccessTest, OnlyTheBoardPostsCreditsAsItsOwn) {
  auto* const staff = access_.add_bindings();
  staff->set_identity("jwt:https://staff.example#today");
  staff->add_roles(config::v1::ROLE_STAFF);
  Certify("ana");
  Serve();
  const auto channel = Connect();
  const auto report = [](const std::string& reference, const std::string& source) {
    return RequestOf("RecordCredit",
                     absl::StrCat("header { request_id: '", reference,
                                  "' } certificant_id: 'ana' credit { reference: '", reference,
                                  "' activity_kind: 'SPONSORED' amount { minutes: 60 } "
                                  "completed_date { year: 2025 month: 9 day: 1 } ",
                                  source, " }"));
  };
  const struct {
    const char* who;
    Headers headers;
    const char* source;
    bool allowed;
  } cases[] = {
      {"a person as the board", AsRole(config::v1::ROLE_CERTIFICANT),
       "source: CREDIT_SOURCE_CONFERENCE", false},
      {"staff that may not backdate", As("today"), "source: CREDIT_SOURCE_EDUCATION_ZONE", false},
      {"staff that may", AsRole(config::v1::ROLE_STAFF), "source: CREDIT_SOURCE_CONFERENCE", true},
      {"the platform", AsRole(config::v1::ROLE_EDUCATION_PLATFORM),
       "source: CREDIT_SOURCE_EDUCATION_ZONE", true},
      {"a person for themselves", AsRole(config::v1::ROLE_CERTIFICANT), "", true},
      {"a person, saying so", AsRole(config::v1::ROLE_CERTIFICANT), "source: CREDIT_SOURCE_SELF",
       true},
  };
  int i = 0;
  for (const auto& test : cases) {
    const grpc::Status status =
        Call(channel, *report(absl::StrCat("e", ++i), test.source), test.headers);
    EXPECT_EQ(Reason(status), test.allowed ? "OK" : "NOT_ALLOWED")
        << test.who << ": " << status.error_message();
  }
  EXPECT_EQ(Reason(Call(channel,
                        *RequestOf("RecordCredits",
                                   "header { request_id: 'r' } lines { certificant_id: 'ana' }"),
                        AsRole(config::v1::ROLE_CERTIFICANT))),
            "NOT_ALLOWED");
  secure_.reset();
  Restart();
  for (const auto& entry : Log()) {
    event::v1::CertificantEvent event;
    if (entry.record().kind() != "CreditRecorded" ||
        !event.ParseFromString(entry.record().payload())) {
      continue;
    }
    EXPECT_EQ(event.credit_recorded().documented(),
              event.credit_recorded().source() != type::v1::CREDIT_SOURCE_SELF);
  }
}

TEST_F(AccessTest, RequestIdsOfPersonsBehindTheWebAreTheirOwn) {
  Certify("ana");
  Certify("ben");
  Serve();
  const auto web = Connect(authority_.Make("URI:spiffe://board.example/web"));
  for (const char* const id : {"ana", "ben"}) {
    EXPECT_EQ(Reason(Call(web,
                          *RequestOf("ChangeContact",
                                     absl::StrCat("header { request_id: '1' } certificant_id: '",
                                                  id, "' email: '", id, "@example.org'")),
                          {{"x-goodstanding-on-behalf-of", PersonToken(id)}})),
              "OK")
        << id;
  }
}

TEST_F(AccessTest, TheSecurityLogTellsWhatOperatorsDo) {
  Serve();
  const auto channel = Connect();
  const auto operators = AsRole(config::v1::ROLE_OPERATOR);
  EXPECT_EQ(Reason(Call(channel, *RequestOf("SetReadOnly", "read_only: true reason: 'a move'"),
                        operators)),
            "OK");
  EXPECT_THAT(Told(), Contains("operated goodstanding.api.v1.OperationsService.SetReadOnly  "
                               "jwt:https://staff.example role-9 "));
}

TEST_F(AccessTest, LettersAboutPastPositionsAreForStaff) {
  Certify("ana");
  Serve();
  const auto channel = Connect();
  const struct {
    config::v1::Role role;
    const char* position;
    const char* reason;
  } cases[] = {
      {config::v1::ROLE_STAFF, "position: 2", "OK"},
      {config::v1::ROLE_AUDITOR, "position: 2", "OK"},
      {config::v1::ROLE_CERTIFICANT, "position: 2", "NOT_ALLOWED"},
      {config::v1::ROLE_BADGES, "position: 2", "NOT_ALLOWED"},
      {config::v1::ROLE_CERTIFICANT, "", "OK"},
      {config::v1::ROLE_BADGES, "", "OK"},
  };
  for (const auto& test : cases) {
    const grpc::Status status = Call(
        channel,
        *RequestOf("GetVerificationLetter", absl::StrCat("certificant_id: 'ana' ", test.position)),
        AsRole(test.role));
    EXPECT_EQ(Reason(status), test.reason)
        << config::v1::Role_Name(test.role) << " " << test.position << status.error_message();
  }
}

// A reader of a feed that sends a mark each second.
class FeedReader {
 public:
  FeedReader(const std::shared_ptr<grpc::Channel>& channel, const Headers& headers)
      : stub_(api::v1::HistoryService::NewStub(channel)) {
    for (const auto& [key, value] : headers) context_.AddMetadata(key, value);
    api::v1::SubscribeRequest request;
    request.mutable_mark_interval()->set_seconds(1);
    reader_ = stub_->Subscribe(&context_, request);
  }
  bool Read() {
    api::v1::SubscribeResponse response;
    return reader_->Read(&response);
  }
  grpc::Status ReadToEnd() {
    while (Read()) {
    }
    return reader_->Finish();
  }

 private:
  const std::unique_ptr<api::v1::HistoryService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<api::v1::SubscribeResponse>> reader_;
};

TEST_F(AccessTest, AStreamEndsWithWhatOpenedIt) {
  auto* const auditor = access_.add_bindings();
  auditor->set_identity("spiffe://board.example/auditor");
  auditor->add_roles(config::v1::ROLE_AUDITOR);
  Certify("ana");
  Serve();
  FeedReader by_token(Connect(), AsRole(config::v1::ROLE_AUDITOR));
  FeedReader by_certificate(Connect(authority_.Make("URI:spiffe://board.example/auditor")), {});
  ASSERT_TRUE(by_token.Read());
  ASSERT_TRUE(by_certificate.Read());
  // The last moment of the token: 300 s, and 60 s by which clocks may differ.
  now_.Set(Noon("2025-09-15") + absl::Seconds(360) - absl::Microseconds(1));
  EXPECT_TRUE(by_token.Read());
  now_.Set(Noon("2025-09-15") + absl::Seconds(360));
  const grpc::Status ended = by_token.ReadToEnd();
  EXPECT_EQ(Reason(ended), "NOT_IDENTIFIED");
  EXPECT_THAT(ended.error_message(), HasSubstr("expired"));
  EXPECT_TRUE(by_certificate.Read()) << "it has no token";
  now_.Set(Noon("2125-01-01"));
  EXPECT_EQ(Reason(by_certificate.ReadToEnd()), "NOT_IDENTIFIED");
}

TEST_F(AccessTest, EventsSayWhoDidItAndForWhom) {
  Certify("ana");
  Serve();
  const auto web = Connect(authority_.Make("URI:spiffe://board.example/web"));
  const Headers for_ana = {{"x-goodstanding-on-behalf-of", PersonToken("ana")}};
  const auto change = [](const std::string& id) {
    return RequestOf("ChangeContact", absl::StrCat("header { request_id: 'c' } certificant_id: '",
                                                   id, "' email: 'ana@example.org'"));
  };
  EXPECT_EQ(Reason(Call(web, *change("ana"))), "NOT_ALLOWED");
  EXPECT_EQ(Reason(Call(web, *change("zoe"), for_ana)), "NOT_ALLOWED");
  EXPECT_EQ(Reason(Call(web, *change("ana"),
                        {{"x-goodstanding-on-behalf-of", As("role-6")["authorization"]}})),
            "NOT_ALLOWED");
  EXPECT_EQ(Reason(Call(web, *change("ana"), for_ana)), "OK");
  secure_.reset();
  Restart();
  const auto log = Log();
  const auto& actor = log.back().record().actor();
  EXPECT_EQ(actor.issuer(), "certificate");
  EXPECT_EQ(actor.subject(), "spiffe://board.example/web");
  EXPECT_EQ(actor.on_behalf_of_issuer(), "jwt:https://people.example");
  EXPECT_EQ(actor.on_behalf_of_subject(), "ana");
}

TEST_F(AccessTest, OnlyTheWebActsForOthersAndOnlyForWhomItShows) {
  Certify("ana");
  Serve();
  const auto channel = Connect();
  Headers staff = AsRole(config::v1::ROLE_STAFF);
  staff["x-goodstanding-on-behalf-of"] = PersonToken("ana");
  const auto request = RequestOf("GetAccount", "certificant_id: 'ana'");
  EXPECT_EQ(Reason(Call(channel, *request, staff)), "NOT_ALLOWED");
  EXPECT_EQ(Reason(Call(channel, *request, {{"authorization", PersonToken("ana")}})), "OK");
  EXPECT_EQ(Reason(Call(channel, *request, {{"authorization", PersonToken("zoe")}})),
            "NOT_ALLOWED");
}

TEST_F(AccessTest, NobodyDecidesOnTheirOwnRecord) {
  Certify("ana");
  Certify("zoe");
  Serve();
  const auto channel = Connect();
  const auto open = [](const std::string& id) {
    return RequestOf("OpenAudit", absl::StrCat("header { request_id: 'a' } certificant_id: '", id,
                                               "' reason: 'random'"));
  };
  EXPECT_EQ(Reason(Call(channel, *open("zoe"), As("zoe"))), "OWN_RECORD");
  EXPECT_NE(Reason(Call(channel, *open("ana"), As("zoe"))), "OWN_RECORD");
  EXPECT_EQ(Reason(Call(channel,
                        *RequestOf("RecordCredits",
                                   "header { request_id: 'r' } lines { certificant_id: 'ana' } "
                                   "lines { certificant_id: 'zoe' }"),
                        As("zoe"))),
            "OWN_RECORD");
}

TEST_F(AccessTest, ADayInThePastTakesTheRightToIt) {
  Certify("ana");
  Serve();
  const auto channel = Connect();
  const auto member = [](const std::string& id, const std::string& effective) {
    return RequestOf("RegisterCertificant",
                     absl::StrCat("header { request_id: '", id, "' ", effective,
                                  " } certificant_id: '", id, "' name: 'X' email: '", id, "@x.y'"));
  };
  const std::string past = "effective_date { year: 2025 month: 9 day: 1 }";
  EXPECT_EQ(Reason(Call(channel, *member("a1", past), AsRole(config::v1::ROLE_MEMBERSHIP))),
            "BACKDATING_NOT_ALLOWED");
  EXPECT_EQ(Reason(Call(channel, *member("a1", ""), AsRole(config::v1::ROLE_MEMBERSHIP))), "OK");
  EXPECT_EQ(Reason(Call(channel, *member("a2", past), AsRole(config::v1::ROLE_STAFF))), "OK");
}

}  // namespace
}  // namespace goodstanding::services
