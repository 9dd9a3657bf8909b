#include "eventstore/wal_tail.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "eventstore/crc32c.h"
#include "rocksdb/env.h"

namespace goodstanding::eventstore {
namespace {

// Layout of a write-ahead log: blocks of 32 KiB; in them fragments of a header (masked CRC-32C of
// type and payload, 4 bytes; payload size, 2; type, 1; little-endian) and a payload. A block's last
// bytes are zero where no header fits. One write is one full fragment, or a first, middles, and a
// last one.
constexpr size_t kLogBlockBytes = 32 << 10;
constexpr size_t kHeaderBytes = 7;
constexpr uint8_t kFull = 1;
constexpr uint8_t kFirst = 2;
constexpr uint8_t kLast = 4;

struct Fragment {
  uint8_t type = 0;
  size_t bytes = 0;  // Header and payload.
};

uint32_t Unmask(uint32_t masked) {
  const uint32_t rotated = masked - 0xa282ead8u;
  return (rotated >> 17) | (rotated << 15);
}

// The sound fragment at `offset`; nullopt where there is none.
std::optional<Fragment> FragmentAt(absl::string_view log, size_t offset) {
  const size_t block_end = std::min(log.size(), (offset / kLogBlockBytes + 1) * kLogBlockBytes);
  if (offset + kHeaderBytes > block_end) return std::nullopt;
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(log[i])); };
  const uint32_t masked =
      byte(offset) | byte(offset + 1) << 8 | byte(offset + 2) << 16 | byte(offset + 3) << 24;
  const size_t payload = byte(offset + 4) | byte(offset + 5) << 8;
  const auto type = static_cast<uint8_t>(byte(offset + 6));
  if (type < kFull || type > kLast || offset + kHeaderBytes + payload > block_end) {
    return std::nullopt;
  }
  if (Unmask(masked) != Crc32c(log.substr(offset + 6, 1 + payload))) return std::nullopt;
  return Fragment{.type = type, .bytes = kHeaderBytes + payload};
}

// Where the fragment behind `offset` begins: the trailer of a block is skipped.
size_t SkipTrailer(size_t offset) {
  const size_t left = kLogBlockBytes - offset % kLogBlockBytes;
  return left < kHeaderBytes ? offset + left : offset;
}

// Offset of the first byte that belongs to no sound fragment.
size_t SoundBytes(absl::string_view log) {
  size_t offset = 0;
  while (offset < log.size()) {
    const std::optional<Fragment> fragment = FragmentAt(log, offset);
    if (!fragment) return offset;
    offset = SkipTrailer(offset + fragment->bytes);
  }
  return log.size();
}

}  // namespace

bool EndsInTornWrite(absl::string_view log) {
  const size_t sound = SoundBytes(log);
  // A later write would begin with a full or a first fragment, at any byte behind the damage.
  for (size_t offset = sound + 1; offset < log.size(); ++offset) {
    const std::optional<Fragment> fragment = FragmentAt(log, offset);
    if (fragment && (fragment->type == kFull || fragment->type == kFirst)) return false;
  }
  return true;
}

bool OnlyTailIsTorn(rocksdb::Env& env, const std::string& path) {
  std::vector<std::string> names;
  if (!env.GetChildren(path, &names).ok()) return false;
  std::vector<std::string> logs;
  for (const std::string& name : names) {
    if (absl::EndsWith(name, ".log")) logs.push_back(name);
  }
  // Names are numbers of at least six digits, padded with zeros.
  std::sort(logs.begin(), logs.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  for (size_t i = 0; i < logs.size(); ++i) {
    std::string bytes;
    if (!rocksdb::ReadFileToString(&env, path + "/" + logs[i], &bytes).ok()) return false;
    const bool newest = i + 1 == logs.size();
    if (newest ? !EndsInTornWrite(bytes) : SoundBytes(bytes) != bytes.size()) return false;
  }
  return !logs.empty();
}

}  // namespace goodstanding::eventstore
