#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "eventstore/seal.h"
#include "projections/codec.h"
#include "projections/sweep.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/output.h"
#include "tools/progress.h"
#include "tools/rule_files.h"
#include "tools/simulated_board.h"
#include "tools/simulated_commands.h"

namespace goodstanding::tools {
namespace {

using eventstore::Record;

constexpr char kExamples[] =
    "  goodstanding simulate --data ./board                    10,000 people, 14 years\n"
    "  goodstanding simulate --data ./large --certificants 1000000\n"
    "  goodstanding simulate --server 127.0.0.1:7443 --certificants 100 --threads 32\n"
    "                                                          as commands to a server\n"
    "\n"
    "Writes the log and the keys of a board that is made up, as a server would have recorded it:\n"
    "serve the folder afterwards, or check it with `goodstanding verify`. The same seed gives the\n"
    "same events. The first 100,000 people are recorded side by side, as time went; those after\n"
    "them 100,000 at a time, as if taken over from other registers on the last day. A million\n"
    "people are some 50 million events and take about 15 GB.\n"
    "\n"
    "With --server the same lives are sent to a server that runs, as the commands that staff "
    "would\n"
    "have given, each effective when it took place; it decides on each. A repeat changes nothing.";

// People whose events are in memory at once.
constexpr int64_t kPeopleAtOnce = 100'000;
constexpr int kEventsPerAppend = 2'000;

struct SimulateOptions {
  std::string data;
  Connection connection;
  SimulationOptions board;
  int threads = 0;
};

void AddOptions(Command& command, SimulateOptions& options) {
  command.Add("--data", options.data, "A new folder, which the server can be started on");
  options.connection.server.clear();
  AddServer(command, options.connection);
  command.Add("--certificants", options.board.certificants, "How many people")
      .Between(1, 10'000'000)
      .ShowDefault();
  command.Add("--years", options.board.years, "Years of history").Between(1, 50).ShowDefault();
  command.Add("--seed", options.board.seed, "Another seed gives another board").ShowDefault();
  command.Add("--threads", options.threads, "Threads; 0: one a processor").AtLeast(0).ShowDefault();
}

// Appends in the order in which it is told, without waiting for each.
class Writer {
 public:
  Writer(eventstore::EventStore& store, ManualClock& clock) : store_(store), clock_(clock) {}

  // Adds an event; its time of recording is the last one's where that is later.
  absl::Status Add(Record record, int64_t recorded_micros) {
    // An append has one time of recording.
    if (!events_.empty() &&
        (events_.size() == kEventsPerAppend || recorded_micros > micros_ + kSpanMicros)) {
      GS_RETURN_IF_ERROR(Flush());
    }
    micros_ = std::max(micros_, recorded_micros);
    ++position_;
    events_.push_back(std::move(record));
    return absl::OkStatus();
  }

  absl::Status Flush() {
    if (events_.empty()) return absl::OkStatus();
    clock_.Set(absl::FromUnixMicros(micros_));
    eventstore::AppendRequest request;
    request.events = std::move(events_);
    events_.clear();
    return store_.Append(std::move(request)).status();
  }

  // Position of the event added last.
  int64_t position() const { return position_; }

 private:
  static constexpr int64_t kSpanMicros = 3'600'000'000;  // What is recorded within an hour.

  eventstore::EventStore& store_;
  ManualClock& clock_;
  std::vector<Record> events_;
  int64_t micros_ = 0;
  int64_t position_ = 0;
};

Record MakeRecord(const std::string& stream, absl::Time effective,
                  const services::BoardTime& zone) {
  Record record;
  record.set_stream(stream);
  record.set_effective_micros(absl::ToUnixMicros(effective));
  record.set_utc_offset_seconds(zone.UtcOffsetSeconds(effective));
  record.mutable_actor()->set_issuer("none");
  record.mutable_actor()->set_subject("anonymous");
  record.set_request_id("simulated");
  return record;
}

absl::Status WriteBoard(const SimulatedBoard& board, const services::BoardTime& zone,
                        Writer& writer) {
  const absl::Time founded = zone.ResolveDay(board.founded(), absl::InfiniteFuture());
  event::v1::RuleSetEvent rules;
  auto& published = *rules.mutable_rule_set_published();
  *published.mutable_rule_set() = ShippedRules();
  published.set_authority("Commission");
  Record record = MakeRecord(projections::RulesStream(published.rule_set().name()), founded, zone);
  record.set_kind(std::string(projections::KindOf(rules)));
  rules.SerializeToString(record.mutable_payload());
  GS_RETURN_IF_ERROR(writer.Add(std::move(record), absl::ToUnixMicros(founded)));
  for (const SimulatedActivity& activity : board.activities()) {
    Record approved = MakeRecord(projections::ActivityStream(activity.activity_id), founded, zone);
    approved.set_kind(std::string(projections::KindOf(activity.event)));
    activity.event.SerializeToString(approved.mutable_payload());
    GS_RETURN_IF_ERROR(writer.Add(std::move(approved), absl::ToUnixMicros(founded)));
  }
  return writer.Flush();
}

// What a decision saw was all that stands before it.
void SetBasis(int64_t position, event::v1::CertificantEvent& event) {
  if (event.has_application_returned()) {
    event.mutable_application_returned()->mutable_basis()->set_position(position);
  } else if (event.has_certification_renewed()) {
    event.mutable_certification_renewed()->mutable_basis()->set_position(position);
  } else if (event.has_extension_granted()) {
    event.mutable_extension_granted()->mutable_basis()->set_position(position);
  } else if (event.has_extension_denied()) {
    event.mutable_extension_denied()->mutable_basis()->set_position(position);
  } else if (event.has_audit_closed()) {
    event.mutable_audit_closed()->mutable_basis()->set_position(position);
  }
}

// Seals what is personal, as the command processor does.
absl::Status Protect(eventstore::KeyStore& keys, const std::string& stream,
                     event::v1::CertificantEvent& event) {
  if (event.has_certificant_registered()) {
    GS_ASSIGN_OR_RETURN(const eventstore::KeyFacts key,
                        keys.CreateKey(stream, eventstore::Durability::kByNextSync));
    auto& registered = *event.mutable_certificant_registered();
    registered.set_data_key_digest(key.digest);
    GS_RETURN_IF_ERROR(
        keys.PutLookup(stream, registered.email(), eventstore::Durability::kByNextSync));
  }
  return eventstore::SealPersonalFields(keys, stream, projections::KindOf(event), &event);
}

// The lives of people from `first`, inclusive, to `last`, exclusive, made on all threads.
struct Lives {
  std::vector<std::vector<SimulatedEvent>> of;
  // (recorded, person, number of the event), in order of recording.
  struct Place {
    int64_t micros;
    uint32_t person;
    uint32_t number;
  };
  std::vector<Place> order;
};

absl::StatusOr<Lives> MakeLives(const SimulatedBoard& board, int64_t first, int64_t last,
                                int threads, eventstore::KeyStore& keys) {
  constexpr int64_t kPeoplePerTask = 500;
  Lives lives;
  lives.of.resize(static_cast<size_t>(last - first));
  const auto tasks = static_cast<size_t>((last - first + kPeoplePerTask - 1) / kPeoplePerTask);
  const auto make = [&](size_t task) -> absl::Status {
    const int64_t begin = first + static_cast<int64_t>(task) * kPeoplePerTask;
    for (int64_t i = begin; i < std::min(last, begin + kPeoplePerTask); ++i) {
      std::vector<SimulatedEvent>& life = lives.of[static_cast<size_t>(i - first)];
      life = board.LifeOf(i);
      const std::string stream = projections::CertificantStream(SimulatedBoard::IdOf(i));
      for (SimulatedEvent& event : life) {
        GS_RETURN_IF_ERROR(Protect(keys, stream, event.event));
      }
    }
    return absl::OkStatus();
  };
  GS_RETURN_IF_ERROR(projections::RunTasks(tasks, threads, make));
  for (size_t person = 0; person < lives.of.size(); ++person) {
    for (size_t number = 0; number < lives.of[person].size(); ++number) {
      lives.order.push_back({lives.of[person][number].recorded_micros,
                             static_cast<uint32_t>(person), static_cast<uint32_t>(number)});
    }
  }
  std::sort(lives.order.begin(), lives.order.end(), [](const auto& a, const auto& b) {
    return std::tie(a.micros, a.person, a.number) < std::tie(b.micros, b.person, b.number);
  });
  return lives;
}

absl::Status WriteLives(Lives lives, int64_t first, const services::BoardTime& zone,
                        Writer& writer) {
  for (const Lives::Place& place : lives.order) {
    SimulatedEvent& event = lives.of[place.person][place.number];
    SetBasis(writer.position(), event.event);
    Record record =
        MakeRecord(projections::CertificantStream(SimulatedBoard::IdOf(first + place.person)),
                   event.effective, zone);
    record.set_kind(std::string(projections::KindOf(event.event)));
    event.event.SerializeToString(record.mutable_payload());
    event.event.Clear();
    GS_RETURN_IF_ERROR(writer.Add(std::move(record), place.micros));
  }
  return writer.Flush();
}

// The folder is new, so that no board is written over.
absl::Status NewFolder(const std::string& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error) && !std::filesystem::is_empty(path, error)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is not empty; name a new folder"));
  }
  std::filesystem::create_directories(path, error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot create ", path, ": ", error.message()));
}

absl::Status Simulate(const SimulateOptions& options) {
  GS_ASSIGN_OR_RETURN(const services::BoardTime zone,
                      services::BoardTime::Load(ShippedRules().time_zone()));
  const SimulatedBoard board(options.board, zone);
  ManualClock clock(zone.ResolveDay(board.founded(), absl::InfiniteFuture()));
  eventstore::Options log;
  log.path = absl::StrCat(options.data, "/log");
  log.clock = &clock;
  log.sync = false;
  GS_RETURN_IF_ERROR(NewFolder(options.data));
  GS_ASSIGN_OR_RETURN(const auto store, eventstore::EventStore::Open(log));
  eventstore::KeyStoreOptions key_options;
  key_options.path = absl::StrCat(options.data, "/keys");
  key_options.key_file = absl::StrCat(options.data, "/deployment.key");
  GS_ASSIGN_OR_RETURN(const auto keys, eventstore::KeyStore::Open(key_options));
  const int threads = options.threads > 0
                          ? options.threads
                          : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  Writer writer(*store, clock);
  GS_RETURN_IF_ERROR(WriteBoard(board, zone, writer));
  Progress progress;
  for (int64_t first = 0; first < options.board.certificants; first += kPeopleAtOnce) {
    const int64_t last = std::min(options.board.certificants, first + kPeopleAtOnce);
    GS_ASSIGN_OR_RETURN(Lives lives, MakeLives(board, first, last, threads, *keys));
    GS_RETURN_IF_ERROR(keys->Sync());
    GS_RETURN_IF_ERROR(WriteLives(std::move(lives), first, zone, writer));
    progress.Show(absl::StrCat(last, " of ", options.board.certificants, " people"));
  }
  progress.Clear();
  absl::PrintF("%d certificants, %d events in %s\n", options.board.certificants, store->Head(),
               options.data);
  return absl::OkStatus();
}

// To a server, as commands.
absl::Status Send(const SimulateOptions& options) {
  GS_ASSIGN_OR_RETURN(const services::BoardTime zone,
                      services::BoardTime::Load(ShippedRules().time_zone()));
  const SimulatedBoard board(options.board, zone);
  const Client client = Connect(options.connection);
  Progress progress;
  GS_ASSIGN_OR_RETURN(
      const SentBoard sent,
      SendBoard(
          board, options.board, zone, client, std::max(1, options.threads), [&](int64_t people) {
            progress.Show(absl::StrCat(people, " of ", options.board.certificants, " people"));
          }));
  const double seconds = progress.seconds();
  progress.Clear();
  for (const auto& [message, count] : sent.refusals) {
    absl::FPrintF(stderr, "%d refused: %s\n", count, Printable(message));
  }
  absl::PrintF("%d certificants, %d of %d commands accepted, %.0f a second\n",
               options.board.certificants, sent.accepted, sent.commands,
               static_cast<double>(sent.commands) / std::max(seconds, 0.001));
  return absl::OkStatus();
}

int Run(const SimulateOptions& options) {
  if (options.data.empty() && options.connection.server.empty()) {
    return Fail(absl::InvalidArgumentError("name a new folder with --data, or a --server"));
  }
  if (options.data.empty()) return Finish(Send(options), options.connection);
  const absl::Status status = Simulate(options);
  if (status.ok()) return 0;
  absl::FPrintF(stderr, "goodstanding: %s\n", std::string(status.message()));
  return absl::IsInvalidArgument(status) ? kExitUsage : kExitRefused;
}

}  // namespace

void AddSimulateCommand(Commands& commands) {
  commands.Add("simulate", "Make up a board: its log and keys, to be served and measured",
               kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
