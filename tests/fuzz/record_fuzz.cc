// The record of an event: as the store reads it, and as the outside check does.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "eventstore/rows.h"
#include "google/protobuf/stubs/logging.h"
#include "projections/codec.h"
#include "verify/stored_bytes.h"

namespace goodstanding {
namespace {

// What both readers take for a record, they read alike.
void Compare(const eventstore::Record& record, const verify::RecordFields& fields) {
  GS_CHECK(fields.position == record.position());
  GS_CHECK(fields.stream == record.stream());
  GS_CHECK(fields.version == record.version());
  GS_CHECK(fields.recorded_micros == record.recorded_micros());
  GS_CHECK(fields.actor_issuer == record.actor().issuer());
  GS_CHECK(fields.actor_subject == record.actor().subject());
  GS_CHECK(fields.request_id == record.request_id());
}

void Compare(const eventstore::Record& record, const eventstore::SkimmedRecord& skimmed) {
  GS_CHECK(skimmed.position == record.position());
  GS_CHECK(skimmed.version == record.version());
  GS_CHECK(skimmed.effective_micros == record.effective_micros());
  GS_CHECK(skimmed.utc_offset_seconds == record.utc_offset_seconds());
  GS_CHECK(skimmed.stream == record.stream());
  GS_CHECK(skimmed.kind == record.kind());
  GS_CHECK(skimmed.payload == record.payload());
}

void ReadRow(absl::string_view row) {
  const verify::Frame frame = verify::ReadFrame(row);
  const auto body = eventstore::UnframeRow(row);
  GS_CHECK(body.ok() == (frame.fault == nullptr));
  if (!body.ok()) return;
  GS_CHECK(*body == frame.body);
  const auto fields = verify::ReadRecord(*body);
  eventstore::Record record;
  if (!eventstore::ParseRecordRow(row, &record).ok()) return;
  if (fields.has_value()) Compare(record, *fields);
  eventstore::SkimmedRecord skimmed;
  if (eventstore::SkimRecordRow(row, &skimmed).ok()) Compare(record, skimmed);
  (void)projections::DecodeCertificant(record);
  (void)projections::DecodeActivity(record);
  (void)projections::DecodeRuleSet(record);
  (void)projections::StampOf(record);
  // What the store writes, both read: fields that it knows.
  record.DiscardUnknownFields();
  std::string again;
  eventstore::FrameRecord(record, &again);
  eventstore::Record parsed;
  GS_CHECK(eventstore::ParseRecordRow(again, &parsed).ok());
  const auto written = verify::ReadRecord(verify::ReadFrame(again).body);
  GS_CHECK(written.has_value());
  Compare(record, *written);
}

}  // namespace
}  // namespace goodstanding

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);  // It complains of every text that is not UTF-8.
  return 0;
}

// The input as a row, and as the body of a row whose checksum is right: nothing gets past one that
// is wrong.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  goodstanding::ReadRow(input);
  goodstanding::ReadRow(goodstanding::eventstore::FrameRow(input));
  return 0;
}
