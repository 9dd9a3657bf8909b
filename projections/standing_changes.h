// Changes of standing, told one after the other from the log alone.
//
// By a position the log says what is known of everybody and which days have passed; the standing in
// question is that of the day behind the last one closed. Where an event makes it another one, that
// is a change, at the event's position: an event about the person, about an activity or about rules
// by what it says, DaysClosed by the days. Before the first DaysClosed there are none; that one
// tells where everybody stands.
#ifndef GOODSTANDING_PROJECTIONS_STANDING_CHANGES_H_
#define GOODSTANDING_PROJECTIONS_STANDING_CHANGES_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "domain/dates.h"
#include "domain/timeline.h"
#include "eventstore/event_store.h"
#include "projections/latest_board.h"
#include "projections/projector.h"
#include "projections/state_cache.h"
#include "projections/views.h"

namespace goodstanding::projections {

// What made a change.
enum class ChangeCause { kEvent, kDay, kRules, kActivity };

struct StandingChange {
  int64_t position = 0;  // Of the event that made it.
  int64_t ordinal = 0;   // Among the changes at the position that are asked for, from 1.
  int64_t recorded_micros = 0;
  std::string certificant_id;
  domain::Standing before = type::v1::STANDING_NOT_CERTIFIED;
  domain::Standing after = type::v1::STANDING_NOT_CERTIFIED;
  domain::Date since;  // First day of the standing `after`, as known at the position.
  ChangeCause cause = ChangeCause::kEvent;
  // Into whom the event merged the person, whose standing `after` is; empty for other changes.
  std::string survivor_id;
};

// A place behind which to read on.
struct ChangeCursor {
  int64_t position = 0;
  int64_t ordinal = 0;  // 0: behind all changes of the position.
};

// Reads changes in order. The same log gives the same changes, whatever the pages, the views or the
// interruptions. Confined to one thread.
class ChangeReader {
 public:
  // Those that are borrowed outlive it. `certificant_ids` are those asked for; empty: everybody.
  // REQUIRES: the log has the cursor's position.
  static absl::StatusOr<std::unique_ptr<ChangeReader>> Create(
      const eventstore::EventStore& store, const Views& views, const Projector& projector,
      LatestBoard& board, std::set<std::string> certificant_ids, ChangeCursor after);

  // About `limit` changes behind the cursor, which moves behind them: those of one person at one
  // position are not torn apart. Fewer where it has reached the head, has looked at some thousand
  // events, or has to wait until the views hold an event about the catalogue. Cost: two timelines
  // an event; a scan of the log up to there for days closed and for rules. DATA_LOSS.
  absl::StatusOr<std::vector<StandingChange>> Next(size_t limit);

  ChangeCursor cursor() const { return cursor_; }

 private:
  class Page;

  ChangeReader(const eventstore::EventStore& store, const Views& views, const Projector& projector,
               LatestBoard& board, std::set<std::string> certificant_ids, ChangeCursor after);

  absl::Status Begin();
  absl::Status TakeBoard(int64_t last, int64_t known);
  absl::Status Take(const event::v1::Record& record, Page& page);
  absl::Status TakePerson(const std::string& id, const event::v1::Record& record, Page& page);
  absl::Status TakeAccount(const event::v1::Record& record, const std::string& survivor_before,
                           const std::string& id, const domain::CertificantState& state,
                           const std::vector<domain::StandingSpan>& old_spans, Page& page);
  // Whether somebody's changes are asked for: under this id, or under that of a merged account.
  bool Wants(const std::string& id) const;
  // All whose changes are asked for, where some are named.
  std::set<std::string> WantedIds() const;
  void Follow(const std::string& id, const domain::CertificantState& state);
  absl::Status FollowTo(const std::string& id, const event::v1::Record& record);
  // Somebody's standings, as known up to a position.
  absl::StatusOr<std::vector<domain::StandingSpan>> SpansOf(const std::string& id,
                                                            int64_t position) const;
  absl::Status TakeActivity(absl::string_view activity_id, int64_t position, Page& page);
  absl::Status TakeRules(int64_t position, Page& page);
  absl::Status TakeDays(const event::v1::Record& record, Page& page);

  // Calls `visit` with everybody who is asked for and behind `page_after_`, in order of id, folded
  // up to the position, until the page is full.
  absl::Status EachPerson(
      int64_t position, Page& page,
      const std::function<absl::Status(const std::string& id,
                                       const domain::CertificantState& state)>& visit);
  // The standing of each day, as known at a position.
  std::vector<domain::StandingSpan> SpansAt(const domain::CertificantState& state,
                                            const domain::RulebookView& rules,
                                            int64_t position) const;

  const eventstore::EventStore& store_;
  const Views& views_;
  const Projector& projector_;
  LatestBoard& latest_;
  const std::set<std::string> ids_;

  ChangeCursor cursor_;
  std::map<std::string, std::string> survivors_;  // Who answers at the cursor for ids asked for.
  // Where the changes of the position behind the cursor's are told in parts: whose were told last.
  std::string page_after_;
  BoardFacts board_;                    // At least of the records that are being read.
  domain::RulebookView rules_;          // As known at the cursor.
  std::optional<domain::Date> closed_;  // Likewise: the last day closed.
  StateCache states_{StateCache::Bounds()};
};

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_STANDING_CHANGES_H_
