// The tree of RFC 6962 against published vectors, against the definition, and against forgeries.
#include "eventstore/merkle.h"

#include <bit>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "eventstore/crypto.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::eventstore {
namespace {

std::string Hex(const Hash& hash) { return absl::BytesToHexString(BytesOf(hash)); }

std::vector<std::string> Hex(const std::vector<Hash>& hashes) {
  std::vector<std::string> lines;
  for (const Hash& hash : hashes) lines.push_back(Hex(hash));
  return lines;
}

// The tree of the definition: recomputed from the leaves each time.
class NaiveTree {
 public:
  explicit NaiveTree(std::vector<std::string> leaves) : leaves_(std::move(leaves)) {}

  Hash Root(size_t begin, size_t end) const {
    if (begin == end) return HashFromBytes(Sha256(""));
    if (end - begin == 1) return HashLeaf(leaves_[begin]);
    const size_t middle = begin + std::bit_floor(end - begin - 1);
    return HashNode(Root(begin, middle), Root(middle, end));
  }
  Hash Root(int64_t size) const { return Root(0, static_cast<size_t>(size)); }

  NodeSource nodes() const {
    return [this](int height, int64_t index) -> absl::StatusOr<Hash> {
      const auto begin = static_cast<size_t>(index << height);
      const size_t end = begin + (size_t{1} << height);
      if (end > leaves_.size()) return absl::OutOfRangeError("no such node");
      return Root(begin, end);
    };
  }

 private:
  const std::vector<std::string> leaves_;
};

NaiveTree ClassicTree() {
  std::vector<std::string> leaves;
  for (const char* hex : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                          "606162636465666768696a6b6c6d6e6f"}) {
    leaves.push_back(absl::HexStringToBytes(hex));
  }
  return NaiveTree(leaves);
}

NaiveTree NumberedTree(int size) {
  std::vector<std::string> leaves;
  for (int i = 0; i < size; ++i) leaves.push_back(std::to_string(i));
  return NaiveTree(leaves);
}

std::vector<Hash> Inclusion(const NaiveTree& tree, int64_t index, int64_t size) {
  return InclusionProof(index, size, tree.nodes()).value();
}

std::vector<Hash> Consistency(const NaiveTree& tree, int64_t old_size, int64_t size) {
  return ConsistencyProof(old_size, size, tree.nodes()).value();
}

TEST(MerkleTest, PublishedHashes) {
  EXPECT_EQ(Hex(HashLeaf("L123456")),
            "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
  EXPECT_EQ(Hex(HashLeaf("")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(Hex(EmptyRoot()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(MerkleTest, PublishedRoots) {
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
  const NaiveTree tree = ClassicTree();
  for (int64_t size = 0; size <= 8; ++size) {
    EXPECT_EQ(Hex(RootOf(size, tree.nodes()).value()), roots[static_cast<size_t>(size)]) << size;
  }
}

TEST(MerkleTest, PublishedInclusionProofs) {
  const NaiveTree tree = ClassicTree();
  using Lines = std::vector<std::string>;
  EXPECT_EQ(Hex(Inclusion(tree, 0, 8)),
            (Lines{"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                   "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                   "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}));
  EXPECT_EQ(Hex(Inclusion(tree, 5, 8)),
            (Lines{"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                   "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                   "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
  EXPECT_EQ(Hex(Inclusion(tree, 2, 3)),
            (Lines{"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"}));
  EXPECT_EQ(Hex(Inclusion(tree, 1, 5)),
            (Lines{"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                   "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                   "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}));
  EXPECT_EQ(Hex(Inclusion(tree, 0, 1)), Lines{});
}

TEST(MerkleTest, PublishedConsistencyProofs) {
  const NaiveTree tree = ClassicTree();
  using Lines = std::vector<std::string>;
  EXPECT_EQ(Hex(Consistency(tree, 1, 8)),
            (Lines{"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                   "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                   "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}));
  EXPECT_EQ(Hex(Consistency(tree, 6, 8)),
            (Lines{"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                   "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                   "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
  EXPECT_EQ(Hex(Consistency(tree, 2, 5)),
            (Lines{"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                   "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}));
  EXPECT_EQ(Hex(Consistency(tree, 3, 7)),
            (Lines{"0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
                   "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
                   "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                   "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e"}));
}

// Sizes up to here have every shape of a ragged edge that matters.
constexpr int kSizes = 69;

TEST(MerkleTest, ProofsOfEveryIndexAndSizeVerifyAndNoneVerifiesForAnotherIndex) {
  const NaiveTree tree = NumberedTree(kSizes);
  for (int64_t size = 1; size <= kSizes; ++size) {
    const Hash root = tree.Root(size);
    EXPECT_EQ(RootOf(size, tree.nodes()).value(), root);
    for (int64_t index = 0; index < size; ++index) {
      const Hash leaf = HashLeaf(std::to_string(index));
      std::vector<Hash> proof = Inclusion(tree, index, size);
      EXPECT_TRUE(VerifyInclusion(index, size, leaf, proof, root)) << index << " of " << size;
      EXPECT_FALSE(VerifyInclusion(index + 1, size, leaf, proof, root));
      EXPECT_FALSE(VerifyInclusion(index, size, HashLeaf("other"), proof, root));
      proof.push_back(root);
      EXPECT_FALSE(VerifyInclusion(index, size, leaf, proof, root)) << "one element longer";
      proof.pop_back();
      if (proof.empty()) continue;
      proof.pop_back();
      EXPECT_FALSE(VerifyInclusion(index, size, leaf, proof, root)) << "one element shorter";
    }
  }
}

TEST(MerkleTest, ConsistencyOfEveryPairVerifiesAndAForkDoesNot) {
  const NaiveTree tree = NumberedTree(kSizes);
  for (int64_t size = 1; size <= kSizes; ++size) {
    const Hash root = tree.Root(size);
    for (int64_t old_size = 1; old_size <= size; ++old_size) {
      const Hash old_root = tree.Root(old_size);
      std::vector<Hash> proof = Consistency(tree, old_size, size);
      EXPECT_TRUE(VerifyConsistency(old_size, old_root, size, root, proof))
          << old_size << " to " << size;
      EXPECT_FALSE(VerifyConsistency(old_size, HashLeaf("fork"), size, root, proof));
      EXPECT_FALSE(VerifyConsistency(old_size, old_root, size, HashLeaf("fork"), proof));
      proof.push_back(root);
      EXPECT_FALSE(VerifyConsistency(old_size, old_root, size, root, proof)) << "longer";
      proof.resize(proof.size() - 1);
      if (proof.empty()) continue;
      proof.pop_back();
      EXPECT_FALSE(VerifyConsistency(old_size, old_root, size, root, proof)) << "shorter";
    }
  }
}

TEST(MerkleTest, RefusesForgedProofs) {
  const NaiveTree tree = ClassicTree();
  const Hash root = tree.Root(8);
  const Hash leaf = HashLeaf(absl::HexStringToBytes("40414243"));
  std::vector<Hash> proof = Inclusion(tree, 5, 8);
  ASSERT_TRUE(VerifyInclusion(5, 8, leaf, proof, root));
  EXPECT_FALSE(VerifyInclusion(4, 8, leaf, proof, root)) << "right proof, wrong index";
  EXPECT_FALSE(VerifyInclusion(8, 8, leaf, proof, root)) << "index = size";
  EXPECT_FALSE(VerifyInclusion(-1, 8, leaf, proof, root));
  EXPECT_FALSE(VerifyInclusion(5, 8, leaf, {}, root)) << "empty proof for size > 1";
  EXPECT_FALSE(VerifyInclusion(0, 1, leaf, {}, root)) << "another root";
  std::swap(proof[0], proof[1]);
  EXPECT_FALSE(VerifyInclusion(5, 8, leaf, proof, root)) << "swapped siblings";

  // A node offered as a leaf: the tree of 2 whose leaf 0 is the node over leaves 0 and 1.
  const Hash node = tree.Root(0, 2);
  EXPECT_FALSE(VerifyInclusion(0, 2, HashLeaf(BytesOf(node)), {tree.Root(2, 4)}, tree.Root(4)));

  const std::vector<Hash> grown = Consistency(tree, 4, 8);
  EXPECT_TRUE(VerifyConsistency(4, tree.Root(4), 8, root, grown));
  std::vector<Hash> with_root = grown;
  with_root.insert(with_root.begin(), tree.Root(4));
  EXPECT_FALSE(VerifyConsistency(4, tree.Root(4), 8, root, with_root));
  EXPECT_FALSE(VerifyConsistency(8, root, 4, tree.Root(4), grown)) << "old above new";
  EXPECT_FALSE(VerifyConsistency(0, EmptyRoot(), 8, root, {})) << "nothing has no proof";
  EXPECT_FALSE(VerifyConsistency(8, root, 8, tree.Root(7), {}));
}

TEST(MerkleTest, ACompactRangeGrowsIntoTheSameRoots) {
  const NaiveTree tree = NumberedTree(kSizes);
  CompactRange range;
  EXPECT_EQ(range.Root(), EmptyRoot());
  for (int64_t size = 1; size <= kSizes; ++size) {
    range.Append(HashLeaf(std::to_string(size - 1)),
                 [&](int height, int64_t index, const Hash& node) {
                   EXPECT_EQ(node, tree.nodes()(height, index).value());
                   EXPECT_EQ((index + 1) << height, size);
                 });
    EXPECT_EQ(range.Root(), tree.Root(size));
    EXPECT_EQ(CompactRange(size, range.hashes()).Root(), tree.Root(size));
  }
}

TEST(MerkleTest, TheLeafOfAnEventIsACommitmentOfFixedSize) {
  const std::string data =
      absl::StrCat("\x01", std::string("\0\0\0\0\0\0\x01\x02", 8), Sha256("record"));
  ASSERT_EQ(data.size(), 41u);
  EXPECT_EQ(EventLeaf(258, "record"), HashLeaf(data));
}

}  // namespace
}  // namespace goodstanding::eventstore
