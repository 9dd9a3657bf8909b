// Receipts for commands that overload shed: that they had arrived, and when.
//
// A command that the server was too busy to take is refused with a receipt, a text signed with a
// key of its own. Sent again with it, unchanged, by the same caller and in time, the command takes
// effect when it first arrived. That it does so once is up to its request id, as ever.
#ifndef GOODSTANDING_SERVICES_ARRIVALS_H_
#define GOODSTANDING_SERVICES_ARRIVALS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "eventstore/random.h"
#include "eventstore/signing_key.h"
#include "goodstanding/api/v1/command_service.pb.h"
#include "goodstanding/config/v1/config.pb.h"
#include "grpcpp/server_context.h"
#include "services/call_limits.h"
#include "services/command.h"
#include "services/write_gate.h"

namespace goodstanding::services {

// The metadata of a repeat: the note of its receipt, as it was given.
inline constexpr char kArrivalMetadata[] = "goodstanding-arrival-bin";

// "goodstanding/0a…/arrivals": the name of a log's key for receipts.
std::string ArrivalOrigin(absl::string_view log_origin);

// The key for receipts from a file; as OpenLetterKey.
absl::StatusOr<std::unique_ptr<const eventstore::SigningKey>> OpenArrivalKey(
    const std::string& path, absl::string_view log_origin, eventstore::RandomSource& random);

// What a receipt is of.
struct ArrivingCommand {
  absl::string_view method;  // Its full name, with dots.
  const event::v1::Actor& caller;
  const std::string& request_id;
  std::string digest;  // As Command.digest.
};

// Thread-safe.
class Arrivals {
 public:
  // What it borrows outlives it. The limits have all defaults.
  Arrivals(const eventstore::SigningKey& key, const Clock& clock, const WriteGate& gate,
           const config::v1::LimitsConfig& limits);

  // What a repeat presents: nullopt where it presents nothing. Else the arrival, where it is one of
  // this caller, this method and this command, and not too long ago: ARRIVAL_FORGED,
  // ARRIVAL_OF_ANOTHER_CALLER, ARRIVAL_OF_ANOTHER_COMMAND, ARRIVAL_EXPIRED.
  // Cost: a check of a signature, about 0.1 ms, where something is presented.
  absl::StatusOr<std::optional<Arrival>> Read(const grpc::ServerContext& context,
                                              const ArrivingCommand& command) const;

  // Whether a command that is refused with this gets a receipt: where it is the server that could
  // not take it (OVERLOADED, DISK_NEARLY_FULL), not where its caller calls too often.
  static bool Gives(const absl::Status& refusal);

  // Such a refusal, with a receipt. Without one where the command came with one, where more are
  // asked for than may be signed in a second, or where the clock is not believed. REQUIRES:
  // Gives(refusal). Cost: a signature, about 0.05 ms.
  absl::Status WithReceipt(const absl::Status& refusal, const grpc::ServerContext& context,
                           const ArrivingCommand& command);

  int64_t signed_count() const { return signed_.load(std::memory_order_relaxed); }
  int64_t withheld_count() const { return withheld_.load(std::memory_order_relaxed); }

 private:
  const eventstore::SigningKey& key_;
  const std::string verifier_key_;
  const Clock& clock_;
  const WriteGate& gate_;
  const int64_t per_second_;
  const absl::Duration valid_for_;
  Rate rate_;
  std::atomic<int64_t> signed_ = 0;
  std::atomic<int64_t> withheld_ = 0;
};

// The receipt inside a status; nullopt where it has none.
std::optional<api::v1::ArrivalReceipt> GetReceipt(const absl::Status& status);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_ARRIVALS_H_
