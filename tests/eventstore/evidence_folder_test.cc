// Files of documents: whole or not there, and told where they are damaged.
#include "eventstore/evidence_folder.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "eventstore/crypto.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::eventstore {
namespace {

using ::goodstanding::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class EvidenceFolderTest : public ::testing::Test {
 protected:
  EvidenceFolderTest() {
    std::string pattern = absl::StrCat(::testing::TempDir(), "evidence-XXXXXX");
    path_ = mkdtemp(pattern.data());
  }
  ~EvidenceFolderTest() override { std::filesystem::remove_all(path_); }

  std::string At(const std::string& name) const { return absl::StrCat(path_, "/", name); }
  static std::vector<std::string> Names(const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }
  static void Write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  std::string path_;
};

TEST_F(EvidenceFolderTest, GivesBackWhatWasPutUnderItsDigest) {
  const EvidenceFolder folder(At("evidence"));
  const std::string bytes(300'000, '\x01');
  GS_ASSERT_OK_AND_ASSIGN(const std::string digest, folder.Put(bytes));
  EXPECT_EQ(digest, Sha256(bytes));
  GS_ASSERT_OK_AND_ASSIGN(const std::string empty, folder.Put(""));
  GS_ASSERT_OK_AND_ASSIGN(const std::string again, folder.Put(bytes));
  EXPECT_EQ(again, digest);
  EXPECT_THAT(Names(folder.path()),
              UnorderedElementsAre(absl::BytesToHexString(digest), absl::BytesToHexString(empty)));
  GS_ASSERT_OK_AND_ASSIGN(const std::string got, folder.Get(digest));
  EXPECT_EQ(got, bytes);
  GS_ASSERT_OK_AND_ASSIGN(const std::string nothing, folder.Get(empty));
  EXPECT_EQ(nothing, "");
}

TEST_F(EvidenceFolderTest, TellsWhatIsMissingOrDamaged) {
  const EvidenceFolder folder(At("evidence"));
  EXPECT_THAT(folder.Get(Sha256("never")), StatusIs(absl::StatusCode::kDataLoss));
  GS_ASSERT_OK_AND_ASSIGN(const std::string digest, folder.Put("the document"));
  Write(absl::StrCat(folder.path(), "/", absl::BytesToHexString(digest)), "the documenT");
  EXPECT_THAT(folder.Get(digest),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("not what its name says")));
}

TEST_F(EvidenceFolderTest, CopiesWhatIsThereAndSound) {
  const EvidenceFolder folder(At("evidence"));
  GS_EXPECT_OK(CopyEvidence(folder.path(), At("copy")));
  EXPECT_FALSE(std::filesystem::exists(At("copy"))) << "there is nothing to copy";
  GS_ASSERT_OK_AND_ASSIGN(const std::string first, folder.Put("first"));
  GS_ASSERT_OK_AND_ASSIGN(const std::string second, folder.Put("second"));
  Write(absl::StrCat(folder.path(), "/new-7-1"), "half of a fil");  // Left by a kill.
  GS_EXPECT_OK(CopyEvidence(folder.path(), At("copy")));
  EXPECT_THAT(Names(At("copy")),
              UnorderedElementsAre(absl::BytesToHexString(first), absl::BytesToHexString(second)));
  Write(absl::StrCat(folder.path(), "/", absl::BytesToHexString(first)), "damaged");
  GS_EXPECT_OK(CopyEvidence(folder.path(), At("copy"))) << "what the copy has is not read again";
  GS_ASSERT_OK_AND_ASSIGN(const std::string third, folder.Put("third"));
  EXPECT_THAT(CopyEvidence(folder.path(), At("other")), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Names(At("other")),
              UnorderedElementsAre(absl::BytesToHexString(second), absl::BytesToHexString(third)))
      << "the sound ones are copied all the same";
}

}  // namespace
}  // namespace goodstanding::eventstore
