// What a call says about its trace.
#ifndef GOODSTANDING_SERVICES_CALL_METADATA_H_
#define GOODSTANDING_SERVICES_CALL_METADATA_H_

#include "absl/strings/string_view.h"
#include "grpcpp/server_context.h"
#include "services/command.h"

namespace goodstanding::services {

// Copies the W3C trace context of a call into a command. A malformed one is left out.
void ReadMetadata(const grpc::ServerContextBase& context, Command& command);

// Whether the text is a W3C traceparent: version, trace id, parent id and flags, lower-case hex, no
// id all zeros.
bool IsTraceparent(absl::string_view text);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_CALL_METADATA_H_
