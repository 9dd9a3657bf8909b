#include "services/call_metadata.h"

#include <algorithm>
#include <string>

namespace goodstanding::services {
namespace {

bool IsLowerHex(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsAllZero(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '0'; });
}

}  // namespace

bool IsTraceparent(absl::string_view text) {
  constexpr size_t kSize = 55;
  if (text.size() < kSize) return false;
  const absl::string_view version = text.substr(0, 2);
  const absl::string_view trace = text.substr(3, 32);
  const absl::string_view parent = text.substr(36, 16);
  const absl::string_view flags = text.substr(53, 2);
  const bool well_formed = text[2] == '-' && text[35] == '-' && text[52] == '-' &&
                           IsLowerHex(version) && IsLowerHex(trace) && IsLowerHex(parent) &&
                           IsLowerHex(flags);
  // Only a later version may be longer.
  const bool fits = text.size() == kSize || (version != "00" && text[kSize] == '-');
  return well_formed && fits && version != "ff" && !IsAllZero(trace) && !IsAllZero(parent);
}

void ReadMetadata(const grpc::ServerContextBase& context, Command& command) {
  constexpr size_t kTraceparentSize = 55;
  constexpr size_t kMaxTracestate = 512;
  const auto& metadata = context.client_metadata();
  const auto parent = metadata.find("traceparent");
  if (parent == metadata.end()) return;
  const absl::string_view text(parent->second.data(), parent->second.size());
  if (!IsTraceparent(text)) return;
  command.traceparent = std::string(text.substr(0, kTraceparentSize));
  const auto state = metadata.find("tracestate");
  if (state != metadata.end() && state->second.size() <= kMaxTracestate &&
      std::all_of(state->second.begin(), state->second.end(),
                  [](char c) { return c >= ' ' && c <= '~'; })) {
    command.tracestate = std::string(state->second.data(), state->second.size());
  }
}

}  // namespace goodstanding::services
