#include <cstdio>
#include <string>

#include "absl/strings/str_format.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/server_config.h"

namespace goodstanding::tools {
namespace {

struct ConfigOptions {
  std::string file;
};

void AddOptions(Command& command, ConfigOptions& options) {
  command.Add("FILE", options.file, "Configuration, in protobuf text format").Required();
}

int Check(const ConfigOptions& options) {
  absl::StatusOr<config::v1::ServerConfig> config = ReadServerConfig(options.file);
  if (!config.ok()) return Fail(config.status());
  FillDefaults(*config);
  const auto faults = FaultsOf(*config);
  for (const std::string& fault : faults) absl::FPrintF(stderr, "%s\n", fault);
  if (!faults.empty()) return kExitUsage;
  absl::PrintF("%s is right.\n", options.file);
  return 0;
}

int Show(const ConfigOptions& options) {
  absl::StatusOr<config::v1::ServerConfig> config = ReadServerConfig(options.file);
  if (!config.ok()) return Fail(config.status());
  FillDefaults(*config);
  absl::PrintF("%s", ShowServerConfig(*config));
  return 0;
}

}  // namespace

void AddConfigCommand(Commands& commands) {
  Commands config = commands.AddGroup("config", "Look at the configuration of a server",
                                      "  goodstanding config check /etc/goodstanding/server.txt");
  config.Add("check", "Name every fault of a configuration",
             "  goodstanding config check /etc/goodstanding/server.txt", &AddOptions, &Check);
  config.Add("show", "Print a configuration with its defaults",
             "  goodstanding config show /etc/goodstanding/server.txt", &AddOptions, &Show);
}

}  // namespace goodstanding::tools
