// How much the server takes at once: the limits of a configuration, their ranges and defaults.
#ifndef GOODSTANDING_SERVICES_LIMITS_H_
#define GOODSTANDING_SERVICES_LIMITS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "goodstanding/config/v1/config.pb.h"
#include "grpcpp/server_builder.h"

namespace goodstanding::services {

// What a field of LimitsConfig may be, both inclusive, and what it is where it is absent.
struct Limit {
  absl::string_view field;
  int32_t least = 0;
  int32_t most = 0;
  int32_t otherwise = 0;
};

// One a field of LimitsConfig, in its order.
absl::Span<const Limit> Limits();

// Gives every absent limit its default.
config::v1::LimitsConfig WithDefaults(config::v1::LimitsConfig limits);

// Every fault of limits with defaults: the field, and what it may be.
std::vector<std::pair<std::string, std::string>> LimitFaults(
    const config::v1::LimitsConfig& limits);

// Has gRPC hold what it can hold itself: sizes, calls of a connection, pings, the ages of
// connections, memory. Before the server is built.
void ApplyLimits(const config::v1::LimitsConfig& limits, grpc::ServerBuilder& builder);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_LIMITS_H_
