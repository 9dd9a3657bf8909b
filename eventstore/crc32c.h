// CRC-32C (Castagnoli), as in RFC 3720: the checksum of stored rows.
#ifndef GOODSTANDING_EVENTSTORE_CRC32C_H_
#define GOODSTANDING_EVENTSTORE_CRC32C_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace goodstanding::eventstore {

// The checksum of `bytes`. About 10 GB/s where the processor has SSE 4.2, 0.4 GB/s elsewhere.
uint32_t Crc32c(absl::string_view bytes);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_CRC32C_H_
