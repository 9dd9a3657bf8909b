#include "eventstore/limits.h"

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace goodstanding::eventstore {
namespace {

constexpr size_t kMaxKindBytes = 100;
constexpr size_t kMaxContextBytes = 1024;
constexpr size_t kMaxReceiptBytes = 4096;

bool IsPrintableAscii(absl::string_view text, char first) {
  for (const char c : text) {
    if (c < first || c > '~') return false;
  }
  return true;
}

// Length in bytes of the UTF-8 sequence that begins with `lead`; 0 where none does.
size_t SequenceBytes(uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

// Whether the second byte keeps the sequence short enough, below U+110000 and out of the
// surrogates.
bool IsSecondByte(uint8_t lead, uint8_t second) {
  switch (lead) {
    case 0xe0:
      return second >= 0xa0 && second <= 0xbf;
    case 0xed:
      return second >= 0x80 && second <= 0x9f;
    case 0xf0:
      return second >= 0x90 && second <= 0xbf;
    case 0xf4:
      return second >= 0x80 && second <= 0x8f;
    default:
      return (second & 0xc0) == 0x80;
  }
}

bool IsUtf8(absl::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<uint8_t>(text[i]);
    const size_t bytes = SequenceBytes(lead);
    if (bytes == 0 || bytes > text.size() - i) return false;
    if (bytes > 1 && !IsSecondByte(lead, static_cast<uint8_t>(text[i + 1]))) return false;
    for (size_t k = 2; k < bytes; ++k) {
      if ((static_cast<uint8_t>(text[i + k]) & 0xc0) != 0x80) return false;
    }
    i += bytes;
  }
  return true;
}

absl::Status CheckText(absl::string_view name, absl::string_view text, size_t max_bytes) {
  if (text.size() > max_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " has ", text.size(), " bytes; at most ", max_bytes, " are allowed"));
  }
  if (!IsUtf8(text)) return absl::InvalidArgumentError(absl::StrCat(name, " is not UTF-8"));
  return absl::OkStatus();
}

absl::Status CheckActor(const event::v1::Actor& actor) {
  GS_RETURN_IF_ERROR(CheckText("actor.issuer", actor.issuer(), kMaxContextBytes));
  GS_RETURN_IF_ERROR(CheckText("actor.subject", actor.subject(), kMaxContextBytes));
  GS_RETURN_IF_ERROR(
      CheckText("actor.on_behalf_of_issuer", actor.on_behalf_of_issuer(), kMaxContextBytes));
  return CheckText("actor.on_behalf_of_subject", actor.on_behalf_of_subject(), kMaxContextBytes);
}

absl::Status CheckRecord(const Record& record) {
  GS_RETURN_IF_ERROR(CheckStreamName(record.stream()));
  if (record.kind().empty() || record.kind().size() > kMaxKindBytes ||
      !IsPrintableAscii(record.kind(), '!')) {
    return absl::InvalidArgumentError(
        "kind must be 1 to 100 bytes of printable ASCII without a space");
  }
  if (record.payload().size() > kMaxPayloadBytes) {
    return absl::InvalidArgumentError(absl::StrCat("payload has ", record.payload().size(),
                                                   " bytes; at most ", kMaxPayloadBytes,
                                                   " are allowed"));
  }
  if (record.causation_position() < 0) {
    return absl::InvalidArgumentError("causation_position is negative");
  }
  GS_RETURN_IF_ERROR(CheckActor(record.actor()));
  GS_RETURN_IF_ERROR(CheckText("request_id", record.request_id(), kMaxRequestIdBytes));
  GS_RETURN_IF_ERROR(CheckText("correlation_id", record.correlation_id(), kMaxContextBytes));
  GS_RETURN_IF_ERROR(CheckText("traceparent", record.traceparent(), kMaxContextBytes));
  GS_RETURN_IF_ERROR(CheckText("tracestate", record.tracestate(), kMaxContextBytes));
  return CheckText("arrival.receipt", record.arrival().receipt(), kMaxReceiptBytes);
}

absl::Status CheckExpectations(const AppendRequest& request) {
  if (request.expectations.size() > kMaxExpectations) {
    return absl::InvalidArgumentError(absl::StrCat("an append has ", request.expectations.size(),
                                                   " expectations; at most ", kMaxExpectations,
                                                   " are allowed"));
  }
  for (const StreamExpectation& expectation : request.expectations) {
    GS_RETURN_IF_ERROR(CheckStreamName(expectation.stream));
    if (expectation.version < 0) {
      return absl::InvalidArgumentError("an expected version is negative");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckStreamName(absl::string_view stream) {
  if (stream.empty() || stream.size() > kMaxStreamNameBytes || !IsPrintableAscii(stream, '!')) {
    return absl::InvalidArgumentError(
        "a stream name must be 1 to 200 bytes of printable ASCII without a space");
  }
  return absl::OkStatus();
}

absl::Status CheckRequestKey(const RequestKey& request) {
  if (request.id.empty() || request.id.size() > kMaxRequestIdBytes ||
      request.id.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError("a request id must be 1 to 128 bytes without a NUL byte");
  }
  if (request.scope.size() > kMaxScopeBytes || request.scope.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError(
        "the scope of a request id must be at most 1024 bytes without a NUL byte");
  }
  if (request.digest.size() != kDigestBytes) {
    return absl::InvalidArgumentError("the digest of a request must be 32 bytes");
  }
  return absl::OkStatus();
}

absl::Status CheckAppend(const AppendRequest& request) {
  if (request.events.empty() || request.events.size() > kMaxEvents) {
    return absl::InvalidArgumentError(absl::StrCat("an append has ", request.events.size(),
                                                   " events; 1 to ", kMaxEvents, " are allowed"));
  }
  if (request.request.has_value()) GS_RETURN_IF_ERROR(CheckRequestKey(*request.request));
  GS_RETURN_IF_ERROR(CheckExpectations(request));
  for (const Record& record : request.events) GS_RETURN_IF_ERROR(CheckRecord(record));
  if (request.answer.size() > kMaxAnswerBytes) {
    return absl::InvalidArgumentError("the answer kept with an append is above 1 MiB");
  }
  if (AppendBytes(request) > kMaxAppendBytes) {
    return absl::InvalidArgumentError("an append is above 96 MiB");
  }
  return absl::OkStatus();
}

size_t AppendBytes(const AppendRequest& request) {
  constexpr size_t kPerAppend = 256;
  constexpr size_t kPerEvent = 128;
  size_t bytes = kPerAppend + request.answer.size();
  for (const StreamExpectation& expectation : request.expectations) {
    bytes += kPerEvent + expectation.stream.size();
  }
  for (const Record& record : request.events) {
    bytes += kPerEvent + record.stream().size() + record.payload().size();
  }
  return bytes;
}

}  // namespace goodstanding::eventstore
