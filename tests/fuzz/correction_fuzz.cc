// Requests whose answers stream over everybody, from their bytes: previews of a correction, what
// was decided that it would not have, and changes of standings.
#include <cstddef>
#include <cstdint>

#include "google/protobuf/stubs/logging.h"
#include "services/correction_answers.h"
#include "services/standings_watch.h"
#include "tests/fuzz/board.h"

namespace goodstanding {
namespace {

using fuzzing::Accepted;
using services::ReadSide;

void Preview(const ReadSide& side, const api::v1::PreviewCorrectionRequest& request) {
  int64_t listed = 0;
  int64_t summed = -1;
  const absl::Status status = services::AnswerPreview(side, request, [&](const auto& response) {
    listed += response.effects_size();
    if (response.has_summary()) summed = response.summary().listed_count();
    return true;
  });
  if (Accepted(status)) GS_CHECK(listed == summed);
}

void Reconsider(const ReadSide& side, const api::v1::ListReconsiderationsRequest& request) {
  (void)Accepted(services::AnswerReconsiderations(side, request, [](const auto&) { return true; }));
}

// Until everything was told.
void Watch(const ReadSide& side, const api::v1::WatchStandingsRequest& request) {
  bool caught_up = false;
  const absl::Status status = services::AnswerWatch(
      side, request,
      [&](const auto& response) {
        caught_up = caught_up || response.mark() == api::v1::FEED_MARK_CAUGHT_UP;
        return true;
      },
      [&] { return caught_up; });
  GS_CHECK(caught_up ? absl::IsCancelled(status) : !Accepted(status));
}

}  // namespace
}  // namespace goodstanding

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);  // It complains of every text that is not UTF-8.
  return 0;
}

// The input as the request of each.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const board = new goodstanding::fuzzing::Board;
  const goodstanding::services::ReadSide side = board->side();
  const int length = static_cast<int>(size);
  goodstanding::api::v1::PreviewCorrectionRequest preview;
  if (preview.ParseFromArray(data, length)) goodstanding::Preview(side, preview);
  goodstanding::api::v1::ListReconsiderationsRequest reconsider;
  if (reconsider.ParseFromArray(data, length)) goodstanding::Reconsider(side, reconsider);
  goodstanding::api::v1::WatchStandingsRequest watch;
  if (watch.ParseFromArray(data, length)) goodstanding::Watch(side, watch);
  return 0;
}
