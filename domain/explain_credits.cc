// Each credit record with what it earned and how, or the reason why not; and the requirement.
#include <algorithm>
#include <iterator>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "domain/explain_parts.h"
#include "domain/source_headings.h"
#include "domain/waivers.h"

namespace goodstanding::domain {
namespace {

// "832 min 30 s", "900 minutes": minutes of net hours have allowances in seconds.
std::string TimeText(int64_t seconds) {
  if (seconds % 60 == 0) return absl::StrCat(seconds / 60, " minutes");
  return absl::StrCat(seconds / 60, " min ", seconds % 60, " s");
}

// Tells the record of one judgment.
class CreditTeller {
 public:
  CreditTeller(const Facts& facts, const Evaluation& evaluation, const CreditJudgment& judgment)
      : facts_(facts),
        evaluation_(evaluation),
        cycle_(*evaluation.cycle()),
        judgment_(judgment),
        record_(*judgment.record) {
    line_.topic = ExplanationTopic::kCredit;
    line_.reason = std::string(CreditReasonName(judgment.reason));
    line_.source_heading =
        judgment.kind == nullptr ? std::string(kHeadingActivities) : judgment.kind->source_heading;
    line_.positions = {record_.stamp.position};
    for (const CreditChange& change : record_.changes) {
      if (evaluation.cutoff.Includes(change.stamp.effective)) {
        line_.positions.push_back(change.stamp.position);
      }
    }
  }

  ExplanationLine Tell() {
    const std::string head =
        absl::StrCat("Credit ", record_.reference, " (", record_.kind, ", completed ",
                     judgment_.figures.completed.ToWords(), ")");
    if (judgment_.reason != CreditReason::kEarns) {
      line_.text = absl::StrCat(head, " earned nothing: ", WhyNot(), ".");
      return std::move(line_);
    }
    line_.text =
        absl::StrCat(head, " earned ", FormatHundredths(judgment_.earned), ": ", How(), ".");
    if (judgment_.approved()) absl::StrAppend(&line_.text, " It counts as approved.");
    if (record_.board_posted) {
      absl::StrAppend(&line_.text,
                      " The board posted it, so it is documented and dated by its completion.");
      line_.settled = true;
    }
    return std::move(line_);
  }

 private:
  const Figures& figures() const { return cycle_.figures(); }
  const ActivityKind& kind() const { return *judgment_.kind; }

  // --- What it earned, and how.

  std::string How() {
    const std::string rate = FormatHundredths(kind().rate);
    const int64_t value = judgment_.figures.amount.value;
    switch (kind().unit) {
      case type::v1::ACTIVITY_UNIT_MINUTES:
        return HowOfMinutes();
      case type::v1::ACTIVITY_UNIT_COUNT:
        line_.settled = true;  // The page gives no figure for articles and books.
        return absl::StrCat(value, " at ", rate, " each");
      case type::v1::ACTIVITY_UNIT_ACADEMIC_CREDITS:
        return absl::StrCat(FormatHundredths(value), " academic credits at ", rate, " each");
      default:
        return absl::StrCat(FormatHundredths(value), " position-years at ", rate, " each");
    }
  }

  std::string HowOfMinutes() {
    const CreditFigures& reported = judgment_.figures;
    const QualifyingTime time = QualifyingTimeOf(reported, figures());
    std::string text = absl::StrCat(reported.amount.value, " minutes");
    if (reported.break_minutes > 0) {
      absl::StrAppend(&text, ", less ", reported.break_minutes, " of breaks, meals and networking");
    }
    if (time.excess_seconds > 0) {
      absl::StrAppend(&text, ", less ", TimeText(time.excess_seconds), " of the ",
                      reported.housekeeping_minutes, " minutes of housekeeping, of which ",
                      figures().housekeeping_minutes_per_hour, " an hour are allowed");
    } else if (reported.housekeeping_minutes > 0) {
      absl::StrAppend(&text, " (", reported.housekeeping_minutes,
                      " of housekeeping are within the ", figures().housekeeping_minutes_per_hour,
                      " an hour that are allowed)");
    }
    if (reported.break_minutes > 0 || time.excess_seconds > 0) {
      absl::StrAppend(&text, ", leave ", TimeText(time.qualifying_seconds));
    }
    absl::StrAppend(&text, " at ", FormatHundredths(kind().rate), " an hour");
    return absl::StrCat(text, RoundingText(time), CapText(time));
  }

  Hundredths RoundedDown(const QualifyingTime& time) const {
    return RoundDownToMultiple(time.qualifying_seconds * kind().rate / 3600,
                               figures().credit_increment);
  }

  std::string RoundingText(const QualifyingTime& time) {
    const Hundredths rounded = RoundedDown(time);
    if (time.qualifying_seconds * kind().rate == rounded * 3600) return "";
    line_.settled = true;
    return absl::StrCat(", rounded down to ", FormatHundredths(rounded), ", a multiple of ",
                        FormatHundredths(figures().credit_increment));
  }

  std::string CapText(const QualifyingTime& time) {
    if (!kind().catalogue_required) return "";
    const CatalogueFact* const cover = facts_.catalogue.Covering(
        record_.activity_id, judgment_.figures.completed, facts_.knowledge, evaluation_.cutoff);
    if (cover == nullptr) return "";
    line_.positions.push_back(cover->position);
    if (RoundedDown(time) <= cover->credits) return "";
    return absl::StrCat(", at most the ", FormatHundredths(cover->credits),
                        " for which the catalogue approves ", record_.activity_id);
  }

  // --- Why it earned nothing.

  std::string WhyNot() {
    switch (judgment_.reason) {
      case CreditReason::kWithdrawn:
        return absl::StrCat("it was withdrawn", OnDayOf(CreditChangeType::kWithdrawn));
      case CreditReason::kDisallowed:
        return absl::StrCat("it was disallowed", OnDayOf(CreditChangeType::kDisallowed));
      case CreditReason::kOutsideCycle:
        return WhyOutside();
      case CreditReason::kActivityDoesNotQualify:
        return WhyNotQualifying();
      case CreditReason::kPaidService:
        return "service for which the person was paid earns none";
      case CreditReason::kAwaitingVerification:
        return "the board's staff have not verified it; it earns once they have";
      case CreditReason::kActivityNotApproved:
        return WhyNotApproved();
      case CreditReason::kNotDocumented:
        line_.source_heading = std::string(kHeadingMissed);
        return "its certificate is not on file, and in a reinstatement only documented records "
               "count";
      case CreditReason::kDuplicate:
        return WhyDuplicate();
      case CreditReason::kPartOfAnother:
        return WhyPart();
      case CreditReason::kCountedInPreviousCycle:
        return WhyCountedBefore();
      case CreditReason::kCountsInNextCycle:
        line_.settled = true;
        line_.source_heading = std::string(kHeadingExtensionEnd);
        return "it was completed inside the extension and is not needed for the extended cycle; "
               "it counts in the next one";
      default:
        return WhyOneCourse();
    }
  }

  // The last change of a type that is in effect.
  std::string OnDayOf(CreditChangeType type) const {
    const CreditChange* last = nullptr;
    for (const CreditChange& change : record_.changes) {
      if (change.type == type && evaluation_.cutoff.Includes(change.stamp.effective)) {
        last = &change;
      }
    }
    return last == nullptr ? "" : absl::StrCat(" on ", last->stamp.effective.date.ToWords());
  }

  std::string WhyOutside() {
    line_.source_heading = std::string(kHeadingCycle);
    const Date first = cycle_.number == 1 ? cycle_.start + 1 : cycle_.start;
    std::string text = absl::StrCat("the days of completion that count run from ", first.ToWords(),
                                    " through ", cycle_.last_counting_day().ToWords());
    if (judgment_.figures.completed > cycle_.last_counting_day()) {
      return absl::StrCat(text, cycle_.extension_granted
                                    ? ", the end of the extension"
                                    : ", and no extension is granted that would add to them");
    }
    if (cycle_.number == 1) {
      return absl::StrCat(text, ", in a first cycle after the day of the first grant");
    }
    line_.settled = true;
    return absl::StrCat(text, "; no credit carries over from the cycle before");
  }

  std::string WhyNotQualifying() {
    line_.source_heading = std::string(kHeadingNoActivities);
    if (judgment_.kind == nullptr) {
      return absl::StrCat("the rule set ", figures().name, " knows no such kind of activity");
    }
    return absl::StrCat("an activity of this kind (", kind().title, ") does not qualify");
  }

  std::string WhyNotApproved() {
    if (kind().approved_programme_only) return "it was not at an approved programme";
    if (record_.activity_id.empty()) return "it names no activity of the catalogue";
    const CatalogueEntry* const entry = facts_.catalogue.Find(record_.activity_id);
    bool known = false;
    if (entry != nullptr) {
      for (const CatalogueFact& fact : entry->facts) {
        if (!facts_.knowledge.Sees(fact.position, fact.recorded_micros) ||
            !evaluation_.cutoff.Includes(fact.effective)) {
          continue;
        }
        known = true;
        line_.positions.push_back(fact.position);
      }
    }
    return absl::StrCat("the catalogue ", known ? "does not cover " : "has no ",
                        record_.activity_id, known ? " on that day" : "",
                        "; it earns as soon as the catalogue covers it");
  }

  const CreditJudgment* FindOther(bool (*same)(const CreditJudgment&,
                                               const CreditJudgment&)) const {
    for (const CreditJudgment& other : evaluation_.renewal.credits.judgments) {
      if (&other != &judgment_ && same(other, judgment_)) return &other;
    }
    return nullptr;
  }

  std::string WhyDuplicate() {
    // The first one that no earlier reason takes out; a later reason may.
    const CreditJudgment* const other =
        FindOther([](const CreditJudgment& a, const CreditJudgment& b) {
          return IsSameActivity(a, b) &&
                 (a.reason == CreditReason::kEarns || a.reason > CreditReason::kDuplicate);
        });
    if (other == nullptr) return "the same activity was reported before";
    line_.positions.push_back(other->record->stamp.position);
    const bool same_day = other->figures.completed == judgment_.figures.completed;
    return absl::StrCat(
        "credit ", other->record->reference, " reports the same activity (", record_.activity_id,
        same_day ? ") of the same day" : ") in another account", " and was recorded first");
  }

  std::string WhyPart() {
    line_.settled = true;
    const CatalogueFact* const approval = facts_.catalogue.Covering(
        record_.activity_id, judgment_.figures.completed, facts_.knowledge, evaluation_.cutoff);
    const CreditJudgment* const whole =
        FindWhole(judgment_, evaluation_.renewal.credits.judgments, facts_.catalogue,
                  facts_.knowledge, evaluation_.cutoff);
    if (approval == nullptr || whole == nullptr) return "the whole of it is reported too";
    line_.positions.push_back(approval->position);
    line_.positions.push_back(whole->record->stamp.position);
    return absl::StrCat("it is a part of ", approval->part_of, ", which credit ",
                        whole->record->reference, " reports whole");
  }

  std::string WhyCountedBefore() {
    line_.settled = true;
    line_.source_heading = std::string(kHeadingExtensionEnd);
    const CycleStatus& previous =
        evaluation_.career.cycles[static_cast<size_t>(evaluation_.cycle_index) - 1];
    line_.positions.push_back(previous.renewed->position);
    return absl::StrCat("the approval of ", previous.renewed->effective.date.ToWords(),
                        " rests on it for the cycle that ended on ",
                        previous.calendar.cycle_end.ToWords());
  }

  std::string WhyOneCourse() {
    const CreditJudgment* const other =
        FindOther([](const CreditJudgment& a, const CreditJudgment& b) {
          return a.kind == b.kind && a.reason == CreditReason::kEarns;
        });
    if (other == nullptr) return "only one record of this kind earns in a cycle";
    line_.positions.push_back(other->record->stamp.position);
    return absl::StrCat("one record of this kind earns in a cycle, and credit ",
                        other->record->reference, ", with ", FormatHundredths(other->earned),
                        ", comes first: most credits, then completed first, then recorded first");
  }

  const Facts& facts_;
  const Evaluation& evaluation_;
  const CycleStatus& cycle_;
  const CreditJudgment& judgment_;
  const CreditRecord& record_;
  ExplanationLine line_;
};

std::vector<int64_t> EarningPositions(const CreditCount& credits, bool approved_only) {
  std::vector<int64_t> positions;
  for (const CreditJudgment& judgment : credits.judgments) {
    if (judgment.reason == CreditReason::kEarns && (!approved_only || judgment.approved())) {
      positions.push_back(judgment.record->stamp.position);
    }
  }
  return positions;
}

// Why the requirement is not that of the level held.
ExplanationLine FirstRenewalAsDual(const Evaluation& evaluation) {
  const Level& level = *evaluation.renewal.level;
  ExplanationLine line =
      MakeLine(ExplanationTopic::kRequirement,
               absl::StrCat("The level is ", evaluation.level->level,
                            ", but the requirement is that of ", level.level,
                            ", and so is the half that an extension needs: only credentials "
                            "held before the first day of the cycle, ",
                            evaluation.cycle()->start.ToWords(),
                            ", raise it. The fee follows the level on the day of submission."),
               kHeadingFirstDual);
  line.settled = true;
  for (const HeldCredential& held : evaluation.career.held) {
    line.positions.push_back(held.granted.position);
  }
  return line;
}

// Adds what is waived of a line, if anything is.
void TellWaived(const Evaluation& evaluation, absl::string_view waived_line,
                ExplanationLine& line) {
  const std::vector<int64_t> waivers = WaiversOf(*evaluation.cycle(), waived_line);
  if (waivers.empty()) return;
  absl::StrAppend(&line.text, " That is less than the rules ask for: a part is waived.");
  line.positions.insert(line.positions.end(), waivers.begin(), waivers.end());
}

// Whether a requirement is that of another level than the one held.
bool OfAnotherLevel(const Evaluation& evaluation) {
  return evaluation.renewal.level->credential_count != evaluation.level->credential_count;
}

ExplanationLine RequirementText(const Evaluation& evaluation, const RequirementLine& requirement) {
  const CreditCount& credits = evaluation.renewal.credits;
  const Hundredths counted = credits.Counted(requirement);
  const bool met = counted >= requirement.minimum;
  ExplanationLine line = MakeLine(
      ExplanationTopic::kRequirement,
      absl::StrCat(
          "The renewal needs ", FormatHundredths(requirement.minimum), " credits (",
          requirement.line, requirement.approved_only ? ", of approved kinds only" : "", "; level ",
          evaluation.renewal.level->level, "); ", FormatHundredths(counted), " count: ",
          met ? "met."
              : absl::StrCat(FormatHundredths(requirement.minimum - counted), " are lacking.")),
      kHeadingRequirement);
  if (!met) line.reason = "REQUIREMENTS_NOT_MET";
  line.positions = EarningPositions(credits, requirement.approved_only);
  TellWaived(evaluation, requirement.line, line);
  return line;
}

// Whether an extension is asked for, or still can be.
bool HalfMatters(const Evaluation& evaluation) {
  const CycleStatus& cycle = *evaluation.cycle();
  if (cycle.renewed || cycle.extension_granted || !evaluation.career.in_tenure()) return false;
  const Date day = evaluation.cutoff.date;
  return cycle.extension_requested ||
         (cycle.calendar.application_opens <= day && day <= cycle.extension_request_through);
}

ExplanationLine HalfText(const Facts& facts, const Evaluation& evaluation) {
  const HalfStatus half = EvaluateHalf(
      facts, evaluation.career, static_cast<size_t>(evaluation.cycle_index), evaluation.cutoff);
  ExplanationLine line =
      MakeLine(ExplanationTopic::kRequirement,
               absl::StrCat("An extension needs ", FormatHundredths(half.needed),
                            " documented credits completed by ",
                            evaluation.cycle()->calendar.cycle_end.ToWords(), ", approved or not; ",
                            FormatHundredths(half.counted), " count."),
               kHeadingExtension);
  if (half.counted < half.needed) line.reason = "HALF_NOT_MET";
  line.settled = OfAnotherLevel(evaluation);
  TellWaived(evaluation, kExtensionHalfLine, line);
  for (const CreditJudgment& judgment : evaluation.renewal.credits.judgments) {
    if (judgment.reason == CreditReason::kEarns && judgment.documented) {
      line.positions.push_back(judgment.record->stamp.position);
    }
  }
  return line;
}

// Whether both judge the same records by windows, increments and allowances that are the same.
bool WindowsAgree(const Evaluation& a, const Evaluation& b) {
  const CycleStatus* const ours = a.cycle();
  const CycleStatus* const theirs = b.cycle();
  return theirs != nullptr && ours->number == theirs->number && ours->start == theirs->start &&
         ours->last_counting_day() == theirs->last_counting_day() &&
         ours->extension_granted.has_value() == theirs->extension_granted.has_value() &&
         ours->figures().credit_increment == theirs->figures().credit_increment &&
         ours->figures().housekeeping_minutes_per_hour ==
             theirs->figures().housekeeping_minutes_per_hour &&
         a.renewal.credits.judgments.size() == b.renewal.credits.judgments.size();
}

// Whether a record has the same line in both: what the lines of these two reasons are made of.
bool ToldAlike(const CreditJudgment& a, const CreditJudgment& b) {
  const CreditFigures& ours = a.figures;
  const CreditFigures& theirs = b.figures;
  if (a.record != b.record || a.reason != b.reason || ours.completed != theirs.completed ||
      ours.amount != theirs.amount || ours.break_minutes != theirs.break_minutes ||
      ours.housekeeping_minutes != theirs.housekeeping_minutes) {
    return false;
  }
  if (a.reason == CreditReason::kOutsideCycle) return true;
  return a.reason == CreditReason::kEarns && a.earned == b.earned && a.kind->rate == b.kind->rate &&
         a.kind->unit == b.kind->unit && a.kind->approved == b.kind->approved &&
         a.kind->catalogue_required == b.kind->catalogue_required;
}

}  // namespace

std::vector<ExplanationLine> ExplainCredits(const Facts& facts, const Evaluation& evaluation,
                                            const Evaluation* other) {
  const std::vector<CreditJudgment>& all = evaluation.renewal.credits.judgments;
  const bool comparable = other != nullptr && WindowsAgree(evaluation, *other);
  std::vector<const CreditJudgment*> judgments;
  for (size_t i = 0; i < all.size(); ++i) {
    if (comparable && ToldAlike(all[i], other->renewal.credits.judgments[i])) continue;
    judgments.push_back(&all[i]);
  }
  std::sort(judgments.begin(), judgments.end(),
            [](const CreditJudgment* a, const CreditJudgment* b) {
              return std::tuple(a->figures.completed, a->record->stamp.position) <
                     std::tuple(b->figures.completed, b->record->stamp.position);
            });
  std::vector<ExplanationLine> lines;
  for (const CreditJudgment* judgment : judgments) {
    lines.push_back(CreditTeller(facts, evaluation, *judgment).Tell());
  }
  return lines;
}

std::vector<ExplanationLine> ExplainRequirement(const Facts& facts, const Evaluation& evaluation) {
  std::vector<ExplanationLine> lines;
  if (OfAnotherLevel(evaluation) && evaluation.career.in_tenure()) {
    lines.push_back(FirstRenewalAsDual(evaluation));
  }
  for (const RequirementLine& requirement : evaluation.renewal.level->requirement) {
    lines.push_back(RequirementText(evaluation, requirement));
  }
  if (HalfMatters(evaluation)) lines.push_back(HalfText(facts, evaluation));
  return lines;
}

}  // namespace goodstanding::domain
