// Erasures in a process that is killed at any moment of them, again and again: each is carried out
// once in the end, the key of nobody else is touched, and no name can be read in any file.
//
// GOODSTANDING_ERASURE_KILLS=1000 for a long run; GOODSTANDING_CRASH_SEED=N repeats one.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "eventstore/seal.h"
#include "gtest/gtest.h"
#include "projections/codec.h"
#include "services/board_time.h"
#include "services/command_processor.h"
#include "services/eraser.h"
#include "tests/crash/running_server.h"
#include "tests/support/own_child.h"
#include "tests/support/status_matchers.h"
#include "tools/scratch_folder.h"
#include "verify/database.h"

namespace goodstanding::testing {
namespace {

using event::v1::CertificantEvent;
using services::BoardTime;
using services::CommandProcessor;

constexpr int kPersonsPerBoard = 60;  // Every third stays.
constexpr char kSurname[] = "Quillfeather";
constexpr char kChildVariable[] = "GOODSTANDING_ERASURE_CHILD";

bool IsErased(int person) { return person % 3 != 0; }

std::string StreamOf(int person) { return absl::StrCat("certificant/p", person); }

// A log, its keys and what decides, on a folder, at a moment.
struct Board {
  Board(const std::string& folder, absl::Time now) : clock(now) {
    eventstore::Options log_options;
    log_options.path = folder + "/log";
    log_options.clock = &clock;
    log_options.memtable_bytes = 64 << 10;
    log = eventstore::EventStore::Open(log_options).value();
    eventstore::KeyStoreOptions key_options;
    key_options.path = folder + "/keys";
    key_options.key_file = folder + "/key";
    keys = eventstore::KeyStore::Open(key_options).value();
    GS_EXPECT_OK(services::ReapplyErasures(*log, *keys));
    processor = CommandProcessor::Create(*log, *keys, zone, clock).value();
  }

  absl::Status Do(const std::string& who, int person, CertificantEvent fact) {
    services::Command command;
    command.request_id = absl::StrCat(who, "-", person, "-", fact.event_case());
    command.digest = std::string(32, 'd');
    command.actor.set_issuer("spiffe://board");
    command.actor.set_subject(who);
    services::Proposal& proposal = command.proposals.emplace_back();
    proposal.id = absl::StrCat("p", person);
    proposal.fact = std::move(fact);
    absl::Status status;
    processor->Execute(std::move(command),
                       [&status](const auto& result) { status = result.status(); });
    processor->Drain();
    return status;
  }

  ManualClock clock;
  const BoardTime zone = BoardTime::Load("America/New_York").value();
  std::unique_ptr<eventstore::EventStore> log;
  std::unique_ptr<eventstore::KeyStore> keys;
  std::unique_ptr<CommandProcessor> processor;
};

const absl::Time kAsked = absl::FromUnixSeconds(1'758'000'000);
const absl::Time kDue = kAsked + absl::Hours(24 * 31);

void Populate(const std::string& folder) {
  Board board(folder, kAsked);
  for (int person = 0; person < kPersonsPerBoard; ++person) {
    CertificantEvent registered;
    registered.mutable_certificant_registered()->set_name(absl::StrCat(kSurname, " ", person));
    registered.mutable_certificant_registered()->set_email(
        absl::StrCat(absl::AsciiStrToLower(kSurname), person, "@example.org"));
    GS_ASSERT_OK(board.Do("s1", person, registered));
    if (!IsErased(person)) continue;
    CertificantEvent requested;
    requested.mutable_erasure_requested()->set_reason(absl::StrCat(kSurname, " asked"));
    GS_ASSERT_OK(board.Do("s1", person, requested));
    CertificantEvent confirmed;
    confirmed.mutable_erasure_scheduled();
    GS_ASSERT_OK(board.Do("s2", person, confirmed));
  }
}

// What is done when erasures are due; the child says that it has begun and that it is through.
absl::Status EraseAll(const std::string& folder, int pipe) {
  Board board(folder, kDue);
  if (write(pipe, "b", 1) != 1) return absl::InternalError("nobody reads");
  services::Eraser eraser(*board.log, *board.keys, *board.processor, board.zone, board.clock);
  return eraser.EraseDue();
}

void BeChildIfOrdered() {
  const char* const order = std::getenv(kChildVariable);
  if (order == nullptr) return;
  const std::string text = order;
  const size_t space = text.find(' ');
  int pipe = 0;
  if (space == std::string::npos || !absl::SimpleAtoi(text.substr(space + 1), &pipe)) _exit(8);
  _exit(EraseAll(text.substr(0, space), pipe).ok() ? 0 : 4);
}

pid_t StartChild(const std::string& folder, const int (&ends)[2]) {
  return StartOwnChild(absl::StrCat(kChildVariable, "=", folder, " ", ends[1]),
                       "--gtest_filter=ErasureCrash.*", ends[0]);
}

// Whether the child was killed; false where it came to its end before.
bool EraseAndKill(const std::string& folder, std::mt19937_64& random) {
  constexpr uint64_t kMostSteps = 20'000'000;  // Some 100 ms: on a busy disk what it needs for all.
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = StartChild(folder, ends);
  close(ends[1]);
  char begun = 0;
  EXPECT_EQ(read(ends[0], &begun, 1), 1) << "the child did not come up";
  for (uint64_t steps = random() % kMostSteps; steps > 0; --steps) random();
  kill(child, SIGKILL);
  close(ends[0]);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  if (WIFSIGNALED(status)) return true;
  EXPECT_EQ(WEXITSTATUS(status), 0);
  return false;
}

// What every file under the folder holds, and what the databases in it hold unpacked.
std::string EverythingIn(const std::string& folder) {
  std::string all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    all.append(std::istreambuf_iterator<char>(file), {});
  }
  for (const char* const name : {"/log", "/keys"}) {
    const auto database = verify::Database::Open(folder + name, nullptr);
    EXPECT_TRUE(database.ok()) << database.status();
    if (!database.ok()) continue;
    for (const auto& [family, handle] : (*database)->families()) {
      for (verify::Scan rows(**database, family, "", ""); rows.Valid(); rows.Next()) {
        absl::StrAppend(&all, rows.key(), rows.value());
      }
    }
  }
  return all;
}

class ErasureCrash : public ::testing::Test {
 protected:
  void SetUp() override {
    BeChildIfOrdered();
    std::cout << "GOODSTANDING_CRASH_SEED=" << seed_ << std::endl;
  }

  void StartAnew() {
    scratch_ = nullptr;
    auto scratch = tools::ScratchFolder::Create();
    ASSERT_TRUE(scratch.ok()) << scratch.status();
    scratch_ = *std::move(scratch);
    ASSERT_NO_FATAL_FAILURE(Populate(folder()));
  }

  std::string folder() const { return scratch_->path(); }

  // How often each person's erasure was begun and completed; whose name can be read.
  struct Found {
    std::map<int, int> begun;
    std::map<int, int> completed;
    std::map<int, std::string> names;
  };
  Found Look() {
    Found found;
    const Board board(folder(), kDue);
    for (int person = 0; person < kPersonsPerBoard; ++person) {
      GS_EXPECT_OK(board.log->VisitStream(
          StreamOf(person), [&](const eventstore::Record& record) -> absl::Status {
            auto event = projections::DecodeCertificant(record);
            GS_EXPECT_OK(event.status());
            GS_EXPECT_OK(eventstore::OpenPersonalFields(*board.keys, StreamOf(person),
                                                        record.kind(), &*event)
                             .status());
            if (event->has_erasure_begun()) ++found.begun[person];
            if (event->has_erasure_completed()) ++found.completed[person];
            if (event->has_certificant_registered()) {
              found.names[person] = event->certificant_registered().name();
            }
            return absl::OkStatus();
          }));
    }
    return found;
  }

  // Opening the stores has applied again what the log says.
  void CheckBetween() {
    Found found = Look();
    for (int person = 0; person < kPersonsPerBoard; ++person) {
      SCOPED_TRACE(absl::StrCat("person ", person));
      EXPECT_LE(found.begun[person], IsErased(person) ? 1 : 0);
      EXPECT_LE(found.completed[person], found.begun[person]);
      const bool readable = absl::StrContains(found.names[person], kSurname);
      EXPECT_EQ(readable, found.begun[person] == 0) << "a key goes once its end is in the log";
    }
  }

  void CheckEnd() {
    Found found = Look();
    for (int person = 0; person < kPersonsPerBoard; ++person) {
      SCOPED_TRACE(absl::StrCat("person ", person));
      EXPECT_EQ(found.begun[person], IsErased(person) ? 1 : 0);
      EXPECT_EQ(found.completed[person], IsErased(person) ? 1 : 0);
      EXPECT_EQ(absl::StrContains(found.names[person], kSurname), !IsErased(person));
    }
    const std::string all = EverythingIn(folder());
    EXPECT_TRUE(absl::StrContains(all, "s1-7-")) << "the search finds what is there";
    EXPECT_FALSE(absl::StrContains(absl::AsciiStrToLower(all), absl::AsciiStrToLower(kSurname)));
  }

  const uint64_t seed_ = FromEnvironment("GOODSTANDING_CRASH_SEED", 20'251'127);
  const uint64_t kills_ = FromEnvironment("GOODSTANDING_ERASURE_KILLS", 12);
  std::mt19937_64 random_{seed_};
  std::unique_ptr<tools::ScratchFolder> scratch_;
};

TEST_F(ErasureCrash, ConvergesWhereverItIsKilled) {
  ASSERT_NO_FATAL_FAILURE(StartAnew());
  uint64_t ends = 0;
  for (uint64_t kill = 0; kill < kills_ && !HasFailure();) {
    SCOPED_TRACE(absl::StrCat("kill ", kill));
    if (EraseAndKill(folder(), random_)) {
      ++kill;
      CheckBetween();
      continue;
    }
    ++ends;
    CheckEnd();
    ASSERT_NO_FATAL_FAILURE(StartAnew());
  }
  int pipes[2];
  ASSERT_EQ(pipe(pipes), 0);
  GS_EXPECT_OK(EraseAll(folder(), pipes[1]));
  close(pipes[0]);
  close(pipes[1]);
  CheckEnd();
  std::cout << kills_ << " kills, " << ends << " boards erased to the end between them"
            << std::endl;
}

}  // namespace
}  // namespace goodstanding::testing
