#include "tools/when.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "domain/dates.h"

namespace goodstanding::tools {
namespace {

constexpr size_t kDateSize = 10;
constexpr int64_t kSecondsPerDay = 86'400;

// Whether the text has digits where the pattern has '0', and the pattern's characters elsewhere.
bool HasForm(absl::string_view text, absl::string_view pattern) {
  if (text.size() != pattern.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool fits = pattern[i] == '0' ? absl::ascii_isdigit(static_cast<unsigned char>(text[i]))
                                        : text[i] == pattern[i];
    if (!fits) return false;
  }
  return true;
}

int Digits(absl::string_view text) {
  int value = 0;
  for (const char digit : text) value = value * 10 + (digit - '0');
  return value;
}

}  // namespace

std::optional<When> When::Parse(absl::string_view text) {
  if (!HasForm(text.substr(0, kDateSize), "0000-00-00")) return std::nullopt;
  When when;
  when.date.set_year(Digits(text.substr(0, 4)));
  when.date.set_month(Digits(text.substr(5, 2)));
  when.date.set_day(Digits(text.substr(8, 2)));
  if (text.size() == kDateSize) return when;
  if (text[kDateSize] != ' ') return std::nullopt;
  when.minute_of_day = domain::ParseMinuteOfDay(text.substr(kDateSize + 1));
  if (!when.minute_of_day) return std::nullopt;
  return when;
}

std::optional<absl::Time> Instant(const When& when, const services::BoardTime& zone) {
  const std::optional<domain::Date> date = domain::Date::FromProto(when.date);
  if (!date) return std::nullopt;
  const absl::Time as_utc = absl::FromUnixSeconds(date->number() * kSecondsPerDay) +
                            absl::Minutes(when.minute_of_day.value_or(12 * 60));
  const auto offset = [&](absl::Time time) { return absl::Seconds(zone.UtcOffsetSeconds(time)); };
  // The offset that holds at the moment itself, which the first guess misses only near a change.
  const absl::Time guess = as_utc - offset(as_utc);
  return as_utc - offset(guess);
}

void SetEffective(const When& when, const services::BoardTime& zone,
                  api::v1::CommandHeader& header) {
  const std::optional<absl::Time> instant = Instant(when, zone);
  if (when.minute_of_day && instant) {
    *header.mutable_effective_time() = services::ToTimestamp(*instant);
  } else {
    *header.mutable_effective_date() = when.date;
  }
}

void SetKnownAt(const When& when, const services::BoardTime& zone, api::v1::KnownAt& known_at) {
  const std::optional<absl::Time> instant = Instant(when, zone);
  if (when.minute_of_day && instant) {
    *known_at.mutable_time() = services::ToTimestamp(*instant);
  } else {
    *known_at.mutable_date() = when.date;
  }
}

std::string FormatDate(const type::v1::CivilDate& date) {
  if (date.year() == 0) return "";
  return absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day());
}

std::string FormatMinute(absl::Time time, const services::BoardTime& zone) {
  const domain::Moment moment = zone.At(time);
  constexpr int64_t kMicrosPerMinute = 60'000'000;
  return moment.date.ToString() + " " +
         domain::FormatMinuteOfDay(static_cast<int>(moment.micros_of_day / kMicrosPerMinute));
}

}  // namespace goodstanding::tools
