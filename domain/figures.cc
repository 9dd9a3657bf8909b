#include "domain/figures.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "domain/figure_text.h"
#include "domain/refusal.h"

namespace goodstanding::domain {
namespace {

using type::v1::ActivityKindRule;
using type::v1::LevelRule;
using type::v1::RuleSet;

bool MatchesPattern(absl::string_view text, size_t max_size, bool (*accepts)(char)) {
  if (text.empty() || text.size() > max_size) return false;
  return std::all_of(text.begin(), text.end(), accepts);
}

bool IsNameCharacter(char c) {
  return absl::ascii_islower(static_cast<unsigned char>(c)) ||
         absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-';
}

bool IsCodeCharacter(char c) {
  return absl::ascii_isupper(static_cast<unsigned char>(c)) ||
         absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '_';
}

// Collects faults while it reads figures: a figure that cannot be read is a fault and reads as
// zero.
class Reader {
 public:
  void Fault(absl::string_view path, absl::string_view what) {
    faults_.push_back(absl::StrCat(path, ": ", what));
  }

  void Require(bool holds, absl::string_view path, absl::string_view what) {
    if (!holds) Fault(path, what);
  }

  // A decimal between 0 and the largest amount, inclusive.
  Hundredths Amount(absl::string_view text, absl::string_view path, bool positive = false) {
    const auto value = ParseHundredths(text);
    if (!value || *value < (positive ? 1 : 0)) {
      Fault(path, absl::StrCat("\"", text, "\" is no decimal ", positive ? "above" : "from",
                               " 0 with at most two decimals, for example \"37.50\""));
      return 0;
    }
    return *value;
  }

  MonthDay DayOfYear(absl::string_view text, absl::string_view path) {
    const auto value = MonthDay::Parse(text);
    if (!value) {
      Fault(path, absl::StrCat("\"", text, "\" is no day of every year, for example \"12-01\""));
    }
    return value.value_or(MonthDay{});
  }

  const std::vector<std::string>& faults() const { return faults_; }

 private:
  std::vector<std::string> faults_;
};

void ReadIdentity(const RuleSet& in, Reader& reader, Figures& out) {
  reader.Require(MatchesPattern(in.name(), 64, IsNameCharacter), "name",
                 "must be 1 to 64 of a-z, 0-9 and '-'");
  reader.Require(!in.time_zone().empty(), "time_zone", "must be an IANA name");
  reader.Require(
      MatchesPattern(in.currency_code(), 3, IsCodeCharacter) && in.currency_code().size() == 3,
      "currency_code", "must be an ISO 4217 code, for example \"USD\"");
  int last = 0;
  for (const auto& range : in.years()) {
    reader.Require(range.first_year() >= 1900 && range.last_year() <= 9999 &&
                       range.first_year() <= range.last_year(),
                   "years", "each range must run from first_year to last_year, 1900 to 9999");
    reader.Require(range.first_year() > last, "years", "ranges must ascend and not overlap");
    last = range.last_year();
  }
  out.name = in.name();
  out.source_title = in.source_title();
  out.time_zone = in.time_zone();
  out.currency_code = in.currency_code();
}

void ReadCredentials(const RuleSet& in, Reader& reader, Figures& out) {
  std::set<std::string> seen;
  for (const auto& credential : in.credentials()) {
    reader.Require(MatchesPattern(credential.code(), 32, IsCodeCharacter), "credentials.code",
                   absl::StrCat("\"", credential.code(), "\" must be 1 to 32 of A-Z, 0-9 and '_'"));
    reader.Require(seen.insert(credential.code()).second, "credentials.code",
                   absl::StrCat("\"", credential.code(), "\" stands twice"));
    out.credentials.push_back(credential.code());
  }
  reader.Require(!out.credentials.empty(), "credentials", "must name at least one");
}

void ReadCalendar(const RuleSet& in, Reader& reader, Figures& out) {
  const auto& calendar = in.calendar();
  reader.Require(calendar.cycle_years() >= 1 && calendar.cycle_years() <= 10,
                 "calendar.cycle_years", "must be 1 to 10");
  out.cycle_years = calendar.cycle_years();
  out.cycle_end = reader.DayOfYear(calendar.cycle_end(), "calendar.cycle_end");
  out.application_opens =
      reader.DayOfYear(calendar.application_opens(), "calendar.application_opens");
  out.late_through = reader.DayOfYear(calendar.late_through(), "calendar.late_through");
  out.extension_through =
      reader.DayOfYear(calendar.extension_through(), "calendar.extension_through");
  out.reinstatement_through =
      reader.DayOfYear(calendar.reinstatement_through(), "calendar.reinstatement_through");
  const auto closes = ParseMinuteOfDay(calendar.business_closes());
  reader.Require(closes.has_value(), "calendar.business_closes",
                 absl::StrCat("\"", calendar.business_closes(),
                              "\" is no time of day, for example \"17:00\""));
  out.business_closes_minute = closes.value_or(0);
}

void CheckCalendarOrder(Reader& reader, const Figures& out) {
  constexpr int kAnyYear = 2023;
  const CycleCalendar calendar = out.CalendarOf(kAnyYear);
  reader.Require(calendar.application_opens <= calendar.cycle_end, "calendar.application_opens",
                 "must not be after calendar.cycle_end");
  reader.Require(calendar.late_through <= calendar.reinstatement_through, "calendar.late_through",
                 "must not be after calendar.reinstatement_through");
  reader.Require(calendar.extension_through <= calendar.reinstatement_through,
                 "calendar.extension_through", "must not be after calendar.reinstatement_through");
}

void ReadRequirement(const LevelRule& in, absl::string_view path, Reader& reader, Level& out) {
  std::set<std::string> seen;
  Hundredths total = 0;
  for (const auto& line : in.requirement()) {
    const std::string line_path = absl::StrCat("requirement.", path, ".", line.line());
    reader.Require(!line.line().empty() && seen.insert(line.line()).second, line_path,
                   "must have a name of its own");
    reader.Require(line.counts() == type::v1::COUNTED_RECORDS_ALL ||
                       line.counts() == type::v1::COUNTED_RECORDS_APPROVED,
                   line_path, "must count all or approved records");
    const Hundredths minimum = reader.Amount(line.minimum(), line_path);
    const bool approved_only = line.counts() == type::v1::COUNTED_RECORDS_APPROVED;
    if (!approved_only) total = std::max(total, minimum);
    out.requirement.push_back(RequirementLine{line.line(), approved_only, minimum});
  }
  for (const RequirementLine& line : out.requirement) {
    reader.Require(line.minimum <= total, absl::StrCat("requirement.", path, ".", line.line),
                   absl::StrCat(FormatHundredths(line.minimum), " is above the total of ",
                                FormatHundredths(total)));
  }
  reader.Require(out.requirement.size() >= 1, absl::StrCat("requirement.", path),
                 "must have at least one line");
  out.extension_half =
      reader.Amount(in.extension_half(), absl::StrCat("requirement.", path, ".extension_half"));
  reader.Require(out.extension_half <= total, absl::StrCat("requirement.", path, ".extension_half"),
                 absl::StrCat(FormatHundredths(out.extension_half), " is above the total of ",
                              FormatHundredths(total)));
}

void ReadLevels(const RuleSet& in, Reader& reader, Figures& out) {
  int last_count = 0;
  for (const LevelRule& rule : in.levels()) {
    const std::string path = absl::AsciiStrToLower(rule.level());
    Level level;
    level.level = rule.level();
    level.credential_count = rule.credential_count();
    reader.Require(MatchesPattern(rule.level(), 32, IsCodeCharacter), "levels.level",
                   "must be 1 to 32 of A-Z, 0-9 and '_'");
    reader.Require(rule.credential_count() > last_count, "levels.credential_count",
                   "must ascend from 1");
    last_count = rule.credential_count();
    ReadRequirement(rule, path, reader, level);
    level.member_fee = reader.Amount(rule.member_fee(), absl::StrCat("fees.", path, ".member"));
    level.non_member_fee =
        reader.Amount(rule.non_member_fee(), absl::StrCat("fees.", path, ".non_member"));
    out.levels.push_back(std::move(level));
  }
  reader.Require(!out.levels.empty() && out.levels[0].credential_count == 1, "levels",
                 "must begin with one credential");
}

ActivityKind ReadKind(const ActivityKindRule& in, Reader& reader) {
  const std::string path = absl::StrCat("activity.", in.kind());
  ActivityKind kind;
  kind.kind = in.kind();
  kind.title = in.title();
  kind.unit = in.unit();
  kind.approved = in.approved();
  kind.disqualified = in.disqualified();
  kind.catalogue_required = in.catalogue_required();
  kind.verification_required = in.verification_required();
  kind.unpaid_only = in.unpaid_only();
  kind.approved_programme_only = in.approved_programme_only();
  kind.one_per_cycle = in.records_per_cycle() == 1;
  kind.source_heading = in.source_heading();
  reader.Require(MatchesPattern(in.kind(), 64, IsCodeCharacter), path,
                 "must be 1 to 64 of A-Z, 0-9 and '_'");
  reader.Require(
      in.unit() >= type::v1::ACTIVITY_UNIT_MINUTES && in.unit() <= type::v1::ACTIVITY_UNIT_COUNT,
      absl::StrCat(path, ".unit"), "must be a known unit");
  reader.Require(in.records_per_cycle() == 0 || in.records_per_cycle() == 1,
                 absl::StrCat(path, ".records_per_cycle"), "must be 0 or 1");
  const std::string rate_path = absl::StrCat(path, ".rate");
  if (in.disqualified()) {
    reader.Require(in.rate().empty(), rate_path, "must be empty, as the kind earns nothing");
  } else {
    kind.rate = reader.Amount(in.rate(), rate_path);
  }
  return kind;
}

void ReadKinds(const RuleSet& in, Reader& reader, Figures& out) {
  for (const ActivityKindRule& rule : in.activity_kinds()) {
    out.kinds.push_back(ReadKind(rule, reader));
  }
  std::sort(out.kinds.begin(), out.kinds.end(),
            [](const ActivityKind& a, const ActivityKind& b) { return a.kind < b.kind; });
  for (size_t i = 1; i < out.kinds.size(); ++i) {
    reader.Require(out.kinds[i - 1].kind != out.kinds[i].kind, "activity_kinds",
                   absl::StrCat("\"", out.kinds[i].kind, "\" stands twice"));
  }
  reader.Require(!out.kinds.empty(), "activity_kinds", "must have at least one row");
}

void ReadServiceTimes(const RuleSet& in, Reader& reader, Figures& out) {
  const auto& times = in.service_times();
  const auto in_range = [](int days) { return days >= 0 && days <= 366; };
  reader.Require(in_range(times.decision_days()) && in_range(times.badge_business_days()) &&
                     in_range(times.posting_business_days_min()) &&
                     in_range(times.posting_business_days_max()) &&
                     times.posting_business_days_min() <= times.posting_business_days_max(),
                 "service_times", "must be 0 to 366 days, posting from min to max");
  out.decision_days = times.decision_days();
  out.badge_business_days = times.badge_business_days();
  out.posting_business_days_min = times.posting_business_days_min();
  out.posting_business_days_max = times.posting_business_days_max();
  const auto from = Date::FromProto(times.automatic_posting_from_date());
  reader.Require(from.has_value(), "service_times.automatic_posting_from_date", "must be a day");
  out.automatic_posting_from = from.value_or(Date());
  for (const auto& holiday : in.holidays()) {
    const auto date = Date::FromProto(holiday);
    reader.Require(date.has_value(), "holidays", "each must be a day of the calendar");
    if (date) out.holidays.push_back(*date);
  }
  std::sort(out.holidays.begin(), out.holidays.end());
}

Figures ReadRuleSet(const RuleSet& in, Reader& reader) {
  Figures out;
  ReadIdentity(in, reader, out);
  ReadCredentials(in, reader, out);
  ReadCalendar(in, reader, out);
  CheckCalendarOrder(reader, out);
  ReadLevels(in, reader, out);
  out.late_fee = reader.Amount(in.fees().late(), "fees.late");
  out.extension_fee = reader.Amount(in.fees().extension(), "fees.extension");
  out.reinstatement_fee = reader.Amount(in.fees().reinstatement(), "fees.reinstatement");
  ReadKinds(in, reader, out);
  out.credit_increment =
      reader.Amount(in.credit_increment(), "credit_increment", /*positive=*/true);
  out.housekeeping_minutes_per_hour = in.housekeeping_minutes_per_hour();
  reader.Require(
      in.housekeeping_minutes_per_hour() >= 0 && in.housekeeping_minutes_per_hour() <= 60,
      "housekeeping_minutes_per_hour", "must be 0 to 60");
  ReadServiceTimes(in, reader, out);
  return out;
}

LevelRule* FindLevel(absl::string_view level, RuleSet& rule_set) {
  for (LevelRule& rule : *rule_set.mutable_levels()) {
    if (absl::AsciiStrToLower(rule.level()) == level) return &rule;
  }
  return nullptr;
}

// The figures that a path can name, each a string field of the rule set; nullptr for no figure.
std::string* FindRequirementFigure(absl::string_view level, absl::string_view line,
                                   RuleSet& rule_set) {
  LevelRule* const rule = FindLevel(level, rule_set);
  if (rule == nullptr) return nullptr;
  if (line == "extension_half") return rule->mutable_extension_half();
  for (auto& requirement : *rule->mutable_requirement()) {
    if (requirement.line() == line) return requirement.mutable_minimum();
  }
  return nullptr;
}

std::string* FindFee(const std::vector<std::string>& parts, RuleSet& rule_set) {
  if (parts.size() == 2) {
    auto* const fees = rule_set.mutable_fees();
    if (parts[1] == "late") return fees->mutable_late();
    if (parts[1] == "extension") return fees->mutable_extension();
    if (parts[1] == "reinstatement") return fees->mutable_reinstatement();
    return nullptr;
  }
  LevelRule* const rule = parts.size() == 3 ? FindLevel(parts[1], rule_set) : nullptr;
  if (rule == nullptr) return nullptr;
  if (parts[2] == "member") return rule->mutable_member_fee();
  if (parts[2] == "non_member") return rule->mutable_non_member_fee();
  return nullptr;
}

std::string* FindCalendarFigure(absl::string_view name, RuleSet& rule_set) {
  auto* const calendar = rule_set.mutable_calendar();
  if (name == "application_opens") return calendar->mutable_application_opens();
  if (name == "cycle_end") return calendar->mutable_cycle_end();
  if (name == "late_through") return calendar->mutable_late_through();
  if (name == "extension_through") return calendar->mutable_extension_through();
  if (name == "reinstatement_through") return calendar->mutable_reinstatement_through();
  if (name == "business_closes") return calendar->mutable_business_closes();
  return nullptr;
}

std::string* FindRate(absl::string_view kind, RuleSet& rule_set) {
  for (ActivityKindRule& rule : *rule_set.mutable_activity_kinds()) {
    if (rule.kind() == kind && !rule.disqualified()) return rule.mutable_rate();
  }
  return nullptr;
}

std::string* FindFigure(absl::string_view path, RuleSet& rule_set) {
  const std::vector<std::string> parts = absl::StrSplit(path, '.');
  if (path == "credit_increment") return rule_set.mutable_credit_increment();
  if (parts[0] == "fees") return FindFee(parts, rule_set);
  if (parts[0] == "requirement" && parts.size() == 3) {
    return FindRequirementFigure(parts[1], parts[2], rule_set);
  }
  if (parts[0] == "calendar" && parts.size() == 2) return FindCalendarFigure(parts[1], rule_set);
  if (parts[0] == "activity" && parts.size() == 3 && parts[2] == "rate") {
    return FindRate(parts[1], rule_set);
  }
  return nullptr;
}

}  // namespace

CycleCalendar Figures::CalendarOf(int end_year) const {
  CycleCalendar calendar;
  calendar.cycle_end = cycle_end.InYear(end_year);
  calendar.application_opens = application_opens.InYear(end_year);
  calendar.late_through = late_through.FirstAfter(calendar.cycle_end);
  calendar.extension_through = extension_through.FirstAfter(calendar.cycle_end);
  calendar.reinstatement_through = reinstatement_through.FirstAfter(calendar.cycle_end);
  return calendar;
}

const Level& Figures::LevelFor(int credential_count) const {
  size_t row = 0;
  while (row + 1 < levels.size() && levels[row + 1].credential_count <= credential_count) ++row;
  return levels[row];
}

const ActivityKind* Figures::FindKind(absl::string_view kind) const {
  // They are few, and most differ by length: that is faster than halving.
  const auto row = std::find_if(kinds.begin(), kinds.end(), [&](const ActivityKind& a) {
    return absl::string_view(a.kind) == kind;
  });
  return row != kinds.end() ? &*row : nullptr;
}

bool Figures::HasCredential(absl::string_view credential) const {
  return std::find(credentials.begin(), credentials.end(), credential) != credentials.end();
}

bool Figures::IsBusinessDay(Date date) const {
  constexpr int kFriday = 4;
  return date.weekday() <= kFriday && !std::binary_search(holidays.begin(), holidays.end(), date);
}

Date Figures::AddBusinessDays(Date date, int count) const {
  while (count > 0) {
    date = date + 1;
    if (IsBusinessDay(date)) --count;
  }
  return date;
}

std::vector<std::string> ValidateRuleSet(const RuleSet& rule_set) {
  Reader reader;
  ReadRuleSet(rule_set, reader);
  return reader.faults();
}

absl::StatusOr<Figures> CompileRuleSet(const RuleSet& rule_set) {
  Reader reader;
  Figures figures = ReadRuleSet(rule_set, reader);
  if (reader.faults().empty()) return figures;
  return Refuse("INVALID_RULE_SET",
                absl::StrCat("The rule set has ", reader.faults().size(), " fault(s). ",
                             absl::StrJoin(reader.faults(), "; ")),
                "rule_set", {{"faults", absl::StrJoin(reader.faults(), "; ")}});
}

absl::Status ApplyFigureChange(const type::v1::FigureChange& change, RuleSet& rule_set) {
  std::string* const figure = FindFigure(change.path(), rule_set);
  if (figure == nullptr) {
    return Refuse("INVALID_RULE_SET",
                  absl::StrCat("\"", change.path(), "\" names no figure of the rule set; ",
                               "for example \"fees.late\" or \"activity.TEACHING.rate\" does."),
                  "changes", {{"path", change.path()}});
  }
  *figure = change.value();
  return absl::OkStatus();
}

std::string FigureText(absl::string_view path, const RuleSet& rule_set) {
  RuleSet copy = rule_set;
  const std::string* const figure = FindFigure(path, copy);
  return figure == nullptr ? "" : *figure;
}

}  // namespace goodstanding::domain
