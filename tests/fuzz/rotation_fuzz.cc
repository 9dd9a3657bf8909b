// Rotations of a log's key: as notes, and as the payload of their event.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "eventstore/key_rotation.h"
#include "goodstanding/event/v1/log_event.pb.h"
#include "verify/log_keys.h"

namespace goodstanding {
namespace {

// Whoever trusts the old key is not led astray by what nobody signed.
void Follow(const verify::KeyRotation& rotation) {
  verify::LogKeys keys({rotation.old_key});
  const bool taken = keys.Add(rotation).ok();
  GS_CHECK(keys.ranges().size() == (taken ? 2u : 1u));
  GS_CHECK(keys.Add(rotation).ok() == taken);
}

void ReadNotes(absl::string_view bytes) {
  const auto rotations = verify::KeyRotation::ParseNotes(bytes);
  if (!rotations.ok()) return;
  for (const verify::KeyRotation& rotation : *rotations) Follow(rotation);
  if (rotations->size() != 1) return;
  const auto note = eventstore::Note::Parse(bytes);
  if (note.ok()) GS_CHECK(note->text == rotations->at(0).text);
}

void ReadPayload(absl::string_view bytes) {
  const auto theirs = verify::KeyRotation::FromPayload(bytes);
  if (!theirs.ok()) return;
  Follow(*theirs);
  event::v1::LogEvent event;
  if (!event.ParseFromString(std::string(bytes))) return;
  GS_CHECK(event.has_signing_key_rotated());
  const event::v1::SigningKeyRotated& fact = event.signing_key_rotated();
  const eventstore::Note note = eventstore::KeyRotationNote(fact);
  GS_CHECK(note.text == theirs->text);
  if (fact.old_signature().empty() || fact.new_signature().empty()) return;
  const auto again = verify::KeyRotation::ParseNotes(note.ToText());
  GS_CHECK(again.ok() && again->at(0).old_signature == theirs->old_signature &&
           again->at(0).new_signature == theirs->new_signature);
}

}  // namespace
}  // namespace goodstanding

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  goodstanding::ReadNotes(input);
  goodstanding::ReadPayload(input);
  return 0;
}
