#include "domain/dates.h"

#include <array>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace goodstanding::domain {
namespace {

constexpr int kMinYear = 1900;
constexpr int kMaxYear = 9999;
constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

bool IsLeapYear(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int DaysInMonth(int64_t year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeapYear(year) ? 29 : kDays[static_cast<size_t>(month - 1)];
}

constexpr int64_t kDaysBefore1970 = 719'468;  // From March 1 of year 0.

// Days since 1970-01-01 of a day that exists, years from 1 on. Counted from March 1, so that the
// leap day is a year's last: then the months' lengths repeat every five months, of 153 days.
int32_t NumberOf(int64_t year, int month, int day) {
  const int64_t years = month > 2 ? year : year - 1;
  const int64_t months = month > 2 ? month - 3 : month + 9;
  const int64_t day_of_year = (153 * months + 2) / 5 + day - 1;
  const int64_t days = years * 365 + years / 4 - years / 100 + years / 400 + day_of_year;
  return static_cast<int32_t>(days - kDaysBefore1970);
}

struct Civil {
  int64_t year;
  int month;
  int day;
};

// The other way; days before March 1 of year 0 too.
Civil CivilOf(Date date) {
  constexpr int64_t kDaysPerEra = 146'097;  // Of 400 years.
  const int64_t days = date.number() + kDaysBefore1970;
  const int64_t era = (days >= 0 ? days : days - kDaysPerEra + 1) / kDaysPerEra;
  const int64_t day_of_era = days - era * kDaysPerEra;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t months = (5 * day_of_year + 2) / 153;
  const int day = static_cast<int>(day_of_year - (153 * months + 2) / 5 + 1);
  const int month = static_cast<int>(months < 10 ? months + 3 : months - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

bool AllDigits(absl::string_view text) {
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return !text.empty();
}

// The number that a fixed-width run of digits spells; nullopt for anything else.
std::optional<int> Digits(absl::string_view text) {
  int value = 0;
  if (!AllDigits(text) || !absl::SimpleAtoi(text, &value)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Date> Date::Create(int64_t year, int month, int day) {
  if (year < kMinYear || year > kMaxYear || month < 1 || month > 12) return std::nullopt;
  if (day < 1 || day > DaysInMonth(year, month)) return std::nullopt;
  return Date(NumberOf(year, month, day));
}

std::optional<Date> Date::FromProto(const type::v1::CivilDate& date) {
  return Create(date.year(), date.month(), date.day());
}

std::optional<Date> Date::Parse(absl::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = Digits(text.substr(0, 4));
  const auto month = Digits(text.substr(5, 2));
  const auto day = Digits(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  return Create(*year, *month, *day);
}

int Date::year() const { return static_cast<int>(CivilOf(*this).year); }
int Date::month() const { return CivilOf(*this).month; }
int Date::day() const { return CivilOf(*this).day; }

int Date::weekday() const {
  const int from_thursday = number_ % 7;  // 1970-01-01 was a Thursday.
  return (from_thursday + 7 + 3) % 7;
}

type::v1::CivilDate Date::ToProto() const {
  const Civil civil = CivilOf(*this);
  type::v1::CivilDate date;
  date.set_year(static_cast<int32_t>(civil.year));
  date.set_month(civil.month);
  date.set_day(civil.day);
  return date;
}

std::string Date::ToString() const {
  const Civil civil = CivilOf(*this);
  return absl::StrFormat("%04d-%02d-%02d", civil.year, civil.month, civil.day);
}

std::string Date::ToWords() const {
  static constexpr std::array<const char*, 12> kMonths = {
      "January", "February", "March",     "April",   "May",      "June",
      "July",    "August",   "September", "October", "November", "December"};
  const Civil civil = CivilOf(*this);
  const char* month = kMonths[static_cast<size_t>(civil.month - 1)];
  return absl::StrCat(month, " ", civil.day, ", ", civil.year);
}

std::optional<MonthDay> MonthDay::Parse(absl::string_view text) {
  if (text.size() != 5 || text[2] != '-') return std::nullopt;
  const auto month = Digits(text.substr(0, 2));
  const auto day = Digits(text.substr(3, 2));
  constexpr int kCommonYear = 2023;
  if (!month || !day || !Date::Create(kCommonYear, *month, *day)) return std::nullopt;
  return MonthDay{*month, *day};
}

Date MonthDay::InYear(int year) const { return Date::FromNumber(NumberOf(year, month, day)); }

Date MonthDay::FirstAfter(Date date) const {
  const int year = date.year();
  const Date this_year = InYear(year);
  return this_year > date ? this_year : InYear(year + 1);
}

std::optional<int> ParseMinuteOfDay(absl::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = Digits(text.substr(0, 2));
  const auto minute = Digits(text.substr(3, 2));
  if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  return *hour * 60 + *minute;
}

std::string FormatMinuteOfDay(int minute) {
  return absl::StrFormat("%02d:%02d", minute / 60, minute % 60);
}

Moment Moment::FromUtc(int64_t micros, int32_t utc_offset_seconds) {
  const int64_t local = micros + utc_offset_seconds * kMicrosPerSecond;
  int64_t day = local / kMicrosPerDay;
  int64_t rest = local % kMicrosPerDay;
  if (rest < 0) {
    rest += kMicrosPerDay;
    --day;
  }
  return Moment{micros, Date::FromNumber(static_cast<int32_t>(day)), rest};
}

}  // namespace goodstanding::domain
