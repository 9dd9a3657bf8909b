#include "tests/bench/board.h"

#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"

namespace goodstanding::bench {
namespace {

using namespace api::v1;  // NOLINT: the requests and responses, by name.

constexpr int64_t kCertificants = 100'000;
constexpr int64_t kImportLines = 100'000;
constexpr int64_t kMessageLines = 1'000;
constexpr int kEventsOfTheOne = 100;
constexpr char kTheOne[] = "the-one";

type::v1::CivilDate Day(int year, int month, int day) {
  type::v1::CivilDate date;
  date.set_year(year);
  date.set_month(month);
  date.set_day(day);
  return date;
}

std::string CertificantId(int64_t number) { return absl::StrCat("c", number); }

absl::Status ToAbsl(absl::string_view what, const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(what, ": ", status.error_message()));
}

void FillCredit(int day, const std::string& reference, CreditReport& credit) {
  credit.set_reference(reference);
  credit.set_activity_kind("SPONSORED");
  *credit.mutable_completed_date() = Day(2025, 1 + day / 28 % 12, 1 + day % 28);
  credit.mutable_amount()->set_minutes(60);
  credit.set_location("Nashville, TN");
}

void AddPerson(const std::string& id, int64_t line, ImportRegisterRequest& request) {
  ImportLine& person = *request.add_lines();
  person.set_line(line);
  person.mutable_certificant()->set_certificant_id(id);
  person.mutable_certificant()->set_name("Ana Roe");
  *person.mutable_effective_date() = Day(2024, 3, 1);
  ImportLine& grant = *request.add_lines();
  grant.set_line(line + 1);
  grant.mutable_grant()->set_certificant_id(id);
  grant.mutable_grant()->set_credential("CPCS");
  *grant.mutable_effective_date() = Day(2024, 3, 1);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Board>> Board::Start(const std::string& folder,
                                                    std::optional<int> core) {
  GS_ASSIGN_OR_RETURN(auto server, testing::ChildProcess::Start(
                                       {GOODSTANDING_PROGRAM, "serve", "--data", folder, "--listen",
                                        "127.0.0.1:0", "--rules", GOODSTANDING_RULES_FILE},
                                       core));
  GS_ASSIGN_OR_RETURN(const std::string address, server->AwaitLine("Listening on "));
  std::unique_ptr<Board> board(new Board(std::move(server), address));
  GS_RETURN_IF_ERROR(board->Register());
  GS_RETURN_IF_ERROR(board->RegisterTheOne());
  GS_RETURN_IF_ERROR(board->Settle());
  return board;
}

Board::Board(std::unique_ptr<testing::ChildProcess> server, const std::string& address)
    : server_(std::move(server)),
      client_(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())) {}

absl::Status Board::Register() {
  constexpr int64_t kPersonLines = 2;
  for (int64_t first = 0; first < kCertificants; first += kImportLines / kPersonLines) {
    grpc::ClientContext context;
    ImportRegisterResponse response;
    const auto writer = client_.commands().ImportRegister(&context, &response);
    ImportRegisterRequest request;
    request.mutable_header()->set_request_id(NewId());
    for (int64_t i = 0; i < kImportLines / kPersonLines; ++i) {
      AddPerson(CertificantId(first + i), i * kPersonLines + 1, request);
      if (request.lines_size() < kMessageLines) continue;
      writer->Write(request);
      request.Clear();
    }
    request.set_last(true);
    writer->WriteLast(request, grpc::WriteOptions());
    GS_RETURN_IF_ERROR(ToAbsl("import", writer->Finish()));
    if (response.fault_count() > 0) return absl::InternalError(response.ShortDebugString());
  }
  return absl::OkStatus();
}

absl::Status Board::RegisterTheOne() {
  ImportRegisterRequest request;
  request.mutable_header()->set_request_id(NewId());
  AddPerson(kTheOne, 1, request);
  for (int line = request.lines_size() + 1; line <= kEventsOfTheOne; ++line) {
    ImportLine& credit = *request.add_lines();
    credit.set_line(line);
    credit.mutable_credit()->set_certificant_id(kTheOne);
    FillCredit(line, absl::StrCat("r", line), *credit.mutable_credit()->mutable_credit());
  }
  grpc::ClientContext context;
  ImportRegisterResponse response;
  const auto writer = client_.commands().ImportRegister(&context, &response);
  request.set_last(true);
  writer->WriteLast(request, grpc::WriteOptions());
  GS_RETURN_IF_ERROR(ToAbsl("import", writer->Finish()));
  if (response.event_count() != kEventsOfTheOne) {
    return absl::InternalError(response.ShortDebugString());
  }
  last_position_of_the_one_ = response.last_position();
  return absl::OkStatus();
}

std::string Board::AnyId() {
  return CertificantId(static_cast<int64_t>(random_() % static_cast<uint64_t>(kCertificants)));
}

std::string Board::NewId() { return absl::StrCat("request-", ++last_id_); }

Load Board::AskAnyone(int callers, std::chrono::nanoseconds time) {
  const Traffic<QueryService::Stub, GetStandingRequest, GetStandingResponse> traffic{
      &client_.queries(), &QueryService::Stub::PrepareAsyncGetStanding,
      [this](GetStandingRequest& request) { request.set_certificant_id(AnyId()); },
      [](const GetStandingResponse& response) { return response.answer().certified(); }};
  return RunLoad(traffic, callers, time);
}

Load Board::ReadReport(int callers, std::chrono::nanoseconds time) {
  const Traffic<QueryService::Stub, ListGoodStandingRequest, ListGoodStandingResponse> traffic{
      &client_.queries(), &QueryService::Stub::PrepareAsyncListGoodStanding,
      [](ListGoodStandingRequest&) {},
      [](const ListGoodStandingResponse& response) { return response.entries_size() > 0; }};
  return RunLoad(traffic, callers, time);
}

Load Board::AskTheOne(Question question, int callers, std::chrono::nanoseconds time) {
  const auto ask = [this, question](GetStandingRequest& request) {
    request.set_certificant_id(kTheOne);
    Perspective& perspective = *request.mutable_perspective();
    if (question == Question::kAsOf) *perspective.mutable_as_of_date() = Day(2025, 6, 30);
    if (question == Question::kKnownAt) {
      perspective.mutable_known_at()->set_position(last_position_of_the_one_);
    }
  };
  const Traffic<QueryService::Stub, GetStandingRequest, GetStandingResponse> traffic{
      &client_.queries(), &QueryService::Stub::PrepareAsyncGetStanding, ask,
      [](const GetStandingResponse& response) { return response.answer().certified(); }};
  return RunLoad(traffic, callers, time);
}

Load Board::Record(int callers, std::chrono::nanoseconds time) {
  const auto record = [this](RecordCreditRequest& request) {
    const std::string id = NewId();
    request.mutable_header()->set_request_id(id);
    request.set_certificant_id(AnyId());
    FillCredit(static_cast<int>(last_id_ % 300), id, *request.mutable_credit());
  };
  const Traffic<CommandService::Stub, RecordCreditRequest, CommandReceipt> traffic{
      &client_.commands(), &CommandService::Stub::PrepareAsyncRecordCredit, record,
      [](const CommandReceipt& receipt) {
        return receipt.position() > 0 && !receipt.repeated_request();
      }};
  return RunLoad(traffic, callers, time);
}

absl::StatusOr<Board::History> Board::ReadHistory(bool stored_only) {
  grpc::ClientContext context;
  SubscribeRequest request;
  request.set_stored_only(stored_only);
  const auto reader = client_.history().Subscribe(&context, request);
  History history;
  SubscribeResponse page;
  while (reader->Read(&page)) {
    history.events += page.events_size();
    history.bytes += static_cast<int64_t>(page.ByteSizeLong());
    ++history.pages;
    if (page.mark() != FEED_MARK_CAUGHT_UP) continue;
    context.TryCancel();
    reader->Finish();
    return history;
  }
  return ToAbsl("subscribe", reader->Finish());
}

absl::StatusOr<std::unique_ptr<Subscribers>> Board::Subscribe(int count, bool read) const {
  GetServerStatusResponse status;
  GS_RETURN_IF_ERROR(
      ToAbsl("status", tools::Call(client_.operations(), &OperationsService::Stub::GetServerStatus,
                                   GetServerStatusRequest(), status)));
  return std::make_unique<Subscribers>(client_, count, status.head_position(), read);
}

absl::Status Board::Settle() {
  ListGoodStandingRequest request;  // A list waits for the views.
  request.set_page_size(1);
  ListGoodStandingResponse response;
  grpc::Status status;
  do {
    status =
        tools::Call(client_.queries(), &QueryService::Stub::ListGoodStanding, request, response);
  } while (status.error_code() == grpc::StatusCode::UNAVAILABLE);
  return ToAbsl("settle", status);
}

}  // namespace goodstanding::bench
