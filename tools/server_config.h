// The configuration of a server: read, checked as a whole, shown.
#ifndef GOODSTANDING_TOOLS_SERVER_CONFIG_H_
#define GOODSTANDING_TOOLS_SERVER_CONFIG_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "goodstanding/config/v1/config.pb.h"

namespace goodstanding::tools {

// HOST of HOST:PORT.
std::string HostOf(const std::string& address);

// Reads a file in protobuf text format. INVALID_ARGUMENT with line and column where it is none.
absl::StatusOr<config::v1::ServerConfig> ReadServerConfig(const std::string& path);

// Gives every absent field that has a default its default.
void FillDefaults(config::v1::ServerConfig& config);

// Every fault of a configuration with defaults: the field's path, and what it may hold. Reads the
// files that it names.
std::vector<std::string> FaultsOf(const config::v1::ServerConfig& config);

// In text format. Keys and certificates stand in files, so that there is nothing to hide.
std::string ShowServerConfig(const config::v1::ServerConfig& config);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_SERVER_CONFIG_H_
