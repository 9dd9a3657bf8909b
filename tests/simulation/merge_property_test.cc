// A history that is cut into two accounts and merged is the history; undone, the merge never was.
// The slow model says the same.
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "domain/accounts.h"
#include "tests/simulation/boards.h"
#include "tests/simulation/properties.h"
#include "tests/simulation/transcript.h"

namespace goodstanding::simulation {
namespace {

using event::v1::CertificantEvent;

// Two reports of one activity would be one once they stand in two accounts, whatever their days.
Step WithoutActivity(Step step) {
  auto* const event = std::get_if<CertificantEvent>(&step.proposed);
  if (event != nullptr && event->has_credit_recorded()) {
    event->mutable_credit_recorded()->clear_activity_id();
  }
  return step;
}

// The record or payment that an event is about; empty for the others.
std::string About(const CertificantEvent& event) {
  return event.credit_recorded().reference() + event.credit_amended().reference() +
         event.credit_documented().reference() + event.credit_verified().reference() +
         event.credit_withdrawn().reference() + event.credit_disallowed().reference() +
         event.credit_reinstated().reference() + event.payment_received().reference() +
         event.payment_returned().reference() + event.payment_refunded().reference() +
         event.payment_reassigned().reference();
}

// Whether an event stands in the other account: about half of the records do, with all that is
// said of them.
bool IsElsewhere(const CertificantEvent& event) {
  const std::string about = About(event);
  size_t sum = 0;
  for (const char letter : about) sum = sum * 31 + static_cast<size_t>(letter);
  return !about.empty() && sum % 2 == 1;
}

CertificantEvent Registration() {
  CertificantEvent event;
  event.mutable_certificant_registered();
  return event;
}

std::string Differing(const domain::CertificantState& a, const domain::CertificantState& b,
                      const KnownFacts& known) {
  const domain::Facts x{a, known.rules, known.catalogue, {}};
  const domain::Facts y{b, known.rules, known.catalogue, {}};
  for (const domain::Date day : TellingDays(x)) {
    if (AnswerOf(x, day) != AnswerOf(y, day)) return day.ToString();
  }
  return "";
}

std::string FaultOfMerge(const DomainBoard& board, const std::string& id) {
  domain::CertificantState whole;
  domain::CertificantState own;
  CertificantEvent merge;
  auto& merged = *merge.mutable_account_merged();
  merged.set_merged_certificant_id("other");
  const int64_t last = static_cast<int64_t>(board.log().size());
  domain::Stamp end;
  for (const RecordedFact& fact : board.log()) {
    if (fact.stream != "certificant/" + id) continue;
    const auto& event = std::get<CertificantEvent>(fact.payload);
    const domain::Stamp stamp{ToMoment(fact.effective), fact.position};
    end = stamp;
    if (merged.facts().empty()) *merged.add_facts() = domain::Carry(Registration(), stamp);
    GS_CHECK(domain::Evolve(event, stamp, whole).ok());
    if (IsElsewhere(event)) {
      *merged.add_facts() = domain::Carry(event, stamp);
    } else {
      GS_CHECK(domain::Evolve(event, stamp, own).ok());
    }
  }
  const KnownFacts known = board.Known({.certificant = id});
  const domain::CertificantState before = own;
  end.position = last + 1;
  GS_CHECK(domain::Evolve(merge, end, own).ok());
  std::string day = Differing(whole, own, known);
  if (!day.empty()) return absl::StrCat("merged, another answer on ", day);
  CertificantEvent undo;
  undo.mutable_fact_annulled()->set_fact_position(end.position);
  end.position = last + 2;
  GS_CHECK(domain::Evolve(undo, end, own).ok());
  day = Differing(before, own, known);
  return day.empty() ? "" : absl::StrCat("undone, another answer on ", day);
}

// The model's log, cut likewise, with the merge behind it.
std::vector<model::ModelFact> Cut(const std::vector<model::ModelFact>& log, const std::string& id) {
  std::vector<model::ModelFact> cut = log;
  for (model::ModelFact& fact : cut) {
    const auto* const event = std::get_if<CertificantEvent>(&fact.payload);
    if (event != nullptr && fact.stream == "certificant/" + id && IsElsewhere(*event)) {
      fact.stream = "certificant/other";
    }
  }
  model::ModelFact merge = log.back();
  merge.stream = "certificant/other";
  merge.position = static_cast<int64_t>(log.size()) + 1;
  merge.payload = Registration();
  cut.push_back(merge);
  CertificantEvent event;
  event.mutable_account_merged()->set_merged_certificant_id("other");
  merge.stream = "certificant/" + id;
  merge.position += 1;
  merge.payload = event;
  cut.push_back(merge);
  return cut;
}

std::string FaultOfModel(const ModelBoard& board, const Question& question) {
  model::ModelQuestion asked;
  asked.certificant = question.certificant;
  asked.as_of = question.as_of;
  const model::ModelAnswer wanted = model::AnswerQuestion(board.log(), asked);
  const std::vector<model::ModelFact> cut = Cut(board.log(), question.certificant);
  for (const std::string& id : {question.certificant, std::string("other")}) {
    asked.certificant = id;
    const model::ModelAnswer got = model::AnswerQuestion(cut, asked);
    if (got.standing != wanted.standing || got.counted != wanted.counted ||
        got.paid != wanted.paid || got.fees != wanted.fees || got.arrears != wanted.arrears ||
        got.credits != wanted.credits) {
      return absl::StrCat("the model answers otherwise for ", id);
    }
  }
  return "";
}

std::string Fault(const History& history) {
  DomainBoard domain;
  ModelBoard model;
  Transcript transcript;
  for (const Step& step : history.steps) {
    const Step alone = WithoutActivity(step);
    const std::string refusal = domain.Take(alone);
    transcript.AddStep(alone, refusal);
    if (refusal.empty()) model.Take(alone);
  }
  for (const std::string& id : history.Certificants()) {
    const std::string fault = FaultOfMerge(domain, id);
    if (!fault.empty()) return absl::StrCat(id, ": ", fault, "\n", transcript.Text());
  }
  for (const Question& question : history.questions) {
    const std::string fault = FaultOfModel(model, question);
    if (!fault.empty()) return absl::StrCat(fault, "\n", transcript.Text());
  }
  return "";
}

TEST(MergeProperty, HistoryCutInTwoAndMergedIsTheHistory) { ExpectOfHistories(60, &Fault); }

}  // namespace
}  // namespace goodstanding::simulation
