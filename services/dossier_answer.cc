#include "services/dossier_answer.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "domain/text.h"
#include "eventstore/key_rotation.h"
#include "eventstore/seal.h"
#include "eventstore/shared_proof.h"
#include "projections/account_streams.h"
#include "projections/codec.h"
#include "projections/decision_replay.h"
#include "projections/rows.h"
#include "services/answers.h"
#include "services/history_event.h"

namespace goodstanding::services {
namespace {

using namespace api::v1;  // NOLINT: the messages, by name.

// Puts one dossier together, part by part.
class DossierMaker {
 public:
  DossierMaker(const ReadSide& side, const GetDossierRequest& request,
               const Send<GetDossierResponse>& send)
      : side_(side), request_(request), send_(send) {}

  absl::Status Make(eventstore::CheckpointIssuer& issuer, const TellReplayDiffers& tell) {
    const std::string& id = request_.certificant_id();
    GS_RETURN_IF_ERROR(domain::CheckId(id, "certificant_id"));
    GS_ASSIGN_OR_RETURN(
        day_, ReadDay(side_, request_.has_as_of_date(), request_.as_of_date(), "as_of_date"));
    GS_ASSIGN_OR_RETURN(const auto checkpoint, issuer.AtLeast(side_.store.Head()));
    position_ = checkpoint.size;
    Question question;
    question.day = day_;
    question.knowledge.max_position = position_;
    question.min_position = position_;
    GS_ASSIGN_OR_RETURN(person_, PersonFacts::Load(side_, id, question));
    GS_RETURN_IF_ERROR(SendHead(checkpoint.note, issuer.public_key().ToText()));
    GS_RETURN_IF_ERROR(SendEvents());
    GS_RETURN_IF_ERROR(SendAnswers());
    return SendReplays(tell);
  }

 private:
  absl::Status Send(Dossier part) {
    GetDossierResponse response;
    *response.mutable_part() = std::move(part);
    return send_(response) ? absl::OkStatus() : absl::CancelledError("the caller has gone");
  }

  absl::Status SendHead(const std::string& checkpoint, const std::string& verifier_key) {
    Dossier part;
    part.set_certificant_id(person_->id());
    person_->TellMerged(part);
    part.set_origin(side_.store.Origin());
    part.set_position(position_);
    *part.mutable_as_of_date() = day_.ToProto();
    *part.mutable_created_time() = ToTimestamp(side_.clock.Now());
    part.set_checkpoint(checkpoint);
    part.set_verifier_key(verifier_key);
    part.set_time_zone(side_.time.name());
    GS_ASSIGN_OR_RETURN(const std::vector<std::string> notes,
                        eventstore::KeyRotationNotes(side_.store));
    part.set_key_rotations(absl::StrJoin(notes, ""));
    return Send(std::move(part));
  }

  // The streams that the standing rests on.
  std::vector<std::string> Streams() const {
    std::set<std::string> streams;
    const domain::Facts& facts = person_->facts();
    for (const domain::CycleStatus& cycle :
         domain::CareerAt(facts, domain::Cutoff::EndOf(domain::Date::Max())).cycles) {
      streams.insert(projections::RulesStream(cycle.figures().name));
    }
    for (const domain::CreditRecord& credit : facts.state.credits) {
      const bool known = facts.catalogue.Find(credit.activity_id) != nullptr;
      if (known) streams.insert(projections::ActivityStream(credit.activity_id));
    }
    for (std::string& stream : projections::StreamsOf(facts.state, person_->id())) {
      streams.insert(std::move(stream));
    }
    return {streams.begin(), streams.end()};
  }

  absl::Status SendEvents() {
    constexpr size_t kEventsPerPart = 100;
    std::vector<int64_t> positions;
    for (const std::string& stream : Streams()) {
      GS_RETURN_IF_ERROR(side_.store.VisitStream(stream, [&](const eventstore::Record& record) {
        if (record.position() <= position_) positions.push_back(record.position());
        return absl::OkStatus();
      }));
    }
    std::sort(positions.begin(), positions.end());
    Dossier part;
    for (const int64_t position : positions) {
      GS_RETURN_IF_ERROR(AddEvent(position, part));
      if (static_cast<size_t>(part.events_size()) < kEventsPerPart) continue;
      GS_RETURN_IF_ERROR(Send(std::exchange(part, Dossier())));
    }
    GS_ASSIGN_OR_RETURN(const std::vector<eventstore::Hash> hashes,
                        eventstore::ProveTogether(side_.store, positions, position_));
    for (const eventstore::Hash& hash : hashes) {
      part.add_proof_hashes(std::string(eventstore::BytesOf(hash)));
    }
    if (request_.open_personal()) FillProfile(part);
    return Send(std::move(part));
  }

  absl::Status AddEvent(int64_t position, Dossier& part) {
    DossierEvent& event = *part.add_events();
    GS_ASSIGN_OR_RETURN(*event.mutable_record(), side_.store.StoredRecord(position));
    event.set_leaf_hash(
        std::string(eventstore::BytesOf(eventstore::EventLeaf(position, event.record()))));
    eventstore::Record record;
    if (!record.ParseFromString(event.record())) {
      return absl::DataLossError("a stored record does not parse");
    }
    HistoryEvent& told = *event.mutable_event();
    if (request_.open_personal()) {
      GS_RETURN_IF_ERROR(FillEvent(side_.keys, std::move(record), told));
      if (projections::TellsProfile(person_->facts().state, person_->id(), told.record())) {
        TakeProfile(told.certificant());
      }
    } else {
      GS_RETURN_IF_ERROR(FillSealedEvent(std::move(record), told));
    }
    told.mutable_record()->clear_payload();  // It is in the stored record.
    return absl::OkStatus();
  }

  // Keeps what an event says of name and contact, opened.
  void TakeProfile(const event::v1::CertificantEvent& event) {
    if (event.has_certificant_registered()) {
      name_ = event.certificant_registered().name();
      email_ = event.certificant_registered().email();
    } else if (event.has_profile_changed()) {
      name_ = event.profile_changed().name();
    } else if (event.has_contact_changed()) {
      const auto& contact = event.contact_changed();
      if (!contact.email().empty()) email_ = contact.email();
      if (!contact.postal_address().empty()) postal_address_ = contact.postal_address();
    }
  }

  void FillProfile(Dossier& part) const {
    part.set_name(name_);
    part.set_email(email_);
    part.set_postal_address(postal_address_);
  }

  absl::Status SendAnswers() {
    const std::string& id = person_->id();
    const domain::Facts& facts = person_->facts();
    const domain::Cutoff cutoff = domain::Cutoff::EndOf(day_);
    const domain::Evaluation evaluation = domain::Evaluate(facts, cutoff);
    Dossier part;
    const view::v1::AnswerSpan span = projections::BuildAnswer(facts, day_);
    FillAnswer(id, day_, &span, position_, *part.mutable_explanation()->mutable_answer());
    for (const domain::ExplanationLine& line : domain::Explain(facts, evaluation)) {
      *part.mutable_explanation()->add_lines() = ToLine(line);
    }
    FillTimeline(domain::BuildTimeline(facts), *part.mutable_timeline());
    part.mutable_timeline()->set_applied_position(position_);
    FillAccount(facts, evaluation, *part.mutable_account());
    part.mutable_account()->set_applied_position(position_);
    GS_RETURN_IF_ERROR(Send(std::exchange(part, Dossier())));
    const domain::Career career = domain::CareerAt(facts, cutoff);
    for (size_t i = 0; i < career.cycles.size(); ++i) {
      GetTranscriptResponse& transcript = *part.add_transcripts();
      transcript.set_applied_position(position_);
      *transcript.mutable_cycle() = ToCycle(career.cycles[i]);
      FillTranscript(domain::EvaluateRenewal(facts, career, i, cutoff), transcript);
      GS_RETURN_IF_ERROR(Send(std::exchange(part, Dossier())));
    }
    return absl::OkStatus();
  }

  absl::Status SendReplays(const TellReplayDiffers& tell) {
    const std::string& id = person_->id();
    std::vector<int64_t> decisions;
    const auto take = [&](const eventstore::Record& record) -> absl::Status {
      if (record.position() > position_) return absl::OkStatus();
      GS_ASSIGN_OR_RETURN(const event::v1::CertificantEvent event,
                          projections::DecodeCertificant(record));
      if (projections::BasisOf(event) != nullptr) decisions.push_back(record.position());
      return absl::OkStatus();
    };
    for (const std::string& stream : projections::StreamsOf(person_->facts().state, id)) {
      GS_RETURN_IF_ERROR(side_.store.VisitStream(stream, take));
    }
    std::sort(decisions.begin(), decisions.end());
    for (const int64_t decision : decisions) {
      ReplayDecisionRequest replay;
      replay.set_certificant_id(id);
      replay.set_decision_position(decision);
      Dossier part;
      GS_RETURN_IF_ERROR(AnswerReplayAt(side_, tell, replay, position_, *part.add_replays()));
      GS_RETURN_IF_ERROR(Send(std::move(part)));
    }
    return absl::OkStatus();
  }

  const ReadSide& side_;
  const GetDossierRequest& request_;
  const services::Send<GetDossierResponse>& send_;
  domain::Date day_;
  int64_t position_ = 0;
  std::unique_ptr<PersonFacts> person_;
  std::string name_;
  std::string email_;
  std::string postal_address_;
};

}  // namespace

absl::Status AnswerDossier(const ReadSide& side, eventstore::CheckpointIssuer& issuer,
                           const TellReplayDiffers& tell, const GetDossierRequest& request,
                           const Send<GetDossierResponse>& send) {
  return DossierMaker(side, request, send).Make(issuer, tell);
}

}  // namespace goodstanding::services
