// Proof files: as the server reads them, and as the outside check does, down to the verdict.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "eventstore/merkle.h"
#include "eventstore/note.h"
#include "verify/signed_note.h"

namespace goodstanding {
namespace {

verify::Hash Theirs(const eventstore::Hash& hash) { return hash; }

void ReadProof(absl::string_view bytes) {
  const auto theirs = verify::ProofFile::Parse(bytes);
  const auto ours = eventstore::ProofFile::Parse(bytes);
  if (theirs.ok()) GS_CHECK(ours.ok());
  if (!ours.ok()) return;
  const auto again = eventstore::ProofFile::Parse(ours->ToText());
  GS_CHECK(again.ok() && again->index == ours->index && again->proof == ours->proof &&
           again->checkpoint == ours->checkpoint);
  if (!theirs.ok()) return;
  GS_CHECK(theirs->index == ours->index);
  GS_CHECK(theirs->path.size() == ours->proof.size());
  for (size_t i = 0; i < ours->proof.size(); ++i) {
    GS_CHECK(theirs->path[i] == Theirs(ours->proof[i]));
  }
  // Both come to the same verdict about any leaf.
  const eventstore::Hash leaf = eventstore::HashLeaf("leaf");
  const verify::SignedCheckpoint& checkpoint = theirs->checkpoint;
  GS_CHECK(eventstore::VerifyInclusion(ours->index, checkpoint.size, leaf, ours->proof,
                                       checkpoint.root) ==
           verify::CheckInclusion(theirs->index, checkpoint.size, Theirs(leaf), theirs->path,
                                  checkpoint.root));
}

}  // namespace
}  // namespace goodstanding

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  goodstanding::ReadProof({reinterpret_cast<const char*>(data), size});
  return 0;
}
