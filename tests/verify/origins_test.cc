// A log that goes on from another one's backup.
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/database.h"
#include "eventstore/log_meta.h"
#include "eventstore/note.h"
#include "eventstore/origin.h"
#include "eventstore/random.h"
#include "eventstore/signing_key.h"
#include "gmock/gmock.h"
#include "goodstanding/event/v1/log_event.pb.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "tests/verify/log_fixture.h"
#include "verify/log_check.h"

namespace goodstanding::verify {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class OriginsTest : public LogTest {
 protected:
  // Gives the log another origin, as a restore does; returns the one before.
  std::string StartOrigin() {
    Close();
    eventstore::Options options;
    options.path = kPath;
    options.env = env_.get();
    const auto database = eventstore::Database::Open(eventstore::LogSettings(options));
    EXPECT_THAT(database, testing::IsOk());
    const auto former = eventstore::StartOrigin(**database, clock_, eventstore::SecureRandom());
    EXPECT_THAT(former, testing::IsOk());
    return former->origin;
  }

  // A checkpoint as a log of this origin would sign it.
  static SignedCheckpoint CheckpointOf(const std::string& origin, int64_t size, const Hash& root) {
    const eventstore::Checkpoint checkpoint{.origin = origin, .size = size, .root = root};
    const eventstore::SigningKey key(origin, eventstore::NoteKeyType::kEd25519,
                                     std::string(32, 'k'));
    eventstore::Note note;
    note.text = checkpoint.ToText();
    note.signatures.push_back(key.Sign(note.text));
    return *SignedCheckpoint::Parse(note.ToText());
  }

  // Appends an event LogRestored as no restore would write it.
  void AppendRestored(int64_t size, const std::string& root) {
    event::v1::LogEvent event;
    event.mutable_log_restored()->set_old_origin("goodstanding/other");
    event.mutable_log_restored()->set_size(size);
    event.mutable_log_restored()->set_root(root);
    eventstore::AppendRequest append;
    append.events.emplace_back();
    append.events[0].set_stream("log/origin");
    append.events[0].set_kind("LogRestored");
    append.events[0].set_payload(event.SerializeAsString());
    GS_ASSERT_OK(store().Append(std::move(append)));
  }
};

TEST_F(OriginsTest, FindsNoFaultInALogThatWasRestored) {
  GrowTo(300);
  Sign();
  const std::string first = StartOrigin();
  GrowTo(400);
  Sign();
  const std::string second = StartOrigin();
  GrowTo(700);
  Sign();
  GS_ASSERT_OK_AND_ASSIGN(const Report report, Check());
  EXPECT_THAT(Lines(report), IsEmpty());
  EXPECT_EQ(report.origin, store().Origin());
  EXPECT_EQ(report.checkpoints, 3);
  EXPECT_THAT(report.former_origins, ElementsAre(Pair(first, 300), Pair(second, 400)));
}

TEST_F(OriginsTest, FindsNoFaultInAnEmptyLogThatWasRestored) {
  (void)store();
  StartOrigin();
  EXPECT_THAT(Found(), IsEmpty());
}

TEST_F(OriginsTest, AcceptsCheckpointsOfTheOriginThatTheLogHadAtTheirSize) {
  GrowTo(300);
  GS_ASSERT_OK_AND_ASSIGN(const Hash at_100, store().TreeRoot(100));
  GS_ASSERT_OK_AND_ASSIGN(const Hash at_300, store().TreeRoot(300));
  const std::string old_origin = StartOrigin();
  GrowTo(500);
  const std::string origin = store().Origin();
  GS_ASSERT_OK_AND_ASSIGN(const Hash at_301, store().TreeRoot(301));
  GS_ASSERT_OK_AND_ASSIGN(const Hash at_500, store().TreeRoot(500));
  struct Row {
    const char* why;
    std::string origin;
    int64_t size;
    Hash root;
    const char* fault;  // nullptr: none.
  };
  const Row rows[] = {
      {"the old one, before", old_origin, 100, at_100, nullptr},
      {"the old one, at the end", old_origin, 300, at_300, nullptr},
      {"the new one's first", origin, 301, at_301, nullptr},
      {"the new one", origin, 500, at_500, nullptr},
      {"the old one went on", old_origin, 301, at_301, "it is of the log goodstanding/"},
      {"the old one is ahead", old_origin, 900, at_500, "it is of the log goodstanding/"},
      {"the new one was not there yet", origin, 300, at_300, "it is of the log goodstanding/"},
      {"no origin of this log", "goodstanding/other", 100, at_100, "it is of the log goodstanding"},
      {"the old one with another root", old_origin, 100, at_300, "its root is not that"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.why);
    LogCheckOptions options;
    options.trusted = CheckpointOf(row.origin, row.size, row.root);
    const std::vector<std::string> found = Found(options);
    EXPECT_EQ(found.empty(), row.fault == nullptr) << (found.empty() ? "" : found[0]);
    if (row.fault != nullptr && !found.empty()) {
      EXPECT_THAT(found[0], HasSubstr(row.fault));
    }
  }
}

TEST_F(OriginsTest, FindsAnOriginThatGoesOnFromSomethingElse) {
  GrowTo(20);
  AppendRestored(20, std::string(32, 'r'));
  EXPECT_THAT(Found(),
              ElementsAre(HasSubstr("position 21: its root is not that of the 20 events")));
  AppendRestored(20, "");
  EXPECT_THAT(Found(),
              ElementsAre(HasSubstr("it says that 20 events were restored, and follows 21"),
                          HasSubstr("its root is not that")));
}

TEST_F(OriginsTest, FindsAnEventThatNamesNoOrigin) {
  GrowTo(5);
  eventstore::AppendRequest append;
  append.events.emplace_back();
  append.events[0].set_stream("log/origin");
  append.events[0].set_kind("LogRestored");
  append.events[0].set_payload("x");
  GS_ASSERT_OK(store().Append(std::move(append)));
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("position 6: its payload is no LogRestored")));
}

}  // namespace
}  // namespace goodstanding::verify
