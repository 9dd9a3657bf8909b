// What a question of the API asks about, and the facts to answer it from.
#ifndef GOODSTANDING_SERVICES_INQUIRY_H_
#define GOODSTANDING_SERVICES_INQUIRY_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "domain/evaluate.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "goodstanding/api/v1/common.pb.h"
#include "projections/latest_board.h"
#include "projections/projector.h"
#include "projections/replay.h"
#include "projections/views.h"
#include "services/board_time.h"
#include "services/paging.h"

namespace goodstanding::services {

// Everything that reading needs. Borrowed by all read services; outlives them.
struct ReadSide {
  const eventstore::EventStore& store;
  eventstore::KeyStore& keys;
  const projections::Views& views;
  projections::Projector& projector;
  projections::LatestBoard& board;
  const BoardTime& time;
  const Clock& clock;
  // Entries of a page, at most.
  int max_page_size = kMaxPageSize;
};

// A perspective, resolved.
struct Question {
  domain::Date day;
  domain::Knowledge knowledge;
  std::optional<domain::RuleSetChoice> rules;
  int64_t min_position = 0;  // The answer sees everything up to here, if it is known then.

  // Whether the view answers it: everything known, by the governing rules.
  bool plain() const { return knowledge.SeesAll() && !rules; }
};

// Resolves a perspective and a freshness. INVALID_ARGUMENT with the field; OUT_OF_RANGE for a
// position beyond the head.
absl::StatusOr<Question> ReadQuestion(const ReadSide& side, const api::v1::Perspective& perspective,
                                      const api::v1::Freshness& freshness);

// The part of a request that says what is known; `field` is its name there.
absl::StatusOr<domain::Knowledge> ReadKnownAt(const ReadSide& side,
                                              const api::v1::KnownAt& known_at,
                                              const std::string& field);

// A day of a request; today where it is absent.
absl::StatusOr<domain::Date> ReadDay(const ReadSide& side, bool present,
                                     const type::v1::CivilDate& date, absl::string_view field);

// The position that must be seen before a question of this freshness is answered.
// OUT_OF_RANGE.
absl::StatusOr<int64_t> NeededPosition(const ReadSide& side, const api::v1::Freshness& freshness);

// The facts of one person for a question. Keeps what they borrow.
class PersonFacts {
 public:
  // CERTIFICANT_NOT_FOUND where nobody of that id was ever registered: existence is checked over
  // everything recorded, whatever is known. Cost: one replay of the stream.
  static absl::StatusOr<std::unique_ptr<PersonFacts>> Load(const ReadSide& side,
                                                           const std::string& certificant_id,
                                                           const Question& question);

  const domain::Facts& facts() const { return *facts_; }
  // Whose: the id asked for, or by what was known the one that answers for it.
  const std::string& id() const { return id_; }
  // Says in an answer that the id asked for is another one.
  template <typename Message>
  void TellMerged(Message& answer) const {
    if (merged_.has_value()) *answer.mutable_merged() = *merged_;
  }
  // Last log position that they rest on.
  int64_t position() const { return board_.position; }
  // The latest version of the person's stream among the facts.
  int64_t version() const { return state_.version; }

 private:
  PersonFacts() = default;

  std::string id_;
  std::optional<api::v1::MergedId> merged_;
  projections::BoardFacts board_;
  domain::RulebookView rules_;
  domain::CertificantState state_;
  std::optional<domain::Facts> facts_;
};

// That an answer is about another id than the one asked for.
api::v1::MergedId ToMergedId(const std::string& certificant_id, const std::string& survivor_id,
                             int64_t position);

// CERTIFICANT_NOT_FOUND, naming the id.
absl::Status CertificantNotFound(const std::string& certificant_id);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_INQUIRY_H_
