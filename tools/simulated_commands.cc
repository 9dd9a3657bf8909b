#include "tools/simulated_commands.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "projections/sweep.h"
#include "tools/any_command.h"
#include "tools/connection.h"

namespace goodstanding::tools {
namespace {

using namespace api::v1;  // NOLINT: the requests, by name.
using event::v1::CertificantEvent;

template <typename Request>
Request About(const std::string& certificant_id) {
  Request request;
  request.set_certificant_id(certificant_id);
  return request;
}

template <typename Request, typename Fact>
AnyCommand OfRecord(const std::string& certificant_id, const Fact& fact) {
  auto request = About<Request>(certificant_id);
  request.set_reference(fact.reference());
  return request;
}

AnyCommand CreditOf(const std::string& certificant_id, const event::v1::CreditRecorded& recorded) {
  auto request = About<RecordCreditRequest>(certificant_id);
  CreditReport& credit = *request.mutable_credit();
  credit.set_reference(recorded.reference());
  credit.set_activity_kind(recorded.activity_kind());
  *credit.mutable_completed_date() = recorded.completed_date();
  credit.mutable_amount()->set_minutes(recorded.amount().minutes());
  credit.set_activity_id(recorded.activity_id());
  credit.set_undocumented(!recorded.documented());
  credit.set_source(recorded.source());
  return request;
}

AnyCommand PaymentOf(const std::string& certificant_id,
                     const event::v1::PaymentReceived& received) {
  auto request = About<RecordPaymentRequest>(certificant_id);
  request.set_reference(received.reference());
  request.mutable_amount()->set_currency_code("USD");
  request.mutable_amount()->set_minor_units(received.amount_minor_units());
  request.set_method(received.method());
  *request.mutable_dated_date() = received.dated_date();
  request.set_cycle_end_year(received.cycle_end_year());
  return request;
}

AnyCommand PersonOf(const std::string& id, const CertificantEvent& event) {
  if (event.has_certificant_registered()) {
    auto request = About<RegisterCertificantRequest>(id);
    request.set_name(event.certificant_registered().name());
    request.set_email(event.certificant_registered().email());
    return request;
  }
  if (event.has_credential_granted()) {
    auto request = About<GrantCredentialRequest>(id);
    request.set_credential(event.credential_granted().credential());
    return request;
  }
  if (event.has_credential_surrendered()) {
    auto request = About<SurrenderCredentialRequest>(id);
    request.set_credential(event.credential_surrendered().credential());
    request.set_reason(event.credential_surrendered().reason());
    return request;
  }
  GS_CHECK(event.has_membership_recorded());
  auto request = About<RecordMembershipRequest>(id);
  *request.mutable_period() = event.membership_recorded().period();
  return request;
}

AnyCommand ApplicationOf(const std::string& id, const CertificantEvent& event) {
  switch (event.event_case()) {
    case CertificantEvent::kApplicationSubmitted:
      return About<SubmitApplicationRequest>(id);
    case CertificantEvent::kApplicationReturned:
      return About<ReturnApplicationRequest>(id);
    case CertificantEvent::kCertificationRenewed:
      return About<ApproveApplicationRequest>(id);
    case CertificantEvent::kExtensionRequested:
      return About<RequestExtensionRequest>(id);
    case CertificantEvent::kExtensionGranted:
      return About<GrantExtensionRequest>(id);
    case CertificantEvent::kExtensionDenied:
      return About<DenyExtensionRequest>(id);
    case CertificantEvent::kAuditOpened:
      return About<OpenAuditRequest>(id);
    case CertificantEvent::kAuditClosed: {
      auto request = About<CloseAuditRequest>(id);
      request.set_outcome(event.audit_closed().outcome());
      return request;
    }
    default:
      return PersonOf(id, event);
  }
}

AnyCommand FactOf(const std::string& id, const CertificantEvent& event) {
  switch (event.event_case()) {
    case CertificantEvent::kCreditRecorded:
      return CreditOf(id, event.credit_recorded());
    case CertificantEvent::kCreditAmended: {
      auto request = About<AmendCreditRequest>(id);
      request.set_reference(event.credit_amended().reference());
      request.mutable_amount()->set_minutes(event.credit_amended().amount().minutes());
      return request;
    }
    case CertificantEvent::kCreditDocumented:
      return OfRecord<DocumentCreditRequest>(id, event.credit_documented());
    case CertificantEvent::kCreditWithdrawn:
      return OfRecord<WithdrawCreditRequest>(id, event.credit_withdrawn());
    case CertificantEvent::kPaymentReceived:
      return PaymentOf(id, event.payment_received());
    default:
      return ApplicationOf(id, event);
  }
}

void SetEffective(absl::Time time, CommandHeader& header) {
  const int64_t micros = absl::ToUnixMicros(time);
  constexpr int64_t kMicrosPerSecond = 1'000'000;
  header.mutable_effective_time()->set_seconds(micros / kMicrosPerSecond);
  header.mutable_effective_time()->set_nanos(
      static_cast<int32_t>(micros % kMicrosPerSecond * 1000));
}

AnyCommand CommandOf(const SimulatedActivity& activity, absl::Time effective, uint64_t seed) {
  const event::v1::ActivityApproved& approved = activity.event.activity_approved();
  ApproveActivityRequest request;
  request.set_activity_id(activity.activity_id);
  request.set_sponsor(approved.sponsor());
  request.set_title(approved.title());
  *request.mutable_credits() = approved.credits();
  *request.mutable_period() = approved.period();
  request.mutable_header()->set_request_id(
      absl::StrCat("simulated-", seed, "-", activity.activity_id));
  SetEffective(effective, *request.mutable_header());
  return request;
}

// A refusal is an answer; without one there is no going on.
bool IsRefusal(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::NOT_FOUND:
    case grpc::StatusCode::ALREADY_EXISTS:
    case grpc::StatusCode::FAILED_PRECONDITION:
    case grpc::StatusCode::OUT_OF_RANGE:
      return true;
    default:
      return false;
  }
}

absl::Status TakeAnswer(const grpc::Status& status, SentBoard& sent) {
  ++sent.commands;
  if (status.ok()) {
    ++sent.accepted;
  } else if (IsRefusal(status)) {
    ++sent.refusals[status.error_message()];
  } else {
    return FromCall(status);
  }
  return absl::OkStatus();
}

absl::Status SendActivity(const Client& client, const SimulatedActivity& activity,
                          absl::Time effective, uint64_t seed, SentBoard& sent) {
  CommandReceipt receipt;
  return TakeAnswer(client.Send(CommandOf(activity, effective, seed), receipt), sent);
}

// The command that leads to the event, effective as the event is. `number` is the event's in the
// person's life.
absl::Status SendEvent(const Client& client, const SimulatedEvent& event, const std::string& id,
                       int number, uint64_t seed, SentBoard& sent) {
  const auto set = [&](CommandHeader& header) {
    header.set_request_id(absl::StrCat("simulated-", seed, "-", id, "-", number));
    SetEffective(event.effective, header);
  };
  CommandReceipt receipt;
  if (event.event.has_notice_sent()) {
    auto request = About<RecordNoticeRequest>(id);
    request.set_notice(event.event.notice_sent().notice());
    request.set_channel(event.event.notice_sent().channel());
    set(*request.mutable_header());
    return TakeAnswer(
        Call(client.commands(), &CommandService::Stub::RecordNotice, request, receipt), sent);
  }
  AnyCommand command = FactOf(id, event.event);
  set(HeaderOf(command));
  return TakeAnswer(client.Send(command, receipt), sent);
}

void Add(const SentBoard& part, SentBoard& sum) {
  sum.commands += part.commands;
  sum.accepted += part.accepted;
  for (const auto& [message, count] : part.refusals) sum.refusals[message] += count;
}

}  // namespace

absl::StatusOr<SentBoard> SendBoard(const SimulatedBoard& board, const SimulationOptions& options,
                                    const services::BoardTime& zone, const Client& client,
                                    int threads, const std::function<void(int64_t)>& tell) {
  constexpr int64_t kPeoplePerTask = 20;
  SentBoard sum;
  const absl::Time founded = zone.ResolveDay(board.founded(), absl::InfiniteFuture());
  for (const SimulatedActivity& activity : board.activities()) {
    GS_RETURN_IF_ERROR(SendActivity(client, activity, founded, options.seed, sum));
  }
  Mutex mutex;
  int64_t people = 0;
  const auto send = [&](size_t task) -> absl::Status {
    const int64_t begin = static_cast<int64_t>(task) * kPeoplePerTask;
    const int64_t end = std::min(options.certificants, begin + kPeoplePerTask);
    SentBoard part;
    for (int64_t person = begin; person < end; ++person) {
      const std::string id = SimulatedBoard::IdOf(person);
      int number = 0;
      for (const SimulatedEvent& event : board.LifeOf(person)) {
        GS_RETURN_IF_ERROR(SendEvent(client, event, id, number++, options.seed, part));
      }
    }
    const MutexLock lock(mutex);
    Add(part, sum);
    people += end - begin;
    tell(people);
    return absl::OkStatus();
  };
  const auto tasks =
      static_cast<size_t>((options.certificants + kPeoplePerTask - 1) / kPeoplePerTask);
  GS_RETURN_IF_ERROR(projections::RunTasks(tasks, threads, send));
  return sum;
}

}  // namespace goodstanding::tools
