#include "tools/rule_words.h"

#include <map>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "domain/dates.h"

namespace goodstanding::tools {
namespace {

using type::v1::RuleSet;
using Words = std::map<std::string, std::string>;

// Figures whose path says it all.
const Words& WholePaths() {
  static const Words* const kWords = new Words{
      {"name", "Name of the rule set"},
      {"title", "Title of the rule set"},
      {"source_title", "Title of the published page"},
      {"years", "Years that it governs, a cycle's end year"},
      {"time_zone", "Time zone of all days and times"},
      {"currency_code", "Currency of all fees"},
      {"calendar.cycle_years", "Length of a cycle"},
      {"calendar.cycle_end", "Last day of a cycle, in its end year"},
      {"calendar.application_opens",
       "First day for applications and extension requests, in the end year"},
      {"calendar.late_through", "Last day of the late period, after the cycle's end"},
      {"calendar.extension_through", "Last day of a granted extension, after the cycle's end"},
      {"calendar.reinstatement_through",
       "Last day to complete a reinstatement, after the cycle's end"},
      {"calendar.business_closes",
       "Time by which an extension request must arrive on the cycle's last day"},
      {"fees.late", "Fee for a late application"},
      {"fees.extension", "Fee for a granted extension"},
      {"fees.reinstatement", "Fee for a requested reinstatement"},
      {"credit_increment", "Credits from minutes are rounded down to a multiple of"},
      {"housekeeping_minutes_per_hour", "Housekeeping that is allowed in a net hour"},
      {"service_times.decision_days", "From the payment of the fee to the decision"},
      {"service_times.badge_business_days", "From the cycle's end or the approval to the badge"},
      {"service_times.posting_business_days_min",
       "Until the board posts a completion of its own, at the earliest"},
      {"service_times.posting_business_days_max",
       "Until the board posts a completion of its own, at the latest"},
      {"service_times.automatic_posting_from_date",
       "First day of completion from which the education platform's credits are posted"},
      {"holidays", "Holidays that the other one does not have"},
  };
  return *kWords;
}

// What is said of a kind of activity.
const Words& OfKinds() {
  static const Words* const kWords = new Words{
      {"title", "what it is called"},
      {"unit", "in what its amount is given"},
      {"approved", "its credits count as approved"},
      {"disqualified", "earns nothing"},
      {"catalogue_required", "earns only what the catalogue covers"},
      {"verification_required", "earns only once staff have verified it"},
      {"unpaid_only", "earns only where the service was not paid"},
      {"approved_programme_only", "earns only at an approved programme"},
      {"records_per_cycle", "records that can earn in one cycle (0: any number)"},
      {"source_heading", "heading on the published page"},
  };
  return *kWords;
}

std::string Found(const Words& words, const std::string& key, const std::string& otherwise) {
  const auto found = words.find(key);
  return found == words.end() ? otherwise : found->second;
}

std::string PerUnit(const std::string& kind, const RuleSet& rules) {
  for (const type::v1::ActivityKindRule& rule : rules.activity_kinds()) {
    if (rule.kind() != kind) continue;
    switch (rule.unit()) {
      case type::v1::ACTIVITY_UNIT_MINUTES:
        return "an hour";
      case type::v1::ACTIVITY_UNIT_POSITION_YEARS:
        return "a year in a position";
      case type::v1::ACTIVITY_UNIT_ACADEMIC_CREDITS:
        return "an academic credit";
      default:
        return "each";
    }
  }
  return "each";
}

std::string RequirementInWords(const std::vector<std::string>& parts) {
  const std::string level = absl::AsciiStrToUpper(parts[1]);
  if (parts.size() == 4) {
    return absl::StrCat("Records that count toward ", parts[2], ", level ", level);
  }
  if (parts[2] == "extension_half") {
    return absl::StrCat("Documented credits that an extension needs, level ", level);
  }
  return absl::StrCat("Credits that a renewal needs (", parts[2], "), level ", level);
}

// "$50.00", or "50.00 EUR".
std::string Money(const std::string& value, const RuleSet& rules) {
  if (rules.currency_code() == "USD") return absl::StrCat("$", value);
  return absl::StrCat(value, " ", rules.currency_code());
}

// "December 31".
std::string DayOfYear(const std::string& value) {
  constexpr int kAnyYear = 2025;
  const std::optional<domain::MonthDay> day = domain::MonthDay::Parse(value);
  if (!day) return value;
  return std::string(absl::StripSuffix(day->InYear(kAnyYear).ToWords(), ", 2025"));
}

std::string Counted(const std::string& value, absl::string_view unit) {
  return absl::StrCat(value, " ", unit, value == "1" ? "" : "s");
}

}  // namespace

std::string FigureInWords(const std::string& path, const RuleSet& rules) {
  const std::vector<std::string> parts = absl::StrSplit(path, '.');
  if (parts[0] == "credentials" && parts.size() == 2) {
    return absl::StrCat("Credential ", parts[1]);
  }
  if (parts[0] == "levels" && parts.size() == 3) {
    return absl::StrCat("Credentials from which level ", absl::AsciiStrToUpper(parts[1]), " holds");
  }
  if (parts[0] == "requirement" && parts.size() >= 3) return RequirementInWords(parts);
  if (parts[0] == "fees" && parts.size() == 3) {
    return absl::StrCat("Recertification fee of ", parts[2] == "member" ? "members" : "non-members",
                        ", level ", absl::AsciiStrToUpper(parts[1]));
  }
  if (parts[0] == "activity" && parts.size() == 3) {
    if (parts[2] == "rate") return absl::StrCat(parts[1], ": credits ", PerUnit(parts[1], rules));
    return absl::StrCat(parts[1], ": ", Found(OfKinds(), parts[2], parts[2]));
  }
  return Found(WholePaths(), path, path);
}

std::string ValueInWords(const RuleFigure& figure, const RuleSet& rules) {
  const std::string& path = figure.path;
  const std::string& value = figure.value;
  if (value.empty()) return "";
  if (absl::StartsWith(path, "fees.")) return Money(value, rules);
  if (absl::StartsWith(path, "requirement.") && !absl::EndsWith(path, ".counts")) {
    return absl::StrCat(value, " credits");
  }
  if (absl::EndsWith(path, ".rate") || path == "credit_increment") {
    return absl::StrCat(value, " credits");
  }
  if (path == "calendar.cycle_years") return Counted(value, "year");
  if (path == "calendar.business_closes") return value;
  if (absl::StartsWith(path, "calendar.")) return DayOfYear(value);
  if (path == "housekeeping_minutes_per_hour") return Counted(value, "minute");
  if (path == "service_times.decision_days") return Counted(value, "day");
  if (absl::StartsWith(path, "service_times.") && !absl::EndsWith(path, "_date")) {
    return Counted(value, "business day");
  }
  if (absl::EndsWith(path, ".counts") || absl::EndsWith(path, ".unit")) {
    return absl::AsciiStrToLower(value);
  }
  return value;
}

}  // namespace goodstanding::tools
