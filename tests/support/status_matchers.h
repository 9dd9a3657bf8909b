// gMock matchers for absl::Status and absl::StatusOr, which the packaged Abseil does not have.
//
//   EXPECT_THAT(store.Append(...), IsOk());
//   EXPECT_THAT(ParseDate("2023-02-29"), StatusIs(absl::StatusCode::kInvalidArgument));
//   EXPECT_THAT(ParseDate("x"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("date")));
//   EXPECT_THAT(Parse("1.50"), IsOkAndHolds(150));
//   GS_ASSERT_OK_AND_ASSIGN(const Head head, store.Head());
#ifndef GOODSTANDING_TESTS_SUPPORT_STATUS_MATCHERS_H_
#define GOODSTANDING_TESTS_SUPPORT_STATUS_MATCHERS_H_

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace goodstanding::testing {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

// Matches an OK absl::Status or absl::StatusOr.
MATCHER(IsOk, negation ? "is not OK" : "is OK") {
  *result_listener << "whose status is " << StatusOf(arg).ToString();
  return StatusOf(arg).ok();
}

// Matches a status, or a StatusOr without a value, by code.
MATCHER_P(StatusIs, code,
          std::string(negation ? "has not" : "has") + " the code " +
              absl::StatusCodeToString(code)) {
  *result_listener << "whose status is " << StatusOf(arg).ToString();
  return StatusOf(arg).code() == code;
}

// The same, and the message matches too.
MATCHER_P2(StatusIs, code, message,
           std::string(negation ? "has not" : "has") + " the code " +
               absl::StatusCodeToString(code) + " and a message that " +
               ::testing::DescribeMatcher<std::string>(message)) {
  const absl::Status& status = StatusOf(arg);
  *result_listener << "whose status is " << status.ToString();
  return status.code() == code &&
         ::testing::Matches(message)(std::string(status.message().data(), status.message().size()));
}

// Matches an OK StatusOr whose value matches.
MATCHER_P(IsOkAndHolds, value,
          std::string(negation ? "is not OK or has not" : "is OK and has") + " a value that " +
              ::testing::DescribeMatcher<typename std::decay_t<arg_type>::value_type>(value)) {
  if (!arg.ok()) {
    *result_listener << "whose status is " << arg.status().ToString();
    return false;
  }
  return ::testing::ExplainMatchResult(value, *arg, result_listener);
}

}  // namespace goodstanding::testing

// Asserts that `expr`, an absl::Status or StatusOr, is OK.
#define GS_ASSERT_OK(expr) ASSERT_THAT((expr), ::goodstanding::testing::IsOk())
#define GS_EXPECT_OK(expr) EXPECT_THAT((expr), ::goodstanding::testing::IsOk())

// Assigns the value of `expr`, a StatusOr, to `lhs`; a fatal failure of the test where it has none.
#define GS_ASSERT_OK_AND_ASSIGN(lhs, expr) \
  GS_ASSERT_OK_AND_ASSIGN_IMPL_(GS_CONCAT_(gs_assert_statusor_, __LINE__), lhs, expr)
#define GS_ASSERT_OK_AND_ASSIGN_IMPL_(result, lhs, expr)                     \
  auto result = (expr);                                                      \
  ASSERT_TRUE(result.ok()) << #expr << " is " << result.status().ToString(); \
  lhs = std::move(result).value()

#endif  // GOODSTANDING_TESTS_SUPPORT_STATUS_MATCHERS_H_
