// The rules before and after a correction: one that is proposed, or one that was published.
#ifndef GOODSTANDING_PROJECTIONS_CORRECTION_H_
#define GOODSTANDING_PROJECTIONS_CORRECTION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/career.h"
#include "domain/rulebook.h"
#include "goodstanding/event/v1/rule_set_event.pb.h"

namespace goodstanding::projections {

// A rulebook and everything known of it.
class NewestRules {
 public:
  explicit NewestRules(domain::Rulebook rulebook)
      : rulebook_(std::make_unique<const domain::Rulebook>(std::move(rulebook))),
        view_(rulebook_->Newest()) {}

  const domain::RulebookView& view() const { return view_; }

 private:
  std::unique_ptr<const domain::Rulebook> rulebook_;  // Stays where it is: the view borrows it.
  domain::RulebookView view_;
};

// Immutable; thread-safe.
class Correction {
 public:
  // A correction on top of the newest version. Refusals as of Rulebook::DecideCorrect.
  static absl::StatusOr<Correction> Propose(std::shared_ptr<const domain::Rulebook> board,
                                            const std::string& name, int64_t base_version,
                                            const event::v1::RuleSetCorrected& proposed);

  // What was published since a version, up to the newest; 0: since the one before the newest.
  // RULE_SET_NOT_FOUND where there is no such version, or none before the newest.
  static absl::StatusOr<Correction> SincePublished(std::shared_ptr<const domain::Rulebook> board,
                                                   const std::string& name, int64_t base_version);

  const std::string& name() const { return name_; }
  const domain::RulebookView& before() const { return before_; }
  const domain::RulebookView& after() const { return after_; }
  int64_t base_version() const { return base_version_; }
  // The version that `after` has, also where it is not published yet.
  int64_t version() const { return version_; }
  // All rule sets, without what is proposed.
  const domain::Rulebook& board() const { return *board_; }

  // Whether rules before and after say the same of everybody with this career, which is one by the
  // rules before: an evaluation reads the rules of the years in which the cycles end, and of no
  // others.
  bool Spares(const domain::Career& career) const;

  // One figure of a proposed correction of several, by itself and left out. A variant that would be
  // no valid rule set is nullptr.
  struct Variant {
    std::string path;
    std::unique_ptr<const NewestRules> alone;
    std::unique_ptr<const NewestRules> without;
  };
  // One for each path, in the order of the correction. Of one figure there is one variant, without
  // rules: it alone decides.
  const std::vector<Variant>& variants() const { return variants_; }

 private:
  Correction() = default;

  void AddVariants(const event::v1::RuleSetCorrected& proposed);

  std::shared_ptr<const domain::Rulebook> board_;
  std::string name_;
  int64_t base_version_ = 0;
  int64_t version_ = 0;
  std::unique_ptr<const NewestRules> proposed_;  // nullptr where nothing is proposed.
  domain::RulebookView before_;
  domain::RulebookView after_;
  std::vector<Variant> variants_;
};

// ON DISK: the digest that names the preview of a correction (docs/storage.md): SHA-256 over the
// log's origin, the version of the rule set that it is drawn up against, its years and figures.
std::string PreviewDigest(absl::string_view origin, const std::string& name,
                          const domain::RuleSetRevision& base,
                          const event::v1::RuleSetCorrected& proposed);

// The version of the rule set against which the correction was previewed under the digest that it
// names; 0 where there is no such rule set. PREVIEW_MISMATCH where it is of another correction.
absl::StatusOr<int64_t> PreviewedVersion(absl::string_view origin, const domain::Rulebook& board,
                                         const std::string& name,
                                         const event::v1::RuleSetCorrected& proposed);

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_CORRECTION_H_
