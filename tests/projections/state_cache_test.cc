#include "projections/state_cache.h"

#include "gtest/gtest.h"

namespace goodstanding::projections {
namespace {

ReplayedCertificant OfVersion(int64_t version) {
  ReplayedCertificant certificant;
  certificant.state.version = version;
  return certificant;
}

TEST(StateCache, GivesBackWhatWasPutOnce) {
  StateCache cache({.certificants = 2, .events = 100});
  cache.Put("ana", OfVersion(3));
  const auto taken = cache.Take("ana");
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->state.version, 3);
  EXPECT_FALSE(cache.Take("ana").has_value());
}

TEST(StateCache, ForgetsTheLeastRecentlyUsed) {
  StateCache cache({.certificants = 2, .events = 100});
  cache.Put("ana", OfVersion(1));
  cache.Put("bo", OfVersion(1));
  cache.Put("ana", *cache.Take("ana"));
  cache.Put("cy", OfVersion(1));
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_TRUE(cache.Take("ana").has_value());
  EXPECT_FALSE(cache.Take("bo").has_value());
}

TEST(StateCache, IsBoundedByEvents) {
  StateCache cache({.certificants = 100, .events = 10});
  cache.Put("ana", OfVersion(6));
  cache.Put("bo", OfVersion(6));
  EXPECT_FALSE(cache.Take("ana").has_value());
  EXPECT_TRUE(cache.Take("bo").has_value());
  cache.Put("cy", OfVersion(11));
  EXPECT_EQ(cache.size(), 0u);
}

}  // namespace
}  // namespace goodstanding::projections
