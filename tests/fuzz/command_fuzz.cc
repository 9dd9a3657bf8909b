// Commands, from the bytes of their requests: converted, checked, decided and folded as the server
// does it, and what they lead to evaluated.
//
// The input is a list of requests: the number of a type (a byte), the length (two bytes,
// big-endian) and the bytes. They are about one person, whatever id they give.
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <variant>

#include "absl/strings/string_view.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "domain/catalogue.h"
#include "domain/certificant.h"
#include "domain/decide.h"
#include "domain/evaluate.h"
#include "domain/explain.h"
#include "domain/refusal.h"
#include "domain/rulebook.h"
#include "domain/timeline.h"
#include "goodstanding/api/v1/command_service.pb.h"
#include "goodstanding/api/v1/rulebook_service.pb.h"
#include "google/protobuf/stubs/logging.h"
#include "services/board_time.h"
#include "services/command_convert.h"
#include "tools/rule_files.h"

namespace goodstanding {
namespace {

using namespace api::v1;  // NOLINT: the requests, by name.

// A request's type is its place here: inputs are kept, so add at the end.
using Requests = std::tuple<
    RegisterCertificantRequest, ChangeProfileRequest, ChangeContactRequest, RecordMembershipRequest,
    GrantCredentialRequest, RevokeCredentialRequest, SurrenderCredentialRequest,
    RecordCreditRequest, AmendCreditRequest, DocumentCreditRequest, VerifyCreditRequest,
    WithdrawCreditRequest, DisallowCreditRequest, ReinstateCreditRequest, ApproveActivityRequest,
    WithdrawActivityRequest, SubmitApplicationRequest, ReturnApplicationRequest,
    ApproveApplicationRequest, RecordPaymentRequest, RecordPaymentReturnRequest,
    RecordRefundRequest, ReassignPaymentRequest, RequestExtensionRequest, GrantExtensionRequest,
    DenyExtensionRequest, RequestReinstatementRequest, OpenAuditRequest, CloseAuditRequest,
    RecordNoticeRequest, RecordBadgeRequest, AttachEvidenceRequest, AnnulFactRequest,
    MoveCreditRequest, MergeCertificantsRequest, PublishRuleSetRequest, CorrectRuleSetRequest,
    RecordCreditsRequest, ImportRegisterRequest, OpenDisputeRequest, DecideDisputeRequest,
    WithdrawDisputeRequest, GrantWaiverRequest>;

const services::BoardTime& BoardZone() {
  static const auto* const kZone =
      new services::BoardTime(services::BoardTime::Load("America/New_York").value());
  return *kZone;
}

// The board's books with the shipped rules as event 1.
const domain::Rulebook& ShippedRulebook() {
  static const domain::Rulebook* const kRulebook = [] {
    auto* const rulebook = new domain::Rulebook;
    event::v1::RuleSetPublished published;
    *published.mutable_rule_set() = tools::ShippedRules();
    const auto event = rulebook->DecidePublish(published);
    GS_CHECK(event.ok());
    GS_CHECK(rulebook->Apply(1, 0, *event).ok());
    return rulebook;
  }();
  return *kRulebook;
}

// Every refusal is one of ours, with a reason that is listed.
void CheckRefusal(const absl::Status& status) { GS_CHECK(domain::GetRefusal(status).has_value()); }

// One person and the board's books, on a day of 2025.
class Board {
 public:
  void Take(const services::Command& command, services::Proposal proposal) {
    if (!proposal.malformed.ok()) return CheckRefusal(proposal.malformed);
    const absl::Status taken = TakeFact(command, proposal);
    if (!taken.ok()) CheckRefusal(taken);
  }

  // Every answer about the person.
  void Evaluate() const {
    const domain::Facts facts{state_, rules(), catalogue_, domain::Knowledge{}};
    for (const int year : {2024, 2025, 2031}) {
      const domain::Cutoff cutoff = domain::Cutoff::EndOf(*domain::Date::Create(year, 12, 1));
      (void)domain::Explain(facts, domain::Evaluate(facts, cutoff));
    }
    (void)domain::BuildTimeline(facts);
    (void)domain::AnswerDaysFromLastFact(facts, domain::OutlookOf(facts));
  }

  bool changed() const { return position_ > 1; }

 private:
  absl::Status TakeFact(const services::Command& command, services::Proposal& proposal) {
    if (auto* const event = std::get_if<event::v1::CertificantEvent>(&proposal.fact)) {
      return TakeCertificant(command, proposal, *event);
    }
    if (const auto* const event = std::get_if<event::v1::ActivityEvent>(&proposal.fact)) {
      return TakeActivity(command, proposal, *event);
    }
    return TakeRules(proposal);
  }

  absl::Status TakeCertificant(const services::Command& command, const services::Proposal& proposal,
                               event::v1::CertificantEvent& proposed) {
    std::optional<domain::Date> day = proposal.effective_date;
    if (const auto* const date = std::get_if<domain::Date>(&command.effective)) day = *date;
    if (const auto posted = domain::BoardPostedDay(proposed)) day = posted;
    const domain::CommandContext context{BoardZone().At(EffectiveTime(command, day)),
                                         BoardZone().At(kNow), position_, "test"};
    if (proposed.has_payment_received() && !proposed.payment_received().has_dated_date()) {
      *proposed.mutable_payment_received()->mutable_dated_date() = context.effective.date.ToProto();
    }
    const domain::Facts facts{state_, rules(), catalogue_, domain::Knowledge{}};
    GS_ASSIGN_OR_RETURN(const event::v1::CertificantEvent event,
                        domain::Decide(facts, proposed, context));
    // What is decided can be folded: it is on disk for ever.
    GS_CHECK(domain::Evolve(event, {context.effective, ++position_}, state_).ok());
    return absl::OkStatus();
  }

  absl::Status TakeActivity(const services::Command& command, const services::Proposal& proposal,
                            const event::v1::ActivityEvent& event) {
    std::optional<domain::Date> day;
    if (const auto* const date = std::get_if<domain::Date>(&command.effective)) day = *date;
    const domain::Moment effective = BoardZone().At(EffectiveTime(command, day));
    GS_RETURN_IF_ERROR(domain::ValidateActivity(proposal.id, event));
    GS_RETURN_IF_ERROR(
        domain::DecideActivity(catalogue_, proposal.id, event, effective, BoardZone().At(kNow)));
    GS_CHECK(catalogue_.Apply(proposal.id, ++position_, 0, effective, event).ok());
    return absl::OkStatus();
  }

  absl::Status TakeRules(const services::Proposal& proposal) {
    event::v1::RuleSetEvent event;
    if (const auto* const published = std::get_if<event::v1::RuleSetPublished>(&proposal.fact)) {
      GS_ASSIGN_OR_RETURN(event, rulebook().DecidePublish(*published));
    } else {
      const auto& proposed = std::get<services::ProposedCorrection>(proposal.fact);
      GS_ASSIGN_OR_RETURN(
          event, rulebook().DecideCorrect(proposal.id, proposed.base_version, proposed.correction));
    }
    if (!corrected_) corrected_ = ShippedRulebook();
    GS_CHECK(corrected_->Apply(++position_, 0, event).ok());
    rules_ = corrected_->Newest();
    return absl::OkStatus();
  }

  static absl::Time EffectiveTime(const services::Command& command,
                                  const std::optional<domain::Date>& day) {
    if (day) return BoardZone().ResolveDay(*day, kNow);
    const auto* const time = std::get_if<absl::Time>(&command.effective);
    return time == nullptr ? kNow : *time;
  }

  const domain::Rulebook& rulebook() const { return corrected_ ? *corrected_ : ShippedRulebook(); }
  const domain::RulebookView& rules() const { return rules_; }

  // 2025-12-10, between the end of a cycle and that of the late window.
  static constexpr absl::Time kNow = absl::FromUnixSeconds(1'765'390'000);

  std::optional<domain::Rulebook> corrected_;
  domain::RulebookView rules_ = ShippedRulebook().Newest();
  domain::Catalogue catalogue_;
  domain::CertificantState state_;
  int64_t position_ = 1;
};

template <typename Request>
void TakeProposals(const services::Command& command, const Request& request, Board& board) {
  if constexpr (requires { request.lines(); }) {
    for (const auto& line : request.lines()) board.Take(command, services::ToProposal(line));
  } else {
    board.Take(command, services::ToProposal(request));
  }
}

template <typename Request>
void TakeRequest(absl::string_view bytes, Board& board) {
  Request request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  services::Command command;
  const absl::Status header = services::ReadHeader(request.header(), command);
  if (!header.ok()) return CheckRefusal(header);
  TakeProposals(command, request, board);
}

template <size_t... kTypes>
void TakeRequest(size_t type, absl::string_view bytes, Board& board,
                 std::index_sequence<kTypes...>) {
  (void)((type == kTypes ? (TakeRequest<std::tuple_element_t<kTypes, Requests>>(bytes, board), true)
                         : false) ||
         ...);
}

void TakeRequests(absl::string_view input) {
  constexpr size_t kHeaderBytes = 3;
  constexpr int kMaxRequests = 32;
  Board board;
  for (int i = 0; i < kMaxRequests && input.size() >= kHeaderBytes; ++i) {
    const auto byte = [&](size_t at) {
      return static_cast<size_t>(static_cast<uint8_t>(input[at]));
    };
    const size_t type = byte(0) % std::tuple_size_v<Requests>;
    const size_t length = byte(1) << 8 | byte(2);
    input.remove_prefix(kHeaderBytes);
    const absl::string_view bytes = input.substr(0, length);
    input.remove_prefix(bytes.size());
    TakeRequest(type, bytes, board, std::make_index_sequence<std::tuple_size_v<Requests>>());
  }
  if (board.changed()) board.Evaluate();
}

}  // namespace
}  // namespace goodstanding

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);  // It complains of every text that is not UTF-8.
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  goodstanding::TakeRequests({reinterpret_cast<const char*>(data), size});
  return 0;
}
