#include "eventstore/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <memory>

#include "base/check.h"

namespace goodstanding::eventstore {
namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

Context NewContext() {
  Context context(EVP_CIPHER_CTX_new());
  GS_CHECK(context != nullptr);
  return context;
}

// Looked up once: a look-up by name takes longer than to seal a name.
const EVP_CIPHER* Gcm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  GS_CHECK(cipher != nullptr);
  return cipher;
}

// A context of AES-256-GCM for this thread, to be given a key and a nonce: to set one up anew takes
// longer than to seal a name.
EVP_CIPHER_CTX* GcmContext() {
  thread_local const Context context = [] {
    Context fresh = NewContext();
    GS_CHECK(EVP_EncryptInit_ex(fresh.get(), Gcm(), nullptr, nullptr, nullptr) == 1);
    return fresh;
  }();
  return context.get();
}

const EVP_CIPHER* Wrap() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-WRAP", nullptr);
  GS_CHECK(cipher != nullptr);
  return cipher;
}

const EVP_MD* Sha256Algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  GS_CHECK(algorithm != nullptr);
  return algorithm;
}

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

DigestContext NewDigestContext() {
  DigestContext context(EVP_MD_CTX_new());
  GS_CHECK(context != nullptr);
  return context;
}

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

const unsigned char* In(absl::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* Out(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

int Size(absl::string_view bytes) {
  GS_CHECK(bytes.size() <= (1u << 30));
  return static_cast<int>(bytes.size());
}

Key PrivateKey(const Secret& seed) {
  GS_CHECK(seed.bytes().size() == kEd25519KeyBytes);
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, In(seed.bytes()),
                                       seed.bytes().size()));
  GS_CHECK(key != nullptr);
  return key;
}

}  // namespace

Secret::~Secret() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

std::string Sha256(absl::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  HashSha256({bytes}, Out(digest));
  return digest;
}

void HashSha256(std::initializer_list<absl::string_view> parts, uint8_t* digest) {
  thread_local const DigestContext context = NewDigestContext();
  GS_CHECK(EVP_DigestInit_ex2(context.get(), Sha256Algorithm(), nullptr) == 1);
  for (const absl::string_view part : parts) {
    GS_CHECK(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  }
  GS_CHECK(EVP_DigestFinal_ex(context.get(), digest, nullptr) == 1);
}

Sha256Sum::Sha256Sum() : context_(EVP_MD_CTX_new()) {
  GS_CHECK(context_ != nullptr);
  GS_CHECK(EVP_DigestInit_ex2(context_, Sha256Algorithm(), nullptr) == 1);
}

Sha256Sum::~Sha256Sum() { EVP_MD_CTX_free(context_); }

void Sha256Sum::Add(absl::string_view bytes) {
  GS_CHECK(EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1);
}

std::string Sha256Sum::Finish() {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  GS_CHECK(EVP_DigestFinal_ex(context_, Out(digest), nullptr) == 1);
  return digest;
}

// RFC 2104, out of the hash that is at hand: OpenSSL's own HMAC looks its algorithm up each time,
// which takes longer than the code.
std::string HmacSha256(absl::string_view key, absl::string_view bytes) {
  GS_CHECK(key.size() <= SHA256_CBLOCK);
  const auto padded = [key](char pad) {
    std::string block(SHA256_CBLOCK, pad);
    for (size_t i = 0; i < key.size(); ++i) block[i] = static_cast<char>(block[i] ^ key[i]);
    return block;
  };
  std::string code(SHA256_DIGEST_LENGTH, '\0');
  std::string block = padded('\x36');
  HashSha256({block, bytes}, Out(code));
  OPENSSL_cleanse(block.data(), block.size());
  block = padded('\x5c');
  HashSha256({block, code}, Out(code));
  OPENSSL_cleanse(block.data(), block.size());
  return code;
}

std::string Ed25519PublicKey(const Secret& seed) {
  const Key key = PrivateKey(seed);
  std::string bytes(kEd25519KeyBytes, '\0');
  size_t size = bytes.size();
  GS_CHECK(EVP_PKEY_get_raw_public_key(key.get(), Out(bytes), &size) == 1);
  return bytes;
}

std::string SignEd25519(const Secret& seed, absl::string_view message) {
  const Key key = PrivateKey(seed);
  const DigestContext context = NewDigestContext();
  GS_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  std::string signature(kEd25519SignatureBytes, '\0');
  size_t size = signature.size();
  GS_CHECK(EVP_DigestSign(context.get(), Out(signature), &size, In(message), message.size()) == 1);
  return signature;
}

bool VerifyEd25519(absl::string_view public_key, absl::string_view message,
                   absl::string_view signature) {
  if (public_key.size() != kEd25519KeyBytes || signature.size() != kEd25519SignatureBytes) {
    return false;
  }
  const Key key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, In(public_key), public_key.size()));
  if (key == nullptr) return false;
  const DigestContext context = NewDigestContext();
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), In(signature), signature.size(), In(message),
                          message.size()) == 1;
}

std::string WrapKey(absl::string_view wrapping_key, absl::string_view key) {
  GS_CHECK(wrapping_key.size() == kKeyBytes);
  GS_CHECK(key.size() == kKeyBytes);
  const Context context = NewContext();
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  std::string wrapped(kWrappedKeyBytes, '\0');
  int size = 0;
  GS_CHECK(EVP_EncryptInit_ex(context.get(), Wrap(), nullptr, In(wrapping_key), nullptr) == 1);
  GS_CHECK(EVP_EncryptUpdate(context.get(), Out(wrapped), &size, In(key), Size(key)) == 1);
  GS_CHECK(size == static_cast<int>(kWrappedKeyBytes));
  return wrapped;
}

std::optional<std::string> UnwrapKey(absl::string_view wrapping_key, absl::string_view wrapped) {
  GS_CHECK(wrapping_key.size() == kKeyBytes);
  if (wrapped.size() != kWrappedKeyBytes) return std::nullopt;
  const Context context = NewContext();
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  // Room for what the algorithm writes before it knows the key's size.
  std::string key(kWrappedKeyBytes, '\0');
  int size = 0;
  GS_CHECK(EVP_DecryptInit_ex(context.get(), Wrap(), nullptr, In(wrapping_key), nullptr) == 1);
  if (EVP_DecryptUpdate(context.get(), Out(key), &size, In(wrapped), Size(wrapped)) != 1 ||
      size != static_cast<int>(kKeyBytes)) {
    return std::nullopt;
  }
  key.resize(kKeyBytes);
  return key;
}

std::string SealGcm(absl::string_view key, absl::string_view nonce, absl::string_view associated,
                    absl::string_view plaintext) {
  GS_CHECK(key.size() == kKeyBytes);
  GS_CHECK(nonce.size() == kNonceBytes);
  EVP_CIPHER_CTX* const context = GcmContext();
  std::string sealed(plaintext.size() + kTagBytes, '\0');
  int size = 0;
  GS_CHECK(EVP_EncryptInit_ex(context, nullptr, nullptr, In(key), In(nonce)) == 1);
  GS_CHECK(EVP_EncryptUpdate(context, nullptr, &size, In(associated), Size(associated)) == 1);
  GS_CHECK(EVP_EncryptUpdate(context, Out(sealed), &size, In(plaintext), Size(plaintext)) == 1);
  GS_CHECK(size == Size(plaintext));
  unsigned char* const tag = Out(sealed) + plaintext.size();
  GS_CHECK(EVP_EncryptFinal_ex(context, tag, &size) == 1);
  GS_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag) == 1);
  return sealed;
}

std::optional<std::string> OpenGcm(absl::string_view key, absl::string_view nonce,
                                   absl::string_view associated, absl::string_view sealed) {
  GS_CHECK(key.size() == kKeyBytes);
  GS_CHECK(nonce.size() == kNonceBytes);
  if (sealed.size() < kTagBytes) return std::nullopt;
  const absl::string_view ciphertext = sealed.substr(0, sealed.size() - kTagBytes);
  std::string tag(sealed.substr(ciphertext.size()));
  EVP_CIPHER_CTX* const context = GcmContext();
  std::string plaintext(ciphertext.size(), '\0');
  int size = 0;
  GS_CHECK(EVP_DecryptInit_ex(context, nullptr, nullptr, In(key), In(nonce)) == 1);
  GS_CHECK(EVP_DecryptUpdate(context, nullptr, &size, In(associated), Size(associated)) == 1);
  GS_CHECK(EVP_DecryptUpdate(context, Out(plaintext), &size, In(ciphertext), Size(ciphertext)) ==
           1);
  GS_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagBytes, Out(tag)) == 1);
  if (EVP_DecryptFinal_ex(context, Out(plaintext) + size, &size) != 1) return std::nullopt;
  return plaintext;
}

}  // namespace goodstanding::eventstore
