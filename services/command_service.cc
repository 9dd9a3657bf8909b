#include "services/command_service.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/amounts.h"
#include "domain/refusal.h"
#include "eventstore/crypto.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "services/board_time.h"
#include "services/call_metadata.h"
#include "services/command_convert.h"

namespace goodstanding::services {
namespace {

using api::v1::CommandReceipt;
using api::v1::ImportRegisterRequest;
using api::v1::ImportRegisterResponse;
using api::v1::RecordCreditsRequest;
using api::v1::RecordCreditsResponse;
using api::v1::RecordPaymentsRequest;
using api::v1::RecordPaymentsResponse;

constexpr int kMaxRosterLines = 2'000;
constexpr size_t kMaxImportLines = 100'000;
constexpr size_t kMaxImportBytes = 32 << 20;
constexpr int kMaxImportFaults = 1'000;

// The bytes of a message, always the same for equal content.
std::string Canonical(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

// A command with all but its proposals.
absl::StatusOr<Command> StartCommand(const grpc::ServerContextBase& context,
                                     const Principal& principal,
                                     const api::v1::CommandHeader& header) {
  if (!principal.may_backdate &&
      header.effective_case() != api::v1::CommandHeader::EFFECTIVE_NOT_SET) {
    return domain::Refuse("BACKDATING_NOT_ALLOWED",
                          "The caller may not say when a fact took effect; leave header.effective "
                          "away, and it takes effect now.",
                          "header.effective");
  }
  Command command;
  command.actor = principal.actor;
  GS_RETURN_IF_ERROR(ReadHeader(header, command));
  ReadMetadata(context, command);
  return command;
}

CommandReceipt ToReceipt(const CommandResult& result) {
  CommandReceipt receipt;
  receipt.set_position(result.outcomes[0].position);
  receipt.set_version(result.outcomes[0].version);
  *receipt.mutable_recorded_time() = ToTimestamp(result.recorded_time);
  receipt.set_repeated_request(result.repeated);
  return receipt;
}

// Holds a proposed credit against what its reporter may say. What the board posts counts from its
// day of completion, whenever that was, and as documented.
void CheckCredit(const Principal& principal, Proposal& proposal) {
  auto* const event = std::get_if<event::v1::CertificantEvent>(&proposal.fact);
  if (event == nullptr || !event->has_credit_recorded()) return;
  auto& credit = *event->mutable_credit_recorded();
  if (!principal.may_document) credit.set_documented(false);
  const bool for_board = credit.source() != type::v1::CREDIT_SOURCE_UNSPECIFIED &&
                         credit.source() != type::v1::CREDIT_SOURCE_SELF;
  if (!for_board || principal.may_post_for_board || !proposal.malformed.ok()) return;
  proposal.malformed = domain::Refuse(
      "NOT_ALLOWED",
      "Only the education platform, and staff that may backdate, post with this source; without "
      "a source it is the person's own report.",
      "source");
}

template <typename Request>
std::string DigestOf(const eventstore::KeyStore& keys, const Request& request) {
  return keys.RequestDigest(
      absl::StrCat(Request::descriptor()->full_name(), "\n", Canonical(request)));
}

// Takes the receipt that a repeat presents; `arrivals` null: the method knows none.
template <typename Call>
absl::Status ReadArrival(const Arrivals* arrivals, Call& call, Command& command) {
  if (arrivals == nullptr) return absl::OkStatus();
  GS_ASSIGN_OR_RETURN(command.arrival,
                      arrivals->Read(call.context(), {call.method(), command.actor,
                                                      command.request_id, command.digest}));
  return absl::OkStatus();
}

// A command of one proposal.
template <typename Request>
absl::StatusOr<Command> StartOne(UnaryCall<Request, CommandReceipt>& call,
                                 const eventstore::KeyStore& keys, const Arrivals* arrivals) {
  GS_ASSIGN_OR_RETURN(Command command,
                      StartCommand(call.context(), call.principal(), call.request().header()));
  GS_RETURN_IF_ERROR(call.shed());
  command.digest = DigestOf(keys, call.request());
  GS_RETURN_IF_ERROR(ReadArrival(arrivals, call, command));
  CheckCredit(call.principal(), command.proposals.emplace_back(ToProposal(call.request())));
  return command;
}

// Refuses a command, with a receipt where there is one. Thread-safe.
template <typename Call>
void RefuseCommand(Arrivals* arrivals, const eventstore::KeyStore& keys, Call& call,
                   const absl::Status& refusal) {
  if (arrivals == nullptr || !Arrivals::Gives(refusal)) return call.Finish(refusal);
  call.FinishOnLoop([arrivals, &keys, &call, refusal] {
    const auto& request = call.request();
    return arrivals->WithReceipt(refusal, call.context(),
                                 {call.method(), call.principal().actor,
                                  request.header().request_id(), DigestOf(keys, request)});
  });
}

template <typename Request>
void ExecuteOne(CommandProcessor& processor, const eventstore::KeyStore& keys, Arrivals* arrivals,
                Command command, UnaryCall<Request, CommandReceipt>& call) {
  processor.Execute(std::move(command),
                    [&keys, &call, arrivals](const absl::StatusOr<CommandResult>& result) {
                      if (!result.ok()) {
                        return RefuseCommand(arrivals, keys, call, result.status());
                      }
                      call.response() = ToReceipt(*result);
                      call.Finish(absl::OkStatus());
                    });
}

// Adds a command of one proposal.
template <typename Service, typename Base, typename Request>
void ServeOne(Loop& loop, Service& service,
              void (Base::*accept)(grpc::ServerContext*, Request*,
                                   grpc::ServerAsyncResponseWriter<CommandReceipt>*,
                                   grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void*),
              CommandProcessor& processor, const eventstore::KeyStore& keys,
              Arrivals* arrivals = nullptr) {
  const auto handle = [&processor, &keys, arrivals](UnaryCall<Request, CommandReceipt>& call) {
    absl::StatusOr<Command> command = StartOne(call, keys, arrivals);
    if (!command.ok()) return RefuseCommand(arrivals, keys, call, command.status());
    ExecuteOne(processor, keys, arrivals, *std::move(command), call);
  };
  loop.Serve(service, accept, handle, Shed::kByHandler);
}

// A document whose bytes come with the command: first it is decided whether the command would be
// accepted, then the bytes are sealed and on disk, then the event that names them is recorded.
// Owned by itself.
class EvidenceKeeper {
 public:
  using Call = UnaryCall<api::v1::AttachEvidenceRequest, CommandReceipt>;

  EvidenceKeeper(Call& call, Command command, CommandProcessor& processor, KeptEvidence& evidence,
                 Worker& worker, const WriteGate& gate)
      : call_(call),
        command_(std::move(command)),
        processor_(processor),
        evidence_(evidence),
        worker_(worker),
        gate_(gate) {}

  void Start() {
    const absl::Status read = ReadContent();
    if (!read.ok()) return Finish(read);
    Command rehearsal = command_;
    rehearsal.mode = CommandMode::kValidateOnly;
    processor_.Execute(std::move(rehearsal), [this](const absl::StatusOr<CommandResult>& result) {
      if (!result.ok()) return Finish(result.status());
      if (result->outcomes[0].position > 0) return Answer(*result);  // As an earlier call.
      if (!result->outcomes[0].refusal.ok()) return Finish(result->outcomes[0].refusal);
      const absl::Status queued = worker_.Run([this] { Keep(); });
      if (!queued.ok()) Finish(queued);
    });
  }

 private:
  event::v1::EvidenceAttached& evidence() {
    return *std::get<event::v1::CertificantEvent>(command_.proposals[0].fact)
                .mutable_evidence_attached();
  }

  absl::Status ReadContent() {
    const std::string& content = call_.request().content();
    if (content.size() > kMaxEvidenceBytes) {
      return domain::Refuse("INVALID_ARGUMENT", "content must be at most 3 MiB.", "content");
    }
    const std::string digest = eventstore::Sha256(content);
    if (!evidence().digest().empty() && evidence().digest() != digest) {
      return domain::Refuse("INVALID_ARGUMENT", "digest must be the SHA-256 of content, or empty.",
                            "digest");
    }
    evidence().set_digest(digest);
    evidence().set_size_bytes(static_cast<int64_t>(content.size()));
    return absl::OkStatus();
  }

  void Keep() {
    const absl::Status open = gate_.Check();
    if (!open.ok()) return Finish(open);
    absl::StatusOr<std::string> stored =
        evidence_.Keep(call_.request().certificant_id(), call_.request().content());
    if (!stored.ok()) return Finish(stored.status());
    evidence().set_stored_digest(*std::move(stored));
    processor_.Execute(std::move(command_), [this](const absl::StatusOr<CommandResult>& result) {
      if (!result.ok()) return Finish(result.status());
      Answer(*result);
    });
  }

  void Answer(const CommandResult& result) {
    call_.response() = ToReceipt(result);
    Finish(absl::OkStatus());
  }

  void Finish(const absl::Status& status) {
    call_.Finish(status);
    delete this;
  }

  Call& call_;
  Command command_;
  CommandProcessor& processor_;
  KeptEvidence& evidence_;
  Worker& worker_;
  const WriteGate& gate_;
};

// What a command of many lines cannot ask for.
absl::Status CheckManyStreams(const Command& command) {
  if (!command.expected_version) return absl::OkStatus();
  return domain::Refuse("INVALID_ARGUMENT",
                        "header.expected_version must be absent: the lines have many streams.",
                        "header.expected_version");
}

// A command of several lines with all but its proposals.
template <typename Call>
absl::StatusOr<Command> StartLines(Call& call, const eventstore::KeyStore& keys,
                                   const Arrivals& arrivals, CommandMode mode) {
  const auto& request = call.request();
  GS_ASSIGN_OR_RETURN(Command command,
                      StartCommand(call.context(), call.principal(), request.header()));
  GS_RETURN_IF_ERROR(call.shed());
  if (request.lines_size() < 1 || request.lines_size() > kMaxRosterLines) {
    return domain::Refuse("INVALID_ARGUMENT",
                          absl::StrCat("lines must hold 1 to ", kMaxRosterLines, " lines."),
                          "lines");
  }
  GS_RETURN_IF_ERROR(CheckManyStreams(command));
  command.mode = mode;
  command.digest = DigestOf(keys, request);
  GS_RETURN_IF_ERROR(ReadArrival(&arrivals, call, command));
  return command;
}

// The lines must add up to what the check was made out for. Each is bounded, so that no sum of them
// overflows.
absl::Status CheckTotal(const RecordPaymentsRequest& request) {
  int64_t sum = 0;
  for (const api::v1::PaymentLine& line : request.lines()) {
    const int64_t amount = line.amount().minor_units();
    if (amount > 0 && amount <= domain::kMaxAmount) sum += amount;
  }
  if (sum == request.total().minor_units() && sum > 0) return absl::OkStatus();
  return domain::Refuse("INVALID_AMOUNT",
                        absl::StrCat("The lines add up to ", domain::FormatHundredths(sum),
                                     "; total must be the same, and above 0."),
                        "total", {{"sum", domain::FormatHundredths(sum)}});
}

// The first line that was refused, with the place of its fault in the request.
absl::Status FirstRefusal(const CommandResult& result) {
  for (size_t i = 0; i < result.outcomes.size(); ++i) {
    const absl::Status& refusal = result.outcomes[i].refusal;
    if (!refusal.ok()) return domain::WithFieldPrefix(refusal, absl::StrCat("lines[", i, "]."));
  }
  return absl::OkStatus();
}

RecordPaymentsResponse ToPaymentsResponse(const CommandResult& result) {
  RecordPaymentsResponse response;
  for (const ProposalOutcome& outcome : result.outcomes) response.add_positions(outcome.position);
  *response.mutable_recorded_time() = ToTimestamp(result.recorded_time);
  response.set_repeated_request(result.repeated);
  return response;
}

template <typename Call>
void ExecuteTogether(CommandProcessor& processor, const eventstore::KeyStore& keys,
                     Arrivals& arrivals, Command command, Call& call) {
  processor.Execute(std::move(command),
                    [&keys, &arrivals, &call](const absl::StatusOr<CommandResult>& result) {
                      if (!result.ok()) {
                        return RefuseCommand(&arrivals, keys, call, result.status());
                      }
                      const absl::Status refusal = FirstRefusal(*result);
                      if (refusal.ok()) call.response() = ToPaymentsResponse(*result);
                      call.Finish(refusal);
                    });
}

void ServePayments(Loop& loop, CommandMethods& service, CommandProcessor& processor,
                   const eventstore::KeyStore& keys, Arrivals& arrivals) {
  loop.Serve(
      service, &CommandMethods::RequestRecordPayments,
      [&](UnaryCall<RecordPaymentsRequest, RecordPaymentsResponse>& call) {
        auto command = StartLines(call, keys, arrivals, CommandMode::kAllOrNothing);
        if (!command.ok()) return RefuseCommand(&arrivals, keys, call, command.status());
        const absl::Status total = CheckTotal(call.request());
        if (!total.ok()) return call.Finish(total);
        command->proposals = ToProposals(call.request());
        ExecuteTogether(processor, keys, arrivals, *std::move(command), call);
      },
      Shed::kByHandler);
  loop.Serve(
      service, &CommandMethods::RequestRecordPaymentReturns,
      [&](UnaryCall<api::v1::RecordPaymentReturnsRequest, RecordPaymentsResponse>& call) {
        auto command = StartLines(call, keys, arrivals, CommandMode::kAllOrNothing);
        if (!command.ok()) return RefuseCommand(&arrivals, keys, call, command.status());
        for (const auto& line : call.request().lines()) {
          command->proposals.push_back(ToProposal(line));
        }
        ExecuteTogether(processor, keys, arrivals, *std::move(command), call);
      },
      Shed::kByHandler);
}

RecordCreditsResponse ToRosterResponse(const CommandResult& result) {
  RecordCreditsResponse response;
  response.set_repeated_request(result.repeated);
  for (const ProposalOutcome& outcome : result.outcomes) {
    auto& line = *response.add_outcomes();
    line.set_position(outcome.position);
    line.set_version(outcome.version);
    if (!outcome.refusal.ok()) *line.mutable_refusal() = ToRefusal(outcome.refusal);
  }
  return response;
}

void ServeRosters(Loop& loop, CommandMethods& service, CommandProcessor& processor,
                  const eventstore::KeyStore& keys, Arrivals& arrivals) {
  loop.Serve(
      service, &CommandMethods::RequestRecordCredits,
      [&](UnaryCall<RecordCreditsRequest, RecordCreditsResponse>& call) {
        auto command = StartLines(call, keys, arrivals, CommandMode::kEachByItself);
        if (!command.ok()) return RefuseCommand(&arrivals, keys, call, command.status());
        for (const auto& line : call.request().lines()) {
          CheckCredit(call.principal(), command->proposals.emplace_back(ToProposal(line)));
        }
        processor.Execute(std::move(*command),
                          [&keys, &arrivals, &call](const absl::StatusOr<CommandResult>& result) {
                            if (!result.ok()) {
                              return RefuseCommand(&arrivals, keys, call, result.status());
                            }
                            call.response() = ToRosterResponse(*result);
                            call.Finish(absl::OkStatus());
                          });
      },
      Shed::kByHandler);
}

using ImportCall =
    StreamCall<grpc::ServerAsyncReader<ImportRegisterResponse, ImportRegisterRequest>>;

// Reads the lines of an import, then has them decided as one. Owned by itself.
class ImportReader final : public StreamEvents {
 public:
  ImportReader(ImportCall& call, CommandProcessor& processor, const eventstore::KeyStore& keys)
      : call_(call), processor_(processor), keys_(keys) {
    call_.Read(message_);
  }

  // A read fails where the caller is done, and also where the stream broke off or a message cannot
  // be read: only the mark of the last message tells them apart.
  void OnRead(bool ok) override {
    if (!ok) return ended_ && !call_.CallerEnded() ? Decide() : Finish(BrokenOff());
    const absl::Status status = Take();
    if (!status.ok()) return Finish(status);
    call_.Read(message_);
  }

  void OnEnded() override { delete this; }

 private:
  static absl::Status BrokenOff() {
    return domain::Refuse("INVALID_ARGUMENT",
                          "The stream ended before a message with last; send all of it again.",
                          "last");
  }

  absl::Status Take() {
    if (ended_) {
      return domain::Refuse("INVALID_ARGUMENT", "No message may follow the one with last.", "last");
    }
    ended_ = message_.last();
    GS_RETURN_IF_ERROR(TakeHeader());
    bytes_ += message_.ByteSizeLong();
    if (command_.proposals.size() + static_cast<size_t>(message_.lines_size()) > kMaxImportLines ||
        bytes_ > kMaxImportBytes) {
      return domain::Refuse(
          "INVALID_ARGUMENT",
          absl::StrCat("An import holds at most ", kMaxImportLines, " lines and 32 MiB."), "lines");
    }
    for (const auto& line : message_.lines()) {
      digests_ += keys_.RequestDigest(Canonical(line));
      line_numbers_.push_back(line.line());
      command_.proposals.push_back(ToProposal(line));
    }
    return absl::OkStatus();
  }

  absl::Status TakeHeader() {
    if (started_) {
      if (!message_.has_header()) return absl::OkStatus();
      return domain::Refuse("INVALID_ARGUMENT", "header must stand in the first message alone.",
                            "header");
    }
    started_ = true;
    if (!call_.principal().may_backdate) {
      return domain::Refuse("BACKDATING_NOT_ALLOWED",
                            "The caller may not say when facts took effect, as the lines of an "
                            "import do.",
                            "lines");
    }
    GS_ASSIGN_OR_RETURN(command_,
                        StartCommand(call_.context(), call_.principal(), message_.header()));
    GS_RETURN_IF_ERROR(CheckManyStreams(command_));
    if (!std::holds_alternative<std::monostate>(command_.effective)) {
      return domain::Refuse(
          "INVALID_ARGUMENT",
          "header.effective must be absent: the effective dates of an import stand in its lines.",
          "header.effective");
    }
    command_.mode =
        message_.validate_only() ? CommandMode::kValidateOnly : CommandMode::kAllOrNothing;
    return absl::OkStatus();
  }

  void Decide() {
    if (command_.proposals.empty()) {
      return Finish(
          domain::Refuse("INVALID_ARGUMENT", "An import holds at least one line.", "lines"));
    }
    command_.digest = keys_.RequestDigest(
        absl::StrCat(ImportRegisterRequest::descriptor()->full_name(), "\n", digests_));
    processor_.Execute(std::move(command_), [this](const absl::StatusOr<CommandResult>& result) {
      if (result.ok()) Answer(*result);
      Finish(result.status());
    });
  }

  void Finish(const absl::Status& status) { call_.Finish(status, response_); }

  void Answer(const CommandResult& result) {
    int64_t faults = 0;
    for (size_t i = 0; i < result.outcomes.size(); ++i) {
      if (result.outcomes[i].refusal.ok() || ++faults > kMaxImportFaults) continue;
      auto& fault = *response_.add_faults();
      fault.set_line(line_numbers_[i]);
      *fault.mutable_refusal() = ToRefusal(result.outcomes[i].refusal);
    }
    response_.set_fault_count(faults);
    response_.set_repeated_request(result.repeated);
    if (faults > 0) return;
    response_.set_event_count(static_cast<int64_t>(result.outcomes.size()));
    response_.set_first_position(result.outcomes.front().position);
    response_.set_last_position(result.outcomes.back().position);
  }

  ImportCall& call_;
  CommandProcessor& processor_;
  const eventstore::KeyStore& keys_;
  ImportRegisterRequest message_;
  ImportRegisterResponse response_;
  bool started_ = false;
  bool ended_ = false;
  size_t bytes_ = 0;
  Command command_;
  std::string digests_;
  std::vector<int64_t> line_numbers_;
};

}  // namespace

void CommandMethods::Serve(Loop& loop) {
  const auto one = [this, &loop](auto accept) {
    ServeOne(loop, *this, accept, processor_, keys_, &arrivals_);
  };
  one(&CommandMethods::RequestRegisterCertificant);
  one(&CommandMethods::RequestChangeProfile);
  one(&CommandMethods::RequestChangeContact);
  one(&CommandMethods::RequestRecordMembership);
  one(&CommandMethods::RequestGrantCredential);
  one(&CommandMethods::RequestRevokeCredential);
  one(&CommandMethods::RequestSurrenderCredential);
  one(&CommandMethods::RequestRecordCredit);
  one(&CommandMethods::RequestAmendCredit);
  one(&CommandMethods::RequestDocumentCredit);
  one(&CommandMethods::RequestVerifyCredit);
  one(&CommandMethods::RequestWithdrawCredit);
  one(&CommandMethods::RequestDisallowCredit);
  one(&CommandMethods::RequestReinstateCredit);
  one(&CommandMethods::RequestApproveActivity);
  one(&CommandMethods::RequestWithdrawActivity);
  one(&CommandMethods::RequestSubmitApplication);
  one(&CommandMethods::RequestReturnApplication);
  one(&CommandMethods::RequestApproveApplication);
  one(&CommandMethods::RequestRecordPayment);
  one(&CommandMethods::RequestRecordPaymentReturn);
  one(&CommandMethods::RequestRecordRefund);
  one(&CommandMethods::RequestReassignPayment);
  one(&CommandMethods::RequestRequestExtension);
  one(&CommandMethods::RequestGrantExtension);
  one(&CommandMethods::RequestDenyExtension);
  one(&CommandMethods::RequestRequestReinstatement);
  one(&CommandMethods::RequestOpenAudit);
  one(&CommandMethods::RequestCloseAudit);
  one(&CommandMethods::RequestRecordNotice);
  one(&CommandMethods::RequestRecordBadge);
  one(&CommandMethods::RequestEndMembership);
  one(&CommandMethods::RequestWriteOffArrears);
  one(&CommandMethods::RequestRequestErasure);
  one(&CommandMethods::RequestConfirmErasure);
  one(&CommandMethods::RequestCallOffErasure);
  one(&CommandMethods::RequestPlaceLegalHold);
  one(&CommandMethods::RequestLiftLegalHold);
  one(&CommandMethods::RequestOpenDispute);
  one(&CommandMethods::RequestDecideDispute);
  one(&CommandMethods::RequestWithdrawDispute);
  one(&CommandMethods::RequestGrantWaiver);
  one(&CommandMethods::RequestAnnulFact);
  one(&CommandMethods::RequestMoveCredit);
  one(&CommandMethods::RequestMergeCertificants);
  ServeRosters(loop, *this, processor_, keys_, arrivals_);
  ServePayments(loop, *this, processor_, keys_, arrivals_);
  loop.Serve(
      *this, &CommandMethods::RequestAttachEvidence,
      [this](EvidenceKeeper::Call& call) {
        absl::StatusOr<Command> command = StartOne(call, keys_, &arrivals_);
        if (!command.ok()) return RefuseCommand(&arrivals_, keys_, call, command.status());
        if (call.request().content().empty()) {
          return ExecuteOne(processor_, keys_, &arrivals_, *std::move(command), call);
        }
        (new EvidenceKeeper(call, *std::move(command), processor_, evidence_, worker_, gate_))
            ->Start();
      },
      Shed::kByHandler);
  loop.Serve(*this, &CommandMethods::RequestImportRegister,
             [this](ImportCall& call) { call.Listen(*new ImportReader(call, processor_, keys_)); });
}

void ServeRuleCommands(Loop& loop, api::v1::RulebookService::AsyncService& service,
                       CommandProcessor& processor, const eventstore::KeyStore& keys) {
  using Service = api::v1::RulebookService::AsyncService;
  ServeOne(loop, service, &Service::RequestPublishRuleSet, processor, keys);
  ServeOne(loop, service, &Service::RequestCorrectRuleSet, processor, keys);
}

}  // namespace goodstanding::services
