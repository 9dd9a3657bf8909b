// How the lives of the demo are written down: one person's dated commands, a verb each.
#ifndef GOODSTANDING_TOOLS_DEMO_DIARY_H_
#define GOODSTANDING_TOOLS_DEMO_DIARY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "domain/dates.h"
#include "goodstanding/type/v1/rule_set.pb.h"
#include "goodstanding/type/v1/values.pb.h"
#include "tools/any_command.h"

namespace goodstanding::tools {

struct DatedCommand {
  // When it is keyed in, in the board's time zone.
  domain::Date day;
  int minute_of_day = 0;
  // Without request id; with the effective day where that is an earlier one.
  AnyCommand command;
  // Reason of the refusal that the rules demand; empty: it is accepted.
  std::string refusal;
};

// Seeded choices, the same on every machine.
class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}

  // 0 to count - 1. REQUIRES: count > 0.
  int Below(int count) { return static_cast<int>(engine_() % static_cast<uint64_t>(count)); }
  // Both inclusive.
  int Between(int first, int last) { return first + Below(last - first + 1); }
  domain::Date Between(domain::Date first, domain::Date last) {
    return first + Below(last.number() - first.number() + 1);
  }
  bool Chance(int percent) { return Below(100) < percent; }

 private:
  std::mt19937_64 engine_;
};

// The day. REQUIRES: it exists.
domain::Date Day(int year, int month, int day);

// The day itself, or the next on which the board's office is open.
domain::Date OfficeDay(domain::Date day, const type::v1::RuleSet& rules);

// The programmes of the catalogue, approved on a day.
std::vector<DatedCommand> ApproveCatalogue(domain::Date day);

// Continuing education over some time, in quarter hours of credit.
struct Education {
  domain::Date first;        // Completed from here on,
  domain::Date last;         // through here,
  domain::Date reported_by;  // and reported by then.
  int approved = 0;
  int other = 0;
  bool documented = true;  // All of it; otherwise a certificate is missing here and there.
};

// One person's commands. Confined to one thread.
class Diary {
 public:
  // Adds to `commands`; both outlive the diary.
  Diary(std::string certificant_id, Dice& dice, std::vector<DatedCommand>& commands)
      : id_(std::move(certificant_id)), dice_(dice), commands_(commands) {}

  void Register(domain::Date day, const std::string& name);
  // Keyed in on `day`, granted on `effective`.
  void Grant(domain::Date day, absl::string_view credential, domain::Date effective);
  void Join(domain::Date day, domain::Date last_day);
  void Revoke(domain::Date day, absl::string_view reason);
  void Surrender(domain::Date day, absl::string_view reason);

  void Learn(const Education& education);
  // Time in a staff meeting: recorded, and worth nothing.
  void ReportMeeting(domain::Date day, absl::string_view refusal = "");
  void ReportArticle(domain::Date day);
  // Disallows the first record that was reported.
  void DisallowFirst(domain::Date day, absl::string_view reason);

  void Submit(domain::Date day, absl::string_view refusal = "");
  void Approve(domain::Date day, absl::string_view refusal = "");
  void OpenAudit(domain::Date day, absl::string_view reason);
  void PassAudit(domain::Date day);

  void PayByCard(domain::Date day, int64_t cents);
  struct Check {
    domain::Date dated;
    domain::Date received;
    domain::Date keyed_in;
  };
  void PayByCheck(const Check& check, int64_t cents);
  // The last check bounces.
  void BounceCheck(domain::Date day);

  void RequestExtension(domain::Date day);
  // At 17:42: too late on the last day.
  void RequestExtensionInTheEvening(domain::Date day, absl::string_view refusal);
  void GrantExtension(domain::Date day, absl::string_view refusal = "");
  void DenyExtension(domain::Date day);
  void RequestReinstatement(domain::Date day);

 private:
  template <typename Request>
  Request About() const {
    Request request;
    request.set_certificant_id(id_);
    return request;
  }
  template <typename Request>
  void NotePlain(domain::Date day, absl::string_view refusal = "") {
    Note(day, About<Request>(), refusal);
  }
  // Later on the day than what was noted for it before.
  void Note(domain::Date day, AnyCommand command, absl::string_view refusal = "");
  // Effective on an earlier day.
  void NoteLate(domain::Date day, domain::Date effective, AnyCommand command);

  // One record worth so many quarter hours.
  api::v1::CreditReport Approved(domain::Date completed, int quarters);
  api::v1::CreditReport Other(const Education& education, int quarters);
  void Report(domain::Date completed, const Education& education, api::v1::CreditReport credit);
  api::v1::RecordPaymentRequest Payment(int64_t cents, type::v1::PaymentMethod method,
                                        domain::Date dated);
  std::string NextReference() { return "ce-" + std::to_string(++record_count_); }

  const std::string id_;
  Dice& dice_;
  std::vector<DatedCommand>& commands_;
  std::map<domain::Date, int> last_minutes_;
  int record_count_ = 0;
  int payment_count_ = 0;
};

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_DEMO_DIARY_H_
