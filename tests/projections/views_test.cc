#include "projections/views.h"

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "domain/evaluate.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::projections {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::IsOkAndHolds;
using testing::StatusIs;
using view::v1::CertificantRow;
using view::v1::Checkpoint;

Checkpoint At(int64_t position) {
  Checkpoint checkpoint;
  checkpoint.set_origin("log");
  checkpoint.set_position(position);
  checkpoint.set_schema_version(kViewSchemaVersion);
  checkpoint.set_evaluator_revision(domain::kEvaluatorRevision);
  return checkpoint;
}

// A row of a version whose cycles end in the years.
CertificantRow Row(int64_t version, const std::vector<int>& years) {
  CertificantRow row;
  row.set_version(version);
  for (const int year : years) {
    view::v1::AnswerSpan& answer = *row.add_answers();
    answer.set_first_day(year);
    answer.set_cycle_number(1);
    answer.set_cycle_end_year(year);
  }
  return row;
}

class ViewsTest : public ::testing::Test {
 protected:
  ViewsTest() : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())) { Open(); }

  void Open(absl::string_view origin = "log", int64_t head = 100) {
    views_.reset();
    auto opened = Views::Open(kFolder, origin, head, env_.get());
    ASSERT_THAT(opened, IsOk());
    views_ = *std::move(opened);
  }
  Views& views() { return *views_; }

  void Write(int64_t position, std::map<std::string, CertificantRow> rows,
             std::vector<std::pair<std::string, std::string>> activities = {}) {
    GS_EXPECT_OK(views().Write({std::move(rows), std::move(activities), At(position)}));
  }

  std::vector<std::string> Ids(absl::string_view after = "") {
    std::vector<std::string> ids;
    GS_EXPECT_OK(views().Scan(after, [&](absl::string_view id, const CertificantRow&) {
      ids.emplace_back(id);
      return true;
    }));
    return ids;
  }
  std::vector<std::string> Due(int year, absl::string_view after = "") {
    std::vector<std::string> ids;
    GS_EXPECT_OK(views().ScanDue(year, after, [&](absl::string_view id, const CertificantRow&) {
      ids.emplace_back(id);
      return true;
    }));
    return ids;
  }
  int64_t Version(absl::string_view id) {
    const auto row = views().Get(id);
    EXPECT_THAT(row, IsOk());
    return row->has_value() ? (*row)->version() : 0;
  }

  // Changes the folder behind the back of the views, which are closed.
  void Tamper(const std::function<void(rocksdb::DB&)>& change) {
    views_.reset();
    rocksdb::Options options;
    options.env = env_.get();
    rocksdb::DB* db = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(options, kFolder, &db).ok());
    change(*db);
    delete db;
  }

  static constexpr const char* kFolder = "/views";
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<Views> views_;
};

TEST_F(ViewsTest, ANewFolderIsEmpty) {
  EXPECT_EQ(views().GetCheckpoint().position(), 0);
  EXPECT_EQ(Version("ana"), 0);
  EXPECT_THAT(Ids(), IsEmpty());
  EXPECT_THAT(Due(2025), IsEmpty());
  EXPECT_THAT(views().CertificantsOf("a1"), IsOkAndHolds(IsEmpty()));
}

TEST_F(ViewsTest, HoldsWhatWasWrittenAndKeepsIt) {
  Write(7, {{"ana", Row(3, {2025})}, {"bo", Row(1, {})}}, {{"a1", "bo"}, {"a1", "ana"}});
  for (const bool reopened : {false, true}) {
    if (reopened) Open();
    EXPECT_EQ(views().GetCheckpoint().position(), 7);
    EXPECT_EQ(Version("ana"), 3);
    EXPECT_THAT(Ids(), ElementsAre("ana", "bo"));
    EXPECT_THAT(Due(2025), ElementsAre("ana"));
    EXPECT_THAT(views().CertificantsOf("a1"), IsOkAndHolds(ElementsAre("ana", "bo")));
  }
}

TEST_F(ViewsTest, ScansGoOnBehindAnIdAndStopWhenTold) {
  Write(7, {{"a", Row(1, {2025})}, {"a.b", Row(1, {2025})}, {"ab", Row(1, {2025})}});
  EXPECT_THAT(Ids("a"), ElementsAre("a.b", "ab"));
  EXPECT_THAT(Ids("a.b"), ElementsAre("ab"));
  EXPECT_THAT(Due(2025, "a"), ElementsAre("a.b", "ab"));
  int seen = 0;
  GS_EXPECT_OK(
      views().Scan("", [&](absl::string_view, const CertificantRow&) { return ++seen < 2; }));
  EXPECT_EQ(seen, 2);
}

TEST_F(ViewsTest, ActivitiesWhoseNamesBeginAlikeAreToldApart) {
  Write(7, {}, {{"a", "ana"}, {"a1", "bo"}, {"a.1", "cy"}});
  EXPECT_THAT(views().CertificantsOf("a"), IsOkAndHolds(ElementsAre("ana")));
  EXPECT_THAT(views().CertificantsOf("a1"), IsOkAndHolds(ElementsAre("bo")));
}

TEST_F(ViewsTest, TheDueIndexFollowsTheRow) {
  Write(1, {{"ana", Row(1, {2025, 2028})}, {"bo", Row(1, {2025})}});
  EXPECT_THAT(Due(2025), ElementsAre("ana", "bo"));
  EXPECT_THAT(Due(2028), ElementsAre("ana"));
  Write(2, {{"ana", Row(2, {2028})}});
  EXPECT_THAT(Due(2025), ElementsAre("bo"));
  EXPECT_THAT(Due(2028), ElementsAre("ana"));
  Write(3, {{"ana", Row(3, {})}});
  EXPECT_THAT(Due(2028), IsEmpty());
  EXPECT_THAT(Due(2026), IsEmpty());
}

TEST_F(ViewsTest, AScanDoesNotSeeWhatIsWrittenMeanwhile) {
  Write(1, {{"ana", Row(1, {2025})}, {"bo", Row(1, {2025})}});
  std::vector<int64_t> versions;
  GS_EXPECT_OK(views().ScanDue(2025, "", [&](absl::string_view, const CertificantRow& row) {
    if (versions.empty()) Write(2, {{"bo", Row(2, {2026})}, {"cy", Row(2, {2025})}});
    versions.push_back(row.version());
    return true;
  }));
  EXPECT_THAT(versions, ElementsAre(1, 1));
}

TEST_F(ViewsTest, AStagedGenerationIsUnseenUntilTheSwitch) {
  Write(5, {{"ana", Row(1, {2025})}, {"bo", Row(1, {2025})}}, {{"a1", "ana"}});
  GS_ASSERT_OK(views().Stage({{{"ana", Row(2, {2026})}}, {{"a2", "ana"}}, {}}));
  GS_ASSERT_OK(views().Stage({{{"cy", Row(2, {2026})}}, {}, {}}));
  EXPECT_EQ(Version("ana"), 1);
  EXPECT_THAT(Ids(), ElementsAre("ana", "bo"));
  EXPECT_EQ(views().GetCheckpoint().position(), 5);
  GS_ASSERT_OK(views().Switch(At(6)));
  for (const bool reopened : {false, true}) {
    if (reopened) Open();
    EXPECT_EQ(views().GetCheckpoint().position(), 6);
    EXPECT_EQ(Version("ana"), 2);
    EXPECT_EQ(Version("bo"), 0);
    EXPECT_THAT(Ids(), ElementsAre("ana", "cy"));
    EXPECT_THAT(Due(2025), IsEmpty());
    EXPECT_THAT(Due(2026), ElementsAre("ana", "cy"));
    EXPECT_THAT(views().CertificantsOf("a1"), IsOkAndHolds(IsEmpty()));
    EXPECT_THAT(views().CertificantsOf("a2"), IsOkAndHolds(ElementsAre("ana")));
  }
  Write(7, {{"ana", Row(3, {2027})}});
  EXPECT_THAT(Due(2026), ElementsAre("cy"));
}

TEST_F(ViewsTest, WhatWasStagedAndNeverSwitchedToIsDropped) {
  Write(5, {{"ana", Row(1, {2025})}});
  GS_ASSERT_OK(views().Stage({{{"bo", Row(2, {2026})}}, {{"a1", "bo"}}, {}}));
  Open();
  GS_ASSERT_OK(views().Switch(At(6)));
  EXPECT_THAT(Ids(), IsEmpty());
  GS_ASSERT_OK(views().Stage({{{"cy", Row(2, {2026})}}, {}, {}}));
  GS_ASSERT_OK(views().DropStaged());
  GS_ASSERT_OK(views().Switch(At(7)));
  EXPECT_THAT(Ids(), IsEmpty());
}

TEST_F(ViewsTest, AFirstGenerationThatWasNotFinishedIsDropped) {
  GS_ASSERT_OK(views().Stage({{{"bo", Row(2, {2026})}}, {}, {}}));
  Open();
  EXPECT_EQ(views().GetCheckpoint().position(), 0);
  GS_ASSERT_OK(views().Switch(At(6)));
  EXPECT_THAT(Ids(), IsEmpty());
}

TEST_F(ViewsTest, AViewThatCannotBeUsedIsEmptied) {
  const auto with = [](const std::function<void(Checkpoint&)>& change) {
    Checkpoint checkpoint = At(7);
    change(checkpoint);
    return checkpoint;
  };
  const struct {
    const char* why;
    Checkpoint checkpoint;
  } kCases[] = {
      {"of another log", with([](Checkpoint& c) { c.set_origin("other"); })},
      {"ahead of the log", with([](Checkpoint& c) { c.set_position(101); })},
      {"of another shape", with([](Checkpoint& c) { c.set_schema_version(99); })},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.why);
    GS_ASSERT_OK(views().Write({{{"ana", Row(1, {2025})}}, {{"a1", "ana"}}, test.checkpoint}));
    Open();
    EXPECT_EQ(views().GetCheckpoint().position(), 0);
    EXPECT_THAT(Ids(), IsEmpty());
    EXPECT_THAT(Due(2025), IsEmpty());
    EXPECT_THAT(views().CertificantsOf("a1"), IsOkAndHolds(IsEmpty()));
  }
}

TEST_F(ViewsTest, AViewOfAnotherEvaluatorIsKept) {
  Checkpoint other = At(7);
  other.set_evaluator_revision(99);
  GS_ASSERT_OK(views().Write({{{"ana", Row(1, {2025})}}, {}, other}));
  Open();
  EXPECT_EQ(views().GetCheckpoint().evaluator_revision(), 99);
  EXPECT_THAT(Ids(), ElementsAre("ana"));
}

TEST_F(ViewsTest, ACheckpointThatDoesNotParseEmptiesTheView) {
  Write(7, {{"ana", Row(1, {2025})}});
  Tamper([](rocksdb::DB& db) { db.Put({}, "K", "\xFF\xFF"); });
  Open();
  EXPECT_EQ(views().GetCheckpoint().position(), 0);
  EXPECT_THAT(Ids(), IsEmpty());
}

TEST_F(ViewsTest, AFolderThatCannotBeOpenedIsEmptied) {
  Write(7, {{"ana", Row(1, {2025})}});
  views_.reset();
  ASSERT_TRUE(
      rocksdb::WriteStringToFile(env_.get(), "MANIFEST-424242\n", std::string(kFolder) + "/CURRENT")
          .ok());
  Open();
  EXPECT_EQ(views().GetCheckpoint().position(), 0);
  EXPECT_THAT(Ids(), IsEmpty());
}

// RocksDB believes that byte of a table without a checksum.
TEST_F(ViewsTest, AFolderWithATableOfADamagedVersionIsEmptied) {
  Write(7, {{"ana", Row(1, {2025})}});
  Tamper([](rocksdb::DB& db) { ASSERT_TRUE(db.Flush({}).ok()); });
  views_.reset();
  std::vector<std::string> names;
  ASSERT_TRUE(env_->GetChildren(kFolder, &names).ok());
  int tables = 0;
  for (const std::string& name : names) {
    if (!absl::EndsWith(name, ".sst")) continue;
    ++tables;
    const std::string path = absl::StrCat(kFolder, "/", name);
    std::string bytes;
    ASSERT_TRUE(rocksdb::ReadFileToString(env_.get(), path, &bytes).ok());
    char& version = bytes[bytes.size() - 12];
    version = static_cast<char>(version ^ 4);
    ASSERT_TRUE(rocksdb::WriteStringToFile(env_.get(), bytes, path).ok());
  }
  EXPECT_GT(tables, 0);
  Open();
  EXPECT_EQ(views().GetCheckpoint().position(), 0);
  EXPECT_THAT(Ids(), IsEmpty());
}

TEST_F(ViewsTest, ADamagedRowIsReportedStopsWritingAndIsRebuilt) {
  Write(7, {{"ana", Row(1, {2025})}, {"bo", Row(1, {2025})}});
  Tamper([](rocksdb::DB& db) { db.Put({}, std::string("R\0\0\0\0ana", 8), "\xFF\xFF"); });
  Open();
  EXPECT_EQ(Version("bo"), 1);
  EXPECT_THAT(views().Get("ana"), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(views().Write({{}, {}, At(8)}), StatusIs(absl::StatusCode::kDataLoss));
  Open();
  EXPECT_EQ(views().GetCheckpoint().position(), 0);
  EXPECT_THAT(Ids(), IsEmpty());
}

TEST_F(ViewsTest, AnotherKindOfDatabaseIsLeftAlone) {
  Tamper([](rocksdb::DB& db) {
    rocksdb::ColumnFamilyHandle* family = nullptr;
    ASSERT_TRUE(db.CreateColumnFamily({}, "log", &family).ok());
    ASSERT_TRUE(db.Put({}, family, "1", "event").ok());
    db.DestroyColumnFamilyHandle(family);
  });
  EXPECT_THAT(Views::Open(kFolder, "log", 100, env_.get()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  std::vector<std::string> families;
  rocksdb::DBOptions options;
  options.env = env_.get();
  ASSERT_TRUE(rocksdb::DB::ListColumnFamilies(options, kFolder, &families).ok());
  EXPECT_THAT(families, ElementsAre("default", "log"));
}

TEST_F(ViewsTest, AFolderThatIsOpenElsewhereIsLeftAlone) {
  Write(7, {{"ana", Row(1, {2025})}});
  EXPECT_THAT(Views::Open(kFolder, "log", 100, env_.get()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(Version("ana"), 1);
}

}  // namespace
}  // namespace goodstanding::projections
