// The API's codes as a person reads them.
#ifndef GOODSTANDING_TOOLS_WORDS_H_
#define GOODSTANDING_TOOLS_WORDS_H_

#include <optional>
#include <string>

#include "goodstanding/api/v1/common.pb.h"
#include "goodstanding/api/v1/query_service.pb.h"
#include "goodstanding/type/v1/rule_set.pb.h"
#include "goodstanding/type/v1/values.pb.h"
#include "tools/output.h"

namespace goodstanding::tools {

// "ACTIVE".
std::string Name(type::v1::Standing standing);
std::string Name(type::v1::CreditSource source);
std::string Name(type::v1::PaymentMethod method);
// "application opens".
std::string Name(api::v1::DeadlineKind kind);

// The standing of such a name; nullopt for any other text.
std::optional<type::v1::Standing> ParseStanding(const std::string& name);

// Good for the certified, a warning for those who must act, bad for the others.
Mood MoodOf(type::v1::Standing standing);

// "yes" or "no".
std::string YesNo(bool value);

// "2022-05-14 to 2025-12-01".
std::string Days(const type::v1::Period& period);

// "2022-05-14 to 2025-12-01, number 1, not renewed".
std::string Describe(const api::v1::Cycle& cycle);

// "namss-2025@1".
std::string Describe(const type::v1::RuleSetVersion& version);

// "2025-2027", or "2025" for one year.
std::string Describe(const type::v1::YearRange& years);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_WORDS_H_
