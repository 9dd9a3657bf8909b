#include "verify/tile_scan.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "verify/stored_bytes.h"

namespace goodstanding::verify {
namespace {

constexpr char kFamily[] = "tree";

// First position below node `index` of a level.
int64_t FirstPosition(int level, int64_t index) { return (index << (8 * level)) + 1; }

std::string TileName(int level, int64_t index) {
  return absl::StrCat("level ", level, ", tile ", index);
}

std::string RowName(absl::string_view key) {
  const std::optional<int64_t> index = key.empty() ? std::nullopt : ReadNumber(key.substr(1));
  if (!index.has_value()) return absl::StrCat("key ", absl::BytesToHexString(key));
  return TileName(static_cast<uint8_t>(key[0]), *index);
}

absl::string_view BytesOfAll(const std::vector<Hash>& hashes) {
  return {reinterpret_cast<const char*>(hashes.data()), hashes.size() * kHashBytes};
}

}  // namespace

std::string TileKey(int level, int64_t index) {
  return absl::StrCat(std::string(1, static_cast<char>(level)), NumberBytes(index));
}

TileScan::TileScan(const Database& database, const std::string& begin, std::string end,
                   Faults& faults)
    : rows_(database, kFamily, begin, std::move(end)), faults_(faults) {}

void TileScan::Expect(int level, int64_t index, const std::vector<Hash>& hashes) {
  const std::string key = TileKey(level, index);
  while (rows_.Valid() && rows_.key() < key) RefuseRow();
  const int64_t first_node = index * kTileHashes;
  Fault fault{.family = kFamily,
              .row = TileName(level, index),
              .what = "it is missing",
              .position = FirstPosition(level, first_node)};
  if (!rows_.Valid() || rows_.key() != key) {
    const absl::Status status = rows_.status();
    if (!status.ok()) fault.what = std::string(status.message());
    return faults_.Add(std::move(fault));
  }
  const Frame frame = ReadFrame(rows_.value());
  const absl::string_view expected = BytesOfAll(hashes);
  if (frame.fault != nullptr) {
    fault.what = frame.fault;
    faults_.Add(std::move(fault));
  } else if (frame.body.size() != expected.size()) {
    fault.what =
        absl::StrCat("it has ", frame.body.size(), " bytes of hashes, not ", expected.size());
    faults_.Add(std::move(fault));
  } else if (frame.body != expected) {
    const auto differing = std::mismatch(frame.body.begin(), frame.body.end(), expected.begin());
    const int64_t hash = (differing.first - frame.body.begin()) / static_cast<int64_t>(kHashBytes);
    fault.position = FirstPosition(level, first_node + hash);
    fault.what = absl::StrCat("hash ", hash, " is not that of the events from position ",
                              fault.position, " on");
    if (level == 0) {
      fault.what =
          absl::StrCat("hash ", hash, " is not that of the event at position ", fault.position);
    }
    faults_.Add(std::move(fault));
  }
  rows_.Next();
}

void TileScan::End() {
  while (rows_.Valid()) RefuseRow();
  const absl::Status status = rows_.status();
  if (status.ok()) return;
  faults_.Add({.family = kFamily, .row = "its end", .what = std::string(status.message())});
}

// Reports the row as one that does not belong here, and steps over it.
void TileScan::RefuseRow() {
  faults_.Add(
      {.family = kFamily, .row = RowName(rows_.key()), .what = "no such tile belongs here"});
  rows_.Next();
}

}  // namespace goodstanding::verify
