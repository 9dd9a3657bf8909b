#include "domain/catalogue.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/refusal.h"
#include "domain/text.h"

namespace goodstanding::domain {

using event::v1::ActivityEvent;

Catalogue::Catalogue(const Catalogue& other) { *this = other; }

Catalogue& Catalogue::operator=(const Catalogue& other) {
  if (this == &other) return *this;
  entry_by_hash_.clear();
  entries_ = other.entries_;
  has_parts_ = other.has_parts_;
  for (const auto& [id, entry] : entries_) entry_by_hash_.emplace(id, &entry);
  return *this;
}

absl::Status Catalogue::Apply(absl::string_view activity_id, int64_t position,
                              int64_t recorded_micros, const Moment& effective,
                              const ActivityEvent& event) {
  CatalogueFact fact;
  fact.effective = effective;
  fact.position = position;
  fact.recorded_micros = recorded_micros;
  if (event.has_activity_approved()) {
    const auto& approved = event.activity_approved();
    fact.approval = true;
    fact.sponsor = approved.sponsor();
    fact.title = approved.title();
    fact.credits = approved.credits().hundredths();
    fact.from = Date::FromProto(approved.period().first_date()).value_or(Date());
    fact.through = Date::FromProto(approved.period().last_date()).value_or(Date());
    fact.part_of = approved.part_of_activity_id();
  } else if (!event.has_activity_withdrawn()) {
    return absl::DataLossError(absl::StrCat("position ", position, ": unknown activity event"));
  }
  has_parts_ = has_parts_ || !fact.part_of.empty();
  const auto [place_of_entry, added] = entries_.try_emplace(std::string(activity_id));
  CatalogueEntry& entry = place_of_entry->second;
  if (added) {
    entry.activity_id = std::string(activity_id);
    entry_by_hash_.emplace(place_of_entry->first, &entry);
  }
  auto place = entry.facts.end();
  while (place != entry.facts.begin() && effective.micros < std::prev(place)->effective.micros) {
    --place;
  }
  entry.facts.insert(place, std::move(fact));
  return absl::OkStatus();
}

const CatalogueEntry* Catalogue::Find(absl::string_view activity_id) const {
  const auto found = entry_by_hash_.find(activity_id);
  return found == entry_by_hash_.end() ? nullptr : found->second;
}

const CatalogueFact* Catalogue::Covering(absl::string_view activity_id, Date completed,
                                         const Knowledge& knowledge, const Cutoff& cutoff) const {
  const CatalogueEntry* const entry = Find(activity_id);
  if (entry == nullptr) return nullptr;
  const CatalogueFact* covering = nullptr;
  for (const CatalogueFact& fact : entry->facts) {
    if (!knowledge.Sees(fact.position, fact.recorded_micros) || !cutoff.Includes(fact.effective)) {
      continue;
    }
    if (!fact.approval) {
      if (completed >= fact.effective.date) covering = nullptr;
    } else if (fact.from <= completed && completed <= fact.through) {
      covering = &fact;
    }
  }
  return covering;
}

CatalogueStatus Catalogue::StatusAt(const CatalogueEntry& entry, const Knowledge& knowledge,
                                    const Cutoff& cutoff) {
  CatalogueStatus status;
  for (const CatalogueFact& fact : entry.facts) {
    if (!knowledge.Sees(fact.position, fact.recorded_micros) || !cutoff.Includes(fact.effective)) {
      continue;
    }
    if (fact.approval) {
      status = CatalogueStatus{&fact, std::nullopt};
    } else if (!status.withdrawn_from) {
      status.withdrawn_from = fact.effective.date;
    }
  }
  return status;
}

namespace {

// Whether an approval of the catalogue was ever that of a part of this activity.
bool HasParts(const Catalogue& catalogue, absl::string_view activity_id) {
  for (const auto& [id, entry] : catalogue.entries()) {
    for (const CatalogueFact& fact : entry.facts) {
      if (fact.part_of == activity_id) return true;
    }
  }
  return false;
}

// A part belongs to an activity of the catalogue that stands by itself, and has no parts itself.
absl::Status CheckPart(const Catalogue& catalogue, absl::string_view activity_id,
                       const std::string& whole) {
  if (whole.empty()) return absl::OkStatus();
  const CatalogueEntry* const entry = catalogue.Find(whole);
  if (entry == nullptr) {
    return Refuse("ACTIVITY_NOT_FOUND", absl::StrCat("The catalogue has no activity ", whole, "."),
                  "part_of_activity_id", {{"activityId", whole}});
  }
  const bool whole_is_part =
      std::any_of(entry->facts.begin(), entry->facts.end(),
                  [](const CatalogueFact& fact) { return !fact.part_of.empty(); });
  if (whole != activity_id && !whole_is_part && !HasParts(catalogue, activity_id)) {
    return absl::OkStatus();
  }
  return Refuse("INVALID_ARGUMENT",
                "part_of_activity_id must name an activity that is no part itself, and only what "
                "has no parts can be one.",
                "part_of_activity_id");
}

}  // namespace

absl::Status ValidateActivity(absl::string_view activity_id, const ActivityEvent& proposed) {
  GS_RETURN_IF_ERROR(CheckId(activity_id, "activity_id"));
  if (proposed.has_activity_withdrawn()) {
    return CheckText(proposed.activity_withdrawn().reason(), 0, 2000, "reason");
  }
  const auto& approved = proposed.activity_approved();
  GS_RETURN_IF_ERROR(CheckText(approved.sponsor(), 1, 200, "sponsor"));
  GS_RETURN_IF_ERROR(CheckText(approved.title(), 1, 200, "title"));
  const auto from = Date::FromProto(approved.period().first_date());
  const auto through = Date::FromProto(approved.period().last_date());
  if (!from || !through) {
    return Refuse("INVALID_ARGUMENT", "The period must have a first and a last day.", "period");
  }
  const Hundredths credits = approved.credits().hundredths();
  if (credits <= 0 || credits > kMaxAmount) {
    return Refuse("INVALID_AMOUNT", "The credits of an activity must be above 0.", "credits");
  }
  if (!approved.part_of_activity_id().empty()) {
    GS_RETURN_IF_ERROR(CheckId(approved.part_of_activity_id(), "part_of_activity_id"));
  }
  return CheckPeriod(*from, *through, "period");
}

absl::Status DecideActivity(const Catalogue& catalogue, absl::string_view activity_id,
                            const ActivityEvent& proposed, const Moment& effective,
                            const Moment& now) {
  GS_RETURN_IF_ERROR(ValidateActivity(activity_id, proposed));
  GS_RETURN_IF_ERROR(CheckNotInFuture(effective, now));
  GS_RETURN_IF_ERROR(
      CheckPart(catalogue, activity_id, proposed.activity_approved().part_of_activity_id()));
  const CatalogueEntry* const entry = catalogue.Find(activity_id);
  if (proposed.has_activity_withdrawn() && entry == nullptr) {
    return Refuse("ACTIVITY_NOT_FOUND",
                  absl::StrCat("The catalogue has no activity ", activity_id, "."), "activity_id",
                  {{"activityId", std::string(activity_id)}});
  }
  if (proposed.has_activity_withdrawn() || entry == nullptr) return absl::OkStatus();
  const CatalogueStatus status = Catalogue::StatusAt(*entry, Knowledge{}, Cutoff::At(effective));
  if (status.approval == nullptr || status.withdrawn_from) return absl::OkStatus();
  return Refuse("ACTIVITY_ALREADY_APPROVED",
                absl::StrCat("The catalogue has an approved activity ", activity_id,
                             "; withdraw it first, or choose another id."),
                "activity_id", {{"activityId", std::string(activity_id)}});
}

}  // namespace goodstanding::domain
