// Keys of the view folder.
//
// ON DISK: a letter, the generation, then what is told apart. Numbers are big-endian, four bytes;
// no id has a NUL byte. The folder is disposable: another shape is another kViewSchemaVersion.
//   K                             checkpoint
//   G                             live generation
//   R generation id               row of a certificant
//   D generation year id          due index
//   A generation activity NUL id  certificants by activity: the one, and
//   A generation activity NUL NUL id
//                                 many at once, of whom the id is the first
#ifndef GOODSTANDING_PROJECTIONS_VIEW_KEYS_H_
#define GOODSTANDING_PROJECTIONS_VIEW_KEYS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace goodstanding::projections {

inline constexpr absl::string_view kCheckpointKey = "K";
inline constexpr absl::string_view kGenerationKey = "G";
inline constexpr char kRowLetter = 'R';
inline constexpr char kDueLetter = 'D';
inline constexpr char kActivityLetter = 'A';
// Of all keys that belong to a generation.
inline constexpr char kGenerationLetters[] = {kRowLetter, kDueLetter, kActivityLetter};

// A number as it stands in keys, and back; nullopt for anything else.
std::string BigEndian(uint32_t number);
std::optional<uint32_t> ParseBigEndian(absl::string_view bytes);

// What all keys of one letter and generation begin with.
std::string GenerationPrefix(char letter, uint32_t generation);

// The key of a row; what the keys of a year's and of an activity's index begin with. An id follows.
std::string RowKey(uint32_t generation, absl::string_view id);
std::string DuePrefix(uint32_t generation, int year);
std::string ActivityPrefix(uint32_t generation, absl::string_view activity_id);

// The key, within an activity's index, of the ids of many certificants, and its value. REQUIRES:
// the ids ascend, and there is one.
std::string ManyKey(uint32_t generation, absl::string_view activity_id, absl::string_view first_id);
void AppendToMany(absl::string_view id, std::string* value);

// Appends the ids that an entry of an activity's index stands for: of what follows the prefix, and
// its value.
void ReadIndexEntry(absl::string_view rest, absl::string_view value, std::vector<std::string>* ids);

// The first key behind all keys with the prefix. REQUIRES: not all its bytes are 0xFF.
std::string PrefixEnd(std::string prefix);

// Where a scan of a prefix begins: at its start, or behind the id `after`.
std::string ScanStart(absl::string_view prefix, absl::string_view after);

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_VIEW_KEYS_H_
