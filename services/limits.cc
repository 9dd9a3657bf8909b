#include "services/limits.h"

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "grpc/impl/codegen/grpc_types.h"
#include "grpcpp/resource_quota.h"

namespace goodstanding::services {
namespace {

using config::v1::LimitsConfig;
using google::protobuf::FieldDescriptor;

// docs/limits.md and the comments of config.proto say the same, held so by a test.
constexpr Limit kLimits[] = {
    {"max_message_bytes", 65'536, 4'194'304, 4'194'304},
    {"max_metadata_bytes", 8'192, 65'536, 24'576},
    {"max_page_size", 1, 1'000, 1'000},
    {"max_connections", 1, 100'000, 2'000},
    {"max_calls_per_connection", 1, 10'000, 1'000},
    {"max_calls", 1, 100'000, 10'000},
    {"max_calls_per_caller", 1, 100'000, 2'000},
    {"max_streams", 1, 10'000, 400},
    {"max_streams_per_caller", 1, 10'000, 64},
    {"max_subscriptions", 1, 10'000, 256},
    {"max_watches", 1, 1'000, 32},
    {"max_long_calls", 1, 64, 2},
    {"max_waiting_commands", 1, 100'000, 10'000},
    {"max_waiting_questions", 1, 100'000, 1'000},
    {"caller_calls_per_second", 1, 1'000'000, 2'000},
    {"caller_burst", 1, 1'000'000, 4'000},
    {"default_deadline_seconds", 1, 3'600, 30},
    {"max_deadline_seconds", 1, 3'600, 120},
    {"keepalive_seconds", 10, 7'200, 60},
    {"keepalive_timeout_seconds", 1, 600, 20},
    {"min_ping_seconds", 1, 300, 10},
    {"handshake_seconds", 1, 120, 10},
    {"max_connection_idle_seconds", 10, 86'400, 300},
    {"max_connection_age_seconds", 10, 604'800, 86'400},
    {"max_connection_age_grace_seconds", 1, 86'400, 600},
    {"call_memory_mib", 64, 65'536, 512},
    {"receipts_per_second", 0, 100'000, 2'000},
    {"receipt_valid_seconds", 60, 604'800, 86'400},
};

const FieldDescriptor& FieldOf(const Limit& limit) {
  const auto* const field = LimitsConfig::descriptor()->FindFieldByName(std::string(limit.field));
  GS_CHECK(field != nullptr);
  return *field;
}

}  // namespace

absl::Span<const Limit> Limits() { return kLimits; }

LimitsConfig WithDefaults(LimitsConfig limits) {
  const auto& reflection = *limits.GetReflection();
  for (const Limit& limit : kLimits) {
    const FieldDescriptor& field = FieldOf(limit);
    if (reflection.HasField(limits, &field)) continue;
    reflection.SetInt32(&limits, &field, limit.otherwise);
  }
  return limits;
}

std::vector<std::pair<std::string, std::string>> LimitFaults(const LimitsConfig& limits) {
  std::vector<std::pair<std::string, std::string>> faults;
  for (const Limit& limit : kLimits) {
    const int32_t value = limits.GetReflection()->GetInt32(limits, &FieldOf(limit));
    if (value >= limit.least && value <= limit.most) continue;
    faults.emplace_back(limit.field, absl::StrCat("must be from ", limit.least, " to ", limit.most,
                                                  ", not ", value));
  }
  if (limits.max_deadline_seconds() < limits.default_deadline_seconds()) {
    faults.emplace_back("max_deadline_seconds", "must not be less than default_deadline_seconds");
  }
  return faults;
}

void ApplyLimits(const LimitsConfig& limits, grpc::ServerBuilder& builder) {
  constexpr int kSecond = 1000;  // gRPC counts milliseconds.
  constexpr int kPingStrikes = 2;
  const auto set = [&builder](const char* name, int value) {
    builder.AddChannelArgument(name, value);
  };
  builder.SetMaxReceiveMessageSize(limits.max_message_bytes());
  set(GRPC_ARG_MAX_METADATA_SIZE, limits.max_metadata_bytes());
  set(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.max_calls_per_connection());
  set(GRPC_ARG_KEEPALIVE_TIME_MS, limits.keepalive_seconds() * kSecond);
  set(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, limits.keepalive_timeout_seconds() * kSecond);
  set(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // A reader of the feed sends nothing for days: pings have to go on without data of its own.
  set(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  set(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, limits.min_ping_seconds() * kSecond);
  set(GRPC_ARG_HTTP2_MAX_PING_STRIKES, kPingStrikes);
  set(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, limits.handshake_seconds() * kSecond);
  set(GRPC_ARG_MAX_CONNECTION_IDLE_MS, limits.max_connection_idle_seconds() * kSecond);
  set(GRPC_ARG_MAX_CONNECTION_AGE_MS, limits.max_connection_age_seconds() * kSecond);
  set(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, limits.max_connection_age_grace_seconds() * kSecond);
  grpc::ResourceQuota quota("calls");
  quota.Resize(static_cast<size_t>(limits.call_memory_mib()) << 20);
  builder.SetResourceQuota(quota);
}

}  // namespace goodstanding::services
