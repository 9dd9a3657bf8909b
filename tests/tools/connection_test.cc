// What is asked, by the options of a question.
#include "tools/connection.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "tools/refusal_text.h"

namespace goodstanding::tools {
namespace {

using ::goodstanding::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

class ConnectionTest : public ::testing::Test {
 protected:
  services::BoardTime zone_ = services::BoardTime::Load("America/New_York").value();
};

TEST_F(ConnectionTest, KnowledgeIsADayAMomentOrAPosition) {
  GS_ASSERT_OK_AND_ASSIGN(const auto day, ReadKnownAt("2025-12-31", zone_));
  EXPECT_EQ(day.date().day(), 31);
  GS_ASSERT_OK_AND_ASSIGN(const auto minute, ReadKnownAt("2025-12-31 17:00", zone_));
  EXPECT_EQ(minute.time().seconds(), 1767218400);  // 22:00 UTC.
  GS_ASSERT_OK_AND_ASSIGN(const auto position, ReadKnownAt("42", zone_));
  EXPECT_EQ(position.position(), 42);
  EXPECT_THAT(ReadKnownAt("yesterday", zone_),
              StatusIs(kInvalid, HasSubstr("give YYYY-MM-DD, \"YYYY-MM-DD HH:MM\" or a log")));
}

TEST_F(ConnectionTest, ADayHasNoTime) {
  GS_ASSERT_OK_AND_ASSIGN(const auto day, ReadDay("2025-12-01"));
  EXPECT_EQ(day.month(), 12);
  EXPECT_THAT(ReadDay("2025-12-01 12:00"), StatusIs(kInvalid, HasSubstr("give YYYY-MM-DD")));
  EXPECT_THAT(ReadDay("1.12.2025"), StatusIs(kInvalid));
}

TEST_F(ConnectionTest, RulesAreANameAndPerhapsAVersion) {
  GS_ASSERT_OK_AND_ASSIGN(const auto version, ReadRuleSetVersion("namss-2025@2"));
  EXPECT_EQ(version.name(), "namss-2025");
  EXPECT_EQ(version.version(), 2);
  GS_ASSERT_OK_AND_ASSIGN(const auto newest, ReadRuleSetVersion("namss-2025"));
  EXPECT_EQ(newest.version(), 0);
  for (const char* const text : {"", "@1", "a@", "a@x", "a@0", "a@-1", "a@1@2"}) {
    EXPECT_THAT(ReadRuleSetVersion(text), StatusIs(kInvalid, HasSubstr("NAME@VERSION"))) << text;
  }
}

TEST_F(ConnectionTest, OnlyWhatIsGivenIsAsked) {
  GS_ASSERT_OK_AND_ASSIGN(const auto nothing, ReadPerspective({}, zone_));
  EXPECT_EQ(nothing.ByteSizeLong(), 0);
  GS_ASSERT_OK_AND_ASSIGN(const auto all,
                          ReadPerspective({"2025-12-01", "7", "namss-2025@1"}, zone_));
  EXPECT_EQ(all.as_of_date().year(), 2025);
  EXPECT_EQ(all.known_at().position(), 7);
  EXPECT_EQ(all.rule_set().version(), 1);
}

TEST_F(ConnectionTest, AFailedCallKeepsItsExitCode) {
  Connection connection;
  connection.server = "127.0.0.1:1";
  EXPECT_EQ(Finish(absl::OkStatus(), connection), 0);
  EXPECT_EQ(Finish(absl::InvalidArgumentError("an option"), connection), 2);
  EXPECT_EQ(Finish(FromCall({grpc::StatusCode::NOT_FOUND, "nobody", "x"}), connection), 1);
  EXPECT_EQ(Finish(FromCall({grpc::StatusCode::UNAVAILABLE, "refused", "x"}), connection), 1)
      << "a server that refuses is there";
  EXPECT_EQ(Finish(FromCall({grpc::StatusCode::UNAVAILABLE, "no route"}), connection), 3);
}

TEST_F(ConnectionTest, RequestIdsAreNewEachTimeWhereNoneIsGiven) {
  const std::string id = RequestIdOf("");
  EXPECT_THAT(id, MatchesRegex("cli-[0-9a-f]{32}"));
  EXPECT_NE(id, RequestIdOf(""));
  EXPECT_EQ(RequestIdOf("mine"), "mine");
}

}  // namespace
}  // namespace goodstanding::tools
