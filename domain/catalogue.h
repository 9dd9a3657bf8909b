// The catalogue of approved third-party activities, with its whole history.
#ifndef GOODSTANDING_DOMAIN_CATALOGUE_H_
#define GOODSTANDING_DOMAIN_CATALOGUE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/amounts.h"
#include "domain/dates.h"
#include "domain/knowledge.h"
#include "goodstanding/event/v1/activity_event.pb.h"

namespace goodstanding::domain {

// An approval, or the withdrawal of all approvals before it.
struct CatalogueFact {
  bool approval = false;
  Moment effective;
  int64_t position = 0;
  int64_t recorded_micros = 0;
  // Of an approval.
  std::string sponsor;
  std::string title;
  Hundredths credits = 0;
  Date from;            // First day of completion covered, inclusive.
  Date through;         // Last day of completion covered, inclusive.
  std::string part_of;  // Activity that it is a part of; empty: none.
};

// An activity and everything that was decided about it.
struct CatalogueEntry {
  std::string activity_id;
  std::vector<CatalogueFact>
      facts;  // By effective time, then by position; the first is an approval.
};

// What the catalogue says of an activity by a cutoff.
struct CatalogueStatus {
  const CatalogueFact* approval = nullptr;  // The last one; nullptr where there is none.
  std::optional<Date> withdrawn_from;       // Where withdrawn after it: first day not covered.
};

// Copyable; thread-compatible: share it immutably.
class Catalogue {
 public:
  Catalogue() = default;
  Catalogue(const Catalogue& other);
  Catalogue& operator=(const Catalogue& other);

  // Takes in an event of the log, in log order. DATA_LOSS for an unknown event.
  absl::Status Apply(absl::string_view activity_id, int64_t position, int64_t recorded_micros,
                     const Moment& effective, const event::v1::ActivityEvent& event);

  // The entry of an id; nullptr where there is none.
  const CatalogueEntry* Find(absl::string_view activity_id) const;

  // The approval that covers a completion, judged by facts known and effective by the cutoff;
  // nullptr where none does (section 4). Completions before a withdrawal keep their credit, and an
  // activity that is approved again is covered anew.
  const CatalogueFact* Covering(absl::string_view activity_id, Date completed,
                                const Knowledge& knowledge, const Cutoff& cutoff) const;

  // What stands by a cutoff.
  static CatalogueStatus StatusAt(const CatalogueEntry& entry, const Knowledge& knowledge,
                                  const Cutoff& cutoff);

  // Whether any approval names an activity that it is a part of.
  bool has_parts() const { return has_parts_; }

  const std::map<std::string, CatalogueEntry, std::less<>>& entries() const { return entries_; }

 private:
  std::map<std::string, CatalogueEntry, std::less<>> entries_;
  // The same, to be found fast; borrows keys and entries.
  absl::flat_hash_map<absl::string_view, const CatalogueEntry*> entry_by_hash_;
  bool has_parts_ = false;
};

// Checks a proposed catalogue event, effective at `effective`, against what is known:
// INVALID_ARGUMENT, INVALID_AMOUNT, INVALID_PERIOD, EFFECTIVE_IN_FUTURE, ACTIVITY_ALREADY_APPROVED,
// ACTIVITY_NOT_FOUND.
absl::Status DecideActivity(const Catalogue& catalogue, absl::string_view activity_id,
                            const event::v1::ActivityEvent& proposed, const Moment& effective,
                            const Moment& now);

// The checks of DecideActivity that need no state.
absl::Status ValidateActivity(absl::string_view activity_id,
                              const event::v1::ActivityEvent& proposed);

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_CATALOGUE_H_
