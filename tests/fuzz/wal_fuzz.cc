// RocksDB's write-ahead log, as it is told apart from a damaged one.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "eventstore/crc32c.h"
#include "eventstore/wal_tail.h"

namespace {

// A write of so many bytes in all, in one fragment.
std::string SoundWrite(size_t bytes) {
  constexpr size_t kHeaderBytes = 7;
  const std::string body = absl::StrCat("\x01", std::string(bytes - kHeaderBytes, 'p'));
  const uint32_t crc = goodstanding::eventstore::Crc32c(body);
  const uint32_t masked = ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
  std::string log;
  for (const int shift : {0, 8, 16, 24}) log.push_back(static_cast<char>(masked >> shift & 0xff));
  const size_t payload = bytes - kHeaderBytes;
  for (const int shift : {0, 8}) log.push_back(static_cast<char>(payload >> shift & 0xff));
  return log + body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using goodstanding::eventstore::EndsInTornWrite;
  const absl::string_view log(reinterpret_cast<const char*>(data), size);
  (void)EndsInTornWrite(log);
  // Behind a sound write that leaves 20 bytes of its block: the bytes lie across the border.
  static const std::string kFull = SoundWrite(32 * 1024 - 20);
  GS_CHECK(EndsInTornWrite(kFull));
  GS_CHECK(EndsInTornWrite(log) || size > 7);  // No header, no write.
  (void)EndsInTornWrite(absl::StrCat(kFull, log));
  return 0;
}
