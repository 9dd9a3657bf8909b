// Loading facts by replaying a stream, as known at a moment.
#ifndef GOODSTANDING_PROJECTIONS_REPLAY_H_
#define GOODSTANDING_PROJECTIONS_REPLAY_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/catalogue.h"
#include "domain/certificant.h"
#include "domain/knowledge.h"
#include "domain/rulebook.h"
#include "eventstore/event_store.h"

namespace goodstanding::projections {

// A certificant's facts and the place of the newest one.
struct ReplayedCertificant {
  domain::CertificantState state;
  int64_t position = 0;  // Of the last event taken in; 0 for none.
};

// A certificant's facts as known. `registered` is false where nobody of that id was known. Cost:
// one scan of the stream. DATA_LOSS where a stored event makes no sense.
absl::StatusOr<domain::CertificantState> LoadCertificant(const eventstore::EventStore& store,
                                                         absl::string_view certificant_id,
                                                         const domain::Knowledge& knowledge);

// The same, with the position of the newest known event.
absl::StatusOr<ReplayedCertificant> ReplayCertificant(const eventstore::EventStore& store,
                                                      absl::string_view certificant_id,
                                                      const domain::Knowledge& knowledge);

// Takes the next event of the person's stream in. DATA_LOSS where it is unknown, or not the next
// one.
absl::Status Advance(const event::v1::Record& record, ReplayedCertificant& certificant);

// The same where the record's payload is decoded already.
absl::Status Advance(const event::v1::Record& record, const event::v1::CertificantEvent& event,
                     ReplayedCertificant& certificant);

// The same where what is needed of the record was read alone.
absl::Status Advance(const eventstore::SkimmedRecord& record,
                     const event::v1::CertificantEvent& event, ReplayedCertificant& certificant);

// All rule sets and the whole catalogue, each with its history, up to a position, inclusive.
struct BoardFacts {
  std::shared_ptr<const domain::Rulebook> rulebook = std::make_shared<domain::Rulebook>();
  std::shared_ptr<const domain::Catalogue> catalogue = std::make_shared<domain::Catalogue>();
  int64_t position = 0;
  int64_t changed = 0;  // Position of the newest event of rules or catalogue among them.
};

// The facts up to `position`, or up to the head where that comes first. Cost: one scan of every
// stream of rules and of the catalogue.
absl::StatusOr<BoardFacts> LoadBoardFacts(const eventstore::EventStore& store, int64_t position);

// Takes one more record of the log into board facts, whatever its stream; copies what it changes.
// DATA_LOSS where the stream or the event is unknown.
absl::Status Advance(const event::v1::Record& record, BoardFacts& facts);

// Takes in many records: what changes is copied once, however many records change it.
class BoardFolder {
 public:
  explicit BoardFolder(BoardFacts start) : facts_(std::move(start)) {}

  // As Advance. After an error the folder is of no use.
  absl::Status Take(const event::v1::Record& record);

  // Whether a record taken in changed the rules.
  bool rules_changed() const { return rulebook_ != nullptr; }

  // The facts after all records taken in.
  BoardFacts Finish() &&;

 private:
  domain::Rulebook& OwnRulebook();
  domain::Catalogue& OwnCatalogue();

  BoardFacts facts_;
  // Copies of our own, once something changes.
  std::shared_ptr<domain::Rulebook> rulebook_;
  std::shared_ptr<domain::Catalogue> catalogue_;
};

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_REPLAY_H_
