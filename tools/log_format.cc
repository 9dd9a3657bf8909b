#include "tools/log_format.h"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/call_metadata.h"
#include "spdlog/formatter.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"
#include "tools/line_limit.h"

namespace goodstanding::tools {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

bool IsKeyCharacter(char c) { return absl::ascii_isalnum(c) || c == '_'; }

// Takes a quoted value off the front; nullopt where it does not end.
std::optional<std::string> TakeQuoted(absl::string_view& text) {
  std::string value;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (text[i] != '\\') {
      value.push_back(text[i]);
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    value.push_back(text[i] == 'n' ? '\n' : text[i]);
  }
  return std::nullopt;
}

std::string TakeWord(absl::string_view& text) {
  const std::string word(text.substr(0, text.find(' ')));
  text.remove_prefix(word.size());
  return word;
}

// The keys and values of an entry; nullopt where it has another form.
std::optional<Fields> Parse(absl::string_view entry) {
  Fields fields;
  while (!entry.empty()) {
    size_t key = 0;
    while (key < entry.size() && IsKeyCharacter(entry[key])) ++key;
    if (key == 0 || key == entry.size() || entry[key] != '=') return std::nullopt;
    const std::string name(entry.substr(0, key));
    entry.remove_prefix(key + 1);
    const bool quoted = !entry.empty() && entry[0] == '"';
    std::optional<std::string> value = quoted ? TakeQuoted(entry) : TakeWord(entry);
    if (!value.has_value()) return std::nullopt;
    fields.emplace_back(name, *std::move(value));
    if (entry.empty()) break;
    if (entry[0] != ' ') return std::nullopt;
    entry.remove_prefix(1);
  }
  return fields;
}

// How many bytes a well-formed UTF-8 character at the front has; 0: there is none.
size_t CharacterSize(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const size_t size = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (size == 0 || first > 0xF4 || size > text.size()) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool surrogate = first == 0xED && byte(1) >= 0xA0;
  const bool beyond = first == 0xF4 && byte(1) >= 0x90;
  return overlong || surrogate || beyond ? 0 : size;
}

std::string JsonText(absl::string_view value) {
  std::string text = "\"";
  while (!value.empty()) {
    const size_t size = CharacterSize(value);
    const char c = value[0];
    if (size == 0) {
      text += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      absl::StrAppend(&text, "\\", value.substr(0, 1));
    } else if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      absl::StrAppend(&text, absl::StrFormat("\\u%04x", static_cast<unsigned char>(c)));
    } else {
      absl::StrAppend(&text, value.substr(0, size));
    }
    value.remove_prefix(size == 0 ? 1 : size);
  }
  return text + "\"";
}

// Control characters would break the line, or move a terminal's cursor.
std::string OneLine(absl::string_view entry) {
  std::string line;
  for (const char c : entry) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      absl::StrAppend(&line, absl::StrFormat("\\x%02x", static_cast<unsigned char>(c)));
    } else {
      line.push_back(c);
    }
  }
  return line;
}

class LineFormatter final : public spdlog::formatter {
 public:
  explicit LineFormatter(LogFormat format) : format_(format) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto level = spdlog::level::to_string_view(message.level);
    const std::string line =
        FormatLine(format_, absl::FromChrono(message.time), {level.data(), level.size()},
                   {message.payload.data(), message.payload.size()});
    out.append(line.data(), line.data() + line.size());
    out.push_back('\n');
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<LineFormatter>(format_);
  }

 private:
  const LogFormat format_;
};

// Lets ten through a second, and counts the others.
class CallLogger {
 public:
  void Log(const services::CallEnd& call) {
    const std::optional<int64_t> held_back = limit_.Take();
    if (!held_back) return;
    if (*held_back > 0) spdlog::warn("event=calls_not_logged count={}", *held_back);
    Write(call);
  }

 private:
  static void Write(const services::CallEnd& call) {
    const absl::string_view trace =
        services::IsTraceparent(call.traceparent) ? call.traceparent : absl::string_view();
    const bool failed = call.code != grpc::StatusCode::OK;
    constexpr size_t kMaxRequestId = 128;
    const std::string entry = absl::StrCat(
        "event=", failed ? "call_failed" : "call_slow", " service=", call.name.service,
        " method=", call.name.method,
        " code=", absl::StatusCodeToString(static_cast<absl::StatusCode>(call.code)),
        call.reason.empty() ? "" : " reason=", call.reason, " duration_ms=",
        std::chrono::duration_cast<std::chrono::milliseconds>(call.duration).count(),
        call.request_id.empty() ? "" : " request_id=",
        call.request_id.empty() ? "" : Quoted(call.request_id.substr(0, kMaxRequestId)),
        trace.empty() ? "" : " traceparent=", trace.empty() ? "" : Quoted(trace));
    if (failed) {
      spdlog::error("{}", entry);
    } else {
      spdlog::warn("{}", entry);
    }
  }

  LineLimit limit_;
};

}  // namespace

absl::StatusOr<LogFormat> ReadLogFormat(absl::string_view name) {
  if (name == "text") return LogFormat::kText;
  if (name == "json") return LogFormat::kJson;
  return absl::InvalidArgumentError(absl::StrCat("must be text or json, not ", name));
}

std::string Quoted(absl::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') text.push_back('\\');
    text.push_back(c);
  }
  return text + "\"";
}

std::string FormatLine(LogFormat format, absl::Time time, absl::string_view level,
                       absl::string_view entry) {
  const std::string moment = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
  if (format == LogFormat::kText)
    return absl::StrCat(moment, " level=", level, " ", OneLine(entry));
  std::string line = absl::StrCat("{\"time\":\"", moment, "\",\"level\":", JsonText(level));
  const Fields fields = Parse(entry).value_or(Fields{{"message", std::string(entry)}});
  for (const auto& [key, value] : fields) {
    absl::StrAppend(&line, ",", JsonText(key), ":", JsonText(value));
  }
  return line + "}";
}

void LogToStderr(LogFormat format) {
  auto logger = std::make_shared<spdlog::logger>("goodstanding",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::make_unique<LineFormatter>(format));
  spdlog::set_default_logger(logger);
}

std::function<void(const services::CallEnd&)> CallLog() {
  const auto logger = std::make_shared<CallLogger>();
  return [logger](const services::CallEnd& call) { logger->Log(call); };
}

}  // namespace goodstanding::tools
