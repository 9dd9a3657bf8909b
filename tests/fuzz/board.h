// What the harnesses that ask a server share.
#ifndef GOODSTANDING_TESTS_FUZZ_BOARD_H_
#define GOODSTANDING_TESTS_FUZZ_BOARD_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "base/check.h"
#include "base/clock.h"
#include "domain/refusal.h"
#include "projections/latest_board.h"
#include "projections/projector.h"
#include "projections/views.h"
#include "services/board_time.h"
#include "services/command_convert.h"
#include "services/command_processor.h"
#include "services/inquiry.h"
#include "tests/support/stores_in_memory.h"
#include "tools/rule_files.h"

namespace goodstanding::fuzzing {

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
    api::v1::PublishRuleSetRequest publish;
    *publish.mutable_rule_set() = tools::ShippedRules();
    Do(*processor, services::ToProposal(publish));
    api::v1::RegisterCertificantRequest person;
    person.set_certificant_id("ana");
    person.set_name("Ana Roe");
    Do(*processor, services::ToProposal(person));
    api::v1::GrantCredentialRequest grant;
    grant.set_certificant_id("ana");
    grant.set_credential("CPCS");
    Do(*processor, services::ToProposal(grant));
    api::v1::RecordCreditRequest credit;
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
inline bool Accepted(const absl::Status& status) {
  GS_CHECK(status.ok() || domain::GetRefusal(status).has_value());
  return status.ok();
}

}  // namespace goodstanding::fuzzing

#endif  // GOODSTANDING_TESTS_FUZZ_BOARD_H_
