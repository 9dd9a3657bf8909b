#include "domain/refusal.h"

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"

namespace goodstanding::domain {
namespace {

// Payload of the status: reason, field, then key and value of each metadata entry, NUL-separated.
constexpr char kRefusalUrl[] = "goodstanding/refusal";

using absl::StatusCode;

// Section 12 of the rules, in its order, then what the store and the services refuse.
constexpr RefusalReason kReasons[] = {
    {"INVALID_ARGUMENT", StatusCode::kInvalidArgument, "A field is missing or malformed."},
    {"INVALID_AMOUNT", StatusCode::kInvalidArgument,
     "An amount is not above zero, too large, or not in the unit of its activity kind."},
    {"INVALID_PERIOD", StatusCode::kInvalidArgument, "A period ends before it begins."},
    {"EFFECTIVE_IN_FUTURE", StatusCode::kInvalidArgument,
     "The fact would take place after the server's present moment."},
    {"COMPLETED_IN_FUTURE", StatusCode::kInvalidArgument,
     "The activity would be completed after the day of the report."},
    {"INVALID_RULE_SET", StatusCode::kInvalidArgument,
     "The rule set, or what a correction would make of it, makes no sense."},
    {"CERTIFICANT_NOT_FOUND", StatusCode::kNotFound, "Nobody is registered under this id."},
    {"CREDIT_NOT_FOUND", StatusCode::kNotFound, "The person has no such credit record."},
    {"OPERATION_NOT_FOUND", StatusCode::kNotFound, "There is no such operation."},
    {"PAYMENT_NOT_FOUND", StatusCode::kNotFound, "The person has no such payment."},
    {"ACTIVITY_NOT_FOUND", StatusCode::kNotFound, "The catalogue has no such activity."},
    {"RULE_SET_NOT_FOUND", StatusCode::kNotFound, "No such rule set or version is published."},
    {"CYCLE_NOT_FOUND", StatusCode::kNotFound, "No cycle of the person ends in this year."},
    {"FACT_NOT_FOUND", StatusCode::kNotFound, "The person has no event at this position."},
    {"EVENT_NOT_FOUND", StatusCode::kNotFound, "The log has no event at this position."},
    {"MEMBERSHIP_NOT_FOUND", StatusCode::kNotFound,
     "No membership of the person covers a later day."},
    {"LEGAL_HOLD_NOT_FOUND", StatusCode::kNotFound, "No such hold stands."},
    {"WITNESS_NOT_KNOWN", StatusCode::kNotFound,
     "The note has no cosignature of a witness that the server was told of."},
    {"BACKUP_NOT_FOUND", StatusCode::kNotFound, "There is no such backup."},
    {"CERTIFICANT_EXISTS", StatusCode::kAlreadyExists, "The id is taken."},
    {"CREDENTIAL_ALREADY_HELD", StatusCode::kAlreadyExists,
     "The person holds this credential already."},
    {"CREDIT_ALREADY_RECORDED", StatusCode::kAlreadyExists,
     "The person has a credit record of this reference."},
    {"CREDIT_ALREADY_WITHDRAWN", StatusCode::kFailedPrecondition, "The record was withdrawn."},
    {"PAYMENT_ALREADY_RECORDED", StatusCode::kAlreadyExists,
     "The person has a payment of this reference."},
    {"PAYMENT_ALREADY_RETURNED", StatusCode::kFailedPrecondition,
     "The payment was returned or refunded."},
    {"REFUND_EXCEEDS_PAYMENT", StatusCode::kFailedPrecondition,
     "Less is left of the payment than would be refunded."},
    {"WRITE_OFF_EXCEEDS_ARREARS", StatusCode::kFailedPrecondition,
     "Less is in arrears than would be written off."},
    {"LEGAL_HOLD_ALREADY_PLACED", StatusCode::kAlreadyExists, "A hold of this reference stands."},
    {"ERASURE_ALREADY_REQUESTED", StatusCode::kFailedPrecondition,
     "An erasure of the person's data is asked for."},
    {"ERASURE_ALREADY_CONFIRMED", StatusCode::kFailedPrecondition, "The erasure is confirmed."},
    {"ERASURE_NOT_REQUESTED", StatusCode::kFailedPrecondition,
     "No erasure of the person's data is asked for, or it has begun."},
    {"ERASURE_NOT_DUE", StatusCode::kFailedPrecondition, "The erasure may not begin yet."},
    {"SECOND_PERSON_NEEDED", StatusCode::kPermissionDenied,
     "Another person than the one who asked must confirm."},
    {"CERTIFICANT_ERASED", StatusCode::kFailedPrecondition,
     "The person's data was erased; nothing more is recorded under the id."},
    {"CERTIFIED", StatusCode::kFailedPrecondition, "The person is certified."},
    {"LEGAL_HOLD", StatusCode::kFailedPrecondition, "The personal data has to be kept."},
    {"FACT_ALREADY_ANNULLED", StatusCode::kFailedPrecondition, "The fact was annulled."},
    {"FACT_NOT_ANNULLABLE", StatusCode::kFailedPrecondition,
     "The event moves no standing, is the registration, or took an annulment back."},
    {"ACTIVITY_ALREADY_APPROVED", StatusCode::kAlreadyExists,
     "The catalogue has an activity of this id."},
    {"RULE_SET_EXISTS", StatusCode::kAlreadyExists, "A rule set of this name is published."},
    {"FOLDER_EXISTS", StatusCode::kAlreadyExists, "A folder of this name is there."},
    {"REQUEST_ID_REUSED", StatusCode::kAlreadyExists,
     "The request id was used for another command."},
    {"NOT_CERTIFIED", StatusCode::kFailedPrecondition,
     "The person holds no certification: never granted, revoked or surrendered."},
    {"CERTIFICATION_EXPIRED", StatusCode::kFailedPrecondition,
     "The certification has expired; a new examination is needed."},
    {"CREDENTIAL_NOT_HELD", StatusCode::kFailedPrecondition,
     "The person does not hold this credential."},
    {"ALREADY_RENEWED", StatusCode::kFailedPrecondition, "The cycle is renewed."},
    {"ALREADY_SUBMITTED", StatusCode::kFailedPrecondition, "The application is submitted."},
    {"EXTENSION_ALREADY_REQUESTED", StatusCode::kFailedPrecondition,
     "An extension is requested or granted in this cycle."},
    {"REINSTATEMENT_ALREADY_REQUESTED", StatusCode::kFailedPrecondition,
     "Reinstatement is requested in this cycle."},
    {"AUDIT_ALREADY_OPEN", StatusCode::kFailedPrecondition, "An audit is open."},
    {"APPLICATION_NOT_OPEN", StatusCode::kFailedPrecondition,
     "Applications of this cycle are not yet accepted."},
    {"EXTENSION_NOT_OPEN", StatusCode::kFailedPrecondition,
     "Extensions of this cycle cannot yet be asked for."},
    {"EXTENSION_DEADLINE_PASSED", StatusCode::kFailedPrecondition,
     "The deadline for extension requests has passed."},
    {"EXTENSION_NOT_REQUESTED", StatusCode::kFailedPrecondition,
     "No extension request is undecided."},
    {"HALF_NOT_MET", StatusCode::kFailedPrecondition,
     "Documented credits do not reach the half that an extension needs."},
    {"GRACE_PERIOD_ENDED", StatusCode::kFailedPrecondition,
     "The window for reinstatement has ended."},
    {"NOT_LAPSED", StatusCode::kFailedPrecondition, "The certification has not lapsed."},
    {"REINSTATEMENT_NOT_REQUESTED", StatusCode::kFailedPrecondition,
     "The certification has lapsed and reinstatement was not asked for."},
    {"REINSTATEMENT_FEE_DUE", StatusCode::kFailedPrecondition,
     "Reinstatement must be asked for and its fee be paid first."},
    {"NOT_SUBMITTED", StatusCode::kFailedPrecondition, "No application is submitted."},
    {"AUDIT_NOT_OPEN", StatusCode::kFailedPrecondition, "No audit is open."},
    {"REQUIREMENTS_NOT_MET", StatusCode::kFailedPrecondition,
     "Counted credits do not meet the requirement."},
    {"BALANCE_DUE", StatusCode::kFailedPrecondition, "Fees or arrears are due."},
    {"AUDIT_OPEN", StatusCode::kFailedPrecondition, "An audit is open."},
    {"REBUILD_NEEDED", StatusCode::kFailedPrecondition,
     "The views cannot follow the log without this rebuild."},
    {"REBUILD_RUNNING", StatusCode::kFailedPrecondition, "The views are being rebuilt."},
    {"RULE_SET_MOVED", StatusCode::kFailedPrecondition,
     "The rule set was corrected since the version that the request names."},
    {"PREVIEW_MISMATCH", StatusCode::kFailedPrecondition,
     "The preview that the request names was of another correction."},
    {"BACKUP_NOT_CONFIGURED", StatusCode::kFailedPrecondition,
     "The server was started without a folder for backups."},
    {"BACKUP_REFUSED", StatusCode::kFailedPrecondition,
     "The backup folder is of another log, in use, or lacks the keys of the backup."},
    {"STREAM_VERSION_CONFLICT", StatusCode::kAborted, "The stream is not at the expected version."},
    {"LOG_REPLACED", StatusCode::kFailedPrecondition,
     "The server has another log than the one that the request names."},
    {"POSITION_BEYOND_HEAD", StatusCode::kOutOfRange, "The log does not reach this position."},
    {"SERVICE_UNKNOWN", StatusCode::kNotFound, "The health of no such service is known."},
    {"SERVER_STOPPING", StatusCode::kUnavailable,
     "The server stops; go on where it ended once it is back."},
    {"OVERLOADED", StatusCode::kResourceExhausted, "Too much at once; repeat after the delay."},
    {"DISK_NEARLY_FULL", StatusCode::kResourceExhausted,
     "The server's disk is nearly full; nothing is recorded until there is room."},
    {"OUTCOME_UNKNOWN", StatusCode::kUnavailable,
     "The write may or may not be stored; repeat with the same request id."},
    {"DATA_LOSS", StatusCode::kDataLoss, "Stored bytes contradict each other."},
    {"NOT_A_DECISION", StatusCode::kFailedPrecondition,
     "The event rests on no rules, so that there is nothing to replay."},
    {"REPLAY_DIFFERS", StatusCode::kDataLoss,
     "Facts and rules of then do not give the decision that was recorded."},
    {"NOT_IDENTIFIED", StatusCode::kUnauthenticated, "The caller is not known to be anybody."},
    {"NOT_ALLOWED", StatusCode::kPermissionDenied, "The caller has no right to this."},
    {"OWN_RECORD", StatusCode::kPermissionDenied, "Nobody decides on their own record."},
    {"BACKDATING_NOT_ALLOWED", StatusCode::kPermissionDenied,
     "The caller may not say when a fact took effect."},
    {"CLOCK_SUSPECT", StatusCode::kFailedPrecondition,
     "The server's clock cannot be trusted; nothing is recorded until an operator confirms it."},
    {"READ_ONLY", StatusCode::kFailedPrecondition,
     "The server takes no commands for the time being, as an operator wants it; reading goes on."},
    {"DISPUTE_NOT_FOUND", StatusCode::kNotFound, "The person has no such dispute."},
    {"DISPUTE_ALREADY_OPEN", StatusCode::kAlreadyExists, "A dispute about the same is open."},
    {"DISPUTE_NOT_OPEN", StatusCode::kFailedPrecondition, "The dispute was decided or withdrawn."},
    {"DISPUTE_NOT_UPHELD", StatusCode::kFailedPrecondition,
     "The dispute was not upheld, so that nothing can rest on it."},
    {"DISPUTE_OPEN", StatusCode::kFailedPrecondition, "A dispute is open."},
    {"DECIDER_INVOLVED", StatusCode::kPermissionDenied,
     "Whoever had a part in the cycle does not decide a dispute about it."},
    {"EVIDENCE_NOT_FOUND", StatusCode::kNotFound,
     "The person has no document that was attached there and is kept here."},
    {"CHECKPOINT_NOT_FOUND", StatusCode::kNotFound, "No checkpoint of this size was signed."},
    {"NOT_SELECTED", StatusCode::kFailedPrecondition,
     "The selection does not select this person for an audit."},
    {"TOO_MANY_CALLS", StatusCode::kResourceExhausted,
     "The caller asks more often, or more at once, than one caller may."},
    {"DEADLINE_EXCEEDED", StatusCode::kDeadlineExceeded,
     "The call took longer than its caller or the server lets it."},
    {"ARRIVAL_FORGED", StatusCode::kInvalidArgument,
     "The receipt of an earlier arrival is none that the server signed."},
    {"ARRIVAL_OF_ANOTHER_CALLER", StatusCode::kPermissionDenied,
     "The receipt of an earlier arrival was given to another caller."},
    {"ARRIVAL_OF_ANOTHER_COMMAND", StatusCode::kInvalidArgument,
     "The receipt of an earlier arrival is of another command, or this one was changed."},
    {"ARRIVAL_EXPIRED", StatusCode::kFailedPrecondition,
     "The receipt of an earlier arrival is too old."},
    {"CERTIFICANT_MERGED", StatusCode::kFailedPrecondition,
     "The account is merged into another one."},
    {"MERGE_OTHER_WAY", StatusCode::kFailedPrecondition,
     "The account that would be merged has taken over another one itself."},
    {"MERGE_RECORDS_DIFFER", StatusCode::kFailedPrecondition,
     "Both accounts have the record, each with later facts of its own."},
    {"MERGE_APPLICATION_OPEN", StatusCode::kFailedPrecondition,
     "An application or request is for a cycle that the one account would not have."},
    {"MERGE_ENDS_CERTIFICATION", StatusCode::kFailedPrecondition,
     "By the facts of both accounts a person who is certified would not be."},
};

}  // namespace

absl::Span<const RefusalReason> RefusalReasons() { return kReasons; }

absl::Status Refuse(absl::string_view reason, absl::string_view message, absl::string_view field,
                    const std::vector<std::pair<std::string, std::string>>& metadata) {
  for (const RefusalReason& known : kReasons) {
    if (known.reason != reason) continue;
    absl::Status status(known.code, message);
    std::string payload = absl::StrCat(reason, absl::string_view("\0", 1), field);
    for (const auto& [key, value] : metadata) {
      absl::StrAppend(&payload, absl::string_view("\0", 1), key, absl::string_view("\0", 1), value);
    }
    status.SetPayload(kRefusalUrl, absl::Cord(payload));
    return status;
  }
  GS_CHECK(reason == "a reason of the table");
  return absl::InternalError(message);
}

std::optional<Refusal> GetRefusal(const absl::Status& status) {
  const auto payload = status.GetPayload(kRefusalUrl);
  if (!payload) return std::nullopt;
  const std::vector<std::string> parts = absl::StrSplit(std::string(*payload), absl::ByChar('\0'));
  Refusal refusal;
  refusal.reason = parts[0];
  if (parts.size() > 1) refusal.field = parts[1];
  for (size_t i = 2; i + 1 < parts.size(); i += 2) {
    refusal.metadata.emplace_back(parts[i], parts[i + 1]);
  }
  return refusal;
}

absl::Status WithFieldPrefix(const absl::Status& status, absl::string_view prefix) {
  const auto refusal = GetRefusal(status);
  if (!refusal || refusal->field.empty() || absl::StartsWith(refusal->field, "header.")) {
    return status;
  }
  return Refuse(refusal->reason, status.message(), absl::StrCat(prefix, refusal->field),
                refusal->metadata);
}

}  // namespace goodstanding::domain
