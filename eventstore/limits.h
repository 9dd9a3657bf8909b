// What an append may hold. Pure.
#ifndef GOODSTANDING_EVENTSTORE_LIMITS_H_
#define GOODSTANDING_EVENTSTORE_LIMITS_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "eventstore/event_store.h"

namespace goodstanding::eventstore {

inline constexpr size_t kMaxStreamNameBytes = 200;
inline constexpr size_t kMaxPayloadBytes = 1 << 20;
inline constexpr size_t kMaxAnswerBytes = 1 << 20;
inline constexpr size_t kMaxEvents = 100'000;
inline constexpr size_t kMaxExpectations = 200'000;
inline constexpr size_t kMaxAppendBytes = 96 << 20;
inline constexpr size_t kMaxRequestIdBytes = 128;
inline constexpr size_t kMaxScopeBytes = 1024;
inline constexpr size_t kDigestBytes = 32;

// INVALID_ARGUMENT unless the name is 1 to 200 bytes of printable ASCII without a space.
absl::Status CheckStreamName(absl::string_view stream);

// INVALID_ARGUMENT unless the id is 1 to 128 bytes and the scope at most 1024, both without a NUL
// byte, and the digest 32 bytes.
absl::Status CheckRequestKey(const RequestKey& request);

// INVALID_ARGUMENT for an append that breaks a limit; the message names the first one.
absl::Status CheckAppend(const AppendRequest& request);

// About how many bytes of memory the append takes while it waits.
size_t AppendBytes(const AppendRequest& request);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_LIMITS_H_
