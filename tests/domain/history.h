// Short histories for tests: a person's facts, decided and folded as the server would.
//
//   History history;
//   history.At("2022-05-14").Grant("CPCS");
//   history.At("2025-11-03").Credit({.reference = "c1", .minutes = 1800}).Submit();
//   EXPECT_EQ(history.StandingOn("2025-11-03"), "ACTIVE");
//
// Position 1 publishes the rule set that is shipped, position 2 registers the person. A command
// that is refused fails the test; where a refusal is wanted, Try returns its reason. A failure
// names the command and the moment.
#ifndef GOODSTANDING_TESTS_DOMAIN_HISTORY_H_
#define GOODSTANDING_TESTS_DOMAIN_HISTORY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "domain/decide.h"
#include "domain/evaluate.h"

namespace goodstanding::testing {

// "2025-12-01"; fails hard on anything else.
domain::Date Day(absl::string_view text);

// "2025-12-01" (12:00) or "2025-12-01 17:30" or "2025-12-01 17:00:01" in the board's time zone.
domain::Moment At(absl::string_view text);

// "375.00" as hundredths.
domain::Hundredths Amount(absl::string_view text);

// The rule set in deploy/rules/.
type::v1::RuleSet ShippedRuleSet();

// It, compiled.
const domain::Figures& ShippedFigures();

// A credit report. `completed` empty: the day of the report.
struct CreditReport {
  std::string reference = "c1";
  std::string kind = "SPONSORED";
  std::string completed = "";
  std::string from = "";
  int64_t minutes = 0;
  std::string position_years = "";
  std::string academic_credits = "";
  int64_t count = 0;
  int64_t breaks = 0;
  int64_t housekeeping = 0;
  std::string activity = "";
  bool paid = false;
  bool at_approved_programme = true;
  bool documented = true;
  type::v1::CreditSource source = type::v1::CREDIT_SOURCE_SELF;
};

// A payment. `dated` empty: the day on which it is received.
struct PaymentReport {
  std::string reference = "p1";
  std::string amount = "375.00";
  std::string dated = "";
  type::v1::PaymentMethod method = type::v1::PAYMENT_METHOD_CHECK;
  int cycle_end_year = 0;
};

// A fact of the person in the log.
struct LoggedEvent {
  event::v1::CertificantEvent event;
  domain::Stamp stamp;
  int64_t recorded_micros = 0;
};

// What was known at a moment; owns what its facts borrow.
class KnownFacts {
 public:
  domain::Facts facts() const { return {state, rules, catalogue, knowledge}; }

  domain::CertificantState state;
  domain::RulebookView rules;
  domain::Catalogue catalogue;
  domain::Knowledge knowledge;
};

// Confined to one thread.
class History {
 public:
  enum class Person { kRegistered, kUnknown };
  explicit History(Person person = Person::kRegistered);
  // Under another rule set, which governs every year.
  explicit History(const type::v1::RuleSet& rule_set, Person person = Person::kRegistered);

  // Sets the clock; a fact is effective at the clock unless Effective says otherwise.
  History& At(absl::string_view moment);
  // The effective time of the next command alone.
  History& Effective(absl::string_view moment);

  // Decides and records a command; a refusal fails the test.
  History& Do(const event::v1::CertificantEvent& command);
  // Decides and records a command; the reason where it is refused, else empty. Nothing is recorded
  // then.
  std::string Try(const event::v1::CertificantEvent& command);
  // The whole answer of the last command.
  const absl::Status& last_status() const { return last_status_; }

  History& Grant(absl::string_view credential = "CPCS");
  History& Revoke(absl::string_view credential = "");
  History& Surrender(absl::string_view credential = "");
  History& Membership(absl::string_view from, absl::string_view through);
  History& EndMembership(absl::string_view last);
  History& Credit(const CreditReport& report);
  History& Document(absl::string_view reference);
  History& Verify(absl::string_view reference);
  History& Withdraw(absl::string_view reference);
  History& Disallow(absl::string_view reference);
  History& Reinstate(absl::string_view reference);
  History& AmendMinutes(absl::string_view reference, int64_t minutes);
  History& AmendCompleted(absl::string_view reference, absl::string_view completed);
  History& Pay(const PaymentReport& report);
  History& ReturnPayment(absl::string_view reference);
  // `amount` empty: all that is left.
  History& Refund(absl::string_view reference, absl::string_view amount = "");
  History& Submit();
  History& ReturnApplication();
  History& Approve();
  History& RequestExtension();
  History& GrantExtension();
  History& DenyExtension();
  History& RequestReinstatement();
  History& OpenAudit();
  History& CloseAudit(type::v1::AuditOutcome outcome = type::v1::AUDIT_OUTCOME_PASSED);

  // The catalogue and the rules.
  History& ApproveActivity(absl::string_view activity, absl::string_view credits,
                           absl::string_view from, absl::string_view through,
                           absl::string_view part_of = "");
  History& WithdrawActivity(absl::string_view activity);
  History& CorrectRules(const std::map<std::string, std::string>& changes, int first_year,
                        int last_year);

  // What is known of everything, or at a moment, under the newest known or a chosen version.
  KnownFacts Known(const domain::Knowledge& knowledge = {},
                   const std::optional<domain::RuleSetChoice>& choice = std::nullopt) const;
  // Everything recorded up to a moment, inclusive.
  static domain::Knowledge KnownAt(absl::string_view moment);

  // Answers at the end of a day, with everything known.
  std::string StandingOn(absl::string_view day) const;
  // "2.50", or the reason, of a record for the current cycle of a day.
  std::string CreditOn(absl::string_view day, absl::string_view reference) const;
  // "200.00/50.00/0.00/0.00": the four fees of the current cycle of a day.
  std::string FeesOn(absl::string_view day) const;

  const domain::CertificantState& state() const { return state_; }
  const domain::Rulebook& rulebook() const { return rulebook_; }
  const domain::Catalogue& catalogue() const { return catalogue_; }
  const std::vector<LoggedEvent>& log() const { return log_; }
  int64_t head() const { return head_; }
  const domain::Moment& now() const { return now_; }

 private:
  absl::Status Record(const event::v1::CertificantEvent& command);
  domain::Moment TakeEffective();

  domain::Moment now_;
  std::optional<domain::Moment> effective_;
  int64_t head_ = 0;
  std::string rule_set_name_;
  domain::Rulebook rulebook_;
  domain::Catalogue catalogue_;
  domain::CertificantState state_;
  std::vector<LoggedEvent> log_;
  absl::Status last_status_;
};

// Proposed facts, for Try and Do.
event::v1::CertificantEvent GrantCommand(absl::string_view credential);
event::v1::CertificantEvent CreditCommand(const CreditReport& report, domain::Date today);
event::v1::CertificantEvent PaymentCommand(const PaymentReport& report, domain::Date today);
event::v1::CertificantEvent SubmitCommand();
event::v1::CertificantEvent ReturnCommand();
event::v1::CertificantEvent ApproveCommand();
event::v1::CertificantEvent RequestExtensionCommand();
event::v1::CertificantEvent GrantExtensionCommand();
event::v1::CertificantEvent DenyExtensionCommand();
event::v1::CertificantEvent RequestReinstatementCommand();
event::v1::CertificantEvent OpenAuditCommand();
event::v1::CertificantEvent CloseAuditCommand(type::v1::AuditOutcome outcome);

}  // namespace goodstanding::testing

#endif  // GOODSTANDING_TESTS_DOMAIN_HISTORY_H_
