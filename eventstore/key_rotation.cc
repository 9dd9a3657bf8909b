#include "eventstore/key_rotation.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "eventstore/log_events.h"

namespace goodstanding::eventstore {
namespace {

// ON DISK: what both keys sign.
std::string RotationText(const event::v1::SigningKeyRotated& fact, absl::string_view origin) {
  return absl::StrCat("goodstanding key-rotation/v1\n", origin, "\n", fact.first_size(), "\n",
                      fact.old_key(), "\n", fact.new_key(), "\n");
}

// The name of a verifier key.
absl::string_view NameOf(absl::string_view key) { return key.substr(0, key.find('+')); }

NoteSignature SignatureOf(absl::string_view key_text, const std::string& signature) {
  const absl::StatusOr<NoteKey> key = NoteKey::Parse(key_text);
  return {.name = std::string(NameOf(key_text)),
          .key_id = key.ok() ? key->id() : std::string(4, '\0'),
          .signature = signature};
}

const SigningKey* Find(const SigningKeys& keys, absl::string_view text) {
  for (const auto& key : keys) {
    if (key->public_key().ToText() == text) return key.get();
  }
  return nullptr;
}

// The key of the file that signed the newest checkpoint; nullptr where there is none.
absl::StatusOr<const SigningKey*> FindLastSigner(const EventStore& store, const SigningKeys& keys) {
  GS_ASSIGN_OR_RETURN(const std::optional<EventStore::StoredCheckpoint> newest,
                      store.FindCheckpoint(INT64_MAX));
  if (!newest.has_value()) return nullptr;
  const absl::StatusOr<Note> note = Note::Parse(newest->note);
  if (!note.ok()) return absl::DataLossError(note.status().message());
  for (const auto& key : keys) {
    if (VerifyNote(*note, key->public_key()) == NoteVerdict::kValid) return key.get();
  }
  return nullptr;
}

absl::StatusOr<const SigningKey*> FindLogsKey(const EventStore& store, const SigningKeys& keys) {
  std::string newest;
  GS_RETURN_IF_ERROR(VisitLogEvents(store, [&](int64_t, const event::v1::LogEvent& event) {
    if (event.has_signing_key_rotated()) newest = event.signing_key_rotated().new_key();
    return absl::OkStatus();
  }));
  const SigningKey* const rotated = Find(keys, newest);
  if (rotated != nullptr) return rotated;
  GS_ASSIGN_OR_RETURN(const SigningKey* const signer, FindLastSigner(store, keys));
  return signer != nullptr ? signer : keys.back().get();
}

}  // namespace

absl::StatusOr<NoteKey> AddSigningKey(const std::string& path, RandomSource& random) {
  GS_ASSIGN_OR_RETURN(const SigningKeys keys, ReadSigningKeys(path));
  const NoteKey& old_key = keys[0]->public_key();
  GS_ASSIGN_OR_RETURN(const SigningKeys with_new,
                      PutSigningKeyFirst(path, old_key.name, old_key.type, random));
  return with_new[0]->public_key();
}

absl::StatusOr<std::unique_ptr<const SigningKey>> SettleSigningKey(EventStore& store,
                                                                   SigningKeys keys,
                                                                   absl::Time now) {
  GS_CHECK(!keys.empty());
  const NoteKey& first = keys[0]->public_key();
  if (first.name != store.Origin() || first.type != NoteKeyType::kEd25519) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the first signing key is of another log: ", first.name, ", not ", store.Origin()));
  }
  std::erase_if(keys, [&](const auto& key) { return key->public_key().name != store.Origin(); });
  GS_ASSIGN_OR_RETURN(const SigningKey* const logs_key, FindLogsKey(store, keys));
  if (logs_key == keys[0].get()) return std::move(keys[0]);
  event::v1::LogEvent event;
  event::v1::SigningKeyRotated& fact = *event.mutable_signing_key_rotated();
  fact.set_old_key(logs_key->public_key().ToText());
  fact.set_new_key(keys[0]->public_key().ToText());
  fact.set_first_size(store.Head() + 1);
  const std::string text = RotationText(fact, store.Origin());
  fact.set_old_signature(logs_key->Sign(text).signature);
  fact.set_new_signature(keys[0]->Sign(text).signature);
  GS_ASSIGN_OR_RETURN(const int64_t position, AppendLogEvent(store, event, now));
  GS_CHECK(position == fact.first_size());
  return std::move(keys[0]);
}

Note KeyRotationNote(const event::v1::SigningKeyRotated& fact) {
  return {.text = RotationText(fact, NameOf(fact.new_key())),
          .signatures = {SignatureOf(fact.old_key(), fact.old_signature()),
                         SignatureOf(fact.new_key(), fact.new_signature())}};
}

absl::StatusOr<std::vector<std::string>> KeyRotationNotes(const EventStore& store) {
  std::vector<std::string> notes;
  GS_RETURN_IF_ERROR(VisitLogEvents(store, [&](int64_t, const event::v1::LogEvent& event) {
    if (!event.has_signing_key_rotated()) return absl::OkStatus();
    const event::v1::SigningKeyRotated& fact = event.signing_key_rotated();
    if (NameOf(fact.new_key()) == store.Origin()) notes.push_back(KeyRotationNote(fact).ToText());
    return absl::OkStatus();
  }));
  return notes;
}

}  // namespace goodstanding::eventstore
