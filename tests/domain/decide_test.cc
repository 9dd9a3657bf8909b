// Every refusal that deciding can give, in the order of section 12, and what an accepted command
// becomes.
#include "domain/decide.h"

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "domain/refusal.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/domain/history.h"

namespace goodstanding::domain {
namespace {

using event::v1::CertificantEvent;
using testing::At;
using testing::CreditCommand;
using testing::CreditReport;
using testing::Day;
using ::testing::ElementsAre;
using testing::History;
using testing::PaymentCommand;

using Play = std::function<void(History&)>;

// What is tried after a history was played, and how it is refused; empty: accepted.
struct Row {
  Play play;
  CertificantEvent command;
  absl::string_view reason;
  absl::string_view why;
};

// Where the histories of the rows begin.
void Nothing(History&) {}
void Granted(History& history) { history.At("2022-05-14").Grant(); }
Play On(absl::string_view day) {
  return [=](History& history) {
    Granted(history);
    history.At(day);
  };
}
Play Then(Play first, Play second) {
  return [=](History& history) {
    first(history);
    second(history);
  };
}
void Complete(History& history) {
  history.Credit({.completed = "2025-11-01", .minutes = 1800}).Submit().Pay({.amount = "425.00"});
}
void Renewed(History& history) {
  On("2025-11-03")(history);
  Complete(history);
  history.Approve();
}
void Revoked(History& history) {
  On("2024-01-01")(history);
  history.Revoke();
}
void Expired(History& history) { On("2026-07-01")(history); }
void Lapsed(History& history) { On("2026-01-01")(history); }

CertificantEvent Credit(const CreditReport& report) {
  return CreditCommand(report, Day("2022-06-01"));
}
CertificantEvent Payment(const testing::PaymentReport& report) {
  return PaymentCommand(report, Day("2022-06-01"));
}
template <typename Change>
CertificantEvent Changed(CertificantEvent command, Change change) {
  change(command);
  return command;
}
CertificantEvent Command(const std::function<void(CertificantEvent&)>& fill) {
  CertificantEvent command;
  fill(command);
  return command;
}
CertificantEvent Register(const std::string& name = "Ana Roe") {
  return Command([&](auto& c) { c.mutable_certificant_registered()->set_name(name); });
}
CertificantEvent Withdraw(const std::string& reference) {
  return Command([&](auto& c) { c.mutable_credit_withdrawn()->set_reference(reference); });
}
CertificantEvent ReturnPayment(const std::string& reference) {
  return Command([&](auto& c) { c.mutable_payment_returned()->set_reference(reference); });
}
CertificantEvent Reassign(const std::string& reference, int year) {
  return Command([&](auto& c) {
    c.mutable_payment_reassigned()->set_reference(reference);
    c.mutable_payment_reassigned()->set_cycle_end_year(year);
    c.mutable_payment_reassigned()->set_reason("Meant for another year.");
  });
}
CertificantEvent Revoke(const std::string& credential) {
  return Command([&](auto& c) { c.mutable_credential_revoked()->set_credential(credential); });
}
CertificantEvent Badge(int year, const std::string& credential = "CPCS") {
  return Command([&](auto& c) {
    c.mutable_badge_issued()->set_credential(credential);
    c.mutable_badge_issued()->set_cycle_end_year(year);
    c.mutable_badge_issued()->set_badge_id("b-1");
  });
}
CertificantEvent Evidence(const std::string& reference) {
  return Command([&](auto& c) {
    c.mutable_evidence_attached()->set_credit_reference(reference);
    c.mutable_evidence_attached()->set_digest(std::string(32, 'd'));
    c.mutable_evidence_attached()->set_file_name("certificate.pdf");
    c.mutable_evidence_attached()->set_media_type("application/pdf");
  });
}
CertificantEvent Membership(absl::string_view from, absl::string_view through) {
  return Command([&](auto& c) {
    auto& period = *c.mutable_membership_recorded()->mutable_period();
    *period.mutable_first_date() = Day(from).ToProto();
    *period.mutable_last_date() = Day(through).ToProto();
  });
}
CertificantEvent Amend(const std::string& reference, int64_t minutes) {
  return Command([&](auto& c) {
    c.mutable_credit_amended()->set_reference(reference);
    c.mutable_credit_amended()->mutable_amount()->set_minutes(minutes);
  });
}

// Tries each row's command on a history of its own.
void Check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    History history;
    row.play(history);
    const int64_t head = history.head();
    const std::string reason = history.Try(row.command);
    EXPECT_EQ(reason, std::string(row.reason)) << row.why << "\n" << history.last_status();
    EXPECT_EQ(history.head(), reason.empty() ? head + 1 : head)
        << "a refusal records nothing: " << row.why;
  }
}

// --- The command itself.

std::vector<Row> FieldRows() {
  const auto june = On("2022-06-01");
  const CreditReport good{.minutes = 60};
  const auto credit = [&](const std::function<void(event::v1::CreditRecorded&)>& change) {
    return Changed(Credit(good), [&](auto& c) { change(*c.mutable_credit_recorded()); });
  };
  const auto payment = [&](const std::function<void(event::v1::PaymentReceived&)>& change) {
    return Changed(Payment({}), [&](auto& c) { change(*c.mutable_payment_received()); });
  };
  constexpr absl::string_view kArgument = "INVALID_ARGUMENT";
  constexpr absl::string_view kAmount = "INVALID_AMOUNT";
  return {
      {june, CertificantEvent(), kArgument, "an empty command"},
      {Nothing, Register(""), kArgument, "no name"},
      {june, credit([](auto& c) { c.set_reference(""); }), kArgument, "no reference"},
      {june, credit([](auto& c) { c.set_reference(std::string(65, 'a')); }), kArgument, "long"},
      {june, credit([](auto& c) { c.set_activity_kind("DANCING"); }), kArgument, "no such kind"},
      {june, credit([](auto& c) { c.clear_completed_date(); }), kArgument, "no day"},
      {june, credit([](auto& c) { c.mutable_completed_date()->set_day(31); }), kArgument,
       "June 31"},
      {june, credit([](auto& c) { c.mutable_from_date()->set_year(2022); }), kArgument,
       "half a day"},
      {june, credit([](auto& c) { c.set_activity_id("a b"); }), kArgument, "activity id"},
      {june, credit([](auto& c) { c.set_location("\xFF"); }), kArgument, "no UTF-8"},
      {june, credit([](auto& c) { c.clear_amount(); }), kAmount, "no amount"},
      {june, credit([](auto& c) { c.mutable_amount()->set_minutes(-1); }), kAmount, "negative"},
      {june, credit([](auto& c) { c.mutable_amount()->set_minutes(1'000'001); }), kAmount, "huge"},
      {june, credit([](auto& c) { c.mutable_amount()->set_count(1); }), kAmount, "another unit"},
      {june, credit([](auto& c) { c.set_break_minutes(61); }), kAmount, "breaks above the time"},
      {june, credit([](auto& c) { c.set_break_minutes(-1); }), kAmount, "negative breaks"},
      {june, credit([](auto& c) { c.set_break_minutes(60); }), "", "breaks and nothing else"},
      {june, credit([](auto& c) { c.set_housekeeping_minutes(61); }), kAmount, "housekeeping"},
      {june, credit([](auto& c) {
         c.set_break_minutes(50);
         c.set_housekeeping_minutes(11);
       }),
       kAmount, "housekeeping above the net time"},
      {june, Credit({.kind = "BOOK", .count = 1, .breaks = 1}), kAmount, "breaks of a book"},
      {june, Credit({.from = "2022-06-02", .minutes = 60}), "INVALID_PERIOD", "backwards"},
      {june, Credit({.from = "2022-06-01", .minutes = 60}), "", "one day is a period"},
      {june, Credit({.completed = "2022-06-02", .minutes = 60}), "COMPLETED_IN_FUTURE", "tomorrow"},
      {june, Amend("c1", 0), kAmount, "nothing left"},
      {june, Command([](auto& c) { c.mutable_credit_amended()->set_reference("c1"); }), kArgument,
       "an amendment of nothing"},
      {june, payment([](auto& p) { p.set_reference("a b"); }), kArgument, "reference"},
      {june, payment([](auto& p) { p.clear_dated_date(); }), kArgument, "no date"},
      {june, payment([](auto& p) { p.clear_method(); }), kArgument, "no method"},
      {june, payment([](auto& p) { p.set_amount_minor_units(0); }), kAmount, "nothing"},
      {june, payment([](auto& p) { p.set_amount_minor_units(kMaxAmount + 1); }), kAmount, "huge"},
      {june, testing::GrantCommand("MD"), kArgument, "no such credential"},
      {june, Revoke("MD"), kArgument, "no such credential"},
      {june, Membership("2022-06-02", "2022-06-01"), "INVALID_PERIOD", "backwards"},
      {june, Command([](auto& c) { c.mutable_membership_recorded(); }), kArgument, "no period"},
      {june, Command([](auto& c) { c.mutable_contact_changed(); }), kArgument, "no contact"},
      {june, Command([](auto& c) { c.mutable_contact_changed()->set_email("nobody"); }), kArgument,
       "no address"},
      {june, Command([](auto& c) { c.mutable_profile_changed(); }), kArgument, "no name"},
      {june,
       Changed(Reassign("p1", 2025),
               [](auto& c) { c.mutable_payment_reassigned()->clear_reason(); }),
       kArgument, "no reason"},
      {june, testing::CloseAuditCommand(type::v1::AUDIT_OUTCOME_UNSPECIFIED), kArgument,
       "no outcome"},
      {june,
       Changed(Evidence("c1"), [](auto& c) { c.mutable_evidence_attached()->set_digest("short"); }),
       kArgument, "digest"},
      {june, Command([](auto& c) { c.mutable_notice_sent()->set_notice("X"); }), kArgument,
       "no channel"},
      {june, Changed(Badge(2025), [](auto& c) { c.mutable_badge_issued()->clear_badge_id(); }),
       kArgument, "no badge id"},
  };
}

TEST(DecideTest, TheCommandItself) { Check(FieldRows()); }

TEST(DecideTest, AFactLiesNotInTheFuture) {
  const auto ahead = [](absl::string_view moment) {
    return [=](History& h) {
      Granted(h);
      h.At("2022-06-01 12:00").Effective(moment);
    };
  };
  Check({
      {ahead("2022-06-01 12:00:01"), Credit({.minutes = 60}), "EFFECTIVE_IN_FUTURE", "a second"},
      {ahead("2022-06-01 12:00"), Credit({.minutes = 60}), "", "the present moment"},
      {ahead("2022-06-02"), Credit({.minutes = 60, .source = type::v1::CREDIT_SOURCE_CONFERENCE}),
       "", "a board-posted record is effective on its completion, whatever the caller says"},
      {ahead("2022-06-02"), Credit({.minutes = 0}), "INVALID_AMOUNT", "the amount goes first"},
      {ahead("2022-06-02"), Credit({.from = "2022-06-02", .minutes = 60}), "INVALID_PERIOD",
       "the period goes first"},
      {ahead("2022-06-02"), Credit({.completed = "2022-06-03", .minutes = 60}),
       "EFFECTIVE_IN_FUTURE", "goes before COMPLETED_IN_FUTURE"},
  });
}

// --- What it names, what is done already, the person's standing.

std::vector<Row> PersonRows() {
  const auto june = On("2022-06-01");
  const auto recorded = Then(june, [](History& h) { h.Credit({.minutes = 60}).Pay({}); });
  const auto withdrawn = Then(recorded, [](History& h) { h.Withdraw("c1").ReturnPayment("p1"); });
  const auto no_cycle = [](History& h) { h.At("2022-06-01"); };
  return {
      {Granted, Register(), "CERTIFICANT_EXISTS", "registered twice"},
      {june, Withdraw("c9"), "CREDIT_NOT_FOUND", "no such record"},
      {june, Amend("c9", 60), "CREDIT_NOT_FOUND", "no such record"},
      {june, Evidence("c9"), "CREDIT_NOT_FOUND", "no such record"},
      {june, Evidence(""), "", "evidence of no record"},
      {recorded, Evidence("c1"), "", "evidence of a record"},
      {june, ReturnPayment("p9"), "PAYMENT_NOT_FOUND", "no such payment"},
      {june, Reassign("p9", 1999), "PAYMENT_NOT_FOUND", "goes before the year"},
      {recorded, Reassign("p1", 1999), "CYCLE_NOT_FOUND", "no cycle ends then"},
      {withdrawn, Reassign("p1", 1999), "CYCLE_NOT_FOUND", "goes before PAYMENT_ALREADY_RETURNED"},
      {recorded, Payment({.cycle_end_year = 2024}), "CYCLE_NOT_FOUND",
       "goes before PAYMENT_ALREADY_RECORDED"},
      {june, Payment({.cycle_end_year = 2025}), "", "its cycle"},
      {no_cycle, Payment({.cycle_end_year = 2025}), "CYCLE_NOT_FOUND", "before NOT_CERTIFIED"},
      {june, Badge(2024), "CYCLE_NOT_FOUND", "no cycle ends then"},
      {june, testing::GrantCommand("CPCS"), "CREDENTIAL_ALREADY_HELD", "held"},
      {june, testing::GrantCommand("CPMSM"), "", "another"},
      {recorded, Credit({.minutes = 60}), "CREDIT_ALREADY_RECORDED", "reference taken"},
      {recorded, Payment({}), "PAYMENT_ALREADY_RECORDED", "reference taken"},
      {withdrawn, Credit({.minutes = 60}), "CREDIT_ALREADY_RECORDED", "taken though withdrawn"},
      {withdrawn, Withdraw("c1"), "CREDIT_ALREADY_WITHDRAWN", "twice"},
      {withdrawn, Amend("c1", 30), "CREDIT_ALREADY_WITHDRAWN", "amending"},
      {withdrawn, Command([](auto& c) {
         c.mutable_credit_amended()->set_reference("c1");
         c.mutable_credit_amended()->mutable_amount()->set_count(1);
       }),
       "INVALID_AMOUNT", "the figures come first"},
      {withdrawn, Command([](auto& c) { c.mutable_credit_documented()->set_reference("c1"); }),
       "CREDIT_ALREADY_WITHDRAWN", "documenting"},
      {withdrawn, Command([](auto& c) { c.mutable_credit_verified()->set_reference("c1"); }),
       "CREDIT_ALREADY_WITHDRAWN", "verifying"},
      {withdrawn, Command([](auto& c) { c.mutable_credit_disallowed()->set_reference("c1"); }),
       "CREDIT_ALREADY_WITHDRAWN", "disallowing"},
      {withdrawn, ReturnPayment("p1"), "PAYMENT_ALREADY_RETURNED", "twice"},
      {withdrawn, Command([](auto& c) { c.mutable_payment_refunded()->set_reference("p1"); }),
       "PAYMENT_ALREADY_RETURNED", "refunding what was returned"},
      {recorded, Amend("c1", 30), "", "an amendment"},
      {Then(june, [](History& h) { h.Credit({.kind = "BOOK", .count = 1}); }), Amend("c1", 30),
       "INVALID_AMOUNT", "not in the unit of its kind"},
      {Then(june, [](History& h) { h.Credit({.minutes = 60, .breaks = 30}); }), Amend("c1", 29),
       "INVALID_AMOUNT", "less than the breaks"},
      {Then(june, [](History& h) { h.Credit({.completed = "2022-05-20", .minutes = 60}); }),
       Command([](auto& c) {
         c.mutable_credit_amended()->set_reference("c1");
         *c.mutable_credit_amended()->mutable_from_date() = Day("2022-05-21").ToProto();
       }),
       "INVALID_PERIOD", "would end before it begins"},
      {no_cycle, Credit({.minutes = 60}), "NOT_CERTIFIED", "never granted"},
      {no_cycle, Payment({}), "NOT_CERTIFIED", "never granted"},
      {no_cycle, Revoke(""), "NOT_CERTIFIED", "never granted"},
      {Revoked, Credit({.minutes = 60}), "NOT_CERTIFIED", "revoked"},
      {Revoked, Payment({}), "NOT_CERTIFIED", "revoked"},
      {Revoked, testing::SubmitCommand(), "NOT_CERTIFIED", "revoked"},
      {Expired, Credit({.minutes = 60}), "CERTIFICATION_EXPIRED", "expired"},
      {Expired, Payment({}), "CERTIFICATION_EXPIRED", "expired"},
      {Expired, Revoke(""), "CERTIFICATION_EXPIRED", "expired"},
      {Expired, testing::GrantCommand("CPCS"), "", "a new tenure"},
      {Expired, Membership("2026-07-01", "2027-06-30"), "", "needs no certification"},
      {Then(Expired, [](History& h) { h.Effective("2026-06-30"); }), Payment({}), "",
       "a correction with an effective date before the expiry"},
      {june, Revoke("CPMSM"), "CREDENTIAL_NOT_HELD", "not held"},
      {june, Badge(2025, "CPMSM"), "CREDENTIAL_NOT_HELD", "not held"},
      {june, Badge(2025), "", "issued"},
  };
}

TEST(DecideTest, ThePersonAndTheRecords) { Check(PersonRows()); }

TEST(DecideTest, NobodyIsAskedBeforeTheCommandMakesSense) {
  History history(History::Person::kUnknown);
  history.At("2022-06-01");
  EXPECT_EQ(history.Try(Credit({.minutes = 0})), "INVALID_AMOUNT");
  EXPECT_EQ(history.Try(Credit({.minutes = 60})), "CERTIFICANT_NOT_FOUND");
  EXPECT_EQ(history.Try(testing::GrantCommand("CPCS")), "CERTIFICANT_NOT_FOUND");
  EXPECT_EQ(history.Try(Register()), "");
}

// --- The renewal.

std::vector<Row> ApplicationRows() {
  const auto submitted = Then(On("2025-11-03"), [](History& h) { h.Submit(); });
  return {
      {On("2025-07-31"), testing::SubmitCommand(), "APPLICATION_NOT_OPEN", "the day before"},
      {On("2025-08-01"), testing::SubmitCommand(), "", "on August 1"},
      {On("2025-12-31"), testing::SubmitCommand(), "", "in the late period"},
      {submitted, testing::SubmitCommand(), "ALREADY_SUBMITTED", "twice"},
      {Then(submitted, [](History& h) { h.ReturnApplication(); }), testing::SubmitCommand(), "",
       "returned: it may be submitted again"},
      {Renewed, testing::SubmitCommand(), "ALREADY_RENEWED", "renewed"},
      {Then(Renewed, [](History& h) { h.At("2025-12-02"); }), testing::SubmitCommand(),
       "APPLICATION_NOT_OPEN", "the next cycle has begun"},
      {Lapsed, testing::SubmitCommand(), "REINSTATEMENT_FEE_DUE", "no reinstatement requested"},
      {Then(Lapsed, [](History& h) { h.RequestReinstatement().Pay({.amount = "149.99"}); }),
       testing::SubmitCommand(), "REINSTATEMENT_FEE_DUE", "a cent short"},
      {Then(Lapsed, [](History& h) { h.RequestReinstatement().Pay({.amount = "150.00"}); }),
       testing::SubmitCommand(), "", "requested and paid"},
      {Expired, testing::SubmitCommand(), "CERTIFICATION_EXPIRED", "expired"},
      {On("2025-11-03"), testing::ReturnCommand(), "NOT_SUBMITTED", "nothing to return"},
      {submitted, testing::ReturnCommand(), "", "returned"},
      {Renewed, testing::ReturnCommand(), "ALREADY_RENEWED", "renewed"},
  };
}

std::vector<Row> ApprovalRows() {
  const auto approve = testing::ApproveCommand();
  const auto incomplete = [](Play play) { return Then(On("2025-11-03"), std::move(play)); };
  return {
      {Renewed, approve, "ALREADY_RENEWED", "twice"},
      {Revoked, approve, "NOT_CERTIFIED", "revoked"},
      {Expired, approve, "CERTIFICATION_EXPIRED", "goes before REINSTATEMENT_NOT_REQUESTED"},
      {Lapsed, approve, "REINSTATEMENT_NOT_REQUESTED", "goes before NOT_SUBMITTED"},
      {Then(Lapsed, [](History& h) { h.RequestReinstatement(); }), approve, "NOT_SUBMITTED",
       "requested, but not submitted"},
      {On("2025-11-03"), approve, "NOT_SUBMITTED", "goes before REQUIREMENTS_NOT_MET"},
      {incomplete([](History& h) { h.Submit().OpenAudit(); }), approve, "REQUIREMENTS_NOT_MET",
       "goes before BALANCE_DUE"},
      {incomplete([](History& h) { h.Credit({.minutes = 1799}).Submit().Pay({}); }), approve,
       "REQUIREMENTS_NOT_MET", "a quarter short"},
      {incomplete([](History& h) {
         h.Credit({.kind = "NON_APPROVED_PROGRAM", .minutes = 1800}).Submit().Pay({});
       }),
       approve, "REQUIREMENTS_NOT_MET", "no approved credits"},
      {incomplete([](History& h) { h.Credit({.minutes = 1800}).Submit().OpenAudit(); }), approve,
       "BALANCE_DUE", "goes before AUDIT_OPEN"},
      {incomplete(
           [](History& h) { h.Credit({.minutes = 1800}).Submit().Pay({.amount = "374.99"}); }),
       approve, "BALANCE_DUE", "a cent short"},
      {incomplete([](History& h) { h.Credit({.minutes = 1800}).Submit().Pay({}).OpenAudit(); }),
       approve, "AUDIT_OPEN", "all else holds"},
      {incomplete([](History& h) {
         h.Credit({.minutes = 1800})
             .Submit()
             .Pay({})
             .OpenAudit()
             .CloseAudit(type::v1::AUDIT_OUTCOME_FAILED);
       }),
       approve, "", "a failed audit that is closed changes nothing"},
      {incomplete(Complete), approve, "", "overpaid"},
      {Then(Renewed,
            [](History& h) {
              h.At("2025-12-10").ReturnPayment("p1");
              h.At("2028-11-03").Credit({.reference = "c2", .minutes = 1800}).Submit();
              h.Pay({.reference = "p2", .amount = "375.00", .cycle_end_year = 2028});
            }),
       approve, "BALANCE_DUE", "arrears of the renewal before"},
  };
}

std::vector<Row> ExtensionRows() {
  const auto request = testing::RequestExtensionCommand();
  const auto grant = testing::GrantExtensionCommand();
  const auto requested = [](int64_t minutes, bool documented) {
    return Then(On("2025-11-28"), [=](History& h) {
      h.Credit({.kind = "NON_APPROVED_PROGRAM", .minutes = minutes, .documented = documented});
      h.RequestExtension();
      h.At("2025-12-05");
    });
  };
  return {
      {On("2025-07-31"), request, "EXTENSION_NOT_OPEN", "the day before"},
      {On("2025-08-01"), request, "", "on August 1"},
      {On("2025-12-01 17:00"), request, "", "at the close of business"},
      {On("2025-12-01 17:00:01"), request, "EXTENSION_DEADLINE_PASSED", "a second later"},
      {On("2025-12-02"), request, "EXTENSION_DEADLINE_PASSED", "the day after"},
      {Lapsed, request, "EXTENSION_DEADLINE_PASSED", "lapsed"},
      {requested(900, true), request, "EXTENSION_ALREADY_REQUESTED", "goes before the deadline"},
      {Then(requested(900, true), [](History& h) { h.GrantExtension(); }), request,
       "EXTENSION_ALREADY_REQUESTED", "granted"},
      {Then(On("2025-11-28"),
            [](History& h) {
              h.RequestExtension();
              h.DenyExtension();
            }),
       request, "", "a denied one may be asked again in time"},
      {Renewed, request, "ALREADY_RENEWED", "renewed"},
      {On("2025-11-28"), grant, "EXTENSION_NOT_REQUESTED", "nothing asked for"},
      {On("2025-11-28"), testing::DenyExtensionCommand(), "EXTENSION_NOT_REQUESTED", "likewise"},
      {requested(900, true), grant, "", "the half, none of it approved"},
      {requested(899, true), grant, "HALF_NOT_MET", "a quarter short of the half"},
      {requested(1800, false), grant, "HALF_NOT_MET", "not documented"},
      {Then(requested(900, true), [](History& h) { h.GrantExtension(); }), grant,
       "EXTENSION_NOT_REQUESTED", "decided"},
      {requested(900, true), testing::DenyExtensionCommand(), "", "denied"},
  };
}

std::vector<Row> ReinstatementAndAuditRows() {
  const auto request = testing::RequestReinstatementCommand();
  return {
      {On("2025-12-31"), request, "NOT_LAPSED", "the day before the lapse"},
      {Lapsed, request, "", "the first day of the lapse"},
      {On("2026-06-30"), request, "", "the last day of the window"},
      {Expired, request, "GRACE_PERIOD_ENDED", "the day after it, also for the expired"},
      {Then(Lapsed, [](History& h) { h.RequestReinstatement(); }), request,
       "REINSTATEMENT_ALREADY_REQUESTED", "twice"},
      {Then(Lapsed, [](History& h) { h.RequestReinstatement().At("2026-07-01"); }), request,
       "GRACE_PERIOD_ENDED", "expired, whatever was requested before"},
      {Revoked, request, "NOT_CERTIFIED", "revoked"},
      {On("2025-11-03"), testing::CloseAuditCommand(type::v1::AUDIT_OUTCOME_PASSED),
       "AUDIT_NOT_OPEN", "none is open"},
      {Then(On("2025-11-03"), [](History& h) { h.OpenAudit(); }), testing::OpenAuditCommand(),
       "AUDIT_ALREADY_OPEN", "twice"},
      {Renewed, testing::OpenAuditCommand(), "", "on a renewed cycle too"},
      {Expired, testing::OpenAuditCommand(), "CERTIFICATION_EXPIRED", "expired"},
  };
}

TEST(DecideTest, Applications) { Check(ApplicationRows()); }
TEST(DecideTest, Approvals) { Check(ApprovalRows()); }
TEST(DecideTest, Extensions) { Check(ExtensionRows()); }
TEST(DecideTest, ReinstatementsAndAudits) { Check(ReinstatementAndAuditRows()); }

TEST(DecideTest, EveryReasonOfDecidingIsReached) {
  // Given by the rulebook and the catalogue (their tests), by the store and by the services.
  const std::set<std::string> elsewhere = {
      "INVALID_RULE_SET", "RULE_SET_NOT_FOUND", "RULE_SET_EXISTS", "RULE_SET_MOVED",
      "PREVIEW_MISMATCH", "ACTIVITY_NOT_FOUND", "ACTIVITY_ALREADY_APPROVED", "EVENT_NOT_FOUND",
      "REQUEST_ID_REUSED", "STREAM_VERSION_CONFLICT", "POSITION_BEYOND_HEAD", "OVERLOADED",
      "OUTCOME_UNKNOWN", "DATA_LOSS", "WITNESS_NOT_KNOWN", "LOG_REPLACED", "DISK_NEARLY_FULL",
      "SERVICE_UNKNOWN", "SERVER_STOPPING", "BACKUP_NOT_FOUND", "BACKUP_NOT_CONFIGURED",
      "BACKUP_REFUSED", "FOLDER_EXISTS", "OPERATION_NOT_FOUND", "REBUILD_NEEDED", "REBUILD_RUNNING",
      // Of refunds, memberships and erasures: their tests.
      "REFUND_EXCEEDS_PAYMENT", "WRITE_OFF_EXCEEDS_ARREARS", "MEMBERSHIP_NOT_FOUND", "LEGAL_HOLD",
      "LEGAL_HOLD_NOT_FOUND", "LEGAL_HOLD_ALREADY_PLACED", "ERASURE_ALREADY_REQUESTED",
      "ERASURE_ALREADY_CONFIRMED", "ERASURE_NOT_REQUESTED", "ERASURE_NOT_DUE",
      "SECOND_PERSON_NEEDED", "CERTIFICANT_ERASED", "CERTIFIED",
      // Of annulments: annulment_test.
      "FACT_NOT_FOUND", "FACT_NOT_ANNULLABLE", "FACT_ALREADY_ANNULLED",
      // Of merges: accounts_test.
      "CERTIFICANT_MERGED", "MERGE_OTHER_WAY", "MERGE_RECORDS_DIFFER", "MERGE_APPLICATION_OPEN",
      "MERGE_ENDS_CERTIFICATION",
      // Of disputes, waivers, documents and drawn audits: their tests.
      "DISPUTE_NOT_FOUND", "DISPUTE_ALREADY_OPEN", "DISPUTE_NOT_OPEN", "DISPUTE_NOT_UPHELD",
      "DISPUTE_OPEN", "DECIDER_INVOLVED", "EVIDENCE_NOT_FOUND", "CHECKPOINT_NOT_FOUND",
      "NOT_SELECTED",
      // Of replays: their test.
      "NOT_A_DECISION", "REPLAY_DIFFERS",
      // Of who calls.
      "NOT_IDENTIFIED", "NOT_ALLOWED", "OWN_RECORD", "BACKDATING_NOT_ALLOWED",
      // Of the services.
      "CLOCK_SUSPECT", "READ_ONLY", "TOO_MANY_CALLS", "DEADLINE_EXCEEDED", "ARRIVAL_FORGED",
      "ARRIVAL_OF_ANOTHER_CALLER", "ARRIVAL_OF_ANOTHER_COMMAND", "ARRIVAL_EXPIRED"};
  std::set<std::string> reached = {"CERTIFICANT_NOT_FOUND", "EFFECTIVE_IN_FUTURE"};  // Above.
  for (const auto& rows : {FieldRows(), PersonRows(), ApplicationRows(), ApprovalRows(),
                           ExtensionRows(), ReinstatementAndAuditRows()}) {
    for (const Row& row : rows) reached.insert(std::string(row.reason));
  }
  for (const RefusalReason& reason : RefusalReasons()) {
    const std::string name(reason.reason);
    EXPECT_NE(reached.contains(name), elsewhere.contains(name)) << name;
  }
}

TEST(DecideTest, EveryRefusalIsASentenceAboutItsField) {
  for (const auto& rows : {FieldRows(), PersonRows(), ApplicationRows(), ApprovalRows(),
                           ExtensionRows(), ReinstatementAndAuditRows()}) {
    for (const Row& row : rows) {
      if (row.reason.empty()) continue;
      History history;
      row.play(history);
      history.Try(row.command);
      const absl::Status& status = history.last_status();
      EXPECT_EQ(status.message().back(), '.') << status;
      if (row.reason == "INVALID_ARGUMENT" && row.why != "an empty command") {
        EXPECT_FALSE(GetRefusal(status)->field.empty()) << status;
      }
    }
  }
}

// --- What an accepted command becomes.

TEST(DecideTest, AnApprovalFixesFeesAndCredits) {
  History history;
  On("2025-11-03")(history);
  history.Credit({.reference = "b", .completed = "2025-11-01", .minutes = 1800});
  history.Credit({.reference = "a", .completed = "2025-11-01", .minutes = 60});
  history.Credit({.reference = "w", .kind = "TRADE_SHOW", .minutes = 60});
  history.At("2025-12-10").Submit().Pay({.amount = "425.00"}).Approve();
  const auto& renewed = history.log().back().event.certification_renewed();
  EXPECT_EQ(renewed.cycle_end_year(), 2025);
  EXPECT_EQ(renewed.fees().recertification_minor_units(), 37500);
  EXPECT_EQ(renewed.fees().late_minor_units(), 5000);
  EXPECT_EQ(renewed.fees().extension_minor_units(), 0);
  EXPECT_EQ(renewed.fees().reinstatement_minor_units(), 0);
  EXPECT_THAT(renewed.credit_references(), ElementsAre("b", "a"));
  EXPECT_EQ(renewed.basis().rule_set().name(), "namss-2025");
  EXPECT_EQ(renewed.basis().rule_set().version(), 1);
  EXPECT_EQ(renewed.basis().position(), history.head() - 1);
  EXPECT_EQ(renewed.basis().evaluator_revision(), kEvaluatorRevision);
  EXPECT_EQ(renewed.basis().time_zone_database(), "2026a");
}

TEST(DecideTest, ASubmissionNamesItsCycleAndTheRate) {
  History history;
  On("2025-11-03")(history);
  history.Membership("2025-01-01", "2025-12-31").Submit();
  const auto& submitted = history.log().back().event.application_submitted();
  EXPECT_EQ(submitted.cycle_end_year(), 2025);
  EXPECT_TRUE(submitted.member());
}

TEST(DecideTest, APaymentGoesToTheOldestRenewalInArrearsElseToTheFirstOpenOne) {
  const auto year_of_payment = [](const Play& play) {
    History history;
    play(history);
    history.Pay({.reference = "new", .amount = "10.00"});
    return history.log().back().event.payment_received().cycle_end_year();
  };
  EXPECT_EQ(year_of_payment(On("2022-06-01")), 2025) << "the first cycle";
  EXPECT_EQ(year_of_payment(Renewed), 2028) << "the first that is not renewed";
  EXPECT_EQ(year_of_payment(Then(Renewed, [](History& h) { h.ReturnPayment("p1"); })), 2025)
      << "in arrears";
  EXPECT_EQ(year_of_payment(Then(Renewed,
                                 [](History& h) {
                                   h.At("2025-12-10").ReturnPayment("p1");
                                   h.At("2025-12-20").Effective("2025-12-09");
                                 })),
            2028)
      << "at its own effective instant there were no arrears";
}

TEST(DecideTest, AReportWithoutSourceIsTheCertificantsOwn) {
  History history;
  On("2022-06-01")(history);
  history.Do(Changed(Credit({.minutes = 60}), [](auto& c) {
    c.mutable_credit_recorded()->set_source(type::v1::CREDIT_SOURCE_UNSPECIFIED);
  }));
  EXPECT_EQ(history.log().back().event.credit_recorded().source(), type::v1::CREDIT_SOURCE_SELF);
}

TEST(DecideTest, BoardPostedRecordsAreEffectiveOnTheirCompletion) {
  EXPECT_EQ(BoardPostedDay(Credit(
                {.completed = "2022-05-20", .source = type::v1::CREDIT_SOURCE_EDUCATION_ZONE})),
            Day("2022-05-20"));
  EXPECT_EQ(BoardPostedDay(Credit({.source = type::v1::CREDIT_SOURCE_SELF})), std::nullopt);
  EXPECT_EQ(BoardPostedDay(Payment({})), std::nullopt);
}

TEST(DecideTest, EqualInputGivesEqualBytes) {
  History history;
  Then(On("2025-11-03"), Complete)(history);
  const testing::KnownFacts known = history.Known();
  const CommandContext context{At("2025-11-04"), At("2025-11-04"), 7, "2026a"};
  const auto first = Decide(known.facts(), testing::ApproveCommand(), context);
  const auto second = Decide(known.facts(), testing::ApproveCommand(), context);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->SerializeAsString(), second->SerializeAsString());
}

TEST(DecideTest, AWriteOffIsAtMostWhatIsInArrearsInItsCycle) {
  struct Case {
    int cycle_end_year;
    absl::string_view amount;
    absl::string_view reason;
    absl::string_view why;
  };
  for (const Case& row :
       std::vector<Case>{{2025, "0.01", "", "the least"},
                         {2025, "374.99", "", "a cent less than all"},
                         {2025, "375.00", "", "all"},
                         {2025, "375.01", "WRITE_OFF_EXCEEDS_ARREARS", "a cent more"},
                         {2028, "0.01", "WRITE_OFF_EXCEEDS_ARREARS", "the next cycle has none"}}) {
    History history;
    Then(Renewed, [](History& h) { h.At("2025-12-10").ReturnPayment("p1"); })(history);
    CertificantEvent command;
    command.mutable_arrears_written_off()->set_cycle_end_year(row.cycle_end_year);
    command.mutable_arrears_written_off()->set_amount_minor_units(testing::Amount(row.amount));
    command.mutable_arrears_written_off()->set_reason("hardship");
    EXPECT_EQ(history.Try(command), std::string(row.reason)) << row.why;
  }
}

TEST(DecideTest, AnAmendedActivityMayEndOnTheDayOnWhichItBegan) {
  for (const auto& [completed, reason] : std::vector<std::pair<std::string, std::string>>{
           {"2024-05-02", ""}, {"2024-05-01", ""}, {"2024-04-30", "INVALID_PERIOD"}}) {
    History history;
    On("2024-06-03")(history);
    history.Credit({.completed = "2024-05-03", .from = "2024-05-01", .minutes = 600});
    CertificantEvent command;
    command.mutable_credit_amended()->set_reference("c1");
    *command.mutable_credit_amended()->mutable_completed_date() = Day(completed).ToProto();
    EXPECT_EQ(history.Try(command), reason) << completed;
  }
}

// Amounts and texts up to their bounds, whatever the state says of them afterwards.
TEST(DecideTest, TakesValuesUpToTheirBounds) {
  using Command = std::function<void(CertificantEvent&)>;
  struct Case {
    Command command;
    std::string reason;
    std::string why;
  };
  const auto refund = [](int64_t amount) -> Command {
    return [=](CertificantEvent& e) {
      e.mutable_payment_refunded()->set_reference("p1");
      e.mutable_payment_refunded()->set_amount_minor_units(amount);
    };
  };
  const auto write_off = [](int64_t amount, size_t reason_size) -> Command {
    return [=](CertificantEvent& e) {
      e.mutable_arrears_written_off()->set_cycle_end_year(2025);
      e.mutable_arrears_written_off()->set_amount_minor_units(amount);
      e.mutable_arrears_written_off()->set_reason(std::string(reason_size, 'x'));
    };
  };
  const auto pay = [](int64_t amount, size_t reference_size) -> Command {
    return [=](CertificantEvent& e) {
      e = testing::PaymentCommand({.reference = std::string(reference_size, 'x')},
                                  Day("2025-12-20"));
      e.mutable_payment_received()->set_amount_minor_units(amount);
    };
  };
  const std::vector<Case> cases = {
      {refund(kMaxAmount), "REFUND_EXCEEDS_PAYMENT", "believable, but more than was paid"},
      {refund(kMaxAmount + 1), "INVALID_AMOUNT", "a cent more"},
      {refund(-1), "INVALID_AMOUNT", "below nothing"},
      {write_off(0, 1), "INVALID_AMOUNT", "nothing"},
      {write_off(1, 1), "WRITE_OFF_EXCEEDS_ARREARS", "a cent, but nothing is missing"},
      {write_off(kMaxAmount, 1), "WRITE_OFF_EXCEEDS_ARREARS", "the most"},
      {write_off(kMaxAmount + 1, 1), "INVALID_AMOUNT", "a cent more"},
      {write_off(1, 0), "INVALID_ARGUMENT", "no reason"},
      {write_off(1, 2000), "WRITE_OFF_EXCEEDS_ARREARS", "the longest reason"},
      {write_off(1, 2001), "INVALID_ARGUMENT", "a longer one"},
      {pay(0, 1), "INVALID_AMOUNT", "nothing"},
      {pay(1, 64), "", "a cent, under the longest reference"},
      {pay(1, 65), "INVALID_ARGUMENT", "under a longer one"},
      {pay(kMaxAmount, 1), "", "the most"},
      {pay(kMaxAmount + 1, 1), "INVALID_AMOUNT", "a cent more"}};
  for (const Case& one : cases) {
    History history;
    Renewed(history);
    history.At("2025-12-20");
    CertificantEvent command;
    one.command(command);
    EXPECT_EQ(history.Try(command), one.reason) << one.why;
  }
}

}  // namespace
}  // namespace goodstanding::domain
