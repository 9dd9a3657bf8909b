// Money as a sentence says it.
#ifndef GOODSTANDING_DOMAIN_MONEY_TEXT_H_
#define GOODSTANDING_DOMAIN_MONEY_TEXT_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "domain/amounts.h"
#include "domain/figures.h"

namespace goodstanding::domain {

// "$375.00" for US dollars, "375.00 EUR" for any other currency of the rule set.
inline std::string MoneyText(const Figures& figures, Hundredths amount) {
  const std::string digits = FormatHundredths(amount < 0 ? -amount : amount);
  const char* const sign = amount < 0 ? "-" : "";
  if (figures.currency_code == "USD") return absl::StrCat(sign, "$", digits);
  return absl::StrCat(sign, digits, " ", figures.currency_code);
}

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_MONEY_TEXT_H_
