// The keys under which personal data is sealed in the log, one a person, kept outside it.
//
// To erase a person is to destroy the key: what the log holds of the person stays as it is, can be
// proven, and can no longer be read. The keys lie in a database of their own, each wrapped by the
// deployment key (docs/storage.md has every byte and every derivation). Knows nothing of
// certification: a person is the name of a stream.
#ifndef GOODSTANDING_EVENTSTORE_KEY_STORE_H_
#define GOODSTANDING_EVENTSTORE_KEY_STORE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/copy_progress.h"
#include "eventstore/deployment_key.h"
#include "eventstore/random.h"

namespace rocksdb {
class Env;
}

namespace goodstanding::eventstore {

struct KeyStoreOptions {
  std::string path;         // Folder; created if absent. Its parent exists.
  std::string key_file;     // The deployment key; created with the store if absent.
  std::string scratch_key;  // Used where key_file is empty: 32 bytes. Tests and scenarios only.
  RandomSource* random = nullptr;  // nullptr is SecureRandom(). Not owned; outlives the store.
  rocksdb::Env* env = nullptr;   // nullptr is the real file system. Not owned; outlives the store.
  bool sync = true;              // False only for scratch stores of scenarios and generators.
  size_t cached_keys = 100'000;  // Unwrapped keys kept in memory; at most twice as many.
};

// When a change of the key store is on disk.
enum class Durability {
  kNow,         // Before the call returns.
  kByNextSync,  // By the return of the next Sync(), or of the next change that is kNow.
};

// What may be told of a key.
struct KeyFacts {
  std::string id;      // 16 bytes.
  std::string digest;  // SHA-256 of the key: 32 bytes.
  friend bool operator==(const KeyFacts&, const KeyFacts&) = default;
};

// Where a sealed text stands: it opens nowhere else.
struct SealContext {
  absl::string_view stream;
  absl::string_view kind;     // Of the event.
  std::vector<int32_t> path;  // Field numbers from the kind's message down; usually one.
};

// Thread-safe. Errors of every method, besides its own: UNAVAILABLE for the file system, DATA_LOSS
// for rows that are damaged or wrapped by a deployment key that is not at hand.
class KeyStore {
 public:
  // Opens or creates the store, and the key file with it. FAILED_PRECONDITION where the folder is
  // locked or newer, or the key file is missing, malformed, or not the one that belongs to the
  // store.
  static absl::StatusOr<std::unique_ptr<KeyStore>> Open(const KeyStoreOptions& options);

  virtual ~KeyStore() = default;

  // Creates the key of a stream, or gives the one that it has. FAILED_PRECONDITION where the key
  // was destroyed: an erased person does not come back under the same name. For many at once:
  // kByNextSync, and one Sync() before the events that use the keys are appended.
  virtual absl::StatusOr<KeyFacts> CreateKey(absl::string_view stream, Durability durability) = 0;

  // Makes everything done so far durable.
  virtual absl::Status Sync() = 0;

  // Facts of a stream's key; NOT_FOUND where it has none or it was destroyed.
  virtual absl::StatusOr<KeyFacts> FindKey(absl::string_view stream) = 0;

  // Seals a text: key id (16 bytes), nonce (12), ciphertext, tag (16): 44 bytes longer than the
  // text. FAILED_PRECONDITION where the stream has no key, or it was destroyed. Cost: about 2
  // microseconds.
  virtual absl::StatusOr<std::string> Seal(const SealContext& context,
                                           absl::string_view plaintext) = 0;

  // Opens a sealed text. NOT_FOUND where the key was destroyed; DATA_LOSS where the bytes do not
  // authenticate in this place, or the key store never had their key.
  virtual absl::StatusOr<std::string> Unseal(const SealContext& context,
                                             absl::string_view sealed) = 0;

  // Destroys the key of a stream and its look-up, durably, and rewrites the files that held them.
  // Safe to repeat, also where there is no key; a stream whose key was destroyed never gets
  // another. Where it fails, repeat it. Cost: some ten milliseconds.
  virtual absl::Status DestroyKey(absl::string_view stream) = 0;

  // Lets the stream be found by a text, such as an e-mail address; replaces the one before, and an
  // empty text removes it. Only a keyed hash of the text, lower-cased (ASCII), is kept.
  // FAILED_PRECONDITION where the stream has no key, or it was destroyed.
  virtual absl::Status PutLookup(absl::string_view stream, absl::string_view text,
                                 Durability durability) = 0;

  // The streams that are found by this text, ascending; at most 1000. Sees what is durable.
  virtual absl::StatusOr<std::vector<std::string>> FindLookup(absl::string_view text) = 0;

  // A keyed hash of a command's canonical bytes, for RequestKey::digest: 32 bytes. Never changes,
  // not even when the deployment key does.
  virtual std::string RequestDigest(absl::string_view canonical) const = 0;

  // Wraps every key anew that an older deployment key wrapped; returns how many. Runs beside
  // everything else and may be interrupted and repeated. Afterwards the older lines of the key file
  // can go.
  virtual absl::StatusOr<int64_t> Rewrap() = 0;

  // Adds a copy of the keys, as they stand at a moment during the call, to a folder of copies that
  // backup.h keeps, and returns its id; `note` is kept with it. Everything goes on meanwhile but
  // DestroyKey, which waits. CANCELLED where the progress says so.
  virtual absl::StatusOr<int64_t> CopyTo(const std::string& folder, const std::string& note,
                                         const CopyProgress& progress) = 0;
};

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_KEY_STORE_H_
