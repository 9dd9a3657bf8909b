// The changes of standing that are read from a log are those that come out when everybody is
// evaluated again at each position, however they are read.
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "projections/closed_days.h"
#include "projections/codec.h"
#include "projections/standing_changes.h"
#include "tests/simulation/boards.h"
#include "tests/simulation/log_in_memory.h"
#include "tests/simulation/properties.h"
#include "tests/simulation/transcript.h"

namespace goodstanding::simulation {
namespace {

using domain::Date;
using domain::Standing;
using projections::ChangeCursor;
using projections::ChangeReader;
using projections::StandingChange;

// A change as text, all but its ordinal.
std::string TextOf(int64_t position, const std::string& id, Standing before, Standing after,
                   Date since) {
  return absl::StrCat(position, " ", id, " ", std::string(domain::StandingName(before)), " ",
                      std::string(domain::StandingName(after)), " ", since.ToString());
}

std::vector<std::string> TextsOf(const std::vector<StandingChange>& changes) {
  std::vector<std::string> texts;
  for (const StandingChange& change : changes) {
    texts.push_back(absl::StrCat(
        TextOf(change.position, change.certificant_id, change.before, change.after, change.since),
        " ", change.ordinal));
  }
  return texts;
}

// Everybody as known at a position, each day evaluated by itself.
class SlowBoard {
 public:
  SlowBoard(const eventstore::EventStore& store, int64_t position)
      : store_(store),
        position_(position),
        board_(projections::LoadBoardFacts(store, position).value()),
        rules_(board_.rulebook->Newest()),
        closed_(projections::LoadClosedDays(store, position).value().last) {}

  const std::optional<Date>& closed() const { return closed_; }

  Standing On(const std::string& id, Date day) const {
    const domain::Knowledge knowledge{.max_position = position_};
    const auto [state, added] = states_.try_emplace(id);
    if (added) state->second = projections::LoadCertificant(store_, id, knowledge).value();
    return domain::Evaluate({state->second, rules_, *board_.catalogue, knowledge},
                            domain::Cutoff::EndOf(day))
        .standing;
  }

  // First day of the standing on a day, looked for day by day.
  Date SinceOn(const std::string& id, Date day) const {
    constexpr int kDays = 20 * 366;  // Longer than any history here.
    const Standing standing = On(id, day);
    Date since = day;
    for (int i = 0; i < kDays; ++i) {
      if (On(id, since - 1) != standing) return since;
      since = since - 1;
    }
    return day;
  }

 private:
  const eventstore::EventStore& store_;
  const int64_t position_;
  const projections::BoardFacts board_;
  const domain::RulebookView rules_;
  const std::optional<Date> closed_;
  mutable std::map<std::string, domain::CertificantState> states_;
};

std::vector<std::string> SlowChanges(const eventstore::EventStore& store,
                                     const std::set<std::string>& ids) {
  std::vector<std::string> texts;
  for (int64_t position = 1; position <= store.Head(); ++position) {
    const SlowBoard before(store, position - 1);
    const SlowBoard now(store, position);
    if (!now.closed().has_value()) continue;
    const Date today = *now.closed() + 1;
    int64_t ordinal = 0;
    const auto add = [&](const std::string& id, Standing from, Standing to, Date since) {
      if (from == to) return;
      texts.push_back(absl::StrCat(TextOf(position, id, from, to, since), " ", ++ordinal));
    };
    for (const std::string& id : ids) {
      if (!before.closed().has_value()) {
        const Standing standing = now.On(id, today);
        if (standing != type::v1::STANDING_NOT_CERTIFIED) {
          add(id, type::v1::STANDING_NOT_CERTIFIED, standing, now.SinceOn(id, today));
        }
        continue;
      }
      const Date yesterday = *before.closed() + 1;
      if (yesterday == today) {
        const Standing standing = now.On(id, today);
        const Standing old_standing = before.On(id, today);
        if (standing != old_standing) add(id, old_standing, standing, now.SinceOn(id, today));
      }
      for (Date day = yesterday + 1; day <= today; day = day + 1) {
        add(id, now.On(id, day - 1), now.On(id, day), day);
      }
    }
  }
  return texts;
}

// Reads everything behind a cursor, in pages of this size; `cursors` gets where each page ended.
std::vector<StandingChange> ReadAll(const LogInMemory& log, const projections::Views& views,
                                    const projections::Projector& projector,
                                    projections::LatestBoard& board,
                                    const std::set<std::string>& ids, ChangeCursor after,
                                    size_t page, std::vector<ChangeCursor>* cursors) {
  const auto reader =
      ChangeReader::Create(log.store(), views, projector, board, ids, after).value();
  std::vector<StandingChange> all;
  while (reader->cursor().position < log.Head() || reader->cursor().ordinal > 0) {
    std::vector<StandingChange> changes = reader->Next(page).value();
    std::move(changes.begin(), changes.end(), std::back_inserter(all));
    if (cursors != nullptr) cursors->push_back(reader->cursor());
  }
  return all;
}

std::string FaultOfChanges(const History& history, size_t& changes) {
  DomainBoard board;
  Transcript transcript;
  for (const Step& step : history.steps) transcript.AddStep(step, board.Take(step));
  std::mt19937_64 random(history.steps.size());
  LogInMemory log;
  // Days are closed before the first event of the next one, now and then some days late; some logs
  // begin to close them late.
  std::optional<Date> closed;
  size_t facts_before_days = random() % 3 == 0 ? board.log().size() / 2 : 0;
  for (const RecordedFact& fact : board.log()) {
    const Date yesterday = ToDate(DayOf(fact.recorded)) - 1;
    if (facts_before_days > 0) {
      --facts_before_days;
    } else if ((!closed.has_value() || yesterday > *closed) && random() % 4 != 0) {
      log.AppendDaysClosed(yesterday, fact.recorded);
      closed = yesterday;
    }
    log.Append(fact);
  }
  const absl::Time later = board.log().back().recorded + absl::Hours(24 * 800);
  log.AppendDaysClosed(ToDate(DayOf(later)), later);

  const auto views = log.OpenViews("/views");
  const auto projector = log.Follow(*views);
  projections::LatestBoard latest(log.store(), *projector);
  const std::vector<std::string> people = history.Certificants();
  const std::set<std::string> ids(people.begin(), people.end());
  const std::vector<std::string> expected = SlowChanges(log.store(), ids);
  changes += expected.size();
  const auto fault = [&](const std::string& what, const std::vector<std::string>& read) {
    return absl::StrCat(what, "\nread:\n", absl::StrJoin(read, "\n"), "\nexpected:\n",
                        absl::StrJoin(expected, "\n"), "\n", transcript.Text());
  };
  for (const std::set<std::string>& asked : {std::set<std::string>(), ids}) {
    std::vector<ChangeCursor> cursors;
    const auto all =
        ReadAll(log, *views, *projector, latest, asked, {}, 1 + random() % 4, &cursors);
    if (TextsOf(all) != expected) return fault("other changes", TextsOf(all));
    // Behind whatever change or page somebody left off, the rest follows.
    for (size_t i = 0; i < all.size(); ++i) {
      const auto rest = ReadAll(log, *views, *projector, latest, asked,
                                {all[i].position, all[i].ordinal}, 1 + random() % 4, nullptr);
      const std::vector<std::string> texts = TextsOf(rest);
      const std::vector<std::string> wanted(expected.begin() + static_cast<ptrdiff_t>(i) + 1,
                                            expected.end());
      if (texts != wanted) return fault(absl::StrCat("behind change ", i + 1), texts);
    }
  }
  return "";
}

TEST(ChangeProperty, ChangesAreThoseOfEvaluatingEverybodyAgain) {
  size_t changes = 0;
  ExpectOfHistories(
      15, [&changes](const History& history) { return FaultOfChanges(history, changes); });
  std::cout << changes << " changes\n";
  EXPECT_GT(changes, 0u);
}

}  // namespace
}  // namespace goodstanding::simulation
