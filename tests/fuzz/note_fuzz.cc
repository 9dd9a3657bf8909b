// Signed notes, checkpoints and the texts of keys: as the server reads them, and as the outside
// check does.
#include "eventstore/note.h"

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "eventstore/signing_key.h"
#include "verify/signed_note.h"

namespace goodstanding {
namespace {

void ReadNote(absl::string_view bytes) {
  const auto theirs = verify::SignedCheckpoint::Parse(bytes);
  const auto note = eventstore::Note::Parse(bytes);
  if (!note.ok()) return;
  GS_CHECK(note->ToText() == bytes);
  const auto checkpoint = eventstore::Checkpoint::Parse(note->text);
  if (!checkpoint.ok()) return;
  // What the server would sign or keep, everybody can check.
  GS_CHECK(theirs.ok());
  GS_CHECK(theirs->text == note->text);
  GS_CHECK(theirs->origin == checkpoint->origin);
  GS_CHECK(theirs->size == checkpoint->size);
  GS_CHECK(verify::BytesOf(theirs->root) == eventstore::BytesOf(checkpoint->root));
  GS_CHECK(theirs->signatures.size() == note->signatures.size());
  for (size_t i = 0; i < note->signatures.size(); ++i) {
    GS_CHECK(theirs->signatures[i].name == note->signatures[i].name);
    GS_CHECK(theirs->signatures[i].key_id == note->signatures[i].key_id);
    GS_CHECK(theirs->signatures[i].bytes == note->signatures[i].signature);
  }
}

void ReadKey(absl::string_view text) {
  const auto theirs = verify::PublicKey::Parse(text);
  const auto ours = eventstore::NoteKey::Parse(text);
  if (ours.ok()) {
    GS_CHECK(ours->ToText() == text);
    GS_CHECK(theirs.ok());
    GS_CHECK(theirs->name == ours->name);
    GS_CHECK(theirs->key == ours->public_key);
    GS_CHECK(theirs->id == ours->id());
  }
  const auto signing = eventstore::SigningKey::Parse(text);
  if (signing.ok()) GS_CHECK((*signing)->ToText().bytes() == text);
}

}  // namespace
}  // namespace goodstanding

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  goodstanding::ReadNote(input);
  goodstanding::ReadKey(input);
  return 0;
}
