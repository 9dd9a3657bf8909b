#include "tools/rule_figures.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "domain/figures.h"
#include "tools/rule_words.h"
#include "tools/when.h"
#include "tools/words.h"

namespace goodstanding::tools {
namespace {

using type::v1::RuleSet;

// Lists figures, each below the path of its part.
class Lister {
 public:
  void Add(const std::string& path, const std::string& value) { figures_.push_back({path, value}); }
  void Add(const std::string& path, int value) { Add(path, absl::StrCat(value)); }
  void AddFlag(const std::string& path, bool value) { Add(path, YesNo(value)); }

  std::vector<RuleFigure> Take() { return std::move(figures_); }

 private:
  std::vector<RuleFigure> figures_;
};

void ListIdentity(const RuleSet& rules, Lister& lister) {
  lister.Add("name", rules.name());
  lister.Add("title", rules.title());
  lister.Add("source_title", rules.source_title());
  lister.Add("years", absl::StrJoin(rules.years(), ", ",
                                    [](std::string* out, const type::v1::YearRange& years) {
                                      out->append(Describe(years));
                                    }));
  lister.Add("time_zone", rules.time_zone());
  lister.Add("currency_code", rules.currency_code());
  for (const auto& credential : rules.credentials()) {
    lister.Add(absl::StrCat("credentials.", credential.code()), credential.title());
  }
}

void ListCalendar(const type::v1::CalendarRules& calendar, Lister& lister) {
  lister.Add("calendar.cycle_years", calendar.cycle_years());
  lister.Add("calendar.cycle_end", calendar.cycle_end());
  lister.Add("calendar.application_opens", calendar.application_opens());
  lister.Add("calendar.late_through", calendar.late_through());
  lister.Add("calendar.extension_through", calendar.extension_through());
  lister.Add("calendar.reinstatement_through", calendar.reinstatement_through());
  lister.Add("calendar.business_closes", calendar.business_closes());
}

void ListLevel(const type::v1::LevelRule& level, Lister& lister) {
  const std::string name = absl::AsciiStrToLower(level.level());
  const std::string requirement = absl::StrCat("requirement.", name, ".");
  lister.Add(absl::StrCat("levels.", name, ".credential_count"), level.credential_count());
  for (const auto& line : level.requirement()) {
    lister.Add(requirement + line.line(), line.minimum());
    lister.Add(absl::StrCat(requirement, line.line(), ".counts"),
               std::string(absl::StripPrefix(type::v1::CountedRecords_Name(line.counts()),
                                             "COUNTED_RECORDS_")));
  }
  lister.Add(requirement + "extension_half", level.extension_half());
  lister.Add(absl::StrCat("fees.", name, ".member"), level.member_fee());
  lister.Add(absl::StrCat("fees.", name, ".non_member"), level.non_member_fee());
}

void ListKind(const type::v1::ActivityKindRule& kind, Lister& lister) {
  const std::string path = absl::StrCat("activity.", kind.kind(), ".");
  lister.Add(path + "title", kind.title());
  lister.Add(path + "unit", std::string(absl::StripPrefix(type::v1::ActivityUnit_Name(kind.unit()),
                                                          "ACTIVITY_UNIT_")));
  lister.Add(path + "rate", kind.rate());
  lister.AddFlag(path + "approved", kind.approved());
  lister.AddFlag(path + "disqualified", kind.disqualified());
  lister.AddFlag(path + "catalogue_required", kind.catalogue_required());
  lister.AddFlag(path + "verification_required", kind.verification_required());
  lister.AddFlag(path + "unpaid_only", kind.unpaid_only());
  lister.AddFlag(path + "approved_programme_only", kind.approved_programme_only());
  lister.Add(path + "records_per_cycle", kind.records_per_cycle());
  lister.Add(path + "source_heading", kind.source_heading());
}

void ListServiceTimes(const RuleSet& rules, Lister& lister) {
  const type::v1::ServiceTimes& times = rules.service_times();
  lister.Add("service_times.decision_days", times.decision_days());
  lister.Add("service_times.badge_business_days", times.badge_business_days());
  lister.Add("service_times.posting_business_days_min", times.posting_business_days_min());
  lister.Add("service_times.posting_business_days_max", times.posting_business_days_max());
  lister.Add("service_times.automatic_posting_from_date",
             FormatDate(times.automatic_posting_from_date()));
  lister.Add("holidays", absl::StrJoin(rules.holidays(), ", ",
                                       [](std::string* out, const type::v1::CivilDate& date) {
                                         out->append(FormatDate(date));
                                       }));
}

bool Correctable(const std::string& path, const std::string& value, RuleSet rules) {
  type::v1::FigureChange change;
  change.set_path(path);
  change.set_value(value);
  return domain::ApplyFigureChange(change, rules).ok();
}

// Those items of a list, joined by ", ", that the other list does not have.
std::string OnlyIn(const std::string& list, const std::string& other) {
  const std::vector<std::string> others = absl::StrSplit(other, ", ");
  std::vector<std::string> items = absl::StrSplit(list, ", ");
  std::erase_if(items, [&](const std::string& item) {
    return std::find(others.begin(), others.end(), item) != others.end();
  });
  return absl::StrJoin(items, ", ");
}

void AddWords(const RuleSet& before, const RuleSet& after, RuleDifference& difference) {
  const bool gone = difference.after.empty();
  difference.words = FigureInWords(difference.path, gone ? before : after);
  difference.before_words = ValueInWords({difference.path, difference.before}, before);
  difference.after_words = ValueInWords({difference.path, difference.after}, after);
  if (difference.path != "holidays") return;
  difference.before_words = OnlyIn(difference.before, difference.after);
  difference.after_words = OnlyIn(difference.after, difference.before);
}

}  // namespace

std::vector<RuleFigure> ListFigures(const RuleSet& rules) {
  Lister lister;
  ListIdentity(rules, lister);
  ListCalendar(rules.calendar(), lister);
  for (const type::v1::LevelRule& level : rules.levels()) ListLevel(level, lister);
  lister.Add("fees.late", rules.fees().late());
  lister.Add("fees.extension", rules.fees().extension());
  lister.Add("fees.reinstatement", rules.fees().reinstatement());
  for (const type::v1::ActivityKindRule& kind : rules.activity_kinds()) ListKind(kind, lister);
  lister.Add("credit_increment", rules.credit_increment());
  lister.Add("housekeeping_minutes_per_hour", rules.housekeeping_minutes_per_hour());
  ListServiceTimes(rules, lister);
  return lister.Take();
}

std::vector<RuleDifference> CompareRules(const RuleSet& before, const RuleSet& after) {
  std::map<std::string, std::string> later;
  for (RuleFigure& figure : ListFigures(after)) later[figure.path] = std::move(figure.value);
  std::vector<RuleDifference> differences;
  for (const RuleFigure& figure : ListFigures(before)) {
    const auto found = later.find(figure.path);
    const std::string value = found == later.end() ? "" : found->second;
    const bool found_after = found != later.end();
    if (found_after) later.erase(found);
    if (value == figure.value) continue;
    differences.push_back(
        {figure.path, figure.value, value, found_after && Correctable(figure.path, value, before)});
  }
  for (const RuleFigure& figure : ListFigures(after)) {
    if (!figure.value.empty() && later.count(figure.path) > 0) {
      differences.push_back({figure.path, "", figure.value, false});
    }
  }
  for (RuleDifference& difference : differences) AddWords(before, after, difference);
  return differences;
}

}  // namespace goodstanding::tools
