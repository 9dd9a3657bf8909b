// What the asker sees, and what follows from it about tenure, cycles and the course of a renewal.
#ifndef GOODSTANDING_TESTS_MODEL_MODEL_TIMELINE_H_
#define GOODSTANDING_TESTS_MODEL_MODEL_TIMELINE_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "goodstanding/event/v1/certificant_event.pb.h"
#include "goodstanding/type/v1/rule_set.pb.h"
#include "goodstanding/type/v1/values.pb.h"
#include "tests/model/standing_model.h"

namespace goodstanding::model {

// What the asker sees: the facts that are known and effective, in effective order, and the day.
struct View {
  const std::vector<ModelFact>& log;
  const ModelQuestion& question;
  std::vector<const ModelFact*> facts;
  std::vector<const ModelFact*> catalogue;
  absl::CivilDay today;
};

// Positions of the known facts that count as never having been. Reading: an annulment of an
// annulment lets the fact count again, and a record takes what is said of it along.
std::set<int64_t> AnnulledPositions(const std::vector<ModelFact>& log,
                                    const ModelQuestion& question);

View MakeView(const std::vector<ModelFact>& log, const ModelQuestion& question);

// The state just before a fact, on its day.
View ViewBefore(const View& view, const ModelFact& fact);

// The order in which facts take place: of the same instant, log order.
bool IsBefore(const ModelFact& a, const ModelFact& b);

// REQUIRES: a fact about a certificant.
const event::v1::CertificantEvent& EventOf(const ModelFact& fact);

absl::CivilDay ToDay(const type::v1::CivilDate& date);

// The rules that judge a cycle which ends in the year.
type::v1::RuleSet RulesOf(const View& view, int year);

// Section 2: from the first grant of a person who holds nothing.
struct Tenure {
  const ModelFact* first_grant = nullptr;
  // "REVOKED" or "SURRENDERED" once it ended so, by the fact `last`.
  std::string ended;
  const ModelFact* last = nullptr;
  // The first grant of the tenure after it, for one that is not the last.
  const ModelFact* next_grant = nullptr;
  // Those before it, oldest first.
  std::vector<Tenure> earlier;
};

// The tenure that a grant begins.
Tenure NextTenure(const std::optional<Tenure>& before, const ModelFact& grant);

// Whether a fact lies between its first grant and its end.
bool IsIn(const Tenure& tenure, const ModelFact& fact);

// What a revocation or surrender names, empty for all; none where the fact is neither.
std::optional<std::string> CredentialTaken(const event::v1::CertificantEvent& event);

// Credentials held at the end of a day; when a fact took place, itself included; and on every day
// from the one before a cycle's start until now.
std::set<std::string> HeldOn(const View& view, const Tenure& tenure, absl::CivilDay day);
std::set<std::string> HeldAt(const View& view, const Tenure& tenure, const ModelFact& at);
std::set<std::string> HeldThroughout(const View& view, const Tenure& tenure,
                                     absl::CivilDay cycle_start);

struct Cycle {
  // Both inclusive.
  absl::CivilDay start;
  absl::CivilDay end;
  // Days of completion that count begin here: in cycle 1 after the day of the first grant.
  absl::CivilDay counts_from;
  // The year in which it ends.
  int year = 0;
};

// The cycle that the day lies in: the first, until it is renewed and over; and so on.
Cycle CurrentCycle(const View& view, const Tenure& tenure);

// End years of the tenure's cycles: all that are renewed, and the first that is not.
std::vector<int> CycleYears(const View& view, const Tenure& tenure);

// What happened to the renewal of a cycle, as far as the view reaches.
struct Renewal {
  // The last submission, unless it was returned.
  const ModelFact* submission = nullptr;
  bool extension_pending = false;
  bool extension_granted = false;
  const ModelFact* reinstatement_request = nullptr;
  const ModelFact* approval = nullptr;
};

Renewal RenewalOf(const View& view, const Tenure& tenure, const Cycle& cycle);

// The approvals of a tenure's cycles, oldest first.
std::vector<const ModelFact*> ApprovalsOf(const View& view, const Tenure& tenure);

// What was waived of a cycle, as far as the view reaches. Reading: a waiver holds from its
// effective time on, for the cycle that it names and the tenure in which it was granted.
std::vector<event::v1::WaiverGranted> WaiversOf(const View& view, const Tenure& tenure,
                                                const Cycle& cycle);

// What of an amount is left after taking some off; 0 takes all.
int64_t Less(int64_t amount, int64_t taken_off);

// The last days of the windows of a cycle, inclusive, as waivers moved them.
struct Windows {
  absl::CivilDay application_through;
  absl::CivilDay extension_request_through;
  absl::CivilDay late_through;
  absl::CivilDay extension_through;
  absl::CivilDay reinstatement_through;
};

Windows WindowsOf(const View& view, const Tenure& tenure, const Cycle& cycle);

// The tenure's cycle that ends in a year. REQUIRES: there is one.
Cycle CycleIn(const View& view, const Tenure& tenure, int year);

}  // namespace goodstanding::model

#endif  // GOODSTANDING_TESTS_MODEL_MODEL_TIMELINE_H_
