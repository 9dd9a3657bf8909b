#include "verify/hashes.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace goodstanding::verify {
namespace {

std::string Hex(const Hash& hash) { return absl::BytesToHexString(BytesOf(hash)); }

Hash FromHex(absl::string_view hex) { return HashFromBytes(absl::HexStringToBytes(hex)).value(); }

// The eight leaves that all implementations of RFC 6962 are tested with.
std::vector<Hash> Leaves() {
  std::vector<Hash> leaves;
  for (const char* hex : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                          "606162636465666768696a6b6c6d6e6f"}) {
    leaves.push_back(LeafHash(absl::HexStringToBytes(hex)));
  }
  return leaves;
}

TEST(Hashes, RootsAreThoseOfTheStandard) {
  const std::vector<std::string> roots = {
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  Peaks peaks;
  EXPECT_EQ(Hex(peaks.Root()), roots[0]);
  for (const Hash& leaf : Leaves()) {
    peaks.Append(leaf);
    EXPECT_EQ(Hex(peaks.Root()), roots[static_cast<size_t>(peaks.count())]);
  }
  EXPECT_EQ(peaks.hashes().size(), 1u);
}

// Roots of parts put together are those of the whole.
TEST(Hashes, ATreeIsPutTogetherFromPerfectParts) {
  const std::vector<Hash> leaves = Leaves();
  for (size_t size = 5; size <= 8; ++size) {
    Peaks whole;
    Peaks fours;
    Peaks part;
    for (size_t i = 0; i < size; ++i) {
      whole.Append(leaves[i]);
      part.Append(leaves[i]);
      if (part.count() == 4 && i + 1 < size) {
        fours.Append(part.hashes().front());
        part = Peaks();
      }
    }
    EXPECT_EQ(fours.Root(part.Root()), whole.Root()) << size;
  }
}

TEST(Hashes, LeavesAndNodesAreTold) {
  EXPECT_EQ(Hex(LeafHash("L123456")),
            "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
  // Of an event: 0x00, then 0x01, the position and the record's hash.
  const Hash record = Sha256("record");
  std::string data = absl::HexStringToBytes("010000000000000102");
  data.append(BytesOf(record).data(), kHashBytes);
  EXPECT_EQ(EventLeaf(258, record), LeafHash(data));
}

struct Inclusion {
  int64_t index;
  int64_t size;
  std::vector<std::string> path;
};

std::vector<Inclusion> Inclusions() {
  return {
      {0,
       8,
       {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
      {5,
       8,
       {"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
      {2, 3, {"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"}},
      {1,
       5,
       {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
      {0, 1, {}},
  };
}

TEST(Hashes, PathsOfTheStandardLeadToTheRoot) {
  const std::vector<Hash> leaves = Leaves();
  for (const Inclusion& inclusion : Inclusions()) {
    SCOPED_TRACE(inclusion.index);
    Peaks peaks;
    for (int64_t i = 0; i < inclusion.size; ++i) peaks.Append(leaves[static_cast<size_t>(i)]);
    const Hash root = peaks.Root();
    const Hash leaf = leaves[static_cast<size_t>(inclusion.index)];
    std::vector<Hash> path;
    for (const std::string& hex : inclusion.path) path.push_back(FromHex(hex));
    EXPECT_TRUE(CheckInclusion(inclusion.index, inclusion.size, leaf, path, root));

    EXPECT_FALSE(CheckInclusion(inclusion.size, inclusion.size, leaf, path, root));
    EXPECT_FALSE(CheckInclusion(-1, inclusion.size, leaf, path, root));
    std::vector<Hash> longer = path;
    longer.push_back(root);
    EXPECT_FALSE(CheckInclusion(inclusion.index, inclusion.size, leaf, longer, root));
    if (path.empty()) continue;
    EXPECT_FALSE(CheckInclusion(inclusion.index, inclusion.size, root, path, leaf));
    for (int64_t other = 0; other < inclusion.size; ++other) {
      if (other == inclusion.index) continue;
      EXPECT_FALSE(CheckInclusion(other, inclusion.size, leaf, path, root)) << other;
    }
    std::vector<Hash> shorter = path;
    shorter.pop_back();
    EXPECT_FALSE(CheckInclusion(inclusion.index, inclusion.size, leaf, shorter, root));
    EXPECT_FALSE(CheckInclusion(inclusion.index, inclusion.size, leaf, {}, root));
    if (path.size() < 2) continue;
    std::swap(path[0], path[1]);
    EXPECT_FALSE(CheckInclusion(inclusion.index, inclusion.size, leaf, path, root));
  }
}

struct Consistency {
  int64_t old_size;
  int64_t size;
  std::vector<std::string> proof;
};

TEST(Hashes, ProofsOfTheStandardShowThatATreeGrew) {
  const std::vector<Consistency> proofs = {
      {1,
       8,
       {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
      {6,
       8,
       {"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
      {2,
       5,
       {"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
      {3,
       7,
       {"0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
        "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e"}},
  };
  const std::vector<Hash> leaves = Leaves();
  std::vector<Tree> trees(1, {.size = 0, .root = Sha256("")});
  Peaks peaks;
  for (const Hash& leaf : leaves) {
    peaks.Append(leaf);
    trees.push_back({.size = peaks.count(), .root = peaks.Root()});
  }
  for (const Consistency& row : proofs) {
    SCOPED_TRACE(row.old_size);
    const Tree& older = trees[static_cast<size_t>(row.old_size)];
    const Tree& newer = trees[static_cast<size_t>(row.size)];
    std::vector<Hash> proof;
    for (const std::string& hex : row.proof) proof.push_back(FromHex(hex));
    EXPECT_TRUE(CheckConsistency(older, newer, proof));
    EXPECT_FALSE(CheckConsistency(newer, older, proof)) << "the other way round";
    EXPECT_FALSE(CheckConsistency(older, newer, {})) << "no proof";
    for (const Tree& other : trees) {
      EXPECT_EQ(CheckConsistency(other, newer, proof), other.size == older.size);
      EXPECT_EQ(CheckConsistency(older, other, proof), other.size == newer.size);
    }
    for (size_t i = 0; i < proof.size(); ++i) {
      std::vector<Hash> changed = proof;
      changed[i][0] ^= 1;
      EXPECT_FALSE(CheckConsistency(older, newer, changed)) << i;
    }
    std::vector<Hash> longer = proof;
    longer.push_back(newer.root);
    EXPECT_FALSE(CheckConsistency(older, newer, longer));
    proof.pop_back();
    EXPECT_FALSE(CheckConsistency(older, newer, proof)) << "shorter";
  }
  EXPECT_TRUE(CheckConsistency(trees[4], trees[4], {}));
  EXPECT_FALSE(CheckConsistency(trees[4], {.size = 4, .root = trees[5].root}, {}));
  EXPECT_FALSE(CheckConsistency(trees[4], trees[4], {trees[4].root}));
  EXPECT_FALSE(CheckConsistency(trees[0], trees[4], {})) << "nothing has no proof";
  // The root of four leaves is a node of the tree of eight: the proof leaves it out.
  EXPECT_TRUE(CheckConsistency(trees[4], trees[8],
                               {FromHex("6b47aaf29ee3c2af9af889bc1fb9254dabd311"
                                        "77f16232dd6aab035ca39bf6e4")}));
  EXPECT_FALSE(CheckConsistency(trees[4], trees[8],
                                {trees[4].root, FromHex("6b47aaf29ee3c2af9af889bc1fb9254dabd31177f1"
                                                        "6232dd6aab035ca39bf6e4")}));
}

TEST(Hashes, ASecretHashDependsOnItsKeyAndOnEveryByte) {
  const SecretHash hash;
  const SecretHash other;
  EXPECT_NE(hash.Of("abc"), other.Of("abc"));
  const std::string bytes(41, 'x');
  EXPECT_EQ(hash.Of(bytes), hash.Of(bytes));
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = 'y';
    EXPECT_NE(hash.Of(changed), hash.Of(bytes)) << i;
    EXPECT_NE(hash.Of(bytes.substr(0, i)), hash.Of(bytes)) << i;
  }
}

}  // namespace
}  // namespace goodstanding::verify
