#include "tools/words.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "tools/when.h"

namespace goodstanding::tools {
namespace {

std::string WithoutPrefix(const std::string& name, absl::string_view prefix) {
  return std::string(absl::StripPrefix(name, prefix));
}

}  // namespace

std::string Name(type::v1::Standing standing) {
  return WithoutPrefix(type::v1::Standing_Name(standing), "STANDING_");
}

std::optional<type::v1::Standing> ParseStanding(const std::string& name) {
  type::v1::Standing standing = type::v1::STANDING_UNSPECIFIED;
  if (!type::v1::Standing_Parse("STANDING_" + name, &standing) ||
      standing == type::v1::STANDING_UNSPECIFIED) {
    return std::nullopt;
  }
  return standing;
}

std::string Name(type::v1::CreditSource source) {
  return WithoutPrefix(type::v1::CreditSource_Name(source), "CREDIT_SOURCE_");
}

std::string Name(type::v1::PaymentMethod method) {
  return WithoutPrefix(type::v1::PaymentMethod_Name(method), "PAYMENT_METHOD_");
}

std::string Name(api::v1::DeadlineKind kind) {
  const std::string name = WithoutPrefix(api::v1::DeadlineKind_Name(kind), "DEADLINE_KIND_");
  return absl::AsciiStrToLower(absl::StrReplaceAll(name, {{"_", " "}}));
}

Mood MoodOf(type::v1::Standing standing) {
  switch (standing) {
    case type::v1::STANDING_ACTIVE:
      return Mood::kGood;
    case type::v1::STANDING_LATE:
    case type::v1::STANDING_EXTENSION_PENDING:
    case type::v1::STANDING_EXTENDED:
    case type::v1::STANDING_UNDER_REVIEW:
      return Mood::kWarning;
    default:
      return Mood::kBad;
  }
}

std::string YesNo(bool value) { return value ? "yes" : "no"; }

std::string Days(const type::v1::Period& period) {
  return absl::StrCat(FormatDate(period.first_date()), " to ", FormatDate(period.last_date()));
}

std::string Describe(const api::v1::Cycle& cycle) {
  return absl::StrCat(Days(cycle.period()), ", number ", cycle.number(),
                      cycle.renewed() ? ", renewed" : ", not renewed");
}

std::string Describe(const type::v1::RuleSetVersion& version) {
  return absl::StrCat(version.name(), "@", version.version());
}

std::string Describe(const type::v1::YearRange& years) {
  if (years.first_year() == years.last_year()) return absl::StrCat(years.first_year());
  return absl::StrCat(years.first_year(), "-", years.last_year());
}

}  // namespace goodstanding::tools
