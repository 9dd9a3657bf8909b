#include "tools/simulated_board.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "domain/certificant.h"
#include "domain/decide.h"
#include "domain/evaluate.h"
#include "tools/rule_files.h"

namespace goodstanding::tools {
namespace {

using domain::Date;
using event::v1::CertificantEvent;

constexpr int kActivities = 400;
constexpr int64_t kMicrosPerHour = 3'600'000'000;

// What somebody will ask for, whether or not it is accepted then.
struct Wish {
  int64_t recorded_micros = 0;
  absl::Time effective;
  CertificantEvent event;
};

std::string ActivityId(int number) { return absl::StrCat("act-", 1000 + number); }

// Plans one life. Confined to one thread.
class Planner {
 public:
  Planner(const SimulationOptions& options, Date founded, const services::BoardTime& zone,
          int64_t number)
      : options_(options),
        founded_(founded),
        zone_(zone),
        number_(number),
        random_(options.seed * 0x9e3779b97f4a7c15U + static_cast<uint64_t>(number)) {}

  std::vector<Wish> Plan() {
    const int days = options_.last_day.number() - founded_.number();
    // Boards grow: three in four came in the first two thirds of the time.
    const int start = Chance(75) ? Below(days * 2 / 3) : Below(days);
    granted_ = founded_ + 1 + start;
    diligence_ = Chance(85) ? 100 : 30 + Below(60);
    Begin();
    for (int end_year = granted_.year() + 3; end_year - 3 <= options_.last_day.year();
         end_year += 3) {
      PlanCycle(end_year);
    }
    std::stable_sort(wishes_.begin(), wishes_.end(), [](const Wish& a, const Wish& b) {
      return a.recorded_micros < b.recorded_micros;
    });
    return std::move(wishes_);
  }

 private:
  int Below(int bound) {
    return bound <= 1 ? 0 : static_cast<int>(random_() % static_cast<uint64_t>(bound));
  }
  bool Chance(int percent) { return Below(100) < percent; }

  // Days until a fact is keyed in: most within days, some within months.
  int Delay() {
    if (Chance(60)) return 0;
    return Chance(80) ? 1 + Below(10) : 10 + Below(80);
  }

  // Notes a wish of a day, keyed in so many days later; not behind the board's last day.
  CertificantEvent* At(Date day, int delay_days) {
    const Date keyed = day + delay_days;
    if (keyed > options_.last_day) return nullptr;
    Wish& wish = wishes_.emplace_back();
    wish.effective = zone_.ResolveDay(day, absl::InfiniteFuture());
    const absl::Time noon = zone_.ResolveDay(keyed, absl::InfiniteFuture());
    wish.recorded_micros =
        absl::ToUnixMicros(noon) + 1 + static_cast<int64_t>(random_() % (4 * kMicrosPerHour));
    return &wish.event;
  }

  void Begin() {
    if (CertificantEvent* const event = At(granted_, 0)) {
      event->mutable_certificant_registered()->set_name(absl::StrCat("Person ", number_));
      event->mutable_certificant_registered()->set_email(
          absl::StrCat("p", number_, "@example.org"));
      wishes_.back().recorded_micros -= 5 * kMicrosPerHour;  // Before everything else of the day.
      wishes_.back().effective -= absl::Hours(6);
    }
    Grant(granted_, Chance(70) ? "CPCS" : "CPMSM");
    if (Chance(15)) Grant(granted_ + 200 + Below(1500), "CPMSM");
    if (Chance(2)) {
      if (CertificantEvent* const event = At(granted_ + 400 + Below(3000), Delay())) {
        event->mutable_credential_surrendered()->set_reason("Retired.");
      }
    }
  }

  void Grant(Date day, const char* credential) {
    if (CertificantEvent* const event = At(day, 0)) {
      event->mutable_credential_granted()->set_credential(credential);
    }
  }

  void PlanCycle(int end_year) {
    const Date end = Date::Create(end_year, 12, 1).value();
    const Date begin = std::max(granted_ + 1, Date::Create(end_year - 3, 12, 2).value());
    const bool member = Chance(60);
    for (Date year = begin; member && year < end; year = year + 365) Member(year);
    const int days = end.number() - begin.number();
    const int credits = (8 + Below(5)) * diligence_ / 100;
    for (int i = 0; i < credits; ++i) Credit(begin + Below(days), i);
    const Date opens = Date::Create(end_year, 8, 1).value();
    Notice(opens - 30, "APPLICATION_OPENS");
    Renewal(opens + 1 + Below(100), end, end_year, member);
  }

  void Member(Date from) {
    if (CertificantEvent* const event = At(from, Delay())) {
      auto& period = *event->mutable_membership_recorded()->mutable_period();
      *period.mutable_first_date() = from.ToProto();
      *period.mutable_last_date() = (from + 364).ToProto();
    }
  }

  void Notice(Date day, const char* notice) {
    if (CertificantEvent* const event = At(day, 0)) {
      event->mutable_notice_sent()->set_notice(notice);
      event->mutable_notice_sent()->set_channel("email");
    }
  }

  void Credit(Date completed, int number_in_cycle) {
    const int delay = Delay();
    CertificantEvent* const event = At(completed, delay);
    if (event == nullptr) return;
    const std::string reference = absl::StrCat("cr-", ++credits_);
    auto& credit = *event->mutable_credit_recorded();
    credit.set_reference(reference);
    *credit.mutable_completed_date() = completed.ToProto();
    credit.mutable_amount()->set_minutes(60 * (2 + Below(6)));
    credit.set_documented(Chance(70));
    if (number_in_cycle % 4 == 0) {
      credit.set_activity_kind("APPROVED_PROGRAM");
      credit.set_activity_id(ActivityId(Below(kActivities)));
    } else {
      credit.set_activity_kind(Chance(70) ? "SPONSORED" : "NON_APPROVED_PROGRAM");
    }
    credit.set_source(type::v1::CREDIT_SOURCE_SELF);
    const Date later = completed + delay + 1 + Below(40);
    if (!credit.documented() && Chance(80)) {
      if (CertificantEvent* const documented = At(later, 0)) {
        documented->mutable_credit_documented()->set_reference(reference);
      }
    } else if (Chance(4)) {
      if (CertificantEvent* const withdrawn = At(later, 0)) {
        withdrawn->mutable_credit_withdrawn()->set_reference(reference);
      }
    } else if (Chance(4)) {
      if (CertificantEvent* const amended = At(later, 0)) {
        amended->mutable_credit_amended()->set_reference(reference);
        amended->mutable_credit_amended()->mutable_amount()->set_minutes(60 * (1 + Below(4)));
      }
    }
  }

  // Submission, payment and approval; for those who are short of it an extension.
  void Renewal(Date submitted, Date end, int end_year, bool member) {
    const bool asks_for_extension = diligence_ < 100 && Chance(50);
    if (asks_for_extension) {
      if (CertificantEvent* const event = At(end - 40 + Below(30), 0)) {
        event->mutable_extension_requested();
      }
      if (CertificantEvent* const event = At(end - 5, 0)) event->mutable_extension_granted();
      for (int i = 0; i < 4; ++i) Credit(end + 10 + Below(60), i);
      submitted = end + 80;
    }
    Payment(submitted, end_year, (member ? 20'000 : 37'500) + (asks_for_extension ? 5'000 : 0));
    if (CertificantEvent* const event = At(submitted, 0)) event->mutable_application_submitted();
    const Date decided = submitted + 10 + Below(20);
    if (Chance(5)) {
      if (CertificantEvent* const event = At(submitted + 5, 0)) event->mutable_audit_opened();
      if (CertificantEvent* const event = At(submitted + 9, 0)) {
        event->mutable_audit_closed()->set_outcome(Chance(90) ? type::v1::AUDIT_OUTCOME_PASSED
                                                              : type::v1::AUDIT_OUTCOME_FAILED);
      }
    }
    if (CertificantEvent* const event = At(decided, 0)) event->mutable_certification_renewed();
    Notice(decided + 1, "RENEWAL_DECIDED");
  }

  void Payment(Date day, int end_year, int64_t cents) {
    if (CertificantEvent* const event = At(day, Chance(90) ? 0 : 1 + Below(8))) {
      auto& payment = *event->mutable_payment_received();
      payment.set_reference(absl::StrCat("pay-", end_year, "-", ++payments_));
      payment.set_amount_minor_units(cents);
      payment.set_method(Chance(80) ? type::v1::PAYMENT_METHOD_CARD
                                    : type::v1::PAYMENT_METHOD_CHECK);
      *payment.mutable_dated_date() = day.ToProto();
    }
  }

  const SimulationOptions& options_;
  const Date founded_;
  const services::BoardTime& zone_;
  const int64_t number_;
  std::mt19937_64 random_;
  Date granted_;
  int diligence_ = 100;
  int credits_ = 0;
  int payments_ = 0;
  std::vector<Wish> wishes_;
};

}  // namespace

SimulatedBoard::SimulatedBoard(const SimulationOptions& options, const services::BoardTime& zone)
    : options_(options),
      zone_(zone),
      founded_(Date::Create(options.last_day.year() - options.years + 1, 1, 1).value() - 1) {
  event::v1::RuleSetPublished published;
  *published.mutable_rule_set() = ShippedRules();
  const auto rules = rulebook_.DecidePublish(published);
  GS_CHECK(rules.ok());
  GS_CHECK(rulebook_.Apply(1, 0, *rules).ok());
  for (int i = 0; i < kActivities; ++i) {
    SimulatedActivity activity{ActivityId(i), {}};
    auto& approved = *activity.event.mutable_activity_approved();
    approved.set_sponsor(absl::StrCat("Chapter ", 1 + i % 50));
    approved.set_title(absl::StrCat("Course ", i));
    approved.mutable_credits()->set_hundredths(100 * (2 + i % 7));
    *approved.mutable_period()->mutable_first_date() = founded_.ToProto();
    *approved.mutable_period()->mutable_last_date() = (options.last_day + 366).ToProto();
    const domain::Moment moment = zone_.At(zone_.ResolveDay(founded_, absl::InfiniteFuture()));
    GS_CHECK(catalogue_.Apply(activity.activity_id, 2 + i, 0, moment, activity.event).ok());
    activities_.push_back(std::move(activity));
  }
}

std::string SimulatedBoard::IdOf(int64_t number) { return absl::StrCat("m-", 10'000'000 + number); }

std::vector<SimulatedEvent> SimulatedBoard::LifeOf(int64_t number) const {
  std::vector<SimulatedEvent> life;
  domain::CertificantState state;
  const domain::RulebookView rules = rulebook_.Newest();
  for (Wish& wish : Planner(options_, founded_, zone_, number).Plan()) {
    // The order of positions in the log is the order here; the numbers are others.
    const int64_t head = 1000 + state.version;
    const domain::CommandContext context{
        .effective = zone_.At(wish.effective),
        .now = zone_.At(absl::FromUnixMicros(wish.recorded_micros)),
        .head_position = head,
        .time_zone_database = zone_.database_version()};
    auto event = domain::Decide({state, rules, catalogue_, {}}, wish.event, context);
    if (!event.ok()) continue;
    GS_CHECK(domain::Evolve(*event, {context.effective, head + 1}, state).ok());
    life.push_back({wish.recorded_micros, wish.effective, *std::move(event)});
  }
  return life;
}

}  // namespace goodstanding::tools
