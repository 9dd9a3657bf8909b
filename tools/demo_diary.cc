#include "tools/demo_diary.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace goodstanding::tools {
namespace {

using namespace api::v1;  // NOLINT(google-build-using-namespace): one request a verb below.

using domain::Date;

constexpr int kMinutesPerQuarter = 15;

struct Programme {
  absl::string_view id;
  absl::string_view sponsor;
  absl::string_view title;
  int credits;
};

constexpr std::array<Programme, 4> kProgrammes = {{
    {"privileging-101", "Lakeshore Health Institute", "Privileging from first principles", 6},
    {"verification-lab", "Harbor State Association", "Primary source verification, hands on", 8},
    {"survey-ready", "Prairie Hospital Council", "Ready for the accreditation survey", 6},
    {"peer-review-law", "Summit School of Health Law", "Peer review and the law", 8},
}};

// Lengths of records, in quarter hours: no more than the programmes are approved for.
constexpr std::array<int, 8> kLengths = {4, 4, 6, 8, 12, 16, 20, 24};

struct Piece {
  bool approved;
  int quarters;
};

CreditReport Minutes(absl::string_view kind, int64_t minutes) {
  CreditReport credit;
  credit.set_activity_kind(std::string(kind));
  credit.mutable_amount()->set_minutes(minutes);
  return credit;
}

CreditReport PositionYears(absl::string_view kind) {
  CreditReport credit;
  credit.set_activity_kind(std::string(kind));
  credit.mutable_amount()->set_position_years("1");
  return credit;
}

}  // namespace

Date Day(int year, int month, int day) {
  const std::optional<Date> date = Date::Create(year, month, day);
  GS_CHECK(date.has_value());
  return *date;
}

Date OfficeDay(Date day, const type::v1::RuleSet& rules) {
  constexpr int kSaturday = 5;
  const auto closed = [&](Date candidate) {
    return candidate.weekday() >= kSaturday ||
           std::any_of(rules.holidays().begin(), rules.holidays().end(),
                       [&](const auto& holiday) { return Date::FromProto(holiday) == candidate; });
  };
  while (closed(day)) day = day + 1;
  return day;
}

std::vector<DatedCommand> ApproveCatalogue(Date day) {
  std::vector<DatedCommand> commands;
  for (const Programme& programme : kProgrammes) {
    ApproveActivityRequest request;
    request.set_activity_id(std::string(programme.id));
    request.set_sponsor(std::string(programme.sponsor));
    request.set_title(std::string(programme.title));
    request.mutable_credits()->set_hundredths(programme.credits * 100);
    *request.mutable_period()->mutable_first_date() = day.ToProto();
    *request.mutable_period()->mutable_last_date() = Day(day.year() + 5, 12, 31).ToProto();
    commands.push_back({day, 8 * 60, request, ""});
  }
  return commands;
}

void Diary::Note(Date day, AnyCommand command, absl::string_view refusal) {
  constexpr int kNine = 9 * 60;
  const auto [last, first_of_day] = last_minutes_.try_emplace(day, kNine + dice_.Below(360));
  if (!first_of_day) last->second += dice_.Between(2, 9);
  commands_.push_back({day, last->second, std::move(command), std::string(refusal)});
}

void Diary::NoteLate(Date day, Date effective, AnyCommand command) {
  if (effective < day) *HeaderOf(command).mutable_effective_date() = effective.ToProto();
  Note(day, std::move(command));
}

void Diary::Register(Date day, const std::string& name) {
  auto request = About<RegisterCertificantRequest>();
  request.set_name(name);
  request.set_email(absl::StrCat(id_, "@members.example.org"));
  Note(day, request);
}

void Diary::Grant(Date day, absl::string_view credential, Date effective) {
  auto request = About<GrantCredentialRequest>();
  request.set_credential(std::string(credential));
  NoteLate(day, effective, request);
}

void Diary::Join(Date day, Date last_day) {
  auto request = About<RecordMembershipRequest>();
  *request.mutable_period()->mutable_first_date() = day.ToProto();
  *request.mutable_period()->mutable_last_date() = last_day.ToProto();
  Note(day, request);
}

void Diary::Revoke(Date day, absl::string_view reason) {
  auto request = About<RevokeCredentialRequest>();
  request.set_reason(std::string(reason));
  Note(day, request);
}

void Diary::Surrender(Date day, absl::string_view reason) {
  auto request = About<SurrenderCredentialRequest>();
  request.set_reason(std::string(reason));
  Note(day, request);
}

void Diary::Learn(const Education& education) {
  std::vector<Piece> pieces;
  int approved = education.approved;
  int other = education.other;
  while (approved + other > 0) {
    const bool is_approved = dice_.Below(approved + other) < approved;
    int& left = is_approved ? approved : other;
    const int length = kLengths[static_cast<size_t>(dice_.Below(int{kLengths.size()}))];
    pieces.push_back({is_approved, std::min(length, left)});
    left -= pieces.back().quarters;
  }
  // Each has a stretch of the time to itself, so that no two are of one day.
  const int count = static_cast<int>(pieces.size());
  const int days = education.last.number() - education.first.number() + 1;
  GS_CHECK(days >= count);
  for (int i = 0; i < count; ++i) {
    const Date completed = education.first + days * i / count + dice_.Below(days / count);
    const Piece& piece = pieces[static_cast<size_t>(i)];
    Report(completed, education,
           piece.approved ? Approved(completed, piece.quarters) : Other(education, piece.quarters));
  }
}

CreditReport Diary::Approved(Date completed, int quarters) {
  constexpr int kYearOfState = 4;
  constexpr int kYearOfNation = 8;
  const int choice = dice_.Below(10);
  if (choice >= 8 && quarters == kYearOfState) return PositionYears("VOLUNTEER_STATE");
  if (choice >= 8 && quarters == kYearOfNation) return PositionYears("VOLUNTEER_NATIONAL");
  if (choice >= 8 && quarters % 2 == 0) {
    return Minutes("TEACHING", quarters * kMinutesPerQuarter / 2);
  }
  if (choice >= 5) {
    CreditReport credit = Minutes("APPROVED_PROGRAM", quarters * kMinutesPerQuarter);
    credit.set_activity_id(
        std::string(kProgrammes[static_cast<size_t>(dice_.Below(int{kProgrammes.size()}))].id));
    return credit;
  }
  CreditReport credit = Minutes("SPONSORED", quarters * kMinutesPerQuarter);
  if (completed >= Day(2025, 1, 1)) credit.set_source(type::v1::CREDIT_SOURCE_EDUCATION_ZONE);
  return credit;
}

CreditReport Diary::Other(const Education& education, int quarters) {
  constexpr int kLongDay = 16;
  constexpr int kLunch = 45;
  CreditReport credit = Minutes("NON_APPROVED_PROGRAM", quarters * kMinutesPerQuarter);
  if (quarters >= kLongDay) {
    credit.mutable_amount()->set_minutes(credit.amount().minutes() + kLunch);
    credit.set_break_minutes(kLunch);
  }
  credit.set_undocumented(!education.documented && dice_.Chance(15));
  return credit;
}

void Diary::Report(Date completed, const Education& education, CreditReport credit) {
  const bool posted = credit.source() != type::v1::CREDIT_SOURCE_UNSPECIFIED;
  const int delay = posted ? dice_.Between(9, 14) : dice_.Between(1, 25);
  auto request = About<RecordCreditRequest>();
  credit.set_reference(NextReference());
  *credit.mutable_completed_date() = completed.ToProto();
  *request.mutable_credit() = std::move(credit);
  Note(std::min(completed + delay, education.reported_by), request);
}

void Diary::ReportMeeting(Date day, absl::string_view refusal) {
  auto request = About<RecordCreditRequest>();
  *request.mutable_credit() = Minutes("INTERNAL_MEETING", 90);
  request.mutable_credit()->set_reference(NextReference());
  *request.mutable_credit()->mutable_completed_date() = (day - 1).ToProto();
  Note(day, request, refusal);
}

void Diary::ReportArticle(Date day) {
  auto request = About<RecordCreditRequest>();
  CreditReport& credit = *request.mutable_credit();
  credit.set_reference("article");
  credit.set_activity_kind("SYNERGY_ARTICLE");
  credit.mutable_amount()->set_count(1);
  *credit.mutable_completed_date() = (day - 3).ToProto();
  Note(day, request);
}

void Diary::DisallowFirst(Date day, absl::string_view reason) {
  auto request = About<DisallowCreditRequest>();
  request.set_reference("ce-1");
  request.set_reason(std::string(reason));
  Note(day, request);
}

void Diary::Submit(Date day, absl::string_view refusal) {
  NotePlain<SubmitApplicationRequest>(day, refusal);
}

void Diary::Approve(Date day, absl::string_view refusal) {
  NotePlain<ApproveApplicationRequest>(day, refusal);
}

void Diary::OpenAudit(Date day, absl::string_view reason) {
  auto request = About<OpenAuditRequest>();
  request.set_reason(std::string(reason));
  Note(day, request);
}

void Diary::PassAudit(Date day) {
  auto request = About<CloseAuditRequest>();
  request.set_outcome(type::v1::AUDIT_OUTCOME_PASSED);
  Note(day, request);
}

RecordPaymentRequest Diary::Payment(int64_t cents, type::v1::PaymentMethod method, Date dated) {
  auto request = About<RecordPaymentRequest>();
  request.set_reference(absl::StrCat("pay-", ++payment_count_));
  request.mutable_amount()->set_currency_code("USD");
  request.mutable_amount()->set_minor_units(cents);
  request.set_method(method);
  *request.mutable_dated_date() = dated.ToProto();
  return request;
}

void Diary::PayByCard(Date day, int64_t cents) {
  Note(day, Payment(cents, type::v1::PAYMENT_METHOD_CARD, day));
}

void Diary::PayByCheck(const Check& check, int64_t cents) {
  NoteLate(check.keyed_in, check.received,
           Payment(cents, type::v1::PAYMENT_METHOD_CHECK, check.dated));
}

void Diary::BounceCheck(Date day) {
  auto request = About<RecordPaymentReturnRequest>();
  request.set_reference(absl::StrCat("pay-", payment_count_));
  Note(day, request);
}

void Diary::RequestExtension(Date day) { NotePlain<RequestExtensionRequest>(day); }

void Diary::RequestExtensionInTheEvening(Date day, absl::string_view refusal) {
  constexpr int kEvening = 17 * 60 + 42;
  commands_.push_back({day, kEvening, About<RequestExtensionRequest>(), std::string(refusal)});
}

void Diary::GrantExtension(Date day, absl::string_view refusal) {
  NotePlain<GrantExtensionRequest>(day, refusal);
}

void Diary::DenyExtension(Date day) { NotePlain<DenyExtensionRequest>(day); }

void Diary::RequestReinstatement(Date day) { NotePlain<RequestReinstatementRequest>(day); }

}  // namespace goodstanding::tools
