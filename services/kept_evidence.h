// Documents that are kept: sealed under the person's key, in a folder of files.
#ifndef GOODSTANDING_SERVICES_KEPT_EVIDENCE_H_
#define GOODSTANDING_SERVICES_KEPT_EVIDENCE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/evidence_folder.h"
#include "eventstore/key_store.h"

namespace goodstanding::services {

// The largest document that is kept. With the rest of its message it is below the largest message.
inline constexpr size_t kMaxEvidenceBytes = 3 << 20;

// Thread-safe. Borrows both.
class KeptEvidence {
 public:
  KeptEvidence(eventstore::KeyStore& keys, const eventstore::EvidenceFolder& folder)
      : keys_(keys), folder_(folder) {}

  // Seals a person's document, has it on disk, and returns where it is kept: 32 bytes.
  // CERTIFICANT_ERASED where the key is destroyed. Cost: two syncs.
  absl::StatusOr<std::string> Keep(absl::string_view certificant_id, absl::string_view content);

  // A document by where it is kept. CERTIFICANT_ERASED; DATA_LOSS where the file is missing or
  // damaged, or the person's key does not open it.
  absl::StatusOr<std::string> Open(absl::string_view certificant_id,
                                   absl::string_view stored_digest);

 private:
  eventstore::KeyStore& keys_;
  const eventstore::EvidenceFolder& folder_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_KEPT_EVIDENCE_H_
