// Who makes a call, and what that allows beyond the method itself.
#ifndef GOODSTANDING_SERVICES_PRINCIPAL_H_
#define GOODSTANDING_SERVICES_PRINCIPAL_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "goodstanding/event/v1/record.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "grpcpp/server_context.h"

namespace goodstanding::services {

// The caller of an admitted call.
struct Principal {
  event::v1::Actor actor;
  // Whether it may say when a fact took effect.
  bool may_backdate = false;
  // Whether it may post credits as the board's own, which count from the day of completion.
  bool may_post_for_board = false;
  // Whether a credit that it reports counts as documented.
  bool may_document = false;
  // Whether it may have a letter about a past position of the log.
  bool may_ask_for_past_letters = false;
  // First moment at which what identified it no longer counts.
  absl::Time end = absl::InfiniteFuture();
};

// Everybody where nobody is identified: issuer "none", subject "anonymous", every right.
const Principal& Anonymous();

// Stands before every method. Thread-safe.
class Gate {
 public:
  virtual ~Gate() = default;

  // Before anything of the request is looked at. `request` is null where it comes as a stream or
  // as bytes. UNAUTHENTICATED where the caller is not who it says, PERMISSION_DENIED where it has
  // no right to the method. Does not wait; a token costs a check of a signature, about 0.1 ms.
  virtual absl::StatusOr<Principal> Admit(const grpc::ServerContext& context,
                                          const google::protobuf::MethodDescriptor& method,
                                          const google::protobuf::Message* request) const = 0;
  // Whether what identified the caller counts no longer. Costs a look at the clock.
  virtual bool HasEnded(const Principal& principal) const = 0;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_PRINCIPAL_H_
