// Seals and opens the personal fields of a message: those with the option
// goodstanding.type.v1.personal, which are of type bytes.
#ifndef GOODSTANDING_EVENTSTORE_SEAL_H_
#define GOODSTANDING_EVENTSTORE_SEAL_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/key_store.h"

namespace google::protobuf {
class Message;
}

namespace goodstanding::eventstore {

// Seals every personal field that is not empty, in the message and all below it, under the stream's
// key. `message` is the kind's message, or the stream event around it: its one member is then
// taken, and the bytes are the same. Errors: those of KeyStore::Seal; then some fields may be
// sealed already. REQUIRES: nothing in it is sealed yet.
absl::Status SealPersonalFields(KeyStore& keys, absl::string_view stream, absl::string_view kind,
                                google::protobuf::Message* message);

// Opens them again. Fields whose key was destroyed become empty; returns whether there were any.
// Errors: DATA_LOSS where a text does not authenticate.
absl::StatusOr<bool> OpenPersonalFields(KeyStore& keys, absl::string_view stream,
                                        absl::string_view kind, google::protobuf::Message* message);

// Empties every personal field, sealed or not.
void ClearPersonalFields(google::protobuf::Message* message);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_SEAL_H_
