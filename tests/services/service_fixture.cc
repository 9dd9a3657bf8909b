#include "tests/services/service_fixture.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "google/protobuf/dynamic_message.h"
#include "google/rpc/status.pb.h"
#include "grpc/support/time.h"
#include "grpcpp/impl/client_unary_call.h"
#include "grpcpp/impl/rpc_method.h"

namespace goodstanding::services {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

const google::protobuf::DescriptorPool& Pool() {
  return *google::protobuf::DescriptorPool::generated_pool();
}

std::vector<const MethodDescriptor*> AllMethods() {
  std::vector<const MethodDescriptor*> methods;
  for (const char* service : {"CommandService", "QueryService", "HistoryService", "RulebookService",
                              "OperationsService", "EvidenceService"}) {
    const auto* const found =
        Pool().FindServiceByName(absl::StrCat("goodstanding.api.v1.", service));
    for (int i = 0; i < found->method_count(); ++i) methods.push_back(found->method(i));
  }
  return methods;
}

std::string PathOf(const MethodDescriptor& method) {
  return absl::StrCat("/", method.service()->full_name(), "/", method.name());
}

// Long enough for a sanitizer on a busy machine.
void SetDeadline(grpc::ClientContext& context) {
  constexpr int64_t kSeconds = 600;
  context.set_deadline(
      gpr_time_add(gpr_now(GPR_CLOCK_REALTIME), gpr_time_from_seconds(kSeconds, GPR_TIMESPAN)));
}

template <typename Detail>
void Unpack(const google::protobuf::Any& any, Detail& out, Details& details) {
  if (!any.Is<Detail>()) return;
  ++details.counts[Detail::descriptor()->name()];
  any.UnpackTo(&out);
}

type::v1::RuleSet ShippedRules() {
  std::ifstream file(GOODSTANDING_RULES_FILE);
  std::stringstream text;
  text << file.rdbuf();
  return Text<type::v1::RuleSet>(text.str());
}

}  // namespace

std::unique_ptr<Message> RequestOf(absl::string_view method, absl::string_view text) {
  const Descriptor* const type =
      Pool().FindMessageTypeByName(absl::StrCat("goodstanding.api.v1.", method, "Request"));
  if (type == nullptr) {
    ADD_FAILURE() << "no method " << method;
    return std::make_unique<api::v1::GetServerStatusRequest>();
  }
  std::unique_ptr<Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  if (!google::protobuf::TextFormat::ParseFromString(std::string(text), message.get())) {
    ADD_FAILURE() << "no request of " << method << ": " << text;
  }
  return message;
}

absl::Time Noon(absl::string_view day) {
  absl::CivilDay civil;
  absl::TimeZone zone;
  if (!absl::ParseCivilTime(day, &civil) || !absl::LoadTimeZone("America/New_York", &zone)) {
    ADD_FAILURE() << "no day: " << day;
  }
  constexpr int kNoon = 12;
  return absl::FromCivil(absl::CivilHour(civil) + kNoon, zone);
}

Details DetailsOf(const grpc::Status& status) {
  Details details;
  google::rpc::Status rpc;
  if (status.error_details().empty() || !rpc.ParseFromString(status.error_details())) {
    return details;
  }
  details.present = rpc.code() == static_cast<int>(status.error_code()) &&
                    rpc.message() == status.error_message();
  for (const google::protobuf::Any& any : rpc.details()) {
    Unpack(any, details.info, details);
    Unpack(any, details.bad_request, details);
    Unpack(any, details.precondition, details);
    Unpack(any, details.resource, details);
    Unpack(any, details.retry, details);
  }
  return details;
}

std::string ReasonOf(const grpc::Status& status) {
  if (status.ok()) return "OK";
  const Details details = DetailsOf(status);
  return details.present ? details.info.reason() : status.error_message();
}

std::string FieldOf(const grpc::Status& status) {
  const Details details = DetailsOf(status);
  if (details.bad_request.field_violations_size() > 0) {
    return details.bad_request.field_violations(0).field();
  }
  if (details.precondition.violations_size() > 0)
    return details.precondition.violations(0).subject();
  return details.resource.resource_type();
}

grpc::Status Caller::Call(const Message& request, Message* response) const {
  for (const MethodDescriptor* method : AllMethods()) {
    if (method->input_type() != request.GetDescriptor()) continue;
    std::string bytes;
    const grpc::Status status = CallBytes(PathOf(*method), request.SerializeAsString(), &bytes);
    if (status.ok() && response != nullptr && !response->ParseFromString(bytes)) {
      return grpc::Status(grpc::StatusCode::INTERNAL, "the response cannot be read");
    }
    return status;
  }
  return grpc::Status(grpc::StatusCode::INTERNAL, "no method takes this request");
}

grpc::Status Caller::CallBytes(const std::string& path, const std::string& bytes,
                               std::string* response) const {
  grpc::ClientContext context;
  SetDeadline(context);
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer answer;
  const grpc::internal::RpcMethod method(path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC);
  const grpc::Status status = grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
      channel_.get(), method, &context, request, &answer);
  if (status.ok() && response != nullptr) {
    std::vector<grpc::Slice> slices;
    if (!answer.Dump(&slices).ok()) return status;
    response->clear();
    for (const grpc::Slice& part : slices) {
      response->append(reinterpret_cast<const char*>(part.begin()), part.size());
    }
  }
  return status;
}

grpc::Status Caller::Import(const std::vector<api::v1::ImportRegisterRequest>& messages,
                            api::v1::ImportRegisterResponse* response, bool last) const {
  const auto stub = api::v1::CommandService::NewStub(channel_);
  grpc::ClientContext context;
  SetDeadline(context);
  const auto writer = stub->ImportRegister(&context, response);
  for (size_t i = 0; i < messages.size(); ++i) {
    api::v1::ImportRegisterRequest message = messages[i];
    message.set_last(last && i + 1 == messages.size());
    if (!writer->Write(message)) break;
  }
  writer->WritesDone();
  return writer->Finish();
}

bool IsCommand(const Message& request) {
  const auto* const field = request.GetDescriptor()->FindFieldByName("header");
  return field != nullptr && field->message_type() == api::v1::CommandHeader::descriptor();
}

void SetRequestId(const std::string& id, Message& command) {
  const auto* const field = command.GetDescriptor()->FindFieldByName("header");
  Message* const header = command.GetReflection()->MutableMessage(&command, field);
  header->GetReflection()->SetString(header, header->GetDescriptor()->FindFieldByName("request_id"),
                                     id);
}

ServiceTest::ServiceTest() : clock_(Noon("2025-09-15")) {
  std::string path = absl::StrCat(::testing::TempDir(), "/services_test_XXXXXX");
  EXPECT_NE(mkdtemp(path.data()), nullptr);
  folder_ = path;
  options_.data_dir = folder_;
  options_.clock = &clock_;
  options_.sync = false;
  options_.backup_dir = absl::StrCat(folder_, "/backup");
  StartServer();
  api::v1::PublishRuleSetRequest publish;
  publish.mutable_header()->set_request_id("rules");
  *publish.mutable_rule_set() = ShippedRules();
  publish.set_authority("the board");
  Ask<api::v1::CommandReceipt>(publish);
}

ServiceTest::~ServiceTest() {
  server_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void ServiceTest::StartServer() {
  auto server = Server::Start(options_);
  if (!server.ok()) {
    ADD_FAILURE() << server.status().ToString();
    std::abort();
  }
  server_ = *std::move(server);
  caller_ = std::make_unique<Caller>(server_->InProcessChannel());
}

void ServiceTest::Restart(const std::function<void()>& meanwhile) {
  if (server_ != nullptr) server_->Shutdown(absl::Seconds(1));
  server_.reset();
  if (meanwhile) meanwhile();
  StartServer();
}

grpc::Status ServiceTest::Try(const Message& request) {
  if (!IsCommand(request)) return caller().Call(request, nullptr);
  const std::unique_ptr<Message> copy(request.New());
  copy->CopyFrom(request);
  const auto* const field = copy->GetDescriptor()->FindFieldByName("header");
  const auto& header =
      static_cast<const api::v1::CommandHeader&>(copy->GetReflection()->GetMessage(*copy, field));
  if (header.request_id().empty()) SetRequestId(NewId(), *copy);
  return caller().Call(*copy, nullptr);
}

grpc::Status ServiceTest::Try(absl::string_view method, absl::string_view text) {
  return Try(*RequestOf(method, text));
}

api::v1::CommandReceipt ServiceTest::Do(absl::string_view method, absl::string_view text) {
  const std::unique_ptr<Message> request = RequestOf(method, text);
  const auto& header =
      static_cast<const api::v1::CommandHeader&>(request->GetReflection()->GetMessage(
          *request, request->GetDescriptor()->FindFieldByName("header")));
  if (header.request_id().empty()) SetRequestId(NewId(), *request);
  return Ask<api::v1::CommandReceipt>(*request);
}

void ServiceTest::Certify(const std::string& id, absl::string_view day) {
  Do("RegisterCertificant", absl::StrCat("certificant_id: '", id, "' name: 'Person ", id, "'"));
  absl::CivilDay civil;
  ASSERT_TRUE(absl::ParseCivilTime(day, &civil));
  Do("GrantCredential",
     absl::StrCat("header { effective_date { year: ", civil.year(), " month: ", civil.month(),
                  " day: ", civil.day(), " } } certificant_id: '", id, "' credential: 'CPCS'"));
}

int64_t ServiceTest::Head() {
  return Ask<api::v1::GetServerStatusResponse>(api::v1::GetServerStatusRequest()).head_position();
}

std::vector<api::v1::HistoryEvent> ServiceTest::Log() {
  std::vector<api::v1::HistoryEvent> events;
  api::v1::ListEventsRequest request;
  do {
    const auto page = Ask<api::v1::ListEventsResponse>(request);
    events.insert(events.end(), page.events().begin(), page.events().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return events;
}

std::string ServiceTest::NewId() { return absl::StrCat("request-", ++next_id_); }

}  // namespace goodstanding::services
