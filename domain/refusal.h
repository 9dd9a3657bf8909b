// Refusals: why a command or a question is not accepted, in a form that machines and people read.
//
// A refusal is an absl::Status. The code says what the caller must do next; the reason (section 12
// of the rules) is stable; the message is a sentence for staff that says what would be acceptable.
#ifndef GOODSTANDING_DOMAIN_REFUSAL_H_
#define GOODSTANDING_DOMAIN_REFUSAL_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace goodstanding::domain {

// What a refusal says beside code and message.
struct Refusal {
  std::string reason;  // Upper snake case, for example "HALF_NOT_MET".
  std::string field;   // Path of the request field at fault; may be empty.
  // Everything variable in the message, by lowerCamel name; in order.
  std::vector<std::pair<std::string, std::string>> metadata;
};

// Makes the status of a refusal. The code follows from the reason; an unknown reason is a bug.
absl::Status Refuse(absl::string_view reason, absl::string_view message,
                    absl::string_view field = "",
                    const std::vector<std::pair<std::string, std::string>>& metadata = {});

// The refusal inside a status; nullopt where the status is none.
std::optional<Refusal> GetRefusal(const absl::Status& status);

// The refusal with its field named as it stands in a larger request: `prefix`, "credit." say,
// stands before it, unless it has none or is one of the header. Any other status stays as it is.
absl::Status WithFieldPrefix(const absl::Status& status, absl::string_view prefix);

// Every reason with its code and meaning, for the documentation and for tests that reach each one.
struct RefusalReason {
  absl::string_view reason;
  absl::StatusCode code;
  absl::string_view meaning;
};
absl::Span<const RefusalReason> RefusalReasons();

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_REFUSAL_H_
