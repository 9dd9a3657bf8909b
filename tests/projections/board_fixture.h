// A board in memory for the tests of the projections: a store, rules, and short ways to tell facts.
#ifndef GOODSTANDING_TESTS_PROJECTIONS_BOARD_FIXTURE_H_
#define GOODSTANDING_TESTS_PROJECTIONS_BOARD_FIXTURE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "domain/dates.h"
#include "eventstore/event_store.h"
#include "goodstanding/event/v1/activity_event.pb.h"
#include "goodstanding/event/v1/certificant_event.pb.h"
#include "goodstanding/event/v1/rule_set_event.pb.h"
#include "goodstanding/type/v1/rule_set.pb.h"
#include "gtest/gtest.h"
#include "projections/projector.h"
#include "projections/replay.h"
#include "projections/views.h"
#include "rocksdb/env.h"

namespace goodstanding::projections {

using event::v1::CertificantEvent;

// The day of "2025-12-01".
domain::Date Day(absl::string_view text);

// Certificant events, personal fields left empty.
CertificantEvent Registered();
CertificantEvent Granted(absl::string_view credential);
CertificantEvent Credit(absl::string_view reference, absl::string_view kind,
                        absl::string_view completed, int64_t minutes,
                        absl::string_view activity_id = "");
CertificantEvent Paid(absl::string_view reference, absl::string_view dated, int64_t cents);
CertificantEvent Submitted();
CertificantEvent Renewed();
CertificantEvent Member(absl::string_view first, absl::string_view last);
CertificantEvent Noticed();

// A correction, or one that is to be, of figures by path and value.
using FigureValues = std::vector<std::pair<std::string, std::string>>;
event::v1::RuleSetCorrected Proposed(int first_year, int last_year, const FigureValues& figures);

// Everything that a view holds, as bytes: rows, due index, activity index.
using Contents = std::map<std::string, std::string>;
Contents ContentsOf(const Views& views, const std::vector<std::string>& activity_ids);

// A store in memory whose clock stands far behind every fact. The first event publishes the rules.
class BoardTest : public ::testing::Test {
 protected:
  BoardTest();

  eventstore::EventStore& store() { return *store_; }

  // Appends a fact that took place on a day at noon, as it is; the position.
  int64_t Tell(absl::string_view certificant_id, absl::string_view day,
               const CertificantEvent& event);
  int64_t Approve(absl::string_view activity_id, absl::string_view day);
  int64_t Withdraw(absl::string_view activity_id, absl::string_view day);
  int64_t Correct(int first_year, int last_year, absl::string_view path, absl::string_view value);
  // Appends bytes of any kind to any stream.
  int64_t TellRaw(absl::string_view stream, absl::string_view kind, absl::string_view payload,
                  domain::Date day);

  // Decides a command on everything told and appends its event; whether it was accepted.
  bool Command(absl::string_view certificant_id, domain::Date day,
               const CertificantEvent& proposed);

  // A person with a grant and credits, and one with more of a life.
  void TellShortLife(absl::string_view id);
  void TellLongLife(absl::string_view id);

  std::unique_ptr<Views> OpenViews(absl::string_view folder);
  std::unique_ptr<Projector> Start(Views& views);
  // Contents of a view that is built from nothing.
  Contents Rebuilt(const std::vector<std::string>& activity_ids);
  // Whether a view holds what evaluating the log up to its checkpoint gives, and nothing else.
  void ExpectConsistent(const Views& views);

  std::unique_ptr<rocksdb::Env> env_;
  ManualClock clock_;
  std::unique_ptr<eventstore::EventStore> store_;

 private:
  int scratch_folders_ = 0;
};

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_TESTS_PROJECTIONS_BOARD_FIXTURE_H_
