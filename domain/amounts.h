// Exact decimals: credits and money in hundredths. No floating point, and every division names its
// rounding.
#ifndef GOODSTANDING_DOMAIN_AMOUNTS_H_
#define GOODSTANDING_DOMAIN_AMOUNTS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace goodstanding::domain {

// Hundredths of a credit, or cents.
using Hundredths = int64_t;

// Amounts that a caller states lie between these, inclusive; sums of a lifetime of them fit by far.
inline constexpr Hundredths kMaxAmount = 100'000'000;  // 1,000,000.00

// "37.50", "37.5", "37" or "-1.00", at most two decimals and kMaxAmount in size; nullopt otherwise.
std::optional<Hundredths> ParseHundredths(absl::string_view text);

// "37.50", "-0.25".
std::string FormatHundredths(Hundredths value);

// The largest multiple of `increment` (above 0) that is not above `value` (not negative).
constexpr Hundredths RoundDownToMultiple(Hundredths value, Hundredths increment) {
  return value / increment * increment;
}

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_AMOUNTS_H_
