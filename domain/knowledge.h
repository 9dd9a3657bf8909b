// What is known to whoever asks: the part of the log that a question sees.
#ifndef GOODSTANDING_DOMAIN_KNOWLEDGE_H_
#define GOODSTANDING_DOMAIN_KNOWLEDGE_H_

#include <cstdint>
#include <limits>

#include "domain/dates.h"

namespace goodstanding::domain {

// Events up to a position and up to a recorded time, both inclusive. The default sees everything.
struct Knowledge {
  int64_t max_position = std::numeric_limits<int64_t>::max();
  int64_t max_recorded_micros = std::numeric_limits<int64_t>::max();

  bool Sees(int64_t position, int64_t recorded_micros) const {
    return position <= max_position && recorded_micros <= max_recorded_micros;
  }
  bool SeesAll() const { return *this == Knowledge{}; }
  bool operator==(const Knowledge&) const = default;
};

// The state that a question or a decision looks at: facts effective up to a moment of a day. A
// question asks for the end of the day; a decision for its own instant, and for the standing on its
// day.
struct Cutoff {
  Date date;                                             // The day; inclusive.
  int64_t micros = std::numeric_limits<int64_t>::max();  // The moment; inclusive.

  static Cutoff EndOf(Date date) { return Cutoff{date, std::numeric_limits<int64_t>::max()}; }
  static Cutoff At(const Moment& moment) { return Cutoff{moment.date, moment.micros}; }

  bool Includes(const Moment& moment) const {
    return moment.date <= date && moment.micros <= micros;
  }
};

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_KNOWLEDGE_H_
