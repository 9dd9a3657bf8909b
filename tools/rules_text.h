// Rules and their versions, as a person reads them.
#ifndef GOODSTANDING_TOOLS_RULES_TEXT_H_
#define GOODSTANDING_TOOLS_RULES_TEXT_H_

#include <string>
#include <vector>

#include "goodstanding/api/v1/rulebook_service.pb.h"
#include "tools/output.h"
#include "tools/rule_source.h"

namespace goodstanding::tools {

// A line a version.
std::string RevisionsText(const std::vector<api::v1::RuleSetRevision>& revisions,
                          const Style& style);

// Every figure under its path, without flags that are not set.
std::string FiguresText(const type::v1::RuleSet& rules, const Style& style);

// A table for each run of years.
std::string DifferencesText(const std::vector<YearsDifference>& differences, const Style& style);

// The same, a line of JSON a difference.
std::string DifferencesJson(const std::vector<YearsDifference>& differences);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_RULES_TEXT_H_
