// Rules to compare: those of a file, or a published version, for every year that they govern.
#ifndef GOODSTANDING_TOOLS_RULE_SOURCE_H_
#define GOODSTANDING_TOOLS_RULE_SOURCE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "goodstanding/api/v1/rulebook_service.pb.h"
#include "goodstanding/type/v1/rule_set.pb.h"
#include "tools/client.h"
#include "tools/rule_figures.h"

namespace goodstanding::tools {

// Years that rules hold for where none are named.
inline constexpr int kFirstYear = 1900;
inline constexpr int kLastYear = 9999;

// "2025" or "2025-2027". INVALID_ARGUMENT for any other text.
absl::StatusOr<type::v1::YearRange> ReadYears(const std::string& text);

// What the rules say for some years.
struct RuleSegment {
  type::v1::YearRange years;
  type::v1::RuleSet rules;
};

struct RuleSource {
  int64_t version = 0;                // 0: a file.
  std::vector<RuleSegment> segments;  // Ascending, without overlap.
};

// A published version, 0 for the newest. The failed call where there is none.
absl::StatusOr<RuleSource> ReadPublished(const std::string& name, int64_t version,
                                         const Client& client);

// A file where there is one of that name or the text looks like a path, else NAME[@VERSION].
absl::StatusOr<RuleSource> ReadSource(const std::string& text, const Client& client);

// Every version of every rule set, or of one.
absl::StatusOr<std::vector<api::v1::RuleSetRevision>> ListRevisions(const std::string& name,
                                                                    const Client& client);

// What differs for some years.
struct YearsDifference {
  type::v1::YearRange years;
  std::vector<RuleDifference> differences;  // At least one.
};

// What differs, for the years that both govern; neighbouring years with the same differences stand
// together.
std::vector<YearsDifference> CompareSources(const RuleSource& before, const RuleSource& after);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_RULE_SOURCE_H_
