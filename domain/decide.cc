#include "domain/decide.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/credit_amounts.h"
#include "domain/refusal.h"
#include "domain/waivers.h"

namespace goodstanding::domain {
namespace {

using event::v1::CertificantEvent;

using Metadata = std::vector<std::pair<std::string, std::string>>;

// Decides one command. Each method answers for a group of commands, its refusals in the order of
// section 12.
class Decider {
 public:
  Decider(const Facts& facts, const CertificantEvent& proposed, const CommandContext& context)
      : facts_(facts),
        context_(context),
        cutoff_(Cutoff::At(context.effective)),
        event_(proposed) {}

  absl::StatusOr<CertificantEvent> Decide() {
    GS_RETURN_IF_ERROR(ValidateCommand(event_, facts_.rules, context_));
    GS_RETURN_IF_ERROR(CheckRegistered());
    GS_RETURN_IF_ERROR(CheckCause(facts_.state, context_));
    GS_RETURN_IF_ERROR(DecideByKind());
    return std::move(event_);
  }

 private:
  absl::Status CheckRegistered() const {
    const bool registering = event_.has_certificant_registered();
    if (registering && facts_.state.registered) {
      return Refuse("CERTIFICANT_EXISTS", "A certificant of this id is registered.",
                    "certificant_id");
    }
    if (!registering && !facts_.state.registered) {
      return Refuse("CERTIFICANT_NOT_FOUND", "No certificant of this id is registered.",
                    "certificant_id");
    }
    const type::v1::ErasureStage erasure = facts_.state.erasure.stage;
    const bool erased =
        erasure == type::v1::ERASURE_STAGE_BEGUN || erasure == type::v1::ERASURE_STAGE_COMPLETED;
    if (erased && !event_.has_erasure_completed()) {
      return Refuse("CERTIFICANT_ERASED",
                    "The person's data was erased; nothing more is recorded under this id.",
                    "certificant_id");
    }
    return absl::OkStatus();
  }

  absl::Status DecideByKind() {
    if (IsAboutErasure(event_)) {
      return DecideErasure(facts_.state, Now(), context_, event_);
    }
    if (IsAboutDispute(event_)) return DecideDispute(facts_.state, Now(), context_, event_);
    switch (event_.event_case()) {
      case CertificantEvent::kCredentialGranted:
        return Grant();
      case CertificantEvent::kCredentialRevoked:
        return End(event_.credential_revoked().credential());
      case CertificantEvent::kCredentialSurrendered:
        return End(event_.credential_surrendered().credential());
      case CertificantEvent::kCreditRecorded:
        return RecordCredit();
      case CertificantEvent::kCreditAmended:
        return AmendCredit();
      case CertificantEvent::kCreditDocumented:
        return CheckCredit(event_.credit_documented().reference());
      case CertificantEvent::kCreditVerified:
        return CheckCredit(event_.credit_verified().reference());
      case CertificantEvent::kCreditWithdrawn:
        return CheckCredit(event_.credit_withdrawn().reference());
      case CertificantEvent::kCreditDisallowed:
        return CheckCredit(event_.credit_disallowed().reference());
      case CertificantEvent::kCreditReinstated:
        return FindCredit(event_.credit_reinstated().reference());
      case CertificantEvent::kPaymentReceived:
        return RecordPayment();
      case CertificantEvent::kPaymentReturned:
        return CheckPaymentStands(event_.payment_returned().reference());
      case CertificantEvent::kPaymentRefunded:
        return Refund();
      case CertificantEvent::kMembershipEnded:
        return EndMembership();
      case CertificantEvent::kArrearsWrittenOff:
        return WriteOffArrears();
      case CertificantEvent::kPaymentReassigned:
        return ReassignPayment();
      case CertificantEvent::kBadgeIssued:
        return IssueBadge();
      case CertificantEvent::kEvidenceAttached:
        return AttachEvidence();
      case CertificantEvent::kFactAnnulled:
        return Annul();
      case CertificantEvent::kWaiverGranted:
        return DecideWaiver(facts_.state, Now(), context_, *event_.mutable_waiver_granted());
      case CertificantEvent::kCreditMovedOut:
        return CheckCredit(event_.credit_moved_out().reference());
      case CertificantEvent::kCreditMovedIn:
        return MoveIn();
      default:
        return DecideRenewal();
    }
  }

  absl::Status DecideRenewal() {
    switch (event_.event_case()) {
      case CertificantEvent::kApplicationSubmitted:
        return Submit();
      case CertificantEvent::kApplicationReturned:
        return Return();
      case CertificantEvent::kCertificationRenewed:
        return Approve();
      case CertificantEvent::kExtensionRequested:
        return RequestExtension();
      case CertificantEvent::kExtensionGranted:
        return GrantExtension();
      case CertificantEvent::kExtensionDenied:
        return DenyExtension();
      case CertificantEvent::kReinstatementRequested:
        return RequestReinstatement();
      case CertificantEvent::kAuditOpened:
        return OpenAudit();
      case CertificantEvent::kAuditClosed:
        return CloseAudit();
      default:  // Registration, profile, contact, membership, notice: nothing more can refuse them.
        return absl::OkStatus();
    }
  }

  // --- What stands at the command's instant.

  const Evaluation& Now() {
    if (!evaluation_) evaluation_ = Evaluate(facts_, cutoff_);
    return *evaluation_;
  }
  const CycleStatus& Cycle() { return *Now().cycle(); }
  Date Today() const { return cutoff_.date; }

  // --- Refusals that several commands share.

  absl::Status CheckCertified() {
    if (!Now().career.in_tenure()) {
      return Refuse("NOT_CERTIFIED",
                    absl::StrCat("The person holds no certification on ", Today().ToString(),
                                 ": it was never granted, or revoked or surrendered."),
                    "certificant_id", {{"date", Today().ToString()}});
    }
    if (Now().standing == type::v1::STANDING_EXPIRED) return Expired();
    return absl::OkStatus();
  }

  absl::Status Expired() {
    const std::string last = Cycle().calendar.reinstatement_through.ToString();
    return Refuse("CERTIFICATION_EXPIRED",
                  absl::StrCat("The certification has expired after ", last,
                               "; a new examination is needed. Staff can still record what took "
                               "place before, with its own date."),
                  "certificant_id", {{"expiredAfter", last}});
  }

  absl::Status CheckNotRenewed() {
    if (!Cycle().renewed) return absl::OkStatus();
    return Refuse("ALREADY_RENEWED",
                  absl::StrCat("The cycle that ends in ", Cycle().end_year, " is renewed."), "",
                  {{"cycleEndYear", absl::StrCat(Cycle().end_year)}});
  }

  absl::Status CheckSubmitted() {
    if (Cycle().submitted) return absl::OkStatus();
    return Refuse("NOT_SUBMITTED", "No application is submitted; it must be submitted first.");
  }

  absl::Status FindCredit(const std::string& reference) const {
    if (facts_.state.FindCredit(reference) != nullptr) return absl::OkStatus();
    return Refuse("CREDIT_NOT_FOUND",
                  absl::StrCat("The person has no credit record ", reference, "."), "reference",
                  {{"reference", reference}});
  }

  // The record exists and is not withdrawn.
  absl::Status CheckCredit(const std::string& reference) const {
    GS_RETURN_IF_ERROR(FindCredit(reference));
    if (!WithdrawnAt(*facts_.state.FindCredit(reference), cutoff_)) return absl::OkStatus();
    return Refuse(
        "CREDIT_ALREADY_WITHDRAWN",
        absl::StrCat("The credit record ", reference, " is withdrawn; report the activity anew."),
        "reference", {{"reference", reference}});
  }

  absl::Status CheckCycleExists(int end_year) {
    const auto& cycles = Now().career.cycles;
    if (std::any_of(cycles.begin(), cycles.end(),
                    [&](const CycleStatus& cycle) { return cycle.end_year == end_year; })) {
      return absl::OkStatus();
    }
    return CycleNotFound(end_year);
  }

  absl::Status CheckPaymentStands(const std::string& reference) const {
    const Payment* const payment = facts_.state.FindPayment(reference);
    if (payment == nullptr) {
      return Refuse("PAYMENT_NOT_FOUND", absl::StrCat("The person has no payment ", reference, "."),
                    "reference", {{"reference", reference}});
    }
    if (!StatusAt(*payment, cutoff_).returned) return absl::OkStatus();
    return Refuse("PAYMENT_ALREADY_RETURNED",
                  absl::StrCat("The payment ", reference, " was returned or refunded."),
                  "reference", {{"reference", reference}});
  }

  event::v1::DecisionBasis Basis() { return BasisOf(Cycle(), context_); }

  // --- Credentials (section 2).

  absl::Status Grant() {
    const std::string& credential = event_.credential_granted().credential();
    const Evaluation& now = Now();
    const bool holds_nothing =
        !now.career.in_tenure() || now.standing == type::v1::STANDING_EXPIRED;
    if (holds_nothing || !Holds(credential)) return absl::OkStatus();
    return Refuse("CREDENTIAL_ALREADY_HELD",
                  absl::StrCat("The person holds ", credential, " already."), "credential",
                  {{"credential", credential}});
  }

  bool Holds(const std::string& credential) {
    const auto& held = Now().career.held;
    return std::any_of(held.begin(), held.end(),
                       [&](const HeldCredential& h) { return h.credential == credential; });
  }

  absl::Status CheckHolds(const std::string& credential) {
    if (credential.empty() || Holds(credential)) return absl::OkStatus();
    return Refuse("CREDENTIAL_NOT_HELD", absl::StrCat("The person does not hold ", credential, "."),
                  "credential", {{"credential", credential}});
  }

  absl::Status End(const std::string& credential) {
    GS_RETURN_IF_ERROR(CheckCertified());
    return CheckHolds(credential);
  }

  absl::Status IssueBadge() {
    const auto& badge = event_.badge_issued();
    GS_RETURN_IF_ERROR(CheckCycleExists(badge.cycle_end_year()));
    GS_RETURN_IF_ERROR(CheckCertified());
    return CheckHolds(badge.credential());
  }

  // --- Credits (section 4).

  absl::Status RecordCredit() {
    const auto& credit = event_.credit_recorded();
    if (facts_.state.CreditReferenceTaken(credit.reference())) {
      return Refuse("CREDIT_ALREADY_RECORDED",
                    absl::StrCat("The person has a credit record ", credit.reference(),
                                 "; amend it, or choose another reference."),
                    "reference", {{"reference", credit.reference()}});
    }
    GS_RETURN_IF_ERROR(CheckCertified());
    if (credit.source() == type::v1::CREDIT_SOURCE_UNSPECIFIED) {
      event_.mutable_credit_recorded()->set_source(type::v1::CREDIT_SOURCE_SELF);
    }
    return absl::OkStatus();
  }

  // What an amendment makes of the record is looked at before whether the record is withdrawn.
  absl::Status AmendCredit() {
    const auto& amendment = event_.credit_amended();
    GS_RETURN_IF_ERROR(FindCredit(amendment.reference()));
    const CreditRecord& record = *facts_.state.FindCredit(amendment.reference());
    const CreditFigures figures = Amend(FiguresAt(record, cutoff_), amendment);
    const Figures* const rules = FiguresForUnits(facts_.rules, figures.completed);
    const ActivityKind* const kind = rules == nullptr ? nullptr : rules->FindKind(record.kind);
    if (kind != nullptr) GS_RETURN_IF_ERROR(CheckAmount(figures, *kind));
    if (figures.from && *figures.from > figures.completed) {
      return Refuse("INVALID_PERIOD", "The activity would end before it begins.", "completed_date");
    }
    return CheckCredit(amendment.reference());
  }

  // The person may have lapsed or expired for want of this very record.
  absl::Status MoveIn() {
    const auto& move = event_.credit_moved_in();
    if (Now().career.cycles.empty()) {
      return Refuse("NOT_CERTIFIED", "The person never held a credential.", "to_certificant_id");
    }
    if (!facts_.state.CreditReferenceTaken(move.reference()) || ComesBack()) {
      return absl::OkStatus();
    }
    return Refuse("CREDIT_ALREADY_RECORDED",
                  absl::StrCat("The person has a credit record ", move.reference(),
                               "; choose another reference."),
                  "to_reference", {{"reference", move.reference()}});
  }

  // Whether the record was moved away under the reference that it gets back.
  bool ComesBack() const {
    const auto& move = event_.credit_moved_in();
    const auto& annulled = facts_.state.annulled;
    return !move.facts().empty() &&
           std::any_of(annulled.begin(), annulled.end(), [&](const AnnulledFact& fact) {
             const auto* const record = std::get_if<CreditRecord>(&fact.fact);
             return record != nullptr && !fact.moved_to.empty() &&
                    record->reference == move.reference() &&
                    record->stamp.position == move.facts(0).position();
           });
  }

  absl::Status AttachEvidence() {
    const auto& evidence = event_.evidence_attached();
    const std::string& reference = evidence.credit_reference();
    if (!reference.empty()) GS_RETURN_IF_ERROR(FindCredit(reference));
    if (evidence.dispute_position() == 0) return absl::OkStatus();
    return CheckDisputeOpen(facts_.state, evidence.dispute_position());
  }

  // --- Payments (section 6).

  absl::Status RecordPayment() {
    auto& payment = *event_.mutable_payment_received();
    if (payment.cycle_end_year() != 0) {
      GS_RETURN_IF_ERROR(CheckCycleExists(payment.cycle_end_year()));
    }
    if (facts_.state.PaymentReferenceTaken(payment.reference())) {
      return Refuse("PAYMENT_ALREADY_RECORDED",
                    absl::StrCat("The person has a payment ", payment.reference(), "."),
                    "reference", {{"reference", payment.reference()}});
    }
    GS_RETURN_IF_ERROR(CheckCertified());
    if (payment.cycle_end_year() == 0) payment.set_cycle_end_year(DefaultRenewal());
    return absl::OkStatus();
  }

  // The oldest renewal in arrears, else the first cycle that is not yet renewed.
  int DefaultRenewal() {
    for (const CycleStatus& cycle : Now().career.cycles) {
      if (ArrearsOf(facts_.state, cycle, cutoff_) > 0) return cycle.end_year;
    }
    return Now().career.cycles.back().end_year;
  }

  absl::Status Refund() {
    const auto& refund = event_.payment_refunded();
    GS_RETURN_IF_ERROR(CheckPaymentStands(refund.reference()));
    const Hundredths left = StatusAt(*facts_.state.FindPayment(refund.reference()), cutoff_).amount;
    if (refund.amount_minor_units() <= left) return absl::OkStatus();
    return Refuse("REFUND_EXCEEDS_PAYMENT",
                  absl::StrCat("Of the payment ", refund.reference(), " there are ",
                               FormatHundredths(left), " left."),
                  "amount", {{"reference", refund.reference()}, {"left", FormatHundredths(left)}});
  }

  absl::Status WriteOffArrears() {
    auto& event = *event_.mutable_arrears_written_off();
    GS_RETURN_IF_ERROR(CheckCycleExists(event.cycle_end_year()));
    Hundredths arrears = 0;
    for (const CycleStatus& cycle : Now().career.cycles) {
      if (cycle.end_year == event.cycle_end_year()) {
        arrears = std::max(arrears, ArrearsOf(facts_.state, cycle, cutoff_));
      }
    }
    if (event.amount_minor_units() <= arrears) {
      *event.mutable_basis() = Basis();
      return absl::OkStatus();
    }
    return Refuse("WRITE_OFF_EXCEEDS_ARREARS",
                  absl::StrCat("Of the fees of the cycle that ends in ", event.cycle_end_year(),
                               ", ", FormatHundredths(arrears), " are in arrears."),
                  "amount",
                  {{"cycleEndYear", absl::StrCat(event.cycle_end_year())},
                   {"arrears", FormatHundredths(arrears)}});
  }

  // A membership of which a day is left is needed, so that no end is recorded twice.
  absl::Status EndMembership() const {
    const Date last = *Date::FromProto(event_.membership_ended().last_date());
    const Stamp now{context_.effective, context_.head_position + 1};
    const auto& memberships = facts_.state.memberships;
    if (std::any_of(memberships.begin(), memberships.end(), [&](const Membership& membership) {
          return membership.stamp.Before(now) && LastDayOf(facts_.state, membership, cutoff_) >=
                                                     std::max(membership.from, last + 1);
        })) {
      return absl::OkStatus();
    }
    return Refuse("MEMBERSHIP_NOT_FOUND",
                  absl::StrCat("No membership covers a day after ", last.ToString(), "."),
                  "last_date", {{"lastDate", last.ToString()}});
  }

  absl::Status ReassignPayment() {
    const auto& reassignment = event_.payment_reassigned();
    if (facts_.state.FindPayment(reassignment.reference()) != nullptr) {
      GS_RETURN_IF_ERROR(CheckCycleExists(reassignment.cycle_end_year()));
    }
    return CheckPaymentStands(reassignment.reference());
  }

  // --- The application (section 5).

  absl::Status Submit() {
    GS_RETURN_IF_ERROR(CheckCertified());
    GS_RETURN_IF_ERROR(CheckNotRenewed());
    const CycleStatus& cycle = Cycle();
    if (cycle.submitted) {
      return Refuse("ALREADY_SUBMITTED",
                    absl::StrCat("The application was submitted on ",
                                 cycle.submitted->effective.date.ToString(), "."));
    }
    if (Today() < cycle.calendar.application_opens) {
      const std::string opens = cycle.calendar.application_opens.ToString();
      return Refuse("APPLICATION_NOT_OPEN",
                    absl::StrCat("Applications of this cycle are accepted from ", opens, "."), "",
                    {{"opens", opens}});
    }
    GS_RETURN_IF_ERROR(CheckReinstatementPaid());
    const Stamp submitted{context_.effective, context_.head_position + 1};
    event_.mutable_application_submitted()->set_cycle_end_year(cycle.end_year);
    event_.mutable_application_submitted()->set_member(
        IsMemberAt(facts_.state, submitted, cutoff_));
    return absl::OkStatus();
  }

  absl::Status CheckReinstatementPaid() {
    if (Now().standing != type::v1::STANDING_LAPSED) return absl::OkStatus();
    const Hundredths in_rules = Cycle().figures().reinstatement_fee;
    const Hundredths fee = in_rules - WaivedOf(Cycle(), type::v1::FEE_KIND_REINSTATEMENT, in_rules);
    if (Cycle().reinstatement_requested && Now().renewal.paid >= fee) return absl::OkStatus();
    return Refuse("REINSTATEMENT_FEE_DUE",
                  absl::StrCat("The certification has lapsed: reinstatement must be asked for, and "
                               "its fee of ",
                               FormatHundredths(fee), " be paid, before the application."),
                  "", {{"fee", FormatHundredths(fee)}});
  }

  absl::Status Return() {
    GS_RETURN_IF_ERROR(CheckCertified());
    GS_RETURN_IF_ERROR(CheckNotRenewed());
    GS_RETURN_IF_ERROR(CheckSubmitted());
    auto& event = *event_.mutable_application_returned();
    event.set_cycle_end_year(Cycle().end_year);
    *event.mutable_basis() = Basis();
    return absl::OkStatus();
  }

  absl::Status Approve() {
    // Approval has an order of its own: renewed goes before expired.
    if (Now().career.in_tenure()) GS_RETURN_IF_ERROR(CheckNotRenewed());
    GS_RETURN_IF_ERROR(CheckCertified());
    const CycleStatus& cycle = Cycle();
    if (Now().standing == type::v1::STANDING_LAPSED && !cycle.reinstatement_requested) {
      return Refuse("REINSTATEMENT_NOT_REQUESTED",
                    "The certification has lapsed; reinstatement must be asked for first.");
    }
    GS_RETURN_IF_ERROR(CheckSubmitted());
    GS_RETURN_IF_ERROR(CheckRequirementMet());
    GS_RETURN_IF_ERROR(CheckNothingDue());
    if (Now().career.audit_opened) {
      return Refuse("AUDIT_OPEN", "An audit is open; it must be closed first.");
    }
    FixTerms();
    return absl::OkStatus();
  }

  absl::Status CheckRequirementMet() {
    const RenewalStatus& renewal = Now().renewal;
    for (const RequirementLine& line : renewal.level->requirement) {
      const Hundredths counted = renewal.credits.Counted(line);
      if (counted >= line.minimum) continue;
      return Refuse("REQUIREMENTS_NOT_MET",
                    absl::StrCat("Of the ", FormatHundredths(line.minimum), " credits needed (",
                                 line.line, "), ", FormatHundredths(counted), " count."),
                    "",
                    {{"line", line.line},
                     {"needed", FormatHundredths(line.minimum)},
                     {"counted", FormatHundredths(counted)}});
    }
    return absl::OkStatus();
  }

  absl::Status CheckNothingDue() {
    const Hundredths balance = std::max<Hundredths>(0, Now().renewal.balance);
    const Hundredths arrears = Now().arrears;
    if (balance == 0 && arrears == 0) return absl::OkStatus();
    return Refuse("BALANCE_DUE",
                  absl::StrCat(FormatHundredths(balance), " of this renewal's fees and ",
                               FormatHundredths(arrears), " of earlier ones are due."),
                  "",
                  {{"balance", FormatHundredths(balance)}, {"arrears", FormatHundredths(arrears)}});
  }

  // The approval fixes the fees, as due at this moment, and the credits that it rests on.
  void FixTerms() {
    const RenewalStatus& renewal = Now().renewal;
    auto& event = *event_.mutable_certification_renewed();
    event.set_cycle_end_year(Cycle().end_year);
    auto& fees = *event.mutable_fees();
    fees.set_recertification_minor_units(renewal.fees.fees.recertification);
    fees.set_late_minor_units(renewal.fees.fees.late);
    fees.set_extension_minor_units(renewal.fees.fees.extension);
    fees.set_reinstatement_minor_units(renewal.fees.fees.reinstatement);
    for (const CreditJudgment& judgment : renewal.credits.judgments) {
      if (judgment.reason == CreditReason::kEarns) {
        event.add_credit_references(judgment.record->reference);
      }
    }
    *event.mutable_basis() = Basis();
  }

  // --- The extension (section 7).

  absl::Status RequestExtension() {
    GS_RETURN_IF_ERROR(CheckCertified());
    GS_RETURN_IF_ERROR(CheckNotRenewed());
    const CycleStatus& cycle = Cycle();
    if (cycle.extension_requested || cycle.extension_granted) {
      return Refuse("EXTENSION_ALREADY_REQUESTED",
                    "An extension of this cycle is requested or granted already.");
    }
    if (Today() < cycle.calendar.application_opens) {
      const std::string opens = cycle.calendar.application_opens.ToString();
      return Refuse("EXTENSION_NOT_OPEN",
                    absl::StrCat("An extension of this cycle can be asked for from ", opens, "."),
                    "", {{"opens", opens}});
    }
    if (!InTimeForExtension(cycle)) {
      const std::string deadline =
          ExtensionRequestMoved(cycle)
              ? cycle.extension_request_through.ToString()
              : absl::StrCat(cycle.calendar.cycle_end.ToString(), " ",
                             FormatMinuteOfDay(cycle.figures().business_closes_minute));
      return Refuse("EXTENSION_DEADLINE_PASSED",
                    absl::StrCat("The request had to arrive by ", deadline, "."), "",
                    {{"deadline", deadline}});
    }
    event_.mutable_extension_requested()->set_cycle_end_year(cycle.end_year);
    return absl::OkStatus();
  }

  static bool ExtensionRequestMoved(const CycleStatus& cycle) {
    return cycle.extension_request_through > cycle.calendar.cycle_end;
  }

  // By the close of business on the last day, to the microsecond: 17:00:00 is in time. A waiver
  // moves it to the end of a day.
  bool InTimeForExtension(const CycleStatus& cycle) const {
    constexpr int64_t kMicrosPerMinute = 60'000'000;
    const Date last = cycle.extension_request_through;
    if (Today() != last || ExtensionRequestMoved(cycle)) return Today() <= last;
    return context_.effective.micros_of_day <=
           cycle.figures().business_closes_minute * kMicrosPerMinute;
  }

  absl::Status CheckExtensionUndecided() {
    GS_RETURN_IF_ERROR(CheckCertified());
    GS_RETURN_IF_ERROR(CheckNotRenewed());
    if (Cycle().extension_requested && !Cycle().extension_granted) return absl::OkStatus();
    return Refuse("EXTENSION_NOT_REQUESTED", "No extension request of this cycle is undecided.");
  }

  absl::Status GrantExtension() {
    GS_RETURN_IF_ERROR(CheckExtensionUndecided());
    const HalfStatus half =
        EvaluateHalf(facts_, Now().career, static_cast<size_t>(Now().cycle_index), cutoff_);
    if (half.counted < half.needed) {
      return Refuse(
          "HALF_NOT_MET",
          absl::StrCat("Of the ", FormatHundredths(half.needed),
                       " documented credits that an extension needs, ",
                       FormatHundredths(half.counted), " count."),
          "",
          {{"needed", FormatHundredths(half.needed)}, {"counted", FormatHundredths(half.counted)}});
    }
    event_.mutable_extension_granted()->set_cycle_end_year(Cycle().end_year);
    *event_.mutable_extension_granted()->mutable_basis() = Basis();
    return absl::OkStatus();
  }

  absl::Status DenyExtension() {
    GS_RETURN_IF_ERROR(CheckExtensionUndecided());
    event_.mutable_extension_denied()->set_cycle_end_year(Cycle().end_year);
    *event_.mutable_extension_denied()->mutable_basis() = Basis();
    return absl::OkStatus();
  }

  // --- Reinstatement (section 8).

  absl::Status GracePeriodEnded() {
    const std::string ended = Cycle().calendar.reinstatement_through.ToString();
    return Refuse("GRACE_PERIOD_ENDED",
                  absl::StrCat("Reinstatement could be asked for through ", ended, "."), "",
                  {{"through", ended}});
  }

  absl::Status RequestReinstatement() {
    // The expired have an answer of their own, whatever else holds of them.
    if (Now().standing == type::v1::STANDING_EXPIRED) return GracePeriodEnded();
    GS_RETURN_IF_ERROR(CheckCertified());
    GS_RETURN_IF_ERROR(CheckNotRenewed());
    const CycleStatus& cycle = Cycle();
    if (cycle.reinstatement_requested) {
      return Refuse("REINSTATEMENT_ALREADY_REQUESTED",
                    "Reinstatement of this cycle is requested already.");
    }
    if (Today() > cycle.calendar.reinstatement_through) return GracePeriodEnded();
    if (Now().standing != type::v1::STANDING_LAPSED) {
      return Refuse("NOT_LAPSED",
                    absl::StrCat("The standing is ", std::string(StandingName(Now().standing)),
                                 "; only a lapsed certification can be reinstated."),
                    "", {{"standing", std::string(StandingName(Now().standing))}});
    }
    event_.mutable_reinstatement_requested()->set_cycle_end_year(cycle.end_year);
    return absl::OkStatus();
  }

  // --- Facts entered in error.

  absl::Status Annul() {
    const int64_t position = event_.fact_annulled().fact_position();
    const auto refuse = [&](absl::string_view reason, absl::string_view why) {
      return Refuse(reason, absl::StrCat("Position ", position, " ", why), "fact_position",
                    {{"position", absl::StrCat(position)}});
    };
    switch (facts_.state.PlaceOf(position)) {
      case FactPlace::kCounts:
        return absl::OkStatus();
      case FactPlace::kAnnulled:
        return refuse("FACT_ALREADY_ANNULLED", "is annulled, by itself or with its record.");
      case FactPlace::kFixed:
        return refuse("FACT_NOT_ANNULLABLE",
                      "moves no standing, is the registration, or took an annulment back.");
      case FactPlace::kNone:
        break;
    }
    return FactNotFound(position, "fact_position");
  }

  // --- Audits (section 5).

  absl::Status OpenAudit() {
    GS_RETURN_IF_ERROR(CheckCertified());
    if (!Now().career.audit_opened) return absl::OkStatus();
    return Refuse("AUDIT_ALREADY_OPEN", "An audit is open already.");
  }

  absl::Status CloseAudit() {
    GS_RETURN_IF_ERROR(CheckCertified());
    if (!Now().career.audit_opened) return Refuse("AUDIT_NOT_OPEN", "No audit is open.");
    *event_.mutable_audit_closed()->mutable_basis() = Basis();
    return absl::OkStatus();
  }

  const Facts& facts_;
  const CommandContext& context_;
  const Cutoff cutoff_;
  CertificantEvent event_;
  std::optional<Evaluation> evaluation_;
};

}  // namespace

event::v1::DecisionBasis BasisOf(const CycleStatus& cycle, const CommandContext& context) {
  event::v1::DecisionBasis basis;
  basis.mutable_rule_set()->set_name(cycle.figures().name);
  basis.mutable_rule_set()->set_version(cycle.rules.version);
  basis.set_position(context.head_position);
  basis.set_evaluator_revision(kEvaluatorRevision);
  basis.set_time_zone_database(context.time_zone_database);
  return basis;
}

absl::Status CycleNotFound(int end_year) {
  return Refuse("CYCLE_NOT_FOUND", absl::StrCat("No cycle of the person ends in ", end_year, "."),
                "cycle_end_year", {{"cycleEndYear", absl::StrCat(end_year)}});
}

absl::Status FactNotFound(int64_t position, absl::string_view field) {
  return Refuse("FACT_NOT_FOUND",
                absl::StrCat("Position ", position, " is no event of this person."), field,
                {{"position", absl::StrCat(position)}});
}

absl::StatusOr<CertificantEvent> Decide(const Facts& facts, const CertificantEvent& proposed,
                                        const CommandContext& context) {
  return Decider(facts, proposed, context).Decide();
}

}  // namespace goodstanding::domain
