#include "domain/rulebook.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/refusal.h"

namespace goodstanding::domain {
namespace {

using event::v1::RuleSetCorrected;
using event::v1::RuleSetEvent;
using event::v1::RuleSetPublished;

constexpr int kFirstYear = 0;
constexpr int kLastYear = 9999;

absl::StatusOr<FigureSegment> MakeSegment(int first_year, int last_year,
                                          type::v1::RuleSet rule_set) {
  GS_ASSIGN_OR_RETURN(Figures figures, CompileRuleSet(rule_set));
  return FigureSegment{first_year, last_year, std::move(rule_set),
                       std::make_shared<const Figures>(std::move(figures))};
}

absl::StatusOr<std::vector<FigureSegment>> SegmentsOf(const RuleSetPublished& published) {
  std::vector<FigureSegment> segments;
  const type::v1::RuleSet& rule_set = published.rule_set();
  if (rule_set.years().empty()) {
    GS_ASSIGN_OR_RETURN(FigureSegment segment, MakeSegment(kFirstYear, kLastYear, rule_set));
    segments.push_back(std::move(segment));
  }
  for (const auto& years : rule_set.years()) {
    GS_ASSIGN_OR_RETURN(FigureSegment segment,
                        MakeSegment(years.first_year(), years.last_year(), rule_set));
    segments.push_back(std::move(segment));
  }
  return segments;
}

absl::StatusOr<FigureSegment> Corrected(const FigureSegment& segment, int first_year, int last_year,
                                        const RuleSetCorrected& correction) {
  type::v1::RuleSet rule_set = segment.rule_set;
  for (const auto& change : correction.changes()) {
    GS_RETURN_IF_ERROR(ApplyFigureChange(change, rule_set));
  }
  return MakeSegment(first_year, last_year, std::move(rule_set));
}

// The segments after a correction: those inside its years are corrected, those across its edge
// split.
absl::StatusOr<std::vector<FigureSegment>> Correct(const std::vector<FigureSegment>& segments,
                                                   const RuleSetCorrected& correction) {
  const int first = correction.years().first_year();
  const int last = correction.years().last_year();
  std::vector<FigureSegment> result;
  bool touched = false;
  for (const FigureSegment& segment : segments) {
    const int from = std::max(first, segment.first_year);
    const int through = std::min(last, segment.last_year);
    if (from > through) {
      result.push_back(segment);
      continue;
    }
    touched = true;
    if (segment.first_year < from) {
      result.push_back(segment);
      result.back().last_year = from - 1;
    }
    GS_ASSIGN_OR_RETURN(FigureSegment corrected, Corrected(segment, from, through, correction));
    result.push_back(std::move(corrected));
    if (segment.last_year > through) {
      result.push_back(segment);
      result.back().first_year = through + 1;
    }
  }
  if (!touched) {
    return Refuse("INVALID_RULE_SET", "The rule set governs none of the years named.", "years");
  }
  return result;
}

absl::Status CheckYears(const type::v1::YearRange& years) {
  if (years.first_year() >= 1900 && years.last_year() <= 9999 &&
      years.first_year() <= years.last_year()) {
    return absl::OkStatus();
  }
  return Refuse("INVALID_RULE_SET",
                "Years must run from first_year to last_year, between 1900 and 9999.", "years");
}

bool Covers(const RuleSetRevision& revision, int year) {
  return std::any_of(revision.segments.begin(), revision.segments.end(),
                     [&](const auto& s) { return s.first_year <= year && year <= s.last_year; });
}

bool GovernsRest(const std::vector<RuleSetRevision>& revisions) {
  return revisions.front().event.rule_set_published().rule_set().years().empty();
}

bool SegmentsMeet(const RuleSetRevision& a, const std::vector<FigureSegment>& b) {
  return std::any_of(b.begin(), b.end(), [&](const FigureSegment& segment) {
    for (int year = segment.first_year; year <= segment.last_year; ++year) {
      if (Covers(a, year)) return true;
    }
    return false;
  });
}

}  // namespace

Governing RulebookView::For(int year) const {
  const RuleSetRevision* governing = nullptr;
  for (const Known& known : known_) {
    if (!Covers(*known.revision, year)) continue;
    if (governing == nullptr || !known.governs_rest) governing = known.revision;
  }
  if (governing == nullptr) return Governing{};
  for (const FigureSegment& segment : governing->segments) {
    if (segment.first_year <= year && year <= segment.last_year) {
      return Governing{segment.figures.get(), governing->version, governing->position};
    }
  }
  return Governing{};
}

const Figures* RulebookView::Default() const {
  const Figures* fallback = nullptr;
  for (const Known& known : known_) {
    fallback = known.revision->segments.back().figures.get();
    if (known.governs_rest) return fallback;
  }
  return fallback;
}

absl::Status Rulebook::Apply(int64_t position, int64_t recorded_micros, const RuleSetEvent& event) {
  RuleSetRevision revision;
  revision.position = position;
  revision.recorded_micros = recorded_micros;
  revision.event = event;
  if (event.has_rule_set_published()) {
    const RuleSetPublished& published = event.rule_set_published();
    GS_ASSIGN_OR_RETURN(revision.segments, SegmentsOf(published));
    revision.version = 1;
    revisions_[published.rule_set().name()] = {std::move(revision)};
    return absl::OkStatus();
  }
  if (!event.has_rule_set_corrected()) {
    return absl::DataLossError(absl::StrCat("position ", position, ": unknown rule set event"));
  }
  const RuleSetCorrected& corrected = event.rule_set_corrected();
  const auto found = revisions_.find(corrected.name());
  if (found == revisions_.end() || corrected.version() != found->second.back().version + 1) {
    return absl::DataLossError(absl::StrCat("position ", position, ": correction out of order"));
  }
  GS_ASSIGN_OR_RETURN(revision.segments, Correct(found->second.back().segments, corrected));
  revision.version = corrected.version();
  found->second.push_back(std::move(revision));
  return absl::OkStatus();
}

absl::StatusOr<RuleSetEvent> Rulebook::DecidePublish(const RuleSetPublished& proposed) const {
  GS_ASSIGN_OR_RETURN(std::vector<FigureSegment> segments, SegmentsOf(proposed));
  const std::string& name = proposed.rule_set().name();
  if (revisions_.contains(name)) {
    return Refuse("RULE_SET_EXISTS",
                  absl::StrCat("A rule set named ", name,
                               " is published; correct it, or choose another name."),
                  "rule_set.name", {{"name", name}});
  }
  const bool governs_rest = proposed.rule_set().years().empty();
  for (const auto& [other, revisions] : revisions_) {
    const bool other_governs_rest = GovernsRest(revisions);
    const bool clash = governs_rest
                           ? other_governs_rest
                           : !other_governs_rest && SegmentsMeet(revisions.back(), segments);
    if (!clash) continue;
    return Refuse("INVALID_RULE_SET",
                  absl::StrCat("The rule set ", other, " governs some of the same years; ",
                               "a year is governed by one rule set."),
                  "rule_set.years", {{"other", other}});
  }
  RuleSetEvent event;
  *event.mutable_rule_set_published() = proposed;
  return event;
}

absl::StatusOr<RuleSetEvent> Rulebook::DecideCorrect(const std::string& name, int64_t base_version,
                                                     const RuleSetCorrected& proposed) const {
  GS_RETURN_IF_ERROR(CheckYears(proposed.years()));
  const auto found = revisions_.find(name);
  if (found == revisions_.end()) {
    return Refuse("RULE_SET_NOT_FOUND", absl::StrCat("No rule set named ", name, " is published."),
                  "name", {{"name", name}});
  }
  const RuleSetRevision& newest = found->second.back();
  if (base_version != 0 && base_version != newest.version) {
    return Refuse(
        "RULE_SET_MOVED",
        absl::StrCat("The rule set is at version ", newest.version, ", not ", base_version,
                     "; preview the correction again."),
        "base_version",
        {{"expected", absl::StrCat(base_version)}, {"actual", absl::StrCat(newest.version)}});
  }
  if (proposed.changes().empty()) {
    return Refuse("INVALID_RULE_SET", "A correction must replace at least one figure.", "changes");
  }
  RuleSetEvent event;
  *event.mutable_rule_set_corrected() = proposed;
  event.mutable_rule_set_corrected()->set_name(name);
  event.mutable_rule_set_corrected()->set_version(newest.version + 1);
  GS_RETURN_IF_ERROR(Correct(newest.segments, proposed).status());
  return event;
}

absl::StatusOr<RulebookView> Rulebook::View(const Knowledge& knowledge,
                                            const std::optional<RuleSetChoice>& choice) const {
  RulebookView view;
  bool chosen = !choice.has_value();
  for (const auto& [name, revisions] : revisions_) {
    // Where nothing else governs a year the first version does, whenever it was published.
    const RuleSetRevision* known = GovernsRest(revisions) ? &revisions.front() : nullptr;
    for (const RuleSetRevision& revision : revisions) {
      const bool wanted = choice && choice->name == name;
      if (wanted ? revision.version == choice->version
                 : knowledge.Sees(revision.position, revision.recorded_micros)) {
        known = &revision;
        chosen = chosen || wanted;
      }
    }
    if (known != nullptr) view.known_.push_back({known, GovernsRest(revisions)});
  }
  if (!chosen) {
    return Refuse("RULE_SET_NOT_FOUND",
                  absl::StrCat("No version ", choice->version, " of a rule set named ",
                               choice->name, " is published."),
                  "perspective.rule_set",
                  {{"name", choice->name}, {"version", absl::StrCat(choice->version)}});
  }
  return view;
}

RulebookView Rulebook::Newest() const { return View(Knowledge{}, std::nullopt).value(); }

}  // namespace goodstanding::domain
