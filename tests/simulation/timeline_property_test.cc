// Every day has exactly one standing, and what the views keep is what the facts say.
#include <string>

#include "absl/strings/str_cat.h"
#include "domain/timeline.h"
#include "projections/rows.h"
#include "tests/simulation/boards.h"
#include "tests/simulation/properties.h"
#include "tests/simulation/transcript.h"

namespace goodstanding::simulation {
namespace {

using domain::Date;
using domain::Facts;

// Calls `check` with what is known of each person once all steps are played. It returns what is
// wrong, or nothing.
template <typename Check>
std::string FaultOfAny(const History& history, const Check& check) {
  DomainBoard board;
  Transcript transcript;
  for (const Step& step : history.steps) transcript.AddStep(step, board.Take(step));
  for (const std::string& id : history.Certificants()) {
    const KnownFacts known = board.Known({.certificant = id});
    const std::string fault = check(known.facts());
    if (!fault.empty()) return absl::StrCat(id, ": ", fault, "\n", transcript.Text());
  }
  return "";
}

// What a day's evaluation says, as a span that begins on it.
domain::StandingSpan SpanOf(const Facts& facts, Date day) {
  const domain::Evaluation evaluation = domain::Evaluate(facts, domain::Cutoff::EndOf(day));
  domain::StandingSpan span;
  span.from = day;
  span.standing = evaluation.standing;
  if (const domain::CycleStatus* const cycle = evaluation.cycle(); cycle != nullptr) {
    span.cycle_end_year = cycle->end_year;
    span.cycle_start = cycle->start;
    span.cycle_end = cycle->calendar.cycle_end;
    span.renewed = cycle->renewed.has_value();
  }
  for (const domain::HeldCredential& held : evaluation.career.held) {
    span.credentials.push_back(held.credential);
  }
  return span;
}

std::string FaultOfTimeline(const Facts& facts) {
  const std::vector<domain::StandingSpan> spans = domain::BuildTimeline(facts);
  for (size_t i = 1; i < spans.size(); ++i) {
    if (spans[i].from <= spans[i - 1].from) return "spans do not ascend";
    if (spans[i].SameAs(spans[i - 1])) return "a span says what the one before it says";
  }
  for (const Date day : TellingDays(facts)) {
    domain::StandingSpan told;
    told.standing = type::v1::STANDING_NOT_CERTIFIED;
    for (const domain::StandingSpan& span : spans) {
      if (span.from <= day) told = span;
    }
    const domain::StandingSpan wanted = SpanOf(facts, day);
    if (told.SameAs(wanted)) continue;
    return absl::StrCat("on ", day.ToString(), " the timeline says ",
                        std::string(domain::StandingName(told.standing)), ", the evaluation ",
                        std::string(domain::StandingName(wanted.standing)));
  }
  return "";
}

TEST(TimelineProperty, EveryDayHasTheOneStandingOfItsEvaluation) {
  ExpectOfHistories(100,
                    [](const History& history) { return FaultOfAny(history, &FaultOfTimeline); });
}

std::string FaultOfRow(const Facts& facts) {
  const view::v1::CertificantRow row = projections::BuildRow(facts, 1);
  for (const Date day : TellingDays(facts)) {
    const view::v1::StandingSpan* const standing = projections::FindStanding(row, day);
    const domain::StandingSpan wanted = SpanOf(facts, day);
    const auto told = standing == nullptr ? type::v1::STANDING_NOT_CERTIFIED : standing->standing();
    if (told != wanted.standing)
      return absl::StrCat("on ", day.ToString(), " the standing differs");
    const view::v1::AnswerSpan* const answer = projections::FindAnswer(row, day);
    if (answer == nullptr) continue;  // Before the last fact: evaluated anew.
    view::v1::AnswerSpan anew = projections::BuildAnswer(facts, day);
    anew.set_first_day(answer->first_day());
    if (anew.SerializeAsString() == answer->SerializeAsString()) continue;
    return absl::StrCat("on ", day.ToString(), " the row says ", answer->ShortDebugString(),
                        ", the facts ", anew.ShortDebugString());
  }
  return "";
}

TEST(TimelineProperty, ARowSaysOfEveryDayWhatTheFactsSay) {
  ExpectOfHistories(60, [](const History& history) { return FaultOfAny(history, &FaultOfRow); });
}

}  // namespace
}  // namespace goodstanding::simulation
