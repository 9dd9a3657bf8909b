#include "eventstore/seal.h"

#include <memory>
#include <string>

#include "eventstore/key_store.h"
#include "gmock/gmock.h"
#include "goodstanding/event/v1/certificant_event.pb.h"
#include "gtest/gtest.h"
#include "rocksdb/env.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::eventstore {
namespace {

using ::goodstanding::testing::IsOkAndHolds;
using ::goodstanding::testing::StatusIs;

constexpr char kAna[] = "certificant/ana";
constexpr char kKind[] = "CertificantRegistered";

class SealTest : public ::testing::Test {
 protected:
  SealTest() : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())) {
    KeyStoreOptions options;
    options.path = "/keys";
    options.scratch_key = std::string(32, 'k');
    options.env = env_.get();
    keys_ = KeyStore::Open(options).value();
    EXPECT_TRUE(keys_->CreateKey(kAna, Durability::kNow).ok());
  }
  ~SealTest() override { keys_.reset(); }

  static event::v1::CertificantEvent Registered() {
    event::v1::CertificantEvent event;
    event.mutable_certificant_registered()->set_name("Ana");
    event.mutable_certificant_registered()->set_email("ana@example.com");
    event.mutable_certificant_registered()->set_data_key_digest("public");
    return event;
  }

  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<KeyStore> keys_;
};

TEST_F(SealTest, SealsPersonalFieldsAndNoOthers) {
  event::v1::CertificantEvent event = Registered();
  GS_ASSERT_OK(SealPersonalFields(*keys_, kAna, kKind, &event));
  const event::v1::CertificantRegistered& sealed = event.certificant_registered();
  EXPECT_EQ(sealed.name().size(), 3 + 44);
  EXPECT_EQ(sealed.email().size(), 15 + 44);
  EXPECT_EQ(sealed.data_key_digest(), "public");
  EXPECT_THAT(OpenPersonalFields(*keys_, kAna, kKind, &event), IsOkAndHolds(false));
  EXPECT_EQ(event.SerializeAsString(), Registered().SerializeAsString());
}

TEST_F(SealTest, TakesTheKindsMessageOrTheEventAroundIt) {
  event::v1::CertificantEvent event = Registered();
  GS_ASSERT_OK(SealPersonalFields(*keys_, kAna, kKind, event.mutable_certificant_registered()));
  EXPECT_THAT(OpenPersonalFields(*keys_, kAna, kKind, &event), IsOkAndHolds(false));
  EXPECT_EQ(event.certificant_registered().name(), "Ana");
}

TEST_F(SealTest, LeavesEmptyFieldsEmpty) {
  event::v1::CertificantEvent event;
  GS_EXPECT_OK(SealPersonalFields(*keys_, kAna, kKind, &event));
  event.mutable_certificant_registered();
  GS_ASSERT_OK(SealPersonalFields(*keys_, kAna, kKind, &event));
  EXPECT_EQ(event.certificant_registered().name(), "");
  EXPECT_THAT(OpenPersonalFields(*keys_, kAna, kKind, &event), IsOkAndHolds(false));
}

TEST_F(SealTest, ErasedTextsAreEmptyAndSaidToBe) {
  event::v1::CertificantEvent event = Registered();
  GS_ASSERT_OK(SealPersonalFields(*keys_, kAna, kKind, &event));
  GS_ASSERT_OK(keys_->DestroyKey(kAna));
  EXPECT_THAT(OpenPersonalFields(*keys_, kAna, kKind, &event), IsOkAndHolds(true));
  EXPECT_EQ(event.certificant_registered().name(), "");
  EXPECT_EQ(event.certificant_registered().email(), "");
  EXPECT_EQ(event.certificant_registered().data_key_digest(), "public");
}

TEST_F(SealTest, ReportsSwappedFields) {
  event::v1::CertificantEvent event = Registered();
  GS_ASSERT_OK(SealPersonalFields(*keys_, kAna, kKind, &event));
  event::v1::CertificantRegistered& fact = *event.mutable_certificant_registered();
  fact.mutable_name()->swap(*fact.mutable_email());
  EXPECT_THAT(OpenPersonalFields(*keys_, kAna, kKind, &event),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(SealTest, NeedsAKey) {
  event::v1::CertificantEvent event = Registered();
  EXPECT_THAT(SealPersonalFields(*keys_, "certificant/ben", kKind, &event),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace goodstanding::eventstore
