// Dossiers: everything about one person, checked with the log's public key alone. Written from
// docs/dossier.md; shares nothing with what writes them. Pure. Thread-safe.
#ifndef GOODSTANDING_VERIFY_DOSSIER_H_
#define GOODSTANDING_VERIFY_DOSSIER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "verify/hashes.h"
#include "verify/proof_check.h"
#include "verify/signed_note.h"

namespace goodstanding::verify {

// A longer file is none.
inline constexpr size_t kMaxDossierBytes = 64 << 20;

// What the first line of every dossier is.
inline constexpr absl::string_view kDossierTitle = "goodstanding dossier/v1";

// A dossier, taken apart; nothing of it is checked yet but its form and its digest.
struct Dossier {
  // What the board says; nothing proves it.
  struct Statement {
    std::string name;
    std::string text;
  };

  std::string certificant_id;
  std::vector<std::string> account_ids;  // Merged into the person's.
  SignedCheckpoint checkpoint;
  std::string key_rotations;
  std::vector<std::string> records;  // As stored.
  std::vector<Hash> hashes;
  std::vector<Statement> statements;

  // INVALID_ARGUMENT where the bytes are no dossier, or are not as they were written.
  static absl::StatusOr<Dossier> Parse(absl::string_view bytes);
};

// What a dossier proves.
struct ProvenDossier {
  struct Event {
    int64_t position = 0;
    std::string stream;
    int64_t version = 0;
    std::string kind;
    int64_t recorded_micros = 0;
  };
  std::vector<Event> events;                // By position.
  std::map<std::string, int64_t> versions;  // Of each stream: it is here from 1 to this, all.
};

// Checks that the checkpoint is signed as demanded, that every record is in its tree at the
// position that it names, that each stream is there from its first version without a gap, and that
// there is nothing but the streams of the person, those of merged accounts that the dossier names
// included, of rules and of activities. FAILED_PRECONDITION says what
// does not hold. That a stream ends where it does is what the board says: no log proves that
// something is not in it.
absl::StatusOr<ProvenDossier> CheckDossier(const Dossier& dossier, const ProofDemands& demands);

// Whether bytes begin as those of a dossier do.
bool IsDossier(absl::string_view bytes);

// What was proven and what was not, as a person reads it; lines with their ends. What stands in the
// dossier cannot steer a terminal.
std::string ProvenText(const Dossier& dossier, const ProvenDossier& proven);

}  // namespace goodstanding::verify

#endif  // GOODSTANDING_VERIFY_DOSSIER_H_
