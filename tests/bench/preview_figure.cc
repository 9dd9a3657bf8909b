#include "tests/bench/preview_figure.h"

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/cores.h"
#include "base/status_macros.h"
#include "domain/dates.h"
#include "eventstore/event_store.h"
#include "projections/codec.h"
#include "projections/correction.h"
#include "projections/preview.h"
#include "projections/replay.h"
#include "projections/sweep.h"
#include "tools/rule_files.h"

namespace goodstanding::bench {
namespace {

using domain::Date;
using event::v1::CertificantEvent;
using eventstore::EventStore;

constexpr int kPeople = 20'000;
constexpr int kCredits = 40;
constexpr const char* kKinds[] = {"SPONSORED", "NON_APPROVED_PROGRAM", "SPONSORED", "TEACHING"};

Date Day(int year, int month, int day) { return *Date::Create(year, month, day); }

// The events of one person, to be appended at once.
class Life {
 public:
  explicit Life(std::string stream) : stream_(std::move(stream)) {}

  void Add(Date day, const CertificantEvent& event) {
    constexpr int64_t kMicrosPerDay = 86'400'000'000;
    eventstore::Record& record = request_.events.emplace_back();
    record.set_stream(stream_);
    record.set_kind(std::string(projections::KindOf(event)));
    event.SerializeToString(record.mutable_payload());
    record.set_effective_micros(day.number() * kMicrosPerDay + kMicrosPerDay / 2);
    record.mutable_actor()->set_issuer("none");
    record.mutable_actor()->set_subject("anonymous");
    record.set_request_id(absl::StrCat("0b77c9e8-51f0-4f3e-9c55-", request_.events.size()));
  }

  eventstore::AppendRequest Take() { return std::move(request_); }

 private:
  const std::string stream_;
  eventstore::AppendRequest request_;
};

CertificantEvent CreditOf(int number, Date completed) {
  CertificantEvent event;
  event::v1::CreditRecorded& credit = *event.mutable_credit_recorded();
  credit.set_reference(absl::StrCat("credit-", number));
  credit.set_activity_kind(kKinds[number % 4]);
  *credit.mutable_completed_date() = completed.ToProto();
  credit.mutable_amount()->set_minutes(30 + number % 5 * 15);
  credit.set_documented(number % 2 == 0);
  credit.set_source(type::v1::CREDIT_SOURCE_SELF);
  return event;
}

CertificantEvent PaymentOf(int number, Date dated, int year) {
  CertificantEvent event;
  event::v1::PaymentReceived& payment = *event.mutable_payment_received();
  payment.set_reference(absl::StrCat("payment-", number));
  payment.set_amount_minor_units(12'500);
  payment.set_method(type::v1::PAYMENT_METHOD_CARD);
  payment.set_cycle_end_year(year);
  *payment.mutable_dated_date() = dated.ToProto();
  return event;
}

// 50 events: a grant in one of three years, credits, payments, an application.
eventstore::AppendRequest LifeOf(int person) {
  const int granted = 2022 + person % 3;
  Life life(projections::CertificantStream(absl::StrCat("m-", 1'000'000 + person)));
  CertificantEvent event;
  event.mutable_certificant_registered()->set_name("sealed");
  life.Add(Day(granted, 5, 14), event);
  event.mutable_credential_granted()->set_credential("CPCS");
  life.Add(Day(granted, 5, 14), event);
  auto& period = *event.mutable_membership_recorded()->mutable_period();
  *period.mutable_first_date() = Day(granted, 6, 1).ToProto();
  *period.mutable_last_date() = Day(granted + 3, 5, 31).ToProto();
  life.Add(Day(granted, 6, 1), event);
  for (int i = 0; i < kCredits; ++i) {
    const Date completed = Day(granted, 6, 2) + i * 25;
    life.Add(completed + 3, CreditOf(i, completed));
  }
  for (int i = 0; i < 3; ++i) {
    life.Add(Day(granted + 3, 8, 5 + i), PaymentOf(i, Day(granted + 3, 8, 5), granted + 3));
  }
  event.mutable_application_submitted()->set_cycle_end_year(granted + 3);
  life.Add(Day(granted + 3, 8, 10), event);
  for (int i = 0; i < 3; ++i) {
    event.mutable_notice_sent()->set_notice("APPLICATION_OPENS");
    event.mutable_notice_sent()->set_channel("email");
    life.Add(Day(granted + 3, 8, 11 + i), event);
  }
  return life.Take();
}

absl::Status PublishRules(EventStore& store) {
  event::v1::RuleSetEvent event;
  *event.mutable_rule_set_published()->mutable_rule_set() = tools::ShippedRules();
  eventstore::AppendRequest request;
  eventstore::Record& record = request.events.emplace_back();
  record.set_stream(projections::RulesStream(tools::ShippedRules().name()));
  record.set_kind(std::string(projections::KindOf(event)));
  event.SerializeToString(record.mutable_payload());
  record.mutable_actor()->set_issuer("none");
  record.mutable_actor()->set_subject("anonymous");
  return store.Append(std::move(request)).status();
}

event::v1::RuleSetCorrected LateFee() {
  event::v1::RuleSetCorrected proposed;
  proposed.mutable_years()->set_first_year(2025);
  proposed.mutable_years()->set_last_year(2025);
  proposed.add_changes()->set_path("requirement.single.approved");
  proposed.mutable_changes(0)->set_value("16.00");
  return proposed;
}

absl::StatusOr<int64_t> Preview(const EventStore& store,
                                const projections::CorrectionQuestion& question) {
  projections::PreviewCounts counts;
  GS_RETURN_IF_ERROR(projections::PreviewCorrection(store, question, {}, {UsableCores(), {}},
                                                    [&](const projections::PreviewBatch& batch) {
                                                      counts.Add(batch.counts);
                                                      return true;
                                                    }));
  if (counts.certificants != kPeople || counts.changed == 0) {
    return absl::InternalError("the preview looked at others than there are");
  }
  return store.Head();
}

absl::StatusOr<int64_t> Scan(const EventStore& store) {
  GS_ASSIGN_OR_RETURN(const auto ranges, projections::RangesOf(store, {UsableCores(), {}}));
  std::atomic<int64_t> events = 0;
  GS_RETURN_IF_ERROR(projections::RunTasks(ranges.size(), UsableCores(), [&](size_t i) {
    int64_t of_range = 0;
    const absl::Status status =
        store.VisitStreams(ranges[i], store.Head(), [&](const eventstore::Record&) {
          ++of_range;
          return absl::OkStatus();
        });
    events += of_range;
    return status;
  }));
  return events.load();
}

}  // namespace

absl::StatusOr<StoreFigure> MeasurePreview(const std::string& folder) {
  const SystemClock clock;
  eventstore::Options options;
  options.path = folder + "/log";
  options.clock = &clock;
  options.sync = false;
  GS_ASSIGN_OR_RETURN(auto store, EventStore::Open(options));
  GS_RETURN_IF_ERROR(PublishRules(*store));
  for (int person = 0; person < kPeople; ++person) {
    GS_RETURN_IF_ERROR(store->Append(LifeOf(person)).status());
  }
  GS_ASSIGN_OR_RETURN(const auto board, projections::LoadBoardFacts(*store, store->Head()));
  GS_ASSIGN_OR_RETURN(
      const auto correction,
      projections::Correction::Propose(board.rulebook, tools::ShippedRules().name(), 0, LateFee()));
  const projections::CorrectionQuestion question{correction, *board.catalogue, board.position,
                                                 Day(2025, 11, 1)};
  return TakeTurns([&] { return Preview(*store, question); }, [&] { return Scan(*store); });
}

}  // namespace goodstanding::bench
