#include "tests/eventstore/store_fixture.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::eventstore {

Record Event(absl::string_view stream, absl::string_view payload) {
  Record record;
  record.set_stream(std::string(stream));
  record.set_kind("Tested");
  record.set_payload(std::string(payload));
  record.set_effective_micros(absl::ToUnixMicros(TestTime()));
  record.set_utc_offset_seconds(-18'000);
  record.mutable_actor()->set_issuer("board");
  record.mutable_actor()->set_subject("clerk");
  return record;
}

AppendRequest AppendTo(absl::string_view stream, int64_t version,
                       const std::vector<std::string>& payloads) {
  AppendRequest request;
  request.expectations.push_back({.stream = std::string(stream), .version = version});
  for (const std::string& payload : payloads) request.events.push_back(Event(stream, payload));
  return request;
}

RequestKey Request(absl::string_view id, char content) {
  return {.scope = "caller", .id = std::string(id), .digest = std::string(32, content)};
}

StoreTest::StoreTest() : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())), clock_(TestTime()) {}

Options StoreTest::StoreOptions() {
  Options options;
  options.path = "/store";
  options.clock = &clock_;
  options.env = env_.get();
  options.memtable_bytes = 1 << 20;
  return options;
}

void StoreTest::Open() {
  Close();
  GS_ASSERT_OK_AND_ASSIGN(store_, EventStore::Open(StoreOptions()));
}

std::vector<std::string> StoreTest::Payloads(const Page& page) {
  std::vector<std::string> payloads;
  for (const Record& record : page.records) payloads.push_back(record.payload());
  return payloads;
}

ScratchFolder::ScratchFolder() : ScratchFolder(std::filesystem::temp_directory_path().string()) {}

ScratchFolder ScratchFolder::InMemory() {
  constexpr char kMemory[] = "/dev/shm";
  return ScratchFolder(std::filesystem::is_directory(kMemory)
                           ? kMemory
                           : std::filesystem::temp_directory_path().string());
}

ScratchFolder::ScratchFolder(const std::string& parent) {
  std::string pattern = absl::StrCat(parent, "/goodstanding-XXXXXX");
  root_ = mkdtemp(pattern.data());
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

std::string ScratchFolder::path(absl::string_view name) const {
  return absl::StrCat(root_, "/", name);
}

uint64_t TestSeed(uint64_t fixed) {
  uint64_t seed = fixed;
  const char* const given = std::getenv("GS_TEST_SEED");
  if (given != nullptr && !absl::SimpleAtoi(given, &seed)) seed = fixed;
  std::cout << "GS_TEST_SEED=" << seed << std::endl;
  return seed;
}

std::string GoldenBytes(absl::string_view name) {
  const std::string path = absl::StrCat(GOODSTANDING_GOLDEN_DIR, "/", name);
  const std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream text;
  text << file.rdbuf();
  return absl::HexStringToBytes(absl::StrReplaceAll(text.str(), {{"\n", ""}, {" ", ""}}));
}

}  // namespace goodstanding::eventstore
