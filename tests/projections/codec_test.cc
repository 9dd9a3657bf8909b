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

// One decoder says of each payload in turn what DecodeCertificant says of it alone.
TEST(Codec, ADecoderKeepsNothingOfTheEventsBefore) {
  const std::string credit = Credit("c1", "SPONSORED", "2024-05-01", 60).SerializeAsString();
  const std::string granted = Granted("CPCS").SerializeAsString();
  CertificantEvent nothing;
  nothing.mutable_application_submitted();
  const struct {
    const char* why;
    std::string payload;
    const char* kind;
  } kCases[] = {
      {"a first one", credit, "CreditRecorded"},
      {"a kind that comes again, with fields unset",
       Paid("p1", "2024-05-02", 0).SerializeAsString(), "PaymentReceived"},
      {"a member without fields", nothing.SerializeAsString(), "ApplicationSubmitted"},
      {"the first kind again", granted, "CredentialGranted"},
      {"the last of two members counts", credit + granted, "CredentialGranted"},
      {"of two of a kind the fields are merged", granted + Granted("").SerializeAsString(),
       "CredentialGranted"},
      {"a field that is not known, behind", granted + std::string("\xB8\x3E\x01", 3),
       "CredentialGranted"},
      {"a field that is not known, before", std::string("\xB8\x3E\x01", 3) + granted,
       "CredentialGranted"},
      {"a newer writer's kind", std::string("\xBA\x3E\x00", 3), "Promoted"},
      {"another kind than the record says", granted, "CreditRecorded"},
      {"cut short", granted.substr(0, granted.size() - 1), "CredentialGranted"},
      {"no message", "\xFF\xFF", "CredentialGranted"},
      {"nothing", "", "CredentialGranted"},
      {"and once more", credit, "CreditRecorded"},
  };
  CertificantDecoder decoder;
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.why);
    event::v1::Record record;
    record.set_position(7);
    record.set_kind(test.kind);
    record.set_payload(test.payload);
    const auto wanted = DecodeCertificant(record);
    eventstore::SkimmedRecord skimmed;
    skimmed.position = 7;
    skimmed.kind = test.kind;
    skimmed.payload = test.payload;
    const auto event = decoder.Decode(skimmed);
    ASSERT_EQ(event.status(), wanted.status());
    if (!wanted.ok()) continue;
    EXPECT_EQ((*event)->SerializeAsString(), wanted->SerializeAsString());
  }
}

}  // namespace
}  // namespace goodstanding::projections
