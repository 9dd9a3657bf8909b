// What decisions are taken on: facts up to the last decided command, whether it is on disk yet or
// not.
//
// Confined to the thread that decides. Streams that were written or read lately stay folded in
// memory; others are replayed from the log.
#ifndef GOODSTANDING_SERVICES_LIVE_BOARD_H_
#define GOODSTANDING_SERVICES_LIVE_BOARD_H_

#include <cstdint>
#include <list>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "domain/catalogue.h"
#include "domain/certificant.h"
#include "domain/rulebook.h"
#include "eventstore/event_store.h"
#include "projections/closed_days.h"

namespace goodstanding::services {

class LiveBoard {
 public:
  // At most `max_states` certificants stay folded, beside those whose events are on their way to
  // disk.
  LiveBoard(const eventstore::EventStore& store, size_t max_states)
      : store_(store), max_states_(max_states) {}

  // Forgets everything and reads rules and catalogue from the log. To be called first, and after a
  // failed append, when none is under way.
  absl::Status Reload();

  // Position of the next event.
  int64_t next_position() const { return next_position_; }
  int64_t TakePosition() { return next_position_++; }

  const domain::Rulebook& rulebook() const { return rulebook_; }
  const domain::RulebookView& rules() const { return rules_; }
  const domain::Catalogue& catalogue() const { return catalogue_; }
  const projections::ClosedDays& closed_days() const { return closed_days_; }
  // Version of the stream of all erasures.
  int64_t erasures_version() const { return erasures_version_; }

  // Applies a decided event.
  absl::Status ApplyRules(int64_t position, const event::v1::RuleSetEvent& event);
  absl::Status ApplyActivity(const std::string& activity_id, const domain::Stamp& stamp,
                             const event::v1::ActivityEvent& event);
  void CloseDays(domain::Date last);
  void AdvanceErasures() { ++erasures_version_; }

  // The facts of a certificant; borrowed until the next call for another one.
  absl::StatusOr<domain::CertificantState*> State(const std::string& certificant_id);

  // Says that an event of the certificant was decided at a position: it stays folded until that is
  // on disk.
  void Touch(const std::string& certificant_id, int64_t position);

 private:
  struct Entry {
    domain::CertificantState state;
    int64_t last_position = 0;
    std::list<std::string>::iterator place;
  };

  void Evict();

  const eventstore::EventStore& store_;
  const size_t max_states_;
  int64_t next_position_ = 1;
  domain::Rulebook rulebook_;
  domain::RulebookView rules_;
  domain::Catalogue catalogue_;
  projections::ClosedDays closed_days_;
  int64_t erasures_version_ = 0;
  std::list<std::string> recent_;  // Most recently used first.
  absl::flat_hash_map<std::string, Entry> states_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_LIVE_BOARD_H_
