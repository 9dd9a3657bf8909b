#include "tools/demo_stage.h"

#include <algorithm>
#include <variant>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "tools/connection.h"
#include "tools/refusal_text.h"
#include "tools/rule_files.h"
#include "tools/when.h"

namespace goodstanding::tools {
namespace {

constexpr int kMorning = 8 * 60;

When At(domain::Date day, int minute_of_day) { return {day.ToProto(), minute_of_day}; }

// "GrantExtension".
std::string NameOf(const AnyCommand& command) {
  return std::visit(
      [](const auto& request) {
        return std::string(absl::StripSuffix(request.GetDescriptor()->name(), "Request"));
      },
      command);
}

// The person whom it is about; empty where it is about nobody.
std::string PersonOf(const AnyCommand& command) {
  return std::visit(
      [](const auto& request) -> std::string {
        if constexpr (requires { request.certificant_id(); }) return request.certificant_id();
        return "";
      },
      command);
}

// "2025-12-01, GrantExtension of C1042: HALF_NOT_MET: …".
absl::Status Unexpected(const AnyCommand& command, absl::string_view when,
                        absl::string_view outcome) {
  const std::string person = PersonOf(command);
  return absl::FailedPreconditionError(absl::StrCat(
      when, ", ", NameOf(command), person.empty() ? "" : " of ", person, ": ", outcome));
}

std::string Outcome(const grpc::Status& status) {
  if (status.ok()) return "accepted";
  const FailedCall failure = ReadFailure(status);
  return absl::StrCat(failure.reason, ": ", failure.message);
}

}  // namespace

absl::StatusOr<std::unique_ptr<DemoStage>> DemoStage::Start(const std::string& data_dir) {
  GS_ASSIGN_OR_RETURN(services::BoardTime zone,
                      services::BoardTime::Load(ShippedRules().time_zone()));
  const std::optional<absl::Time> begin = Instant(At(Day(2022, 1, 3), kMorning - 60), zone);
  auto stage = absl::WrapUnique(new DemoStage(std::move(zone), *begin));
  GS_RETURN_IF_ERROR(stage->Open(data_dir));
  return stage;
}

absl::Status DemoStage::Open(const std::string& data_dir) {
  services::ServerOptions options;
  options.data_dir = data_dir;
  options.listen_address = "127.0.0.1:0";
  options.clock = &clock_;
  options.time_zone = zone_.name();
  if (data_dir.empty()) {
    GS_ASSIGN_OR_RETURN(scratch_, ScratchFolder::Create());
    options.data_dir = scratch_->path();
    options.sync = false;
  }
  GS_ASSIGN_OR_RETURN(server_, services::Server::Start(options));
  Connection connection;
  connection.server = absl::StrCat("127.0.0.1:", server_->port());
  client_ = absl::WrapUnique(new Client(Connect(connection)));

  api::v1::PublishRuleSetRequest request;
  *request.mutable_rule_set() = ShippedRules();
  request.set_authority("Certification commission");
  return Do(request);
}

void DemoStage::MoveClock(domain::Date day, int minute_of_day) {
  const std::optional<absl::Time> time = Instant(At(day, minute_of_day), zone_);
  if (time) clock_.Set(std::max(*time, clock_.Now()));
}

grpc::Status DemoStage::Send(AnyCommand& command) {
  HeaderOf(command).set_request_id(absl::StrCat("demo-", ++sent_));
  api::v1::CommandReceipt receipt;
  return client_->Send(command, receipt);
}

absl::Status DemoStage::Do(AnyCommand command) {
  const grpc::Status status = Send(command);
  if (status.ok()) return absl::OkStatus();
  return Unexpected(command, FormatMinute(clock_.Now(), zone_), Outcome(status));
}

absl::StatusOr<PlayRecord> DemoStage::Play(const Cohort& cohort,
                                           const std::function<void(size_t, size_t)>& progress) {
  PlayRecord record;
  size_t done = 0;
  for (const DatedCommand& dated : cohort.commands) {
    GS_RETURN_IF_ERROR(Play(dated, record));
    progress(++done, cohort.commands.size());
  }
  MoveClock(CohortToday() + 1, kMorning + 60);
  return record;
}

absl::Status DemoStage::Play(const DatedCommand& dated, PlayRecord& record) {
  MoveClock(dated.day, dated.minute_of_day);
  AnyCommand command = dated.command;
  const grpc::Status status = Send(command);
  const FailedCall failure = status.ok() ? FailedCall() : ReadFailure(status);
  if (failure.reason != dated.refusal) {
    return Unexpected(command, FormatMinute(clock_.Now(), zone_),
                      absl::StrCat("expected ", dated.refusal.empty() ? "accepted" : dated.refusal,
                                   ", got ", Outcome(status)));
  }
  if (status.ok()) {
    ++record.recorded;
    return absl::OkStatus();
  }
  PlayRecord::Refusal& refusal = record.refusals[failure.reason];
  if (refusal.count++ == 0) {
    refusal.message = failure.message;
    refusal.certificant_id = PersonOf(command);
    refusal.day = dated.day;
  }
  return absl::OkStatus();
}

}  // namespace goodstanding::tools
