#include "projections/codec.h"

#include "gtest/gtest.h"
#include "tests/projections/board_fixture.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::projections {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

event::v1::Record RecordOf(const CertificantEvent& event, absl::string_view kind) {
  event::v1::Record record;
  record.set_position(7);
  record.set_kind(std::string(kind));
  record.set_payload(event.SerializeAsString());
  return record;
}

TEST(Codec, StreamNamesCarryTheId) {
  EXPECT_EQ(CertificantStream("ana"), "certificant/ana");
  EXPECT_EQ(ActivityStream("a-1"), "activity/a-1");
  EXPECT_EQ(RulesStream("namss-2025"), "rules/namss-2025");
  EXPECT_EQ(StreamId("certificant/ana", kCertificantPrefix), "ana");
  EXPECT_FALSE(StreamId("certificant/ana", kActivityPrefix).has_value());
}

TEST(Codec, ReadsAnEventOfItsKind) {
  EXPECT_THAT(DecodeCertificant(RecordOf(Granted("CPCS"), "CredentialGranted")), IsOk());
}

TEST(Codec, RefusesAnEventThatItDoesNotKnow) {
  const struct {
    const char* why;
    CertificantEvent event;
    const char* kind;
  } kCases[] = {
      {"the oneof is unset, or set by a newer writer", CertificantEvent(), "Promoted"},
      {"the payload is of another kind", Granted("CPCS"), "CreditRecorded"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.why);
    EXPECT_THAT(DecodeCertificant(RecordOf(test.event, test.kind)),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("position 7")));
  }
}

TEST(Codec, RefusesBytesThatAreNoMessage) {
  event::v1::Record record = RecordOf(Granted("CPCS"), "CredentialGranted");
  record.set_payload("\xFF\xFF");
  EXPECT_THAT(DecodeCertificant(record), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(Codec, ANewerWritersKindHasNoName) {
  CertificantEvent event;
  ASSERT_TRUE(event.ParseFromString(std::string("\xBA\x3E\x00", 3)));  // Field 999, empty.
  EXPECT_EQ(KindOf(event), "");
}

}  // namespace
}  // namespace goodstanding::projections
