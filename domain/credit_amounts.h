// Whether the amount of a record makes sense in the unit of its kind.
#ifndef GOODSTANDING_DOMAIN_CREDIT_AMOUNTS_H_
#define GOODSTANDING_DOMAIN_CREDIT_AMOUNTS_H_

#include "absl/status/status.h"
#include "domain/certificant.h"
#include "domain/rulebook.h"

namespace goodstanding::domain {

// The figures that name the units of an activity completed on a day: a kind's unit is the same in
// every version, so those of the day's year serve, or any.
const Figures* FiguresForUnits(const RulebookView& rules, Date completed);

// INVALID_AMOUNT unless the amount is above 0 and of a size that a person can reach.
absl::Status CheckPositive(const Amount& amount);

// INVALID_AMOUNT unless the amount is in the kind's unit, and breaks and housekeeping lie within
// it.
absl::Status CheckAmount(const CreditFigures& figures, const ActivityKind& kind);

// COMPLETED_IN_FUTURE where the activity ends after `today`.
absl::Status CheckCompleted(Date completed, Date today);

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_CREDIT_AMOUNTS_H_
