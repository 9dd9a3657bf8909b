// Whom to audit: a share of a population, drawn by the root of a signed checkpoint, so that anybody
// who knows the checkpoint can draw again (docs/audit-selection.md). Pure.
#ifndef GOODSTANDING_PROJECTIONS_AUDIT_SELECTION_H_
#define GOODSTANDING_PROJECTIONS_AUDIT_SELECTION_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "domain/evaluate.h"
#include "eventstore/merkle.h"

namespace goodstanding::projections {

// What is drawn for a person: 32 bytes, SHA-256 over "goodstanding audit selection v1", the
// checkpoint's root, the year as 4 bytes, big-endian, and the id.
std::string DrawForAudit(const eventstore::Hash& root, int cycle_end_year,
                         absl::string_view certificant_id);

// Whether a draw selects: as a number it is below the rate's share of 2^256. `rate_millionths` is
// from 0, nobody, to 1,000,000, everybody.
bool IsSelected(absl::string_view draw, int32_t rate_millionths);

// Whether a person is of the population: a cycle of the last tenure ends in the year, and an
// application to renew it is submitted or approved, by all facts, whatever their day. Nobody whose
// data is erased.
bool CanBeSelected(const domain::Facts& facts, int cycle_end_year);

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_AUDIT_SELECTION_H_
