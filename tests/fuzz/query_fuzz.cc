// Questions about one person and about everybody, from the bytes of their requests: resolved, and
// answered by replaying the stream and evaluating it.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/check.h"
#include "base/clock.h"
#include "domain/evaluate.h"
#include "domain/explain.h"
#include "domain/refusal.h"
#include "domain/timeline.h"
#include "goodstanding/api/v1/query_service.pb.h"
#include "google/protobuf/stubs/logging.h"
#include "projections/latest_board.h"
#include "projections/projector.h"
#include "projections/replay.h"
#include "projections/views.h"
#include "services/board_time.h"
#include "services/command_convert.h"
#include "services/command_processor.h"
#include "services/inquiry.h"
#include "services/paging.h"
#include "tests/support/stores_in_memory.h"
#include "tools/rule_files.h"

namespace goodstanding {
namespace {

using namespace api::v1;  // NOLINT: the requests, by name.

// A board in memory, with the shipped rules and one person, ana.
class Board {
 public:
  Board() {
    Fill();
    views_ = projections::Views::Open("/views", stores_.log->Origin(), stores_.log->Head(),
                                      stores_.env.get())
                 .value();
    projector_ = projections::Projector::Start(*stores_.log, *views_, {}).value();
    latest_ = std::make_unique<projections::LatestBoard>(*stores_.log, *projector_);
  }

  services::ReadSide side() {
    return {*stores_.log, *stores_.keys, *views_, *projector_, *latest_, zone_, clock_};
  }

 private:
  void Fill() {
    const auto processor =
        services::CommandProcessor::Create(*stores_.log, *stores_.keys, zone_, clock_).value();
    PublishRuleSetRequest publish;
    *publish.mutable_rule_set() = tools::ShippedRules();
    Do(*processor, services::ToProposal(publish));
    RegisterCertificantRequest person;
    person.set_certificant_id("ana");
    person.set_name("Ana Roe");
    Do(*processor, services::ToProposal(person));
    GrantCredentialRequest grant;
    grant.set_certificant_id("ana");
    grant.set_credential("CPCS");
    Do(*processor, services::ToProposal(grant));
    RecordCreditRequest credit;
    credit.set_certificant_id("ana");
    credit.mutable_credit()->set_reference("c1");
    credit.mutable_credit()->set_activity_kind("SPONSORED");
    *credit.mutable_credit()->mutable_completed_date() = zone_.At(clock_.Now()).date.ToProto();
    credit.mutable_credit()->mutable_amount()->set_minutes(600);
    Do(*processor, services::ToProposal(credit));
    processor->Drain();
  }

  void Do(services::CommandProcessor& processor, services::Proposal proposal) {
    services::Command command;
    command.request_id = std::to_string(++commands_);
    command.digest = std::string(32, 'd');
    command.proposals.push_back(std::move(proposal));
    processor.Execute(std::move(command), [](const auto& result) { GS_CHECK(result.ok()); });
  }

  testing::StoresInMemory stores_{1'750'000'000};
  ManualClock& clock_ = stores_.clock;
  const services::BoardTime zone_ = services::BoardTime::Load("America/New_York").value();
  int commands_ = 0;
  std::unique_ptr<projections::Views> views_;
  std::unique_ptr<projections::Projector> projector_;
  std::unique_ptr<projections::LatestBoard> latest_;
};

// Whether it is no error; every error is a refusal of ours.
bool Accepted(const absl::Status& status) {
  GS_CHECK(status.ok() || domain::GetRefusal(status).has_value());
  return status.ok();
}

void AskAboutPerson(const services::ReadSide& side, const ExplainStandingRequest& request) {
  const auto question = services::ReadQuestion(side, request.perspective(), request.freshness());
  if (!Accepted(question.status())) return;
  const auto person = services::PersonFacts::Load(side, request.certificant_id(), *question);
  if (!Accepted(person.status())) return;
  const domain::Facts facts = (*person)->facts();
  const domain::Cutoff cutoff = domain::Cutoff::EndOf(question->day);
  (void)domain::Explain(facts, domain::Evaluate(facts, cutoff));
  (void)domain::BuildTimeline(facts);
}

void AskAboutAll(const services::ReadSide& side, const ListGoodStandingRequest& request) {
  (void)Accepted(
      services::ReadDay(side, request.has_as_of_date(), request.as_of_date(), "as_of_date")
          .status());
  (void)Accepted(services::ReadKnownAt(side, request.known_at(), "known_at").status());
  (void)Accepted(services::ReadPageSize(request.page_size()).status());
  (void)Accepted(services::NeededPosition(side, request.freshness()).status());
  (void)Accepted(services::PageTokens(side.keys, "list").Read(request.page_token()).status());
}

}  // namespace
}  // namespace goodstanding

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);  // It complains of every text that is not UTF-8.
  return 0;
}

// The input as the request of each.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const board = new goodstanding::Board;
  const goodstanding::services::ReadSide side = board->side();
  goodstanding::api::v1::ExplainStandingRequest about_person;
  if (about_person.ParseFromArray(data, static_cast<int>(size))) {
    goodstanding::AskAboutPerson(side, about_person);
  }
  goodstanding::api::v1::ListGoodStandingRequest about_all;
  if (about_all.ParseFromArray(data, static_cast<int>(size))) {
    goodstanding::AskAboutAll(side, about_all);
  }
  return 0;
}
