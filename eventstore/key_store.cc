#include "eventstore/key_store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "eventstore/crypto.h"
#include "eventstore/database.h"
#include "eventstore/database_copies.h"
#include "eventstore/key_rows.h"
#include "eventstore/limits.h"
#include "eventstore/recent_map.h"
#include "eventstore/rows.h"
#include "rocksdb/write_batch.h"

namespace goodstanding::eventstore {
namespace {

// ON DISK: families, keys of the family `meta`, and labels of derived keys.
constexpr char kKeyFamily[] = "key";
constexpr char kLookupFamily[] = "lookup";
constexpr char kMetaFamily[] = "meta";
constexpr char kFormatKey[] = "format";
constexpr char kRootKey[] = "root";
constexpr char kFormat[] = "1";
constexpr char kRootOwner[] = "";  // No stream has an empty name.
constexpr char kLookupLabel[] = "goodstanding lookup v1";
constexpr char kRequestLabel[] = "goodstanding request v1";

constexpr size_t kMaxFound = 1000;
constexpr size_t kRewrapRows = 1000;

DatabaseSettings KeyDatabase(const KeyStoreOptions& options) {
  DatabaseSettings settings;
  settings.path = options.path;
  settings.env = options.env;
  settings.max_wal_bytes = 32 << 20;
  // Small files: to erase a person rewrites those that held the key.
  constexpr uint64_t kFileBytes = 4 << 20;
  settings.families = {
      {.name = kKeyFamily, .whole_key_filter = true, .file_bytes = kFileBytes},
      {.name = kLookupFamily, .file_bytes = kFileBytes},
      {.name = kMetaFamily, .file_bytes = kFileBytes},
  };
  return settings;
}

// The key id under which the root secret is wrapped: no person's key has it.
std::string RootKeyId() { return std::string(kKeyIdBytes, '\0'); }

const DeploymentKey* FindDeploymentKey(const DeploymentKeys& keys, absl::string_view id) {
  for (const auto& key : keys) {
    if (key->id() == id) return key.get();
  }
  return nullptr;
}

// A row of the family `meta`; nullopt where there is none.
absl::StatusOr<std::optional<std::string>> GetMeta(const Database& database, const char* key) {
  std::string value;
  const rocksdb::Status got =
      database.db().Get(rocksdb::ReadOptions(), database.family(kMetaFamily), key, &value);
  if (got.IsNotFound()) return std::nullopt;
  GS_RETURN_IF_ERROR(FromRocks(got, absl::StrCat("reading meta row ", key, " of the key store")));
  return value;
}

// Whether the store was created before; FAILED_PRECONDITION where by a newer program.
absl::StatusOr<bool> HasFormat(const Database& database) {
  GS_ASSIGN_OR_RETURN(const std::optional<std::string> row, GetMeta(database, kFormatKey));
  if (!row.has_value()) return false;
  GS_ASSIGN_OR_RETURN(const absl::string_view format, UnframeRow(*row));
  if (format != kFormat) {
    return absl::FailedPreconditionError(
        absl::StrCat("the key store has format ", format, "; this program knows ", kFormat));
  }
  return true;
}

absl::StatusOr<DeploymentKeys> LoadKeys(const KeyStoreOptions& options, bool is_new,
                                        RandomSource& random) {
  if (options.key_file.empty()) {
    GS_CHECK(options.scratch_key.size() == kKeyBytes);
    DeploymentKeys keys;
    keys.push_back(std::make_unique<const DeploymentKey>(options.scratch_key));
    return keys;
  }
  absl::StatusOr<DeploymentKeys> keys = ReadKeyFile(options.key_file);
  if (!absl::IsNotFound(keys.status())) return keys;
  if (!is_new) {
    return absl::FailedPreconditionError(
        absl::StrCat("key file ", options.key_file, " is missing; without it no personal data of ",
                     options.path, " can be read"));
  }
  GS_RETURN_IF_ERROR(CreateKeyFile(options.key_file, random));
  return ReadKeyFile(options.key_file);
}

absl::StatusOr<std::unique_ptr<const Secret>> CreateRoot(const Database& database,
                                                         const DeploymentKey& key, bool sync,
                                                         RandomSource& random) {
  auto root = std::make_unique<const Secret>(random.Bytes(kKeyBytes));
  const RootRow row{.wrapping_id = key.id(),
                    .wrapped = key.WrapFor(RootKeyId(), kRootOwner, root->bytes())};
  rocksdb::WriteBatch batch;
  rocksdb::ColumnFamilyHandle* const meta = database.family(kMetaFamily);
  GS_CHECK(batch.Put(meta, kFormatKey, FrameRow(kFormat)).ok());
  GS_CHECK(batch.Put(meta, kRootKey, EncodeRootRow(row)).ok());
  rocksdb::WriteOptions options;
  options.sync = sync;
  GS_RETURN_IF_ERROR(FromRocks(database.db().Write(options, &batch), "creating the key store"));
  return root;
}

absl::StatusOr<std::unique_ptr<const Secret>> LoadRoot(const Database& database,
                                                       const DeploymentKeys& keys) {
  GS_ASSIGN_OR_RETURN(const std::optional<std::string> value, GetMeta(database, kRootKey));
  if (!value.has_value()) return absl::DataLossError("the key store has no root secret");
  GS_ASSIGN_OR_RETURN(const RootRow row, DecodeRootRow(*value));
  const DeploymentKey* const key = FindDeploymentKey(keys, row.wrapping_id);
  if (key == nullptr) {
    return absl::FailedPreconditionError(
        "the key file does not hold the deployment key that belongs to the key store");
  }
  std::unique_ptr<const Secret> root = key->UnwrapFor(RootKeyId(), kRootOwner, row.wrapped);
  if (root == nullptr) return absl::DataLossError("the root secret of the key store is damaged");
  return root;
}

// A person's key, unwrapped.
struct OpenKey {
  OpenKey(std::string key_id, std::unique_ptr<const Secret> key_secret)
      : id(std::move(key_id)), secret(std::move(key_secret)) {}
  KeyFacts Facts() const { return {.id = id, .digest = Sha256(secret->bytes())}; }

  const std::string id;
  const std::unique_ptr<const Secret> secret;
};

absl::Status NoKey(absl::string_view stream) {
  return absl::NotFoundError(absl::StrCat("stream ", stream, " has no key"));
}

absl::Status KeyDestroyed(absl::string_view stream) {
  return absl::NotFoundError(absl::StrCat("the key of stream ", stream, " was destroyed"));
}

// For those who need the key to go on.
absl::Status AsPrecondition(const absl::Status& status) {
  if (!absl::IsNotFound(status)) return status;
  return absl::FailedPreconditionError(status.message());
}

class RocksKeyStore final : public KeyStore {
 public:
  RocksKeyStore(std::unique_ptr<Database> database, const KeyStoreOptions& options,
                RandomSource& random, DeploymentKeys keys, const Secret& root)
      : database_(std::move(database)),
        keys_(database_->family(kKeyFamily)),
        lookups_(database_->family(kLookupFamily)),
        sync_(options.sync),
        random_(random),
        deployment_keys_(std::move(keys)),
        lookup_secret_(HmacSha256(root.bytes(), kLookupLabel)),
        request_secret_(HmacSha256(root.bytes(), kRequestLabel)),
        cache_(options.cached_keys) {}

  absl::StatusOr<KeyFacts> CreateKey(absl::string_view stream, Durability durability) override;
  absl::Status Sync() override;
  absl::StatusOr<KeyFacts> FindKey(absl::string_view stream) override;
  absl::StatusOr<std::string> Seal(const SealContext& context,
                                   absl::string_view plaintext) override;
  absl::StatusOr<std::string> Unseal(const SealContext& context, absl::string_view sealed) override;
  absl::Status DestroyKey(absl::string_view stream) override;
  absl::Status PutLookup(absl::string_view stream, absl::string_view text,
                         Durability durability) override;
  absl::StatusOr<std::vector<std::string>> FindLookup(absl::string_view text) override;
  std::string RequestDigest(absl::string_view canonical) const override;
  absl::StatusOr<int64_t> Rewrap() override;
  absl::StatusOr<int64_t> CopyTo(const std::string& folder, const std::string& note,
                                 const CopyProgress& progress) override;

 private:
  using SharedKey = std::shared_ptr<const OpenKey>;

  absl::StatusOr<std::optional<KeyRow>> GetRow(absl::string_view stream);
  absl::StatusOr<SharedKey> OpenRow(absl::string_view stream, const KeyRow& row) const;
  absl::StatusOr<SharedKey> Key(absl::string_view stream);
  void Stage(absl::string_view stream, const KeyRow& row)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(change_mutex_);
  absl::Status WriteStaged() ABSL_EXCLUSIVE_LOCKS_REQUIRED(change_mutex_);
  std::string Lookup(absl::string_view text) const;
  absl::Status Scrub(absl::string_view stream, absl::string_view lookup_key) const;
  absl::StatusOr<bool> RewrapRow(absl::string_view stream);
  absl::StatusOr<std::vector<std::string>> StreamsAfter(absl::string_view after) const;
  absl::Status RewrapRoot();

  const std::unique_ptr<Database> database_;
  rocksdb::ColumnFamilyHandle* const keys_;
  rocksdb::ColumnFamilyHandle* const lookups_;
  const bool sync_;
  RandomSource& random_;
  const DeploymentKeys deployment_keys_;
  const Secret lookup_secret_;
  const Secret request_secret_;

  // Held while files are copied, and while a key is destroyed, so that no copy is made of files
  // that are about to go, and none of them lives on because it is being copied. Taken before
  // change_mutex_.
  Mutex file_mutex_;
  // Held while a row is read, changed and written. Taken before memory_mutex_.
  Mutex change_mutex_;
  // Changes that wait for the next write. Each write is synced before the next one begins, so that
  // a power cut can tear the last one only.
  rocksdb::WriteBatch staged_ ABSL_GUARDED_BY(change_mutex_);

  Mutex memory_mutex_;
  RecentMap<SharedKey> cache_ ABSL_GUARDED_BY(memory_mutex_);
  // Counts destroyed keys: a key that was read before one was destroyed is not cached.
  int64_t destructions_ ABSL_GUARDED_BY(memory_mutex_) = 0;
  // The rows in staged_, as they will be.
  absl::flat_hash_map<std::string, KeyRow> staged_rows_by_hash_ ABSL_GUARDED_BY(memory_mutex_);
};

absl::StatusOr<KeyFacts> RocksKeyStore::CreateKey(absl::string_view stream, Durability durability) {
  GS_RETURN_IF_ERROR(CheckStreamName(stream));
  const MutexLock lock(change_mutex_);
  GS_ASSIGN_OR_RETURN(const std::optional<KeyRow> found, GetRow(stream));
  if (found.has_value()) {
    if (found->destroyed) return AsPrecondition(KeyDestroyed(stream));
    // It may wait for a sync still.
    if (durability == Durability::kNow) GS_RETURN_IF_ERROR(WriteStaged());
    GS_ASSIGN_OR_RETURN(const SharedKey key, OpenRow(stream, *found));
    return key->Facts();
  }
  std::string id = random_.Bytes(kKeyIdBytes);
  auto secret = std::make_unique<const Secret>(random_.Bytes(kKeyBytes));
  const DeploymentKey& wrapping = *deployment_keys_.front();
  const KeyRow row{.id = id,
                   .wrapping_id = wrapping.id(),
                   .wrapped = wrapping.WrapFor(id, stream, secret->bytes())};
  Stage(stream, row);
  if (durability == Durability::kNow) GS_RETURN_IF_ERROR(WriteStaged());
  const auto key = std::make_shared<const OpenKey>(std::move(id), std::move(secret));
  const MutexLock memory_lock(memory_mutex_);
  cache_.Put(stream, key);
  return key->Facts();
}

absl::Status RocksKeyStore::Sync() {
  const MutexLock lock(change_mutex_);
  return WriteStaged();
}

absl::StatusOr<KeyFacts> RocksKeyStore::FindKey(absl::string_view stream) {
  GS_ASSIGN_OR_RETURN(const SharedKey key, Key(stream));
  return key->Facts();
}

absl::StatusOr<std::string> RocksKeyStore::Seal(const SealContext& context,
                                                absl::string_view plaintext) {
  const absl::StatusOr<SharedKey> key = Key(context.stream);
  if (!key.ok()) return AsPrecondition(key.status());
  const std::string nonce = random_.Bytes(kNonceBytes);
  return absl::StrCat((*key)->id, nonce,
                      SealGcm((*key)->secret->bytes(), nonce, AssociatedData(context), plaintext));
}

absl::StatusOr<std::string> RocksKeyStore::Unseal(const SealContext& context,
                                                  absl::string_view sealed) {
  if (sealed.size() < kKeyIdBytes + kNonceBytes + kTagBytes) {
    return absl::DataLossError("a sealed text is too short");
  }
  const absl::StatusOr<SharedKey> key = Key(context.stream);
  if (absl::IsNotFound(key.status())) {
    GS_ASSIGN_OR_RETURN(const std::optional<KeyRow> row, GetRow(context.stream));
    if (row.has_value() && row->destroyed) return key.status();
    return absl::DataLossError(absl::StrCat("the key store has no key of stream ", context.stream));
  }
  GS_RETURN_IF_ERROR(key.status());
  if (sealed.substr(0, kKeyIdBytes) != (*key)->id) {
    return absl::DataLossError(
        absl::StrCat("a text of stream ", context.stream, " was sealed under another key"));
  }
  std::optional<std::string> plaintext =
      OpenGcm((*key)->secret->bytes(), sealed.substr(kKeyIdBytes, kNonceBytes),
              AssociatedData(context), sealed.substr(kKeyIdBytes + kNonceBytes));
  if (!plaintext.has_value()) {
    return absl::DataLossError(absl::StrCat("a sealed text of kind ", context.kind, " in stream ",
                                            context.stream, " does not authenticate"));
  }
  return *std::move(plaintext);
}

absl::Status RocksKeyStore::DestroyKey(absl::string_view stream) {
  GS_RETURN_IF_ERROR(CheckStreamName(stream));
  const MutexLock file_lock(file_mutex_);
  const MutexLock lock(change_mutex_);
  GS_ASSIGN_OR_RETURN(const std::optional<KeyRow> found, GetRow(stream));
  std::string lookup_key;
  if (!found.has_value() || !found->destroyed) {
    if (found && !found->lookup.empty()) {
      lookup_key = absl::StrCat(found->lookup, stream);
      GS_CHECK(staged_.Delete(lookups_, lookup_key).ok());
    }
    Stage(stream, {.destroyed = true, .id = found ? found->id : RootKeyId()});
  }
  GS_RETURN_IF_ERROR(WriteStaged());
  {
    const MutexLock memory_lock(memory_mutex_);
    cache_.Erase(stream);
    ++destructions_;
  }
  return Scrub(stream, lookup_key);
}

absl::Status RocksKeyStore::PutLookup(absl::string_view stream, absl::string_view text,
                                      Durability durability) {
  const MutexLock lock(change_mutex_);
  GS_ASSIGN_OR_RETURN(std::optional<KeyRow> row, GetRow(stream));
  if (!row.has_value()) return AsPrecondition(NoKey(stream));
  if (row->destroyed) return AsPrecondition(KeyDestroyed(stream));
  const std::string lookup = text.empty() ? "" : Lookup(text);
  if (lookup != row->lookup) {
    if (!row->lookup.empty()) {
      GS_CHECK(staged_.Delete(lookups_, absl::StrCat(row->lookup, stream)).ok());
    }
    if (!lookup.empty()) {
      GS_CHECK(staged_.Put(lookups_, absl::StrCat(lookup, stream), FrameRow("")).ok());
    }
    row->lookup = lookup;
    Stage(stream, *row);
  }
  return durability == Durability::kNow ? WriteStaged() : absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> RocksKeyStore::FindLookup(absl::string_view text) {
  std::vector<std::string> streams;
  if (text.empty()) return streams;
  const std::string prefix = Lookup(text);
  const std::unique_ptr<rocksdb::Iterator> rows(
      database_->db().NewIterator(rocksdb::ReadOptions(), lookups_));
  for (rows->Seek(prefix); rows->Valid() && streams.size() < kMaxFound; rows->Next()) {
    absl::string_view key = ToView(rows->key());
    if (!absl::ConsumePrefix(&key, prefix)) break;
    streams.emplace_back(key);
  }
  GS_RETURN_IF_ERROR(FromRocks(rows->status(), "looking up a text"));
  return streams;
}

std::string RocksKeyStore::RequestDigest(absl::string_view canonical) const {
  return HmacSha256(request_secret_.bytes(), canonical);
}

absl::StatusOr<int64_t> RocksKeyStore::Rewrap() {
  int64_t count = 0;
  std::string after;
  while (true) {
    GS_ASSIGN_OR_RETURN(const std::vector<std::string> streams, StreamsAfter(after));
    if (streams.empty()) break;
    for (const std::string& stream : streams) {
      GS_ASSIGN_OR_RETURN(const bool rewrapped, RewrapRow(stream));
      count += rewrapped ? 1 : 0;
    }
    GS_RETURN_IF_ERROR(Sync());
    after = streams.back();
  }
  GS_RETURN_IF_ERROR(RewrapRoot());
  return count;
}

absl::StatusOr<int64_t> RocksKeyStore::CopyTo(const std::string& folder, const std::string& note,
                                              const CopyProgress& progress) {
  const MutexLock lock(file_mutex_);
  GS_ASSIGN_OR_RETURN(DatabaseCopies copies,
                      DatabaseCopies::OpenToWrite(folder, *database_->db().GetEnv()));
  return copies.Add(*database_, note, progress);
}

// The row of a stream, staged changes included.
absl::StatusOr<std::optional<KeyRow>> RocksKeyStore::GetRow(absl::string_view stream) {
  {
    const MutexLock lock(memory_mutex_);
    const auto staged = staged_rows_by_hash_.find(stream);
    if (staged != staged_rows_by_hash_.end()) return staged->second;
  }
  rocksdb::PinnableSlice value;
  const rocksdb::Status got =
      database_->db().Get(rocksdb::ReadOptions(), keys_, ToSlice(stream), &value);
  if (got.IsNotFound()) return std::nullopt;
  GS_RETURN_IF_ERROR(FromRocks(got, "reading a key"));
  GS_ASSIGN_OR_RETURN(KeyRow row, DecodeKeyRow(ToView(value)));
  return row;
}

absl::StatusOr<RocksKeyStore::SharedKey> RocksKeyStore::OpenRow(absl::string_view stream,
                                                                const KeyRow& row) const {
  const DeploymentKey* const wrapping = FindDeploymentKey(deployment_keys_, row.wrapping_id);
  if (wrapping == nullptr) {
    return absl::DataLossError(absl::StrCat("the key of stream ", stream,
                                            " is wrapped by a deployment key that is not at hand"));
  }
  std::unique_ptr<const Secret> secret = wrapping->UnwrapFor(row.id, stream, row.wrapped);
  if (secret == nullptr) {
    return absl::DataLossError(absl::StrCat("the key of stream ", stream, " does not unwrap"));
  }
  return std::make_shared<const OpenKey>(row.id, std::move(secret));
}

// The key of a stream, from memory or disk; NOT_FOUND where there is none or it was destroyed.
absl::StatusOr<RocksKeyStore::SharedKey> RocksKeyStore::Key(absl::string_view stream) {
  int64_t destructions = 0;
  {
    const MutexLock lock(memory_mutex_);
    if (const SharedKey* known = cache_.Find(stream)) return *known;
    destructions = destructions_;
  }
  GS_ASSIGN_OR_RETURN(const std::optional<KeyRow> row, GetRow(stream));
  if (!row.has_value()) return NoKey(stream);
  if (row->destroyed) return KeyDestroyed(stream);
  GS_ASSIGN_OR_RETURN(SharedKey key, OpenRow(stream, *row));
  const MutexLock lock(memory_mutex_);
  if (destructions == destructions_) cache_.Put(stream, key);
  return key;
}

void RocksKeyStore::Stage(absl::string_view stream, const KeyRow& row) {
  GS_CHECK(staged_.Put(keys_, ToSlice(stream), EncodeKeyRow(row)).ok());
  const MutexLock lock(memory_mutex_);
  staged_rows_by_hash_.insert_or_assign(std::string(stream), row);
}

// One synced write for all that is staged. Where it fails it stays staged.
absl::Status RocksKeyStore::WriteStaged() {
  if (staged_.Count() == 0) return absl::OkStatus();
  rocksdb::WriteOptions options;
  options.sync = sync_;
  GS_RETURN_IF_ERROR(
      FromRocks(database_->db().Write(options, &staged_), "writing to the key store"));
  staged_.Clear();
  // Only now: who misses a row here finds it on disk.
  const MutexLock lock(memory_mutex_);
  staged_rows_by_hash_.clear();
  return absl::OkStatus();
}

std::string RocksKeyStore::Lookup(absl::string_view text) const {
  return HmacSha256(lookup_secret_.bytes(), absl::AsciiStrToLower(text));
}

// Rewrites the files that hold older rows under these keys, so that they are on disk no more. The
// write-ahead logs go with the flush.
absl::Status RocksKeyStore::Scrub(absl::string_view stream, absl::string_view lookup_key) const {
  GS_RETURN_IF_ERROR(database_->Flush());
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  const rocksdb::Slice key = ToSlice(stream);
  GS_RETURN_IF_ERROR(
      FromRocks(database_->db().CompactRange(options, keys_, &key, &key), "destroying a key"));
  if (lookup_key.empty()) return absl::OkStatus();
  const rocksdb::Slice lookup = ToSlice(lookup_key);
  return FromRocks(database_->db().CompactRange(options, lookups_, &lookup, &lookup),
                   "destroying a look-up");
}

// Returns whether the row was wrapped by another deployment key than the first.
absl::StatusOr<bool> RocksKeyStore::RewrapRow(absl::string_view stream) {
  const MutexLock lock(change_mutex_);
  GS_ASSIGN_OR_RETURN(std::optional<KeyRow> row, GetRow(stream));
  const DeploymentKey& wrapping = *deployment_keys_.front();
  if (!row.has_value() || row->destroyed || row->wrapping_id == wrapping.id()) return false;
  GS_ASSIGN_OR_RETURN(const SharedKey key, OpenRow(stream, *row));
  row->wrapping_id = wrapping.id();
  row->wrapped = wrapping.WrapFor(row->id, stream, key->secret->bytes());
  Stage(stream, *row);
  return true;
}

// The next streams that have a row, at most kRewrapRows.
absl::StatusOr<std::vector<std::string>> RocksKeyStore::StreamsAfter(
    absl::string_view after) const {
  std::vector<std::string> streams;
  const std::unique_ptr<rocksdb::Iterator> rows(
      database_->db().NewIterator(rocksdb::ReadOptions(), keys_));
  for (rows->Seek(ToSlice(after)); rows->Valid() && streams.size() < kRewrapRows; rows->Next()) {
    if (ToView(rows->key()) != after) streams.emplace_back(ToView(rows->key()));
  }
  GS_RETURN_IF_ERROR(FromRocks(rows->status(), "reading keys"));
  return streams;
}

absl::Status RocksKeyStore::RewrapRoot() {
  const MutexLock lock(change_mutex_);
  GS_ASSIGN_OR_RETURN(const std::unique_ptr<const Secret> root,
                      LoadRoot(*database_, deployment_keys_));
  const DeploymentKey& wrapping = *deployment_keys_.front();
  const RootRow row{.wrapping_id = wrapping.id(),
                    .wrapped = wrapping.WrapFor(RootKeyId(), kRootOwner, root->bytes())};
  GS_CHECK(staged_.Put(database_->family(kMetaFamily), kRootKey, EncodeRootRow(row)).ok());
  return WriteStaged();
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeyStore>> KeyStore::Open(const KeyStoreOptions& options) {
  RandomSource& random = options.random != nullptr ? *options.random : SecureRandom();
  GS_ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(KeyDatabase(options)));
  GS_ASSIGN_OR_RETURN(const bool exists, HasFormat(*database));
  GS_ASSIGN_OR_RETURN(DeploymentKeys keys, LoadKeys(options, !exists, random));
  std::unique_ptr<const Secret> root;
  if (exists) {
    GS_ASSIGN_OR_RETURN(root, LoadRoot(*database, keys));
  } else {
    GS_ASSIGN_OR_RETURN(root, CreateRoot(*database, *keys.front(), options.sync, random));
  }
  return std::make_unique<RocksKeyStore>(std::move(database), options, random, std::move(keys),
                                         *root);
}

}  // namespace goodstanding::eventstore
