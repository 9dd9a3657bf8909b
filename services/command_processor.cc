#include "services/command_processor.h"

#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "base/thread_name.h"
#include "domain/decide.h"
#include "domain/refusal.h"
#include "eventstore/seal.h"
#include "goodstanding/event/v1/command_answer.pb.h"
#include "projections/audit_selection.h"
#include "projections/codec.h"
#include "projections/correction.h"
#include "projections/erasures.h"
#include "services/audit_answer.h"
#include "services/decided.h"
#include "services/grpc_status.h"

namespace goodstanding::services {
namespace {

using domain::CertificantState;
using domain::Refuse;
using eventstore::AppendOutcome;
using eventstore::AppendRequest;
using eventstore::Record;
using eventstore::RequestKey;
using eventstore::StreamExpectation;

// Certificants whose facts stay folded in memory.
constexpr size_t kMaxStates = 100'000;

// The name space of request ids: the caller's own, or of the person for whom it acts.
std::string ScopeOf(const event::v1::Actor& actor) {
  std::string scope = absl::StrCat(actor.issuer(), "/", actor.subject());
  if (!actor.on_behalf_of_subject().empty()) {
    absl::StrAppend(&scope, "/", actor.on_behalf_of_issuer(), "/", actor.on_behalf_of_subject());
  }
  return scope;
}

RequestKey KeyOf(const Command& command) {
  return RequestKey{ScopeOf(command.actor), command.request_id, command.digest};
}

absl::Status RequestIdReused() {
  return Refuse("REQUEST_ID_REUSED", "The request id was used for another command; use a new one.",
                "header.request_id");
}

absl::Status Unsettled() {
  return Refuse("OVERLOADED",
                "Earlier commands failed and are being settled; repeat this one after the delay.");
}

// When the command had arrived, if it says so; else now.
absl::Time ArrivalOf(const Command& command, absl::Time now) {
  return command.arrival ? command.arrival->time : now;
}

absl::Status VersionConflict(const std::string& stream, int64_t expected, int64_t actual) {
  return FromStore(eventstore::StreamConflictError({stream, expected, actual}));
}

absl::Status CheckCurrency(const domain::RulebookView& rules, const std::string& currency_code) {
  const domain::Figures* const figures = rules.Default();
  if (figures == nullptr || currency_code.empty() || currency_code == figures->currency_code) {
    return absl::OkStatus();
  }
  return Refuse("INVALID_ARGUMENT",
                absl::StrCat("amount.currency_code must be ", figures->currency_code, "."),
                "amount.currency_code", {{"currency", currency_code}});
}

// A refusal as it was remembered.
absl::Status Remembered(const event::v1::ProposedFactOutcome& outcome) {
  return Refuse(outcome.reason(), outcome.message(), outcome.field());
}

// The refusal with the field named as it stands in the request. The person's id stands beside what
// is reported.
absl::Status WithPrefix(const absl::Status& status, const Proposal& proposal) {
  const auto refusal = domain::GetRefusal(status);
  if (refusal && refusal->field == "certificant_id") return status;
  return domain::WithFieldPrefix(status, proposal.field_prefix);
}

CommandResult ResultOf(const AppendOutcome& outcome) {
  CommandResult result;
  result.recorded_time = outcome.recorded_time;
  result.repeated = outcome.repeated;
  const auto recorded = [&](size_t event) {
    return ProposalOutcome{outcome.first_position + static_cast<int64_t>(event),
                           outcome.versions[event], absl::OkStatus()};
  };
  event::v1::CommandAnswer answer;
  if (outcome.answer.empty() || !answer.ParseFromString(outcome.answer)) {
    for (size_t i = 0; i < outcome.versions.size(); ++i) result.outcomes.push_back(recorded(i));
    return result;
  }
  for (const auto& fact : answer.outcomes()) {
    result.outcomes.push_back(fact.event_number() > 0
                                  ? recorded(static_cast<size_t>(fact.event_number() - 1))
                                  : ProposalOutcome{0, 0, Remembered(fact)});
  }
  return result;
}

event::v1::ProposedFactOutcome ToAnswer(const absl::Status& refusal) {
  event::v1::ProposedFactOutcome outcome;
  const auto details = domain::GetRefusal(refusal);
  outcome.set_code(static_cast<int32_t>(refusal.code()));
  outcome.set_message(std::string(refusal.message()));
  if (details) {
    outcome.set_reason(details->reason);
    outcome.set_field(details->field);
  }
  return outcome;
}

// The streams, beside the person's own, on which a staff decision rests.
void ExpectBasis(const LiveBoard& board, const CertificantState& state,
                 const event::v1::DecisionBasis& basis,
                 std::vector<StreamExpectation>& expectations) {
  expectations.push_back(
      {projections::RulesStream(basis.rule_set().name()), basis.rule_set().version()});
  std::set<std::string> activities;
  for (const domain::CreditRecord& record : state.credits) {
    if (!record.activity_id.empty()) activities.insert(record.activity_id);
  }
  for (const std::string& activity : activities) {
    const domain::CatalogueEntry* const entry = board.catalogue().Find(activity);
    expectations.push_back({projections::ActivityStream(activity),
                            entry == nullptr ? 0 : static_cast<int64_t>(entry->facts.size())});
  }
}

bool IsSameIdentity(absl::string_view issuer, absl::string_view subject,
                    const event::v1::Actor& actor) {
  return !subject.empty() &&
         ((issuer == actor.issuer() && subject == actor.subject()) ||
          (issuer == actor.on_behalf_of_issuer() && subject == actor.on_behalf_of_subject()));
}

bool IsSamePerson(const event::v1::Actor& a, const event::v1::Actor& b) {
  return IsSameIdentity(a.issuer(), a.subject(), b) ||
         IsSameIdentity(a.on_behalf_of_issuer(), a.on_behalf_of_subject(), b);
}

}  // namespace

CommandProcessor::CommandProcessor(eventstore::EventStore& store, eventstore::KeyStore& keys,
                                   const BoardTime& time, const Clock& clock, const WriteGate* gate,
                                   size_t max_waiting)
    : store_(store),
      keys_(keys),
      time_(time),
      clock_(clock),
      gate_(gate),
      max_waiting_(max_waiting),
      board_(store, kMaxStates) {}

CommandProcessor::~CommandProcessor() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    work_.Signal();
  }
  if (thread_.joinable()) thread_.join();
  Drain();
}

absl::StatusOr<std::unique_ptr<CommandProcessor>> CommandProcessor::Create(
    eventstore::EventStore& store, eventstore::KeyStore& keys, const BoardTime& time,
    const Clock& clock, const WriteGate* gate, size_t max_waiting) {
  std::unique_ptr<CommandProcessor> processor(
      new CommandProcessor(store, keys, time, clock, gate, max_waiting));
  GS_RETURN_IF_ERROR(processor->board_.Reload());
  processor->thread_ = std::thread([&self = *processor] { self.Run(); });
  return processor;
}

void CommandProcessor::Execute(Command command, CommandDone done) {
  {
    const MutexLock lock(mutex_);
    if (waiting_.size() < max_waiting_) {
      waiting_.push_back({std::move(command), std::move(done)});
      if (waiting_.size() == 1) work_.Signal();
      return;
    }
  }
  done(Refuse("OVERLOADED", "Too many commands wait; repeat this one after the delay."));
}

// Decides all that waits, then hands what it became to the store as one group.
void CommandProcessor::Run() {
  NameThread("commands");
  for (auto taken = Take(); !taken.empty(); taken = Take()) {
    for (Waiting& next : taken) Decide(std::move(next.command), std::move(next.done));
    Flush();
  }
}

// Waits for commands; empty where the processor stops.
std::vector<CommandProcessor::Waiting> CommandProcessor::Take() {
  const MutexLock lock(mutex_);
  deciding_ = false;
  if (Settled()) settled_.SignalAll();
  while (waiting_.empty() && !stopping_) work_.Wait(mutex_);
  deciding_ = !waiting_.empty();
  return std::exchange(waiting_, {});
}

void CommandProcessor::Decide(Command command, CommandDone done) {
  const absl::Status ready = Ready();
  if (!ready.ok()) return done(ready);
  const std::string key =
      absl::StrCat(ScopeOf(command.actor), absl::string_view("\0", 1), command.request_id);
  if (AnswerRepeated(command, key, done)) return;
  if (gate_ != nullptr && command.mode != CommandMode::kValidateOnly) {
    absl::Status open = gate_->Check();
    if (!open.ok()) return done(std::move(open));
  }
  DecideAndQueue(std::move(command), key, std::move(done));
}

// After a failed append: wait until none is under way, then start over from what is on disk.
absl::Status CommandProcessor::Ready() {
  if (!failed_.load()) return absl::OkStatus();
  FailGroup(Unsettled());
  const absl::Status health = store_.Health();
  if (!health.ok()) return FromStore(health);
  {
    MutexLock lock(mutex_);
    if (!under_way_.empty()) return Unsettled();
  }
  GS_RETURN_IF_ERROR(board_.Reload());
  failed_.store(false);
  return absl::OkStatus();
}

bool CommandProcessor::AnswerRepeated(const Command& command, const std::string& key,
                                      CommandDone& done) {
  bool reused = false;
  {
    MutexLock lock(mutex_);
    const auto found = under_way_.find(key);
    if (found != under_way_.end() && found->second.digest == command.digest) {
      found->second.waiting.push_back(std::move(done));
      return true;
    }
    reused = found != under_way_.end();
  }
  if (reused) {
    done(RequestIdReused());
    return true;
  }
  const absl::StatusOr<std::optional<AppendOutcome>> earlier = store_.FindRequest(KeyOf(command));
  if (!earlier.ok()) {
    done(FromStore(earlier.status()));
    return true;
  }
  if (!earlier->has_value()) return false;
  done(ResultOf(**earlier));
  return true;
}

void CommandProcessor::DecideAndQueue(Command command, const std::string& key, CommandDone done) {
  Decided decided;
  decided.next_position = board_.next_position();
  decided.drafting =
      command.mode == CommandMode::kAllOrNothing || command.mode == CommandMode::kValidateOnly;
  const absl::StatusOr<bool> cause_is_dispute = IsDispute(command.causation_position);
  if (!cause_is_dispute.ok()) return done(FromStore(cause_is_dispute.status()));
  decided.cause_is_dispute = *cause_is_dispute;
  bool refused = false;
  for (Proposal& proposal : command.proposals) {
    decided.event_numbers.push_back(static_cast<int32_t>(decided.append.events.size()) + 1);
    absl::Status status = WithPrefix(DecideProposal(command, proposal, decided), proposal);
    refused = refused || !status.ok();
    if (command.mode == CommandMode::kSingle && refused) return done(std::move(status));
    decided.refusals.push_back(std::move(status));
  }
  const bool record = command.mode != CommandMode::kValidateOnly &&
                      !(command.mode == CommandMode::kAllOrNothing && refused) &&
                      !decided.append.events.empty();
  if (record) return Queue(command, key, std::move(decided), std::move(done));
  CommandResult result;
  for (absl::Status& refusal : decided.refusals) {
    result.outcomes.push_back(ProposalOutcome{0, 0, std::move(refusal)});
  }
  done(std::move(result));
}

absl::Status CommandProcessor::DecideProposal(const Command& command, Proposal& proposal,
                                              Decided& decided) {
  GS_RETURN_IF_ERROR(proposal.malformed);
  if (std::holds_alternative<event::v1::CertificantEvent>(proposal.fact)) {
    return DecideCertificant(command, proposal, decided);
  }
  if (std::holds_alternative<event::v1::ActivityEvent>(proposal.fact)) {
    return DecideActivity(command, proposal, decided);
  }
  if (const auto* const days = std::get_if<event::v1::DaysClosed>(&proposal.fact)) {
    return DecideDays(command, *days, decided);
  }
  return DecideRules(command, proposal, decided);
}

absl::Status CommandProcessor::DecideCertificant(const Command& command, Proposal& proposal,
                                                 Decided& decided) {
  auto& proposed = std::get<event::v1::CertificantEvent>(proposal.fact);
  const absl::Time now = clock_.Now();
  // Steps of an erasure take place now, whatever went before.
  absl::Time effective = domain::IsAboutErasure(proposed) ? now : ArrivalOf(command, now);
  if (const auto* const time = std::get_if<absl::Time>(&command.effective)) effective = *time;
  std::optional<domain::Date> day = proposal.effective_date;
  if (const auto* const date = std::get_if<domain::Date>(&command.effective)) day = *date;
  if (const auto posted = domain::BoardPostedDay(proposed)) day = posted;
  if (day) effective = time_.ResolveDay(*day, now);
  domain::CommandContext context{time_.At(effective), time_.At(now), decided.next_position - 1,
                                 time_.database_version(), command.actor};
  context.cause_position = command.causation_position;
  context.cause_is_dispute = decided.cause_is_dispute;
  if (proposed.has_payment_received()) {
    auto& payment = *proposed.mutable_payment_received();
    if (!payment.has_dated_date()) *payment.mutable_dated_date() = context.effective.date.ToProto();
  }
  GS_RETURN_IF_ERROR(CheckCurrency(board_.rules(), proposal.currency_code));
  GS_RETURN_IF_ERROR(domain::ValidateCommand(proposed, board_.rules(), context));
  GS_ASSIGN_OR_RETURN(CertificantState * state, board_.State(proposal.id));
  if (decided.drafting) {
    GS_ASSIGN_OR_RETURN(state, Draft(proposal.id, decided));
  }
  const std::string stream = projections::CertificantStream(proposal.id);
  if (command.expected_version && *command.expected_version != state->version) {
    return VersionConflict(stream, *command.expected_version, state->version);
  }
  if (proposed.has_dispute_decided()) {
    GS_ASSIGN_OR_RETURN(context.past_acts, PastActs(stream, state->version, command.actor));
  }
  if (proposed.has_audit_opened() && proposed.audit_opened().has_selection()) {
    GS_RETURN_IF_ERROR(CheckSelected(proposal.id, proposed.audit_opened().selection()));
  }
  if (ConcernsAccounts(proposed, *state)) {
    return DecideAccounts({command, effective, context, decided}, proposal.id, proposed);
  }
  const domain::Facts facts = FactsOf(*state);
  GS_ASSIGN_OR_RETURN(event::v1::CertificantEvent event, domain::Decide(facts, proposed, context));
  decided.append.expectations.push_back({stream, state->version});
  ExpectBasisOf(event, *state, decided);
  const int64_t position = decided.next_position++;
  const type::v1::ErasureStage erasure_before = state->erasure.stage;
  GS_RETURN_IF_ERROR(domain::Evolve(event, {context.effective, position}, *state));
  if (!decided.drafting) {
    board_.TakePosition();
    board_.Touch(proposal.id, position);
  }
  Record record = MakeRecord(command, stream, effective);
  record.set_kind(std::string(projections::KindOf(event)));
  decided.personal.emplace(decided.append.events.size(), std::move(event));
  decided.append.events.push_back(std::move(record));
  if (projections::AdvancesErasure(erasure_before, state->erasure.stage)) {
    TellErasure(command, proposal.id, state->erasure, decided);
  }
  return absl::OkStatus();
}

// Whether the event at a position opened a dispute. One that is not on disk yet was never told to
// anybody.
absl::StatusOr<bool> CommandProcessor::IsDispute(int64_t position) const {
  if (position < 1 || position > store_.Head()) return false;
  GS_ASSIGN_OR_RETURN(const eventstore::Page page,
                      store_.ReadLog(position, eventstore::Direction::kForward, 1));
  if (page.records.empty()) return absl::DataLossError("a position of the log is empty");
  return page.records[0].kind() == event::v1::DisputeOpened::descriptor()->name();
}

// What an actor recorded about a person, for itself or for somebody; a person for whom it acted
// counts as well. OVERLOADED while events of the stream are on their way to the disk.
absl::StatusOr<std::vector<domain::PastAct>> CommandProcessor::PastActs(
    const std::string& stream, int64_t version, const event::v1::Actor& actor) const {
  std::vector<domain::PastAct> acts;
  int64_t seen = 0;
  const absl::Status visited =
      store_.VisitStream(stream, [&](const Record& record) -> absl::Status {
        ++seen;
        if (!IsSamePerson(record.actor(), actor)) return absl::OkStatus();
        GS_ASSIGN_OR_RETURN(const event::v1::CertificantEvent event,
                            projections::DecodeCertificant(record));
        acts.push_back({record.position(), projections::StampOf(record).effective.date,
                        domain::CycleNamedBy(event)});
        return absl::OkStatus();
      });
  GS_RETURN_IF_ERROR(FromStore(visited));
  if (seen == version) return acts;
  return Refuse("OVERLOADED",
                "Earlier commands about the person are being written; repeat this one after the "
                "delay.");
}

// CHECKPOINT_NOT_FOUND, NOT_SELECTED.
absl::Status CommandProcessor::CheckSelected(const std::string& certificant_id,
                                             const type::v1::AuditSelection& selection) const {
  const int64_t size = selection.checkpoint_size();
  GS_ASSIGN_OR_RETURN(const auto checkpoint, FindCheckpoint(store_, size));
  GS_ASSIGN_OR_RETURN(const eventstore::Hash root, store_.TreeRoot(checkpoint.size));
  const std::string draw =
      projections::DrawForAudit(root, selection.cycle_end_year(), certificant_id);
  if (projections::IsSelected(draw, selection.rate_millionths())) return absl::OkStatus();
  return Refuse("NOT_SELECTED",
                "The selection does not select this person; leave selection away where staff "
                "chose.",
                "selection");
}

// What an approval and a granted extension rest on beside the person's own stream.
void CommandProcessor::ExpectBasisOf(const event::v1::CertificantEvent& event,
                                     const CertificantState& state, Decided& decided) const {
  auto& expectations = decided.append.expectations;
  if (event.has_certification_renewed()) {
    ExpectBasis(board_, state, event.certification_renewed().basis(), expectations);
  } else if (event.has_extension_granted()) {
    ExpectBasis(board_, state, event.extension_granted().basis(), expectations);
  }
}

// The stream of all erasures says the same, so that they are found.
void CommandProcessor::TellErasure(const Command& command, const std::string& certificant_id,
                                   const domain::ErasureStatus& status, Decided& decided) {
  const std::string stream(projections::kErasuresStream);
  decided.append.expectations.push_back({stream, board_.erasures_version()});
  ++decided.next_position;
  if (decided.drafting) {
    ++decided.erasure_steps;
  } else {
    board_.TakePosition();
    board_.AdvanceErasures();
  }
  const event::v1::LogEvent advance = projections::ErasureAdvance(certificant_id, status);
  Record record = MakeRecord(command, stream, clock_.Now());
  record.set_kind(std::string(projections::KindOf(advance)));
  advance.SerializeToString(record.mutable_payload());
  decided.append.events.push_back(std::move(record));
}

// Seals personal fields; creates the key that a new person's need, and remembers the e-mail's hash.
absl::Status CommandProcessor::Protect(const std::string& stream,
                                       event::v1::CertificantEvent& event) {
  std::string email;
  if (event.has_certificant_registered()) {
    GS_ASSIGN_OR_RETURN(const eventstore::KeyFacts key,
                        keys_.CreateKey(stream, eventstore::Durability::kByNextSync));
    auto& registered = *event.mutable_certificant_registered();
    registered.set_data_key_digest(key.digest);
    email = registered.email();
  } else if (event.has_contact_changed()) {
    email = event.contact_changed().email();
  }
  if (!email.empty()) {
    GS_RETURN_IF_ERROR(keys_.PutLookup(stream, email, eventstore::Durability::kByNextSync));
    keys_dirty_ = true;
  }
  keys_dirty_ = keys_dirty_ || event.has_certificant_registered();
  return eventstore::SealPersonalFields(keys_, stream, projections::KindOf(event), &event);
}

absl::Status CommandProcessor::DecideActivity(const Command& command, Proposal& proposal,
                                              Decided& decided) {
  const auto& event = std::get<event::v1::ActivityEvent>(proposal.fact);
  const absl::Time now = clock_.Now();
  absl::Time effective = ArrivalOf(command, now);
  if (const auto* const time = std::get_if<absl::Time>(&command.effective)) effective = *time;
  if (const auto* const date = std::get_if<domain::Date>(&command.effective)) {
    effective = time_.ResolveDay(*date, now);
  }
  const domain::Moment moment = time_.At(effective);
  const std::string stream = projections::ActivityStream(proposal.id);
  const domain::CatalogueEntry* const entry = board_.catalogue().Find(proposal.id);
  const int64_t version = entry == nullptr ? 0 : static_cast<int64_t>(entry->facts.size());
  GS_RETURN_IF_ERROR(domain::ValidateActivity(proposal.id, event));
  if (command.expected_version && *command.expected_version != version) {
    return VersionConflict(stream, *command.expected_version, version);
  }
  GS_RETURN_IF_ERROR(
      domain::DecideActivity(board_.catalogue(), proposal.id, event, moment, time_.At(now)));
  const int64_t position = board_.TakePosition();
  decided.next_position = position + 1;
  GS_RETURN_IF_ERROR(board_.ApplyActivity(proposal.id, {moment, position}, event));
  decided.append.expectations.push_back({stream, version});
  Record record = MakeRecord(command, stream, effective);
  record.set_kind(std::string(projections::KindOf(event)));
  event.SerializeToString(record.mutable_payload());
  decided.append.events.push_back(std::move(record));
  return absl::OkStatus();
}

// The version that a correction must find: that of the preview that it names, else the one that it
// names itself.
absl::StatusOr<int64_t> CommandProcessor::BaseVersion(const std::string& name,
                                                      const ProposedCorrection& proposed) const {
  if (proposed.correction.preview_digest().empty()) return proposed.base_version;
  GS_ASSIGN_OR_RETURN(
      const int64_t previewed,
      projections::PreviewedVersion(store_.Origin(), board_.rulebook(), name, proposed.correction));
  const auto found = board_.rulebook().revisions().find(name);
  const bool moved =
      found != board_.rulebook().revisions().end() && found->second.back().version != previewed;
  return moved || proposed.base_version == 0 ? previewed : proposed.base_version;
}

// FAILED_PRECONDITION where the day was closed before.
absl::Status CommandProcessor::DecideDays(const Command& command,
                                          const event::v1::DaysClosed& proposed, Decided& decided) {
  const auto day = domain::Date::FromProto(proposed.last_date());
  GS_CHECK(day.has_value());
  const projections::ClosedDays& closed = board_.closed_days();
  if (closed.last.has_value() && *day <= *closed.last) {
    return absl::FailedPreconditionError(absl::StrCat(day->ToString(), " was closed before"));
  }
  const std::string stream(projections::kDaysStream);
  decided.append.expectations.push_back({stream, closed.version});
  decided.next_position = board_.TakePosition() + 1;
  board_.CloseDays(*day);
  event::v1::LogEvent event;
  *event.mutable_days_closed() = proposed;
  Record record = MakeRecord(command, stream, clock_.Now());
  record.set_kind(std::string(projections::KindOf(event)));
  event.SerializeToString(record.mutable_payload());
  decided.append.events.push_back(std::move(record));
  return absl::OkStatus();
}

absl::Status CommandProcessor::DecideRules(const Command& command, Proposal& proposal,
                                           Decided& decided) {
  event::v1::RuleSetEvent event;
  if (const auto* const published = std::get_if<event::v1::RuleSetPublished>(&proposal.fact)) {
    if (published->rule_set().time_zone() != time_.name()) {
      return Refuse("INVALID_RULE_SET",
                    absl::StrCat("time_zone: must be ", time_.name(), ", the server's."),
                    "rule_set.time_zone");
    }
    GS_ASSIGN_OR_RETURN(event, board_.rulebook().DecidePublish(*published));
  } else {
    const auto& proposed = std::get<ProposedCorrection>(proposal.fact);
    GS_ASSIGN_OR_RETURN(const int64_t base_version, BaseVersion(proposal.id, proposed));
    GS_ASSIGN_OR_RETURN(
        event, board_.rulebook().DecideCorrect(proposal.id, base_version, proposed.correction));
  }
  const std::string stream = projections::RulesStream(proposal.id);
  const auto found = board_.rulebook().revisions().find(proposal.id);
  const int64_t version =
      found == board_.rulebook().revisions().end() ? 0 : static_cast<int64_t>(found->second.size());
  if (command.expected_version && *command.expected_version != version) {
    return VersionConflict(stream, *command.expected_version, version);
  }
  const int64_t position = board_.TakePosition();
  decided.next_position = position + 1;
  GS_RETURN_IF_ERROR(board_.ApplyRules(position, event));
  decided.append.expectations.push_back({stream, version});
  // A correction is in force for what is known from its recording on; it has no other effective
  // time.
  Record record = MakeRecord(command, stream, clock_.Now());
  record.set_kind(std::string(projections::KindOf(event)));
  event.SerializeToString(record.mutable_payload());
  decided.append.events.push_back(std::move(record));
  return absl::OkStatus();
}

Record CommandProcessor::MakeRecord(const Command& command, const std::string& stream,
                                    absl::Time effective) const {
  Record record;
  record.set_stream(stream);
  record.set_effective_micros(absl::ToUnixMicros(effective));
  record.set_utc_offset_seconds(time_.UtcOffsetSeconds(effective));
  *record.mutable_actor() = command.actor;
  record.set_request_id(command.request_id);
  record.set_causation_position(command.causation_position);
  record.set_correlation_id(command.correlation_id);
  record.set_traceparent(command.traceparent);
  record.set_tracestate(command.tracestate);
  if (command.arrival) {
    auto& arrival = *record.mutable_arrival();
    arrival.set_arrived_micros(absl::ToUnixMicros(command.arrival->time));
    arrival.set_receipt(command.arrival->receipt);
  }
  return record;
}

void CommandProcessor::Queue(const Command& command, const std::string& key, Decided decided,
                             CommandDone done) {
  for (auto& [id, state] : decided.drafts) {
    const absl::StatusOr<CertificantState*> live = board_.State(id);
    if (!live.ok()) return done(live.status());
    **live = std::move(state);
    board_.Touch(id, decided.next_position - 1);
  }
  while (board_.next_position() < decided.next_position) board_.TakePosition();
  for (; decided.erasure_steps > 0; --decided.erasure_steps) board_.AdvanceErasures();
  for (auto& [index, event] : decided.personal) {
    Record& record = decided.append.events[index];
    const absl::Status sealed = Protect(record.stream(), event);
    if (!sealed.ok()) {
      failed_.store(true);  // What was decided does not stand.
      return done(sealed);
    }
    event.SerializeToString(record.mutable_payload());
  }
  // A line about a merged account is more than one event.
  const bool one_each = decided.append.events.size() == decided.refusals.size();
  if (command.mode == CommandMode::kEachByItself ||
      (command.mode == CommandMode::kAllOrNothing && !one_each)) {
    event::v1::CommandAnswer answer;
    for (size_t i = 0; i < decided.refusals.size(); ++i) {
      auto& outcome = *answer.add_outcomes();
      if (decided.refusals[i].ok()) {
        outcome.set_event_number(decided.event_numbers[i]);
      } else {
        outcome = ToAnswer(decided.refusals[i]);
      }
    }
    decided.append.answer = answer.SerializeAsString();
  }
  // Of the expectations of one stream the first is the one from before this append.
  std::set<std::string> seen;
  std::erase_if(decided.append.expectations, [&](const StreamExpectation& expectation) {
    return !seen.insert(expectation.stream).second;
  });
  decided.append.request = KeyOf(command);
  {
    MutexLock lock(mutex_);
    UnderWay& under_way = under_way_[key];
    under_way.digest = command.digest;
    under_way.waiting.push_back(std::move(done));
  }
  const bool asked_for_version = command.expected_version.has_value();
  group_.push_back({std::move(decided.append),
                    [this, key, asked_for_version](absl::StatusOr<AppendOutcome> outcome) {
                      Finish(key, asked_for_version, std::move(outcome));
                    }});
}

// Hands what was decided since the last flush to the store.
void CommandProcessor::Flush() {
  if (group_.empty()) return;
  if (keys_dirty_) {
    const absl::Status synced = keys_.Sync();
    if (!synced.ok()) return FailGroup(synced);
    keys_dirty_ = false;
  }
  store_.AppendGroupAsync(std::move(group_));
  group_.clear();
}

void CommandProcessor::FailGroup(const absl::Status& status) {
  std::vector<eventstore::EventStore::Pending> group = std::move(group_);
  group_.clear();
  for (auto& pending : group) pending.done(status);
}

void CommandProcessor::Finish(const std::string& key, bool asked_for_version,
                              absl::StatusOr<AppendOutcome> outcome) {
  if (!outcome.ok()) failed_.store(true);
  std::vector<CommandDone> waiting;
  {
    MutexLock lock(mutex_);
    const auto found = under_way_.find(key);
    GS_CHECK(found != under_way_.end());
    waiting = std::move(found->second.waiting);
    under_way_.erase(found);
    if (under_way_.empty()) written_.SignalAll();
    ++answering_;
  }
  absl::StatusOr<CommandResult> result = CommandResult{};
  if (outcome.ok()) {
    result = ResultOf(*outcome);
  } else if (outcome.status().code() == absl::StatusCode::kAborted && !asked_for_version) {
    result = Unsettled();
  } else {
    result = FromStore(outcome.status());
  }
  for (size_t i = 0; i < waiting.size(); ++i) {
    if (i > 0 && result.ok()) result->repeated = true;
    waiting[i](result);
  }
  const MutexLock lock(mutex_);
  --answering_;
  if (Settled()) settled_.SignalAll();
}

void CommandProcessor::Drain() {
  const MutexLock lock(mutex_);
  while (!Settled()) settled_.Wait(mutex_);
}

int64_t CommandProcessor::WaitingCount() {
  const MutexLock lock(mutex_);
  return static_cast<int64_t>(waiting_.size());
}

bool CommandProcessor::Settled() const {
  return waiting_.empty() && !deciding_ && under_way_.empty() && answering_ == 0;
}

}  // namespace goodstanding::services
