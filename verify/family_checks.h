// Checks the families that repeat what the log says: `stream` and `request`.
#ifndef GOODSTANDING_VERIFY_FAMILY_CHECKS_H_
#define GOODSTANDING_VERIFY_FAMILY_CHECKS_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "verify/accounts.h"
#include "verify/database.h"
#include "verify/report.h"

namespace goodstanding::verify {

struct FamilyResult {
  int64_t count = 0;  // Of streams, or of requests.
  Faults faults;
};

// Checks the rows of the family `stream` from `begin` (empty: the first) to before `end` (empty: no
// end), and takes each out of its event's account. No stream lies on both sides of a bound. `rows`
// counts what was read.
struct KeyRange {
  std::string begin;
  std::string end;
};
FamilyResult CheckStreams(const Database& database, Accounts& accounts, const KeyRange& range,
                          std::atomic<int64_t>& rows);

// Checks all rows of the family `request`, and takes each out of its events' accounts.
FamilyResult CheckRequests(const Database& database, Accounts& accounts);

// What does not agree where accounts do not balance: reads both families again and names the rows.
struct Disagreements {
  Faults stream;
  Faults request;
};
Disagreements Explain(const Database& database, const Accounts::Unbalanced& unbalanced);

}  // namespace goodstanding::verify

#endif  // GOODSTANDING_VERIFY_FAMILY_CHECKS_H_
