// Backups of a running server, and a server on what was restored from them.
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "goodstanding/api/v1/log_service.grpc.pb.h"
#include "gtest/gtest.h"
#include "tests/services/journey.h"
#include "tests/services/service_fixture.h"

namespace goodstanding::services {
namespace {

using api::v1::CreateBackupResponse;
using api::v1::HistoryEvent;
using api::v1::RestoreBackupResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::SizeIs;

class BackupsTest : public ServiceTest {
 protected:
  using Stub = api::v1::OperationsService::Stub;

  static std::unique_ptr<Stub> Operations(const Caller& caller) {
    return api::v1::OperationsService::NewStub(caller.channel());
  }

  // Backs up; gives the last message, and the steps of all.
  grpc::Status BackUp(const std::string& text, CreateBackupResponse* last,
                      std::set<int>* steps = nullptr) {
    grpc::ClientContext context;
    const auto stub = Operations(caller());
    const auto reader = stub->CreateBackup(&context, Text<api::v1::CreateBackupRequest>(text));
    CreateBackupResponse response;
    while (reader->Read(&response)) {
      EXPECT_FALSE(last->has_backup()) << "a message behind the last";
      *last = response;
      if (steps != nullptr) steps->insert(response.step());
    }
    return reader->Finish();
  }

  grpc::Status Restore(const std::string& text, RestoreBackupResponse* last) {
    grpc::ClientContext context;
    const auto stub = Operations(caller());
    const auto reader = stub->RestoreBackup(&context, Text<api::v1::RestoreBackupRequest>(text));
    RestoreBackupResponse response;
    while (reader->Read(&response)) *last = response;
    return reader->Finish();
  }

  // What one question about one person is answered.
  static std::string StandingOf(const Caller& caller, const std::string& id) {
    const auto request = RequestOf("GetStanding", absl::StrCat("certificant_id: '", id, "'"));
    api::v1::GetStandingResponse response;
    const grpc::Status status = caller.Call(*request, &response);
    response.mutable_answer()->clear_applied_position();
    response.mutable_answer()->clear_view_generation();
    return absl::StrCat(ReasonOf(status), " ", response.ShortDebugString());
  }

  static grpc::Status Subscribe(const Caller& caller, const std::string& origin, int64_t position) {
    const auto stub = api::v1::HistoryService::NewStub(caller.channel());
    grpc::ClientContext context;
    api::v1::SubscribeRequest request;
    request.set_origin(origin);
    request.set_after_position(position);
    const auto reader = stub->Subscribe(&context, request);
    api::v1::SubscribeResponse response;
    if (!reader->Read(&response)) return reader->Finish();
    context.TryCancel();
    (void)reader->Finish();
    return grpc::Status::OK;
  }

  std::string Origin(const Caller& caller) {
    api::v1::GetServerStatusResponse status;
    EXPECT_TRUE(caller.Call(api::v1::GetServerStatusRequest(), &status).ok());
    return status.origin();
  }
};

TEST_F(BackupsTest, RestoresAServerThatGoesOn) {
  for (size_t i = 0; i < Journey().size(); ++i) {
    Ask<api::v1::CommandReceipt>(*RequestOf(Journey()[i], absl::StrCat("step-", i)));
  }
  const std::vector<HistoryEvent> events = Log();
  const auto size = static_cast<int64_t>(events.size());
  const std::string old_origin = Origin(caller());
  CreateBackupResponse made;
  std::set<int> steps;
  ASSERT_EQ(ReasonOf(BackUp("", &made, &steps)), "OK");
  EXPECT_EQ(made.backup().backup_id(), 1);
  EXPECT_EQ(made.backup().event_count(), size);
  EXPECT_EQ(made.backup().origin(), old_origin);
  EXPECT_THAT(made.backup().root(), SizeIs(32));
  EXPECT_EQ(made.backup().fault(), "");
  EXPECT_FALSE(steps.empty());
  const auto list = Ask<api::v1::ListBackupsResponse>(api::v1::ListBackupsRequest());
  ASSERT_THAT(list.backups(), SizeIs(1));
  EXPECT_EQ(list.backups(0).ShortDebugString(), made.backup().ShortDebugString());
  const std::string standing = StandingOf(caller(), "ana");
  Certify("late");  // Behind the backup: lost.

  RestoreBackupResponse restored;
  ASSERT_EQ(ReasonOf(Restore("folder_name: 'drill'", &restored)), "OK");
  EXPECT_EQ(restored.restored().event_count(), size);
  EXPECT_EQ(restored.restored().old_origin(), old_origin);
  ServerOptions on_restored = options();
  on_restored.data_dir = restored.restored().folder();
  const auto server = Server::Start(on_restored);
  ASSERT_TRUE(server.ok()) << server.status();
  const Caller other((*server)->InProcessChannel());
  EXPECT_EQ(Origin(other), restored.restored().origin());
  EXPECT_EQ(StandingOf(other, "ana"), standing);
  EXPECT_THAT(StandingOf(other, "late"), HasSubstr("CERTIFICANT_NOT_FOUND"));

  // The events are those of the backup, and one about the log itself.
  api::v1::ListEventsResponse page;
  api::v1::ListEventsRequest list_events;
  list_events.set_page_size(1000);
  ASSERT_TRUE(other.Call(list_events, &page).ok());
  ASSERT_THAT(page.events(), SizeIs(events.size() + 1));
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(page.events(static_cast<int>(i)).SerializeAsString(), events[i].SerializeAsString());
  }
  const HistoryEvent& last = page.events(static_cast<int>(size));
  EXPECT_EQ(last.record().kind(), "LogRestored");
  EXPECT_EQ(last.log().log_restored().old_origin(), old_origin);
  EXPECT_EQ(last.log().log_restored().size(), size);

  // A command that was answered before is answered the same; new ones go on.
  api::v1::CommandReceipt receipt;
  ASSERT_TRUE(other.Call(*RequestOf(Journey()[0], "step-0"), &receipt).ok());
  EXPECT_TRUE(receipt.repeated_request());
  const auto registration = RequestOf("RegisterCertificant",
                                      "header { request_id: 'new' } certificant_id: 'newcomer' "
                                      "name: 'New Comer' email: 'new@example.org'");
  ASSERT_TRUE(other.Call(*registration, &receipt).ok());
  EXPECT_EQ(receipt.position(), size + 2);

  // Checkpoints are of the new origin, whatever size is asked for.
  api::v1::GetCheckpointResponse checkpoint;
  const auto logs = api::v1::LogService::NewStub(other.channel());
  grpc::ClientContext context;
  ASSERT_TRUE(logs->GetCheckpoint(&context, api::v1::GetCheckpointRequest(), &checkpoint).ok());
  EXPECT_THAT(checkpoint.note(), HasSubstr(restored.restored().origin()));
  EXPECT_GT(checkpoint.size(), size);
}

TEST_F(BackupsTest, TellsReadersThatAreAhead) {
  Certify("ana");
  const std::string old_origin = Origin(caller());
  const int64_t size = Head();
  CreateBackupResponse made;
  ASSERT_EQ(ReasonOf(BackUp("", &made)), "OK");
  RestoreBackupResponse restored;
  ASSERT_EQ(ReasonOf(Restore("folder_name: 'new.1'", &restored)), "OK");
  ServerOptions on_restored = options();
  on_restored.data_dir = restored.restored().folder();
  const auto server = Server::Start(on_restored);
  ASSERT_TRUE(server.ok()) << server.status();
  const Caller other((*server)->InProcessChannel());
  const std::string origin = restored.restored().origin();
  struct Row {
    const char* why;
    std::string origin;
    int64_t position;
    const char* reason;
  };
  const Row rows[] = {
      {"from the beginning", old_origin, 0, "OK"},
      {"all that was restored", old_origin, size, "OK"},
      {"one event that is gone", old_origin, size + 1, "LOG_REPLACED"},
      {"many", old_origin, size + 1000, "LOG_REPLACED"},
      {"the new origin", origin, size + 1, "OK"},
      {"no origin, at the head", "", size + 1, "OK"},
      {"no origin, beyond the head", "", size + 2, "POSITION_BEYOND_HEAD"},
      {"the new origin, beyond the head", origin, size + 2, "POSITION_BEYOND_HEAD"},
      {"another log", "goodstanding/other", 0, "LOG_REPLACED"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.why);
    const grpc::Status status = Subscribe(other, row.origin, row.position);
    EXPECT_EQ(ReasonOf(status), row.reason);
    if (std::string(row.reason) != "LOG_REPLACED") continue;
    const Details details = DetailsOf(status);
    const auto& metadata = details.info.metadata();
    EXPECT_EQ(metadata.at("origin"), origin);
    EXPECT_EQ(metadata.at("position"), absl::StrCat(row.origin == old_origin ? size : 0));
    EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  }
}

TEST_F(BackupsTest, KeepsTheNewest) {
  CreateBackupResponse made;
  for (int i = 0; i < 3; ++i) {
    made.Clear();
    ASSERT_EQ(ReasonOf(BackUp(i == 2 ? "keep_count: 2" : "", &made)), "OK");
  }
  const auto list = Ask<api::v1::ListBackupsResponse>(api::v1::ListBackupsRequest());
  ASSERT_THAT(list.backups(), SizeIs(2));
  EXPECT_EQ(list.backups(0).backup_id(), 2);
  EXPECT_EQ(list.backups(1).backup_id(), 3);
}

TEST_F(BackupsTest, SaysWhyNothingWasDone) {
  RestoreBackupResponse response;
  EXPECT_EQ(ReasonOf(Restore("folder_name: 'early'", &response)), "BACKUP_NOT_FOUND");
  EXPECT_THAT(Ask<api::v1::ListBackupsResponse>(api::v1::ListBackupsRequest()).backups(),
              IsEmpty());
  CreateBackupResponse made;
  ASSERT_EQ(ReasonOf(BackUp("", &made)), "OK");
  ASSERT_EQ(ReasonOf(Restore("folder_name: 'taken'", &response)), "OK");

  struct Row {
    const char* why;
    std::string request;
    const char* reason;
    const char* field;
  };
  const Row rows[] = {
      {"no name", "", "INVALID_ARGUMENT", "folder_name"},
      {"a path", "folder_name: 'a/b'", "INVALID_ARGUMENT", "folder_name"},
      {"the folder above", "folder_name: '..'", "INVALID_ARGUMENT", "folder_name"},
      {"a long name", absl::StrCat("folder_name: '", std::string(101, 'a'), "'"),
       "INVALID_ARGUMENT", "folder_name"},
      {"a negative id", "folder_name: 'a' backup_id: -1", "INVALID_ARGUMENT", "backup_id"},
      {"no such backup", "folder_name: 'a' backup_id: 7", "BACKUP_NOT_FOUND", "backup_id"},
      {"the folder is there", "folder_name: 'taken'", "FOLDER_EXISTS", "folder_name"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.why);
    const grpc::Status status = Restore(row.request, &response);
    EXPECT_EQ(ReasonOf(status), row.reason);
    EXPECT_EQ(FieldOf(status), row.field);
  }
  for (const char* keep : {"keep_count: -1", "keep_count: 10001"}) {
    made.Clear();
    EXPECT_EQ(FieldOf(BackUp(keep, &made)), "keep_count");
  }
}

TEST_F(BackupsTest, RefusesADamagedBackup) {
  Certify("ana");
  CreateBackupResponse made;
  ASSERT_EQ(ReasonOf(BackUp("", &made)), "OK");
  for (const auto& file : std::filesystem::recursive_directory_iterator(
           absl::StrCat(options().backup_dir, "/log/shared_checksum"))) {
    std::fstream table(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    table.seekp(100);
    table.put('\x7f');
  }
  RestoreBackupResponse response;
  const grpc::Status status = Restore("folder_name: 'damaged'", &response);
  EXPECT_EQ(ReasonOf(status), "DATA_LOSS");
  EXPECT_THAT(status.error_message(), HasSubstr("Nothing was done"));
  EXPECT_FALSE(std::filesystem::exists(absl::StrCat(options().backup_dir, "/restored/damaged")));
}

TEST_F(BackupsTest, NeedsAFolder) {
  StopServer();
  ServerOptions without = options();
  without.backup_dir.clear();
  const auto server = Server::Start(without);
  ASSERT_TRUE(server.ok()) << server.status();
  const Caller other((*server)->InProcessChannel());
  api::v1::ListBackupsResponse list;
  EXPECT_EQ(ReasonOf(other.Call(api::v1::ListBackupsRequest(), &list)), "BACKUP_NOT_CONFIGURED");
  const auto stub = Operations(other);
  grpc::ClientContext create_context;
  const auto create = stub->CreateBackup(&create_context, api::v1::CreateBackupRequest());
  CreateBackupResponse made;
  EXPECT_FALSE(create->Read(&made));
  EXPECT_EQ(ReasonOf(create->Finish()), "BACKUP_NOT_CONFIGURED");
  grpc::ClientContext restore_context;
  const auto restore = stub->RestoreBackup(&restore_context,
                                           Text<api::v1::RestoreBackupRequest>("folder_name: 'a'"));
  RestoreBackupResponse restored;
  EXPECT_FALSE(restore->Read(&restored));
  EXPECT_EQ(ReasonOf(restore->Finish()), "BACKUP_NOT_CONFIGURED");
}

}  // namespace
}  // namespace goodstanding::services
