#include "services/board_time.h"

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "domain/refusal.h"

namespace goodstanding::services {
namespace {

// The first line of the system's database reads "# version 2026a".
std::string DatabaseVersion() {
  std::ifstream database("/usr/share/zoneinfo/tzdata.zi");
  std::string line;
  if (!std::getline(database, line)) return "unknown";
  absl::string_view version = line;
  return absl::ConsumePrefix(&version, "# version ") ? std::string(version) : "unknown";
}

absl::CivilDay Civil(domain::Date date) { return absl::CivilDay(1970, 1, 1) + date.number(); }

}  // namespace

absl::StatusOr<BoardTime> BoardTime::Load(const std::string& time_zone) {
  BoardTime time;
  time.name_ = time_zone;
  if (!absl::LoadTimeZone(time_zone, &time.zone_)) {
    return absl::InvalidArgumentError(absl::StrCat("no time zone named ", time_zone));
  }
  static const auto* const kVersion = new std::string(DatabaseVersion());
  time.database_version_ = *kVersion;
  return time;
}

domain::Moment BoardTime::At(absl::Time time) const {
  return domain::Moment::FromUtc(absl::ToUnixMicros(time), UtcOffsetSeconds(time));
}

int32_t BoardTime::UtcOffsetSeconds(absl::Time time) const { return zone_.At(time).offset; }

absl::Time BoardTime::ResolveDay(domain::Date date, absl::Time now) const {
  if (At(now).date == date) return now;
  constexpr int kNoon = 12;
  return absl::FromCivil(absl::CivilHour(Civil(date)) + kNoon, zone_);
}

absl::Time BoardTime::EndOf(domain::Date date) const {
  return absl::FromCivil(Civil(date) + 1, zone_) - absl::Microseconds(1);
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  constexpr int64_t kMicrosPerSecond = 1'000'000;
  const int64_t micros = absl::ToUnixMicros(time);
  int64_t seconds = micros / kMicrosPerSecond;
  int64_t rest = micros % kMicrosPerSecond;
  if (rest < 0) {
    rest += kMicrosPerSecond;
    --seconds;
  }
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<int32_t>(rest * 1000));
  return timestamp;
}

absl::StatusOr<absl::Time> FromTimestamp(const google::protobuf::Timestamp& timestamp,
                                         absl::string_view field) {
  constexpr int64_t kYear1900 = -2208988800;  // In seconds since 1970.
  constexpr int64_t kYear10000 = 253402300800;
  constexpr int32_t kNanosPerSecond = 1'000'000'000;
  if (timestamp.seconds() < kYear1900 || timestamp.seconds() >= kYear10000 ||
      timestamp.nanos() < 0 || timestamp.nanos() >= kNanosPerSecond) {
    return domain::Refuse("INVALID_ARGUMENT",
                          absl::StrCat(field, " must be a moment of the years 1900 to 9999."),
                          field);
  }
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Microseconds(timestamp.nanos() / 1000);
}

}  // namespace goodstanding::services
