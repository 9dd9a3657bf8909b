#include "projections/live_rows.h"

#include <utility>

#include "absl/hash/hash.h"
#include "base/status_macros.h"
#include "google/protobuf/io/coded_stream.h"
#include "projections/codec.h"

namespace goodstanding::projections {
namespace {

// The first field of a stored row, which is written first; 0 where there is none.
int64_t PositionOf(absl::string_view row) {
  constexpr uint32_t kPositionTag = view::v1::CertificantRow::kPositionFieldNumber << 3;
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(row.data()),
                                            static_cast<int>(row.size()));
  uint64_t position = 0;
  if (in.ReadTag() != kPositionTag || !in.ReadVarint64(&position)) return 0;
  return static_cast<int64_t>(position);
}

absl::string_view IdOf(absl::string_view stream) {
  return stream.substr(kCertificantPrefix.size());
}

}  // namespace

absl::StatusOr<LiveRows> LiveRows::Load(const Views& views, const eventstore::StreamRange& range,
                                        int64_t position) {
  std::vector<Row> rows;
  GS_RETURN_IF_ERROR(views.VisitStored(
      IdOf(range.begin), IdOf(range.end), [&](absl::string_view id, absl::string_view row) {
        rows.push_back({std::string(id), PositionOf(row), absl::HashOf(row)});
        return absl::OkStatus();
      }));
  return LiveRows(std::move(rows), position);
}

void LiveRows::Compare(absl::string_view id, absl::string_view row) {
  for (; next_ < rows_.size() && rows_[next_].id < id; ++next_) {
    if (rows_[next_].position <= position_) differing_.push_back(rows_[next_].id);
  }
  if (next_ == rows_.size() || rows_[next_].id != id) {
    differing_.emplace_back(id);
    return;
  }
  const Row& live = rows_[next_++];
  if (live.hash != absl::HashOf(row) && live.position <= position_) differing_.emplace_back(id);
}

void LiveRows::Finish() {
  for (; next_ < rows_.size(); ++next_) {
    if (rows_[next_].position <= position_) differing_.push_back(rows_[next_].id);
  }
}

}  // namespace goodstanding::projections
