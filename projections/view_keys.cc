#include "projections/view_keys.h"

#include "absl/strings/str_cat.h"

namespace goodstanding::projections {
namespace {

constexpr absl::string_view kNul("\0", 1);

}  // namespace

std::string BigEndian(uint32_t number) {
  std::string bytes(4, '\0');
  for (size_t i = 0; i < 4; ++i) bytes[i] = static_cast<char>((number >> (24 - 8 * i)) & 0xFF);
  return bytes;
}

std::optional<uint32_t> ParseBigEndian(absl::string_view bytes) {
  if (bytes.size() != 4) return std::nullopt;
  uint32_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

std::string GenerationPrefix(char letter, uint32_t generation) {
  return absl::StrCat(absl::string_view(&letter, 1), BigEndian(generation));
}

std::string RowKey(uint32_t generation, absl::string_view id) {
  return absl::StrCat(GenerationPrefix(kRowLetter, generation), id);
}

std::string DuePrefix(uint32_t generation, int year) {
  return absl::StrCat(GenerationPrefix(kDueLetter, generation),
                      BigEndian(static_cast<uint32_t>(year)));
}

std::string ActivityPrefix(uint32_t generation, absl::string_view activity_id) {
  return absl::StrCat(GenerationPrefix(kActivityLetter, generation), activity_id, kNul);
}

std::string ManyKey(uint32_t generation, absl::string_view activity_id,
                    absl::string_view first_id) {
  return absl::StrCat(ActivityPrefix(generation, activity_id), kNul, first_id);
}

void AppendToMany(absl::string_view id, std::string* value) { absl::StrAppend(value, id, kNul); }

void ReadIndexEntry(absl::string_view rest, absl::string_view value,
                    std::vector<std::string>* ids) {
  if (rest.empty() || rest.front() != '\0') {
    ids->emplace_back(rest);
    return;
  }
  for (size_t end = value.find('\0'); end != absl::string_view::npos; end = value.find('\0')) {
    ids->emplace_back(value.substr(0, end));
    value.remove_prefix(end + 1);
  }
}

std::string PrefixEnd(std::string prefix) {
  while (!prefix.empty() && static_cast<uint8_t>(prefix.back()) == 0xFF) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<uint8_t>(prefix.back()) + 1);
  return prefix;
}

std::string ScanStart(absl::string_view prefix, absl::string_view after) {
  if (after.empty()) return std::string(prefix);
  return absl::StrCat(prefix, after, kNul);
}

}  // namespace goodstanding::projections
