// Looks at the last bytes of RocksDB's tables, which RocksDB believes without a checksum.
#ifndef GOODSTANDING_EVENTSTORE_TABLE_END_H_
#define GOODSTANDING_EVENTSTORE_TABLE_END_H_

#include <string>

#include "rocksdb/status.h"

namespace rocksdb {
class Env;
}

namespace goodstanding::eventstore {

// A table ends in the version of its format and a magic number. A damaged version has RocksDB read
// sound blocks in the way of an older one, and abort. Corruption, naming the file, where a table is
// of a version older than this program ever wrote. OK where it is no whole table, or is not there:
// that RocksDB tells itself. Cost: 12 bytes read.
rocksdb::Status CheckTableEnd(rocksdb::Env& env, const std::string& path);

// The same of every table ("*.sst") in a folder; the first error. A folder that is not there has
// none.
rocksdb::Status CheckTableEnds(rocksdb::Env& env, const std::string& folder);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_TABLE_END_H_
