// Random bytes, passed in wherever they are drawn.
#ifndef GOODSTANDING_EVENTSTORE_RANDOM_H_
#define GOODSTANDING_EVENTSTORE_RANDOM_H_

#include <cstddef>
#include <string>

namespace goodstanding::eventstore {

// Thread-safe.
class RandomSource {
 public:
  virtual ~RandomSource() = default;

  // `size` fresh bytes.
  virtual std::string Bytes(size_t size) = 0;
};

// OpenSSL's generator: fit for keys.
RandomSource& SecureRandom();

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_RANDOM_H_
