#include "domain/waivers.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "domain/money_text.h"

namespace goodstanding::domain {
namespace {

using type::v1::CycleDeadline;
using type::v1::FeeKind;

// The day that a deadline is; nullptr for none.
Date* DayOf(CycleDeadline deadline, CycleStatus& cycle) {
  switch (deadline) {
    case type::v1::CYCLE_DEADLINE_APPLICATION:
      return &cycle.application_through;
    case type::v1::CYCLE_DEADLINE_EXTENSION_REQUEST:
      return &cycle.extension_request_through;
    case type::v1::CYCLE_DEADLINE_LATE_APPLICATION:
      return &cycle.calendar.late_through;
    case type::v1::CYCLE_DEADLINE_EXTENSION_END:
      return &cycle.calendar.extension_through;
    case type::v1::CYCLE_DEADLINE_REINSTATEMENT:
      return &cycle.calendar.reinstatement_through;
    default:
      return nullptr;
  }
}

// Takes credits off a line; 0: all of them.
void TakeOff(Hundredths credits, Hundredths& minimum) {
  minimum = credits == 0 ? 0 : std::max<Hundredths>(0, minimum - credits);
}

// The level less what is waived. An extension never needs more than the renewal does in all.
void WaiveCredits(const std::vector<AppliedWaiver>& waivers, Level& level) {
  for (const AppliedWaiver& applied : waivers) {
    const Waiver& waiver = *applied.waiver;
    if (waiver.line == kExtensionHalfLine) TakeOff(waiver.credits, level.extension_half);
    for (RequirementLine& line : level.requirement) {
      if (line.line == waiver.line) TakeOff(waiver.credits, line.minimum);
    }
  }
  for (const RequirementLine& line : level.requirement) {
    if (!line.approved_only) level.extension_half = std::min(level.extension_half, line.minimum);
  }
}

std::string DeadlineText(CycleDeadline deadline) {
  switch (deadline) {
    case type::v1::CYCLE_DEADLINE_APPLICATION:
      return "the deadline to apply, and to date payments, without a late fee";
    case type::v1::CYCLE_DEADLINE_EXTENSION_REQUEST:
      return "the deadline to ask for an extension";
    case type::v1::CYCLE_DEADLINE_LATE_APPLICATION:
      return "the deadline for late applications";
    case type::v1::CYCLE_DEADLINE_EXTENSION_END:
      return "the end of the extension";
    default:
      return "the end of the window for reinstatement";
  }
}

std::string FeeText(FeeKind fee) {
  switch (fee) {
    case type::v1::FEE_KIND_RECERTIFICATION:
      return "the recertification fee";
    case type::v1::FEE_KIND_LATE:
      return "the late fee";
    case type::v1::FEE_KIND_EXTENSION:
      return "the extension fee";
    default:
      return "the reinstatement fee";
  }
}

std::string LineText(const Waiver& waiver) {
  const std::string line = waiver.line == kExtensionHalfLine
                               ? "that an extension needs"
                               : absl::StrCat("of the requirement (", waiver.line, ")");
  return waiver.credits == 0 ? absl::StrCat("all credits ", line)
                             : absl::StrCat(FormatHundredths(waiver.credits), " credits ", line);
}

std::string WaivedText(const Waiver& waiver, const Figures& figures) {
  if (waiver.deadline != type::v1::CYCLE_DEADLINE_UNSPECIFIED) {
    return absl::StrCat(DeadlineText(waiver.deadline), ", which is met through ",
                        waiver.through.ToWords(), " too");
  }
  if (waiver.fee == type::v1::FEE_KIND_UNSPECIFIED) return LineText(waiver);
  return waiver.amount == 0
             ? FeeText(waiver.fee)
             : absl::StrCat(MoneyText(figures, waiver.amount), " of ", FeeText(waiver.fee));
}

template <typename Matches>
std::vector<int64_t> PositionsWhere(const CycleStatus& cycle, const Matches& matches) {
  std::vector<int64_t> positions;
  for (const AppliedWaiver& applied : cycle.waivers) {
    if (matches(*applied.waiver)) positions.push_back(applied.stamp.position);
  }
  return positions;
}

}  // namespace

void ApplyWaiver(AppliedWaiver applied, CycleStatus& cycle) {
  const std::shared_ptr<const Waiver> waiver = applied.waiver;
  cycle.waivers.push_back(std::move(applied));
  if (Date* const day = DayOf(waiver->deadline, cycle)) *day = std::max(*day, waiver->through);
  if (waiver->line.empty()) return;
  auto levels = std::make_shared<std::vector<Level>>(cycle.figures().levels);
  for (Level& level : *levels) WaiveCredits(cycle.waivers, level);
  cycle.waived_levels = std::move(levels);
}

Date DeadlineOf(const CycleStatus& cycle, CycleDeadline deadline) {
  CycleStatus copy = cycle;
  return *DayOf(deadline, copy);
}

Date LatestOf(const CycleStatus& cycle, CycleDeadline deadline) {
  switch (deadline) {
    case type::v1::CYCLE_DEADLINE_APPLICATION:
      return cycle.calendar.late_through;
    case type::v1::CYCLE_DEADLINE_EXTENSION_REQUEST:
      return cycle.calendar.extension_through;
    case type::v1::CYCLE_DEADLINE_REINSTATEMENT:
      return cycle.figures().CalendarOf(cycle.end_year + cycle.figures().cycle_years).cycle_end;
    default:
      return cycle.calendar.reinstatement_through;
  }
}

Hundredths WaivedOf(const CycleStatus& cycle, FeeKind fee, Hundredths amount) {
  Hundredths left = amount;
  for (const AppliedWaiver& applied : cycle.waivers) {
    if (applied.waiver->fee == fee) TakeOff(applied.waiver->amount, left);
  }
  return amount - left;
}

std::vector<int64_t> WaiversOf(const CycleStatus& cycle, CycleDeadline deadline) {
  return PositionsWhere(cycle, [&](const Waiver& waiver) { return waiver.deadline == deadline; });
}

std::vector<int64_t> WaiversOf(const CycleStatus& cycle, FeeKind fee) {
  return PositionsWhere(cycle, [&](const Waiver& waiver) { return waiver.fee == fee; });
}

std::vector<int64_t> WaiversOf(const CycleStatus& cycle, absl::string_view line) {
  return PositionsWhere(cycle, [&](const Waiver& waiver) { return waiver.line == line; });
}

std::string WaiverText(const Waiver& waiver, const Figures& figures) {
  return absl::StrCat("waived ", WaivedText(waiver, figures),
                      waiver.dispute_position > 0
                          ? absl::StrCat(", on the dispute at position ", waiver.dispute_position)
                          : absl::StrCat(", by the hardship decision ", waiver.hardship_reference));
}

}  // namespace goodstanding::domain
