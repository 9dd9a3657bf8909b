#include "services/kept_evidence.h"

#include "base/status_macros.h"
#include "domain/refusal.h"
#include "goodstanding/event/v1/certificant_event.pb.h"
#include "projections/codec.h"
#include "services/grpc_status.h"

namespace goodstanding::services {
namespace {

// ON DISK: the number, which EvidenceAttached reserves, under which its bytes are sealed.
constexpr int kContentField = 8;

eventstore::SealContext ContextOf(absl::string_view stream) {
  return {.stream = stream,
          .kind = event::v1::EvidenceAttached::descriptor()->name(),
          .path = {kContentField}};
}

absl::Status Erased() {
  return domain::Refuse("CERTIFICANT_ERASED",
                        "The person's data was erased; no document can be sealed or opened.",
                        "certificant_id");
}

}  // namespace

absl::StatusOr<std::string> KeptEvidence::Keep(absl::string_view certificant_id,
                                               absl::string_view content) {
  const std::string stream = projections::CertificantStream(certificant_id);
  const absl::StatusOr<std::string> sealed = keys_.Seal(ContextOf(stream), content);
  if (absl::IsFailedPrecondition(sealed.status())) return Erased();
  if (!sealed.ok()) return FromStore(sealed.status());
  absl::StatusOr<std::string> digest = folder_.Put(*sealed);
  if (!digest.ok()) return FromStore(digest.status());
  return digest;
}

absl::StatusOr<std::string> KeptEvidence::Open(absl::string_view certificant_id,
                                               absl::string_view stored_digest) {
  const std::string stream = projections::CertificantStream(certificant_id);
  const absl::StatusOr<std::string> sealed = folder_.Get(stored_digest);
  if (!sealed.ok()) return FromStore(sealed.status());
  absl::StatusOr<std::string> content = keys_.Unseal(ContextOf(stream), *sealed);
  if (absl::IsNotFound(content.status())) return Erased();
  if (!content.ok()) return FromStore(content.status());
  return content;
}

}  // namespace goodstanding::services
