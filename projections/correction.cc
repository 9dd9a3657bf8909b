#include "projections/correction.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/refusal.h"
#include "eventstore/crypto.h"

namespace goodstanding::projections {
namespace {

using domain::Rulebook;
using domain::RuleSetRevision;
using event::v1::RuleSetCorrected;

absl::Status NoSuchVersion(const std::string& name, int64_t version) {
  return domain::Refuse("RULE_SET_NOT_FOUND",
                        absl::StrCat("There is nothing to compare: no correction since version ",
                                     version, " of a rule set named ", name, " is published."),
                        "base_version", {{"name", name}, {"version", absl::StrCat(version)}});
}

// The rulebook with the correction on top.
absl::StatusOr<NewestRules> With(const Rulebook& board, const std::string& name,
                                 int64_t base_version, const RuleSetCorrected& proposed) {
  GS_ASSIGN_OR_RETURN(const event::v1::RuleSetEvent event,
                      board.DecideCorrect(name, base_version, proposed));
  Rulebook corrected = board;
  GS_RETURN_IF_ERROR(corrected.Apply(0, 0, event));
  return NewestRules(std::move(corrected));
}

// The correction with those changes alone whose path is, or is not, `path`; nullptr where that is
// no valid one.
std::unique_ptr<const NewestRules> Only(const Rulebook& board, const std::string& name,
                                        RuleSetCorrected proposed, const std::string& path,
                                        bool is) {
  auto& changes = *proposed.mutable_changes();
  changes.erase(std::remove_if(changes.begin(), changes.end(),
                               [&](const auto& change) { return (change.path() == path) != is; }),
                changes.end());
  absl::StatusOr<NewestRules> rules = With(board, name, 0, proposed);
  return rules.ok() ? std::make_unique<const NewestRules>(*std::move(rules)) : nullptr;
}

void AppendPart(absl::string_view part, std::string& text) {
  absl::StrAppend(&text, part.size(), ":", part, ",");
}

}  // namespace

absl::StatusOr<Correction> Correction::Propose(std::shared_ptr<const Rulebook> board,
                                               const std::string& name, int64_t base_version,
                                               const RuleSetCorrected& proposed) {
  Correction correction;
  GS_ASSIGN_OR_RETURN(NewestRules rules, With(*board, name, base_version, proposed));
  correction.board_ = std::move(board);
  correction.name_ = name;
  correction.base_version_ = correction.board_->revisions().at(name).back().version;
  correction.version_ = correction.base_version_ + 1;
  correction.proposed_ = std::make_unique<const NewestRules>(std::move(rules));
  correction.before_ = correction.board_->Newest();
  correction.after_ = correction.proposed_->view();
  correction.AddVariants(proposed);
  return correction;
}

void Correction::AddVariants(const RuleSetCorrected& proposed) {
  for (const type::v1::FigureChange& change : proposed.changes()) {
    const auto same = [&](const Variant& variant) { return variant.path == change.path(); };
    if (std::none_of(variants_.begin(), variants_.end(), same)) {
      variants_.push_back({change.path(), nullptr, nullptr});
    }
  }
  if (variants_.size() == 1) return;
  for (Variant& variant : variants_) {
    variant.alone = Only(*board_, name_, proposed, variant.path, /*is=*/true);
    variant.without = Only(*board_, name_, proposed, variant.path, /*is=*/false);
  }
}

absl::StatusOr<Correction> Correction::SincePublished(std::shared_ptr<const Rulebook> board,
                                                      const std::string& name,
                                                      int64_t base_version) {
  const auto found = board->revisions().find(name);
  if (found == board->revisions().end()) return NoSuchVersion(name, base_version);
  Correction correction;
  correction.version_ = found->second.back().version;
  correction.base_version_ = base_version == 0 ? correction.version_ - 1 : base_version;
  if (correction.base_version_ < 1 || correction.base_version_ >= correction.version_) {
    return NoSuchVersion(name, base_version);
  }
  GS_ASSIGN_OR_RETURN(correction.before_,
                      board->View({}, domain::RuleSetChoice{name, correction.base_version_}));
  correction.after_ = board->Newest();
  correction.board_ = std::move(board);
  correction.name_ = name;
  return correction;
}

bool Correction::Spares(const domain::Career& career) const {
  const domain::Figures* const old_default = before_.Default();
  const domain::Figures* const new_default = after_.Default();
  if (old_default == nullptr || new_default == nullptr ||
      old_default->cycle_years != new_default->cycle_years) {
    return false;
  }
  // Figures that a correction leaves alone are shared by both.
  return std::all_of(career.cycles.begin(), career.cycles.end(),
                     [&](const domain::CycleStatus& cycle) {
                       return after_.For(cycle.end_year).figures == cycle.rules.figures;
                     });
}

std::string PreviewDigest(absl::string_view origin, const std::string& name,
                          const RuleSetRevision& base, const RuleSetCorrected& proposed) {
  std::string text;
  AppendPart("goodstanding correction 1", text);
  AppendPart(origin, text);
  AppendPart(name, text);
  AppendPart(absl::StrCat(base.version), text);
  AppendPart(absl::StrCat(base.position), text);
  AppendPart(absl::StrCat(proposed.years().first_year()), text);
  AppendPart(absl::StrCat(proposed.years().last_year()), text);
  for (const type::v1::FigureChange& change : proposed.changes()) {
    AppendPart(change.path(), text);
    AppendPart(change.value(), text);
  }
  return eventstore::Sha256(text);
}

absl::StatusOr<int64_t> PreviewedVersion(absl::string_view origin, const Rulebook& board,
                                         const std::string& name,
                                         const RuleSetCorrected& proposed) {
  const auto found = board.revisions().find(name);
  if (found == board.revisions().end()) return 0;
  for (const RuleSetRevision& base : found->second) {
    if (PreviewDigest(origin, name, base, proposed) == proposed.preview_digest()) {
      return base.version;
    }
  }
  return domain::Refuse("PREVIEW_MISMATCH",
                        "The preview that is named was of another correction; preview this one.",
                        "preview_digest");
}

}  // namespace goodstanding::projections
