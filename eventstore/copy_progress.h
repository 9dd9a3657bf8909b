// How far the copying of a database is.
#ifndef GOODSTANDING_EVENTSTORE_COPY_PROGRESS_H_
#define GOODSTANDING_EVENTSTORE_COPY_PROGRESS_H_

#include <cstdint>
#include <functional>

namespace goodstanding::eventstore {

// Told how many bytes were copied since it was told last; false: stop. Called on another thread.
using CopyProgress = std::function<bool(int64_t bytes)>;

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_COPY_PROGRESS_H_
