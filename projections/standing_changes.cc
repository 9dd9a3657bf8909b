#include "projections/standing_changes.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "projections/closed_days.h"
#include "projections/codec.h"
#include "projections/sweep.h"

namespace goodstanding::projections {
namespace {

using domain::Date;
using domain::Standing;
using domain::StandingSpan;
using event::v1::Record;

using Spans = std::vector<StandingSpan>;

constexpr int kRecordsPerCall = 1000;

// Behind the span of the day.
Spans::const_iterator After(const Spans& spans, Date day) {
  return std::upper_bound(spans.begin(), spans.end(), day,
                          [](Date wanted, const StandingSpan& span) { return wanted < span.from; });
}

Standing StandingOn(const Spans& spans, Date day) {
  const auto after = After(spans, day);
  return after == spans.begin() ? type::v1::STANDING_NOT_CERTIFIED : std::prev(after)->standing;
}

// First day of the standing that holds on a day; that day where none was ever granted before it.
Date SinceOn(const Spans& spans, Date day) {
  auto span = After(spans, day);
  if (span == spans.begin()) return day;
  --span;
  while (span != spans.begin() && std::prev(span)->standing == span->standing) --span;
  return span->from;
}

// Says that a page is full: ends a scan, and is no error.
absl::Status Full() { return absl::CancelledError("the page is full"); }

}  // namespace

// Takes the changes of one position after the other, until it holds enough.
class ChangeReader::Page {
 public:
  Page(size_t limit, ChangeCursor cursor) : limit_(limit), cursor_(cursor) {}

  // The next record, whose changes follow.
  void Begin(const Record& record, ChangeCause cause) {
    next_.position = record.position();
    next_.recorded_micros = record.recorded_micros();
    next_.cause = cause;
    // Only the position of the cursor can be half told.
    next_.ordinal = 0;
  }

  // Goes on behind so many changes of the record.
  void SkipTo(int64_t ordinal) { next_.ordinal = ordinal; }

  // A merge is told of even where the standing is the same: the id answers as another one.
  void Add(const std::string& id, Standing before, Standing after, Date since,
           const std::string& survivor_id = "") {
    if (before == after && survivor_id.empty()) return;
    ++next_.ordinal;
    if (next_.position == cursor_.position && next_.ordinal <= cursor_.ordinal) return;
    StandingChange change = next_;
    change.certificant_id = id;
    change.before = before;
    change.after = after;
    change.since = since;
    change.survivor_id = survivor_id;
    changes_.push_back(std::move(change));
  }

  bool full() const { return changes_.size() >= limit_; }
  int64_t ordinal() const { return next_.ordinal; }
  std::vector<StandingChange> Finish() && { return std::move(changes_); }

 private:
  const size_t limit_;
  const ChangeCursor cursor_;
  StandingChange next_;  // What the changes of the record have in common, and the last ordinal.
  std::vector<StandingChange> changes_;
};

absl::StatusOr<std::unique_ptr<ChangeReader>> ChangeReader::Create(
    const eventstore::EventStore& store, const Views& views, const Projector& projector,
    LatestBoard& board, std::set<std::string> certificant_ids, ChangeCursor after) {
  std::unique_ptr<ChangeReader> reader(
      new ChangeReader(store, views, projector, board, std::move(certificant_ids), after));
  GS_RETURN_IF_ERROR(reader->Begin());
  return reader;
}

ChangeReader::ChangeReader(const eventstore::EventStore& store, const Views& views,
                           const Projector& projector, LatestBoard& board,
                           std::set<std::string> certificant_ids, ChangeCursor after)
    : store_(store),
      views_(views),
      projector_(projector),
      latest_(board),
      ids_(std::move(certificant_ids)),
      cursor_(after) {}

// What is known before the first record to be read.
absl::Status ChangeReader::Begin() {
  // A position of which some changes are left is read again.
  const int64_t before = cursor_.ordinal > 0 ? cursor_.position - 1 : cursor_.position;
  GS_RETURN_IF_ERROR(TakeBoard(cursor_.position, before));
  GS_ASSIGN_OR_RETURN(const ClosedDays closed, LoadClosedDays(store_, before));
  closed_ = closed.last;
  for (const std::string& id : ids_) {
    GS_ASSIGN_OR_RETURN(const domain::CertificantState state,
                        LoadCertificant(store_, id, {.max_position = before}));
    Follow(id, state);
  }
  return absl::OkStatus();
}

void ChangeReader::Follow(const std::string& id, const domain::CertificantState& state) {
  if (!ids_.contains(id)) return;
  if (state.survivor_id.empty()) {
    survivors_.erase(id);
  } else {
    survivors_[id] = state.survivor_id;
  }
}

// Nothing changes yet; but who answers for somebody who is asked for can.
absl::Status ChangeReader::FollowTo(const std::string& id, const Record& record) {
  if (!ids_.contains(id)) return absl::OkStatus();
  GS_ASSIGN_OR_RETURN(const domain::CertificantState state,
                      LoadCertificant(store_, id, {.max_position = record.position()}));
  Follow(id, state);
  return absl::OkStatus();
}

bool ChangeReader::Wants(const std::string& id) const {
  if (ids_.empty() || ids_.contains(id)) return true;
  return std::any_of(survivors_.begin(), survivors_.end(),
                     [&](const auto& entry) { return entry.second == id; });
}

std::set<std::string> ChangeReader::WantedIds() const {
  std::set<std::string> ids = ids_;
  for (const auto& [id, survivor] : survivors_) ids.insert(survivor);
  return ids;
}

// Rules and catalogue of at least all records up to `last`, and the rules as known at `known`.
absl::Status ChangeReader::TakeBoard(int64_t last, int64_t known) {
  GS_ASSIGN_OR_RETURN(BoardFacts board, latest_.At(last));
  GS_ASSIGN_OR_RETURN(rules_, board.rulebook->View({.max_position = known}, std::nullopt));
  board_ = std::move(board);  // Whose rules they borrow.
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StandingChange>> ChangeReader::Next(size_t limit) {
  Page page(limit, cursor_);
  const int64_t first = cursor_.ordinal > 0 ? cursor_.position : cursor_.position + 1;
  const int64_t last = std::min(store_.Head(), first + kRecordsPerCall - 1);
  if (first > last) return std::vector<StandingChange>();
  GS_RETURN_IF_ERROR(TakeBoard(last, first - 1));
  const absl::Status read = store_.VisitLog(first, last, [&](const Record& record) -> absl::Status {
    if (page.full()) return Full();
    GS_RETURN_IF_ERROR(Take(record, page));
    cursor_ = {record.position(), 0};
    page_after_.clear();
    return absl::OkStatus();
  });
  if (!read.ok() && !absl::IsCancelled(read)) return read;
  return std::move(page).Finish();
}

// CANCELLED where the page is full before all changes of the record are told, or where they cannot
// be told yet.
absl::Status ChangeReader::Take(const Record& record, Page& page) {
  if (const auto id = StreamId(record.stream(), kCertificantPrefix)) {
    page.Begin(record, ChangeCause::kEvent);
    return TakePerson(std::string(*id), record, page);
  }
  if (record.stream() == kDaysStream) {
    page.Begin(record, ChangeCause::kDay);
    return TakeDays(record, page);
  }
  if (const auto activity_id = StreamId(record.stream(), kActivityPrefix)) {
    page.Begin(record, ChangeCause::kActivity);
    return TakeActivity(*activity_id, record.position(), page);
  }
  if (StreamId(record.stream(), kRulesPrefix)) {
    page.Begin(record, ChangeCause::kRules);
    return TakeRules(record.position(), page);
  }
  return absl::OkStatus();
}

absl::Status ChangeReader::TakePerson(const std::string& id, const Record& record, Page& page) {
  if (!Wants(id)) return absl::OkStatus();
  if (!closed_.has_value()) return FollowTo(id, record);
  const int64_t before = record.position() - 1;
  std::optional<ReplayedCertificant> person = states_.Take(id);
  if (!person.has_value() || person->state.version != record.version() - 1) {
    GS_ASSIGN_OR_RETURN(person, ReplayCertificant(store_, id, {.max_position = before}));
  }
  const std::string survivor_before = person->state.survivor_id;
  const Spans old_spans = SpansAt(person->state, rules_, before);
  GS_RETURN_IF_ERROR(Advance(record, *person));
  Follow(id, person->state);
  if (survivor_before != person->state.survivor_id) {
    GS_RETURN_IF_ERROR(TakeAccount(record, survivor_before, id, person->state, old_spans, page));
  } else {
    const Date today = *closed_ + 1;
    const Spans spans = SpansAt(person->state, rules_, record.position());
    page.Add(id, StandingOn(old_spans, today), StandingOn(spans, today), SinceOn(spans, today));
  }
  states_.Put(id, *std::move(person));
  return absl::OkStatus();
}

absl::StatusOr<Spans> ChangeReader::SpansOf(const std::string& id, int64_t position) const {
  GS_ASSIGN_OR_RETURN(const domain::CertificantState state,
                      LoadCertificant(store_, id, {.max_position = position}));
  return SpansAt(state, rules_, position);
}

// An account was merged into another one, or stands for itself again: what its id answers changes.
absl::Status ChangeReader::TakeAccount(const Record& record, const std::string& survivor_before,
                                       const std::string& id, const domain::CertificantState& state,
                                       const std::vector<StandingSpan>& old_spans, Page& page) {
  const Date today = *closed_ + 1;
  if (!state.survivor_id.empty()) {
    GS_ASSIGN_OR_RETURN(const Spans spans, SpansOf(state.survivor_id, record.position()));
    page.Add(id, StandingOn(old_spans, today), StandingOn(spans, today), SinceOn(spans, today),
             state.survivor_id);
    return absl::OkStatus();
  }
  // The survivor's own event stands right before this one.
  GS_ASSIGN_OR_RETURN(const Spans answered, SpansOf(survivor_before, record.position() - 2));
  const Spans spans = SpansAt(state, rules_, record.position());
  page.Add(id, StandingOn(answered, today), StandingOn(spans, today), SinceOn(spans, today));
  return absl::OkStatus();
}

absl::Status ChangeReader::TakeActivity(absl::string_view activity_id, int64_t position,
                                        Page& page) {
  if (!closed_.has_value()) return absl::OkStatus();
  GS_RETURN_IF_ERROR(projector_.Health());
  // The index of those whom it touches.
  if (projector_.AppliedPosition() < position) return absl::CancelledError("not yet");
  GS_ASSIGN_OR_RETURN(const std::vector<std::string> touched, views_.CertificantsOf(activity_id));
  const Date today = *closed_ + 1;
  for (const std::string& id : touched) {
    if (!Wants(id)) continue;
    GS_ASSIGN_OR_RETURN(const domain::CertificantState state,
                        LoadCertificant(store_, id, {.max_position = position}));
    const Spans spans = SpansAt(state, rules_, position);
    page.Add(id, StandingOn(SpansAt(state, rules_, position - 1), today), StandingOn(spans, today),
             SinceOn(spans, today));
  }
  return absl::OkStatus();
}

absl::Status ChangeReader::TakeRules(int64_t position, Page& page) {
  GS_ASSIGN_OR_RETURN(const domain::RulebookView rules,
                      board_.rulebook->View({.max_position = position}, std::nullopt));
  if (closed_.has_value()) {
    const Date today = *closed_ + 1;
    GS_RETURN_IF_ERROR(EachPerson(
        position, page, [&](const std::string& id, const domain::CertificantState& state) {
          const Spans spans = SpansAt(state, rules, position);
          page.Add(id, StandingOn(SpansAt(state, rules_, position), today),
                   StandingOn(spans, today), SinceOn(spans, today));
          return absl::OkStatus();
        }));
  }
  rules_ = rules;
  return absl::OkStatus();
}

absl::Status ChangeReader::TakeDays(const Record& record, Page& page) {
  GS_ASSIGN_OR_RETURN(const Date last, DecodeDaysClosed(record));
  const Date today = last + 1;
  GS_RETURN_IF_ERROR(EachPerson(
      record.position(), page, [&](const std::string& id, const domain::CertificantState& state) {
        const Spans spans = SpansAt(state, rules_, record.position());
        if (!closed_.has_value()) {
          page.Add(id, type::v1::STANDING_NOT_CERTIFIED, StandingOn(spans, today),
                   SinceOn(spans, today));
          return absl::OkStatus();
        }
        // Each day on which another standing begins.
        for (auto span = After(spans, *closed_ + 1); span != After(spans, today); ++span) {
          page.Add(id, StandingOn(spans, span->from - 1), span->standing, span->from);
        }
        return absl::OkStatus();
      }));
  closed_ = last;
  return absl::OkStatus();
}

absl::Status ChangeReader::EachPerson(
    int64_t position, Page& page,
    const std::function<absl::Status(const std::string& id, const domain::CertificantState& state)>&
        visit) {
  if (!page_after_.empty()) page.SkipTo(cursor_.ordinal);
  const auto take = [&](const std::string& id,
                        const domain::CertificantState& state) -> absl::Status {
    if (page.full()) return Full();
    GS_RETURN_IF_ERROR(visit(id, state));
    if (page.ordinal() == 0) return absl::OkStatus();
    cursor_ = {position, page.ordinal()};
    page_after_ = id;
    return absl::OkStatus();
  };
  if (!ids_.empty()) {
    const std::set<std::string> ids = WantedIds();
    for (auto id = ids.upper_bound(page_after_); id != ids.end(); ++id) {
      GS_ASSIGN_OR_RETURN(const domain::CertificantState state,
                          LoadCertificant(store_, *id, {.max_position = position}));
      if (state.version > 0) GS_RETURN_IF_ERROR(take(*id, state));
    }
    return absl::OkStatus();
  }
  // Stream names are printable, so that the next one is not before this.
  const std::string behind = page_after_.empty() ? "" : absl::StrCat(page_after_, "\x01");
  const eventstore::StreamRange range{absl::StrCat(kCertificantPrefix, behind),
                                      absl::StrCat(kCertificantPrefix, "\x7f")};
  return SweepRange(store_, range, position,
                    [&](absl::string_view id, ReplayedCertificant& person) {
                      return take(std::string(id), person.state);
                    });
}

std::vector<StandingSpan> ChangeReader::SpansAt(const domain::CertificantState& state,
                                                const domain::RulebookView& rules,
                                                int64_t position) const {
  return domain::BuildTimeline({state, rules, *board_.catalogue, {.max_position = position}});
}

}  // namespace goodstanding::projections
