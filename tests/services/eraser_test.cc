#include "services/eraser.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "domain/refusal.h"
#include "eventstore/seal.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "projections/codec.h"
#include "services/clock_guard.h"
#include "services/server_figures.h"
#include "services/write_gate.h"
#include "tests/services/processor_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::services {
namespace {

using event::v1::CertificantEvent;
using ::testing::ElementsAre;
using ::testing::Pair;
using testing::StatusIs;
using ::testing::UnorderedElementsAre;

constexpr char kStream[] = "certificant/ana";

class EraserTest : public ProcessorTest {
 protected:
  EraserTest() {
    CertificantEvent registered;
    registered.mutable_certificant_registered()->set_name("Ana Roe");
    registered.mutable_certificant_registered()->set_email("ana@example.org");
    EXPECT_EQ(Do("s1", registered), "");
  }

  // Records a fact about somebody by this person; the reason of a refusal.
  std::string Do(const std::string& who, const CertificantEvent& fact,
                 const std::string& id = "ana") {
    Command command;
    command.request_id = absl::StrCat("r", ++requests_);
    command.digest = std::string(32, 'd');
    command.actor.set_issuer("spiffe://board");
    command.actor.set_subject(who);
    Proposal& proposal = command.proposals.emplace_back();
    proposal.id = id;
    proposal.fact = fact;
    absl::Status status;
    processor_->Execute(std::move(command),
                        [&status](const auto& result) { status = result.status(); });
    processor_->Drain();
    const auto refusal = domain::GetRefusal(status);
    EXPECT_TRUE(refusal || status.ok()) << status;
    return refusal ? refusal->reason : "";
  }

  void Schedule() {
    CertificantEvent requested;
    requested.mutable_erasure_requested()->set_reason("asked for it");
    ASSERT_EQ(Do("s1", requested), "");
    CertificantEvent confirmed;
    confirmed.mutable_erasure_scheduled();
    ASSERT_EQ(Do("s2", confirmed), "");
  }

  // Erases what is due, as after a start; the reason of a refusal.
  std::string EraseDue(const WriteGate* gate = nullptr) {
    Eraser eraser(*stores_.log, *stores_.keys, *processor_, time_, clock_,
                  {gate, nullptr, nullptr});
    const absl::Status status = eraser.EraseDue();
    const auto refusal = domain::GetRefusal(status);
    EXPECT_TRUE(refusal || status.ok()) << status;
    return refusal ? refusal->reason : "";
  }

  // The kinds of all events of a stream, as they lie in the log.
  std::vector<std::string> Kinds(absl::string_view stream) {
    std::vector<std::string> kinds;
    GS_EXPECT_OK(store_->VisitStream(stream, [&](const eventstore::Record& record) {
      kinds.push_back(record.kind());
      return absl::OkStatus();
    }));
    return kinds;
  }

  // Name and e-mail as the log can be read now.
  std::string Profile() {
    std::string profile;
    GS_EXPECT_OK(store_->VisitStream(kStream, [&](const eventstore::Record& record) {
      auto event = projections::DecodeCertificant(record);
      GS_EXPECT_OK(event.status());
      GS_EXPECT_OK(
          eventstore::OpenPersonalFields(*stores_.keys, kStream, record.kind(), &*event).status());
      if (event->has_certificant_registered()) {
        profile = absl::StrCat(event->certificant_registered().name(), "/",
                               event->certificant_registered().email());
      }
      return absl::OkStatus();
    }));
    return profile;
  }

  int requests_ = 0;
};

TEST_F(EraserTest, ErasesOnTheDayAndNotBefore) {
  Schedule();
  const int64_t scheduled = store_->Head();
  clock_.Set(clock_.Now() + absl::Hours(24 * 29));
  EXPECT_EQ(EraseDue(), "");
  EXPECT_EQ(store_->Head(), scheduled) << "the 29th day";
  EXPECT_EQ(Profile(), "Ana Roe/ana@example.org");
  clock_.Set(clock_.Now() + absl::Hours(24));
  EXPECT_EQ(EraseDue(), "");
  EXPECT_EQ(store_->Head(), scheduled + 4);
  EXPECT_THAT(Kinds(kStream), ElementsAre("CertificantRegistered", "ErasureRequested",
                                          "ErasureScheduled", "ErasureBegun", "ErasureCompleted"));
  EXPECT_THAT(Kinds(projections::kErasuresStream),
              ElementsAre("ErasureAdvanced", "ErasureAdvanced", "ErasureAdvanced"));
  EXPECT_EQ(Profile(), "/") << "nothing can be read any more";
  EXPECT_THAT(stores_.keys->FindKey(kStream), StatusIs(absl::StatusCode::kNotFound));
  GS_ASSERT_OK_AND_ASSIGN(const auto found, stores_.keys->FindLookup("ana@example.org"));
  EXPECT_TRUE(found.empty()) << "nor found by the address";
}

// Each account has a key of its own; what stands against it is asked of the person.
TEST_F(EraserTest, ErasesEveryAccountOfAPerson) {
  CertificantEvent registered;
  registered.mutable_certificant_registered()->set_name("Ann Roe");
  ASSERT_EQ(Do("s1", registered, "ann"), "");
  CertificantEvent merge;
  merge.mutable_account_merged()->set_merged_certificant_id("ann");
  merge.mutable_account_merged()->set_reason("registered twice");
  ASSERT_EQ(Do("s1", merge), "");
  CertificantEvent requested;
  requested.mutable_erasure_requested()->set_reason("asked for it");
  ASSERT_EQ(Do("s1", requested, "ann"), "");
  CertificantEvent undo;
  undo.mutable_fact_annulled()->set_fact_position(store_->Head() - 3);
  undo.mutable_fact_annulled()->set_reason("wrong");
  EXPECT_EQ(Do("s1", undo), "ERASURE_ALREADY_REQUESTED");
  CertificantEvent confirmed;
  confirmed.mutable_erasure_scheduled();
  ASSERT_EQ(Do("s2", confirmed), "");
  CertificantEvent hold;
  hold.mutable_legal_hold_placed()->set_reference("case-7");
  ASSERT_EQ(Do("s1", hold), "");
  clock_.Set(clock_.Now() + absl::Hours(24 * 30));
  const int64_t head = store_->Head();
  EXPECT_EQ(EraseDue(), "LEGAL_HOLD");
  EXPECT_EQ(store_->Head(), head);
  CertificantEvent lifted;
  lifted.mutable_legal_hold_lifted()->set_reference("case-7");
  ASSERT_EQ(Do("s1", lifted, "ann"), "");
  EXPECT_EQ(EraseDue(), "");
  EXPECT_EQ(Profile(), "/");
  for (const char* stream : {"certificant/ana", "certificant/ann"}) {
    EXPECT_THAT(stores_.keys->FindKey(stream), StatusIs(absl::StatusCode::kNotFound)) << stream;
    EXPECT_EQ(Kinds(stream).back(), "ErasureCompleted") << stream;
  }
  EXPECT_THAT(Kinds(projections::kErasuresStream), ::testing::SizeIs(6));
  CertificantEvent notice;
  notice.mutable_profile_changed()->set_name("Ann");
  EXPECT_EQ(Do("s1", notice, "ann"), "CERTIFICANT_ERASED");
}

TEST_F(EraserTest, LeavesAloneWhatWasCalledOff) {
  Schedule();
  CertificantEvent called_off;
  called_off.mutable_erasure_called_off();
  ASSERT_EQ(Do("s1", called_off), "");
  const int64_t head = store_->Head();
  clock_.Set(clock_.Now() + absl::Hours(24 * 400));
  EXPECT_EQ(EraseDue(), "");
  EXPECT_EQ(store_->Head(), head);
  EXPECT_EQ(Profile(), "Ana Roe/ana@example.org");
}

TEST_F(EraserTest, WaitsForAHoldAndGoesOnOnceItIsLifted) {
  Schedule();
  CertificantEvent hold;
  hold.mutable_legal_hold_placed()->set_reference("case-7");
  ASSERT_EQ(Do("s1", hold), "");
  clock_.Set(clock_.Now() + absl::Hours(24 * 60));
  const int64_t head = store_->Head();
  EXPECT_EQ(EraseDue(), "LEGAL_HOLD");
  EXPECT_EQ(store_->Head(), head);
  CertificantEvent lifted;
  lifted.mutable_legal_hold_lifted()->set_reference("case-7");
  ASSERT_EQ(Do("s1", lifted), "");
  EXPECT_EQ(EraseDue(), "");
  EXPECT_EQ(Profile(), "/");
}

// Whatever a crash left undone is done afterwards, once.
TEST_F(EraserTest, GoesOnFromWhereACrashLeftIt) {
  Schedule();
  clock_.Set(clock_.Now() + absl::Hours(24 * 30));
  CertificantEvent begun;
  begun.mutable_erasure_begun();
  ASSERT_EQ(Do("server", begun), "");
  EXPECT_EQ(Profile(), "Ana Roe/ana@example.org") << "the crash came before the key went";
  GS_ASSERT_OK(ReapplyErasures(*stores_.log, *stores_.keys));
  EXPECT_EQ(Profile(), "/") << "and the next start destroys it";
  const int64_t head = store_->Head();
  EXPECT_EQ(EraseDue(), "");
  EXPECT_EQ(EraseDue(), "");
  EXPECT_EQ(store_->Head(), head + 2) << "once";
  EXPECT_EQ(Kinds(kStream).back(), "ErasureCompleted");
}

// An older copy of the keys is put back: nobody comes back with it.
TEST_F(EraserTest, AnOlderCopyOfTheKeysBringsNobodyBack) {
  Schedule();
  clock_.Set(clock_.Now() + absl::Hours(24 * 30));
  EXPECT_EQ(EraseDue(), "");
  // A store that never heard of the erasure: it makes a key of the same name anew.
  eventstore::KeyStoreOptions options;
  options.path = "/older";
  options.scratch_key = std::string(32, 'k');
  options.env = stores_.env.get();
  GS_ASSERT_OK_AND_ASSIGN(const auto older, eventstore::KeyStore::Open(options));
  GS_ASSERT_OK(older->CreateKey(kStream, eventstore::Durability::kNow));
  GS_ASSERT_OK(older->PutLookup(kStream, "ana@example.org", eventstore::Durability::kNow));
  GS_ASSERT_OK(ReapplyErasures(*stores_.log, *older));
  EXPECT_THAT(older->FindKey(kStream), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(older->CreateKey(kStream, eventstore::Durability::kNow),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  GS_ASSERT_OK_AND_ASSIGN(const auto found, older->FindLookup("ana@example.org"));
  EXPECT_TRUE(found.empty());
}

// The processor of this test has no gate: the eraser asks by itself.
TEST_F(EraserTest, BeginsNothingAndDestroysNoKeyWhileTheGateIsShut) {
  bool synchronised = false;
  ClockGuard guard({&clock_, nullptr, [&] { return synchronised; }, nullptr});
  WriteGate gate(guard);
  Schedule();
  const int64_t scheduled = store_->Head();
  EXPECT_EQ(EraseDue(&gate), "") << "nothing is due, so nothing is refused";
  clock_.Set(clock_.Now() + absl::Hours(24 * 30));
  EXPECT_EQ(EraseDue(&gate), "CLOCK_SUSPECT");
  synchronised = true;
  gate.SetReadOnly(true, "");
  EXPECT_EQ(EraseDue(&gate), "READ_ONLY");
  EXPECT_EQ(store_->Head(), scheduled);

  CertificantEvent begun;
  begun.mutable_erasure_begun();
  ASSERT_EQ(Do("server", begun), "");
  EXPECT_EQ(EraseDue(&gate), "READ_ONLY") << "also of one that a crash left half done";
  EXPECT_EQ(Profile(), "Ana Roe/ana@example.org");
  gate.SetReadOnly(false, "");
  EXPECT_EQ(EraseDue(&gate), "");
  EXPECT_EQ(Profile(), "/");
}

TEST_F(EraserTest, CountsRefusalsEachTimeAndTellsThemOnceUntilTheyChange) {
  Schedule();
  CertificantEvent hold;
  hold.mutable_legal_hold_placed()->set_reference("case-7");
  ASSERT_EQ(Do("s1", hold), "");
  clock_.Set(clock_.Now() + absl::Hours(24 * 60));
  ClockGuard guard({&clock_, nullptr, nullptr, nullptr});
  WriteGate gate(guard);
  RefusalCounts refusals;
  std::vector<std::string> told;
  Eraser eraser(*stores_.log, *stores_.keys, *processor_, time_, clock_,
                {&gate, &refusals, [&](const auto& reason, auto persons) {
                   told.push_back(absl::StrCat(reason, " ", persons));
                 }});
  EXPECT_FALSE(eraser.EraseDue().ok());
  EXPECT_FALSE(eraser.EraseDue().ok());
  EXPECT_THAT(told, ElementsAre("LEGAL_HOLD 1"));
  gate.SetReadOnly(true, "");
  EXPECT_FALSE(eraser.EraseDue().ok());
  gate.SetReadOnly(false, "");
  EXPECT_FALSE(eraser.EraseDue().ok());
  EXPECT_THAT(told, ElementsAre("LEGAL_HOLD 1", "READ_ONLY 1", "LEGAL_HOLD 1"));
  CertificantEvent lifted;
  lifted.mutable_legal_hold_lifted()->set_reference("case-7");
  ASSERT_EQ(Do("s1", lifted), "");
  GS_EXPECT_OK(eraser.EraseDue());
  EXPECT_EQ(told.size(), 3U) << "what is done is in the log";

  std::vector<std::pair<std::string, int64_t>> counts;
  AddRefusals(refusals, counts);
  std::erase_if(counts, [](const auto& count) { return count.second == 0; });
  EXPECT_THAT(counts, UnorderedElementsAre(Pair("LEGAL_HOLD", 3), Pair("READ_ONLY", 1)));
}

TEST_F(EraserTest, NothingMoreIsRecordedAboutThePerson) {
  Schedule();
  clock_.Set(clock_.Now() + absl::Hours(24 * 30));
  EXPECT_EQ(EraseDue(), "");
  CertificantEvent registered;
  registered.mutable_certificant_registered()->set_name("Ana Roe");
  EXPECT_EQ(Do("s1", registered), "CERTIFICANT_EXISTS") << "the id stays taken";
  CertificantEvent renamed;
  renamed.mutable_profile_changed()->set_name("Ana Roe");
  EXPECT_EQ(Do("s1", renamed), "CERTIFICANT_ERASED");
}

TEST_F(EraserTest, LooksByItself) {
  Schedule();
  const int64_t scheduled = store_->Head();
  clock_.Set(clock_.Now() + absl::Hours(24 * 29));
  Eraser eraser(*stores_.log, *stores_.keys, *processor_, time_, clock_);
  eraser.EraseEach(absl::Milliseconds(1));
  clock_.Set(clock_.Now() + absl::Hours(24));
  const int64_t done = scheduled + 4;
  EXPECT_GE(store_->WaitForHead(done, absl::Minutes(1)), done);
}

}  // namespace
}  // namespace goodstanding::services
