// Tells a torn last write from damage within RocksDB's write-ahead log.
#ifndef GOODSTANDING_EVENTSTORE_WAL_TAIL_H_
#define GOODSTANDING_EVENTSTORE_WAL_TAIL_H_

#include <string>

#include "absl/strings/string_view.h"

namespace rocksdb {
class Env;
}

namespace goodstanding::eventstore {

// Whether the bytes of one write-ahead log file are sound records, then perhaps one unfinished
// write, and no sound record behind it. Every write is synced before the next one begins, so a
// power cut can tear the last one only; a sound record behind damage means that acknowledged data
// was damaged.
bool EndsInTornWrite(absl::string_view log);

// Whether all write-ahead logs in the folder of a database are sound but for a torn write at the
// end of the newest. False where a file cannot be read. Reads the logs into memory, one at a time.
bool OnlyTailIsTorn(rocksdb::Env& env, const std::string& path);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_WAL_TAIL_H_
