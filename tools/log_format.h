// The server's log: a line an entry, as text for people or as JSON for programs.
//
// An entry is `event=NAME key=value …`; a value that is not a plain word is Quoted. The log never
// holds fields of persons: what is logged is named where it is logged, and no request is.
#ifndef GOODSTANDING_TOOLS_LOG_FORMAT_H_
#define GOODSTANDING_TOOLS_LOG_FORMAT_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/call_metrics.h"

namespace goodstanding::tools {

enum class LogFormat { kText, kJson };

// "text" or "json"; INVALID_ARGUMENT for others.
absl::StatusOr<LogFormat> ReadLogFormat(absl::string_view name);

// A value in double quotes, with quotes, backslashes and control characters escaped.
std::string Quoted(absl::string_view value);

// The line of an entry, without its end. As JSON: `time`, `level` and the entry's keys, all text;
// an entry of another form is one text, under `message`. Never has a line break inside, and is
// UTF-8 as JSON: bytes that are none are replaced.
std::string FormatLine(LogFormat format, absl::Time time, absl::string_view level,
                       absl::string_view entry);

// Sends what is logged from now on to stderr.
void LogToStderr(LogFormat format);

// Logs calls that took long or failed by no fault of their caller; of more than ten in a second
// only how many they were.
std::function<void(const services::CallEnd&)> CallLog();

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_LOG_FORMAT_H_
