// "Random" bytes that are known: 00, 01, 02 … without end.
#ifndef GOODSTANDING_TESTS_EVENTSTORE_COUNTING_RANDOM_H_
#define GOODSTANDING_TESTS_EVENTSTORE_COUNTING_RANDOM_H_

#include <cstddef>
#include <string>

#include "eventstore/random.h"

namespace goodstanding::eventstore {

// Not thread-safe.
class CountingRandom final : public RandomSource {
 public:
  std::string Bytes(size_t size) override {
    std::string bytes = Peek(size);
    next_ += size;
    return bytes;
  }

  // What Bytes will give next.
  std::string Peek(size_t size) const {
    std::string bytes;
    for (size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>((next_ + i) & 0xff));
    return bytes;
  }

  void Rewind(size_t size) { next_ -= size; }

 private:
  size_t next_ = 0;
};

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_TESTS_EVENTSTORE_COUNTING_RANDOM_H_
