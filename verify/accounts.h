// Compares what three families say of each event without reading any of them twice.
#ifndef GOODSTANDING_VERIFY_ACCOUNTS_H_
#define GOODSTANDING_VERIFY_ACCOUNTS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "verify/hashes.h"

namespace goodstanding::verify {

// One account a position. The log's row puts in a number for its record and one for its request id;
// its copy in the family `stream` takes the first out, its row in the family `request` the second.
// Each number is a hash under a random key, so that an account that balances means that all of them
// said the same, but for a chance of 1 in 2^64; an account without an event stays at nothing.
// Memory: 8 bytes a position. Thread-safe.
class Accounts {
 public:
  explicit Accounts(int64_t events);

  bool Has(int64_t position) const { return position >= 1 && position <= events_; }

  // Says that an account will be wanted soon: streams lie all over the log, and memory is slow.
  void Fetch(int64_t position) const {
    __builtin_prefetch(&accounts_[static_cast<size_t>(position - 1)], /*for writing=*/1);
  }
  // The record, by the SHA-256 of its stored bytes. REQUIRES of all: Has(position).
  void PutCopy(int64_t position, const Hash& record) { Put(position, CopyNumber(record)); }
  void TakeCopy(int64_t position, const Hash& record) { Put(position, 0 - CopyNumber(record)); }
  // The event's request: its key in the family `request`, and the event's version and time.
  struct Request {
    absl::string_view key;
    int64_t version = 0;
    int64_t recorded_micros = 0;
  };
  void PutRequest(int64_t position, const Request& request) {
    Put(position, RequestNumber(request));
  }
  void TakeRequest(int64_t position, const Request& request) {
    Put(position, 0 - RequestNumber(request));
  }

  // The first positions that do not balance, ascending, at most `limit`, and how many there are.
  struct Unbalanced {
    std::vector<int64_t> positions;
    int64_t count = 0;
  };
  Unbalanced FindUnbalanced(size_t limit) const;

 private:
  void Put(int64_t position, uint64_t number) {
    accounts_[static_cast<size_t>(position - 1)].fetch_add(number, std::memory_order_relaxed);
  }
  uint64_t CopyNumber(const Hash& record) const { return copies_.Of(BytesOf(record)); }
  uint64_t RequestNumber(const Request& request) const;

  const int64_t events_;
  const SecretHash copies_;
  const SecretHash requests_;
  std::vector<std::atomic<uint64_t>> accounts_;
};

}  // namespace goodstanding::verify

#endif  // GOODSTANDING_VERIFY_ACCOUNTS_H_
