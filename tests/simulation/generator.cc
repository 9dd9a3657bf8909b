#include "tests/simulation/generator.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace goodstanding::simulation {
namespace {

using absl::CivilDay;
using event::v1::ActivityEvent;
using event::v1::CertificantEvent;
using event::v1::RuleSetCorrected;

constexpr std::array<const char*, 4> kActivities = {"ez-1", "ez-2", "chapter-1", "chapter-2"};
constexpr std::array<int, 9> kMinutesOfDay = {0, 30, 540, 720, 720, 1019, 1020, 1021, 1439};

void SetDate(CivilDay day, type::v1::CivilDate* date) {
  date->set_year(static_cast<int32_t>(day.year()));
  date->set_month(day.month());
  date->set_day(day.day());
}

// Draws one history.
class Writer {
 public:
  Writer(uint64_t seed, int size) : random_(seed), size_(size) {}

  History Write() {
    const int persons = Chance(25) ? 2 : 1;
    if (Chance(40)) WriteCatalogue();
    for (int i = 0; i < persons; ++i) WriteLife(i == 0 ? "ana" : "bo");
    if (Chance(35)) WriteCorrections();
    std::stable_sort(history_.steps.begin(), history_.steps.end(),
                     [](const Step& a, const Step& b) { return a.at < b.at; });
    WriteQuestions();
    return std::move(history_);
  }

 private:
  // --- Dice.

  int Below(int limit) { return static_cast<int>(random_() % static_cast<uint64_t>(limit)); }
  int Between(int first, int last) { return first + Below(last - first + 1); }
  bool Chance(int percent) { return Below(100) < percent; }
  template <typename List>
  auto Pick(const List& list) {
    return *(std::begin(list) + Below(static_cast<int>(std::size(list))));
  }

  // A day on which something turns for the cycle that ends in `year_`, or next to it.
  CivilDay TurningDay() {
    static constexpr std::array<std::array<int, 3>, 22> kDays = {
        {{0, 8, 1},   {0, 12, 1},  {0, 12, 31}, {1, 1, 1},  {1, 6, 1},  {1, 6, 30},
         {0, 2, 28},  {0, 2, 29},  {1, 2, 28},  {1, 3, 1},  {0, 3, 9},  {0, 11, 2},
         {0, 12, 15}, {1, 1, 31},  {1, 3, 15},  {1, 5, 15}, {0, 10, 1}, {0, 11, 15},
         {-3, 12, 1}, {-2, 12, 2}, {1, 7, 1},   {1, 12, 15}}};
    const auto day = Pick(kDays);
    return CivilDay(year_ + day[0], day[1], day[2]) + Between(-1, 1);
  }
  CivilDay DayBetween(CivilDay first, CivilDay last) {
    return first + Below(std::max(1, static_cast<int>(last - first) + 1));
  }
  // A day that counts for the running cycle, mostly.
  CivilDay DayInCycle() {
    if (Chance(25)) return TurningDay();
    return DayBetween(CivilDay(year_ - 3, 12, 2), CivilDay(year_, 12, 1));
  }
  absl::Time Time(CivilDay day) { return Instant(absl::CivilMinute(day) + Pick(kMinutesOfDay)); }

  // --- Steps.

  Step& Add(const std::string& id, CivilDay day, CertificantEvent event) {
    Step step;
    step.at = Time(day);
    step.id = id;
    step.proposed = std::move(event);
    history_.steps.push_back(std::move(step));
    return history_.steps.back();
  }
  // Something that is keyed in some days after it took place, now and then.
  Step& AddLate(const std::string& id, CivilDay day, CertificantEvent event) {
    if (Chance(1)) {
      Step& early = Add(id, day, std::move(event));
      early.effective = early.at + absl::Hours(Pick(std::array{1, 30}));
      return early;
    }
    if (!Chance(20)) return Add(id, day, std::move(event));
    Step& step = Add(id, day + Below(12), std::move(event));
    step.effective = std::min(Time(day), step.at);
    return step;
  }

  static CertificantEvent Submitted() {
    CertificantEvent event;
    event.mutable_application_submitted();
    return event;
  }
  static CertificantEvent Renewed() {
    CertificantEvent event;
    event.mutable_certification_renewed();
    return event;
  }
  static CertificantEvent Granted(const std::string& credential) {
    CertificantEvent event;
    event.mutable_credential_granted()->set_credential(credential);
    return event;
  }

  std::string Credential() { return Chance(50) ? "CPCS" : "CPMSM"; }
  std::string NewCredit() {
    return absl::StrCat("c", Chance(4) ? std::max(1, credits_) : ++credits_);
  }
  std::string SomeCredit() { return absl::StrCat("c", Between(1, credits_ + 1)); }
  std::string NewPayment() {
    return absl::StrCat("p", Chance(4) ? std::max(1, payments_) : ++payments_);
  }
  std::string SomePayment() { return absl::StrCat("p", Between(1, payments_ + 1)); }

  // --- Credits.

  void SetAmount(const std::string& kind, event::v1::ActivityAmount* amount) {
    if (kind.starts_with("VOLUNTEER")) {
      amount->set_position_years_hundredths(Pick(std::array{50, 100, 150, 200, 33}));
    } else if (kind == "COLLEGE_COURSE") {
      amount->set_academic_credits_hundredths(Pick(std::array{100, 300, 300, 400, 133}));
    } else if (kind == "SYNERGY_ARTICLE" || kind == "BOOK") {
      amount->set_count(Between(1, 2));
    } else {
      amount->set_minutes(
          Pick(std::array{14, 15, 29, 45, 60, 60, 75, 90, 120, 450, 480, 600, 900, 900, 1200}));
    }
  }

  CertificantEvent Credit(CivilDay completed) {
    static constexpr std::array<const char*, 20> kKinds = {"SPONSORED",
                                                           "SPONSORED",
                                                           "SPONSORED",
                                                           "NON_APPROVED_PROGRAM",
                                                           "NON_APPROVED_PROGRAM",
                                                           "NON_APPROVED_PROGRAM",
                                                           "APPROVED_PROGRAM",
                                                           "APPROVED_PROGRAM",
                                                           "APPROVED_PROGRAM",
                                                           "SUBJECT_MATTER_EXPERT",
                                                           "ITEM_WRITING",
                                                           "TEACHING",
                                                           "VOLUNTEER_NATIONAL",
                                                           "VOLUNTEER_STATE",
                                                           "COLLEGE_COURSE",
                                                           "COLLEGE_COURSE",
                                                           "SYNERGY_ARTICLE",
                                                           "BOOK",
                                                           "TRADE_SHOW",
                                                           "POLICY_WRITING"};
    CertificantEvent event;
    event::v1::CreditRecorded& credit = *event.mutable_credit_recorded();
    credit.set_reference(NewCredit());
    credit.set_activity_kind(Pick(kKinds));
    SetDate(completed, credit.mutable_completed_date());
    SetAmount(Chance(3) ? "BOOK" : credit.activity_kind(), credit.mutable_amount());
    if (Chance(10)) SetDate(completed - Between(-1, 3), credit.mutable_from_date());
    if (credit.amount().has_minutes() && Chance(25)) credit.set_break_minutes(Below(20));
    if (credit.amount().has_minutes() && Chance(25)) credit.set_housekeeping_minutes(Below(30));
    const bool named = credit.activity_kind() == "APPROVED_PROGRAM" || Chance(15);
    if (named) credit.set_activity_id(Pick(kActivities));
    credit.set_paid(Chance(10));
    credit.set_outside_approved_programme(Chance(10));
    credit.set_documented(!Chance(25));
    credit.set_source(Chance(90)   ? type::v1::CREDIT_SOURCE_SELF
                      : Chance(50) ? type::v1::CREDIT_SOURCE_EDUCATION_ZONE
                                   : type::v1::CREDIT_SOURCE_CONFERENCE);
    return event;
  }

  // What the requirement asks for, in one to three pieces.
  void WriteFullCredits(const std::string& id, CivilDay first, CivilDay last, CivilDay told_by) {
    const int pieces = Between(1, 3);
    const int minutes = Pick(std::array{1800, 1800, 900, 2700});
    for (int i = 0; i < pieces; ++i) {
      const CivilDay completed = Chance(15) ? TurningDay() : DayBetween(first, last);
      CertificantEvent event = Credit(completed);
      event::v1::CreditRecorded& credit = *event.mutable_credit_recorded();
      credit.set_activity_kind(Chance(70) ? "SPONSORED" : "NON_APPROVED_PROGRAM");
      credit.mutable_amount()->set_minutes(minutes / pieces);
      credit.clear_break_minutes();
      credit.clear_housekeeping_minutes();
      credit.clear_from_date();
      AddLate(id, std::max(completed, DayBetween(completed, told_by)), event);
    }
  }

  // --- Payments.

  void WritePayment(const std::string& id, CivilDay received, int64_t dollars) {
    CertificantEvent event;
    event::v1::PaymentReceived& payment = *event.mutable_payment_received();
    payment.set_reference(NewPayment());
    payment.set_amount_minor_units(dollars * 100);
    payment.set_method(Chance(50) ? type::v1::PAYMENT_METHOD_CARD : type::v1::PAYMENT_METHOD_CHECK);
    SetDate(received - (Chance(40) ? Below(12) : 0), payment.mutable_dated_date());
    if (Chance(15)) payment.set_cycle_end_year(year_ + Pick(std::array{0, 0, 0, -3, 3, 1}));
    Step& step = Add(id, received + (Chance(25) ? Below(15) : 0), event);
    step.effective = std::min(Time(received), step.at);
  }
  int64_t Dollars() {
    return Pick(std::array{200, 225, 250, 375, 375, 375, 400, 400, 425, 450, 50, 150, 525, 550});
  }

  // --- Renewals.

  void WriteApproval(const std::string& id, CivilDay day) {
    if (Chance(15)) {
      CertificantEvent opened;
      opened.mutable_audit_opened();
      Add(id, day - Below(10), opened);
      if (Chance(70)) {
        CertificantEvent closed;
        closed.mutable_audit_closed()->set_outcome(type::v1::AUDIT_OUTCOME_PASSED);
        Add(id, day - Below(3), closed);
      }
    }
    AddLate(id, day, Renewed());
    if (Chance(20)) Add(id, day + Between(1, 60), Renewed());
    if (Chance(20)) {
      CertificantEvent returned;
      returned.mutable_payment_returned()->set_reference(absl::StrCat("p", payments_));
      AddLate(id, day + Between(-20, 200), returned);
      if (Chance(60)) WritePayment(id, day + Between(1, 300), Dollars());
    }
  }

  // In time or in the late period.
  void WriteOrdinaryRenewal(const std::string& id) {
    const CivilDay submitted = Chance(50)
                                   ? DayBetween(CivilDay(year_, 8, 1), CivilDay(year_, 12, 1))
                                   : DayBetween(CivilDay(year_, 11, 28), CivilDay(year_, 12, 31));
    WriteFullCredits(id, CivilDay(year_ - 3, 12, 2), CivilDay(year_, 12, 1),
                     submitted + Between(0, 30));
    AddLate(id, submitted, Submitted());
    WritePayment(id, submitted + Between(-5, 25), Dollars());
    if (Chance(30)) WritePayment(id, submitted + Between(0, 40), Pick(std::array{50, 200, 25}));
    if (Chance(10)) {
      CertificantEvent returned;
      returned.mutable_application_returned();
      AddLate(id, submitted + Between(1, 40), returned);
      AddLate(id, submitted + Between(2, 50), Submitted());
    }
    WriteApproval(id, submitted + Between(0, 70));
  }

  void WriteExtension(const std::string& id) {
    CertificantEvent requested;
    requested.mutable_extension_requested();
    const CivilDay asked = DayBetween(CivilDay(year_, 11, 20), CivilDay(year_, 12, 2));
    WriteFullCredits(id, CivilDay(year_ - 3, 12, 2), CivilDay(year_, 12, 1),
                     CivilDay(year_, 12, 5));
    AddLate(id, asked, requested);
    const CivilDay decided = Chance(50) ? DayBetween(asked, CivilDay(year_, 12, 31))
                                        : DayBetween(asked, CivilDay(year_ + 1, 6, 3));
    CertificantEvent decision;
    if (Chance(75)) {
      decision.mutable_extension_granted();
    } else {
      decision.mutable_extension_denied();
    }
    if (Chance(85)) AddLate(id, decided, decision);
    const int extras = Between(0, 4);
    for (int i = 0; i < extras; ++i) {
      const CivilDay completed = DayBetween(CivilDay(year_, 11, 25), CivilDay(year_ + 1, 6, 3));
      AddLate(id, completed + Below(20), Credit(completed));
    }
    const CivilDay submitted = DayBetween(asked, CivilDay(year_ + 1, 6, 2));
    AddLate(id, submitted, Submitted());
    WritePayment(id, submitted + Between(-5, 20), Dollars());
    if (Chance(60)) WritePayment(id, submitted + Between(-5, 20), Pick(std::array{50, 50, 225}));
    WriteApproval(id, submitted + Between(0, 60));
  }

  void WriteReinstatement(const std::string& id) {
    CertificantEvent requested;
    requested.mutable_reinstatement_requested();
    const CivilDay asked = DayBetween(CivilDay(year_, 12, 31), CivilDay(year_ + 1, 7, 1));
    WriteFullCredits(id, CivilDay(year_ - 3, 12, 2), CivilDay(year_, 12, 1), asked + 10);
    AddLate(id, asked, requested);
    WritePayment(id, asked + Between(-2, 10), Pick(std::array{150, 150, 525, 550, 350, 375}));
    const CivilDay submitted = asked + Between(0, 14);
    AddLate(id, submitted, Submitted());
    WritePayment(id, submitted + Between(-2, 20), Dollars());
    WriteApproval(id, submitted + Between(0, 60));
  }

  void WriteEnding(const std::string& id) {
    CertificantEvent event;
    const std::string credential = Chance(60) ? Credential() : "";
    if (Chance(50)) {
      event.mutable_credential_revoked()->set_credential(credential);
    } else {
      event.mutable_credential_surrendered()->set_credential(credential);
    }
    AddLate(id, TurningDay() - Below(900), event);
  }

  void WriteNoise(const std::string& id) {
    CertificantEvent event;
    switch (Below(20)) {
      case 0:
        event.mutable_credit_documented()->set_reference(SomeCredit());
        break;
      case 1:
        event.mutable_credit_verified()->set_reference(SomeCredit());
        break;
      case 2:
        event.mutable_credit_withdrawn()->set_reference(SomeCredit());
        break;
      case 3:
        event.mutable_credit_disallowed()->set_reference(SomeCredit());
        break;
      case 4:
        event.mutable_credit_reinstated()->set_reference(SomeCredit());
        break;
      case 5:
        event.mutable_payment_returned()->set_reference(SomePayment());
        break;
      case 6:
        event.mutable_payment_refunded()->set_reference(SomePayment());
        event.mutable_payment_refunded()->set_amount_minor_units(
            Pick(std::array{0, 0, 2500, 20000, 37500}));
        break;
      case 7:
        WritePayment(id, TurningDay(), Dollars());
        return;
      case 8:
        event = Granted(Credential());
        break;
      case 9: {
        const CivilDay from = TurningDay() - Below(400);
        type::v1::Period& period = *event.mutable_membership_recorded()->mutable_period();
        SetDate(from, period.mutable_first_date());
        SetDate(from + Pick(std::array{364, 365, 365, 730, 0, -1}), period.mutable_last_date());
        break;
      }
      case 10:
        event = Submitted();
        break;
      case 11:
        event = Renewed();
        break;
      case 12:
        event = Amendment();
        break;
      case 13:
        event = SomeRequest();
        break;
      case 14:
        SetDate(TurningDay() - Below(400), event.mutable_membership_ended()->mutable_last_date());
        break;
      case 15:
      case 16:
        event = SomeWaiver();
        break;
      default: {
        const CivilDay completed = DayInCycle();
        AddLate(id, completed + Pick(std::array{0, 0, 1, 10, 30, 200, -1}), Credit(completed));
        return;
      }
    }
    AddLate(id, Chance(60) ? TurningDay() : DayInCycle(), event);
  }

  CertificantEvent SomeWaiver() {
    CertificantEvent event;
    event::v1::WaiverGranted& waiver = *event.mutable_waiver_granted();
    waiver.set_cycle_end_year(year_ + Pick(std::array{0, 0, 0, 0, 0, 3, -3}));
    waiver.set_hardship_reference("HD-1");
    waiver.set_reason("hardship");
    switch (Below(5)) {
      case 0:
      case 1:
        waiver.mutable_deadline()->set_deadline(static_cast<type::v1::CycleDeadline>(
            Between(type::v1::CYCLE_DEADLINE_APPLICATION, type::v1::CYCLE_DEADLINE_REINSTATEMENT)));
        SetDate(TurningDay() + Pick(std::array{0, 0, 1, 20, 40}),
                waiver.mutable_deadline()->mutable_through_date());
        break;
      case 2:
        waiver.mutable_fee()->set_fee(static_cast<type::v1::FeeKind>(
            Between(type::v1::FEE_KIND_RECERTIFICATION, type::v1::FEE_KIND_REINSTATEMENT)));
        waiver.mutable_fee()->set_amount_minor_units(Pick(std::array{0, 0, 2500, 5000, 37500}));
        break;
      default:
        waiver.mutable_requirement()->set_line(
            Pick(std::array{"total", "total", "approved", "extension_half", "documented"}));
        if (Chance(70)) {
          waiver.mutable_requirement()->mutable_credits()->set_hundredths(
              Pick(std::array{100, 500, 1500, 2000, 3000}));
        }
    }
    return event;
  }

  CertificantEvent Amendment() {
    CertificantEvent event;
    event::v1::CreditAmended& amended = *event.mutable_credit_amended();
    amended.set_reference(SomeCredit());
    switch (Below(4)) {
      case 0:
        SetDate(DayInCycle(), amended.mutable_completed_date());
        break;
      case 1:
        amended.set_break_minutes(Below(40));
        break;
      case 2:
        amended.set_housekeeping_minutes(Below(40));
        break;
      default:
        amended.mutable_amount()->set_minutes(Pick(std::array{0, 15, 60, 240, 1800}));
    }
    return event;
  }

  CertificantEvent SomeRequest() {
    CertificantEvent event;
    switch (Below(7)) {
      case 0:
        event.mutable_application_returned();
        break;
      case 1:
        event.mutable_extension_requested();
        break;
      case 2:
        event.mutable_extension_granted();
        break;
      case 3:
        event.mutable_extension_denied();
        break;
      case 4:
        event.mutable_reinstatement_requested();
        break;
      case 5:
        event.mutable_audit_opened();
        break;
      default:
        event.mutable_audit_closed()->set_outcome(type::v1::AUDIT_OUTCOME_PASSED);
    }
    return event;
  }

  // --- Lives.

  void WriteLife(const std::string& id) {
    credits_ = 0;
    payments_ = 0;
    const int granted_year = Between(2012, 2024);
    const CivilDay granted = Chance(40) ? CivilDay(granted_year, 12, 1) + Between(-3, 31)
                                        : CivilDay(granted_year, 1, 1) + Below(365);
    CertificantEvent registered;
    registered.mutable_certificant_registered()->set_name("Ana Roe");
    registered.mutable_certificant_registered()->set_email(id + "@example.org");
    Add(id, granted, registered).at = Instant(absl::CivilMinute(granted));
    AddLate(id, granted, Granted(Credential()));
    year_ = granted_year + 3;
    if (Chance(45)) {
      const CivilDay second =
          Chance(40) ? granted : DayBetween(granted, CivilDay(year_ + 3, 12, 3));
      AddLate(id, second, Granted(Credential()));
    }
    const int cycles = Between(1, 1 + size_ / 40);
    for (int cycle = 0; cycle < cycles; ++cycle, year_ += 3) {
      switch (Below(8)) {
        case 0:
          break;
        case 1:
        case 2:
          WriteExtension(id);
          break;
        case 3:
        case 4:
          WriteReinstatement(id);
          break;
        default:
          WriteOrdinaryRenewal(id);
      }
      const int noise = Below(2 + size_ / 8);
      for (int i = 0; i < noise; ++i) WriteNoise(Chance(2) ? "nobody" : id);
      if (Chance(12)) WriteEnding(id);
    }
    if (Chance(30)) {
      const CivilDay again = CivilDay(year_ - 2, 7, 1) + Between(-2, 800);
      AddLate(id, again, Granted(Credential()));
      year_ = static_cast<int>(again.year()) + 3;
      if (Chance(50)) WriteOrdinaryRenewal(id);
    }
  }

  // --- The board's own commands.

  void WriteCatalogue() {
    const int count = Between(1, 6);
    for (int i = 0; i < count; ++i) {
      year_ = Between(2014, 2028);
      ActivityEvent event;
      if (Chance(65)) {
        event::v1::ActivityApproved& approved = *event.mutable_activity_approved();
        approved.set_sponsor("State chapter");
        approved.set_title("Annual meeting");
        approved.mutable_credits()->set_hundredths(Pick(std::array{100, 300, 650, 1200}));
        const CivilDay from = TurningDay() - Below(1500);
        SetDate(from, approved.mutable_period()->mutable_first_date());
        SetDate(from + Pick(std::array{-1, 0, 90, 700, 2000, 4000, 4000}),
                approved.mutable_period()->mutable_last_date());
        if (Chance(30)) approved.set_part_of_activity_id(Pick(kActivities));
      } else {
        event.mutable_activity_withdrawn();
      }
      Step step;
      step.at = Time(TurningDay());
      if (Chance(30)) step.effective = std::min(step.at, Time(DayOf(step.at) - Below(400)));
      step.id = Pick(kActivities);
      step.proposed = event;
      history_.steps.push_back(step);
    }
  }

  void WriteCorrections() {
    static constexpr std::array<std::array<const char*, 2>, 22> kChanges = {
        {{"fees.late", "75.00"},
         {"fees.extension", "60.00"},
         {"fees.reinstatement", "100.00"},
         {"fees.single.member", "150.00"},
         {"fees.single.non_member", "390.00"},
         {"fees.dual.non_member", "350.00"},
         {"fees.dual.member", "240.00"},
         {"requirement.single.total", "20.00"},
         {"requirement.single.approved", "10.00"},
         {"requirement.single.extension_half", "10.00"},
         {"requirement.dual.total", "40.00"},
         {"requirement.dual.approved", "30.00"},
         {"requirement.dual.extension_half", "22.50"},
         {"activity.SPONSORED.rate", "0.50"},
         {"activity.COLLEGE_COURSE.rate", "3.33"},
         {"activity.TEACHING.rate", "1.50"},
         {"calendar.late_through", "01-31"},
         {"calendar.extension_through", "05-15"},
         {"calendar.reinstatement_through", "07-31"},
         {"calendar.application_opens", "07-01"},
         {"calendar.business_closes", "16:59"},
         {"credit_increment", "0.50"}}};
    const int count = Between(1, 3);
    for (int i = 0; i < count; ++i) {
      year_ = Between(2015, 2030);
      RuleSetCorrected corrected;
      corrected.mutable_years()->set_first_year(year_);
      corrected.mutable_years()->set_last_year(year_ + (Chance(60) ? 0 : 6));
      const size_t first = static_cast<size_t>(Below(static_cast<int>(kChanges.size())));
      for (size_t change = first; change < first + (Chance(20) ? 2 : 1); ++change) {
        const auto& figure = kChanges[change % kChanges.size()];
        corrected.add_changes()->set_path(figure[0]);
        corrected.mutable_changes()->rbegin()->set_value(figure[1]);
      }
      Step step;
      step.at = Time(TurningDay());
      step.id = Rules().name();
      step.proposed = corrected;
      history_.steps.push_back(step);
    }
  }

  // --- Questions.

  void WriteQuestions() {
    const std::vector<std::string> ids = history_.Certificants();
    const int count = Between(4, 16);
    for (int i = 0; i < count; ++i) {
      Question question;
      question.certificant = Pick(ids);
      const CivilDay around = DayOf(Pick(history_.steps).at);
      year_ = static_cast<int>(around.year());
      question.as_of = Chance(40) ? around + Between(-1, 1) : TurningDay();
      if (Chance(10)) question.as_of = question.as_of + Below(1200);
      if (Chance(30)) question.known_at = Pick(history_.steps).at;
      if (Chance(10)) question.rules_version = 1;
      history_.questions.push_back(std::move(question));
    }
  }

  std::mt19937_64 random_;
  const int size_;
  History history_;
  int year_ = 0;  // In which the cycle at hand ends.
  int credits_ = 0;
  int payments_ = 0;
};

// ------------------------------------------------------------------ shrinking

// What a step could be without saying as much.
rc::Seq<Step> PlainerSteps(const Step& step) {
  std::vector<Step> plainer;
  if (step.effective) {
    plainer.push_back(step);
    plainer.back().effective.reset();
  }
  if (const auto* event = std::get_if<CertificantEvent>(&step.proposed);
      event != nullptr && event->has_credit_recorded()) {
    const auto without = [&](auto clear) {
      CertificantEvent less = *event;
      clear(*less.mutable_credit_recorded());
      if (less.SerializeAsString() == event->SerializeAsString()) return;
      plainer.push_back(step);
      plainer.back().proposed = less;
    };
    without([](auto& credit) { credit.clear_break_minutes(); });
    without([](auto& credit) { credit.clear_housekeeping_minutes(); });
    without([](auto& credit) { credit.clear_from_date(); });
    without([](auto& credit) { credit.clear_activity_id(); });
    without([](auto& credit) { credit.clear_paid(); });
    without([](auto& credit) { credit.clear_outside_approved_programme(); });
    without([](auto& credit) { credit.set_documented(true); });
    without([](auto& credit) { credit.set_source(type::v1::CREDIT_SOURCE_SELF); });
  }
  return rc::seq::fromContainer(std::move(plainer));
}

rc::Seq<History> SmallerHistories(const History& history) {
  const auto with_steps = [history](std::vector<Step> steps) {
    return History{std::move(steps), history.questions};
  };
  const auto with_questions = [history](std::vector<Question> questions) {
    return History{history.steps, std::move(questions)};
  };
  return rc::seq::concat(
      rc::seq::map(rc::shrink::removeChunks(history.questions), with_questions),
      rc::seq::map(rc::shrink::removeChunks(history.steps), with_steps),
      rc::seq::map(rc::shrink::eachElement(history.steps, &PlainerSteps), with_steps));
}

}  // namespace

rc::Gen<History> AnyHistory() {
  return [](const rc::Random& random, int size) {
    rc::Random source = random;
    return rc::shrinkable::shrinkRecur(Writer(source.next(), size).Write(), &SmallerHistories);
  };
}

}  // namespace goodstanding::simulation
