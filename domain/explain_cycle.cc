// The cycle: grants, the renewal before it, its days, and what happened to its application.
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "domain/explain_parts.h"
#include "domain/source_headings.h"
#include "domain/waivers.h"

namespace goodstanding::domain {
namespace {

std::string CredentialText(const Milestone& milestone) {
  return milestone.credential.empty() ? "every credential" : milestone.credential;
}

// What a milestone did, without its day, and the heading it falls under.
struct Deed {
  std::string text;
  absl::string_view heading;
};

Deed CredentialDeed(const Milestone& milestone, bool began_tenure) {
  if (milestone.type == MilestoneType::kRevoked) {
    return {absl::StrCat("the board revoked ", CredentialText(milestone), "."), ""};
  }
  if (milestone.type == MilestoneType::kSurrendered) {
    return {absl::StrCat("the person surrendered ", CredentialText(milestone), "."), ""};
  }
  return {
      absl::StrCat("the board granted ", milestone.credential,
                   began_tenure ? ": the first cycle began." : "; it joined the running cycle."),
      kHeadingProgramme};
}

Deed ApplicationDeed(MilestoneType type) {
  switch (type) {
    case MilestoneType::kSubmitted:
      return {"the renewal application was submitted.", kHeadingDeadline};
    case MilestoneType::kReturned:
      return {"the application was returned: it is as if it had not been submitted.",
              kHeadingDecision};
    case MilestoneType::kRenewed:
      return {
          "the application was approved: the cycle is renewed, and the approval fixed its fees "
          "and the credits that it rests on.",
          kHeadingReport};
    case MilestoneType::kExtensionRequested:
      return {"an extension was requested.", kHeadingExtension};
    case MilestoneType::kExtensionGranted:
      return {"the extension was granted.", kHeadingExtension};
    case MilestoneType::kExtensionDenied:
      return {"the extension was denied: from then on it is as if it had never been asked for.",
              kHeadingExtension};
    case MilestoneType::kReinstatementRequested:
      return {"reinstatement was requested.", kHeadingMissed};
    case MilestoneType::kAuditOpened:
      return {"an audit was opened; it must be closed before an approval.", kHeadingReport};
    default:
      return {"the audit was closed.", kHeadingReport};
  }
}

bool IsOfCredential(MilestoneType type) {
  return type == MilestoneType::kGranted || type == MilestoneType::kRevoked ||
         type == MilestoneType::kSurrendered;
}

ExplanationLine LineOf(const Milestone& milestone, const Deed& deed) {
  ExplanationLine line = MakeLine(
      ExplanationTopic::kCycle,
      absl::StrCat("On ", milestone.stamp.effective.date.ToWords(), " ", deed.text), deed.heading);
  line.positions = {milestone.stamp.position};
  return line;
}

// A waiver speaks of the cycle that it names.
ExplanationLine WaiverLine(const Milestone& milestone, const Figures& figures) {
  ExplanationLine line =
      LineOf(milestone, {absl::StrCat("the board ", WaiverText(*milestone.waiver, figures),
                                      "; it holds from that day on, for the cycle that ends in ",
                                      milestone.cycle_end_year, "."),
                         ""});
  line.reason = "WAIVED";
  line.settled = true;
  if (milestone.waiver->dispute_position > 0) {
    line.positions.push_back(milestone.waiver->dispute_position);
  }
  return line;
}

// The first cycle of the current one's tenure.
const CycleStatus& FirstOfTenure(const Career& career, size_t index) {
  while (career.cycles[index].number > 1) --index;
  return career.cycles[index];
}

ExplanationLine PreviousRenewal(const CycleStatus& previous) {
  std::string text = absl::StrCat("The cycle that ended on ", previous.calendar.cycle_end.ToWords(),
                                  " was renewed on ", previous.renewed->effective.date.ToWords());
  std::vector<int64_t> positions = {previous.renewed->position};
  if (previous.reinstatement_requested) {
    absl::StrAppend(&text, ", by a reinstatement requested on ",
                    previous.reinstatement_requested->effective.date.ToWords(),
                    "; the gap before it stays in the history");
    positions.push_back(previous.reinstatement_requested->position);
  }
  if (previous.extension_granted) {
    absl::StrAppend(&text, ", within an extension granted on ",
                    previous.extension_granted->effective.date.ToWords());
    positions.push_back(previous.extension_granted->position);
  }
  ExplanationLine line =
      MakeLine(ExplanationTopic::kCycle,
               absl::StrCat(text, "; the dates of the next cycle do not move."), kHeadingReport);
  line.positions = std::move(positions);
  return line;
}

ExplanationLine CycleDays(const CycleStatus& cycle) {
  ExplanationLine line =
      MakeLine(ExplanationTopic::kCycle,
               absl::StrCat("Cycle ", cycle.number, " runs from ", cycle.start.ToWords(),
                            " through ", cycle.calendar.cycle_end.ToWords(), "."),
               kHeadingCycle);
  if (cycle.number == 1) {
    absl::StrAppend(&line.text, " It began with the first grant and ends ",
                    cycle.figures().cycle_years, " calendar years later; a later grant joins it.");
  }
  line.positions = {cycle.begun_by.position};
  return line;
}

}  // namespace

std::vector<ExplanationLine> ExplainCycle(const Facts& facts, const Evaluation& evaluation) {
  std::vector<ExplanationLine> lines;
  const size_t index = static_cast<size_t>(evaluation.cycle_index);
  const CycleStatus& cycle = *evaluation.cycle();
  const Stamp tenure_began = FirstOfTenure(evaluation.career, index).begun_by;
  std::vector<ExplanationLine> of_application;
  for (const Milestone& milestone : facts.state.milestones) {
    const Stamp& stamp = milestone.stamp;
    if (!evaluation.cutoff.Includes(stamp.effective) || stamp.Before(tenure_began)) continue;
    if (IsOfCredential(milestone.type)) {
      lines.push_back(
          LineOf(milestone, CredentialDeed(milestone, stamp.position == tenure_began.position)));
    } else if (milestone.type == MilestoneType::kWaived) {
      if (milestone.cycle_end_year == cycle.end_year) {
        of_application.push_back(WaiverLine(milestone, cycle.figures()));
      }
    } else if (stamp.effective.date >= cycle.start && cycle.begun_by.Before(stamp)) {
      of_application.push_back(LineOf(milestone, ApplicationDeed(milestone.type)));
    }
  }
  if (cycle.number > 1) lines.push_back(PreviousRenewal(evaluation.career.cycles[index - 1]));
  lines.push_back(CycleDays(cycle));
  std::move(of_application.begin(), of_application.end(), std::back_inserter(lines));
  return lines;
}

}  // namespace goodstanding::domain
