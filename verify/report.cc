#include "verify/report.h"

#include <utility>

namespace goodstanding::verify {

void Faults::Add(Fault fault) {
  ++count_;
  if (kept_.size() < kKept) kept_.push_back(std::move(fault));
}

void Faults::Add(Faults later) {
  count_ += later.count_;
  for (Fault& fault : later.kept_) {
    if (kept_.size() == kKept) return;
    kept_.push_back(std::move(fault));
  }
}

void Report::Add(const Faults& faults_of_family) {
  fault_count += faults_of_family.count();
  faults.insert(faults.end(), faults_of_family.kept().begin(), faults_of_family.kept().end());
}

}  // namespace goodstanding::verify
