// What a check of a log found.
#ifndef GOODSTANDING_VERIFY_REPORT_H_
#define GOODSTANDING_VERIFY_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "verify/hashes.h"

namespace goodstanding::verify {

// Something that is not as it must be.
struct Fault {
  std::string family;    // "log", "stream" …; "database" where no row can be named.
  std::string row;       // Which row: "position 7", "certificant/ana, version 3".
  std::string what;      // A clause: "its checksum is wrong".
  int64_t position = 0;  // The event that it concerns, the first of several; 0 where none is known.
};

// Faults in the order in which they were found: all are counted, the first ones kept.
class Faults {
 public:
  void Add(Fault fault);
  // Adds those of another list behind these.
  void Add(Faults later);

  int64_t count() const { return count_; }
  const std::vector<Fault>& kept() const { return kept_; }

 private:
  static constexpr size_t kKept = 100;
  int64_t count_ = 0;
  std::vector<Fault> kept_;
};

struct Report {
  std::string origin;
  int64_t events = 0;
  int64_t streams = 0;
  int64_t requests = 0;
  int64_t checkpoints = 0;
  int64_t evidence = 0;  // Kept documents that events name, where they were looked at.
  std::vector<int64_t> key_rotations;  // Positions of the sound ones.
  Hash root = {};                      // Recomputed from the events alone.
  // The logs that this one goes on from, oldest first: it begins with so many events of theirs.
  std::vector<std::pair<std::string, int64_t>> former_origins;
  int64_t backup_id = 0;  // Where a backup was checked.
  int64_t fault_count = 0;
  // By family: meta, log, stream, request, tree, checkpoint, then the rest. The first 100 of each.
  std::vector<Fault> faults;

  void Add(const Faults& faults_of_family);
};

}  // namespace goodstanding::verify

#endif  // GOODSTANDING_VERIFY_REPORT_H_
