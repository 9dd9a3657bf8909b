#include "eventstore/random.h"

#include <openssl/rand.h>

#include "base/check.h"

namespace goodstanding::eventstore {
namespace {

class OpenSslRandom final : public RandomSource {
 public:
  std::string Bytes(size_t size) override {
    std::string bytes(size, '\0');
    const int drawn =
        RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size));
    GS_CHECK(drawn == 1);
    return bytes;
  }
};

}  // namespace

RandomSource& SecureRandom() {
  static OpenSslRandom random;
  return random;
}

}  // namespace goodstanding::eventstore
