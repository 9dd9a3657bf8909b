#include "tools/log_format.h"

#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "base/json_object.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"

namespace goodstanding::tools {
namespace {

const absl::Time kTime = absl::FromUnixMillis(1'764'000'000'123);

// The line as a JSON reader nobody here wrote sees it.
google::protobuf::Struct Read(const std::string& line) {
  google::protobuf::Struct read;
  const auto status = google::protobuf::util::JsonStringToMessage(line, &read);
  EXPECT_TRUE(status.ok()) << line;
  return read;
}

std::string Field(const std::string& line, const std::string& key) {
  const auto read = Read(line);
  const auto found = read.fields().find(key);
  return found == read.fields().end() ? "(absent)" : found->second.string_value();
}

TEST(LogFormatTest, TextIsTimeLevelAndEntry) {
  EXPECT_EQ(FormatLine(LogFormat::kText, kTime, "info", "event=stopped seconds=10"),
            "2025-11-24T16:00:00.123Z level=info event=stopped seconds=10");
}

TEST(LogFormatTest, JsonHasTheKeysOfTheEntry) {
  EXPECT_EQ(FormatLine(LogFormat::kJson, kTime, "info", "event=stopped seconds=10 why=\"a b\""),
            "{\"time\":\"2025-11-24T16:00:00.123Z\",\"level\":\"info\",\"event\":\"stopped\","
            "\"seconds\":\"10\",\"why\":\"a b\"}");
}

TEST(LogFormatTest, EveryEntryIsOneLineAndComesBackAsItWas) {
  const std::string hostile[] = {
      "two\nlines",
      "\r\n{\"level\":\"error\"}\n",
      "a \"quoted\" word",
      "back\\slash\\",
      "\\n is not a line",
      "ends with \\\"",
      "key=value event=forged",
      std::string("nul \0 byte", 10),
      "\x1b[2Jclears the screen",
      "\x7f del",
      "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
      "",
  };
  for (const std::string& value : hostile) {
    SCOPED_TRACE(value);
    const std::string entry = "event=test value=" + Quoted(value) + " last=1";
    const std::string json = FormatLine(LogFormat::kJson, kTime, "warning", entry);
    EXPECT_EQ(json.find_first_of("\n\r"), std::string::npos);
    EXPECT_EQ(Field(json, "event"), "test");
    EXPECT_EQ(Field(json, "value"), value);
    EXPECT_EQ(Field(json, "last"), "1");
    const std::string text = FormatLine(LogFormat::kText, kTime, "warning", entry);
    EXPECT_EQ(text.find_first_of(std::string("\n\r\0\x1b", 4)), std::string::npos);
  }
}

TEST(LogFormatTest, AnEntryOfAnotherFormIsAMessage) {
  for (const char* const entry :
       {"a sentence", "event=x and then words", "key=\"does not end", "key=\"a\"b", "=x", "é=1"}) {
    EXPECT_EQ(Field(FormatLine(LogFormat::kJson, kTime, "info", entry), "message"), entry);
  }
}

TEST(LogFormatTest, BytesThatAreNoTextAreReplaced) {
  for (const char* const bytes : {"\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
    const std::string line =
        FormatLine(LogFormat::kJson, kTime, "info", "event=x value=" + Quoted(bytes));
    EXPECT_EQ(Field(line, "value").substr(0, 3), "\xef\xbf\xbd") << line;
  }
}

class CallLogTest : public ::testing::Test {
 protected:
  CallLogTest() { LogToStderr(LogFormat::kJson); }

  // The lines that logging so many calls writes.
  std::vector<std::string> Log(int count, const services::CallEnd& call) {
    const auto log = CallLog();
    ::testing::internal::CaptureStderr();
    for (int i = 0; i < count; ++i) log(call);
    return absl::StrSplit(::testing::internal::GetCapturedStderr(), '\n', absl::SkipEmpty());
  }

  const services::MethodName name_{"goodstanding.api.v1.QueryService", "GetStanding"};
};

TEST_F(CallLogTest, NamesTheCallItsRequestAndItsTrace) {
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const auto lines = Log(1, {name_, grpc::StatusCode::UNAVAILABLE, "OUTCOME_UNKNOWN",
                             std::chrono::milliseconds(12), "r\n\"1\"", trace});
  ASSERT_EQ(lines.size(), 1);
  EXPECT_EQ(Field(lines[0], "level"), "error");
  EXPECT_EQ(Field(lines[0], "event"), "call_failed");
  EXPECT_EQ(Field(lines[0], "service"), name_.service);
  EXPECT_EQ(Field(lines[0], "method"), name_.method);
  EXPECT_EQ(Field(lines[0], "code"), "UNAVAILABLE");
  EXPECT_EQ(Field(lines[0], "reason"), "OUTCOME_UNKNOWN");
  EXPECT_EQ(Field(lines[0], "duration_ms"), "12");
  EXPECT_EQ(Field(lines[0], "request_id"), "r\n\"1\"");
  EXPECT_EQ(Field(lines[0], "traceparent"), trace);
}

TEST_F(CallLogTest, LeavesOutWhatIsNotThereOrIsNoTrace) {
  const auto lines =
      Log(1, {name_, grpc::StatusCode::OK, "", std::chrono::seconds(2), "", "a sentence"});
  ASSERT_EQ(lines.size(), 1);
  EXPECT_EQ(Field(lines[0], "event"), "call_slow");
  for (const char* const key : {"reason", "request_id", "traceparent"}) {
    EXPECT_EQ(Field(lines[0], key), "(absent)");
  }
}

TEST_F(CallLogTest, LetsTenThroughASecond) {
  EXPECT_LE(
      Log(1000, {name_, grpc::StatusCode::INTERNAL, "", std::chrono::seconds(0), "", ""}).size(),
      // The thousand may fall into two or three seconds, each with a line that counts.
      33);
}

TEST(LogFormatTest, OnlyTextAndJsonAreFormats) {
  EXPECT_EQ(*ReadLogFormat("text"), LogFormat::kText);
  EXPECT_EQ(*ReadLogFormat("json"), LogFormat::kJson);
  EXPECT_EQ(ReadLogFormat("xml").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace goodstanding::tools
