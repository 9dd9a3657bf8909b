// A command on its way from the wire to the log: no protocol of the API, and not yet decided.
#ifndef GOODSTANDING_SERVICES_COMMAND_H_
#define GOODSTANDING_SERVICES_COMMAND_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "domain/dates.h"
#include "goodstanding/event/v1/activity_event.pb.h"
#include "goodstanding/event/v1/certificant_event.pb.h"
#include "goodstanding/event/v1/log_event.pb.h"
#include "goodstanding/event/v1/record.pb.h"
#include "goodstanding/event/v1/rule_set_event.pb.h"

namespace goodstanding::services {

// A correction as proposed; the version is the decision's to give.
struct ProposedCorrection {
  event::v1::RuleSetCorrected correction;
  int64_t base_version = 0;  // 0: any.
};

using ProposedFact =
    std::variant<event::v1::CertificantEvent, event::v1::ActivityEvent, event::v1::RuleSetPublished,
                 ProposedCorrection, event::v1::DaysClosed>;

// One fact that a command proposes, personal fields in plain text.
struct Proposal {
  std::string id;  // Of the certificant, the activity or the rule set.
  ProposedFact fact;
  std::string field_prefix;   // Of the fact's fields in the request, for example "credit.".
  absl::Status malformed;     // Why the request could not be read; then it is refused.
  std::string currency_code;  // Of its money; empty: the board's.
  std::optional<domain::Date> effective_date;  // In place of the command's.
};

// How the proposals of a command hang together.
enum class CommandMode {
  kSingle,        // One proposal.
  kEachByItself,  // Each is accepted or refused; those accepted are one append.
  kAllOrNothing,  // One refused refuses all.
  kValidateOnly,  // As kAllOrNothing, and nothing is recorded.
};

// That a command had arrived before, when overload shed it.
struct Arrival {
  absl::Time time;
  std::string receipt;  // As the caller presented it.
};

struct Command {
  std::string request_id;
  std::string digest;  // Of the content: 32 bytes.
  std::optional<int64_t> expected_version;
  std::variant<std::monostate, absl::Time, domain::Date> effective;  // monostate: now.
  // Takes the place of now as the effective time; an effective time of the command's own goes
  // first.
  std::optional<Arrival> arrival;
  event::v1::Actor actor;
  std::string correlation_id;
  int64_t causation_position = 0;
  std::string traceparent;
  std::string tracestate;
  CommandMode mode = CommandMode::kSingle;
  std::vector<Proposal> proposals;
};

// What became of a proposal.
struct ProposalOutcome {
  int64_t position = 0;  // 0: refused.
  int64_t version = 0;
  absl::Status refusal;  // OK where recorded.
};

// What became of a command.
struct CommandResult {
  std::vector<ProposalOutcome> outcomes;  // One a proposal, in order.
  absl::Time recorded_time;
  bool repeated = false;
};

using CommandDone = std::function<void(absl::StatusOr<CommandResult>)>;

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_COMMAND_H_
