#include "eventstore/backup.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "eventstore/checkpoint_issuer.h"
#include "eventstore/signing_key.h"
#include "gmock/gmock.h"
#include "goodstanding/event/v1/log_event.pb.h"
#include "gtest/gtest.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"
#include "tests/eventstore/faults_fixture.h"
#include "tests/eventstore/faulty_file_system.h"
#include "tests/eventstore/store_fixture.h"
#include "tests/support/status_matchers.h"
#include "verify/log_check.h"

namespace goodstanding::eventstore {
namespace {

using ::goodstanding::testing::IsOk;
using ::goodstanding::testing::IsOkAndHolds;
using ::goodstanding::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kAna[] = "certificant/ana";

SealContext NameOf(absl::string_view stream) {
  return {.stream = stream, .kind = "CertificantRegistered", .path = {1}};
}

RequestKey Command(absl::string_view id) {
  return {.scope = "board/clerk", .id = std::string(id), .digest = std::string(32, 'd')};
}

// An event by a command of its own, as a server appends it.
AppendRequest Commanded(absl::string_view id, absl::string_view stream, absl::string_view payload) {
  AppendRequest request;
  request.request = Command(id);
  request.events.push_back(Event(stream, payload));
  request.events.back().set_request_id(std::string(id));
  return request;
}

// OK where the outside check finds no fault in a log.
absl::Status CheckFromOutside(const std::string& path, rocksdb::Env* env) {
  verify::LogCheckOptions options;
  options.path = path;
  options.env = env;
  const auto report = verify::CheckLog(options);
  if (!report.ok()) return report.status();
  if (report->fault_count == 0) return absl::OkStatus();
  const verify::Fault& fault = report->faults.front();
  return absl::DataLossError(absl::StrCat(fault.family, ", ", fault.row, ": ", fault.what));
}

// A log and its keys in one folder, as a server has them.
struct Board {
  std::unique_ptr<EventStore> store;
  std::unique_ptr<KeyStore> keys;
};

absl::StatusOr<Board> OpenBoard(const std::string& folder, const Clock& clock, rocksdb::Env* env) {
  Options log;
  log.path = absl::StrCat(folder, "/log");
  log.clock = &clock;
  log.env = env;
  log.memtable_bytes = 1 << 20;
  Board board;
  auto store = EventStore::Open(log);
  if (!store.ok()) return store.status();
  board.store = *std::move(store);
  KeyStoreOptions keys;
  keys.path = absl::StrCat(folder, "/keys");
  keys.scratch_key = std::string(32, 'k');
  keys.env = env;
  auto key_store = KeyStore::Open(keys);
  if (!key_store.ok()) return key_store.status();
  board.keys = *std::move(key_store);
  return board;
}

class BackupTest : public ::testing::Test {
 protected:
  BackupTest()
      : disk_(std::make_shared<FaultyFileSystem>(rocksdb::FileSystem::Default())),
        env_(std::make_unique<ImpatientEnv>(disk_)),
        clock_(TestTime()) {
    std::filesystem::create_directories(At("/data"));
  }
  ~BackupTest() override { Close(); }

  // A path below the test's own folder.
  std::string At(absl::string_view path) const { return folder_.path(path.substr(1)); }
  rocksdb::Env& env() { return *env_; }

  void Open(const std::string& folder = "/data") {
    Close();
    GS_ASSERT_OK_AND_ASSIGN(board_, OpenBoard(At(folder), clock_, &env()));
  }
  void Close() { board_ = Board(); }
  EventStore& store() { return *board_.store; }
  KeyStore& keys() { return *board_.keys; }

  // Appends `count` events, each by a request of its own, over 16 streams.
  void Grow(int count) {
    for (int i = 0; i < count; ++i) {
      ++appended_;
      GS_ASSERT_OK(
          store().Append(Commanded(absl::StrCat("r", appended_), absl::StrCat("s", appended_ % 16),
                                   absl::StrCat("event ", appended_))));
    }
  }

  BackupOptions To(const std::string& folder = "/backup") {
    BackupOptions options;
    options.folder = At(folder);
    options.env = &env();
    return options;
  }

  RestoreOptions From(const std::string& folder = "/backup") {
    RestoreOptions options;
    options.backup_folder = At(folder);
    options.data_folder = At("/restored");
    options.clock = &clock_;
    options.env = &env();
    options.check_log = [this](const std::string& log) { return CheckFromOutside(log, &env()); };
    return options;
  }

  // The payloads of the first `size` events.
  std::vector<std::string> Events(int64_t size) {
    std::vector<std::string> events;
    GS_EXPECT_OK(store().VisitLog(1, size, [&](const Record& record) {
      events.push_back(record.SerializeAsString());
      return absl::OkStatus();
    }));
    return events;
  }

  const ScratchFolder folder_ = ScratchFolder::InMemory();
  const std::shared_ptr<FaultyFileSystem> disk_;
  const std::unique_ptr<rocksdb::Env> env_;
  ManualClock clock_;
  Board board_;
  int appended_ = 0;
};

TEST_F(BackupTest, RestoresEveryEventUnderANewOrigin) {
  Open();
  GS_ASSERT_OK(keys().CreateKey(kAna, Durability::kNow));
  GS_ASSERT_OK_AND_ASSIGN(const std::string sealed, keys().Seal(NameOf(kAna), "Ana"));
  Grow(1000);
  const std::vector<std::string> events = Events(1000);
  const std::string origin = store().Origin();
  GS_ASSERT_OK_AND_ASSIGN(const Hash root, store().TreeRoot(1000));
  GS_ASSERT_OK_AND_ASSIGN(const Backup backup, BackUp(store(), keys(), To()));
  EXPECT_EQ(backup.id, 1);
  EXPECT_EQ(backup.origin, origin);
  EXPECT_EQ(backup.size, 1000);
  EXPECT_EQ(backup.root, root);
  EXPECT_GT(backup.bytes, 0);
  Grow(10);  // Lost.

  clock_.Set(TestTime() + absl::Hours(1));
  GS_ASSERT_OK_AND_ASSIGN(const RestoredLog restored, Restore(From()));
  EXPECT_EQ(restored.old_origin, origin);
  EXPECT_EQ(restored.size, 1000);
  EXPECT_NE(restored.origin, origin);

  Open("/restored");
  EXPECT_EQ(store().Origin(), restored.origin);
  EXPECT_THAT(store().FormerOrigins(), ElementsAre(FormerOrigin{.origin = origin, .size = 1000}));
  EXPECT_EQ(store().Head(), 1001);
  EXPECT_EQ(Events(1000), events);
  EXPECT_THAT(store().TreeRoot(1000), IsOkAndHolds(root));
  GS_ASSERT_OK_AND_ASSIGN(const Page page, store().ReadLog(1001, Direction::kForward, 1));
  const Record& first = page.records.at(0);
  EXPECT_EQ(first.stream(), "log/origin");
  EXPECT_EQ(first.version(), 1);
  EXPECT_EQ(first.kind(), "LogRestored");
  EXPECT_EQ(first.recorded_micros(), absl::ToUnixMicros(TestTime() + absl::Hours(1)));
  event::v1::LogEvent event;
  ASSERT_TRUE(event.ParseFromString(first.payload()));
  EXPECT_EQ(event.log_restored().old_origin(), origin);
  EXPECT_EQ(event.log_restored().size(), 1000);
  EXPECT_EQ(event.log_restored().root(), BytesOf(root));

  EXPECT_THAT(keys().Unseal(NameOf(kAna), sealed), IsOkAndHolds("Ana"));
  GS_ASSERT_OK_AND_ASSIGN(const auto repeated, store().FindRequest(Command("r7")));
  EXPECT_TRUE(repeated.has_value()) << "a command before the backup is known";
  GS_ASSERT_OK_AND_ASSIGN(const auto lost, store().FindRequest(Command("r1005")));
  EXPECT_FALSE(lost.has_value()) << "one after it is not";
  Grow(10);
  EXPECT_EQ(store().Head(), 1011);
  Close();
  GS_EXPECT_OK(CheckFromOutside(At("/restored/log"), &env()));
}

TEST_F(BackupTest, RestoresAnEmptyLog) {
  Open();
  GS_ASSERT_OK(BackUp(store(), keys(), To()));
  RestoreOptions options = From();
  options.data_folder += "/";  // As a shell completes it.
  GS_ASSERT_OK_AND_ASSIGN(const RestoredLog restored, Restore(options));
  EXPECT_EQ(restored.size, 0);
  Open("/restored");
  EXPECT_EQ(store().Head(), 1);
  Close();
  GS_EXPECT_OK(CheckFromOutside(At("/restored/log"), &env()));
}

TEST_F(BackupTest, NamesEveryLogThatItGoesOnFrom) {
  Open();
  Grow(5);
  const std::string first = store().Origin();
  GS_ASSERT_OK(BackUp(store(), keys(), To()));
  GS_ASSERT_OK(Restore(From()));
  Open("/restored");
  Grow(4);
  const std::string second = store().Origin();
  GS_ASSERT_OK(BackUp(store(), keys(), To())) << "the restored log goes on with the folder";
  RestoreOptions again = From();
  again.data_folder = At("/again");
  GS_ASSERT_OK(Restore(again));
  Open("/again");
  EXPECT_THAT(store().FormerOrigins(), ElementsAre(FormerOrigin{.origin = first, .size = 5},
                                                   FormerOrigin{.origin = second, .size = 10}));
  Close();
  GS_EXPECT_OK(CheckFromOutside(At("/again/log"), &env()));

  // The log that was left behind has no place in the folder any more.
  Open("/data");
  Grow(20);
  EXPECT_THAT(BackUp(store(), keys(), To()),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(second)));
}

// No two checkpoints of one origin disagree.
TEST_F(BackupTest, SignsCheckpointsOfTheNewOriginAlone) {
  const auto issuer = [this] {
    return std::make_unique<CheckpointIssuer>(
        store(),
        std::make_unique<const SigningKey>(store().Origin(), NoteKeyType::kEd25519,
                                           std::string(32, 's')),
        std::vector<NoteKey>());
  };
  Open();
  Grow(5);
  GS_ASSERT_OK(issuer()->AtLeast(5));
  Grow(2);
  GS_ASSERT_OK(BackUp(store(), keys(), To()));
  GS_ASSERT_OK(Restore(From()));
  Open("/restored");
  // The newest one that is stored is still that of the old origin.
  GS_ASSERT_OK_AND_ASSIGN(const auto issued, issuer()->AtLeast(3));
  EXPECT_EQ(issued.size, 8);
  GS_ASSERT_OK_AND_ASSIGN(const Note note, Note::Parse(issued.note));
  GS_ASSERT_OK_AND_ASSIGN(const Checkpoint checkpoint, Checkpoint::Parse(note.text));
  EXPECT_EQ(checkpoint.origin, store().Origin());
  GS_ASSERT_OK_AND_ASSIGN(const auto old, store().FindCheckpoint(7));
  ASSERT_TRUE(old.has_value());
  EXPECT_THAT(old->note, HasSubstr(store().FormerOrigins().front().origin));
}

TEST_F(BackupTest, PutsAKeyOfTheNewOriginBeforeTheOldOne) {
  const std::string file = At("/signing.key");
  const auto key_names = [&] {
    std::vector<std::string> names;
    const auto keys = OpenSigningKeys(file, store(), SecureRandom());
    EXPECT_THAT(keys, IsOk());
    for (const auto& key : *keys) names.push_back(key->public_key().name);
    return names;
  };
  Open();
  const std::string first = store().Origin();
  EXPECT_THAT(key_names(), ElementsAre(first));
  EXPECT_THAT(key_names(), ElementsAre(first));
  GS_ASSERT_OK(BackUp(store(), keys(), To()));
  GS_ASSERT_OK(Restore(From()));
  Open("/restored");
  EXPECT_THAT(key_names(), ElementsAre(store().Origin(), first));
  EXPECT_THAT(key_names(), ElementsAre(store().Origin(), first)) << "once";
}

TEST_F(BackupTest, HasWhatWasAcknowledgedWhileWritersGoOn) {
  constexpr int kWriters = 8;
  constexpr int kBackups = 4;
  const std::string payload(200, 'p');
  Open();
  std::atomic<bool> stop = false;
  std::atomic<int64_t> acknowledged = 0;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; !stop; ++i) {
        const auto outcome = store().Append(
            Commanded(absl::StrCat(writer, "-", i), absl::StrCat("w", writer), payload));
        ASSERT_THAT(outcome, IsOk());
        int64_t known = acknowledged;
        while (known < outcome->last_position &&
               !acknowledged.compare_exchange_weak(known, outcome->last_position)) {
        }
      }
    });
  }
  std::vector<Backup> backups;
  for (int i = 0; i < kBackups; ++i) {
    store().WaitForHead(store().Head() + 2000, absl::Seconds(60));
    const int64_t before = acknowledged;
    const auto backup = BackUp(store(), keys(), To());
    EXPECT_THAT(backup, IsOk());
    if (!backup.ok()) break;
    EXPECT_GE(backup->size, before);
    EXPECT_LE(backup->size, store().Head());
    backups.push_back(*backup);
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
  ASSERT_THAT(backups, SizeIs(kBackups));

  for (const Backup& backup : backups) {
    SCOPED_TRACE(absl::StrCat("backup ", backup.id));
    RestoreOptions options = From();
    options.id = backup.id;
    options.data_folder = At(absl::StrCat("/restored", backup.id));
    GS_ASSERT_OK_AND_ASSIGN(const RestoredLog restored, Restore(options));
    EXPECT_EQ(restored.size, backup.size);
    EXPECT_THAT(store().TreeRoot(backup.size), IsOkAndHolds(backup.root));
  }
}

TEST_F(BackupTest, CopiesLittleTheSecondTime) {
  Open();
  std::mt19937_64 random(TestSeed(5));
  AppendRequest request;
  for (int i = 0; i < 50'000; ++i) {
    std::string payload(100, '\0');
    for (char& byte : payload) byte = static_cast<char>(random());
    request.events.push_back(Event(absl::StrCat("s", i % 100), payload));
  }
  GS_ASSERT_OK(store().Append(std::move(request)));
  std::map<BackupStep, int64_t> copied;
  BackupOptions options = To();
  options.progress = [&](BackupStep step, int64_t bytes) {
    copied[step] = std::max(copied[step], bytes);
    return true;
  };
  GS_ASSERT_OK_AND_ASSIGN(const Backup first, BackUp(store(), keys(), options));
  const int64_t first_bytes = copied[BackupStep::kCopyLog];
  EXPECT_GT(first_bytes, 8 << 20);
  copied.clear();
  Grow(10);
  GS_ASSERT_OK_AND_ASSIGN(const Backup second, BackUp(store(), keys(), options));
  EXPECT_EQ(second.size, first.size + 10);
  EXPECT_LT(copied[BackupStep::kCopyLog], first_bytes / 4);
  EXPECT_TRUE(copied.contains(BackupStep::kCheckLog));
  EXPECT_TRUE(copied.contains(BackupStep::kCopyKeys));
  EXPECT_TRUE(copied.contains(BackupStep::kCheckKeys));
}

TEST_F(BackupTest, ListsAndKeepsTheNewest) {
  EXPECT_THAT(ListBackups(At("/backup"), &env()), StatusIs(absl::StatusCode::kNotFound));
  Open();
  for (int i = 0; i < 3; ++i) {
    Grow(10);
    GS_ASSERT_OK(BackUp(store(), keys(), To()));
  }
  GS_ASSERT_OK_AND_ASSIGN(const auto all, ListBackups(At("/backup"), &env()));
  ASSERT_THAT(all, SizeIs(3));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(all[i].id, i + 1);
    EXPECT_EQ(all[i].size, 10 * (i + 1));
    EXPECT_EQ(all[i].origin, store().Origin());
    EXPECT_THAT(store().TreeRoot(all[i].size), IsOkAndHolds(all[i].root));
    EXPECT_EQ(all[i].fault, "");
  }
  BackupOptions options = To();
  options.keep = 2;
  GS_ASSERT_OK(BackUp(store(), keys(), options));
  GS_ASSERT_OK_AND_ASSIGN(const auto kept, ListBackups(At("/backup"), &env()));
  ASSERT_THAT(kept, SizeIs(2));
  EXPECT_EQ(kept[0].id, 3);
  EXPECT_EQ(kept[1].id, 4);
  RestoreOptions gone = From();
  gone.id = 1;
  EXPECT_THAT(Restore(gone), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(BackupTest, ForgetsDestroyedKeysWithTheNextBackup) {
  Open();
  GS_ASSERT_OK(keys().CreateKey(kAna, Durability::kNow));
  GS_ASSERT_OK_AND_ASSIGN(const std::string sealed, keys().Seal(NameOf(kAna), "Ana"));
  Grow(1);
  GS_ASSERT_OK(BackUp(store(), keys(), To()));
  GS_ASSERT_OK(keys().DestroyKey(kAna));
  GS_ASSERT_OK(BackUp(store(), keys(), To()));
  RestoreOptions older = From();
  older.id = 1;
  GS_ASSERT_OK(Restore(older));
  Open("/restored");
  EXPECT_THAT(keys().Unseal(NameOf(kAna), sealed), StatusIs(absl::StatusCode::kNotFound));
  std::vector<std::string> copies;
  ASSERT_TRUE(env().GetChildren(At("/backup/keys/meta"), &copies).ok());
  EXPECT_THAT(copies, SizeIs(1)) << "the copy with the key is gone";
}

TEST_F(BackupTest, TakesOneWriterAtATime) {
  Open();
  Grow(1);
  absl::Status second;
  BackupOptions options = To();
  options.progress = [&](BackupStep step, int64_t) {
    if (step == BackupStep::kCheckLog) second = BackUp(store(), keys(), To()).status();
    return true;
  };
  GS_EXPECT_OK(BackUp(store(), keys(), options));
  EXPECT_THAT(second, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("/backup")));
}

TEST_F(BackupTest, StopsWhenToldTo) {
  Open();
  Grow(5);
  GS_ASSERT_OK(BackUp(store(), keys(), To()));
  for (const BackupStep at : {BackupStep::kCopyLog, BackupStep::kCheckLog, BackupStep::kCopyKeys,
                              BackupStep::kCheckKeys}) {
    SCOPED_TRACE(static_cast<int>(at));
    BackupOptions options = To();
    options.progress = [at](BackupStep step, int64_t) { return step != at; };
    EXPECT_THAT(BackUp(store(), keys(), options), StatusIs(absl::StatusCode::kCancelled));
    GS_ASSERT_OK_AND_ASSIGN(const auto backups, ListBackups(At("/backup"), &env()));
    EXPECT_EQ(backups.front().id, 1);
    EXPECT_EQ(backups.front().fault, "");
  }
  for (const BackupStep at : {BackupStep::kCopyLog, BackupStep::kCheckLog, BackupStep::kCopyKeys,
                              BackupStep::kCheckKeys, BackupStep::kStartOrigin}) {
    SCOPED_TRACE(static_cast<int>(at));
    RestoreOptions options = From();
    options.id = 1;
    options.progress = [at](BackupStep step, int64_t) { return step != at; };
    EXPECT_THAT(Restore(options), StatusIs(absl::StatusCode::kCancelled));
    EXPECT_TRUE(env().FileExists(At("/restored")).IsNotFound());
  }
  GS_EXPECT_OK(BackUp(store(), keys(), To()));
  GS_EXPECT_OK(Restore(From()));
}

TEST_F(BackupTest, RefusesWhatCannotBeRestored) {
  EXPECT_THAT(Restore(From()), StatusIs(absl::StatusCode::kNotFound));
  Open();
  Grow(5);
  GS_ASSERT_OK(BackUp(store(), keys(), To()));

  RestoreOptions unknown = From();
  unknown.id = 9;
  EXPECT_THAT(Restore(unknown), StatusIs(absl::StatusCode::kNotFound, HasSubstr("backup 9")));

  RestoreOptions taken = From();
  taken.data_folder = At("/data");
  EXPECT_THAT(Restore(taken), StatusIs(absl::StatusCode::kAlreadyExists));

  RestoreOptions distrusted = From();
  distrusted.check_log = [](const std::string&) { return absl::DataLossError("a fault"); };
  EXPECT_THAT(Restore(distrusted), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("a fault")));

  // The log was copied, and its keys were not.
  BackupOptions cut = To();
  cut.progress = [](BackupStep step, int64_t) { return step != BackupStep::kCopyKeys; };
  EXPECT_THAT(BackUp(store(), keys(), cut), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(Restore(From()), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("keys")));
  GS_ASSERT_OK_AND_ASSIGN(const auto backups, ListBackups(At("/backup"), &env()));
  ASSERT_THAT(backups, SizeIs(2));
  EXPECT_EQ(backups[0].fault, "");
  EXPECT_THAT(backups[1].fault, HasSubstr("keys"));
  EXPECT_TRUE(env().FileExists(At("/restored")).IsNotFound());
  GS_ASSERT_OK(BackUp(store(), keys(), To()));
  RestoreOptions second = From();
  second.id = 2;
  GS_EXPECT_OK(Restore(second)) << "newer keys have what it needs";
}

// All files below a folder of the real file system.
std::vector<std::string> FilesBelow(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string ReadFile(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

TEST(BackupFiles, RefusesAFlippedByteInEveryFile) {
  std::mt19937_64 random(TestSeed(8));
  const ScratchFolder folder = ScratchFolder::InMemory();
  const ManualClock clock(TestTime());
  std::filesystem::create_directories(folder.path("data"));
  GS_ASSERT_OK_AND_ASSIGN(Board board, OpenBoard(folder.path("data"), clock, nullptr));
  GS_ASSERT_OK(board.keys->CreateKey(kAna, Durability::kNow));
  BackupOptions options;
  options.folder = folder.path("backup");
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 300; ++j) {
      GS_ASSERT_OK(board.store->Append(AppendTo(absl::StrCat("s", j), i, {"payload"})));
    }
    GS_ASSERT_OK(BackUp(*board.store, *board.keys, options));
  }
  RestoreOptions restore;
  restore.backup_folder = options.folder;
  restore.data_folder = folder.path("restored");
  restore.clock = &clock;
  restore.check_log = [](const std::string& log) { return CheckFromOutside(log, nullptr); };

  int refused = 0;
  for (const std::string& file : FilesBelow(options.folder)) {
    const std::string bytes = ReadFile(file);
    if (bytes.empty()) continue;
    std::string flipped = bytes;
    const size_t at = random() % bytes.size();
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << (random() % 8)));
    SCOPED_TRACE(absl::StrCat(file, ", byte ", at));
    WriteFile(file, flipped);
    // The newest backup needs no file of the older one alone.
    const absl::StatusOr<RestoredLog> restored = Restore(restore);
    if (restored.ok()) {
      EXPECT_EQ(restored->size, 600) << "it went back to the older backup in silence";
      std::filesystem::remove_all(restore.data_folder);
    } else {
      ++refused;
      EXPECT_FALSE(std::filesystem::exists(restore.data_folder));
    }
    WriteFile(file, bytes);
  }
  // Of the newest one: tables, MANIFEST, CURRENT, OPTIONS and write-ahead logs of log and keys.
  EXPECT_GE(refused, 10);
  GS_EXPECT_OK(Restore(restore));
}

// RocksDB believes that byte of a table without a checksum.
TEST(BackupFiles, RefusesAFlippedVersionOfATable) {
  const ScratchFolder folder = ScratchFolder::InMemory();
  const ManualClock clock(TestTime());
  std::filesystem::create_directories(folder.path("data"));
  GS_ASSERT_OK_AND_ASSIGN(Board board, OpenBoard(folder.path("data"), clock, nullptr));
  GS_ASSERT_OK(board.keys->CreateKey(kAna, Durability::kNow));
  GS_ASSERT_OK(board.store->Append(AppendTo("s", 0, {"payload"})));
  BackupOptions options;
  options.folder = folder.path("backup");
  GS_ASSERT_OK(BackUp(*board.store, *board.keys, options));
  RestoreOptions restore;
  restore.backup_folder = options.folder;
  restore.data_folder = folder.path("restored");
  restore.clock = &clock;
  restore.check_log = [](const std::string& log) { return CheckFromOutside(log, nullptr); };

  int tables = 0;
  for (const std::string& file : FilesBelow(options.folder)) {
    if (!absl::EndsWith(file, ".sst")) continue;
    ++tables;
    std::string bytes = ReadFile(file);
    char& version = bytes[bytes.size() - 12];
    version = static_cast<char>(version ^ 4);
    WriteFile(file, bytes);
  }
  EXPECT_GT(tables, 0);
  EXPECT_THAT(Restore(restore), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(BackUp(*board.store, *board.keys, options), StatusIs(absl::StatusCode::kDataLoss));
}

// Every change of the disk fails from some one on, and the power goes.

// From one cut to the next: a few operations, or one where GS_BACKUP_CUTS is set.
int64_t NextCut(std::mt19937_64& random) {
  constexpr int64_t kLongest = 24;
  return std::getenv("GS_BACKUP_CUTS") != nullptr ? 1
                                                  : 1 + static_cast<int64_t>(random() % kLongest);
}

TEST_F(BackupTest, RestoreLeavesNothingOrAllWhereverItIsCut) {
  std::mt19937_64 random(TestSeed(21));
  Open();
  Grow(20);
  GS_ASSERT_OK(BackUp(store(), keys(), To()));
  Close();
  disk_->FailAfter(INT64_MAX);
  GS_ASSERT_OK(Restore(From()));
  const int64_t operations = disk_->operations();
  GS_ASSERT_OK(CheckFromOutside(At("/restored/log"), &env()));
  ASSERT_GT(operations, 20);

  constexpr int64_t kEnd = 8;  // The last operations are cut one by one.
  int complete = 0;
  for (int64_t last = 0; last <= operations;
       last += std::min(NextCut(random), std::max<int64_t>(1, operations - kEnd - last))) {
    SCOPED_TRACE(absl::StrCat("cut behind operation ", last, " of ", operations));
    RestoreOptions options = From();
    options.data_folder = At(absl::StrCat("/cut", last));
    disk_->FailAfter(last);
    const absl::StatusOr<RestoredLog> restored = Restore(options);
    disk_->PowerCut(random);
    const bool is_there = env().FileExists(options.data_folder).ok();
    EXPECT_TRUE(is_there || !restored.ok());
    const absl::Status again = is_there ? absl::OkStatus() : Restore(options).status();
    GS_ASSERT_OK(again) << "what was left over is in the way";
    complete += is_there ? 1 : 0;
    GS_ASSERT_OK(CheckFromOutside(absl::StrCat(options.data_folder, "/log"), &env()));
    Open(absl::StrCat("/cut", last));
    EXPECT_EQ(store().Head(), 21);
    GS_EXPECT_OK(store().Append(AppendTo("s", 0, {"goes on"})));
    Close();
  }
  EXPECT_GT(complete, 0);
}

TEST_F(BackupTest, BackupLeavesTheEarlierOnesWhereverItIsCut) {
  std::mt19937_64 random(TestSeed(22));
  Open();
  Grow(20);
  GS_ASSERT_OK(BackUp(store(), keys(), To()));
  disk_->FailAfter(INT64_MAX);
  Grow(1);
  GS_ASSERT_OK(BackUp(store(), keys(), To()));
  const int64_t operations = disk_->operations();
  for (int64_t last = 0; last <= operations; last += NextCut(random)) {
    SCOPED_TRACE(absl::StrCat("cut behind operation ", last, " of ", operations));
    disk_->FailAfter(last);
    AppendRequest request;
    request.events.push_back(Event("s", "x"));
    store().Append(request).status().IgnoreError();
    const absl::StatusOr<Backup> made = BackUp(store(), keys(), To());
    Close();
    disk_->PowerCut(random);
    GS_ASSERT_OK_AND_ASSIGN(const auto backups, ListBackups(At("/backup"), &env()));
    EXPECT_EQ(backups.front().id, 1);
    EXPECT_EQ(backups.front().fault, "");
    EXPECT_TRUE(backups.back().fault.empty() || !made.ok()) << backups.back().fault;
    RestoreOptions options = From();
    options.id = 1;
    options.data_folder = At(absl::StrCat("/restored", last));
    GS_ASSERT_OK_AND_ASSIGN(const RestoredLog restored, Restore(options));
    EXPECT_EQ(restored.size, 20);
    Open();
    GS_ASSERT_OK(BackUp(store(), keys(), To()));
  }
}

}  // namespace
}  // namespace goodstanding::eventstore
