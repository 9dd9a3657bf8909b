#include "domain/credit_amounts.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/refusal.h"

namespace goodstanding::domain {
namespace {

using event::v1::ActivityAmount;

ActivityAmount::AmountCase CaseOf(type::v1::ActivityUnit unit) {
  switch (unit) {
    case type::v1::ACTIVITY_UNIT_MINUTES:
      return ActivityAmount::kMinutes;
    case type::v1::ACTIVITY_UNIT_POSITION_YEARS:
      return ActivityAmount::kPositionYearsHundredths;
    case type::v1::ACTIVITY_UNIT_ACADEMIC_CREDITS:
      return ActivityAmount::kAcademicCreditsHundredths;
    case type::v1::ACTIVITY_UNIT_COUNT:
      return ActivityAmount::kCount;
    default:
      return ActivityAmount::AMOUNT_NOT_SET;
  }
}

absl::string_view UnitName(type::v1::ActivityUnit unit) {
  switch (unit) {
    case type::v1::ACTIVITY_UNIT_MINUTES:
      return "minutes";
    case type::v1::ACTIVITY_UNIT_POSITION_YEARS:
      return "position_years";
    case type::v1::ACTIVITY_UNIT_ACADEMIC_CREDITS:
      return "academic_credits";
    default:
      return "count";
  }
}

}  // namespace

const Figures* FiguresForUnits(const RulebookView& rules, Date completed) {
  const Governing governing = rules.For(completed.year());
  return governing.figures != nullptr ? governing.figures : rules.Default();
}

absl::Status CheckPositive(const Amount& amount) {
  constexpr int64_t kMaxValue = 1'000'000;
  if (amount.value > 0 && amount.value <= kMaxValue) return absl::OkStatus();
  return Refuse("INVALID_AMOUNT", "The amount must be above 0 and of a believable size.", "amount",
                {{"amount", absl::StrCat(amount.value)}});
}

absl::Status CheckAmount(const CreditFigures& figures, const ActivityKind& kind) {
  GS_RETURN_IF_ERROR(CheckPositive(figures.amount));
  if (figures.amount.unit != CaseOf(kind.unit)) {
    return Refuse(
        "INVALID_AMOUNT",
        absl::StrCat("The amount of ", kind.kind, " is given in ", UnitName(kind.unit), "."),
        "amount", {{"unit", std::string(UnitName(kind.unit))}});
  }
  const bool timed = kind.unit == type::v1::ACTIVITY_UNIT_MINUTES;
  const int64_t minutes = timed ? figures.amount.value : 0;
  if (figures.break_minutes < 0 || figures.break_minutes > minutes) {
    return Refuse("INVALID_AMOUNT", "Breaks must be from 0 to the minutes of the activity.",
                  "break_minutes", {{"minutes", absl::StrCat(minutes)}});
  }
  if (figures.housekeeping_minutes < 0 ||
      figures.housekeeping_minutes > minutes - figures.break_minutes) {
    return Refuse("INVALID_AMOUNT",
                  "Housekeeping must be from 0 to the minutes of the activity less the breaks.",
                  "housekeeping_minutes",
                  {{"netMinutes", absl::StrCat(minutes - figures.break_minutes)}});
  }
  return absl::OkStatus();
}

absl::Status CheckCompleted(Date completed, Date today) {
  if (completed <= today) return absl::OkStatus();
  return Refuse("COMPLETED_IN_FUTURE",
                absl::StrCat("The activity would be completed on ", completed.ToString(),
                             ", in the future; it can be recorded once it is completed."),
                "completed_date", {{"completed", completed.ToString()}});
}

}  // namespace goodstanding::domain
