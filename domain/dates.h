// Days, times of day and moments in the board's time zone.
//
// Rules speak of days and decide with `through` and `from`, both inclusive. A day is a number here,
// so comparing and stepping cost nothing; only this file turns numbers into years, months and days.
// Steps of years never meet February 29: the figures of a rule set refuse it as a day of the year.
#ifndef GOODSTANDING_DOMAIN_DATES_H_
#define GOODSTANDING_DOMAIN_DATES_H_

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "goodstanding/type/v1/values.pb.h"

namespace goodstanding::domain {

// A day of the proleptic Gregorian calendar, years 1900 to 9999.
class Date {
 public:
  constexpr Date() = default;

  // The day, or nullopt where there is none such (February 30) or the year is out of range.
  static std::optional<Date> Create(int64_t year, int month, int day);

  // The day of a protocol value; nullopt likewise.
  static std::optional<Date> FromProto(const type::v1::CivilDate& date);

  // "2025-12-01"; nullopt for anything else.
  static std::optional<Date> Parse(absl::string_view text);

  static constexpr Date FromNumber(int32_t number) { return Date(number); }
  static constexpr Date Min() { return Date(std::numeric_limits<int32_t>::min() / 2); }
  static constexpr Date Max() { return Date(std::numeric_limits<int32_t>::max() / 2); }

  // Days since 1970-01-01.
  constexpr int32_t number() const { return number_; }
  int year() const;
  int month() const;
  int day() const;
  // 0 is Monday, 6 is Sunday.
  int weekday() const;

  constexpr Date operator+(int days) const { return Date(number_ + days); }
  constexpr Date operator-(int days) const { return Date(number_ - days); }
  constexpr auto operator<=>(const Date&) const = default;

  type::v1::CivilDate ToProto() const;
  // "2025-12-01".
  std::string ToString() const;
  // "December 1, 2025".
  std::string ToWords() const;

 private:
  constexpr explicit Date(int32_t number) : number_(number) {}
  int32_t number_ = 0;
};

// A day that every year has: February 29 is none.
struct MonthDay {
  int month = 1;
  int day = 1;

  // "MM-DD"; nullopt for anything that is not a day of every year.
  static std::optional<MonthDay> Parse(absl::string_view text);

  Date InYear(int year) const;
  // The first such day after `date`, exclusive.
  Date FirstAfter(Date date) const;

  bool operator==(const MonthDay&) const = default;
};

// "HH:MM", 00:00 to 23:59, as minutes of the day; nullopt for anything else.
std::optional<int> ParseMinuteOfDay(absl::string_view text);

// "17:00".
std::string FormatMinuteOfDay(int minute);

// A moment with its civil day and time of day in the board's zone, resolved once at the edge.
struct Moment {
  int64_t micros = 0;         // Since 1970 UTC: what moments are ordered by.
  Date date;                  // Civil day.
  int64_t micros_of_day = 0;  // Civil time of day.

  // From a stored record's effective_micros and utc_offset_seconds.
  static Moment FromUtc(int64_t micros, int32_t utc_offset_seconds);

  bool operator==(const Moment&) const = default;
};

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_DATES_H_
