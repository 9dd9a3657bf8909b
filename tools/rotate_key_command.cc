#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "eventstore/key_rotation.h"
#include "eventstore/random.h"
#include "tools/command_line.h"
#include "tools/connection.h"

namespace goodstanding::tools {
namespace {

constexpr char kAbout[] = "Make a new key that signs the log's checkpoints";

constexpr char kExamples[] =
    "  goodstanding rotate-key /var/lib/goodstanding    then restart the server\n"
    "\n"
    "Puts a fresh key before the others in signing.key. A server that runs goes on with the old\n"
    "one; its next start records the change in the log, signed by both keys, and signs with the\n"
    "new one. Whoever trusts the old key goes from it to the new one by that event. The old key\n"
    "has to stay in the file until then; remove its line afterwards.";

struct RotateOptions {
  std::string data;
};

void AddOptions(Command& command, RotateOptions& options) {
  command.Add("DIR", options.data, "The server's data folder").Required();
}

int Run(const RotateOptions& options) {
  const auto key = eventstore::AddSigningKey(absl::StrCat(options.data, "/signing.key"),
                                             eventstore::SecureRandom());
  if (!key.ok()) return Fail(key.status());
  absl::PrintF("%s\nThe server signs with this key from its next start on.\n", key->ToText());
  return 0;
}

}  // namespace

void AddRotateKeyCommand(Commands& commands) {
  commands.Add("rotate-key", kAbout, kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
