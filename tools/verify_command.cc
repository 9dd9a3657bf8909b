#include "tools/verify_command.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/cores.h"
#include "base/status_macros.h"
#include "tools/command_line.h"
#include "tools/output.h"
#include "tools/progress.h"
#include "verify/backup_check.h"
#include "verify/log_check.h"

namespace goodstanding::tools {
namespace {

constexpr size_t kMaxFileBytes = 2 << 20;
constexpr int kPrintedFaults = 10;  // Of a family.
constexpr int kMaxThreads = 64;

constexpr char kAbout[] =
    "Check every row of a log, or of a backup: no server, no trust in what wrote it";

constexpr char kExamples[] =
    "  goodstanding verify ./data\n"
    "  goodstanding verify ./data --key goodstanding/0a…+402d4ae1+AQOh… --checkpoint kept.txt\n"
    "  goodstanding verify ./data --json\n"
    "  goodstanding verify /backups/board               the newest backup, every file of it too\n"
    "\n"
    "Nothing is written, and no key is needed. Also works beside a running server: what is "
    "checked\n"
    "is the log as it stood at the start.\n"
    "\n"
    "Found: damage, any change of single events or rows, and kept documents that are missing or\n"
    "changed. Not found from the log alone: a log\n"
    "that was rewritten, or shortened, as a whole, with all of its hashes made anew. Keep a\n"
    "checkpoint elsewhere and give it as --checkpoint: the log has to begin with exactly the "
    "events\n"
    "that it commits to. What only the server can judge is not checked: sealed personal data, the\n"
    "digests and answers kept with request ids, and the rules of the board.\n"
    "\n"
    "Memory: 8 bytes an event. Exit code 0: no fault; 1: faults found; 2: no log there, or wrong\n"
    "use.";

struct VerifyOptions {
  std::string data;
  std::vector<std::string> keys;
  std::string checkpoint;
  int64_t backup = 0;
  int threads = 0;
  bool json = false;
};

void AddOptions(Command& command, VerifyOptions& options) {
  options.threads = std::min(UsableCores(), kMaxThreads);
  command
      .Add("DIR", options.data, "The server's data folder, or a copy of it; or a folder of backups")
      .Required();
  command
      .Add("--key", options.keys,
           "The log's public key (name+id+base64): stored checkpoints, and that of "
           "--checkpoint, have to be signed by it, or by one that the log rotated it with. "
           "Repeat it for keys that no rotation links")
      .OneValueEach();
  command.Add("--checkpoint", options.checkpoint,
              "File of a signed checkpoint that was kept elsewhere");
  command
      .Add("--backup", options.backup, "Which backup of a folder of backups (default: the newest)")
      .AtLeast(1);
  command.Add("--threads", options.threads, "How many cores to use")
      .Between(1, kMaxThreads)
      .ShowDefault();
  command.AddFlag("--json", options.json, "Print JSON");
}

std::string Grouped(int64_t number) {
  std::string digits = absl::StrCat(number);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string Count(int64_t number, const char* noun) {
  return absl::StrCat(Grouped(number), " ", noun, number == 1 ? "" : "s");
}

// The smallest position that a fault concerns; 0 where none names one.
int64_t FirstPosition(const verify::Report& report) {
  int64_t first = 0;
  for (const verify::Fault& fault : report.faults) {
    if (fault.position > 0 && (first == 0 || fault.position < first)) first = fault.position;
  }
  return first;
}

std::string FaultLines(const verify::Report& report) {
  std::string text;
  std::map<std::string, int> of_family;
  int64_t printed = 0;
  for (const verify::Fault& fault : report.faults) {
    if (++of_family[fault.family] > kPrintedFaults) continue;
    ++printed;
    absl::StrAppend(&text, "  ",
                    Printable(absl::StrCat(fault.family, ", ", fault.row, ": ", fault.what)), "\n");
  }
  if (printed < report.fault_count) {
    absl::StrAppend(&text, "  and ", Grouped(report.fault_count - printed),
                    " more (--json has up to 100 of each family)\n");
  }
  return text;
}

// "at positions 7, 20"; empty where there are none.
std::string Positions(const std::vector<int64_t>& positions) {
  if (positions.empty()) return "";
  return absl::StrCat(positions.size() == 1 ? "at position " : "at positions ",
                      absl::StrJoin(positions, ", "));
}

// The logs that this one goes on from, with their sizes.
std::string FormerOrigins(const verify::Report& report) {
  std::vector<std::string> logs;
  for (const auto& [origin, size] : report.former_origins) {
    logs.push_back(absl::StrCat("after ", Count(size, "event"), " of ", origin));
  }
  return absl::StrJoin(logs, ", ");
}

std::string ReportText(const verify::Report& report, const verify::LogCheckOptions& check,
                       double seconds) {
  const bool clean = report.fault_count == 0;
  std::string text = absl::StrCat(clean ? "No fault" : Count(report.fault_count, "fault"),
                                  " found in ", check.path, "\n");
  if (!clean) absl::StrAppend(&text, FaultLines(report));
  const int64_t first = FirstPosition(report);
  std::string trusted;
  if (check.trusted.has_value()) {
    trusted =
        absl::StrCat(clean ? "the log extends its " : "of ", Count(check.trusted->size, "event"));
  }
  absl::StrAppend(
      &text, "\n",
      NameValueLines(
          {{"First position", first > 0 ? Grouped(first) : ""},
           {"Backup", report.backup_id == 0 ? "" : absl::StrCat(report.backup_id)},
           {"Log", report.origin},
           {"Restored", FormerOrigins(report)},
           {"Events",
            absl::StrCat(Grouped(report.events), " in ", Count(report.streams, "stream"))},
           {"Request ids", Grouped(report.requests)},
           {"Root", verify::Base64(report.root)},
           {"Checkpoints", absl::StrCat(Grouped(report.checkpoints),
                                        check.keys.empty() ? ", signatures not checked (--key)"
                                                           : ", signatures checked")},
           {"Key rotations", Positions(report.key_rotations)},
           {"Documents", report.evidence == 0 ? "" : Grouped(report.evidence)},
           {"Trusted", trusted},
           {"Time", absl::StrFormat("%.1f s", seconds)}}));
  if (clean && !check.trusted.has_value()) {
    absl::StrAppend(&text,
                    "\nThe log agrees with itself. Only a checkpoint that was kept elsewhere shows "
                    "that nobody\nrewrote or shortened all of it: --checkpoint.\n");
  }
  return text;
}

std::string FaultJson(const verify::Fault& fault) {
  return absl::StrCat("    {\"family\": ", JsonString(fault.family),
                      ", \"row\": ", JsonString(fault.row), ", \"fault\": ", JsonString(fault.what),
                      ", \"position\": ", fault.position, "}");
}

std::string FormerOriginsJson(const verify::Report& report) {
  std::vector<std::string> logs;
  for (const auto& [origin, size] : report.former_origins) {
    logs.push_back(
        absl::StrCat("{\"origin\": ", JsonString(origin), ", \"event_count\": ", size, "}"));
  }
  return absl::StrJoin(logs, ", ");
}

std::string ReportJson(const verify::Report& report, const verify::LogCheckOptions& check) {
  std::vector<std::string> faults;
  for (const verify::Fault& fault : report.faults) faults.push_back(FaultJson(fault));
  const std::vector<std::string> fields = {
      absl::StrCat("\"path\": ", JsonString(check.path)),
      absl::StrCat("\"backup_id\": ",
                   report.backup_id == 0 ? "null" : absl::StrCat(report.backup_id)),
      absl::StrCat("\"origin\": ", JsonString(report.origin)),
      absl::StrCat("\"former_origins\": [", FormerOriginsJson(report), "]"),
      absl::StrCat("\"event_count\": ", report.events),
      absl::StrCat("\"stream_count\": ", report.streams),
      absl::StrCat("\"request_count\": ", report.requests),
      absl::StrCat("\"root\": ", JsonString(verify::Base64(report.root))),
      absl::StrCat("\"checkpoint_count\": ", report.checkpoints),
      absl::StrCat("\"document_count\": ", report.evidence),
      absl::StrCat("\"key_rotation_positions\": [", absl::StrJoin(report.key_rotations, ", "), "]"),
      absl::StrCat("\"signatures_checked\": ", check.keys.empty() ? "false" : "true"),
      absl::StrCat("\"trusted_checkpoint_size\": ",
                   check.trusted.has_value() ? absl::StrCat(check.trusted->size) : "null"),
      absl::StrCat("\"fault_count\": ", report.fault_count),
      absl::StrCat("\"first_position\": ", FirstPosition(report)),
      faults.empty() ? "\"faults\": []"
                     : absl::StrCat("\"faults\": [\n", absl::StrJoin(faults, ",\n"), "\n  ]")};
  return absl::StrCat("{\n  ", absl::StrJoin(fields, ",\n  "), "\n}\n");
}

absl::StatusOr<verify::LogCheckOptions> ReadOptions(const VerifyOptions& options) {
  verify::LogCheckOptions check;
  check.path = options.data;
  if (!verify::HoldsBackups(options.data)) {
    absl::StrAppend(&check.path, "/log");
    check.evidence_path = absl::StrCat(options.data, "/evidence");
  }
  check.threads = options.threads;
  GS_ASSIGN_OR_RETURN(check.keys, ParseKeys(options.keys, KeyOwner::kLog));
  if (options.checkpoint.empty()) return check;
  GS_ASSIGN_OR_RETURN(const std::string note, ReadSmallFile(options.checkpoint));
  const auto trusted = verify::SignedCheckpoint::Parse(note);
  if (!trusted.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.checkpoint, " is ", trusted.status().message()));
  }
  check.trusted = *trusted;
  return check;
}

absl::StatusOr<int> Verify(const VerifyOptions& options) {
  GS_ASSIGN_OR_RETURN(verify::LogCheckOptions check, ReadOptions(options));
  Progress progress;
  check.progress = [&progress](int64_t done, int64_t all) {
    const double rate = static_cast<double>(done) / progress.seconds();
    progress.Show(absl::StrCat(Grouped(done), " of ", Count(all, "event"), ", ",
                               Grouped(static_cast<int64_t>(rate)), " a second"));
  };
  const bool backup = check.path == options.data;
  if (!backup && options.backup != 0) {
    return absl::InvalidArgumentError(absl::StrCat(options.data, " holds no backups"));
  }
  GS_ASSIGN_OR_RETURN(const verify::Report report, backup
                                                       ? verify::CheckBackup(check, options.backup)
                                                       : verify::CheckLog(check));
  progress.Clear();
  const std::string text =
      options.json ? ReportJson(report, check) : ReportText(report, check, progress.seconds());
  std::fputs(text.c_str(), stdout);
  return report.fault_count == 0 ? 0 : kExitRefused;
}

int Run(const VerifyOptions& options) {
  const absl::StatusOr<int> code = Verify(options);
  if (code.ok()) return *code;
  std::fprintf(stderr, "%s\n", std::string(code.status().message()).c_str());
  return kExitUsage;
}

}  // namespace

absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t max_bytes) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream.is_open()) return absl::InvalidArgumentError(absl::StrCat("cannot read ", path));
  std::string bytes(max_bytes + 1, '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (stream.bad()) return absl::InvalidArgumentError(absl::StrCat("cannot read ", path));
  bytes.resize(static_cast<size_t>(stream.gcount()));
  if (bytes.size() > max_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " is longer than ", max_bytes >> 20, " MiB"));
  }
  return bytes;
}

absl::Status WriteSmallFile(const std::string& path, absl::string_view bytes) {
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (stream.good()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot write ", path));
}

absl::StatusOr<std::vector<verify::PublicKey>> ParseKeys(const std::vector<std::string>& texts,
                                                         KeyOwner owner) {
  std::vector<verify::PublicKey> keys;
  for (const std::string& text : texts) {
    const auto key = verify::PublicKey::Parse(text);
    if (!key.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("key ", text, ": ", key.status().message()));
    }
    if (key->witness != (owner == KeyOwner::kWitness)) {
      return absl::InvalidArgumentError(
          absl::StrCat("key ", text, " is that of a ", key->witness ? "witness" : "log",
                       ", not of a ", key->witness ? "log" : "witness"));
    }
    keys.push_back(*key);
  }
  return keys;
}

absl::Status AddRotations(const std::string& path, verify::LogKeys& keys) {
  GS_ASSIGN_OR_RETURN(const std::string notes, ReadSmallFile(path));
  const auto rotations = verify::KeyRotation::ParseNotes(notes);
  if (!rotations.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is ", rotations.status().message()));
  }
  for (const verify::KeyRotation& rotation : *rotations) {
    const absl::Status status = keys.Add(rotation);
    if (!status.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", status.message()));
  }
  return absl::OkStatus();
}

std::string JsonString(absl::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json.append({'\\', c});
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppend(&json, "\\u", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad4));
    } else {
      json.push_back(c);
    }
  }
  return json + "\"";
}

void AddVerifyCommand(Commands& commands) {
  commands.Add("verify", kAbout, kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
