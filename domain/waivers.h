// Waivers: what the board does without for one person and cycle.
//
// A waiver is a fact that holds from its effective time on. It moves a deadline to a later day,
// takes a fee off, or takes credits off a line of the requirement; the cycle and the days on which
// activities count stay as they are, but for a granted extension's end.
#ifndef GOODSTANDING_DOMAIN_WAIVERS_H_
#define GOODSTANDING_DOMAIN_WAIVERS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "domain/career.h"
#include "domain/certificant.h"
#include "domain/figures.h"

namespace goodstanding::domain {

// The line code that stands for what an extension needs.
inline constexpr absl::string_view kExtensionHalfLine = "extension_half";

// Lets a waiver act on its cycle.
void ApplyWaiver(AppliedWaiver applied, CycleStatus& cycle);

// The last day of a deadline as it stands, inclusive. REQUIRES: it is specified.
Date DeadlineOf(const CycleStatus& cycle, type::v1::CycleDeadline deadline);

// The last day to which it can be moved, inclusive: the end of the window behind it; for the
// reinstatement the end of the next cycle.
Date LatestOf(const CycleStatus& cycle, type::v1::CycleDeadline deadline);

// What of a fee is waived; at most the fee.
Hundredths WaivedOf(const CycleStatus& cycle, type::v1::FeeKind fee, Hundredths amount);

// Positions of the waivers of a deadline, a fee or a requirement line, ascending by effect.
std::vector<int64_t> WaiversOf(const CycleStatus& cycle, type::v1::CycleDeadline deadline);
std::vector<int64_t> WaiversOf(const CycleStatus& cycle, type::v1::FeeKind fee);
std::vector<int64_t> WaiversOf(const CycleStatus& cycle, absl::string_view line);

// "waived the deadline for late applications, which is met through January 15, 2026 too, on the
// dispute at position 12".
std::string WaiverText(const Waiver& waiver, const Figures& figures);

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_WAIVERS_H_
