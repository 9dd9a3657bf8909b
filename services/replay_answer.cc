#include "services/replay_answer.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/refusal.h"
#include "domain/text.h"
#include "projections/account_streams.h"
#include "projections/codec.h"
#include "projections/decision_replay.h"
#include "services/answers.h"
#include "services/call.h"

namespace goodstanding::services {
namespace {

using namespace api::v1;  // NOLINT: the messages, by name.

using event::v1::CertificantEvent;
using projections::DecisionReplay;
using projections::RecordedDecision;
using projections::ReplayQuestion;

constexpr char kDecisionField[] = "decision_position";

// The decision at a position of the log. EVENT_NOT_FOUND where the person, of whom these are the
// streams, has no event there.
absl::StatusOr<RecordedDecision> FindDecision(const ReadSide& side,
                                              const std::string& certificant_id,
                                              const std::vector<std::string>& streams,
                                              int64_t position) {
  if (position < 1) {
    return domain::Refuse("INVALID_ARGUMENT", "decision_position must be from 1.", kDecisionField);
  }
  if (position <= side.store.Head()) {
    GS_ASSIGN_OR_RETURN(const eventstore::Page page,
                        side.store.ReadLog(position, eventstore::Direction::kForward, 1));
    if (page.records.empty()) return absl::DataLossError("a position of the log is empty");
    if (std::find(streams.begin(), streams.end(), page.records[0].stream()) != streams.end()) {
      return projections::ReadDecision(page.records[0]);
    }
  }
  return domain::Refuse(
      "EVENT_NOT_FOUND",
      absl::StrCat("The certificant ", certificant_id, " has no event at position ", position, "."),
      kDecisionField, {{"position", absl::StrCat(position)}});
}

// Last position that a knowledge sees.
absl::StatusOr<int64_t> LastKnown(const ReadSide& side, const domain::Knowledge& knowledge,
                                  int64_t now_position) {
  int64_t position = std::min(knowledge.max_position, now_position);
  if (knowledge.max_recorded_micros != domain::Knowledge{}.max_recorded_micros) {
    GS_ASSIGN_OR_RETURN(const int64_t by_time,
                        projections::PositionAt(side.store, knowledge.max_recorded_micros));
    position = std::min(position, by_time);
  }
  return position;
}

// `person_id` answers now for the id asked for, and has these streams.
absl::StatusOr<ReplayQuestion> ReadReplay(const ReadSide& side,
                                          const ReplayDecisionRequest& request,
                                          const std::string& person_id,
                                          const std::vector<std::string>& streams,
                                          int64_t now_position) {
  ReplayQuestion question;
  question.certificant_id = person_id;
  std::string asked = request.certificant_id();
  question.now_position = now_position;
  question.then_position = now_position;
  question.day_of = [&side](int64_t micros) {
    return side.time.At(absl::FromUnixMicros(micros)).date;
  };
  GS_ASSIGN_OR_RETURN(question.day,
                      ReadDay(side, request.has_as_of_date(), request.as_of_date(), "as_of_date"));
  if (request.then_case() == ReplayDecisionRequest::kKnownAt) {
    GS_ASSIGN_OR_RETURN(const domain::Knowledge knowledge,
                        ReadKnownAt(side, request.known_at(), "known_at"));
    GS_ASSIGN_OR_RETURN(question.then_position, LastKnown(side, knowledge, now_position));
  } else if (request.then_case() == ReplayDecisionRequest::kDecisionPosition) {
    GS_ASSIGN_OR_RETURN(question.decision,
                        FindDecision(side, asked, streams, request.decision_position()));
    asked = std::string(*projections::StreamId(question.decision->record.stream(),
                                               projections::kCertificantPrefix));
    question.then_position = question.decision->then_position();
    if (!request.has_as_of_date()) {
      question.day = projections::StampOf(question.decision->record).effective.date;
    }
  }
  GS_ASSIGN_OR_RETURN(question.then_certificant_id,
                      projections::AnswererOf(side.store, asked, question.then_position));
  if (question.decision && question.then_certificant_id != asked) {
    GS_RETURN_IF_ERROR(
        projections::TakeAsCarried(side.store, question.then_certificant_id, *question.decision));
  }
  return question;
}

Fees ToFees(const event::v1::RenewalFees& fees, const std::string& currency) {
  Fees message;
  *message.mutable_recertification() = ToMoney(fees.recertification_minor_units(), currency);
  *message.mutable_late() = ToMoney(fees.late_minor_units(), currency);
  *message.mutable_extension() = ToMoney(fees.extension_minor_units(), currency);
  *message.mutable_reinstatement() = ToMoney(fees.reinstatement_minor_units(), currency);
  return message;
}

// What an approval fixes; nothing for any other decision.
template <typename Message>
void FillTerms(const CertificantEvent& event, const std::string& currency, Message& message) {
  if (!event.has_certification_renewed()) return;
  const auto& renewed = event.certification_renewed();
  *message.mutable_terms()->mutable_fees() = ToFees(renewed.fees(), currency);
  *message.mutable_terms()->mutable_credit_references() = renewed.credit_references();
}

int CycleEndYear(const CertificantEvent& event) {
  switch (event.event_case()) {
    case CertificantEvent::kApplicationReturned:
      return event.application_returned().cycle_end_year();
    case CertificantEvent::kCertificationRenewed:
      return event.certification_renewed().cycle_end_year();
    case CertificantEvent::kExtensionGranted:
      return event.extension_granted().cycle_end_year();
    case CertificantEvent::kExtensionDenied:
      return event.extension_denied().cycle_end_year();
    case CertificantEvent::kArrearsWrittenOff:
      return event.arrears_written_off().cycle_end_year();
    case CertificantEvent::kWaiverGranted:
      return event.waiver_granted().cycle_end_year();
    default:
      return 0;
  }
}

void FillRecorded(const RecordedDecision& decision, const std::string& currency,
                  api::v1::RecordedDecision& message) {
  const event::v1::Record& record = decision.record;
  message.set_position(record.position());
  message.set_kind(record.kind());
  *message.mutable_effective_time() = ToTimestamp(absl::FromUnixMicros(record.effective_micros()));
  *message.mutable_effective_date() = projections::StampOf(record).effective.date.ToProto();
  *message.mutable_recorded_time() = ToTimestamp(absl::FromUnixMicros(record.recorded_micros()));
  message.set_cycle_end_year(CycleEndYear(decision.event));
  *message.mutable_basis() = decision.basis();
  FillTerms(decision.event, currency, message);
}

void FillRedecision(const projections::Redecision& redecision, const std::string& currency,
                    Redecision& message) {
  message.set_allowed(redecision.refusal.ok());
  if (!redecision.refusal.ok()) {
    message.set_reason(ReasonOf(redecision.refusal));
    message.set_text(std::string(redecision.refusal.message()));
    return;
  }
  *message.mutable_rule_set() = projections::BasisOf(redecision.event)->rule_set();
  FillTerms(redecision.event, currency, message);
}

void FillRecomputation(const ReplayQuestion& question, const std::string& certificant_id,
                       int64_t position, const projections::Recomputation& result,
                       Recomputation& message) {
  FillAnswer(certificant_id, question.day, &result.answer, position, *message.mutable_answer());
  for (const domain::ExplanationLine& line : result.lines) *message.add_lines() = ToLine(line);
  if (result.decision) {
    FillRedecision(*result.decision, result.answer.currency_code(), *message.mutable_decision());
  }
}

void FillReplay(const ReplayQuestion& question, const DecisionReplay& replay,
                ReplayDecisionResponse& response) {
  const projections::Recomputation& then = replay.facts_then_rules_then;
  if (question.decision) {
    FillRecorded(*question.decision, then.answer.currency_code(), *response.mutable_recorded());
    response.mutable_recorded()->set_reproduced(replay.reproduced);
  }
  FillRecomputation(question, question.then_certificant_id, question.then_position, then,
                    *response.mutable_facts_then_rules_then());
  FillRecomputation(question, question.then_certificant_id, question.now_position,
                    replay.facts_then_rules_now, *response.mutable_facts_then_rules_now());
  FillRecomputation(question, question.certificant_id, question.now_position,
                    replay.facts_now_rules_now, *response.mutable_facts_now_rules_now());
  for (const projections::ReplayDifference& difference : replay.differences) {
    auto& message = *response.add_differences();
    message.set_kind(static_cast<ReplayDifferenceKind>(static_cast<int>(difference.kind) + 1));
    message.set_text(difference.text);
    message.mutable_positions()->Add(difference.positions.begin(), difference.positions.end());
  }
  response.set_then_position(question.then_position);
  response.set_now_position(question.now_position);
}

bool IsReplayDiffering(const absl::Status& status) { return ReasonOf(status) == "REPLAY_DIFFERS"; }

}  // namespace

absl::Status AnswerReplayAt(const ReadSide& side, const TellReplayDiffers& tell,
                            const ReplayDecisionRequest& request, int64_t now_position,
                            ReplayDecisionResponse& response) {
  const std::string& id = request.certificant_id();
  GS_RETURN_IF_ERROR(domain::CheckId(id, "certificant_id"));
  const domain::Knowledge known{.max_position = now_position};
  GS_ASSIGN_OR_RETURN(domain::CertificantState state,
                      projections::LoadCertificant(side.store, id, known));
  if (state.version == 0) return CertificantNotFound(id);
  std::string person_id = id;
  if (!state.survivor_id.empty()) {
    person_id = state.survivor_id;
    *response.mutable_merged() = ToMergedId(id, person_id, state.merged_position);
    GS_ASSIGN_OR_RETURN(state, projections::LoadCertificant(side.store, person_id, known));
  }
  GS_ASSIGN_OR_RETURN(
      const ReplayQuestion question,
      ReadReplay(side, request, person_id, projections::StreamsOf(state, person_id), now_position));
  GS_ASSIGN_OR_RETURN(const projections::BoardFacts board, side.board.At(now_position));
  const auto replay = projections::ReplayDecision(side.store, board, question);
  if (IsReplayDiffering(replay.status()) && tell) tell(request.decision_position());
  GS_RETURN_IF_ERROR(replay.status());
  FillReplay(question, *replay, response);
  return absl::OkStatus();
}

absl::Status AnswerReplay(const ReadSide& side, const TellReplayDiffers& tell,
                          const ReplayDecisionRequest& request, ReplayDecisionResponse& response) {
  return AnswerReplayAt(side, tell, request, side.store.Head(), response);
}

}  // namespace goodstanding::services
