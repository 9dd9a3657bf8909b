#include "eventstore/keys.h"

#include "absl/strings/str_cat.h"

namespace goodstanding::eventstore {

void AppendNumber(int64_t number, std::string* out) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>((static_cast<uint64_t>(number) >> shift) & 0xff));
  }
}

std::optional<int64_t> ParseNumber(absl::string_view bytes) {
  if (bytes.size() < kNumberBytes) return std::nullopt;
  uint64_t number = 0;
  for (size_t i = 0; i < kNumberBytes; ++i) {
    number = (number << 8) | static_cast<uint8_t>(bytes[i]);
  }
  if (number > static_cast<uint64_t>(INT64_MAX)) return std::nullopt;
  return static_cast<int64_t>(number);
}

std::string LogKey(int64_t position) {
  std::string key;
  AppendNumber(position, &key);
  return key;
}

std::string StreamKeyPrefix(absl::string_view stream) {
  std::string key;
  key.reserve(stream.size() + 1 + kNumberBytes);
  key.append(stream.data(), stream.size());
  key.push_back('\0');
  return key;
}

std::string StreamKey(absl::string_view stream, int64_t version) {
  std::string key = StreamKeyPrefix(stream);
  AppendNumber(version, &key);
  return key;
}

std::string AfterStreamKey(absl::string_view stream) { return absl::StrCat(stream, "\x01"); }

std::optional<StreamKeyParts> ParseStreamKey(absl::string_view key) {
  if (key.size() < 2 + kNumberBytes) return std::nullopt;
  const size_t name_size = key.size() - kNumberBytes - 1;
  const std::optional<int64_t> version = ParseNumber(key.substr(name_size + 1));
  if (key[name_size] != '\0' || !version.has_value()) return std::nullopt;
  return StreamKeyParts{.stream = key.substr(0, name_size), .version = *version};
}

std::string RequestRowKey(absl::string_view scope, absl::string_view id) {
  std::string key;
  key.reserve(scope.size() + 1 + id.size());
  key.append(scope.data(), scope.size());
  key.push_back('\0');
  key.append(id.data(), id.size());
  return key;
}

}  // namespace goodstanding::eventstore
