// All rule sets that the board has published, with every version of each.
//
// Which figures apply depends on what is known alone, never on the day asked about (section 10): a
// RulebookView fixes the knowledge and answers by recertification year.
#ifndef GOODSTANDING_DOMAIN_RULEBOOK_H_
#define GOODSTANDING_DOMAIN_RULEBOOK_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "domain/figures.h"
#include "domain/knowledge.h"
#include "goodstanding/event/v1/rule_set_event.pb.h"

namespace goodstanding::domain {

// Figures for the years from first_year to last_year, both inclusive.
struct FigureSegment {
  int first_year = 0;
  int last_year = 0;
  type::v1::RuleSet rule_set;
  std::shared_ptr<const Figures> figures;
};

// One version of a rule set: what a publication or a correction made of it.
struct RuleSetRevision {
  int64_t version = 0;
  int64_t position = 0;         // Of the event that made it; 0 for a proposed correction.
  int64_t recorded_micros = 0;  // When that was recorded.
  event::v1::RuleSetEvent event;
  std::vector<FigureSegment> segments;  // Ascending, without overlap.
};

// A version to be used in place of the newest known one.
struct RuleSetChoice {
  std::string name;
  int64_t version = 0;
};

// The governing rules of a year.
struct Governing {
  const Figures* figures = nullptr;  // Owned by the rulebook.
  int64_t version = 0;
  int64_t position = 0;  // Of the event that made the version.
};

class Rulebook;

// A rulebook as known at a moment. Borrows the rulebook; cheap to copy; thread-safe.
class RulebookView {
 public:
  // The rules of the cycles that end in `year`; figures is nullptr where none were published.
  Governing For(int year) const;

  // The newest known version of the rule set that governs every year not named by another one.
  const Figures* Default() const;

 private:
  friend class Rulebook;
  struct Known {
    const RuleSetRevision* revision;
    bool governs_rest;
  };
  std::vector<Known> known_;
};

// Copyable; thread-compatible: share it immutably.
class Rulebook {
 public:
  // Takes in an event of the log, in log order. DATA_LOSS where it contradicts what came before.
  absl::Status Apply(int64_t position, int64_t recorded_micros,
                     const event::v1::RuleSetEvent& event);

  // The event that publishing would record. RULE_SET_EXISTS, INVALID_RULE_SET.
  absl::StatusOr<event::v1::RuleSetEvent> DecidePublish(
      const event::v1::RuleSetPublished& proposed) const;

  // The event that the correction would record. RULE_SET_NOT_FOUND, RULE_SET_MOVED (base_version
  // above 0 is not the newest), INVALID_RULE_SET.
  absl::StatusOr<event::v1::RuleSetEvent> DecideCorrect(
      const std::string& name, int64_t base_version,
      const event::v1::RuleSetCorrected& proposed) const;

  // The rules as known, a chosen version in place of its rule set's newest. RULE_SET_NOT_FOUND
  // where the choice was never published.
  absl::StatusOr<RulebookView> View(const Knowledge& knowledge,
                                    const std::optional<RuleSetChoice>& choice) const;

  // Everything known.
  RulebookView Newest() const;

  // All versions of all rule sets, by name, ascending.
  const std::map<std::string, std::vector<RuleSetRevision>>& revisions() const {
    return revisions_;
  }

 private:
  std::map<std::string, std::vector<RuleSetRevision>> revisions_;
};

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_RULEBOOK_H_
