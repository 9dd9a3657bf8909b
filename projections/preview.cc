#include "projections/preview.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "projections/codec.h"
#include "projections/ordered_sweep.h"
#include "projections/sweep.h"

namespace goodstanding::projections {
namespace {

using domain::Evaluation;
using domain::FormatHundredths;

// A figure of one evaluation, and the group whose place it has in a comparison.
struct Figure {
  int group = 0;
  std::string name;
  std::string text;
};

constexpr int kStanding = 0;
constexpr int kRequirement = 1;
constexpr int kCounted = 2;
constexpr int kCredit = 3;
constexpr int kMoney = 4;
constexpr int kGroups = 5;

std::string YesOrNo(bool value) { return value ? "yes" : "no"; }

void AddStanding(const Evaluation& evaluation, std::vector<Figure>& figures) {
  figures.push_back(
      {kStanding, "standing", std::string(domain::StandingName(evaluation.standing))});
  figures.push_back({kStanding, "certified", YesOrNo(domain::IsCertified(evaluation.standing))});
  if (evaluation.cycle() == nullptr) return;
  figures.push_back({kStanding, "level", evaluation.level->level});
  figures.push_back({kStanding, "cycle_end", evaluation.cycle()->calendar.cycle_end.ToString()});
}

// Whether a record is judged alike in both, at the same place.
bool JudgedAlike(const domain::RenewalStatus& renewal, const domain::RenewalStatus& other,
                 size_t place) {
  if (place >= other.credits.judgments.size()) return false;
  const domain::CreditJudgment& a = renewal.credits.judgments[place];
  const domain::CreditJudgment& b = other.credits.judgments[place];
  return a.record == b.record && a.reason == b.reason && a.earned == b.earned;
}

void AddCredits(const domain::RenewalStatus& renewal, const domain::RenewalStatus& other,
                std::vector<Figure>& figures) {
  for (const domain::RequirementLine& line : renewal.level->requirement) {
    figures.push_back(
        {kRequirement, absl::StrCat("requirement.", line.line), FormatHundredths(line.minimum)});
    figures.push_back({kCounted, absl::StrCat("counted.", line.line),
                       FormatHundredths(renewal.credits.Counted(line))});
  }
  for (size_t i = 0; i < renewal.credits.judgments.size(); ++i) {
    if (JudgedAlike(renewal, other, i)) continue;
    const domain::CreditJudgment& judgment = renewal.credits.judgments[i];
    figures.push_back({kCredit, absl::StrCat("credit.", judgment.record->reference),
                       judgment.reason == domain::CreditReason::kEarns
                           ? FormatHundredths(judgment.earned)
                           : std::string(domain::CreditReasonName(judgment.reason))});
  }
}

void AddMoney(const Evaluation& evaluation, std::vector<Figure>& figures) {
  const domain::RenewalStatus& renewal = evaluation.renewal;
  const domain::Fees& fees = renewal.fees.fees;
  const auto add = [&](absl::string_view name, domain::Hundredths amount) {
    figures.push_back({kMoney, std::string(name), FormatHundredths(amount)});
  };
  add("fees.recertification", fees.recertification);
  add("fees.late", fees.late);
  add("fees.extension", fees.extension);
  add("fees.reinstatement", fees.reinstatement);
  add("paid", renewal.paid);
  add("balance", renewal.balance);
  add("arrears", evaluation.arrears);
  figures.push_back({kMoney, "complete", YesOrNo(renewal.complete)});
}

// All but credits that are judged alike in the other one.
std::vector<Figure> FiguresOf(const Evaluation& evaluation, const Evaluation& other) {
  std::vector<Figure> figures;
  AddStanding(evaluation, figures);
  if (evaluation.cycle() == nullptr) return figures;
  AddCredits(evaluation.renewal, other.renewal, figures);
  AddMoney(evaluation, figures);
  return figures;
}

// The item that is the wanted one; looked for first where it would be if both lists had the same.
template <typename Item, typename Same>
const Item* FindNear(const std::vector<Item>& items, size_t place, const Same& same) {
  if (place < items.size() && same(items[place])) return &items[place];
  const auto found = std::find_if(items.begin(), items.end(), same);
  return found == items.end() ? nullptr : &*found;
}

const Figure* Find(const std::vector<Figure>& figures, const std::vector<Figure>& others,
                   const Figure& wanted) {
  const auto place = static_cast<size_t>(&wanted - others.data());
  return FindNear(figures, place, [&](const Figure& figure) {
    return figure.group == wanted.group && figure.name == wanted.name;
  });
}

bool SameAnswer(const Evaluation& a, const Evaluation& b) { return Compare(a, b).empty(); }

// Evaluates one person as of the question, under any rules.
class PersonUnderRules {
 public:
  PersonUnderRules(const CorrectionQuestion& question, const domain::CertificantState& state)
      : question_(question), state_(state) {}

  domain::Facts FactsUnder(const domain::RulebookView& rules) const {
    return {state_, rules, question_.catalogue, {.max_position = question_.position}};
  }
  domain::Cutoff cutoff() const { return domain::Cutoff::EndOf(question_.day); }
  Evaluation Under(const domain::RulebookView& rules) const {
    return domain::Evaluate(FactsUnder(rules), cutoff());
  }

  // Whether a figure of several makes a difference.
  bool Decides(const Correction::Variant& variant, const Evaluation& before,
               const Evaluation& after) const {
    return (variant.without != nullptr && !SameAnswer(Under(variant.without->view()), after)) ||
           (variant.alone != nullptr && !SameAnswer(before, Under(variant.alone->view())));
  }

 private:
  const CorrectionQuestion& question_;
  const domain::CertificantState& state_;
};

int CycleEndYear(const Evaluation& evaluation) {
  return evaluation.cycle() == nullptr ? 0 : evaluation.cycle()->end_year;
}

bool Lets(const EffectFilter& filter, const CorrectionEffect& effect) {
  const auto in_years = [&](int year) {
    return filter.first_year <= year && year <= filter.last_year;
  };
  const auto is = [](domain::Standing wanted, domain::Standing standing) {
    return wanted == type::v1::STANDING_UNSPECIFIED || wanted == standing;
  };
  return (in_years(effect.before_cycle_end_year) || in_years(effect.after_cycle_end_year)) &&
         is(filter.before_standing, effect.before_standing) &&
         is(filter.after_standing, effect.after_standing);
}

// Looks at one person and adds what is found to the batch.
void Look(const CorrectionQuestion& question, const EffectFilter& filter, absl::string_view id,
          const domain::CertificantState& state, PreviewBatch& batch) {
  const PersonUnderRules person(question, state);
  const Correction& correction = question.correction;
  ++batch.counts.certificants;
  const domain::Facts facts = person.FactsUnder(correction.before());
  domain::Career career = domain::CareerAt(facts, person.cutoff());
  if (correction.Spares(career)) return;
  const Evaluation before = domain::Evaluate(facts, person.cutoff(), std::move(career));
  const Evaluation after = person.Under(correction.after());
  CorrectionEffect effect;
  effect.changes = Compare(before, after);
  if (effect.changes.empty()) return;
  effect.certificant_id = std::string(id);
  effect.before_standing = before.standing;
  effect.after_standing = after.standing;
  effect.before_cycle_end_year = CycleEndYear(before);
  effect.after_cycle_end_year = CycleEndYear(after);
  ++batch.counts.changed;
  ++batch.counts.transitions[{before.standing, after.standing}];
  if (!Lets(filter, effect)) return;
  ++batch.counts.listed;
  const auto& variants = correction.variants();
  for (const Correction::Variant& variant : variants) {
    if (variants.size() == 1 || person.Decides(variant, before, after)) {
      effect.deciding_figures.push_back(variant.path);
    }
  }
  effect.why = ExplainDifference(facts, before, person.FactsUnder(correction.after()), after);
  batch.effects.push_back(std::move(effect));
}

// The lines that the others do not have. What a line rests on may differ while it says the same.
std::vector<domain::ExplanationLine> Without(const std::vector<domain::ExplanationLine>& lines,
                                             const std::vector<domain::ExplanationLine>& others) {
  std::vector<domain::ExplanationLine> rest;
  for (size_t i = 0; i < lines.size(); ++i) {
    const domain::ExplanationLine& line = lines[i];
    if (line.topic == domain::ExplanationTopic::kRules) continue;
    const auto* const shared = FindNear(others, i, [&](const domain::ExplanationLine& other) {
      return other.topic == line.topic && other.text == line.text;
    });
    if (shared == nullptr) rest.push_back(line);
  }
  return rest;
}

}  // namespace

std::vector<FigureDifference> Compare(const Evaluation& before, const Evaluation& after) {
  const std::vector<Figure> old_figures = FiguresOf(before, after);
  const std::vector<Figure> new_figures = FiguresOf(after, before);
  std::vector<FigureDifference> differences;
  for (int group = 0; group < kGroups; ++group) {
    for (const Figure& figure : old_figures) {
      if (figure.group != group) continue;
      const Figure* const now = Find(new_figures, old_figures, figure);
      const std::string text = now == nullptr ? std::string() : now->text;
      if (text != figure.text) differences.push_back({figure.name, figure.text, text});
    }
    for (const Figure& figure : new_figures) {
      if (figure.group != group || Find(old_figures, new_figures, figure) != nullptr) continue;
      differences.push_back({figure.name, "", figure.text});
    }
  }
  return differences;
}

ExplanationDifference ExplainDifference(const domain::Facts& before_facts, const Evaluation& before,
                                        const domain::Facts& after_facts, const Evaluation& after) {
  const std::vector<domain::ExplanationLine> old_lines =
      domain::ExplainBeside(before_facts, before, after);
  const std::vector<domain::ExplanationLine> new_lines =
      domain::ExplainBeside(after_facts, after, before);
  return {Without(old_lines, new_lines), Without(new_lines, old_lines)};
}

void PreviewCounts::Add(const PreviewCounts& other) {
  certificants += other.certificants;
  changed += other.changed;
  listed += other.listed;
  for (const auto& [standings, count] : other.transitions) transitions[standings] += count;
}

absl::StatusOr<std::vector<eventstore::StreamRange>> RangesOf(const eventstore::EventStore& store,
                                                              const SweepScope& scope) {
  if (scope.certificant_ids.empty()) {
    // Small enough that what is found in one is held in memory, until its turn comes.
    constexpr int64_t kEventsPerRange = 50'000;
    const int64_t count =
        std::clamp<int64_t>(store.Head() / kEventsPerRange, scope.threads, 10'000);
    return store.SplitStreams(kCertificantPrefix, static_cast<int>(count));
  }
  std::vector<std::string> ids = scope.certificant_ids;
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::vector<eventstore::StreamRange> ranges;
  for (const std::string& id : ids) {
    const std::string stream = CertificantStream(id);
    ranges.push_back({stream, stream + '\x01'});  // Below every longer name.
  }
  return ranges;
}

absl::Status PreviewCorrection(const eventstore::EventStore& store,
                               const CorrectionQuestion& question, const EffectFilter& filter,
                               const SweepScope& scope,
                               const std::function<bool(const PreviewBatch&)>& emit) {
  GS_ASSIGN_OR_RETURN(const auto ranges, RangesOf(store, scope));
  const auto scan = [&](const eventstore::StreamRange& range, PreviewBatch& batch) {
    return SweepRange(store, range, question.position,
                      [&](absl::string_view id, const ReplayedCertificant& certificant) {
                        Look(question, filter, id, certificant.state, batch);
                        return absl::OkStatus();
                      });
  };
  return SweepInOrder<PreviewBatch>(ranges, scope.threads, scan, emit);
}

}  // namespace goodstanding::projections
