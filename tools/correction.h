// A correction of rules as it is given on the command line: to be seen beforehand (rules preview)
// and to be made (rules correct).
#ifndef GOODSTANDING_TOOLS_CORRECTION_H_
#define GOODSTANDING_TOOLS_CORRECTION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "goodstanding/type/v1/rule_set.pb.h"
#include "tools/client.h"
#include "tools/command_line.h"
#include "tools/rule_source.h"

namespace goodstanding::tools {

struct CorrectionOptions {
  std::string name;
  std::string years;
  std::vector<std::string> figures;  // "path=value".
  std::string from_file;
};

// Whether a correction has to be given beside the name.
enum class CorrectionUse { kRequired, kOptional };

// Adds NAME, --years, --set and --from-file.
void AddCorrectionOptions(Command& command, CorrectionOptions& options,
                          CorrectionUse use = CorrectionUse::kRequired);

// Whom a list over everybody tells of, and how much.
struct AudienceOptions {
  std::vector<std::string> certificants;
  std::string cycle_ends;
  bool why = false;
};

// Adds --certificant, --cycle-ends and --why.
void AddAudienceOptions(Command& command, AudienceOptions& options);

// Sets certificant_ids and cycle_end_years. INVALID_ARGUMENT where those are no years.
template <typename Request>
absl::Status FillAudience(const AudienceOptions& options, Request& request) {
  request.mutable_certificant_ids()->Assign(options.certificants.begin(),
                                            options.certificants.end());
  if (options.cycle_ends.empty()) return absl::OkStatus();
  GS_ASSIGN_OR_RETURN(*request.mutable_cycle_end_years(), ReadYears(options.cycle_ends));
  return absl::OkStatus();
}

struct Correction {
  type::v1::YearRange years;
  std::vector<type::v1::FigureChange> changes;  // At least one.
  int64_t base_version = 0;                     // The version it was drawn up against; 0: any.
};

// INVALID_ARGUMENT where an option is not as its help says, the file is no valid rule set, or says
// nothing that a correction could replace; or the failed call.
absl::StatusOr<Correction> ReadCorrection(const CorrectionOptions& options, const Client& client);

// The changes that make the rules of `years` say what the file's say. INVALID_ARGUMENT where they
// differ in something that no correction can replace, or in nothing.
absl::StatusOr<std::vector<type::v1::FigureChange>> ChangesToward(const type::v1::RuleSet& wanted,
                                                                  const RuleSource& published,
                                                                  const type::v1::YearRange& years);

// The options as they are given again, for the shell: "namss-2025 --years 2025 --set fees.late=60".
std::string OnCommandLine(const CorrectionOptions& options);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_CORRECTION_H_
