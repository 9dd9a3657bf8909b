// Rule sets as text, and what the domain makes of their figures.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "domain/figures.h"
#include "tools/rule_files.h"

namespace goodstanding {
namespace {

void UseFigures(const domain::Figures& figures) {
  for (const int year : {1900, 2000, 2025, 9990}) {
    const domain::CycleCalendar calendar = figures.CalendarOf(year);
    GS_CHECK(calendar.cycle_end.year() == year);
    (void)figures.AddBusinessDays(calendar.cycle_end, 10);
  }
  (void)figures.LevelFor(0);
  (void)figures.LevelFor(2);
}

void ReadRules(const std::string& text) {
  const auto rules = tools::ParseRules("rules", text);
  if (!rules.ok()) {
    GS_CHECK(rules.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  const bool valid = domain::ValidateRuleSet(*rules).empty();
  const auto figures = domain::CompileRuleSet(*rules);
  GS_CHECK(figures.ok() == valid);
  if (valid) UseFigures(*figures);
}

}  // namespace
}  // namespace goodstanding

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  goodstanding::ReadRules(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
