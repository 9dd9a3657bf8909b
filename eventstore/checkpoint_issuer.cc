#include "eventstore/checkpoint_issuer.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "base/thread_name.h"

namespace goodstanding::eventstore {
namespace {

constexpr int64_t kAnySize = INT64_MAX;

// Adds the line, or puts it in the place of an older one of the same key.
void Put(NoteSignature line, std::vector<NoteSignature>& lines) {
  for (NoteSignature& present : lines) {
    if (present.name == line.name && present.key_id == line.key_id) {
      present = std::move(line);
      return;
    }
  }
  lines.push_back(std::move(line));
}

// The lines of the note that known witnesses signed. INVALID_ARGUMENT where one is forged,
// NOT_FOUND where there is none.
absl::StatusOr<std::vector<NoteSignature>> CosignaturesOf(const Note& note,
                                                          const std::vector<NoteKey>& witnesses) {
  std::vector<NoteSignature> lines;
  for (const NoteKey& witness : witnesses) {
    const NoteVerdict verdict = VerifyNote(note, witness);
    if (verdict == NoteVerdict::kForged) {
      return absl::InvalidArgumentError(
          absl::StrCat("the cosignature of ", witness.name, " does not verify"));
    }
    if (verdict == NoteVerdict::kAbsent) continue;
    for (const NoteSignature& line : note.signatures) {
      if (line.name == witness.name && line.key_id == witness.id()) lines.push_back(line);
    }
  }
  if (lines.empty()) return absl::NotFoundError("the note has no cosignature of a known witness");
  return lines;
}

}  // namespace

CheckpointIssuer::CheckpointIssuer(EventStore& store, std::unique_ptr<const SigningKey> key,
                                   std::vector<NoteKey> witnesses)
    : store_(store), key_(std::move(key)), witnesses_(std::move(witnesses)) {
  GS_CHECK(key_->public_key().name == store_.Origin());
}

CheckpointIssuer::~CheckpointIssuer() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    stop_.SignalAll();
  }
  if (thread_.joinable()) thread_.join();
}

void CheckpointIssuer::IssueEach(absl::Duration interval) {
  GS_CHECK(!thread_.joinable());
  thread_ = std::thread([this, interval] { Run(interval); });
}

// What cannot be issued now is issued at the next turn; a store that fails says so by itself.
void CheckpointIssuer::Run(absl::Duration interval) {
  NameThread("checkpoints");
  const MutexLock lock(mutex_);
  while (!stopping_) {
    const auto newest = store_.FindCheckpoint(kAnySize);
    const int64_t head = store_.Head();
    if (newest.ok() && (!newest->has_value() || (*newest)->size < head)) {
      Issue(head).status().IgnoreError();
    }
    if (!stopping_) stop_.WaitFor(mutex_, absl::ToChronoNanoseconds(interval));
  }
}

absl::StatusOr<EventStore::StoredCheckpoint> CheckpointIssuer::AtLeast(int64_t min_size) {
  // What is smaller belongs to a log that this one goes on from.
  if (!store_.FormerOrigins().empty()) {
    min_size = std::max(min_size, store_.FormerOrigins().back().size + 1);
  }
  const int64_t head = store_.Head();
  if (min_size > head) {
    return absl::OutOfRangeError(absl::StrCat("the log has ", head, " events, not yet ", min_size));
  }
  const MutexLock lock(mutex_);
  GS_ASSIGN_OR_RETURN(std::optional<EventStore::StoredCheckpoint> newest,
                      store_.FindCheckpoint(kAnySize));
  if (newest.has_value() && newest->size >= min_size) return *std::move(newest);
  return Issue(head);
}

absl::StatusOr<EventStore::StoredCheckpoint> CheckpointIssuer::Issue(int64_t size) {
  Checkpoint checkpoint{.origin = store_.Origin(), .size = size};
  GS_ASSIGN_OR_RETURN(checkpoint.root, store_.TreeRoot(size));
  Note note;
  note.text = checkpoint.ToText();
  note.signatures.push_back(key_->Sign(note.text));
  EventStore::StoredCheckpoint stored{.size = size, .note = note.ToText()};
  GS_RETURN_IF_ERROR(store_.PutCheckpoint(stored.size, stored.note));
  return stored;
}

absl::StatusOr<EventStore::StoredCheckpoint> CheckpointIssuer::AddCosignatures(
    absl::string_view bytes) {
  GS_ASSIGN_OR_RETURN(const Note note, Note::Parse(bytes));
  GS_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Checkpoint::Parse(note.text));
  const MutexLock lock(mutex_);
  GS_ASSIGN_OR_RETURN(std::optional<EventStore::StoredCheckpoint> stored,
                      store_.FindCheckpoint(checkpoint.size));
  if (!stored.has_value() || stored->size != checkpoint.size) {
    return absl::InvalidArgumentError("no checkpoint of that size was issued");
  }
  GS_ASSIGN_OR_RETURN(Note ours, Note::Parse(stored->note));
  if (ours.text != note.text) {
    return absl::InvalidArgumentError("the checkpoint is not the one that was issued");
  }
  GS_ASSIGN_OR_RETURN(std::vector<NoteSignature> lines, CosignaturesOf(note, witnesses_));
  for (NoteSignature& line : lines) Put(std::move(line), ours.signatures);
  stored->note = ours.ToText();
  GS_RETURN_IF_ERROR(store_.PutCheckpoint(stored->size, stored->note));
  return *std::move(stored);
}

absl::StatusOr<SigningKeys> OpenSigningKeys(const std::string& path, const EventStore& store,
                                            RandomSource& random) {
  GS_ASSIGN_OR_RETURN(SigningKeys keys,
                      ReadOrCreateSigningKeys(path, store.Origin(), NoteKeyType::kEd25519, random));
  for (const FormerOrigin& former : store.FormerOrigins()) {
    if (keys[0]->public_key().name == former.origin) {
      return PutSigningKeyFirst(path, store.Origin(), NoteKeyType::kEd25519, random);
    }
  }
  return keys;
}

}  // namespace goodstanding::eventstore
