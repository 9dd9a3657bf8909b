#include "domain/amounts.h"

#include "absl/strings/str_cat.h"

namespace goodstanding::domain {

std::optional<Hundredths> ParseHundredths(absl::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) text.remove_prefix(1);
  constexpr size_t kMaxDigits = 12;
  if (text.empty() || text.size() > kMaxDigits || text[0] == '.') return std::nullopt;
  Hundredths value = 0;
  int decimals = -1;  // -1 before the point.
  for (const char c : text) {
    if (c == '.' && decimals < 0) {
      decimals = 0;
      continue;
    }
    if (c < '0' || c > '9' || decimals == 2) return std::nullopt;
    value = value * 10 + (c - '0');
    if (decimals >= 0) ++decimals;
  }
  if (decimals == 0) return std::nullopt;
  for (int have = decimals < 0 ? 0 : decimals; have < 2; ++have) value *= 10;
  if (value > kMaxAmount) return std::nullopt;
  return negative ? -value : value;
}

std::string FormatHundredths(Hundredths value) {
  const Hundredths size = value < 0 ? -value : value;
  const Hundredths cents = size % 100;
  return absl::StrCat(value < 0 ? "-" : "", size / 100, cents < 10 ? ".0" : ".", cents);
}

}  // namespace goodstanding::domain
