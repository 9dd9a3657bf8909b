// The order in which facts of different effective instants arrive is no part of the answer.
#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "tests/simulation/boards.h"
#include "tests/simulation/properties.h"
#include "tests/simulation/transcript.h"

namespace goodstanding::simulation {
namespace {

using event::v1::CertificantEvent;

// Without what makes the first recorded of two records the better one: a shared activity, or a
// shared day of completion.
std::vector<Step> WithoutTies(const std::vector<Step>& steps) {
  std::set<std::string> completed;
  std::vector<Step> kept;
  for (Step step : steps) {
    auto* const event = std::get_if<CertificantEvent>(&step.proposed);
    if (event != nullptr && event->credit_amended().has_completed_date()) continue;
    if (event != nullptr && event->has_credit_recorded()) {
      event::v1::CreditRecorded& credit = *event->mutable_credit_recorded();
      credit.clear_activity_id();
      const std::string day = credit.completed_date().SerializeAsString();
      if (!completed.insert(absl::StrCat(step.id, " ", day)).second) continue;
    }
    kept.push_back(std::move(step));
  }
  return kept;
}

// A fact of one person; its instant is its own.
struct Fact {
  CertificantEvent event;
  domain::Moment effective;
};

std::vector<Fact> FactsOf(const DomainBoard& board, const std::string& id) {
  std::vector<Fact> facts;
  for (const RecordedFact& fact : board.log()) {
    if (fact.stream != "certificant/" + id) continue;
    domain::Moment effective = ToMoment(fact.effective);
    effective.micros += fact.position;
    facts.push_back({std::get<CertificantEvent>(fact.payload), effective});
  }
  return facts;
}

bool IsFirst(const Fact& fact) {
  return fact.event.has_certificant_registered() || fact.event.has_credit_recorded() ||
         fact.event.has_payment_received();
}

domain::CertificantState Fold(const std::vector<Fact>& facts) {
  domain::CertificantState state;
  int64_t position = 0;
  for (const Fact& fact : facts) {
    GS_CHECK(domain::Evolve(fact.event, {fact.effective, ++position}, state).ok());
  }
  return state;
}

std::string FaultOfOrder(const History& history) {
  DomainBoard board;
  Transcript transcript;
  for (const Step& step : WithoutTies(history.steps)) transcript.AddStep(step, board.Take(step));
  for (const std::string& id : history.Certificants()) {
    std::vector<Fact> facts = FactsOf(board, id);
    const domain::CertificantState told = Fold(facts);
    std::shuffle(facts.begin(), facts.end(), std::mt19937(facts.size()));
    // What speaks of a record comes after it.
    std::stable_partition(facts.begin(), facts.end(), &IsFirst);
    const domain::CertificantState shuffled = Fold(facts);
    const KnownFacts known = board.Known({.certificant = id});
    const domain::Facts a{told, known.rules, known.catalogue, {}};
    const domain::Facts b{shuffled, known.rules, known.catalogue, {}};
    for (const domain::Date day : TellingDays(a)) {
      if (AnswerOf(a, day) == AnswerOf(b, day)) continue;
      return absl::StrCat(id, ": on ", day.ToString(), " the order matters\n", transcript.Text());
    }
  }
  return "";
}

TEST(OrderProperty, FactsMayArriveInAnyOrder) { ExpectOfHistories(60, &FaultOfOrder); }

}  // namespace
}  // namespace goodstanding::simulation
